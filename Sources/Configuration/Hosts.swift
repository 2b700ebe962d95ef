import Wire

/// Addresses, host names, subnets and next hops as ipsec.conf writes them.
enum Hosts {
    static func address(_ bytes: [UInt8]) throws(Complaint) -> Address {
        guard let address = Address(bytes), !address.isAny else {
            throw Complaint("expected an address such as 192.0.2.1 or 2001:db8::1")
        }
        return address
    }

    static func host(_ bytes: [UInt8]) throws(Complaint) -> End.Host {
        let word = Name(bytes)
        if word == "%any" || word == "%any6" { return .any }
        if word == "%defaultroute" { return .defaultRoute }
        if word == "%opportunistic" || word == "%group" || word == "%opportunisticgroup" {
            throw Complaint("opportunistic encryption does not exist yet; "
                + "expected an address, a host name, %any or %defaultroute")
        }
        if let address = Address(bytes) { return address.isAny ? .any : .address(address) }
        if bytes.contains(UInt8(ascii: "/")) {
            throw Complaint("a host has no mask; a network goes into leftsubnet= or rightsubnet=")
        }
        if word.hasPrefix("%") { throw Complaint("expected an address, a host name, %any or %defaultroute") }
        guard isHostName(bytes) else {
            throw Complaint("this is neither an address, such as 192.0.2.1, nor a host name, nor %any or %defaultroute")
        }
        return .name(word)
    }

    static func nextHop(_ bytes: [UInt8]) throws(Complaint) -> End.NextHop {
        let word = Name(bytes)
        if word == "%direct" { return .direct }
        if word == "%defaultroute" { return .defaultRoute }
        guard let address = Address(bytes), !address.isAny else {
            throw Complaint("expected the address of a router, %direct or %defaultroute")
        }
        return .address(address)
    }

    /// RFC 1123 §2.1: labels of letters, digits and hyphens (underscores pass, as resolvers let them). Digits and dots
    /// alone would be an address gone wrong.
    static func isHostName(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= 253, bytes.contains(where: isLetter) else { return false }
        let dot = UInt8(ascii: ".")
        let hyphen = UInt8(ascii: "-")
        // A dot at the very end only says that the name is whole.
        let labels = bytes[0..<(bytes.last == dot ? bytes.count - 1 : bytes.count)]
        return labels.split(separator: dot, omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == hyphen || $0 == UInt8(ascii: "_") }
        }
    }

    /// `10.0.1.0/24`, `10.0.1.0/255.255.255.0`, `10.1/16`, `2001:db8::/32`, `%default`.
    static func subnet(_ bytes: [UInt8]) throws(Complaint) -> (subnet: Subnet, hadHostBits: Bool) {
        let word = Name(bytes)
        if word == "%default" { return (.everything(.ipv4), false) }
        if word.hasPrefix("vhost:") || word.hasPrefix("vnet:") {
            throw Complaint("virtual subnets do not exist yet; expected a subnet such as 192.168.1.0/24")
        }
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            if parts.count == 1, let address = Address(bytes) {
                throw Complaint("the mask is missing; for this one machine write \(address)/\(address.bitCount)")
            }
            throw Complaint("expected a subnet such as 192.168.1.0/24")
        }
        guard let address = network(Array(parts[0])) else {
            throw Complaint("\(shown(Array(parts[0]))) is no address; expected a subnet such as 192.168.1.0/24")
        }
        let subnet: Subnet
        if let mask = Address(Array(parts[1])) {
            guard let masked = Subnet(address, mask: mask) else {
                throw Complaint("\(mask) is no mask for this address")
            }
            subnet = masked
        } else if let prefix = Text.decimal(parts[1], limit: UInt64(address.bitCount)) {
            subnet = Subnet(address, prefix: Int(prefix))
        } else {
            throw Complaint("the mask is a number from 0 to \(address.bitCount), or as in /255.255.255.0")
        }
        return (subnet, subnet.address != address)
    }

    /// An address; of an IPv4 one, zeros at the end may be left out (`10.1` is 10.1.0.0), as FreeS/WAN allows.
    private static func network(_ bytes: [UInt8]) -> Address? {
        if let address = Address(bytes) { return address }
        var padded = bytes
        let dots = bytes.count { $0 == UInt8(ascii: ".") }
        guard !bytes.isEmpty, dots < 3, !bytes.contains(UInt8(ascii: ":")) else { return nil }
        for _ in dots..<3 { padded += [UInt8(ascii: "."), UInt8(ascii: "0")] }
        return Address(padded)
    }

    /// `%v4:10.0.0.0/8,%v4:!10.1.0.0/16,%v6:fd00::/8`
    static func checkVirtualPrivate(_ text: Slice) throws(Complaint) {
        for word in try ValueReader.words(text, separator: UInt8(ascii: ",")) {
            let name = word.name
            guard name.hasPrefix("%v4:") || name.hasPrefix("%v6:") || name.hasPrefix("%4:") || name.hasPrefix("%6:") else {
                throw Complaint("expected a list such as %v4:10.0.0.0/8,%v4:!10.1.0.0/16")
            }
            var start = (word.firstIndex(of: UInt8(ascii: ":")) ?? 0) + 1
            if start < word.count, word[start] == UInt8(ascii: "!") { start += 1 }
            _ = try subnet(word[start..<word.count].bytes)
        }
    }
}

/// IDs as ipsec.conf and ipsec.secrets write them.
enum Identities {
    static func value(_ bytes: [UInt8]) throws(Complaint) -> Value {
        let word = Name(bytes)
        if word == "%myid" { return .myID }
        if word == "%fromcert" {
            throw Complaint("certificates do not exist yet; expected an address, @name or user@name")
        }
        if isDistinguishedName(bytes) {
            throw Complaint("distinguished names come with certificates, which do not exist yet; "
                + "expected an address, @name or user@name")
        }
        guard let identity = identity(bytes) else {
            if Hosts.isHostName(bytes) {
                throw Complaint("a name that is an ID of its own, and not looked up, has @ before it: @\(word)")
            }
            throw Complaint("expected an address, @name, user@name or @#hexadecimal")
        }
        return .identity(identity)
    }

    /// `nil` for what is none of the four forms; so far distinguished names are not among them.
    static func identity(_ bytes: [UInt8]) -> Identity? {
        if let address = Address(bytes) { return address.isAny ? nil : .address(address) }
        let at = UInt8(ascii: "@")
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), bytes.count <= 255, let place = bytes.firstIndex(of: at) else {
            return nil
        }
        let name = Array(bytes[(place + 1)...])
        if place > 0 { return isNamePart(name) ? .userFQDN(Name(bytes)) : nil }
        if name.first == UInt8(ascii: "#") {
            guard name.count > 1, let octets = Text.octets(hex: Array(name[1...])), !octets.isEmpty else { return nil }
            return .keyID(octets)
        }
        return isNamePart(name) ? .fqdn(Name(name)) : nil
    }

    private static func isNamePart(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }

    /// `C=DE, CN=gate` or `/C=DE/CN=gate`.
    static func isDistinguishedName(_ bytes: [UInt8]) -> Bool {
        let start = bytes.first == UInt8(ascii: "/") ? 1 : 0
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > start else { return false }
        return bytes[start..<equals].allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: ".") || $0 == 0x20 }
    }
}
