import Wire

/// A source with one file replaced: it checks what a load would find if that file were written.
public final class Overlay: FileSource {
    private let path: Name
    private let contents: FileContents
    private let below: FileSource

    /// Files of `below`, but with `contents` at `path`.
    public init(_ path: Name, _ contents: FileContents, over below: FileSource) {
        self.path = path
        self.contents = contents
        self.below = below
        super.init()
    }

    public override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        if path == self.path { return contents }
        return try below.read(path, limit: limit)
    }

    public override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
        try below.names(in: folder, limit: limit)
    }
}
