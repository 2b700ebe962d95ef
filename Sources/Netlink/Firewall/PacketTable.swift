import Wire

/// A table of nftables that only we write, always as a whole. What it drops, no other table can accept.
public struct PacketTable: Equatable, Sendable {
    /// NFPROTO of the table.
    public enum Family: UInt8, Sendable {
        case inet = 1
        case netdev = 5
    }

    /// The family of the table's chains.
    public var family: Family
    /// Name of the table.
    public var name: Name
    /// The chains, in the order in which they are created.
    public var chains: [PacketChain]

    /// A table as it shall be in the kernel.
    public init(_ family: Family, _ name: Name, _ chains: [PacketChain] = []) {
        self.family = family
        self.name = name
        self.chains = chains
    }

    /// Replaces the table of this name, or creates it, in one transaction.
    public func replace() -> NetlinkRequest {
        let request = NetlinkRequest.nftables(0, .create, family: family.rawValue, to: "put in the table \(name)", inBatch: true)
        request.attribute(1, name) // NFTA_TABLE_NAME
        // Deleting a table that does not exist fails, so it is created first.
        next(request, 2, [])
        request.attribute(1, name)
        next(request, 0, chains.isEmpty ? [.create, .acknowledge] : .create)
        request.attribute(1, name)
        // All chains come first, because a rule may jump to any of them.
        for chain in chains { add(chain, to: request, isLast: chain.name == chains.last?.name && !hasRules) }
        var left = chains.reduce(0) { $0 + $1.rules.count }
        for chain in chains {
            for rule in chain.rules {
                left -= 1
                next(request, 6, left == 0 ? [.create, .append, .acknowledge] : [.create, .append])
                request.attribute(1, name)
                request.attribute(2, chain.name)
                request.attribute(4) { rule.write(to: request) }
            }
        }
        request.endBatch()
        return request
    }

    /// Removes the table. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest {
        let request = NetlinkRequest.nftables(2, .acknowledge, family: family.rawValue, to: "remove the table \(name)", inBatch: true)
        request.attribute(1, name)
        request.endBatch()
        return request
    }

    /// Whether a message of `FirewallRule.dump` is about a rule in `table`.
    public static func isRule(_ header: MessageHeader, _ body: Span<UInt8>, of table: PacketTable) throws(WireError) -> Bool {
        guard header.type == NetlinkRequest.nftablesBase | 6 else { return false } // NFT_MSG_NEWRULE
        var reader = ByteReader(body)
        guard try reader.uint8() == table.family.rawValue else { return false }
        try reader.skip(3)
        var isOurs = false
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            if type == 1 { isOurs = try payload.name() == table.name }
        }
        return isOurs
    }

    private var hasRules: Bool { chains.contains { !$0.rules.isEmpty } }

    private func next(_ request: NetlinkRequest, _ type: UInt16, _ flags: NetlinkRequest.Flags) {
        request.next(NetlinkRequest.nftablesBase | type, flags)
        request.netfilterHeader(family.rawValue, 0)
    }

    private func add(_ chain: PacketChain, to request: NetlinkRequest, isLast: Bool) {
        next(request, 3, isLast ? [.create, .acknowledge] : .create)
        request.attribute(1, name)
        request.attribute(3, chain.name)
        guard let hook = chain.hook else { return }
        request.attribute(4) { // NFTA_CHAIN_HOOK
            request.attribute(1) { request.uint32(hook.number) }
            request.attribute(2) { request.uint32(UInt32(bitPattern: hook.priority)) }
            if let device = hook.device { request.attribute(3, device) }
        }
        request.attribute(7, "filter" as Name)
    }
}

/// A chain of `PacketTable`.
public struct PacketChain: Equatable, Sendable {
    /// The hook that a base chain is attached to.
    public struct Hook: Equatable, Sendable {
        /// NF_INET_… or NF_NETDEV_…, as the table's family has it.
        public let number: UInt32
        /// Order among the chains at one hook; smaller comes first.
        public let priority: Int32
        /// Device of an ingress or egress hook; `nil` for others.
        public let device: Name?

        /// Packets that arrive by a device, before its flowtable.
        public static func ingress(_ device: Name) -> Hook { Hook(number: 0, priority: -500, device: device) }
        /// Packets that leave by a device, after all other hooks. Needs Linux 5.16.
        public static func egress(_ device: Name) -> Hook { Hook(number: 1, priority: -500, device: device) }
        /// Forwarded packets, at the priority of `mangle`.
        public static let forward = Hook(number: 2, priority: -150, device: nil)
    }

    /// Name of the chain.
    public var name: Name
    /// `nil` for a chain that other chains jump to.
    public var hook: Hook?
    /// The rules, in order.
    public var rules: [PacketRule]

    /// A chain at a hook, or one that other chains jump to.
    public init(_ name: Name, _ hook: Hook? = nil, _ rules: [PacketRule] = []) {
        self.name = name
        self.hook = hook
        self.rules = rules
    }
}

