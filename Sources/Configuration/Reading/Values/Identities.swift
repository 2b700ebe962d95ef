import Wire

/// Parses IDs of ipsec.conf and ipsec.secrets.
enum Identities {
    /// What `leftid=` may say.
    enum Value {
        case identity(Identity)
        case mine, any, fromCertificate
    }

    static func read(_ bytes: [UInt8]) throws(Complaint) -> Value {
        if let index = Words("%myid %any %fromcert=%cert").index(of: bytes) {
            return index == 0 ? .mine : index == 1 ? .any : .fromCertificate
        }
        if isDistinguishedName(bytes) { return .identity(.distinguishedName(try distinguishedName(bytes))) }
        guard let identity = identity(bytes) else {
            if Hosts.isHostName(bytes) {
                throw Complaint("a name that is an ID, and is not looked up, has @ before it: @\(Name(bytes))")
            }
            throw Complaint("expected an address, @name, user@name, @#hexadecimal or \"C=..., CN=...\"")
        }
        return .identity(identity)
    }

    static func distinguishedName(_ bytes: [UInt8]) throws(Complaint) -> [UInt8] {
        guard let der = DistinguishedName.der(bytes) else {
            throw Complaint("this distinguished name cannot be read; expected a value such as \"C=DE, O=Example, CN=gate\"")
        }
        return der
    }

    /// An ID other than a distinguished name; `nil` for other text.
    static func identity(_ bytes: [UInt8]) -> Identity? {
        if let address = Address(bytes) { return address.isAny ? nil : .address(address) }
        let at = UInt8(ascii: "@")
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), bytes.count <= 255, let place = bytes.firstIndex(of: at) else {
            return nil
        }
        var name = Array(bytes[(place + 1)...])
        if place > 0 { return isNamePart(name) ? .userFQDN(Name(bytes)) : nil }
        if name.first == UInt8(ascii: "#") {
            guard let octets = Text.octets(hex: Array(name[1...])), !octets.isEmpty else { return nil }
            return .keyID(octets)
        }
        // libreswan's syntax for a key ID in plain text.
        if name.first == UInt8(ascii: "["), name.last == UInt8(ascii: "]"), name.count > 2 {
            name.removeFirst()
            name.removeLast()
            return .keyID(name)
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
