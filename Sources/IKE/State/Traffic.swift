import Wire

/// What a pair of IPsec SAs protects, seen from here.
struct Traffic: Equatable {
    var local: Selector
    var remote: Selector
}
