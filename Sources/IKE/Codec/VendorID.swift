import Wire

/// Vendor IDs that we send, and those of other implementations that we recognise (RFC 2408 §3.16).
enum VendorID {
    /// MD5 of "Cygnet".
    static let cygnet: [UInt8] = [
        0xe3, 0x91, 0xd4, 0x2f, 0x3c, 0xa3, 0xd1, 0x92, 0x4b, 0x56, 0x44, 0x50, 0xd1, 0x97, 0x1d, 0xe8,
    ]
    /// RFC 3706 §5.1, version 1.0.
    static let deadPeerDetection: [UInt8] = [
        0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00,
    ]
    /// RFC 3947 §3.1: MD5 of "RFC 3947".
    static let natTraversal: [UInt8] = [
        0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f,
    ]
    /// MD5 of "draft-ietf-ipsec-nat-t-ike-02" and a line feed, as most implementations of that draft compute it.
    static let natTraversalDraft02: [UInt8] = [
        0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08, 0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f,
    ]
    static let natTraversalDraft02Plain: [UInt8] = [
        0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8, 0x7c, 0xfd, 0xb2, 0xfc, 0x68, 0xb6, 0xa4, 0x48,
    ]
    static let natTraversalDraft03: [UInt8] = [
        0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f, 0x2c, 0x17, 0x9d, 0x92, 0x15, 0x52, 0x9d, 0x56,
    ]

    /// MD5 of "FRAGMENTATION", and the capability to take fragments of Main Mode. racoon requires the latter.
    static let fragmentation: [UInt8] = [
        0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3, 0x80, 0, 0, 0,
    ]

    /// Whether the peer takes fragments of messages. Microsoft sends no capabilities, and takes them.
    static func announcesFragmentation(_ ids: [[UInt8]]) -> Bool {
        ids.contains { $0.count >= 16 && $0.prefix(16) == fragmentation.prefix(16) && ($0.count != 20 || $0[16] & 0x80 != 0) }
    }

    /// Whether the peer is Windows: the ID is a prefix, a version follows.
    static func isWindows(_ ids: [[UInt8]]) -> Bool { ids.contains { $0.starts(with: windows) } }
    private static let windows: [UInt8] = [0x1e, 0x2b, 0x51, 0x69, 0x05, 0x99, 0x1c, 0x7d]

    /// Whether the peer answers R-U-THERE. Cygnet always does: vendor IDs are not authenticated, and its own may have arrived where
    /// that of RFC 3706 was damaged.
    static func supportsDeadPeerDetection(_ ids: [[UInt8]]) -> Bool { ids.contains(deadPeerDetection) || ids.contains(cygnet) }

    /// The version of NAT traversal that a list of vendor IDs offers; the RFC is preferred to its drafts.
    static func natDialect(_ ids: [[UInt8]]) -> NATDialect? {
        if ids.contains(natTraversal) { return .rfc }
        if ids.contains(natTraversalDraft03) || ids.contains(natTraversalDraft02)
            || ids.contains(natTraversalDraft02Plain)
        {
            return .draft
        }
        return nil
    }

    /// The name of a vendor ID; `nil` if it is unknown. Some match by prefix and a version follows.
    static func name(_ id: [UInt8]) -> StaticString? {
        switch id {
        case cygnet: "Cygnet"
        case natTraversal: "RFC 3947"
        case natTraversalDraft02, natTraversalDraft02Plain: "draft-ietf-ipsec-nat-t-ike-02"
        case natTraversalDraft03: "draft-ietf-ipsec-nat-t-ike-03"
        case deadPeerDetection: "Dead Peer Detection"
        default: others(id)
        }
    }

    private static func others(_ id: [UInt8]) -> StaticString? {
        var head: UInt64 = 0
        for octet in id.prefix(8) { head = head << 8 | UInt64(octet) }
        if id.count < 8 { return nil }
        switch head {
        case 0x4485_152d_18b6_bbcd: return "draft-ietf-ipsec-nat-t-ike-00"
        case 0x0900_2689_dfd6_b712: return "XAUTH"
        case 0x12f5_f28c_4571_68a9: return "Cisco Unity"
        case 0x4048_b7d5_6ebc_e885: return "IKE fragmentation"
        case 0x882f_e56d_6fd2_0dbc: return "strongSwan"
        case 0x1e2b_5169_0599_1c7d: return "Windows"
        case 0x2624_4d38_eddb_61b3: return "Windows initial contact"
        case 0xfb1d_e3cd_f341_b7ea: return "Windows negotiation discovery"
        case 0xe3a5_966a_7637_9fe7: return "Windows IKE CGA"
        case 0x7003_cbc1_097d_be9c: return "racoon"
        default: break
        }
        let isOE = id[0] == UInt8(ascii: "O") && id[1] == UInt8(ascii: "E")
        if isOE, id.starts(with: ("OE-Libreswan" as StaticString).octets) { return "libreswan" }
        return isOE && id.count == 12 ? "FreeS/WAN's family" : nil
    }

    /// The names of those recognised, for the log, and the number of the others.
    static func words(_ ids: [[UInt8]]) -> Sentence {
        var text: Sentence = ""
        var unknown = 0
        for id in ids {
            guard let name = name(id) else {
                unknown += 1
                continue
            }
            if !text.isEmpty { text += ", " }
            text += "\(name)"
        }
        if unknown > 0 { text += text.isEmpty ? "\(unknown) unknown" : " and \(unknown) unknown" }
        return text
    }
}
