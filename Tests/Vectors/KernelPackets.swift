import Crypto
import ESP
import Wire

/// Packets that Linux 6.1's own ESP made, captured on the wire, each for an SA of its own: every suite with IPv4 and with
/// IPv6, and some with the families mixed, in transport mode, and in UDP (whose header is left out here).
///
/// Their keying material counts upwards from 1: cipher key, salt, integrity key. Inside is a UDP packet from port 1024 to
/// 7 whose `count` octets of payload are 3 times their place plus `count`.
public func kernelESPVectors(_ report: inout Report) {
    for packet in kernelPackets + kernelESNPackets { packet.check(&report) }
}

struct KernelPacket {
    let suite: ESPSuite
    let mode: SecurityAssociation.Mode
    let outer: Address.Family
    let inner: Address.Family
    let isEncapsulated: Bool
    let count: Int
    let esp: String

    init(
        _ suite: ESPSuite, mode: SecurityAssociation.Mode = .tunnel, outer: Address.Family = .ipv4,
        inner: Address.Family = .ipv4, isEncapsulated: Bool = false, count: Int, esp: String
    ) {
        self.suite = suite
        self.mode = mode
        self.outer = outer
        self.inner = inner
        self.isEncapsulated = isEncapsulated
        self.count = count
        self.esp = esp
    }

