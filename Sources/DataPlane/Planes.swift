import Configuration
import Crypto
import Linux
import Netlink
import Wire

/// The choice of the data plane.
public enum Planes {
    /// The plane that `protostack=` names; `auto` is the kernel's ESP if it has any.
    public static func choose(_ setup: Setup, log: Log) throws(PlaneError) -> DataPlane {
        switch setup.protocolStack {
        case .klips: return try tun(setup, log)
        case .netkey:
            if let reason = KernelProbe.reasonAgainstESP() {
                throw PlaneError(
                    reason: "protostack=netkey, but this kernel carries no ESP (\(reason)): load its esp4 and esp6 modules, or use klips")
            }
            return try xfrm(setup, log)
        case .auto:
            guard let reason = KernelProbe.reasonAgainstESP() else { return try xfrm(setup, log) }
            log.notice("the kernel has no ESP (\(reason)): Cygnet's own ESP over a TUN device is used")
            return try tun(setup, log)
        }
    }

    private static func deviceName(_ setup: Setup) -> Name { setup.interfaces.first?.virtual ?? "ipsec0" }

    private static func xfrm(_ setup: Setup, _ log: Log) throws(PlaneError) -> DataPlane {
        TUNDevice.removeLeftover(deviceName(setup), log)
        do throws(PlaneError) {
            if !setup.answersFragmentationNeeded {
                log.warning("fragicmp=no has no effect: the kernel's ESP always answers", code: .settingIgnored)
            }
            return try XFRMPlane(
                options: XFRMPlane.Options(hidesTOS: setup.hideTOS, overrideMTU: setup.overrideMTU, device: deviceName(setup)),
                log: log)
        } catch { throw PlaneError(reason: "the kernel's ESP cannot be used: \(error.reason)") }
    }

    private static func tun(_ setup: Setup, _ log: Log) throws(PlaneError) -> DataPlane {
        let remains = try XFRMRemains()
        try remains?.hold()
        let device = try TUNDevice(deviceName(setup), log: log)
        remains?.removeFromKernel(log)
        var sockets: [RawSocket] = []
        var clear: [RawSocket] = []
        for family in [Address.Family.ipv4, .ipv6] {
            do throws(SystemError) {
                let socket = try RawSocket(family, ipProtocol: 50)
                try socket.setMark(Ownership.mark)
                // With smaller buffers it still works.
                try? socket.setBuffers(receive: Limits.socketBuffer, send: Limits.socketBuffer)
                sockets.append(socket)
                // Protocol 255 sends whole packets and receives none.
                let whole = try RawSocket(family, ipProtocol: 255)
                try whole.setMark(Ownership.mark)
                clear.append(whole)
            } catch {
                if family == .ipv4 { throw PlaneError(reason: "cannot send or receive ESP: \(error)") }
            }
        }
        let options = TUNPlane.Options(
            overrideMTU: setup.overrideMTU, copiesDSCP: !setup.hideTOS, answersTooBig: setup.answersFragmentationNeeded)
        return TUNPlane(device: device, rawSockets: sockets, clearSockets: clear, options: options, random: SystemRandom(), log: log)
    }
}
