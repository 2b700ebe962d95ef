import Wire

/// A section with the parameters that it inherits through `also=`, `alsoflip=` and `%default`.
final class InheritedParameters {
    private(set) var parameters: [Parameter] = []
    /// Errors of `also=`, with their places.
    private(set) var errors: [(place: Place, text: Sentence)] = []
    /// Whether the section itself has errors, which have been reported already.
    private(set) var isSpoiled = false
    /// Whether `conn %default` has errors.
    private(set) var hasBadDefaults = false
    /// Names of the sections inserted so far, the conn's own first.
    private var inserted: [Name] = []
    private var open: [Name] = []

    init(_ section: Section, from reader: SectionReader) {
        insert(section, flips: false, at: section.place, from: reader)
        if let defaults = reader.defaults {
            hasBadDefaults = defaults.isBad
            for parameter in defaults.parameters where !parameters.contains(where: { $0.overrides(parameter) }) {
                parameters.append(parameter)
            }
        }
    }

    func find(_ key: ParameterKey, _ side: Side? = nil) -> Parameter? {
        for parameter in parameters where parameter.rule.key == key && parameter.side == side { return parameter }
        return nil
    }

    private func insert(_ section: Section, flips: Bool, at place: Place, from reader: SectionReader) {
        if section.isBad {
            if open.isEmpty {
                isSpoiled = true
            } else {
                errors.append((place, "conn \(section.name), which also= brings, has errors"))
            }
        }
        inserted.append(section.name)
        open.append(section.name)
        defer { open.removeLast() }
        for parameter in section.parameters { add(flips ? parameter.flipped() : parameter, at: place, from: section) }
        for insertion in section.insertions {
            if open.contains(insertion.name) {
                errors.append((insertion.place, "also=\(insertion.name) forms a loop"))
            } else if inserted.contains(insertion.name) {
                errors.append((insertion.place, "also=\(insertion.name): this section is brought in a second time"))
            } else if open.count >= Limits.alsoDepth {
                errors.append((insertion.place, "also= is nested more than \(Limits.alsoDepth) deep"))
            } else if let target = reader.find(insertion.name) {
                insert(target, flips: flips != insertion.flips, at: insertion.place, from: reader)
            } else {
                let hint = Nearest.hint(to: insertion.name.bytes, among: reader.sections.map { $0.name })
                errors.append((insertion.place, "also=\(insertion.name): there is no such conn\(hint)"))
            }
        }
    }

    private func add(_ parameter: Parameter, at place: Place, from section: Section) {
        if let first = find(parameter.rule.key, parameter.side), first.rivals(parameter) {
            errors.append(
                (
                    place,
                    "\(parameter.word)= is set twice: at \(first.place), and through "
                        + "also=\(section.name) at \(parameter.place)"
                ))
        } else if parameters.count >= Limits.parameters {
            if parameters.count == Limits.parameters {
                errors.append((place, "more than \(Limits.parameters) parameters with all that also= brings"))
            }
        } else {
            parameters.append(parameter)
        }
    }
}
