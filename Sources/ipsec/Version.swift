enum Version {
    /// This program's version; `ipsec --version` prints it.
    static let text: StaticString = "0.1"
}
