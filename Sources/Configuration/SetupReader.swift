import Wire

extension Setup {
    /// From the parameters of `config setup`; what is missing or was wrong keeps its default.
    init(_ parameters: [Parameter], _ diagnostics: inout Diagnostics) {
        for parameter in parameters { take(parameter, &diagnostics) }
    }

    private mutating func take(_ parameter: Parameter, _ diagnostics: inout Diagnostics) {
        switch (parameter.key, parameter.value) {
        case (.interfaces, .interfaces(let list)): interfaces = list
        case (.protocolStack, .choice(let index)): protocolStack = ProtocolStack(rawValue: UInt8(index)) ?? .auto
        case (.uniqueIDs, .flag(let flag)): uniqueIDs = flag
        case (.hideTOS, .flag(let flag)): hideTOS = flag
        case (.fragICMP, .flag(let flag)): answersFragmentationNeeded = flag
        case (.natTraversal, .flag(let flag)): natTraversal = flag
        case (.forceKeepAlive, .flag(let flag)): forceKeepAlive = flag
        case (.keepAlive, .number(let seconds)): keepAlive = seconds
        case (.overrideMTU, .number(let octets)):
            // IPv4 asks for 68, and below 576 little works (RFC 791).
            if octets != 0, octets < 576 {
                diagnostics.error(parameter.place, "\(parameter.text): expected 0, or 576 to 65535")
            } else {
                overrideMTU = Int(octets)
            }
        case (.plutoLoad, .names(let names)): load = names.isEmpty ? .search : .these(names)
        case (.plutoStart, .names(let names)): start = names.isEmpty ? .search : .these(names)
        case (.plutoDebug, .names(let names)): debug = names
        case (.dumpFolder, .name(let name)):
            if name.hasPrefix("/") {
                dumpFolder = name
            } else {
                diagnostics.error(parameter.place, "\(parameter.text): expected a path that begins with /")
            }
        case (.listen, .address(let address)): listen = address
        case (.myID, .identity(let identity)): myID = identity
        case (.myID, .myID):
            diagnostics.error(parameter.place, "myid=%myid: expected an address, @name, user@name or @#hexadecimal")
        default: break
        }
    }
}
