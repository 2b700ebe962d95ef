import Crypto
import Wire

/// Opens files for the readers of ipsec.conf and ipsec.secrets, within the limits on their number and size.
struct Includes {
    let source: FileSource
    private var opened = 0
    private var octets = 0
    /// Paths in the order of opening, for the order of diagnostics.
    private(set) var order: [Name] = []

    init(_ source: FileSource) { self.source = source }

    /// Opens and reads a file.
    /// - Parameter isOptional: whether a missing file is `nil` instead of an error.
    mutating func open(_ path: Name, isOptional: Bool = false) throws(Complaint) -> SourceFile? {
        if !order.contains(path) { order.append(path) }
        guard opened < Limits.files else { throw Complaint("more than \(Limits.files) files would be read") }
        opened += 1
        let contents: FileContents
        do {
            contents = try source.read(path, limit: Limits.fileSize)
        } catch {
            if isOptional, case .notFound = error { return nil }
            throw Complaint(error.reason)
        }
        guard contents.text.count <= Limits.fileSize else { throw Complaint(FileError.tooLarge.reason) }
        octets += contents.text.count
        guard octets <= Limits.totalSize else {
            throw Complaint("all files together are larger than the \(Limits.totalSize / 1024) KB that are read")
        }
        return SourceFile(path, contents)
    }

    /// The files of an `include`, sorted: the one that it names, or all that its wildcards match, possibly none.
    func files(matching pattern: Slice) throws(Complaint) -> [Name] {
        let including = pattern.file.path.bytes
        let written = pattern.bytes
        let slash = UInt8(ascii: "/")
        var path = written
        if written.first != slash, let end = including.lastIndex(of: slash) {
            path = Array(including[0...end]) + written
        }
        guard PathPattern.hasWildcard(written) else { return [Name(path)] }

        // Component by component, so that folders may have wildcards too.
        var found: [[UInt8]] = [path.first == slash ? [slash] : []]
        let components = path.split(separator: slash)
        for (index, component) in components.enumerated() {
            let isLast = index == components.count - 1
            var next: [[UInt8]] = []
            for folder in found {
                for name in try names(matching: Array(component), in: folder) {
                    guard next.count < Limits.folderEntries else { break }
                    next.append(folder + name + (isLast ? [] : [slash]))
                }
            }
            found = next
        }
        return found.map { Name($0) }
    }

    private func names(matching component: [UInt8], in folder: [UInt8]) throws(Complaint) -> [[UInt8]] {
        guard PathPattern.hasWildcard(component) else { return [component] }
        let path = folder.isEmpty ? Name(".") : folder.count == 1 ? Name(folder) : Name(Array(folder.dropLast()))
        do {
            var matching: [[UInt8]] = []
            for name in try source.names(in: path, limit: Limits.folderEntries) {
                guard PathPattern.matches(component, name.bytes) else { continue }
                var index = matching.count
                while index > 0, name.bytes.lexicographicallyPrecedes(matching[index - 1]) { index -= 1 }
                matching.insert(name.bytes, at: index)
            }
            return matching
        } catch {
            if case .failed(let reason) = error { throw Complaint("\(shown(path)): \(reason)") }
            return [] // no such folder: nothing matches
        }
    }
}

/// An error in a value: what is wrong and what was expected, without the place.
struct Complaint: Error {
    let text: Sentence
    init(_ text: Sentence) { self.text = text }
}
