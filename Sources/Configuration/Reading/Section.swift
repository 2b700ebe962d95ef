import Wire

/// A `conn` section as written, without inherited parameters.
final class Section {
    /// One `also=` or `alsoflip=`.
    struct Insertion {
        var name: Name
        var flips: Bool
        var place: Place
    }

    let name: Name
    let place: Place
    var parameters: [Parameter] = []
    var insertions: [Insertion] = []
    /// Whether it has an error outside of a value, such as an unknown parameter. Conns that use it are left out.
    var isBad = false
    /// Its errors, for `Configuration.explain`.
    private(set) var complaints: [Sentence] = []

    init(name: Name, place: Place) {
        self.name = name
        self.place = place
    }

    func spoil(_ place: Place, _ text: __owned Sentence) {
        isBad = true
        if complaints.count < Limits.reasons { complaints.append("\(place): \(text)") }
    }
}
