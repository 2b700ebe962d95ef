import Crypto

/// A Phase 1 transform (KEY_IKE) all of whose attributes we support (RFC 2409 app. A).
struct Phase1Transform: Equatable {
    private enum Kind {
        static let encryption: UInt16 = 1
        static let hash: UInt16 = 2
        static let authentication: UInt16 = 3
        static let group: UInt16 = 4
        static let lifeType: UInt16 = 11
        static let lifeDuration: UInt16 = 12
        static let keyLength: UInt16 = 14
    }
    /// KEY_IKE (RFC 2407 §4.4.2).
    static let keyIKE: UInt8 = 1

    var suite: IKESuite
    var method: AuthenticationMethod
    /// In seconds; `nil` if it names none.
    var lifetime: UInt32?

    init(_ suite: IKESuite, _ method: AuthenticationMethod, lifetime: UInt32?) {
        self.suite = suite
        self.method = method
        self.lifetime = lifetime
    }

    /// `nil` for a transform with an unsupported or repeated attribute.
    init?(_ transform: Transform) {
        guard transform.id == Self.keyIKE else { return nil }
        var encryption: UInt64?
        var hash: UInt64?
        var authentication: UInt64?
        var group: UInt64?
        var keyLength: UInt64?
        var life = Lifetime()
        for attribute in transform.attributes {
            guard let value = attribute.value else { return nil }
            var once = true
            switch attribute.type {
            case Kind.encryption: once = set(&encryption, value)
            case Kind.hash: once = set(&hash, value)
            case Kind.authentication: once = set(&authentication, value)
            case Kind.group: once = set(&group, value)
            case Kind.keyLength: once = set(&keyLength, value)
            case Kind.lifeType: once = life.take(type: value)
            case Kind.lifeDuration: once = life.take(duration: value)
            default: return nil
            }
            guard once else { return nil }
        }
        guard let method = authentication.flatMap({ AuthenticationMethod(rawValue: $0) }), let encryption, let hash, let group,
            let cipher = Self.cipher(encryption, keyLength), let hash = Self.hash(hash),
            let group = Group(number: group)
        else { return nil }
        self.init(IKESuite(cipher, hash, group), method, lifetime: life.seconds)
    }

    func transform(number: UInt8) -> Transform {
        var attributes = [Attribute(Kind.encryption, suite.cipher == .tripleDESCBC ? 5 : 7)]
        if suite.cipher != .tripleDESCBC {
            attributes.append(Attribute(Kind.keyLength, UInt64(suite.cipher.keyLength * 8)))
        }
        attributes += [
            Attribute(Kind.hash, Self.number(suite.hash)),
            Attribute(Kind.group, UInt64(suite.group.number)),
            Attribute(Kind.authentication, method.rawValue),
        ]
        if let lifetime {
            attributes += [Attribute(Kind.lifeType, 1), Attribute(Kind.lifeDuration, UInt64(lifetime))]
        }
        return Transform(number: number, id: Self.keyIKE, attributes: attributes)
    }

    /// AES without a key length is AES-128. RFC 3602 §5.3 requires the length, but some peers omit it.
    private static func cipher(_ number: UInt64, _ keyLength: UInt64?) -> Cipher? {
        switch (number, keyLength) {
        case (5, nil): .tripleDESCBC
        case (7, nil), (7, 128): .aesCBC128
        case (7, 192): .aesCBC192
        case (7, 256): .aesCBC256
        default: nil
        }
    }

    private static func hash(_ number: UInt64) -> Hash? {
        switch number {
        case 1: .md5
        case 2: .sha1
        case 4: .sha256
        case 5: .sha384
        case 6: .sha512
        default: nil
        }
    }

    private static func number(_ hash: Hash) -> UInt64 {
        switch hash {
        case .md5: 1
        case .sha1: 2
        case .sha256: 4
        case .sha384: 5
        case .sha512: 6
        }
    }
}

/// Sets a value that is not set yet; returns `false` if it is.
func set(_ place: inout UInt64?, _ value: UInt64) -> Bool {
    guard place == nil else { return false }
    place = value
    return true
}

/// The lifetime in a transform or a RESPONDER-LIFETIME: pairs of type and duration, in seconds or kilobytes (RFC 2409 app. A, RFC
/// 2407 §4.5).
struct Lifetime: Equatable {
    private(set) var seconds: UInt32?
    private(set) var kilobytes: UInt32?
    /// The type of the next duration. Both phases use the same two numbers.
    private var type: UInt64?

    mutating func take(type: UInt64) -> Bool {
        guard self.type == nil, type == 1 || type == 2 else { return false }
        self.type = type
        return true
    }

    /// A duration without a type is in seconds.
    mutating func take(duration: UInt64) -> Bool {
        let clamped = UInt32(clamping: duration)
        guard clamped > 0 else { return false }
        if type == 2 {
            guard kilobytes == nil else { return false }
            kilobytes = clamped
        } else {
            guard seconds == nil else { return false }
            seconds = clamped
        }
        type = nil
        return true
    }
}
