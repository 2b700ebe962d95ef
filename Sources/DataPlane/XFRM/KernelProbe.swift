import Crypto
import Linux
import Netlink
import Wire

/// Probes the kernel's features by using them.
public enum KernelProbe {
    /// Why the kernel's ESP cannot be used; `nil` if it can.
    public static func reasonAgainstESP() -> Sentence? { attempt(esn: false).reason }

    /// Whether its ESP has extended sequence numbers, as Linux has since 2.6.39.
    static func hasESN() -> Bool { attempt(esn: true).state?.usesESN ?? false }

    /// Adds an SA and deletes it at once. (A kernel without ESP allocates SPIs too.)
    private static func attempt(esn: Bool) -> (reason: Sentence?, state: XFRMState?) {
        let nobody = Address(ipv4: 0xc000_02fe) // in TEST-NET-1 (RFC 5737)
        let everything = Selector(.everything(.ipv4))
        let sa = SecurityAssociation(
            spi: 0x100, source: nobody, destination: nobody, mode: .tunnel,
            suite: ESPSuite(.aesCBC128, .hmacSHA256_128, usesESN: esn), encryptionKey: Secret(count: 16), salt: Secret(count: 0),
            integrityKey: Secret(count: 32), encapsulation: nil, sourceSelector: everything,
            destinationSelector: everything, requestID: RequestIDs.base, replayWindow: 0)
        let id = XFRMStateID(spi: sa.spi, destination: sa.destination)
        let channel: NetlinkChannel
        do throws(SystemError) {
            channel = try NetlinkChannel(.xfrm)
        } catch { return ("\(error)", nil) }
        do throws(NetlinkError) {
            try? channel.perform(id.remove()) // an earlier probe's that was killed between its two halves
            try channel.perform(XFRMState.install(sa, .inbound, updating: false, hidesTOS: false))
            let state = try channel.answer(id.find(), XFRMState.read)
            try channel.perform(id.remove())
            return (nil, state)
        } catch { return (error.reason, nil) }
    }
}
