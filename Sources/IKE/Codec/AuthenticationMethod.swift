/// How the two ends of Main Mode authenticate each other: the numbers of RFC 2409 app. A.
enum AuthenticationMethod: UInt64 {
    case presharedKey = 1
    case rsaSignatures = 3

    var words: StaticString { self == .presharedKey ? "a pre-shared key" : "RSA signatures" }
    /// Why the peer may not believe us, or we not it.
    var likelyFault: StaticString {
        self == .presharedKey ? "the pre-shared keys differ" : "one end does not have the other's key"
    }
}
