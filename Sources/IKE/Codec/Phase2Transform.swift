import Crypto

/// The Encapsulation Mode attribute (RFC 2407 §4.5, RFC 3947 §5.1).
struct EncapsulationMode: Equatable {
    var mode: SecurityAssociation.Mode
    /// In UDP (RFC 3948), with the numbers of RFC 3947 or of its drafts.
    var nat: NATDialect?

    init(_ mode: SecurityAssociation.Mode, _ nat: NATDialect?) {
        self.mode = mode
        self.nat = nat
    }

    init?(number: UInt64) {
        switch number {
        case 1: self.init(.tunnel, nil)
        case 2: self.init(.transport, nil)
        case 3: self.init(.tunnel, .rfc)
        case 4: self.init(.transport, .rfc)
        case 61443: self.init(.tunnel, .draft)
        case 61444: self.init(.transport, .draft)
        default: return nil
        }
    }

    var number: UInt64 {
        let base: UInt64 = mode == .tunnel ? 1 : 2
        return switch nat {
        case nil: base
        case .rfc: base + 2
        case .draft: base + 61442
        }
    }
}

/// An ESP transform all of whose attributes we support (RFC 2407 §4.4.4 and §4.5, RFC 3602, 4106, 4304, 4868).
struct Phase2Transform: Equatable {
    enum Kind {
        static let lifeType: UInt16 = 1
        static let lifeDuration: UInt16 = 2
        static let group: UInt16 = 3
        static let encapsulation: UInt16 = 4
        static let integrity: UInt16 = 5
        static let keyLength: UInt16 = 6
        /// Extended (64-bit) Sequence Number (RFC 4304 §2).
        static let esn: UInt16 = 11
    }

    var suite: ESPSuite
    /// In seconds; `nil` if it names none.
    var lifetime: UInt32?
    /// The PFS group; `nil` without PFS.
    var group: Group?
    /// `nil` if it is not given, which leaves it to the receiver (RFC 2407 §4.5).
    var encapsulation: EncapsulationMode?

    init(_ suite: ESPSuite, lifetime: UInt32?, group: Group?, encapsulation: EncapsulationMode?) {
        self.suite = suite
        self.lifetime = lifetime
        self.group = group
        self.encapsulation = encapsulation
    }

    /// `nil` for a transform with an unsupported or repeated attribute.
    init?(_ transform: Transform) {
        var group: UInt64?
        var encapsulation: UInt64?
        var integrity: UInt64?
        var keyLength: UInt64?
        var esn: UInt64?
        var life = Lifetime()
        for attribute in transform.attributes {
            guard let value = attribute.value else { return nil }
            var once = true
            switch attribute.type {
            case Kind.lifeType: once = life.take(type: value)
            case Kind.lifeDuration: once = life.take(duration: value)
            case Kind.group: once = set(&group, value)
            case Kind.encapsulation: once = set(&encapsulation, value)
            case Kind.integrity: once = set(&integrity, value)
            case Kind.keyLength: once = set(&keyLength, value)
            case Kind.esn: once = set(&esn, value)
            default: return nil
            }
            guard once else { return nil }
        }
        guard let cipher = Self.cipher(transform.id, keyLength) else { return nil }
        var suite = ESPSuite(cipher)
        if let integrity {
            guard !cipher.isAEAD, let known = Self.integrity(integrity) else { return nil }
            suite.integrity = known
        } else {
            // Encryption without authentication is refused.
            guard cipher.isAEAD else { return nil }
        }
        // 1 means 64 bits. 32 bits are meant if it is absent or 0.
        guard esn ?? 0 <= 1 else { return nil }
        suite.usesESN = esn == 1
        self.init(suite, lifetime: life.seconds, group: nil, encapsulation: nil)
        if let group {
            guard let known = Group(number: group) else { return nil }
            self.group = known
        }
        if let encapsulation {
            guard let known = EncapsulationMode(number: encapsulation) else { return nil }
            self.encapsulation = known
        }
    }

    func transform(number: UInt8) -> Transform {
        var attributes: [Attribute] = []
        if let group { attributes.append(Attribute(Kind.group, UInt64(group.number))) }
        if let encapsulation { attributes.append(Attribute(Kind.encapsulation, encapsulation.number)) }
        if let lifetime {
            attributes += [Attribute(Kind.lifeType, 1), Attribute(Kind.lifeDuration, UInt64(lifetime))]
        }
        if suite.cipher != .tripleDESCBC {
            attributes.append(Attribute(Kind.keyLength, UInt64(suite.cipher.keyLength * 8)))
        }
        if let integrity = suite.integrity { attributes.append(Attribute(Kind.integrity, Self.number(integrity))) }
        if suite.usesESN { attributes.append(Attribute(Kind.esn, 1)) }
        return Transform(number: number, id: Self.number(suite.cipher), attributes: attributes)
    }

    /// AES-CBC without a key length is AES-128. AES-GCM requires the length (RFC 4106 §8.4).
    private static func cipher(_ id: UInt8, _ keyLength: UInt64?) -> Cipher? {
        switch (id, keyLength) {
        case (3, nil): .tripleDESCBC
        case (12, nil), (12, 128): .aesCBC128
        case (12, 192): .aesCBC192
        case (12, 256): .aesCBC256
        case (20, 128): .aesGCM128
        case (20, 192): .aesGCM192
        case (20, 256): .aesGCM256
        default: nil
        }
    }

    private static func number(_ cipher: Cipher) -> UInt8 {
        switch cipher {
        case .tripleDESCBC: 3
        case .aesCBC128, .aesCBC192, .aesCBC256: 12
        case .aesGCM128, .aesGCM192, .aesGCM256: 20
        }
    }

    private static func integrity(_ number: UInt64) -> Integrity? {
        switch number {
        case 1: .hmacMD5_96
        case 2: .hmacSHA1_96
        case 5: .hmacSHA256_128
        case 6: .hmacSHA384_192
        case 7: .hmacSHA512_256
        default: nil
        }
    }

    private static func number(_ integrity: Integrity) -> UInt64 {
        switch integrity {
        case .hmacMD5_96: 1
        case .hmacSHA1_96: 2
        case .hmacSHA256_128: 5
        case .hmacSHA384_192: 6
        case .hmacSHA512_256: 7
        }
    }
}
