import Configuration
import Crypto
import Linux
import Wire

/// The choice of who carries packets.
enum Planes {
    /// What `protostack=` names; `auto` is the kernel's ESP where it has any.
    static func choose(_ setup: Setup, log: Log) throws(StartError) -> DataPlane {
        switch setup.protocolStack {
        case .klips: return try tun(setup, log)
        case .netkey:
            if let reason = KernelProbe.reasonAgainstESP() {
                throw StartError(
                    "protostack=netkey, but this kernel carries no ESP (\(reason)): load its esp4 and esp6 modules, or use klips")
            }
            return try xfrm(setup, log)
        case .auto:
            guard let reason = KernelProbe.reasonAgainstESP() else { return try xfrm(setup, log) }
            log.notice("the kernel carries no ESP (\(reason)): a TUN device does")
            return try tun(setup, log)
        }
    }

    private static func deviceName(_ setup: Setup) -> Name { setup.interfaces.first?.virtual ?? "ipsec0" }

    private static func xfrm(_ setup: Setup, _ log: Log) throws(StartError) -> DataPlane {
        TUNDevice.removeLeftover(deviceName(setup))
        do throws(PlaneError) {
            if !setup.answersFragmentationNeeded { log.warning("fragicmp=no is without effect: the kernel's own ESP always answers") }
            return try XFRMPlane(
                options: XFRMPlane.Options(hidesTOS: setup.hideTOS, overrideMTU: setup.overrideMTU, device: deviceName(setup)),
                log: log)
        } catch { throw StartError("the kernel's ESP cannot be used: \(error.reason)") }
    }

    private static func tun(_ setup: Setup, _ log: Log) throws(StartError) -> DataPlane {
        let device: TUNDevice
        let remains = XFRMRemains()
        do throws(PlaneError) {
            try remains?.hold()
            device = try TUNDevice(deviceName(setup), log: log)
        } catch { throw StartError("\(error.reason)") }
        remains?.letGo(log)
        var sockets: [RawSocket] = []
        var clear: [RawSocket] = []
        for family in [Address.Family.ipv4, .ipv6] {
            do throws(SystemError) {
                let socket = try RawSocket(family, ipProtocol: 50)
                try socket.setMark(Routing.mark)
                sockets.append(socket)
                // 255 takes whole packets, and never receives any.
                let whole = try RawSocket(family, ipProtocol: 255)
                try whole.setMark(Routing.mark)
                clear.append(whole)
            } catch {
                if family == .ipv4 { throw StartError("cannot send or receive ESP: \(error)") }
            }
        }
        let options = TUNPlane.Options(
            overrideMTU: setup.overrideMTU, copiesDSCP: !setup.hideTOS, answersTooBig: setup.answersFragmentationNeeded)
        return TUNPlane(device: device, rawSockets: sockets, clearSockets: clear, options: options, random: SystemRandom(), log: log)
    }
}

extension Gateway {
    /// Takes out of the kernel what a run that did not end well left there. What it was, in words.
    /// - Throws: another daemon has the ports, and what is in the kernel may be what it lives from.
    public static func letGoOfLeftovers(_ options: GatewayOptions) throws(StartError) -> [Sentence] {
        let setup = Configuration.load(name(options.configurationFolder / "ipsec.conf"), from: DiskFiles()).setup
        let ports = try IKESockets(mark: Routing.mark, listen: nil)
        let plane = try Planes.choose(setup, log: Log { _, _ in })
        let leftovers = plane.abandoned
        let stayed = plane.letGo()
        Firewall(device: nil, log: plane.log).letGo()
        HostSettings(options.runFolder, log: plane.log).letGo()
        withExtendedLifetime(ports) {}
        if let first = stayed.first { throw StartError(first) }
        return leftovers.map { "\($0) is let go" }
    }
}
