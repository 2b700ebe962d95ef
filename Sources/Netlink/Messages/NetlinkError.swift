import CLinux
import Linux
import Wire

/// A request that the kernel refused.
public struct NetlinkError: Error, Sendable, Worded {
    /// errno, positive.
    public let number: Int32
    /// What the request was for, to follow "cannot".
    public let purpose: Sentence
    /// The kernel's message (extended acknowledgement); `nil` when there is none.
    public let explanation: Sentence?

    init(_ number: Int32, _ purpose: Sentence, explanation: Sentence? = nil) {
        self.number = number
        self.purpose = purpose
        self.explanation = explanation
    }

    /// `Network is unreachable (Nexthop has invalid gateway)`
    public var reason: Sentence {
        let reason = SystemError(number, "").reason
        return explanation.map { "\(reason) (\($0))" } ?? reason
    }

    /// `cannot add the route to 10.0.2.0/24: Network is unreachable (Nexthop has invalid gateway)`
    public var sentence: Sentence { "cannot \(purpose): \(reason)" }

    /// The object of the request does not exist: ENOENT, ESRCH, ENODEV, EADDRNOTAVAIL.
    public var isNotThere: Bool {
        number == ENOENT || number == ESRCH || number == ENODEV || number == EADDRNOTAVAIL
    }
    /// What was to be added is there already (EEXIST).
    public var alreadyExists: Bool { number == EEXIST }
    /// Something else still uses it (EBUSY).
    public var isBusy: Bool { number == EBUSY }
    /// Not permitted (EPERM, EACCES): CAP_NET_ADMIN is missing.
    public var isPermission: Bool { number == EPERM || number == EACCES }
    /// The kernel lacks the protocol, the type or the algorithm.
    public var isUnsupported: Bool {
        number == EPROTONOSUPPORT || number == EAFNOSUPPORT || number == EOPNOTSUPP || number == ENOSYS
    }
    /// The kernel lacks nftables: nfnetlink answers EINVAL for a subsystem or a message that it does not know.
    public var isWithoutNFTables: Bool { isUnsupported || number == EINVAL }
    /// The kernel did not answer, or its answer was lost or cannot be read (ETIMEDOUT, ENOBUFS, EBADMSG).
    public var isUnanswered: Bool { number == ETIMEDOUT || number == ENOBUFS || number == EBADMSG }
}

/// The body of NLMSG_ERROR: an error, or with number 0 the acknowledgement.
struct Acknowledgement: Equatable {
    /// errno, positive; 0 for success.
    let number: Int32
    let explanation: Sentence?

    init(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        let signed = Int32(bitPattern: try reader.native32())
        guard signed <= 0, signed > -4096 else { throw .malformed(at: 0) }
        number = -signed
        let length = Int(truncatingIfNeeded: try reader.native32())
        try reader.skip(12)
        var text: Sentence?
        if header.flags & 0x200 != 0 { // NLM_F_ACK_TLVS
            // The request is repeated in front of the attributes unless NLM_F_CAPPED says that it is not.
            if header.flags & 0x100 == 0 {
                guard length >= 16 else { throw .malformed(at: 4) }
                try reader.skip(length - 16 + (4 - length % 4) % 4)
            }
            try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
                if type == 1 { text = "\(try payload.name())" } // NLMSGERR_ATTR_MSG
            }
        }
        explanation = text
    }
}
