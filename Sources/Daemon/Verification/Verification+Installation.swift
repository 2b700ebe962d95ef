import Configuration
import DataPlane
import Host
import Linux
import Netlink
import Wire

/// The files, the kernel, the daemon and the conns.
extension Verification {
    func lookAtFiles() {
        let file = options.configurationFolder / "ipsec.conf"
        let errors = configuration.diagnostics.filter { $0.severity == .error }.count
        look(errors == 0, "\(Gateway.name(file)) is without errors", "\(errors) errors: 'ipsec checkconf' prints them")
        let secrets = Gateway.name(options.configurationFolder / "ipsec.secrets")
        let read = Secrets.load(secrets, from: DiskFiles())
        if let error = read.diagnostics.first(where: { $0.severity == .error }) {
            fail("\(secrets) belongs to root, no other user may read it, and it has no errors", "\(error)")
        } else {
            ok("\(secrets) belongs to root, no other user may read it, and it has no errors")
        }
        let faults = Credentials.faults(
            of: configuration, read, in: options.configurationFolder / "ipsec.d", isClockSet: Clock.wall() >= Clock.built)
        if faults.isEmpty { ok("certificates and keys can be read") }
        for fault in faults {
            if fault.severity == .error {
                fail("certificates and keys can be read", "\(fault)")
            } else {
                warn("certificates and keys can be read", "\(fault)")
            }
        }
        look(
            Clock.wall() >= Clock.built, "the clock is set",
            "it is before the day this program was built: certificates are checked against that day")
    }

    func lookAtKernel() {
        let reason = KernelProbe.reasonAgainstESP()
        hasKernelESP = reason == nil
        guard let reason else { return ok("the kernel carries ESP") }
        let hasTUN = Files.exists("/dev/net/tun")
        if configuration.setup.protocolStack == .netkey {
            fail("the kernel carries ESP", "\(reason): load esp4 and esp6, or use protostack=auto")
        } else if hasTUN {
            ok("the kernel has no ESP, but TUN devices: Cygnet's own ESP is used")
        } else {
            fail("the kernel carries ESP or has TUN devices", "\(reason), and there is no /dev/net/tun: load esp4 and esp6, or tun")
        }
    }

    func lookAtDaemon() {
        if PIDFile.holder(options.pidFile) != nil {
            let answers = (try? UnixStream(connectingTo: options.controlSocket)) != nil
            return look(answers, "IPsec is running and answers", "it does not answer: 'ipsec setup restart'")
        }
        warn("IPsec is running", "it is not: 'ipsec setup start' starts it")
        do throws(StartError) {
            _ = try IKESockets(mark: Ownership.mark, listen: configuration.setup.listen)
            ok("UDP ports 500 and 4500 are free")
        } catch { fail("UDP ports 500 and 4500 are free", error.reason) }
    }

    func lookAtConnections() {
        let machine: Machine
        do throws(SystemError) {
            let watch = try InterfaceWatch()
            do throws(NetlinkError) {
                machine = try watch.look(configuration.setup.interfaces).machine
            } catch { return warnUnread("\(error)") }
        } catch { return warnUnread("\(error)") }
        for conn in configuration.connections where conn.auto != .ignore {
            switch Orientation.of(conn, on: machine) {
            case .oriented(let found):
                oriented.append((conn.name, found, conn[found.side].firewall))
                ok("conn \(conn.name): this machine is \(found.side.word)")
            case .unoriented(let reason):
                fail("conn \(conn.name) has an end on this machine", "\(reason)")
            }
        }
        if configuration.connections.isEmpty { warn("ipsec.conf has a conn to use", "it has none: 'ipsec help ipsec.conf'") }
    }
}
