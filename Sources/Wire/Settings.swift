/// Settings of a conn that `Configuration` reads and `IKE` obeys. Their raw values are the order of their words in the vocabulary.

/// `fragmentation=`: whether long IKE messages go in fragments.
public enum Fragmentation: UInt8, Sendable {
    /// Fragments are announced and taken. They are sent to a peer that announces them.
    case yes
    /// Fragments are neither announced nor sent nor taken.
    case no
    /// As `yes`, and they are sent to every peer.
    case force
    /// Fragments are announced and taken, and never sent.
    case accept

    /// As ipsec.conf has it.
    public var word: StaticString {
        switch self {
        case .yes: "yes"
        case .no: "no"
        case .force: "force"
        case .accept: "accept"
        }
    }
}

/// `leftsendcert=`, `rightsendcert=`: when an end sends its certificate.
public enum SendCertificate: UInt8, Sendable { case always, ifAsked, never }
