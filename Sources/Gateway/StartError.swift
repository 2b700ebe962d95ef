/// Why the gateway could not start, as a sentence for whoever said `ipsec setup start`.
public struct StartError: Error {
    public let reason: String
    init(_ reason: String) { self.reason = reason }
}
