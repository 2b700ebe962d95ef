import Crypto
import Wire

/// Where configuration files come from. The daemon's subclass reads the disk, the tests' memory.
///
/// Paths are handed on as written once made absolute against the including file's folder.
open class FileSource {
    /// For subclasses.
    public init() {}

    /// The whole of one file. Every subclass overrides it.
    /// - Parameter limit: more octets than this need not be read: `FileError.tooLarge`.
    open func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        fatalError("FileSource.read is abstract")
    }

    /// The names in a folder, in any order, `.` and `..` left out or not. Every subclass overrides it.
    /// - Parameter limit: names past this many need not be returned.
    open func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
        fatalError("FileSource.names is abstract")
    }
}

/// A file as it was read.
public struct FileContents: Sendable {
    /// Wipes itself: any configuration file may hold keys.
    public var text: Secret
    /// The user who owns the file; 0 is root.
    public var owner: UInt32
    /// The permission bits, `0o600` and so on; other bits of `st_mode` may be set and are not looked at.
    public var mode: UInt32

    /// A file's text with its owner and mode.
    public init(_ text: Secret, owner: UInt32, mode: UInt32) {
        self.text = text
        self.owner = owner
        self.mode = mode
    }

    /// Whether root owns it and nobody else has any right to it.
    public var isRootsAlone: Bool { owner == 0 && mode & 0o077 == 0 }
}

/// Why a file or folder could not be read.
public enum FileError: Error, Sendable {
    case notFound
    case tooLarge
    /// What the system said, to follow a colon: `Permission denied`.
    case failed(Sentence)

    /// The error in words, to follow a colon.
    public var reason: Sentence {
        switch self {
        case .notFound: "no such file"
        case .tooLarge: "the file is larger than the \(Limits.fileSize / 1024) KB that are read"
        case .failed(let text): text
        }
    }
}
