import Wire

/// Counters of packets that XFRM refused since the kernel started (`/proc/net/xfrm_stat`). Needs CONFIG_XFRM_STATISTICS.
public struct XFRMStatistics: Equatable, Sendable {
    /// XfrmInNoStates: no SA has the packet's SPI.
    public var noState: UInt64 = 0
    /// XfrmInStateProtoError: the integrity check failed, or the packet was truncated.
    public var protocolError: UInt64 = 0
    /// XfrmInStateSeqError: the sequence number was seen before or is behind the replay window.
    public var sequenceError: UInt64 = 0
    /// XfrmInStateMismatch, XfrmInTmplMismatch, XfrmInNoPols and XfrmInPolBlock: no policy allows the packet.
    public var againstPolicy: UInt64 = 0

    /// All counters 0.
    public init() {}

    /// Reads the file's text: a name and a number on each line. Unknown names are ignored.
    public init(_ text: [UInt8]) {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard words.count == 2, let number = Self.number(words[1]) else { continue }
            if Self.isWord(words[0], "XfrmInNoStates") {
                noState = number
            } else if Self.isWord(words[0], "XfrmInStateProtoError") {
                protocolError = number
            } else if Self.isWord(words[0], "XfrmInStateSeqError") {
                sequenceError = number
            } else if Self.isWord(words[0], "XfrmInStateMismatch") || Self.isWord(words[0], "XfrmInTmplMismatch")
                || Self.isWord(words[0], "XfrmInNoPols") || Self.isWord(words[0], "XfrmInPolBlock")
            {
                againstPolicy &+= number
            }
        }
    }

    private static func isWord(_ octets: ArraySlice<UInt8>, _ word: StaticString) -> Bool { octets.elementsEqual(word.octets) }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value &* 10 &+ UInt64(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
