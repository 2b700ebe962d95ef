/// An event of an eroute, for firewall and updown commands.
public enum EventVerb: UInt8 {
    /// In this order: `prepare` and `route` when the route was added; an SA is established; no SA is left; before the route is removed.
    /// FreeS/WAN's `prepare` comes before the route; here no command is waited for, so a command could not rely on that.
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
