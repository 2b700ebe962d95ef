import Crypto
import Wire

/// Identifies an SA in the kernel (struct xfrm_usersa_id).
public struct XFRMStateID: Hashable, Sendable {
    /// In host order.
    public var spi: UInt32
    /// The outer destination, to which the SPI belongs.
    public var destination: Address

    /// The ID of an ESP SA.
    public init(spi: UInt32, destination: Address) {
        self.spi = spi
        self.destination = destination
    }

    /// Removes the SA. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest { request(XFRMMessage.deleteSA, .acknowledge, "remove") }
    /// Asks for the SA, for `NetlinkChannel.answer` with `XFRMState.read`.
    public func find() -> NetlinkRequest { request(XFRMMessage.getSA, [], "look at") }

    private func request(_ type: UInt16, _ flags: NetlinkRequest.Flags, _ verb: StaticString) -> NetlinkRequest {
        let request = NetlinkRequest(type, flags, to: "\(verb) the SA \(self)")
        request.xfrmAddress(destination)
        request.uint32(spi)
        request.native16(UInt16(destination.family.kernel))
        request.uint8(espProtocol)
        request.uint8(0)
        return request
    }
}

extension XFRMStateID: Worded {
    /// `esp.1234@192.0.2.2`, as FreeS/WAN wrote them.
    public var sentence: Sentence { "esp.\(Text.hex(UInt64(spi)))@\(destination)" }
}

/// The numbers of XFRM's messages (linux/xfrm.h).
enum XFRMMessage {
    static let newSA: UInt16 = 0x10, deleteSA: UInt16 = 0x11, getSA: UInt16 = 0x12
    static let newPolicy: UInt16 = 0x13, deletePolicy: UInt16 = 0x14, getPolicy: UInt16 = 0x15
    static let allocateSPI: UInt16 = 0x16, acquire: UInt16 = 0x17, expire: UInt16 = 0x18
    static let updatePolicy: UInt16 = 0x19, updateSA: UInt16 = 0x1a, mapping: UInt16 = 0x26
    static let flushPolicies: UInt16 = 0x1d
}

/// An SA as the kernel reports it (struct xfrm_usersa_info), without its keys.
public struct XFRMState: Hashable, Sendable {
    /// SPI and destination.
    public var id: XFRMStateID
    /// Outer source address.
    public var source: Address
    /// IP protocol: ours are ESP, 50.
    public var ipProtocol: UInt8
    /// Ties the SA to policies with the same number in their templates.
    public var requestID: UInt32
    /// Tunnel or transport mode.
    public var mode: SecurityAssociation.Mode
    /// The inner packets that it is for; ours take everything of a family.
    public var selector: XFRMSelector
    /// Octets that it carried so far.
    public var octets: UInt64
    /// Packets that it carried so far.
    public var packets: UInt64
    /// Packets refused because their sequence number was behind the replay window.
    public var behindWindow: UInt32 = 0
    /// Packets refused because their sequence number was seen before.
    public var replays: UInt32 = 0
    /// Packets refused because their integrity check failed.
    public var failedChecks: UInt32 = 0
    /// Octets after which the kernel reports that it is to be replaced; the largest number for never.
    public var softOctets: UInt64
    /// Packets after which it is to be replaced; the largest number for never.
    public var softPackets: UInt64
    /// Whether it has reached one of its soft limits.
    public var isWornOut: Bool { octets >= softOctets || packets >= softPackets }
    /// Seconds since 1970 when it was installed.
    public var added: UInt64
    /// Seconds since 1970 of its first use; 0 for never.
    public var used: UInt64
    /// UDP ports; `nil` for plain ESP.
    public var encapsulation: SecurityAssociation.UDPPorts?
    /// Sequence number of the last packet sent.
    public var sequence: UInt64 = 0
    /// Whether it has extended sequence numbers (RFC 4303 §2.2.1).
    public var usesESN = false
    /// The kernel's names of its algorithms, `cbc(aes) hmac(sha256)`; empty where `isComplete` is false.
    public var algorithms = Name([])

    /// Whether it has keys: others only reserve an SPI, or stand for a packet that waits.
    public var isComplete: Bool { !algorithms.isEmpty }

