import CLinux
import Wire

/// A system call that failed: which one, and the kernel's reason.
public struct SystemError: Error, Sendable, Worded {
    /// errno, positive: `ENOENT` is 2.
    public let number: Int32
    /// The call's name, `bind`, with what it was about where that says more.
    public let call: Sentence

    public init(_ number: Int32, _ call: Sentence) {
        self.number = number
        self.call = call
    }

    /// The kernel's reason as a sentence's end: `Permission denied`.
    public var reason: Sentence {
        guard let text = unsafe clinux_error_text(number) else { return "error \(Int(number))" }
        return unsafe Sentence(octets: octets(of: text))
    }

    /// `bind 192.0.2.1:500: Address already in use`
    public var sentence: Sentence { "\(call): \(reason)" }

    public var isNoSuchFile: Bool { number == ENOENT }
    /// Also what a datagram meets whose source address this machine does not have, or may not use yet.
    public var isInvalid: Bool { number == EINVAL }
    public var alreadyExists: Bool { number == EEXIST }
    public var isPermission: Bool { number == EPERM || number == EACCES }
    public var isAddressInUse: Bool { number == EADDRINUSE }
    /// Somebody else holds it.
    public var isBusy: Bool { number == EBUSY }
    public var isConnectionRefused: Bool { number == ECONNREFUSED }
    /// The address is not (or not yet, or no longer) one of this machine's.
    public var isAddressNotAvailable: Bool { number == EADDRNOTAVAIL }
    /// The datagram is larger than the path, or the interface, lets through.
    public var isMessageTooLong: Bool { number == EMSGSIZE }
    /// Not now: nothing to read, no room to write.
    public var isTryAgain: Bool { number == EAGAIN }
    /// The kernel lacks what was asked for.
    public var isUnsupported: Bool {
        number == EOPNOTSUPP || number == EPROTONOSUPPORT || number == ENOPROTOOPT || number == EAFNOSUPPORT
            || number == ENOSYS
    }
}

/// A wrapper's result, or the error it stands for.
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
