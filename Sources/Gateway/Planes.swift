import Configuration

/// The choice of who carries packets.
enum Planes {
    static func choose(_ setup: Setup, log: Log) throws(StartError) -> DataPlane { DataPlane(log: log) }
}
enum Routing { static let mark: UInt32 = 1 }
