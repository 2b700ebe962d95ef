import Linux

/// The options that distinguish several daemons on a machine.
public struct DaemonOptions {
    /// The folder of ipsec.conf and ipsec.secrets.
    public var configurationFolder: Path
    /// The folder of the control socket.
    public var runFolder: Path
    /// Whether the daemon stays in the foreground and logs to standard error; otherwise it logs to syslog.
    public var isForeground: Bool

    /// Options with these folders, which need not exist.
    public init(configurationFolder: Path, runFolder: Path, isForeground: Bool) {
        self.configurationFolder = configurationFolder
        self.runFolder = runFolder
        self.isForeground = isForeground
    }

    /// The control socket.
    public var controlSocket: Path { runFolder / "pluto.ctl" }
    /// The pid file. Its lock shows that the daemon runs.
    public var pidFile: Path { runFolder / "pluto.pid" }
}
