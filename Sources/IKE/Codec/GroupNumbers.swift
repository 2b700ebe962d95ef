import Crypto

extension Group {
    /// Its number as Group Description attribute (RFC 2409 app. A, 3526, 5903, 8031).
    var number: UInt16 {
        switch self {
        case .modp1024: 2
        case .modp1536: 5
        case .modp2048: 14
        case .modp3072: 15
        case .modp4096: 16
        case .modp6144: 17
        case .modp8192: 18
        case .ecp256: 19
        case .ecp384: 20
        case .ecp521: 21
        case .curve25519: 31
        }
    }

    init?(number: UInt64) {
        switch number {
        case 2: self = .modp1024
        case 5: self = .modp1536
        case 14: self = .modp2048
        case 15: self = .modp3072
        case 16: self = .modp4096
        case 17: self = .modp6144
        case 18: self = .modp8192
        case 19: self = .ecp256
        case 20: self = .ecp384
        case 21: self = .ecp521
        case 31: self = .curve25519
        default: return nil
        }
    }
}
