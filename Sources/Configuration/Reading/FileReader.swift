import Wire

/// The common part of the readers of ipsec.conf and ipsec.secrets: opening files and including others.
class FileReader {
    let diagnostics = Diagnostics()
    private(set) var includes: Includes
    /// Files being read, the main one first.
    private(set) var open: [Name] = []

    init(_ source: FileSource) { includes = Includes(source) }

    /// Reads `path` as the main file.
    func read(_ path: Name) {
        do {
            if let file = try includes.open(path) { enter(file) }
        } catch {
            diagnostics.error(Place(path, 0), error.text)
        }
    }

    /// Opens another file; `nil` where there is none, or it cannot be read, which is reported.
    func openOptional(_ path: Name) -> SourceFile? {
        do {
            return try includes.open(path, isOptional: true)
        } catch {
            diagnostics.error(Place(path, 0), error.text)
            return nil
        }
    }

    private func enter(_ file: SourceFile) {
        open.append(file.path)
        read(file)
        open.removeLast()
    }

    /// Every subclass overrides it.
    func read(_ file: SourceFile) {}

    /// `include FILE`. `words` are all words of the line.
    func include(_ place: Place, _ words: [Slice]) {
        guard words.count == 2 else {
            diagnostics.error(place, "include takes one file name, without white space; wildcards may stand in it")
            return
        }
        guard open.count < Limits.includeDepth else {
            diagnostics.error(place, "include is nested more than \(Limits.includeDepth) deep")
            return
        }
        do {
            let isPattern = PathPattern.hasWildcard(words[1].bytes)
            for path in try includes.files(matching: words[1]) { include(path, isOptional: isPattern, place) }
        } catch {
            diagnostics.error(place, "cannot include this: \(error.text)")
        }
    }

    private func include(_ path: Name, isOptional: Bool, _ place: Place) {
        guard !open.contains(path) else {
            diagnostics.error(place, "\(shown(path)) would include itself")
            return
        }
        do {
            if let file = try includes.open(path, isOptional: isOptional) { enter(file) }
        } catch {
            diagnostics.error(place, "cannot include \(shown(path)): \(error.text)")
        }
    }
}
