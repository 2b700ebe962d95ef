import Wire

@testable import Netlink

/// Messages of the kernel, to every reader: each takes only its own kinds out of a datagram.
func fuzzNetlink(_ octets: [UInt8]) {
    RouteMonitor.read(octets.span) { touch($0) }
    XFRMMonitor.read(octets.span) { touch($0) }
    each(octets) { (header, body) throws(WireError) in touch(try Link.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try InterfaceAddress.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try Route.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try Rule.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try ProxyNeighbour.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try XFRMState.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try XFRMPolicy.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try FirewallChain.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try FirewallRule.read(header, body)) }
    each(octets) { (header, body) throws(WireError) in touch(try Acknowledgement(header, body)) }
}

/// Each reader reads the whole: where one gives up, the next one begins again.
private func each(_ octets: [UInt8], _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Void) {
    try? MessageHeader.read(octets.span) { (header, body) throws(WireError) in try? read(header, body) }
}

@inline(never) private func touch<Value>(_ value: Value) { withExtendedLifetime(value) {} }
