import Netlink
import Wire

/// Lengths that 32 bits do not hold as a signed number: half of our boards have no more, and a message that says so must be
/// refused there too.
public func longLengthVectors(_ report: inout Report) {
    for last in [0x7f, 0x80, 0xff] as [UInt8] {
        let message: [UInt8] = [0xff, 0xff, 0xff, last] + [UInt8](repeating: 0, count: 28)
        var handedOut = 0
        var isRefused = false
        do throws(WireError) {
            try MessageHeader.read(message.span) { (_, _) throws(WireError) in handedOut += 1 }
        } catch { isRefused = true }
        report.expect(isRefused && handedOut == 0, "a netlink message that says it is 0x\(Text.hex([last]))ffffff octets long")
    }
}
