import Wire

/// The marks of this gateway's routes, rules and sockets, by which its other parts and its next run recognise them.
public enum Ownership {
    /// On all IKE and ESP sockets of this gateway: "CY".
    public static let mark: UInt32 = 0x4359
    /// The routing table that holds this gateway's routes, and nothing else.
    public static let table: UInt32 = 17241
    /// The protocol of its routes and rules (rtm_protocol): "C", which is unassigned.
    public static let owner: UInt8 = 67
    /// The priority of its rules, before those of administrators and other daemons: multi-WAN scripts start at 1000.
    public static let priority: UInt32 = 172

    /// Whether this gateway, or an earlier run, made the route.
    public static func isOurs(_ route: Route) -> Bool { route.table == table && route.owner == owner }

    /// Whether this gateway, or an earlier run, made the rule.
    public static func isOurs(_ rule: Rule) -> Bool {
        // Not by `owner`: old kernels do not store it.
        rule.table == table && rule.priority == priority && rule.mark == mark && rule.isInverted
    }

    /// The rule that sends all packets except this gateway's own IKE and ESP to `table` first.
    public static func rule(_ family: Address.Family) -> Rule {
        Rule(family, priority: priority, table: table, mark: mark, isInverted: true, owner: owner)
    }
}
