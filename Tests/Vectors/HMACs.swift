import Crypto

private typealias Vector = (Hash, key: [UInt8], message: [UInt8], mac: String)

private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

/// RFC 2202 §2 and §3 for MD5 and SHA-1.
private func rfc2202() -> [Vector] {
    [
        (.md5, [UInt8](repeating: 0x0b, count: 16), text("Hi There"), "9294727a3638bb1c13f48ef8158bfc9d"),
        (.md5, text("Jefe"), text("what do ya want for nothing?"), "750c783e6ab0b503eaa86e310a5db738"),
        (
            .md5,
            [UInt8](repeating: 0xaa, count: 16),
            [UInt8](repeating: 0xdd, count: 50),
            "56be34521d144c88dbb8c733f0e8b3f6"
        ),
        (.md5, [UInt8](1...25), [UInt8](repeating: 0xcd, count: 50), "697eaf0aca3a3aea3a75164746ffaa79"),
        (.md5, [UInt8](repeating: 0x0c, count: 16), text("Test With Truncation"), "56461ef2342edc00f9bab995690efd4c"),
        (
            .md5,
            [UInt8](repeating: 0xaa, count: 80),
            text("Test Using Larger Than Block-Size Key - Hash Key First"),
            "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"
        ),
        (
            .md5,
            [UInt8](repeating: 0xaa, count: 80),
            text("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
            "6f630fad67cda0ee1fb1f562db3aa53e"
        ),
        (.sha1, [UInt8](repeating: 0x0b, count: 20), text("Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00"),
        (.sha1, text("Jefe"), text("what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            .sha1,
            [UInt8](repeating: 0xaa, count: 20),
            [UInt8](repeating: 0xdd, count: 50),
            "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
        ),
        (.sha1, [UInt8](1...25), [UInt8](repeating: 0xcd, count: 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
        (
            .sha1,
            [UInt8](repeating: 0x0c, count: 20),
            text("Test With Truncation"),
            "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"
        ),
        (
            .sha1,
            [UInt8](repeating: 0xaa, count: 80),
            text("Test Using Larger Than Block-Size Key - Hash Key First"),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        ),
        (
            .sha1,
            [UInt8](repeating: 0xaa, count: 80),
            text("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
            "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"
        ),
    ]
}

/// RFC 4231 §4 for SHA-2. The fifth case is truncated to 128 bits.
private func rfc4231() -> [Vector] {
    [
        (
            .sha256,
            [UInt8](repeating: 0x0b, count: 20),
            text("Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            .sha384,
            [UInt8](repeating: 0x0b, count: 20),
            text("Hi There"),
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"
        ),
        (
            .sha512,
            [UInt8](repeating: 0x0b, count: 20),
            text("Hi There"),
            """
            87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4
            be9d914eeb61f1702e696c203a126854
            """
        ),
        (
            .sha256,
            text("Jefe"),
            text("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            .sha384,
            text("Jefe"),
            text("what do ya want for nothing?"),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
        ),
        (
            .sha512,
            text("Jefe"),
            text("what do ya want for nothing?"),
            """
            164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd
            caeab1a34d4a6b4b636e070a38bce737
            """
        ),
        (
            .sha256,
            [UInt8](repeating: 0xaa, count: 20),
            [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            .sha384,
            [UInt8](repeating: 0xaa, count: 20),
            [UInt8](repeating: 0xdd, count: 50),
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27"
        ),
        (
            .sha512,
            [UInt8](repeating: 0xaa, count: 20),
            [UInt8](repeating: 0xdd, count: 50),
            """
            fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807
            b946a337bee8942674278859e13292fb
            """
        ),
        (
            .sha256,
            [UInt8](1...25),
            [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            .sha384,
            [UInt8](1...25),
            [UInt8](repeating: 0xcd, count: 50),
            "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb"
        ),
        (
            .sha512,
            [UInt8](1...25),
            [UInt8](repeating: 0xcd, count: 50),
            """
            b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063
            a5f19741120c4f2de2adebeb10a298dd
            """
        ),
        (
            .sha256,
            [UInt8](repeating: 0x0c, count: 20),
            text("Test With Truncation"),
            "a3b6167473100ee06e0c796c2955552b"
        ),
        (
            .sha384,
            [UInt8](repeating: 0x0c, count: 20),
            text("Test With Truncation"),
            "3abf34c3503b2a23a46efc619baef897"
        ),
        (
            .sha512,
            [UInt8](repeating: 0x0c, count: 20),
            text("Test With Truncation"),
            "415fad6271580a531d4179bc891d87a6"
        ),
        (
            .sha256,
            [UInt8](repeating: 0xaa, count: 131),
            text("Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            .sha384,
            [UInt8](repeating: 0xaa, count: 131),
            text("Test Using Larger Than Block-Size Key - Hash Key First"),
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952"
        ),
        (
            .sha512,
            [UInt8](repeating: 0xaa, count: 131),
            text("Test Using Larger Than Block-Size Key - Hash Key First"),
            """
            80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e52
            95e64f73f63f0aec8b915a985d786598
            """
        ),
        (
            .sha256,
            [UInt8](repeating: 0xaa, count: 131),
            text(
                "This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
        (
            .sha384,
            [UInt8](repeating: 0xaa, count: 131),
            text(
                "This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm."),
            "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e"
        ),
        (
            .sha512,
            [UInt8](repeating: 0xaa, count: 131),
            text(
                "This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm."),
            """
            e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15
            134676fb6de0446065c97440fa8c6a58
            """
        ),
    ]
}

public func hmacVectors(_ report: inout Report) {
    for (hash, key, message, expected) in rfc2202() + rfc4231() {
        let mac = HMAC(hash, key: key.span)
        let octets = octets(expected)
        // Twice, since finishing returns to the keyed start; whole, in two pieces, and checked.
        mac.update(message)
        report.expect(mac.finish().starts(with: octets), "HMAC-\(name(hash)) of \(message.count) octets")
        mac.update(message.span.extracting(first: 1))
        mac.update(message.span.extracting(droppingFirst: 1))
        report.expect(mac.verify(octets.span), "HMAC-\(name(hash)) verifies \(octets.count) octets")
        mac.update(Secret(message))
        report.expect(mac.finishSecret().array.starts(with: octets), "HMAC-\(name(hash)) as a secret")
    }
}