/// A rule: conditions on a packet, and the verdict when all hold.
public struct PacketRule: Equatable, Sendable {
    /// One condition on a packet.
    public enum Match: Equatable, Sendable {
        /// The protocol of the link layer: 0x0800 IPv4, 0x86dd IPv6.
        case etherType(UInt16)
        case family(Address.Family)
        case mark(UInt32)
        /// The packet was not decrypted by the kernel (`meta secpath missing`).
        case inTheClear
        /// The address at this offset of the network header is inside the subnet.
        case network(Subnet, at: UInt32)
        /// These octets are at this offset of the network header.
        case octets([UInt8], at: UInt32)
        /// These octets are at this offset of the link layer's header. Holds for no packet of a device that has no such header.
        case linkOctets([UInt8], at: UInt32)
        /// A fragment other than the first, by IPv4's flags and fragment offset at this offset.
        case laterFragment(at: UInt32)
        /// A TCP segment with SYN.
        case tcpSYN
    }

    /// What becomes of a packet that meets all conditions.
    public enum Outcome: Equatable, Sendable {
        case accept, drop
        case jump(Name)
        /// The TCP maximum segment size is lowered to what the routes of both directions carry.
        case clampMSS
    }

    /// The conditions, all of which must hold; none holds for every packet.
    public var matches: [Match]
    /// What becomes of such packets.
    public var outcome: Outcome

    /// A rule with its conditions and outcome.
    public init(_ matches: [Match], _ outcome: Outcome) {
        self.matches = matches
        self.outcome = outcome
    }

    func write(to request: NetlinkRequest) {
        for match in matches {
            switch match {
            case .etherType(let type): request.meta(1, equals: [UInt8(type >> 8), UInt8(truncatingIfNeeded: type)])
            case .family(let family): request.meta(15, equals: [family.kernel])
            case .mark(let mark): request.meta(3, equals: Self.native(mark))
            case .inTheClear: request.meta(25, equals: [0])
            case .network(let network, let offset): request.compare(network, at: offset)
            case .octets(let octets, let offset):
                request.load(UInt32(octets.count), at: offset, header: 1)
                request.equals(octets)
            case .linkOctets(let octets, let offset):
                request.load(UInt32(octets.count), at: offset, header: 0)
                request.equals(octets)
            case .laterFragment(let offset):
                request.load(2, at: offset, header: 1)
                request.isNotZero(mask: [0x1f, 0xff])
            case .tcpSYN:
                request.meta(16, equals: [6]) // NFT_META_L4PROTO
                request.load(1, at: 13, header: 2)
                request.isNotZero(mask: [0x02])
            }
        }
        switch outcome {
        case .accept: request.verdict(1)
        case .drop: request.verdict(0)
        case .jump(let chain): request.verdict(UInt32(bitPattern: -3), chain)
        case .clampMSS: request.clampMSS()
        }
    }

    /// In the machine's own order.
    private static func native(_ value: UInt32) -> [UInt8] {
        let value = value.bigEndian
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

extension NetlinkRequest {
    /// Loads octets of a packet into the first register. `header`: 0 is the link layer's header, 1 the network header, 2 the transport
    /// header.
    fileprivate func load(_ count: UInt32, at offset: UInt32, header: UInt32) {
        expression("payload") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(header) }
            attribute(3) { uint32(offset) }
            attribute(4) { uint32(count) }
        }
    }

    fileprivate func isNotZero(mask: [UInt8]) {
        expression("bitwise") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(1) }
            attribute(3) { uint32(UInt32(mask.count)) }
            attribute(4) { attribute(1) { append(mask) } }
            attribute(5) { attribute(1) { zeros(mask.count) } }
        }
        expression("cmp") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(1) } // NFT_CMP_NEQ
            attribute(3) { attribute(1) { zeros(mask.count) } }
        }
    }

    fileprivate func verdict(_ code: UInt32, _ chain: Name? = nil) {
        expression("immediate") {
            attribute(1) { uint32(0) }
            attribute(2) {
                attribute(2) {
                    attribute(1) { uint32(code) }
                    if let chain { attribute(2, chain) }
                }
            }
        }
    }

    /// Sets the MSS option to the lower of both directions' route MTUs, less the headers; the kernel only lowers the option.
    fileprivate func clampMSS() {
        expression("rt") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(3) } // NFT_RT_TCPMSS
        }
        expression("byteorder") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(1) }
            attribute(3) { uint32(1) } // NFT_BYTEORDER_HTON
            attribute(4) { uint32(2) }
            attribute(5) { uint32(2) }
        }
        expression("exthdr") {
            attribute(2) { uint8(2) } // TCPOPT_MSS
            attribute(3) { uint32(2) }
            attribute(4) { uint32(2) }
            attribute(6) { uint32(1) } // NFT_EXTHDR_OP_TCPOPT
            attribute(7) { uint32(1) }
        }
    }
}
