/// How much configuration is read. Every table this room builds is bounded by one of these.
enum Limits {
    /// Octets of one file. It is held whole while it is read, in memory that wipes itself.
    static let fileSize = 256 * 1024
    /// Octets of all files together.
    static let totalSize = 1024 * 1024
    /// Files read by one load, included ones counted each time. About 60 octets each.
    static let files = 64
    /// How deep `include` may nest.
    static let includeDepth = 10
    /// Names in one folder that a wildcard is tried on.
    static let folderEntries = 1024
    /// Octets of one line: room for an 8192-bit number in hexadecimal.
    static let lineLength = 4096
    /// `conn` sections. About 2 KB each with a dozen parameters.
    static let sections = 256
    /// Parameters of one section with everything that `also` brings. About 100 octets each.
    static let parameters = 128
    /// How deep `also` may nest.
    static let alsoDepth = 16
    /// Proposals that one `ike=` or `esp=` may come to: they must fit into one datagram. 3 octets each.
    static let suites = 32
    /// Words of one list, such as `plutoload=`.
    static let words = 64
    /// Entries of ipsec.secrets. About 200 octets each.
    static let secrets = 512
    /// Indices of one entry.
    static let indices = 16
    /// Octets of one pre-shared key.
    static let secretLength = 1024
    /// Complaints about one conn that are kept for who asks why it is not there. About 150 octets each.
    static let reasons = 8
    /// Lines of complaint; beyond it they are counted, and the last line says how many. About 150 octets each.
    static let diagnostics = 1000
}
