import Wire

/// The local and remote selectors of a pair of IPsec SAs.
struct TrafficSelectors: Equatable {
    var local: Selector
    var remote: Selector
}
