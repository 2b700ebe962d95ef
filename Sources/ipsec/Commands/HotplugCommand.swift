import Configuration
import Control
import Daemon
import Host
import Linux
import Wire

/// `ipsec hotplug [--up|--down] [ARGUMENT ...]`: hooks of ppp, ifupdown, OpenWrt, PCMCIA and udev call it when an interface comes or
/// goes. The daemon reads the interfaces itself, so the command may be called at any time and any number of times.
enum HotplugCommand {
    static func run(_ words: [Name]) -> Int32 {
        var words = words[...]
        var isUp: Bool?
        if let first = words.first, first == "--up" || first == "--down" {
            isUp = first == "--up"
            words.removeFirst()
        } else if let first = words.first, first.hasPrefix("--") {
            complain("hotplug takes --up or --down, and what its caller was given; 'ipsec help hotplug' explains it")
            return 2
        }
        let change = isUp ?? action()
        guard let options = Places.options() else { return 2 }
        if PIDFile.holder(options.pidFile) != nil {
            // A daemon that is ending takes no request, which is no failure of the hook.
            _ = Client.tell(.hotplug(interface: interface(words), change.map { $0 ? .up : .down } ?? .changed))
            return 0
        }
        guard change ?? true else { return 0 }
        let file = Name((options.configurationFolder / "ipsec.conf").bytes)
        guard Configuration.load(file, from: DiskFiles()).setup.hotplugStart else { return 0 }
        let code = SetupCommand.run(["start"])
        // Another hook may have started it first.
        return PIDFile.holder(options.pidFile) != nil ? 0 : code
    }

    /// Whether the interface came, from the environment; `nil` if no variable says so.
    private static func action() -> Bool? {
        for variable in ["ACTION", "MODE"] as [Path] { // OpenWrt and udev; ifupdown
            guard let value = ThisProcess.environment(variable).map({ Name($0) }) else { continue }
            if value == "ifup" || value == "add" || value == "start" || value == "ifupdate" || value == "move" { return true }
            if value == "ifdown" || value == "remove" || value == "stop" || value == "free" { return false }
        }
        return nil
    }

    /// The interface's name, from the environment or the first argument.
    private static func interface(_ words: ArraySlice<Name>) -> Name {
        // pppd's DEVICE is the device below the link, which may be an Ethernet card; Debian's scripts for pppd set PPP_IFACE. OpenWrt's
        // INTERFACE is its own name of a network; udev's is the device.
        for variable in ["PPP_IFACE", "IFNAME", "DEVICE", "DEVICENAME", "IFACE", "INTERFACE"] as [Path] {
            if let value = ThisProcess.environment(variable), !value.isEmpty, isName(value) { return Name(value) }
        }
        if let first = words.first, isName(first.bytes) { return first }
        return "-"
    }

    private static func isName(_ value: [UInt8]) -> Bool {
        !value.isEmpty && value.count < 16 && value[0] != UInt8(ascii: "-")
            && value.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
    }
}
