/// An event of an eroute, for firewall and updown commands.
public enum EventVerb: UInt8 {
    /// In this order: before the route is added; after it was added; an SA is established; no SA is left; before the route is removed.
    case prepare, route, up, down, unroute

    var word: StaticString {
        switch self {
        case .prepare: "prepare"
        case .route: "route"
        case .up: "up"
        case .down: "down"
        case .unroute: "unroute"
        }
    }
}
