import Configuration
import Crypto
import Linux
import Wire

/// Configuration files on disk. They are read directly into memory that is zeroed when it is released.
public final class DiskFiles: FileSource {
    public override init() { super.init() }

    public override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        let text: Secret
        let status: FileStatus
        var filled = 0
        do throws(SystemError) {
            let file = try OpenFile(Path(path.bytes))
            status = try file.status()
            // A folder or a pipe cannot be read to its end.
            text = Secret(count: status.isRegular && status.size <= UInt64(limit) ? Int(status.size) : 0)
            try text.withMutableBytes { (bytes: inout MutableSpan<UInt8>) throws(SystemError) in
                filled = try file.read(into: &bytes)
            }
        } catch {
            throw error.isNoSuchFile ? .notFound : .failed(error.reason)
        }
        guard status.isRegular else { throw .failed("it is not a file") }
        guard status.size <= UInt64(limit) else { throw .tooLarge }
        return FileContents(filled == text.count ? text : text.slice(0..<filled), owner: status.owner, mode: status.mode)
    }

    /// `nil` where there is no such file.
    public func readIfThere(_ path: Name, limit: Int = Limits.fileSize) throws(FileError) -> FileContents? {
        do throws(FileError) {
            return try read(path, limit: limit)
        } catch {
            if case .notFound = error { return nil }
            throw error
        }
    }

    public override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
        do throws(SystemError) {
            var names: [Name] = []
            for path in try Files.list(Path(folder.bytes)) where names.count < limit { names.append(Name(path.bytes)) }
            return names
        } catch {
            throw error.isNoSuchFile ? .notFound : .failed(error.reason)
        }
    }
}
