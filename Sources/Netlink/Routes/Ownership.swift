import Wire

/// By what the routes, rules and sockets of this gateway are recognised: by its other parts, and by the next run.
public enum Ownership {
    /// On all IKE and ESP sockets of this gateway: "CY".
    public static let mark: UInt32 = 0x4359
    /// The routing table that holds this gateway's routes, and nothing else.
    public static let table: UInt32 = 17241
    /// The protocol of its routes and rules (rtm_protocol): "C", which no list has given to anybody.
    public static let owner: UInt8 = 67
    /// The place of its rules, before those that people and other daemons make: multi-WAN scripts begin at 1000.
    public static let priority: UInt32 = 172

    /// Whether this gateway, or an earlier run, made the route.
    public static func isOurs(_ route: Route) -> Bool { route.table == table && route.owner == owner }

    /// Whether this gateway, or an earlier run, made the rule.
    public static func isOurs(_ rule: Rule) -> Bool {
        // Not by `owner`: old kernels do not keep it.
        rule.table == table && rule.priority == priority && rule.mark == mark && rule.isInverted
    }

    /// The rule by which everything but this gateway's own IKE and ESP looks into `table` first.
    public static func rule(_ family: Address.Family) -> Rule {
        Rule(family, priority: priority, table: table, mark: mark, isInverted: true, owner: owner)
    }
}
