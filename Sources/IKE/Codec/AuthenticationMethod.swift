/// The authentication methods of Main Mode, with their numbers (RFC 2409 app. A).
enum AuthenticationMethod: UInt64 {
    case presharedKey = 1
    case rsaSignatures = 3

    var words: StaticString { self == .presharedKey ? "a pre-shared key" : "RSA signatures" }
    /// The likely cause if authentication fails.
    var likelyFault: StaticString {
        self == .presharedKey ? "the pre-shared keys differ" : "one end does not have the other's key"
    }
}
