import CLinux
import Wire

/// A system call that failed: which one, and the kernel's reason.
public struct SystemError: Error, Sendable, Worded {
    /// errno, positive: `ENOENT` is 2.
    public let number: Int32
    /// The call's name, such as `bind`, with its object if that helps: `bind 192.0.2.1:500`.
    public let call: Sentence

    /// An error of a call.
    /// - Parameter number: errno, positive.
    public init(_ number: Int32, _ call: Sentence) {
        self.number = number
        self.call = call
    }

    /// No socket of this process has the address (EADDRNOTAVAIL).
    public static func addressNotAvailable(_ call: Sentence) -> SystemError { SystemError(EADDRNOTAVAIL, call) }

    /// The kernel's reason, without a full stop: `Permission denied`.
    public var reason: Sentence {
        guard let text = unsafe clinux_error_text(number) else { return "error \(Int(number))" }
        return unsafe Sentence(octets: octets(of: text))
    }

    /// `bind 192.0.2.1:500: Address already in use`
    public var sentence: Sentence { "\(call): \(reason)" }

    /// The file does not exist (ENOENT).
    public var isNoSuchFile: Bool { number == ENOENT }
    /// An invalid argument (EINVAL); also a datagram whose source address is not, or not yet, this machine's.
    public var isInvalid: Bool { number == EINVAL }
    /// It exists already (EEXIST).
    public var alreadyExists: Bool { number == EEXIST }
    /// Not permitted (EPERM, EACCES).
    public var isPermission: Bool { number == EPERM || number == EACCES }
    /// Another socket has the address and port, or the name (EADDRINUSE).
    public var isAddressInUse: Bool { number == EADDRINUSE }
    /// Another process uses it (EBUSY).
    public var isBusy: Bool { number == EBUSY }
    /// No process listens there (ECONNREFUSED).
    public var isConnectionRefused: Bool { number == ECONNREFUSED }
    /// The address is not, not yet or no longer this machine's (EADDRNOTAVAIL).
    public var isAddressNotAvailable: Bool { number == EADDRNOTAVAIL }
    /// The datagram is larger than the MTU of the path or of the interface (EMSGSIZE).
    public var isMessageTooLong: Bool { number == EMSGSIZE }
    /// The kernel lacks the protocol, the option or the system call.
    public var isUnsupported: Bool {
        number == EOPNOTSUPP || number == EPROTONOSUPPORT || number == ENOPROTOOPT || number == EAFNOSUPPORT
            || number == ENOSYS
    }
}

/// Returns a wrapper's result, or throws the errno of a negative one.
@discardableResult
func check(_ result: Int, _ call: @autoclosure () -> Sentence) throws(SystemError) -> Int {
    guard result >= 0 else { throw SystemError(Int32(-result), call()) }
    return result
}

/// The octets of a C string.
func octets(of text: UnsafePointer<CChar>) -> [UInt8] {
    var bytes: [UInt8] = []
    var index = 0
    while unsafe text[index] != 0 {
        unsafe bytes.append(UInt8(bitPattern: text[index]))
        index += 1
    }
    return bytes
}
