import Configuration
import Wire

/// The choice of who carries packets.
enum Planes {
    static func choose(_ setup: Setup, log: Log) throws(StartError) -> DataPlane { DataPlane(log: log) }
}

extension Gateway {
    /// Takes out of the kernel what a run that did not end well left there, while no daemon runs. What it was, in words.
    public static func letGoOfLeftovers(_ options: GatewayOptions) -> [Sentence] { [] }
}
