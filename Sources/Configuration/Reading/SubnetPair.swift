import Wire

/// One subnet of each side of a conn with `leftsubnets=` or `rightsubnets=`. Every pair is a connection.
///
/// Pairs are numbered as in Openswan and libreswan: 0 is the side's `subnet=`, or the host itself; the subnets of a list count from 1.
/// So `leftsubnets={A B}` with `rightsubnet=C` makes NAME/1x0 and NAME/2x0.
struct SubnetPair {
    struct Member {
        let place: Int
        /// `nil` is the value of `subnet=`.
        let subnet: Subnet?
    }

    let left: Member
    let right: Member

    func name(of section: Name) -> Name { Name(("\(section)/\(left.place)x\(right.place)" as Sentence).octets) }

    /// Whether `name` has the form of a pair's name of that section.
    static func isName(_ name: Name, of section: Name) -> Bool {
        guard name.hasPrefix(section), name.bytes.count > section.bytes.count + 3 else { return false }
        let rest = Array(name.bytes[section.bytes.count...])
        let places = split(Array(rest.dropFirst()), at: "x")
        return rest[0] == UInt8(ascii: "/") && places.count == 2 && places.allSatisfy { Text.decimal($0) != nil }
    }

    /// Every pair of a section; `nil` alone for one that has no lists.
    static func all(_ inherited: InheritedParameters) -> [SubnetPair?] {
        let lists = (list(inherited, .left), list(inherited, .right))
        guard lists.0 != nil || lists.1 != nil else { return [nil] }
        let (lefts, rights) = (members(inherited, .left, lists.0), members(inherited, .right, lists.1))
        // Optional from the start: Embedded Swift converts no arrays.
        var pairs: [SubnetPair?] = []
        for left in lefts {
            for right in rights {
                if let a = left.subnet, let b = right.subnet, a.address.family != b.address.family { continue }
                pairs.append(SubnetPair(left: left, right: right))
            }
        }
        // Without a pair of one family, the first pair causes the diagnostic.
        return pairs.isEmpty ? [SubnetPair(left: lefts[0], right: rights[0])] : pairs
    }

    private static func list(_ inherited: InheritedParameters, _ side: Side) -> [Subnet]? {
        var ignored: Sentence?
        guard let parameter = inherited.find(.subnets, side), !parameter.value.isEmpty else { return nil }
        return try? Hosts.subnets(parameter.value, warning: &ignored)
    }

    private static func members(_ inherited: InheritedParameters, _ side: Side, _ list: [Subnet]?) -> [Member] {
        var members: [Member] = []
        let hasOne = inherited.find(.subnet, side).map { !$0.value.isEmpty } ?? false
        if list == nil || hasOne { members.append(Member(place: 0, subnet: nil)) }
        for subnet in list ?? [] { members.append(Member(place: members.count + (hasOne ? 0 : 1), subnet: subnet)) }
        return members
    }
}
