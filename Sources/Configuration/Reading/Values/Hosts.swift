import Wire

/// Parses addresses, host names, subnets and next hops of ipsec.conf.
enum Hosts {
    static func address(_ bytes: [UInt8]) throws(Complaint) -> Address {
        guard let address = Address(bytes), !address.isAny else {
            throw Complaint("expected an address such as 192.0.2.1 or 2001:db8::1")
        }
        return address
    }

    static func host(_ bytes: [UInt8]) throws(Complaint) -> End.Host {
        let word = Name(bytes)
        switch Words("%any=%any6=%group %defaultroute %opportunistic=%opportunisticgroup").index(of: bytes) {
        case nil: break
        case 0: return .any
        case 1: return .defaultRoute
        default:
            throw Complaint(
                "opportunistic encryption is not supported; "
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
        if let index = Words("%direct %defaultroute").index(of: bytes) { return index == 0 ? .direct : .defaultRoute }
        guard let address = Address(bytes), !address.isAny else {
            throw Complaint("expected the address of a router, %direct or %defaultroute")
        }
        return .address(address)
    }

    /// Whether this is a host name (RFC 1123 §2.1): labels of letters, digits, hyphens and underscores. At least one letter is
    /// required: a word of digits and dots is a mistyped address.
    static func isHostName(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= 253, bytes.contains(where: isLetter) else { return false }
        let dot = UInt8(ascii: ".")
        let hyphen = UInt8(ascii: "-")
        // A final dot marks the name as absolute.
        let labels = split(bytes.last == dot ? Array(bytes.dropLast()) : bytes, at: ".")
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == hyphen || $0 == UInt8(ascii: "_") }
        }
    }

    /// `10.0.1.0/24`, `10.0.1.0/255.255.255.0`, `10.1/16`, `2001:db8::/32`, `%default`; without a mask, as in pluto, this one
    /// machine.
    /// - Parameter warning: set when the value may not be what its author meant.
    static func subnet(_ bytes: [UInt8], warning: inout Sentence?) throws(Complaint) -> Subnet {
        if isWord(bytes[...], "%default") { return .everything(.ipv4) }
        let parts = split(bytes, at: "/")
        guard parts.count == 2 else {
            if parts.count == 1, let address = Address(bytes) {
                if address.octets.last == 0 {
                    warning = "without a mask this is the one machine \(address), and no network; a network is such as \(address)/24"
                }
                return Subnet(host: address)
            }
            throw Complaint("expected a subnet such as 192.168.1.0/24")
        }
        guard let address = network(parts[0]) else {
            throw Complaint("\(shown(parts[0])) is no address; expected a subnet such as 192.168.1.0/24")
        }
        let subnet: Subnet
        if let mask = Address(parts[1]) {
            guard let masked = Subnet(address, mask: mask) else {
                throw Complaint("\(mask) is no mask for this address")
            }
            subnet = masked
        } else if let prefix = Text.decimal(parts[1], limit: UInt64(address.bitCount)) {
            subnet = Subnet(address, prefix: Int(prefix))
        } else {
            throw Complaint("the mask is a number from 0 to \(address.bitCount), or as in /255.255.255.0")
        }
        if subnet.address != address { warning = "bits beyond the mask are set; \(subnet) is meant" }
        return subnet
    }

    /// `{10.1.0.0/24 10.2.0.0/24}`, with blanks or commas between; the braces may be quotation marks as well.
    static func subnets(_ text: Slice, warning: inout Sentence?) throws(Complaint) -> [Subnet] {
        let list = text.isBraced ? text[1..<(text.count - 1)] : text
        var subnets: [Subnet] = []
        for word in try Values.words(list, separator: UInt8(ascii: ",")) {
            let subnet = try subnet(word.bytes, warning: &warning)
            if subnets.contains(subnet) { throw Complaint("\(subnet) is there twice") }
            subnets.append(subnet)
        }
        if subnets.isEmpty { throw Complaint("expected a list such as {192.168.1.0/24 192.168.2.0/24}") }
        return subnets
    }

    /// An address. Final zeros of an IPv4 address may be omitted (`10.1` is 10.1.0.0), as in FreeS/WAN.
    private static func network(_ bytes: [UInt8]) -> Address? {
        if let address = Address(bytes) { return address }
        var padded = bytes
        let dots = bytes.count { $0 == UInt8(ascii: ".") }
        guard !bytes.isEmpty, dots < 3, !bytes.contains(UInt8(ascii: ":")) else { return nil }
        for _ in dots..<3 { padded += [UInt8(ascii: "."), UInt8(ascii: "0")] }
        return Address(padded)
    }

    /// `%v4:10.0.0.0/8,%v4:!10.1.0.0/16,%v6:fd00::/8`
    static func virtualPrivate(_ text: Slice) throws(Complaint) -> [VirtualNet] {
        var nets: [VirtualNet] = []
        for word in try Values.words(text, separator: UInt8(ascii: ",")) {
            guard let net = try virtualNet(word) else { throw Complaint("expected a list such as %v4:10.0.0.0/8,%v4:!10.1.0.0/16") }
            nets.append(net)
        }
        return nets
    }

    /// `%v4:10.0.0.0/8`; `nil` for what does not begin so.
    private static func virtualNet(_ word: Slice) throws(Complaint) -> VirtualNet? {
        guard let colon = word.firstIndex(of: UInt8(ascii: ":")),
            let kind = Words("%v4 %4 %v6 %6").index(of: word[0..<colon].bytes)
        else { return nil }
        var start = colon + 1
        let isExcluded = start < word.count && word[start] == UInt8(ascii: "!")
        if isExcluded { start += 1 }
        var ignored: Sentence?
        let net = try subnet(word[start..<word.count].bytes, warning: &ignored)
        guard (net.address.family == .ipv4) == (kind < 2) else { throw Complaint("\(shown(word)) is of the other IP version") }
        return VirtualNet(net, isExcluded: isExcluded)
    }

    /// `vhost:%no,%priv`, `vnet:%v4:10.0.0.0/8`; `nil` for an ordinary subnet.
    static func virtual(_ text: Slice) throws(Complaint) -> End.Virtual? {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), let kind = Words("vhost vnet").index(of: text[0..<colon].bytes)
        else { return nil }
        var virtual = End.Virtual(takesNetworks: kind == 1)
        for word in try Values.words(text[(colon + 1)..<text.count], separator: UInt8(ascii: ",")) {
            switch Words("%no %priv %all").index(of: word.bytes) {
            case 0: virtual.takesPeerItself = true
            case 1: virtual.takesPrivate = true
            case 2: virtual.takesAll = true
            default:
                guard let net = try virtualNet(word) else {
                    throw Complaint("\(shown(word)) is not known; expected a list of %no, %priv, %all and networks such as %v4:10.0.0.0/8")
                }
                virtual.nets.append(net)
            }
        }
        return virtual
    }
}
