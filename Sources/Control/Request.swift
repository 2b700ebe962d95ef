import Wire

/// What a command or the console asks of the daemon: one line at the control socket.
public enum Request: Hashable, Sendable {
    /// `ipsec auto --OPERATION NAME`.
    /// - Parameters:
    ///   - loads: a conn that is not loaded is added first; the console asks so.
    ///   - isAsynchronous: the answer does not wait for the negotiation.
    case auto(AutoOperation, conn: Name, loads: Bool = false, isAsynchronous: Bool = false)
    /// `ipsec manual --OPERATION NAME`.
    case manual(ManualOperation, conn: Name)
    /// `ipsec auto --status`: every connection with its states.
    case connections
    /// `ipsec auto --ready`: look at the interfaces again.
    case ready
    /// `ipsec auto --rereadsecrets`: ipsec.secrets.
    case rereadSecrets
    /// `ipsec auto --rereadall`: ipsec.secrets, keys, certificates and revocation lists.
    case rereadAll
    /// `ipsec auto --rereadgroups`: the files of policy groups.
    case rereadGroups
    /// `ipsec auto --listpubkeys` and its like.
    case list(KeyList)
    /// `ipsec status`.
    case status(isJSON: Bool)
    /// `ipsec metrics`.
    case metrics
    /// `ipsec eroute`.
    case eroutes
    /// `ipsec spi`.
    case associations
    /// The console's `show counters`.
    case counters
    /// The console's `show memory`.
    case memory
    /// The console's `show interfaces`.
    case interfaces
    /// This machine's addresses, a value each.
    case addresses
    /// The latest lines of the log.
    case log
    /// `ipsec watch`: the log from now on, until the client closes.
    case watch(isJSON: Bool)
    /// A hook reports an interface. `-` stands for an interface that the hook does not name.
    case hotplug(interface: Name, InterfaceChange)
    /// ipsec.conf was changed.
    case reload
    /// `ipsec setup stop`.
    case stop
    /// The first half of `ipsec setup restart`.
    case restart
}

/// An operation of `ipsec auto` on one conn.
public enum AutoOperation: CaseIterable, Hashable, Sendable {
    case add, delete, replace, up, down, route, unroute

    /// As the command line writes it.
    public var word: Name {
        switch self {
        case .add: "--add"
        case .delete: "--delete"
        case .replace: "--replace"
        case .up: "--up"
        case .down: "--down"
        case .route: "--route"
        case .unroute: "--unroute"
        }
    }
}

/// An operation of `ipsec manual`.
public enum ManualOperation: CaseIterable, Hashable, Sendable {
    case up, down, route, unroute

    /// As the command line writes it.
    public var word: Name {
        switch self {
        case .up: "--up"
        case .down: "--down"
        case .route: "--route"
        case .unroute: "--unroute"
        }
    }
}

/// A list of public keys or certificates.
public enum KeyList: CaseIterable, Hashable, Sendable {
    case publicKeys, certificates, authorities, revocationLists

    /// As the command line writes it.
    public var word: Name {
        switch self {
        case .publicKeys: "--listpubkeys"
        case .certificates: "--listcerts"
        case .authorities: "--listcacerts"
        case .revocationLists: "--listcrls"
        }
    }
}

/// What a hook says of an interface.
public enum InterfaceChange: CaseIterable, Hashable, Sendable {
    case up, down, changed

    /// As the request line writes it.
    public var word: Name {
        switch self {
        case .up: "up"
        case .down: "down"
        case .changed: "changed"
        }
    }
}
