import Daemon
import Linux
import Wire

/// Where this gateway's files are: `IPSEC_CONFS` and `IPSEC_RUNDIR`, or the usual folders.
enum Places {
    /// A relative path is relative to the command's working directory; the daemon's is `/`.
    static func options(isForeground: Bool = false) -> DaemonOptions? {
        guard let configuration = folder("IPSEC_CONFS", otherwise: "/etc"),
            let run = folder("IPSEC_RUNDIR", otherwise: "/var/run/pluto")
        else { return nil }
        return DaemonOptions(configurationFolder: configuration, runFolder: run, isForeground: isForeground)
    }

    private static func folder(_ variable: Path, otherwise: Path) -> Path? {
        guard let value = ThisProcess.environment(variable), !value.isEmpty else { return otherwise }
        let path = Path(value)
        return path.isAbsolute ? path : Files.resolved("/proc/self/cwd") / path
    }
}
