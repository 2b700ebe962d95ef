import Wire

/// The interfaces of this machine and their addresses, as they were at one moment.
public struct InterfaceSnapshot: Sendable {
    /// All interfaces, in the kernel's order.
    public var links: [Link]
    /// All addresses, tentative ones among them.
    public var addresses: [InterfaceAddress]

    /// A snapshot with these values, for tests.
    public init(links: [Link] = [], addresses: [InterfaceAddress] = []) {
        self.links = links
        self.addresses = addresses
    }

    /// Reads the interfaces and addresses from the kernel.
    public init(_ channel: NetlinkChannel) throws(NetlinkError) {
        links = try channel.dump(Link.dump(), Link.read)
        addresses = try channel.dump(InterfaceAddress.dump(), InterfaceAddress.read)
    }

    /// The addresses of an interface.
    public func addresses(of link: Link) -> [Address] { addresses.filter { $0.interface == link.index }.map { $0.address } }
}
