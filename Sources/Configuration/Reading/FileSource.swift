import Crypto
import Wire

/// A source of configuration files. The daemon's subclass reads the disk, that of tests memory.
///
/// Relative paths are resolved against the directory of the including file before they are passed here.
open class FileSource {
    /// For subclasses.
    public init() {}

    /// Reads a whole file. Every subclass overrides it.
    /// - Parameter limit: octets; a larger file throws `FileError.tooLarge`.
    open func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        fatalError("FileSource.read is abstract")
    }

    /// The names in a directory in any order, with or without `.` and `..`. Every subclass overrides it.
    /// - Parameter limit: number of names after which the rest may be left out.
    open func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
        fatalError("FileSource.names is abstract")
    }
}

/// A file that was read.
public struct FileContents: Sendable {
    /// The contents, which wipe themselves, because any configuration file may hold keys.
    public var text: Secret
    /// User ID of the file's owner; 0 is root.
    public var owner: UInt32
    /// Permission bits, such as `0o600`; other bits of `st_mode` may be set and are ignored.
    public var mode: UInt32

    /// A file's text with its owner and mode.
    public init(_ text: Secret, owner: UInt32, mode: UInt32) {
        self.text = text
        self.owner = owner
        self.mode = mode
    }

    /// Whether root owns the file and no other user has any permission.
    public var isRootsAlone: Bool { owner == 0 && mode & 0o077 == 0 }
}

/// Why a file or folder could not be read.
public enum FileError: Error, Sendable {
    /// There is no such file.
    case notFound
    /// It is larger than `Limits.fileSize`.
    case tooLarge
    /// Another error, in the system's words: `Permission denied`.
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
