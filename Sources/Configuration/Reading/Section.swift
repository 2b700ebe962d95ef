import Wire

/// A `conn` section as it stands in a file, nothing inherited yet.
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
    /// Set by errors that no single value stands for, such as an unknown parameter. Whoever would use it is left out.
    var isBad = false
    /// What was said of it, for who asks later.
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
