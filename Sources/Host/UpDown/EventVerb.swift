/// What happens to an eroute that the world beside us wants to hear of.
public enum EventVerb: UInt8 {
    /// Before the route, with it, an SA carries, none carries, before the route goes.
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
