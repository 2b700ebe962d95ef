import Crypto
import Wire

/// Both sides from their private values; each public value, and the secret, as published.
private typealias Exchange = (
    Group, initiator: String, initiatorPublic: String, responder: String, responderPublic: String, shared: String
)

/// RFC 5903 §8.
private func rfc5903() -> [Exchange] {
    [
        (
            .ecp256,
            "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
            """
            dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59a
            b1f45b33accf5f58389e0577b8990bb3
            """,
            "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
            """
            d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6a
            ac23f046ada30f8353e74f33039872ab
            """,
            "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"
        ),
        (
            .ecp384,
            "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
            """
            667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa
            9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c
            """,
            "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
            """
            e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571
            dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c
            """,
            "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"
        ),
        (
            .ecp521,
            """
            0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777
            f5957b2639bab072462f68c27a57382d4a52
            """,
            """
            0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564
            941885942af5a7f4601723c4195d176ced3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4
            a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582
            """,
            """
            0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2
            f869cca7458aa4a4effc311f5cb151685eb9
            """,
            """
            00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6
            c2912d4ef2d0433ced2b6171640012d9460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d985207
            7b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a
            """,
            """
            01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06
            b3c715a3a8cc3151f2bee417996d19f3ddea
            """
        ),
    ]
}

/// RFC 7748 §6.1.
private func rfc7748() -> [Exchange] {
    [
        (
            .curve25519,
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        )
    ]
}

public func curveVectors(_ report: inout Report) {
    for (group, initiator, initiatorPublic, responder, responderPublic, shared) in rfc5903() + rfc7748() {
        for (own, ownPublic, peerPublic) in [
            (initiator, initiatorPublic, responderPublic), (responder, responderPublic, initiatorPublic),
        ] {
            guard let side = try? DiffieHellman(group, random: ReplayedRandom(octets(own))) else {
                report.expect(false, "\(name(group)): no private value")
                continue
            }
            report.equal(side.publicValue, ownPublic, "\(name(group)), public value")
            guard let secret = try? side.sharedSecret(with: octets(peerPublic)) else {
                report.expect(false, "\(name(group)): public value refused")
                continue
            }
            report.equal(secret, shared, "\(name(group)), shared secret")
        }
    }

    // RFC 7748 §5.2. The second peer's value has its unused highest bit set.
    for (scalar, coordinate, expected) in [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
        ),
    ] {
        let side = try? DiffieHellman(.curve25519, random: ReplayedRandom(octets(scalar)))
        let secret = try? side?.sharedSecret(with: octets(coordinate))
        report.equal(secret?.array ?? [], expected, "X25519 of RFC 7748 section 5.2")
    }
}

/// No one published exchanges in these groups with short exponents. These were made by another implementation, Python's
/// own integers, from the formula of the primes and the private values below; what is kept is the SHA-256 of both public
/// values and of the secret.
private func powers() -> [(Group, initiatorPublic: String, responderPublic: String, shared: String)] {
    [
        (
            .modp1024,
            "f21719bdd86d6dbe058c6f08739fa5be13e7725398bad9e283f3819c70991406",
            "d78da8c0ffa48a4af2bde5ee07b7874ed4c2557bc894e61c7fc399725c052e62",
            "3f8620c17fe8715df57d52f024c1c08e28778191f910c4afc46c6d7f78ade070"
        ),
        (
            .modp1536,
            "6484731a114b589aebe5e6ee2868208281872da2b17e9191cb47607a64abcd8c",
            "d866a99593097cfbcede43dca7af0509ad5e29a6041f140ea42193067c838dd8",
            "7151411bbf2de5e7d51dd059be914e3ac80e6473fed5943fcadac7e09909acf6"
        ),
        (
            .modp2048,
            "d14007b52a5854fbcf2786230aa3c8f1b91bb6aff80337f899c3c2049e4e5d85",
            "fa82d8f540940510caa69bacfec600893d047aaede51e0262e8cc17d215fd698",
            "e2bdc9906c0c899d25edc9b899a1f108f4af26460743fb1f7374f852e1897ace"
        ),
        (
            .modp3072,
            "056043c79f399457f735c879ad79e76ae8f5b75730901c6ec251a061153df841",
            "81b8ed060c4498f0aba1dc8276f1b4332a8b45dc377a884849d71c19835e43e2",
            "93177448f0ce57d4c1c5ba7bfb031112fb25191d41b5fc9db7017b99a559b2db"
        ),
        (
            .modp4096,
            "3bd79ab1d47c67049ac0c2f9faa6dd0ce3f857734b1837516e0a47d8634c7238",
            "1e29417a42b79dc4684fb700ba4a8408f957226978d88d02f702e9cb1d7c5cfb",
            "71491b5a59325133b8162caf1905c4f0879f7f33b114a803897b7d27f0af48f9"
        ),
        (
            .modp6144,
            "ae6ede4048e1441fb54a801f215968e223f55c5d8a7dfe467b425bcf742906b3",
            "1cde4f89c03c4cbe2c087dd05407ee8fc30e7cc4b9e79fd4057017492db3671e",
            "35b7daf9957b8fa8af4aa0c6d419216b52ff52a5b4cf8d5dd8c3e75820e67611"
        ),
        (
            .modp8192,
            "d8338e22ff526df635c4e68260d14deac7694ff7eab82e03dc62cf7452551b21",
            "554f799ed014302c97434f633694ca503e4f524fb6abb4b4630d974e81ab4fae",
            "1df9b418b38ee32988133df17fd755669695c3822cfd0ea963de758a9a965da4"
        ),
    ]
}

/// The initiator's private value counts up from 0, the responder's down from 200; the highest bit of both is set.
public func modpVectors(_ report: inout Report) {
    for (group, initiatorPublic, responderPublic, shared) in powers() {
        let counting = ReplayedRandom((0..<64).map { UInt8($0) })
        let falling = ReplayedRandom((0..<64).map { UInt8(200 - $0) })
        guard let initiator = try? DiffieHellman(group, random: counting),
            let responder = try? DiffieHellman(group, random: falling)
        else {
            report.expect(false, "\(name(group)): no private value")
            continue
        }
        report.equal(Hash.sha256(initiator.publicValue), initiatorPublic, "\(name(group)), initiator's public value")
        report.equal(Hash.sha256(responder.publicValue), responderPublic, "\(name(group)), responder's public value")
        let secrets = (
            try? initiator.sharedSecret(with: responder.publicValue), try? responder.sharedSecret(with: initiator.publicValue)
        )
        report.equal(Hash.sha256(secrets.0?.array ?? []), shared, "\(name(group)), initiator's secret")
        report.equal(Hash.sha256(secrets.1?.array ?? []), shared, "\(name(group)), responder's secret")
    }
}
