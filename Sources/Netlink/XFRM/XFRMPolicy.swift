import Crypto
import Wire

/// A policy of the kernel (struct xfrm_userpolicy_info and its templates).
public struct XFRMPolicy: Hashable, Sendable {
    /// Which packets a policy is applied to.
    public enum Direction: UInt8, Hashable, Sendable {
        case inbound = 0
        case outbound = 1
        /// Inbound packets that are forwarded.
        case forward = 2
    }

    /// What happens to a packet that matches: `allow` sends it through the templates' SAs, or as it is when there are none.
    public enum Disposition: UInt8, Hashable, Sendable {
        case allow = 0
        case block = 1
    }

    /// The SA a packet goes through (struct xfrm_user_tmpl).
    public struct Template: Hashable, Sendable {
        /// Outer source address; in transport mode the any-address stands for the packet's own.
        public var source: Address
        /// Outer destination address.
        public var destination: Address
        /// Tunnel or transport mode.
        public var mode: SecurityAssociation.Mode
        /// Request ID that the SA must have; 0 is any.
        public var requestID: UInt32
        /// ESP is 50.
        public var ipProtocol: UInt8 = 50

        /// A template for ESP.
        public init(source: Address, destination: Address, mode: SecurityAssociation.Mode, requestID: UInt32) {
            self.source = source
            self.destination = destination
            self.mode = mode
            self.requestID = requestID
        }

        /// Octets on the wire.
        static let length = 64
    }

    /// Which packets the policy is applied to.
    public var direction: Direction
    /// Which of these packets match.
    public var selector: XFRMSelector
    /// Order of evaluation; the smallest number that matches wins.
    public var priority: UInt32
    /// What happens to packets that match.
    public var action: Disposition
    /// The SAs that a packet goes through, innermost first; empty lets it pass plainly.
    public var templates: [Template]
    /// The kernel's number for the policy, with the direction in its lowest three bits. A new policy gets the number asked for,
    /// if it is free; 0 lets the kernel choose.
    public var index: UInt32 = 0
    /// Whether it has a mark or an interface ID, which ours never have.
    public var isComplex = false

    /// A policy that is not in the kernel yet.
    public init(
        _ direction: Direction, _ selector: XFRMSelector, priority: UInt32, action: Disposition = .allow,
        templates: [Template]
    ) {
        self.direction = direction
        self.selector = selector
        self.priority = priority
        self.action = action
        self.templates = templates
    }

    /// Reads XFRM_MSG_NEWPOLICY; `nil` for policies of single sockets.
    public init?(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        let selector = try XFRMSelector(&reader)
        try reader.skip(64 + 32)
        let priority = try reader.native32()
        let index = try reader.native32()
        let direction = Direction(rawValue: try reader.uint8())
        let action = Disposition(rawValue: try reader.uint8())
        try reader.skip(6)
        var templates: [Template] = []
        var complex = false
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 5: templates = try Self.templates(&payload) // XFRMA_TMPL
            case 21, 31: complex = true // XFRMA_MARK, XFRMA_IF_ID
            default: break
            }
        }
        guard let direction, let action else { return nil }
        self.init(direction, selector, priority: priority, action: action, templates: templates)
        self.index = index
        isComplex = complex
    }

    static func templates(_ reader: inout ByteReader) throws(WireError) -> [Template] {
        var templates: [Template] = []
        while !reader.isAtEnd {
            var ahead = try reader.reader(Template.length)
            var family = ahead
            try family.skip(24)
            guard let family = Address.Family(kernel: try family.native16()) else { throw .malformed(at: 24) }
            let destination = try ahead.xfrmAddress(family)
            try ahead.skip(4)
            let ipProtocol = try ahead.uint8()
            try ahead.skip(7)
            let source = try ahead.xfrmAddress(family)
            let requestID = try ahead.native32()
            let mode: SecurityAssociation.Mode = try ahead.uint8() == 0 ? .transport : .tunnel
            var template = Template(source: source, destination: destination, mode: mode, requestID: requestID)
            template.ipProtocol = ipProtocol
            templates.append(template)
        }
        return templates
    }

    /// Asks for all policies, for `NetlinkChannel.dump` with `read`.
    public static func dump() -> NetlinkRequest { NetlinkRequest(XFRMMessage.getPolicy, .dump, to: "list the policies") }

    /// Reads XFRM_MSG_NEWPOLICY; `nil` for other messages and for policies of single sockets.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> XFRMPolicy? {
        header.type == XFRMMessage.newPolicy ? try XFRMPolicy(body) : nil
    }

    /// Adds the policy, or replaces the one with this direction and selector. Packets that wait for an SA are tried again.
    public func update() -> NetlinkRequest {
        let request = NetlinkRequest(XFRMMessage.updatePolicy, .acknowledge, to: "set the policy \(self)")
        write(request)
        return request
    }

    /// Adds the policy. Fails with `alreadyExists` when one has this direction and selector.
    public func add() -> NetlinkRequest {
        let request = NetlinkRequest(XFRMMessage.newPolicy, .acknowledge, to: "add the policy \(self)")
        write(request)
        return request
    }

    /// Removes the policy with this direction and selector. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest {
        let request = NetlinkRequest(XFRMMessage.deletePolicy, .acknowledge, to: "remove the policy \(self)")
        // struct xfrm_userpolicy_id
        selector.write(request)
        request.native32(0)
        request.uint8(direction.rawValue)
        request.zeros(3)
        return request
    }

    private func write(_ request: NetlinkRequest) {
        selector.write(request)
        request.xfrmNoLifetime()
        request.native32(priority)
        request.native32(index)
        request.uint8(direction.rawValue)
        request.uint8(action.rawValue)
        request.zeros(6) // flags, share, padding
        guard !templates.isEmpty else { return }
        request.attribute(5) { // XFRMA_TMPL
            for template in templates {
                request.xfrmAddress(template.destination)
                request.uint32(0)
                request.uint8(template.ipProtocol)
                request.zeros(3)
                request.native16(UInt16(template.destination.family.kernel))
                request.zeros(2)
                request.xfrmAddress(template.source)
                request.native32(template.requestID)
                request.uint8(template.mode == .tunnel ? 1 : 0)
                request.zeros(3)
                for _ in 0..<3 { request.native32(.max) } // any algorithm that the SA has
            }
        }
    }
}

extension XFRMPolicy: Worded {
    /// `out 10.0.1.0/24 -> 10.0.2.0/24`
    public var sentence: Sentence {
        let way: StaticString
        switch direction {
        case .inbound: way = "in"
        case .outbound: way = "out"
        case .forward: way = "fwd"
        }
        return "\(way) \(selector.source) -> \(selector.destination)"
    }
}
