import Wire

@testable import DNS

/// What a server answers: the input is the message, and the question is the one that it repeats, so that it is read on. Then the
/// text of a TXT record.
func fuzzDNS(_ octets: [UInt8]) {
    look(octets)
    guard let name = repeatedName(octets) else { return }
    var reader = ByteReader(octets.span)
    try? reader.skip(12 + name.count)
    guard let number = try? reader.uint16(), let type = RecordType(rawValue: number) else { return }
    let question = Question(DomainName(wire: name), type)
    let query = Query(question, id: UInt16(octets[0]) << 8 | UInt16(octets[1]), casedName: name, usesEDNS: true)
    guard case .response(let response) = query.read(octets.span) else { return }
    precondition(response.aliases <= Response.mostAliases && response.records.count <= Response.mostRecords, "past a bound")
    _ = "\(response.name)"
    for record in response.records {
        switch record {
        case .text(let text): look(text)
        case .name(let name): _ = "\(name)"
        default: break
        }
    }
    var lookup = Lookup(question)
    _ = lookup.take(response)
    _ = "\(lookup.current)"
}

private func look(_ text: [UInt8]) {
    guard case .delegation(let delegation) = Delegation.read(text: text) else { return }
    _ = "\(delegation.gateway)"
    precondition(delegation.gateway != .address(Address(ipv4: 0)), "a gateway without an address")
}

/// The labels behind the header.
private func repeatedName(_ message: [UInt8]) -> [UInt8]? {
    var index = 12
    while index < message.count, message[index] > 0, message[index] < 64, index - 12 < 250 { index += 1 + Int(message[index]) }
    guard index < message.count, message[index] == 0 else { return nil }
    return Array(message[12...index])
}
