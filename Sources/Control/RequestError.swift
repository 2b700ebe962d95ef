import Wire

/// Why words are no request.
public enum RequestError: Error, Equatable, Sendable {
    case empty
    /// No request begins with this word.
    case unknown(Name)
    case missingOperation(of: Name)
    /// The request has no such operation or option.
    case unknownOperation(of: Name, Name)
    /// A second operation.
    case secondOperation(Name)
    /// The operation needs the name of a conn.
    case missingConn(Name)
    /// A word more than the request takes.
    case unexpected(Name)
    /// A word with a blank or a control character.
    case unprintable(Name)
    /// Longer than `Limits.controlRequest`.
    case tooLong

    /// The number of the line that refuses it.
    public static let code = 20
    /// The exit code of a command that was not understood.
    public static let exitCode = 2

    /// A sentence for the user.
    public var reason: Sentence {
        switch self {
        case .empty: "the request is empty"
        case .unknown(let word): "there is no request '\(word)'"
        case .missingOperation(let command): "\(command): an operation is missing"
        case .unknownOperation(let command, let word): "\(command): no operation '\(word)'"
        case .secondOperation(let word): "'\(word)' is a second operation; expected one"
        case .missingConn(let operation): "\(operation) needs the name of a connection"
        case .unexpected(let word): "unexpected argument '\(word)'"
        case .unprintable(let word): "'\(word)' holds a blank or a control character: names are letters, digits and . _ -"
        case .tooLong: "the request is longer than \(Limits.controlRequest) octets"
        }
    }
}
