import Linux

/// What tells one gateway of a machine from another.
public struct DaemonOptions {
    /// Holds ipsec.conf and ipsec.secrets.
    public var configurationFolder: Path
    /// Holds the control socket.
    public var runFolder: Path
    /// Stays in front and logs to standard error; otherwise to syslog.
    public var isForeground: Bool

    /// Neither folder needs to exist.
    public init(configurationFolder: Path, runFolder: Path, isForeground: Bool) {
        self.configurationFolder = configurationFolder
        self.runFolder = runFolder
        self.isForeground = isForeground
    }

    /// Where commands find the daemon.
    public var controlSocket: Path { runFolder / "pluto.ctl" }
    /// Its lock proves that the daemon lives.
    public var pidFile: Path { runFolder / "pluto.pid" }
}
