import Crypto
import IKE

/// SKEYID, its children, Ka, Phase 1's IV, HASH_I and HASH_R (RFC 2409 §5 and app. B), as strongSwan computed them for
/// each hash and group.
public func ikeKeyVectors(_ report: inout Report) {
    for vector in strongSwanKeyVectors() {
        let what = "\(name(vector.hash)), \(name(vector.cipher))"
        let keys = Phase1Keys(
            vector.cipher, vector.hash, presharedKey: Secret(Array(strongSwanSecret.utf8)),
            initiatorNonce: octets(vector.initiatorNonce), responderNonce: octets(vector.responderNonce),
            shared: Secret(octets(vector.shared)), initiatorCookie: vector.initiatorCookie,
            responderCookie: vector.responderCookie)
        report.equal(keys.skeyid, vector.skeyid, "SKEYID with \(what)")
        report.equal(keys.derivation, vector.derivation, "SKEYID_d with \(what)")
        report.equal(keys.authentication, vector.authentication, "SKEYID_a with \(what)")
        report.equal(keys.encryption, vector.encryption, "SKEYID_e with \(what)")
        report.equal(keys.cipherKey, vector.cipherKey, "Ka with \(what)")
        let initiator = (publicValue: octets(vector.initiatorPublic), cookie: vector.initiatorCookie)
        let responder = (publicValue: octets(vector.responderPublic), cookie: vector.responderCookie)
        report.equal(
            keys.phase1IV(initiatorPublic: initiator.publicValue, responderPublic: responder.publicValue), vector.iv,
            "IV with \(what)")
        report.equal(
            keys.identityHash(
                own: initiator, other: responder, securityAssociation: octets(vector.offer),
                identity: octets(strongSwanInitiatorID)),
            vector.hashI, "HASH_I with \(what)")
        report.equal(
            keys.identityHash(
                own: responder, other: initiator, securityAssociation: octets(vector.offer),
                identity: octets(strongSwanResponderID)),
            vector.hashR, "HASH_R with \(what)")
    }
}

/// Two exchanges of a third implementation, with AES-128, SHA-1 and MODP-1024: published with the tests of Ruhr
/// University Bochum's IPsec-StateMachineExtractor (IKEv1HandshakeSessionSecretsTest).
public func ikePublishedKeyVectors(_ report: inout Report) {
    let offer =
        "00000001000000010000002c01010001000000240101000080010007800e0080800200028004000280030001800b0001800c7080"
    let one = Phase1Keys(
        .aesCBC128, .sha1, presharedKey: Secret(Array("AAAA".utf8)), initiatorNonce: octets("4654fdd74594982a"),
        responderNonce: octets("3673e64987b4956dbb8b933399251a5abf88f557a723b802b345f838667e9a4e"),
        shared: Secret(
            octets(
                """
                19B67B23EB5F792EC9D7E11D16501CA20F2A2D0B230D525CD824DFB16867B515DC2CE9560B20B2149BFB360C1662C26A5AD7FE1FAA86
                E66213238C80B2ED46CCB821BF5043093027EB6E32C71685A093306DF20C24190C7F93947FA21E56D10E4C5B7063B2B4DC1747F1DF0B
                D46975D1825EEDE335E3ACBAD71A063CECF866C7
                """)), initiatorCookie: 0x7116_900a_a5c2_880d, responderCookie: 0x047a_d6f8_b3d0_abb7)
    let initiator = octets(
        """
        75fb75db0749d4b15d9bb067b63399f790246dd7919d0c0a88fc34dd76eb9ad204e162b261914c0966a2d32d05178d4c0f0ec3817692fca6
        75678f2fd2a6869188b943e33ad44cc859a5af98d6d5332c538cff4174ee737c8624de910cc40bd953f7940d1b2d8a681cee03c85199fbe7
        73bfa100ffea5fcb82eed25a399b0b3e
        """)
    let responder = octets(
        """
        2096a31ff922e5224d9d19f06a41e2d9aebe1180d4e5cbc3d6ea166e2b8810d5ddd048375025ae9bf895ad40c508cd8b9398bded0d00ae7e
        77c1a1eb31930495106892630152a926a45037606cda4651340082fc10558786b4d8c4e6d72222d580d9a30d9c3b7fe9c348a6eadc5e79a2
        4fe4b4364297b5ff71914ef8a6980e73
        """)
    report.equal(one.skeyid, "49856BC53F30DB8CE55F5BEFAE9E42431279550C", "SKEYID")
    report.equal(one.derivation, "E5D7368180A8766F09C90CC9AC15182D3CD492EE", "SKEYID_d")
    report.equal(one.authentication, "92DE109FE83047C95812B600820F1476CD24AA49", "SKEYID_a")
    report.equal(one.encryption, "DE5D24679AD21491E63E2D7173017769CD7B9BC5", "SKEYID_e")
    report.equal(one.cipherKey, "DE5D24679AD21491E63E2D7173017769", "Ka")
    report.equal(
        one.phase1IV(initiatorPublic: initiator, responderPublic: responder), "139568606DF1337CBCBC8FA7D201C8A8", "IV")
    report.equal(
        one.identityHash(
            own: (responder, 0x047a_d6f8_b3d0_abb7), other: (initiator, 0x7116_900a_a5c2_880d),
            securityAssociation: octets(offer), identity: octets("010000000a00030a")),
        "BA8C49CFD796BDC78E63FF6B5A858FC289DAD933", "HASH_R")
    report.equal(
        one.phase2IV(after: octets("0E09ED33BAC3584D1D10762A9BD026C1"), messageID: 0xd802_9d42),
        "0BF60ED4C34FEA8A12077A204DFD413F", "IV of a message ID")
}
