/// Identifies a log message for programs. It is shown in brackets at the end of the message: `the peer 192.0.2.1 is dead [peer-dead]`.
///
/// The wording of a message may change, but its code does not. `ipsec(8)` lists the codes, with causes and remedies.
public enum MessageCode: UInt8, CaseIterable, Sendable {
    // Of the daemon.
    case started, stopped, configurationError, configurationWarning, configurationRestored, clockNotSet, commandKilled, commandFailed,
        settingIgnored, hotplug
    // Of a negotiation.
    case isakmpSAEstablished, ipsecSAEstablished, isakmpSADeleted, ipsecSADeleted, negotiationFailed, peerRefuses, noProposal
    case noConnection, addressTaken, keysDiffer, certificateRevoked, unauthenticated, peerRestarted, peerMoved, peerDead
    // Of a connection.
    case connectionAdded, connectionReplaced, connectionDeleted, connectionDown, addressLost, addressBack, addressChanged
    case notRouted, saNotInstalled, inTheClear, secretMissing
    // Of the DNS.
    case lookupFailed, keySearch, keysFound, keysNotFound, recordIgnored, recordObsolete
    // Of the data plane.
    case saLost, policiesRestored, eventsLost, deviceRestored, natMappingChanged, offloadRefused, largePacketsLost, nothingReceived
    case everythingRefused, espRefused, fastPathsUnread, kernelRefused, planeFailed, firewallUnchanged

    /// As it is written: `peer-dead`.
    public var word: StaticString {
        switch self {
        case .started: "started"
        case .stopped: "stopped"
        case .configurationError: "configuration-error"
        case .configurationWarning: "configuration-warning"
        case .configurationRestored: "configuration-restored"
        case .clockNotSet: "clock-not-set"
        case .commandKilled: "command-killed"
        case .commandFailed: "command-failed"
        case .settingIgnored: "setting-ignored"
        case .hotplug: "hotplug"
        case .isakmpSAEstablished: "isakmp-sa-established"
        case .ipsecSAEstablished: "ipsec-sa-established"
        case .isakmpSADeleted: "isakmp-sa-deleted"
        case .ipsecSADeleted: "ipsec-sa-deleted"
        case .negotiationFailed: "negotiation-failed"
        case .peerRefuses: "peer-refuses"
        case .noProposal: "no-proposal"
        case .noConnection: "no-connection"
        case .addressTaken: "address-taken"
        case .keysDiffer: "keys-differ"
        case .certificateRevoked: "certificate-revoked"
        case .unauthenticated: "unauthenticated"
        case .peerRestarted: "peer-restarted"
        case .peerMoved: "peer-moved"
        case .peerDead: "peer-dead"
        case .connectionAdded: "connection-added"
        case .connectionReplaced: "connection-replaced"
        case .connectionDeleted: "connection-deleted"
        case .connectionDown: "connection-down"
        case .addressLost: "address-lost"
        case .addressBack: "address-back"
        case .addressChanged: "address-changed"
        case .notRouted: "not-routed"
        case .saNotInstalled: "sa-not-installed"
        case .inTheClear: "in-the-clear"
        case .secretMissing: "secret-missing"
        case .lookupFailed: "lookup-failed"
        case .keySearch: "key-search"
        case .keysFound: "keys-found"
        case .keysNotFound: "keys-not-found"
        case .recordIgnored: "record-ignored"
        case .recordObsolete: "record-obsolete"
        case .saLost: "sa-lost"
        case .policiesRestored: "policies-restored"
        case .eventsLost: "events-lost"
        case .deviceRestored: "device-restored"
        case .natMappingChanged: "nat-mapping-changed"
        case .offloadRefused: "offload-refused"
        case .largePacketsLost: "large-packets-lost"
        case .nothingReceived: "nothing-received"
        case .everythingRefused: "everything-refused"
        case .espRefused: "esp-refused"
        case .fastPathsUnread: "fast-paths-unread"
        case .kernelRefused: "kernel-refused"
        case .planeFailed: "plane-failed"
        case .firewallUnchanged: "firewall-unchanged"
        }
    }
}

extension Sentence {
    /// The text of a message with its code at the end: `the peer 192.0.2.1 is dead [peer-dead]`. Without a code, the text alone.
    public func marked(_ code: MessageCode?) -> Sentence {
        guard let code else { return self }
        return "\(self) [\(code.word)]"
    }
}