    /// Octets of struct xfrm_usersa_info.
    static let length = 224
    /// XFRM_STATE_ESN
    static let esnFlag: UInt8 = 128
    /// XFRM_STATE_NOPMTUDISC: in tunnel mode the outer header's DF is clear. Without it, it is the inner one's.
    static let clearsDFFlag: UInt8 = 4

    /// Reads XFRM_MSG_NEWSA.
    public init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        try self.init(&reader)
        var algorithms: [UInt8] = []
        var encapsulation: SecurityAssociation.UDPPorts?
        var sequence: UInt64 = 0
        var hasRoomForESN = false
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1, 2, 18: // XFRMA_ALG_AUTH, _CRYPT, _AEAD: the name fills 64 octets, the key follows
                if !algorithms.isEmpty { algorithms.append(UInt8(ascii: " ")) }
                algorithms += try payload.array(min(64, payload.remaining)).prefix { $0 != 0 }
            case 4: // XFRMA_ENCAP
                try payload.skip(2)
                encapsulation = .init(
                    sourcePort: try payload.uint16(), destinationPort: try payload.uint16())
            case 10: sequence = UInt64(try payload.native32()) // XFRMA_REPLAY_VAL
            case 23: // XFRMA_REPLAY_ESN_VAL, also where only the window is large
                hasRoomForESN = true
                try payload.skip(4)
                sequence = UInt64(try payload.native32())
                try payload.skip(4)
                sequence |= UInt64(try payload.native32()) << 32
            default: break
            }
        }
        self.algorithms = Name(algorithms)
        self.encapsulation = encapsulation
        self.sequence = sequence
        // Kernels without ESN return the flag as it was set.
        usesESN = usesESN && hasRoomForESN
    }

    /// The fixed part alone.
    init(_ reader: inout ByteReader) throws(WireError) {
        // The family of the outer addresses comes after them, and the selector may have none.
        var ahead = reader
        let start = reader.offset
        try ahead.skip(212)
        guard let family = Address.Family(kernel: try ahead.native16()) else { throw .malformed(at: start + 212) }
        selector = try XFRMSelector(&reader, fallback: family)
        let destination = try reader.xfrmAddress(family)
        id = XFRMStateID(spi: try reader.uint32(), destination: destination)
        ipProtocol = try reader.uint8()
        try reader.skip(3)
        source = try reader.xfrmAddress(family)
        softOctets = try reader.native64()
        try reader.skip(8)
        softPackets = try reader.native64()
        try reader.skip(40)
        octets = try reader.native64()
        packets = try reader.native64()
        added = try reader.native64()
        used = try reader.native64()
        behindWindow = try reader.native32() // struct xfrm_stats
        replays = try reader.native32()
        failedChecks = try reader.native32()
        try reader.skip(4)
        requestID = try reader.native32()
        try reader.skip(2)
        mode = try reader.uint8() == 0 ? .transport : .tunnel
        try reader.skip(1)
        usesESN = try reader.uint8() & Self.esnFlag != 0
        try reader.skip(7)
        encapsulation = nil
    }

    /// Asks for all SAs, for `NetlinkChannel.dump` with `read`.
    public static func dump() -> NetlinkRequest { NetlinkRequest(XFRMMessage.getSA, .dump, to: "list the SAs") }

    /// Reads XFRM_MSG_NEWSA; `nil` for other messages.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> XFRMState? {
        header.type == XFRMMessage.newSA ? try XFRMState(body) : nil
    }

    /// Has the kernel choose and reserve an SPI for packets from `source` to `destination`, for net.core.xfrm_acq_expires seconds.
    /// For `NetlinkChannel.answer` with `XFRMState.read`.
    /// - Parameter range: 0x100 and up.
    public static func allocateSPI(
        source: Address, destination: Address, requestID: UInt32, mode: SecurityAssociation.Mode,
        range: ClosedRange<UInt32>
    ) -> NetlinkRequest {
        let request = NetlinkRequest(XFRMMessage.allocateSPI, [], to: "find an unused SPI for \(destination)")
        let id = XFRMStateID(spi: 0, destination: destination)
        // The kernel wants a selector of the outer family here, whatever the packets inside will be.
        request.stateInformation(
            id, source, XFRMSelector(everything: destination.family), requestID, mode, window: 0, limits: nil)
        request.native32(range.lowerBound)
        request.native32(range.upperBound)
        return request
    }

    /// Direction of an SA's packets, seen from this machine.
    public enum Direction: Sendable { case inbound, outbound }

    /// Installs an SA. The kernel enforces the lifetime in seconds only for outbound SAs: it counts wall-clock time, and setting
    /// the clock must not end inbound SAs while packets are on their way.
    /// - Parameter updating: fills the place that `allocateSPI` reserved, or changes an existing SA; without it, there must be none.
    /// - Parameter hidesTOS: the outer DSCP is 0 instead of the inner packet's.
    /// - Parameter sequence: sequence number of the last packet sent with these keys.
    public static func install(
        _ sa: SecurityAssociation, _ direction: Direction, updating: Bool, hidesTOS: Bool, sequence: UInt64 = 0
    ) -> NetlinkRequest {
        let id = XFRMStateID(spi: sa.spi, destination: sa.destination)
        let request = NetlinkRequest(
            updating ? XFRMMessage.updateSA : XFRMMessage.newSA, .acknowledge, to: "install the SA \(id)")
        let inner = sa.mode == .tunnel ? sa.sourceSelector.subnet.address.family : sa.destination.family
        // With ESN the kernel demands a window for outbound SAs, too: the sequence numbers are in the same attribute.
        let window = max(direction == .inbound ? sa.replayWindow : 0, sa.suite.usesESN ? 32 : 0)
        let isWide = window > 32 || sa.suite.usesESN
        request.stateInformation(
            id, sa.source, XFRMSelector(everything: inner), sa.requestID, sa.mode,
            window: isWide ? 0 : window, limits: sa, seconds: direction == .outbound ? sa.lifetime : 0,
            clearsDF: direction == .outbound && sa.outerDF == .clear)
        request.algorithms(of: sa)
        if let encapsulation = sa.encapsulation {
            request.attribute(4) { // XFRMA_ENCAP
                request.native16(2) // UDP_ENCAP_ESPINUDP
                request.uint16(encapsulation.sourcePort)
                request.uint16(encapsulation.destinationPort)
                request.zeros(2 + 16)
            }
        }
        let low = UInt32(truncatingIfNeeded: sequence)
        if isWide {
            // The bitmap of 32 bits in the state itself does not suffice (struct xfrm_replay_state_esn).
            let words = (window + 31) / 32
            request.attribute(23) { // XFRMA_REPLAY_ESN_VAL
                request.native32(UInt32(words)) // of a bitmap that the kernel starts with zeros
                request.native32(low)
                request.zeros(4)
                request.native32(UInt32(truncatingIfNeeded: sequence >> 32))
                request.zeros(4)
                request.native32(UInt32(window))
            }
        } else if sequence > 0 {
            request.attribute(10) { // XFRMA_REPLAY_VAL, struct xfrm_replay_state
                request.native32(low)
                request.zeros(8)
            }
        }
        if hidesTOS { request.attribute(24, native32: 1) } // XFRMA_SA_EXTRA_FLAGS, XFRM_SA_XFLAG_DONT_ENCAP_DSCP
        return request
    }
}

extension NetlinkRequest {
    /// struct xfrm_usersa_info
    fileprivate func stateInformation(
        _ id: XFRMStateID, _ source: Address, _ selector: XFRMSelector, _ requestID: UInt32,
        _ mode: SecurityAssociation.Mode, window: Int, limits: SecurityAssociation?,
        seconds: UInt32 = 0, clearsDF: Bool = false
    ) {
        selector.write(self)
        xfrmAddress(id.destination)
        uint32(id.spi)
        uint8(espProtocol)
        zeros(3)
        xfrmAddress(source)
        if let limits { xfrmLifetime(of: limits, seconds: seconds) } else { zeros(96) }
        zeros(12 + 4) // statistics, sequence
        native32(requestID)
        native16(UInt16(id.destination.family.kernel))
        uint8(mode == .tunnel ? 1 : 0)
        uint8(UInt8(window))
        uint8((limits?.suite.usesESN ?? false ? XFRMState.esnFlag : 0) | (clearsDF ? XFRMState.clearsDFFlag : 0))
        zeros(7)
    }
}