    func check(_ report: inout Report) {
        let packet = octets(esp)
        let spi = packet[0..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let gateways =
            outer == .ipv4
            ? (Address(ipv4: 0xc001_022d), Address(ipv4: 0xc001_0217))
            : (Address(ipv6High: 0x2001_0db8_0001_0000, low: 0x45), Address(ipv6High: 0x2001_0db8_0001_0000, low: 0x23))
        let hosts =
            mode == .transport
            ? gateways
            : inner == .ipv4
                ? (Address(ipv4: 0xc000_01fe), Address(ipv4: 0xc000_0201))
                : (Address(ipv6High: 0x2001_0db8_000a_0000, low: 1), Address(ipv6High: 0x2001_0db8_000b_0000, low: 1))
        let material = (1...suite.keyMaterialLength).map { UInt8($0) }
        let (key, salt) = (suite.cipher.keyLength, suite.cipher.saltLength)
        let sa = SecurityAssociation(
            spi: spi, source: gateways.0, destination: gateways.1, mode: mode, suite: suite,
            encryptionKey: Secret(Array(material[0..<key])), salt: Secret(Array(material[key..<key + salt])),
            integrityKey: Secret(Array(material[(key + salt)...])), encapsulation: nil,
            sourceSelector: Selector(Subnet(host: hosts.0)), destinationSelector: Selector(Subnet(host: hosts.1)),
            requestID: 1, replayWindow: 32)
        let expected = plain(hosts.0, hosts.1)
        let name = "kernel packet with SPI \(spi)"
        guard let receiver = try? InboundSA(sa) else { return report.expect(false, "\(name): no SA") }
        if suite.usesESN {
            // They were sent when 2^32 was near, and their receiver has come that far.
            let ahead = try? OutboundSA(sa, sequence: 0xf000_0000, random: ReplayedRandom([]))
            var before = ESPBuffer(expected)
            var arriving = ESPBuffer(ahead.flatMap { before.sealed($0) } ?? [])
            report.expect(arriving.opened(receiver, OuterHeader(gateways.0, gateways.1)) != nil, "\(name): cannot come near")
        }
        var buffer = ESPBuffer(packet)
        let opened = buffer.opened(receiver, OuterHeader(gateways.0, gateways.1))
        // A transport mode packet's own header is not carried; its addresses are.
        let bare = mode == .tunnel ? 0 : outer == .ipv4 ? 20 : 40
        report.expect(
            opened?.dropFirst(bare) == expected.dropFirst(bare) && opened?.count == expected.count,
            "\(name): decapsulated otherwise")
        // Ours is as long as the kernel's, and opens the same way.
        guard let sender = try? OutboundSA(sa, random: ReplayedRandom([])) else {
            return report.expect(false, "\(name): no SA")
        }
        var again = ESPBuffer(expected)
        let sealed = again.sealed(sender)
        report.expect(sealed?.count == packet.count, "\(name): encapsulated longer or shorter")
    }

    /// The packet as it entered the kernel.
    private func plain(_ source: Address, _ destination: Address) -> [UInt8] {
        var udp = ByteWriter()
        for field in [1024, 7, UInt16(8 + count), 0] { udp.uint16(field) }
        for place in 0..<count { udp.uint8(UInt8(truncatingIfNeeded: place * 3 + count)) }
        let pseudo = source.octets + destination.octets + [0, 17, 0, UInt8(8 + count)]
        udp.patch16(Self.checksum(pseudo + udp.bytes), at: 6)
        var packet = ByteWriter()
        if source.family == .ipv4 {
            for field in [0x4500, UInt16(28 + count), 0x1234, 0, 0x4011, 0] { packet.uint16(field) }
        } else {
            for field in [0x6000, 0, UInt16(8 + count), 0x1140] { packet.uint16(field) }
        }
        packet.append(source.octets + destination.octets)
        if source.family == .ipv4 { packet.patch16(Self.checksum(packet.bytes), at: 10) }
        return packet.bytes + udp.bytes
    }

    private static func checksum(_ octets: [UInt8]) -> UInt16 {
        var sum = 0
        for (index, octet) in octets.enumerated() { sum += index % 2 == 0 ? Int(octet) << 8 : Int(octet) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }
}

private let kernelPackets = [
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacMD5_96), count: 10,
        esp: """
            0000100100000001f59e5ae7d75b4b734a6ffb2d2ad79a5a1130462ab3c82daeeb04d48339ec8285641c42276e8a9a571265fdc4
            9a8e880ab2552295613291ce9c338cd702a17af519f84f7810164bfde9f40b1c
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96), count: 11,
        esp: """
            0000100200000001af9854f69202b676b7df31e36c2648eb984eee070d46a899ce510b2975927fadaadec56922615d26a27ee04d
            78b2d206fab8955441155be09b386af84b2c892193aae1f851de0337d37a7ec2
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA256_128), count: 12,
        esp: """
            0000100300000001a110f53811c60580317f3d36718edd70e8f0b0f44f60af8a7fabfb1437bb0026c32e9c409bc94d08c75a1101
            fa5d89bd1f923b3cbcc6c2704e9aa07ee4e40b764020b6baa28fcdfe6093e6cf9f3d79d1
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA384_192), count: 13,
        esp: """
            00001004000000013f37b60c8015883bc7cd5b6d2f98338bb1adec885275a342022e52facc3cff8989d5775c9b5b4a7c9209fede
            334fcc9af136059e1cc1f907e59addbab591786e49d146173ac79c0a16f93c5b7afc49b7206772bc7b6faa51
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA512_256), count: 14,
        esp: """
            0000100500000001f27ce99ff534cbff65b02c1b852260ac3c4ba407dcd3f69bc2b24d54570fc7a2f5e31a58eeea82e2458abcf8
            f8d42bf3a5367e4d34996c3b7130ee701e619c1ec3fef0704654bebed9eacc62e030dcdae66c9ab9ef8abceecb385aba07b4e752
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacMD5_96), count: 15,
        esp: """
            0000100600000001df318fb7c8ffa30b2194a8e64fd9f45202ecdd8adfd387b59d4096a4bb5d2af841e363d83cad59186f4de0a8
            989af7cb9ef595fc0763c9f093dbfc675285b7476a49f162354eaff56882eef5
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA1_96), count: 16,
        esp: """
            0000100700000001dab83f392663292d5a2fae0f79526e667b63b6f49d5f4006a97cb946ad3e25f459066919d761cddb0bc872b2
            a813b658d780fe0e0387cb66d519c9e177bdbc289e52dab3052259b5e98d69d5
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA256_128), count: 17,
        esp: """
            00001008000000012d4963c9fd80f7e874cbd9d7c100b2d383f311304330f8f55e6f3f79c840ac46df5136882ef611737a018a41
            88ee37825bf5e65bb4f1031e9b50ddee1d0d1b7c31eb6cded5c37bc0f19314f9535d2960
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA384_192), count: 18,
        esp: """
            0000100900000001d6d41ba23fce708744e479b6c661c8edb4d552f9a54d348ecc2e0dbe7ae7163e3385950af01bbdbee49136c7
            ebdc568a518cae51a90df572ea3b9012e61f1463d84e90e7ac1a97ec696ec208886c1fa4926214217cbd97f1
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA512_256), count: 19,
        esp: """
            0000100a000000018273c2959144e48efe268485fd7ea100abe60f5564decda3dfd913d180e9d47a00a590f8a4619e9a83777080
            9aaed731cad876211019a75af40c9994ff468ae4362e3988fda22e44f3460f7a7d9051f42524885dc34ecf480c063bb840b28b53
            c735a83c8d7c445c0d1e280fbc0546a4
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacMD5_96), count: 20,
        esp: """
            0000100b000000019bf19c590d782a9500b3f60e19a12e2c12485e3957423c19c4f53bfab39310626f322dd0ef952fd8fe0e4f48
            a6cd1ff33ee9c26ecb450e696053ac2004e70f13cc29c93ab98463671ebc584adfa4f161ad23915dcd5c15d832093085
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA1_96), count: 21,
        esp: """
            0000100c0000000128db6869404a69ac69c2f2a7ec69593b20dcb1a0b75615ef0b91b51300572d4413de4bbe54f824aa7da8097c
            cf4610aab494cb75a2578ea89fdb650c56d94c1512f6d412f55dfa17c00697ad017ac9224061be86bf14e104e201b145
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA256_128), count: 22,
        esp: """
            0000100d00000001b3aedcc8ba45a69d1b37015f0abf47a623f10aa5a968584ceb6fccb2e58c0c96676cc5326d25ad672542b844
            d9589744565793620f4cedfdf192b79ab8313b727f71aca43fc66abee073c454fb2864a49a4fd9fdbc0b01d912ba21d430d89324
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA384_192), count: 23,
        esp: """
            0000100e00000001307e0f2bcacf1eeafa333f0ea39ed194298cd6b796b2efd52a215fbf6df1a8a6b4e252b694f48a80b19704b7
            c0afd357113c4c5a953da1e91dfd84fb5ff66eac1385867be0afa9c6a393c3a221e39236ca4e8911c7c61f6b08149fff4f9eaff4
            273dd797707cffcf
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA512_256), count: 24,
        esp: """
            0000100f000000017f0f994ab8243010c9c404499fc7216a389353ea2822f9265a5691f21979e8418d54c05703f4c42592c9d1e7
            f8c79dde2690f0a7bcc769b9a5598a8b3a83d08d9cab32bcf5fee3bcb0d6a4e71df44c1e01d2e1fc283f57c4720c6c100ff49a1a
            423e134199f5617c4a4ce8e119fa48e9
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96), count: 25,
        esp: """
            00001010000000017f87617258b43fa23a7ee732e8b8f499a51c0e1cf2a4a3941cfa4034d29baac8afa63e8e6df2639577ffc9b6
            79a0eb2c108594915c0145016576e3669e9f9497b3b31efb71ae8cf8e4f4bf85
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacSHA1_96), count: 26,
        esp: """
            0000101100000001ca454fb28ead3f334fcc2276eba7ef436ebe3cabc6159cc228e4ca3eb537c4cb8f38dc56662b0c1a90dc5eaa
            b1be07dccec6db9caf4999c2e6bd705a9b28e041a7d30319a415e2b0e5a2fe9a
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), count: 27,
        esp: """
            0000101200000001768e6c07ddb981183696059a6b2ec0596a3cd2507f279ba0162b2b7747e76316e71d2692e2157182df90f03a
            9c2ef385ed502de2154ce7d7ca377eeb95f0ecca55c50d56e4ff41ccd0122a23850cf5d96917086c
            """),
    KernelPacket(
        ESPSuite(.aesGCM192), count: 28,
        esp: """
            00001013000000014bd6b0c968d4de14ae23eaf0f338a0e4b9607f0eb119dd1fecf852f5ebe821bfbd2188758a0fa4c686d8a097
            462e9bea1e8d6e4cc1bbbf1b69cd28cfcdda05bc10ba1f7ed231fea3fe16179035b1daee7bda6a32
            """),
    KernelPacket(
        ESPSuite(.aesGCM256), count: 29,
        esp: """
            0000101400000001663516e8309bec483fc33481277151178458e1f24fc54815e8dd0dbcfc806b4dc5987a8f95d8292fbc45a30b
            2d8f3cd60d2ad5e920fb4a8d9af5a6c56a8b86a949cb86fa8714567fa92756580c5118cd1754d9c9
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacMD5_96), outer: .ipv6, inner: .ipv6, count: 30,
        esp: """
            0000101500000001bc1c8981adfeb9dcba8caeba6e3b600ca658e2f903fddd639c8284a43bd9f29834882e892dffb2678a14f5c3
            2ee8962ccefe466a45f6b12db4648490ef8f85a29f6a07e0293f04376cf1543963b1e7e13acb6f03daeee2903235dc426dd974c3
            d7539ec07215f42e4561d2a7
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96), outer: .ipv6, inner: .ipv6, count: 31,
        esp: """
            000010160000000109f8b3fff69e32dcca4540b39157878a3e1c4fe3d190cffee672cf15b0055bb52c0d100a75e194e37f549dcf
            cbbddb7a8e99da76ed2a5b5e97da9297eb64cbc6b4cdfa184aefb5a62c96f1266f378c4b6d54964bab856d2999c91c0b82b8e321
            9f05407557058b3cdf9bd6ddfc1d9cb26b09950217454ae8ca0b2075
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA256_128), outer: .ipv6, inner: .ipv6, count: 32,
        esp: """
            00001017000000017f0f915e6bfc97942845ae22dd3cd64bfe3049601c7ca7d995733ea706d1d0c161bdf565411dcb721431b095
            78b9f53933552ab5a289beaa2fe081a7749084ad2d65ab82fb9e4829fd9dcf4c73f627d2c6337f70ef1520d89d8225eeccaa832c
            b2b546bd8dcb69698578113feda15f0e0729ec5fa84c0cfb6d318fb9f8f193cb
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA384_192), outer: .ipv6, inner: .ipv6, count: 33,
        esp: """
            00001018000000017f9bd777eb50e3c47407b29334b90972078a98f49f705dace02d7329b214f14a9695fdf3427d28b9f198f17a
            b247f1bcbba08bdf5e72394ed5d587cb728a8b0c3804cd4713657f908bf6612445f720d7adfd43e52e95fe42ae93c2c2de4ef599
            e06405115081fe53bab799716066c0d8971e12a0c63d7f1ced5c54942141a5e05ea5bb349a24ed56
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA512_256), outer: .ipv6, inner: .ipv6, count: 34,
        esp: """
            0000101900000001884b456986ea85bf39a61622959c2654e5972bab6fc4134cb613709b0a5d46770b7d1e8fb1718e341318b6c4
            a2021c97d0ea27bfcb268b7bdd94f3bc4d61f38e5380c69b7ca5ce228b4f89c03edd5146447ded7376c50016084fe0d7da21ccfb
            330f72cb5daa39722860579238ce5ca5270051cd1151e90cf623be91a071c276e9c49f75397a6b3cb1e76093b9fa7cb1
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacMD5_96), outer: .ipv6, inner: .ipv6, count: 35,
        esp: """
            0000101a00000001bc61fc45fc500ca23f66b093fdf3454230265d7c7ad4792848cc39c47b416df8d477dfb68642cfbdaddd27f8
            3c2c62fcaee92bbb8fb2d344a8abdd3426ce5a7ffd9d0f74079c5893ae66483a98b28be9d50db539aca9cff92014c765b52eff3d
            94c1d57505afd6d9c3ccd77a8956a17f7f83eed51e7b214ea79683e1
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA1_96), outer: .ipv6, inner: .ipv6, count: 36,
        esp: """
            0000101b0000000189766d8caee4f02c0c7b3e51d345a1f531f70c810f627b7f54f9328b2671edb679bb60e312a778e69991542d
            9b7c6c5f5afc0a42b5320467706661886a39470663d844e8973410853f5b26876682db6f79a1dbd160eab0229550b1da00611fd7
            ed9831396e81fd887852a865a32e063ddc48538af94bb4e98ffba0af
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA256_128), outer: .ipv6, inner: .ipv6, count: 37,
        esp: """
            0000101c00000001b0ceb59ea027aa9ce566e1edd91ba1358ff7d4a088e9c07b51c63d694cfad334ef8a9e46d747612f5712f871
            7574446911bf6035dfccffa3ae54f0f03594243c6cdfe4c5981f545c9823ccd1072717532d0fb9e007c21b86693ebe3f927079f8
            f2dcec67792230c5348604cd629a33e1d36e57112eaaca2299d8e1bc2d9d48ff
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA384_192), outer: .ipv6, inner: .ipv6, count: 38,
        esp: """
            0000101d00000001247eb962005ca80ce9a5e944c93a892252185e3f1d229e1fb1e896ceda6f122ad6351924788aa1f12e68e93d
            e276c4a1a92227e8953ac55510b5e9392ec9e82b9bcf83abbba90ced041ca438d561b3b696d31aa6302873c93dc7af0b4ff0f312
            d5624b296c49a5153f94839e2dee1a9332ca108b2b75ac0efc88869f909450c01c8b7f68203ba937
            """),
    KernelPacket(
        ESPSuite(.aesCBC192, .hmacSHA512_256), outer: .ipv6, inner: .ipv6, count: 39,
        esp: """
            0000101e00000001ed8641130a11b77e478ca7889b8807f35b683bbc24ff5fdc181856eeb23420e28f61b3ea37a1442bfb21e8e9
            b78d41de7ea4299fdc9bfe419c167694b762fd6ac0209ba49e79bb45422ff337cfc74feaa45c09cb406968dc7564b16fca621b73
            e4ca46ffe7238d9a69d0830a21427e4bd7c473aabd1693ad9fc58da476c0e324ef84e64535fc959a88c2a9a055d7e6a9
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacMD5_96), outer: .ipv6, inner: .ipv6, count: 40,
        esp: """
            0000101f0000000109986bbbb89c5a4efc1070a13c2982d1be16216644340cc6f153052fcd7775d910a19fc9ccab6a589e7d5e7c
            387787978a6eb667c165493035c19738b8d2c2bbfadeea686c6c7af55d0db3981182e162a08beff43cd6167d875609a9a53daf55
            640eac008af499f64194b99f6eb2e71c5fab826fac5814ff593b271d
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA1_96), outer: .ipv6, inner: .ipv6, count: 41,
        esp: """
            0000102000000001c32bbdda28dcde1cb92d369092c9f8f366ebd1191b301e1b1f9854d1bbb1be5c327f8c540f59237c9048797c
            465e47345e8d3b45ea2b929be171691b9f8680126b3e32566e6292d45e2258a5a6a2609c07e4ad5d2503ac6a4c70a2b1c0ddbb74
            f9ed26175476df8068a47c6f6fcf8e51b5b9bcea02deabb1e8f4f761
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA256_128), outer: .ipv6, inner: .ipv6, count: 42,
        esp: """
            00001021000000011783720a2e4eecaaebcf89a111822fd1dfc725fb36ad75e2bb72361eb3cbd9ce7a1686c7903e5c6544d94632
            6b0e1ededbd354fb8cb6e84763cee6e7c3ac401c3b753ffe27d791cf569b448e4b2bda53686c6cfb66d2e527c5358501c4df4edb
            e240ed0b34b99667d1e9331bc4e3b1495ea49196c302b2234c34de6fc3f1bd6d
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA384_192), outer: .ipv6, inner: .ipv6, count: 43,
        esp: """
            000010220000000117d4ef311782c2fd82e6bd350d28b51d910530ce515a6b27357db87cc0181bd3fa5d1b96e44a3b9a79458ebd
            2d658a214f59655a813247100698d2a10b568d4b4e97d6a2199af64ad1af31e620cc2e942bc88f8b32b7f21c8ea4e8b83b63539b
            f575fca2396ffca473d35c165dd429f02609b5a223bbbf2d6a435e6d05193ffe843261aa8d499015
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA512_256), outer: .ipv6, inner: .ipv6, count: 44,
        esp: """
            0000102300000001879bb9f224fe6dc831c0e5d4e12e7ed377f50c1d4bbe2ff83e211d8d868d2cb2c2d31df20e0b701bf1616a76
            872cadf99837e42bd2047d6cc5ae83b0ad2fc8c2e4168ae2eb41e33dfa422917c40bbb5966dcd6116d51ec5519cc5e0b4599a8c5
            19eda3b2cd0c358bf7fbf26abe443fecd10d2ec83d38701cfda7cbca8ce5e9a079ee024dd85ca523e7f4f0b3a0443e07
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96), outer: .ipv6, inner: .ipv6, count: 45,
        esp: """
            0000102400000001e6cced531c5325fe692fa026d2aae2aad183bdd8e8439cd870289fadd2f214d0eae8e571eb85fd60e97c5339
            ace4450e569c21b9720b4c9079cbfdda27dd787ca97dd1bbfb341231ebc10cc74cf5d9de688288a61be0786176283503f1d33b99
            874bfa783ced2f863933fd0f4858a7b4911e4c5f
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacSHA1_96), outer: .ipv6, inner: .ipv6, count: 46,
        esp: """
            00001025000000014c881edd6bdfc9aa63a71b9de30ed96a2e1ea242eb7cc9ee92bf531a31fa3136f418d09369151a97f9dadc7b
            2b45b3edc48027917714665ca27698d68796be99e203a4ca2e98ff7f5147da206c9c4c8f33ab341ad439fa26f6595b45026daa01
            9395cca3f43e611874a3f447064dccf4d56911bd
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), outer: .ipv6, inner: .ipv6, count: 47,
        esp: """
            0000102600000001c8a142ffc88571823370bccf5bccb8ca3f89fde8ad663eb23d781275d42a31b666369827985a518ac4055d28
            e5463cd05ee2bd4d34907a1a4a05791834826c26c364ab77c70a9936ace92f5357582aff73a5c2751951ceb5792fefa29bcedaff
            d1638a9f23046ec9c4ef71fe9c25a9b7e53334b1c8b625cff4279cf9
            """),
    KernelPacket(
        ESPSuite(.aesGCM192), outer: .ipv6, inner: .ipv6, count: 48,
        esp: """
            0000102700000001126085d9e38f3a96b10cf2c9e347ede9acea317a48da22abeedbea8186ec63f3afd69ea1d8c0f8f9774465cb
            d5c7177aaeabcd145e8d4894127067945daea73318bbb998e6cd86494a42c07f99369ab52df250ebad4edb414834583935b26b62
            7380db4a7e991f7ea439dc9d796060c19a57b9ccb78f713d6ff8a572
            """),
    KernelPacket(
        ESPSuite(.aesGCM256), outer: .ipv6, inner: .ipv6, count: 49,
        esp: """
            0000102800000001f7aa18a7c3098ced5b66063278e13e54443d6793ac8126eb9e74072ca5dffbca4de00bfd7f1132f6dd4ed672
            f2d5fbc84d10fedbb6804d914c5a948f419769fcf6d110eb37299536a846ec2ffaae23915aca0fa57a50db91ad14207f531299c7
            e58febb2fb2209493da9ad950762582932ab972a1b4a0916c7eccb7f
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96), inner: .ipv6, count: 50,
        esp: """
            00001029000000015c0f8a6f12b737ec103c092138e9a329822c4bc346ca8c1ee229f744acb59d49908aff695e42eb675df7e739
            5febf7d1e9d5b95f5b7a31c450ea804cd21e328855d1df8f0306fe01783afc8bae9742aa75ac9274ccffa68d4df0e1b327c596a1
            b28183f978c2aae743143bb3c40d3ffc45c4efc591e747a491e55aef8611a839c62ba628e3bff36b4b7b1402
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA256_128), inner: .ipv6, count: 51,
        esp: """
            0000102a0000000101f831ebf0903835a4a514f40bd58c768cf5d988c42311e87f5d692f1aeb4d433f863d2f2135d554f7120658
            5955c787f55ac77644a11b0ee5cfdc79521e1ea94eedf3b6a98792fbda3582d586bd5014b62788515b54bfbd391dece4feb1eba1
            6621c5b177d50918b5f3f1d0f6cffa1777a3e44fdfaec57879322338d93167d45ea7ce1115d8c8f71f2f71b473382cc4
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96), inner: .ipv6, count: 52,
        esp: """
            0000102b000000014326f0458084667df603e76ba992eae5e2e3d06cb8a05c55d580b6bc0c7557c487e4bf0e639546c9c85e010a
            ae1d7cabc9b98fbc595531afe5b75b25c6018bb84ef111caf81dec6cd8006553e399b358dd353052833f08a4bc0ccb10b2728021
            ff6b34c9e8430e711dda731d5154db143794f33dbe6cc2c0edbd6e0b
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), inner: .ipv6, count: 53,
        esp: """
            0000102c00000001087fd31003436321409e43c68e7a5a01c15780fa013d0382b665cb415667ee0f4e1332e531d60b6c51c69e26
            85d02b1e2cf3ad53a4003816f6624bd2cde009e6589aa83bd475c549079669b7e89d47e98137fcfa473eb113f755edb0f5cfc813
            91f5af42f6f7d2224991985cd2c041d1e9e8bcab4971beadc3b9fe97d8739a8c
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96), outer: .ipv6, count: 54,
        esp: """
            0000102d00000001a0b99df190aa245fe21654877c69dfccd0659aa6bc573505c1a1e1c4e5a0919eaf00796553c341f0f12497ca
            71662a77b788edb4a57ce7a4ba5047489c0cd148fa308f3c196929a72754fa7ae428fa580f97c27176d055ec879dc216f3ed66ee
            abce3a86012ba3d6a6b1a28e6e98c54f9f88de980413745d9e2e008d
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA256_128), outer: .ipv6, count: 55,
        esp: """
            0000102e000000014f203a158165905a6ca35c8ab01ca35f616a8429adfa6762053f03225aed77d1803800c1ea7bdb8c9c35f125
            e96ff2e2b97e4bcca3a872fc4af3ae5353017b11f48c0e3692661366b421f4406173e3d3c6b53df6e13dbf9ff4d59648a9f127ab
            8186c1382cf5d6429349dec36caf0aee8bd46229afd5cd4a21b069178f6b2699
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96), outer: .ipv6, count: 56,
        esp: """
            0000102f000000014100090be509a7cbc55e55c8f166e47f74dc033f7512881280d8c8b06b12e43b971acfba21462966f3407da2
            556d42d2212acc5130047277b2d25a1b752ad2e7ad1a7ba41308338ec4096b314b3920cb52de94adbfc1d4fe55f3391cdbb5c11a
            4dd54aaefaed0eb2c407e6d1
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), outer: .ipv6, count: 57,
        esp: """
            000010300000000163ab078798d33afb63e22522d93ec84f1ba3deafa50444fbab9e22f92351727080d9947794a952306e214e19
            179f4096e311296ae1568de0aeb87f8b08c9dfc5d855ab7f46cee587c7d9b746f4571091fc795c79cf855f117f6463c52d56ffbc
            13845482d10fae12f1a1ae90275743fa
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96), mode: .transport, count: 58,
        esp: """
            0000103100000001a4793329b45fac37675b6e37bdb3abafed0e8b9019acd943382e2d25639dc8c4fc8ef26e19d3d5e2b9236527
            ff68eadd161a9923edff9ff304b08176b078e495dca0de30f24fa3df32b436eee366ca007399263ccecccc8502c7de17bada4f10
            6918401defdf1b5f2bb3bb23
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA256_128), mode: .transport, count: 59,
        esp: """
            0000103200000001257a16a9de1916728fefd99c6431d507a410e06285a67cfd195211c38f63cd568c076a852ea5f319397a77c2
            a6c5c299802db9c96a08e2d7895bc5c332b21ebea864d7c29ccca1266a062c33e949cbcda46d203db1dbc2e4ebaa9b80f73d7a5c
            48af0986e680ce0e0798bdd22e8bc90d
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96), mode: .transport, count: 60,
        esp: """
            00001033000000013a1102160b858642452f172fac415e5c65cbe29e340683e01aa39c9c249a10b115fc27f538c0918b4765d3fc
            4e08f6012501e95617e00971b3a96229e1c84db86b13a674db8dc3f9a047c45cc80834aed197083bba75da29ea155bcb
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), mode: .transport, count: 61,
        esp: """
            0000103400000001be959cbe3972161fa97f00d9d094964951b1ad36540ab865668e8641a61979076fe2c99c1007de3745679571
            b08081865d6601622d79edff79d5992c4e810dac3e3cce85ed16f992e9b521abbbc7c2ba12b83ac0287ae8557963d738553925db
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA1_96), mode: .transport, outer: .ipv6, inner: .ipv6, count: 62,
        esp: """
            000010350000000115d329523d20d9d7a7bf5d31f563355b6de15981aa96aef218f2e56a84fe06666428dee26023a0158847676a
            ea1c124e49a2fd1e463af01e95df3f468ec026277415360c4ceb29dee1d1a02efa12a4f91c0fcca4fc9ab96e1b50b7f56188182a
            bd27bbe27b84d15a7b8c76ba
            """),
    KernelPacket(
        ESPSuite(.aesCBC256, .hmacSHA256_128), mode: .transport, outer: .ipv6, inner: .ipv6, count: 63,
        esp: """
            00001036000000015caf3d4b2758ef7c3b107216e28ca9fbd61d86656d4ffbc72c9964934429cb72e643d73716592ef8bc8f34ec
            870a5276582935db91b3c31ae919b2954c63784eea5feb21c4f5469e95d886966e6c83032d670f4adbfb24793c47e381a22a8a16
            a93de4ecb11e5996c3648e2b49ca040c
            """),
    KernelPacket(
        ESPSuite(.tripleDESCBC, .hmacMD5_96), mode: .transport, outer: .ipv6, inner: .ipv6, count: 64,
        esp: """
            0000103700000001c051e35935a49bd7b19f0b283c9ae5106d75736b42682104abbad112a2755df339db32fe3f1f4d859a3f811e
            b3361516ec23eb2da17f77d6a28f7b98e5fff1a494059e047c051cbc54015ca41c6d3b9a56584977ccc41a3b53587fb05a0f6627
            9fbeea67
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), mode: .transport, outer: .ipv6, inner: .ipv6, count: 65,
        esp: """
            0000103800000001e5859e03da7ee845d8e01e3062a3570ddf3b1f116477d8f52d8200fb1ea3bf58200ad876c3bda9397b31891d
            66f3470b7f3ae7a5363317d7e3376498bdefb11701944b5a8d90a75503707ad245ec709899a666fc7df1f5eeb14cb0248597af21
            b9e6b626
            """),
    KernelPacket(
        ESPSuite(.aesCBC128, .hmacSHA256_128), isEncapsulated: true, count: 66,
        esp: """
            00001039000000016f84bd010ffef9ff4bef00f692b6d86690b6e9403ae802d9530d36d785e0b67fa4d0826e4823fdaf3bd821a8
            22c499f3ee75873cb3702c40919dd045de8998c6b5c8f3106ab7a53174f565ef35dec38caeda470a3ccdcc0aa2f64b44a7411b32
            77b218cc2f4d179dace5b1ffb31a4b03670ced0cb772da989f358ead62fd30a1
            """),
    KernelPacket(
        ESPSuite(.aesGCM256), isEncapsulated: true, count: 67,
        esp: """
            0000103a0000000153c36fe756d1136f651acfdfe87f7ed029180fcdd776dc0999d3c263d0a37c37af742dafb2edfa7d8ebf8200
            5d20c1f8974f705870821f28feac2992303b224ee3eb7ebaf5dab0d74480f1263597891700c857a7f1169565fc022a6eaf43e361
            ebec5fc36f5c1835968bc332cf1bd04d47ea8204c59c488e2785909e
            """),
    KernelPacket(
        ESPSuite(.aesGCM128), outer: .ipv6, inner: .ipv6, isEncapsulated: true, count: 68,
        esp: """
            0000103b00000001669932f10f7ed4d4907adaa5be5e2c451853e6a19eeae1cffbf0ee1aa8b031c6deef385ef4d7d849bb6156c2
            72ba64b49ffc86adb5992d695bd69ea3c4838677afb90a1db06d358f229fce4fda4f900497716101077f1a0f401806151c4e9723
            9986e9801fcdee3ba749f210c348057d14972562eaeafc73ac8d53b1750ae889d1ff5d3c3443a69c66496ac777ac5264
            """),
]
