import Wire

/// One entry of the file of a policy group, `ipsec.d/policies/NAME`. Each is a connection of the conn NAME, which has `right=%group`.
struct PolicyGroupEntry {
    let subnet: Subnet
    /// The side that is `%group`.
    let side: Side
    let place: Place

    /// `clear#192.0.2.0/24`
    func name(of section: Name) -> Name { Name(("\(section)#\(subnet)" as Sentence).octets) }

    /// Whether `name` is an entry's name of that section.
    static func isName(_ name: Name, of section: Name) -> Bool {
        name.hasPrefix(section) && name.bytes.dropFirst(section.bytes.count).first == UInt8(ascii: "#")
    }
}

extension SectionReader {
    /// Reads a group's file; `nil` if there is none. A wrong entry is reported, and the others are used.
    func policyGroup(_ section: Name, _ side: Side, below path: Name) -> [PolicyGroupEntry]? {
        let folder = path.bytes.lastIndex(of: UInt8(ascii: "/")).map { Array(path.bytes[...$0]) } ?? []
        let path = Name(folder + ("ipsec.d/policies/\(section)" as Sentence).octets)
        guard let file = openOptional(path) else { return nil }
        var entries: [PolicyGroupEntry] = []
        var lines = LineReader(file)
        while let line = lines.next() {
            let place = line.content.place
            for word in line.content.words() {
                var warning: Sentence?
                do throws(Complaint) {
                    guard !Hosts.isHostName(word.bytes) else {
                        throw Complaint("a policy group holds addresses and networks; host names are not looked up")
                    }
                    let subnet = try Hosts.subnet(word.bytes, warning: &warning)
                    if let warning { diagnostics.warning(place, "\(shown(word)): \(warning)") }
                    if entries.contains(where: { $0.subnet == subnet }) { throw Complaint("\(subnet) is there twice") }
                    entries.append(PolicyGroupEntry(subnet: subnet, side: side, place: place))
                } catch { diagnostics.error(place, "\(shown(word)): \(error.text)") }
            }
        }
        return entries
    }
}
