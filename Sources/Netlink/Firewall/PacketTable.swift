import Wire

/// A table of nftables that is ours alone, replaced as a whole: what it drops, no other table lets through.
public struct PacketTable: Equatable, Sendable {
    /// NFPROTO
    public enum Family: UInt8, Sendable {
        case inet = 1
        case netdev = 5
    }

    public var family: Family
    public var name: Name
    public var chains: [PacketChain]

    public init(_ family: Family, _ name: Name, _ chains: [PacketChain] = []) {
        self.family = family
        self.name = name
        self.chains = chains
    }

    /// Puts it in the place of what has its name, in one step.
    public func replace() -> Request {
        let request = Request.nftables(0, .create, family: family.rawValue, to: "put in the table \(name)", inBatch: true)
        request.attribute(1, name) // NFTA_TABLE_NAME
        // What does not exist cannot be deleted, so it exists by now.
        next(request, 2, [])
        request.attribute(1, name)
        next(request, 0, chains.isEmpty ? [.create, .acknowledge] : .create)
        request.attribute(1, name)
        // A rule may name any chain.
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

    /// Takes it away. Fails where there is none.
    public func remove() -> Request {
        let request = Request.nftables(2, .acknowledge, family: family.rawValue, to: "remove the table \(name)", inBatch: true)
        request.attribute(1, name)
        request.endBatch()
        return request
    }

    /// Whether a message of `FirewallRule.dump` is of a rule in there.
    public static func isRule(_ header: MessageHeader, _ body: Span<UInt8>, of table: PacketTable) throws(WireError) -> Bool {
        guard header.type == Request.nftablesBase | 6 else { return false } // NFT_MSG_NEWRULE
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

    private func next(_ request: Request, _ type: UInt16, _ flags: Request.Flags) {
        request.next(Request.nftablesBase | type, flags)
        request.netfilterHeader(family.rawValue, 0)
    }

    private func add(_ chain: PacketChain, to request: Request, isLast: Bool) {
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

public struct PacketChain: Equatable, Sendable {
    /// Where packets come through it by themselves.
    public struct Hook: Equatable, Sendable {
        public let number: UInt32
        public let priority: Int32
        public let device: Name?

        /// What comes in by a device, before a flowtable sees it.
        public static func ingress(_ device: Name) -> Hook { Hook(number: 0, priority: -500, device: device) }
        /// What leaves by a device, after everything else. Kernels before 5.16 have no such hook.
        public static func egress(_ device: Name) -> Hook { Hook(number: 1, priority: -500, device: device) }
        /// What is forwarded, where packets are changed.
        public static let forward = Hook(number: 2, priority: -150, device: nil)
    }

    public var name: Name
    /// `nil`: other chains lead to it.
    public var hook: Hook?
    public var rules: [PacketRule]

    public init(_ name: Name, _ hook: Hook? = nil, _ rules: [PacketRule] = []) {
        self.name = name
        self.hook = hook
        self.rules = rules
    }
}

/// A rule: what a packet must be, and what becomes of it then.
public struct PacketRule: Equatable, Sendable {
    public enum Match: Equatable, Sendable {
        /// What stands in the Ethernet header, or would.
        case etherType(UInt16)
        case family(Address.Family)
        case mark(UInt32)
        /// It did not come out of the kernel's IPsec.
        case inTheClear
        /// The address at this offset from the network header lies in there.
        case network(Subnet, at: UInt32)
        /// These octets stand at this offset from the network header.
        case octets([UInt8], at: UInt32)
        /// A fragment that does not begin its packet, by the two octets of IPv4 at this offset.
        case laterFragment(at: UInt32)
        /// A TCP segment that opens a connection.
        case tcpSYN
    }

    public enum Outcome: Equatable, Sendable {
        case accept, drop
        case jump(Name)
        /// Its maximum segment size is brought down to what both directions' routes carry.
        case clampMSS
    }

    public var matches: [Match]
    public var outcome: Outcome

    public init(_ matches: [Match], _ outcome: Outcome) {
        self.matches = matches
        self.outcome = outcome
    }

    func write(to request: Request) {
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

extension Request {
    /// Octets of a packet into the first register. `header`: 1 is the network's, 2 the transport's.
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

    /// The lesser of what the routes there and back carry, less the headers; the kernel only ever lowers the option.
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
