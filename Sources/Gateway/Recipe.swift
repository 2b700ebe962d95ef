import Configuration
import Crypto
import IKE
import Wire

/// Why a conn of ipsec.conf could not be made into a connection, as a sentence.
struct RecipeError: Error {
    let reason: Sentence
}

/// Turns a conn of ipsec.conf into a connection, with what this machine and ipsec.secrets add to it.
struct Recipe {
    let setup: Setup
    let secrets: Secrets
    let machine: Machine
    let log: Log

    /// Which end is ours, and what follows from it.
    func orient(_ conn: ConnectionDescription) throws(RecipeError) -> Oriented {
        switch Orientation.of(conn, on: machine) {
        case .oriented(let oriented): return oriented
        case .unoriented(let reason): throw RecipeError(reason: "\(reason)")
        }
    }

    /// The connection, not yet added. A missing secret is warned of and no obstacle: `--rereadsecrets` may bring it.
    func make(_ conn: ConnectionDescription, for connections: Connections) throws(RecipeError) -> Connection {
        let oriented = try orient(conn)
        let peer = conn[oriented.side.other]
        if case .name(let name) = peer.host, oriented.remoteAddress == nil {
            throw RecipeError(
                reason: "\(oriented.side.other)=\(name) is a host name, which is not looked up yet: write its address")
        }
        guard let remoteSelector = oriented.remoteSelector else {
            throw RecipeError(
                reason: "\(oriented.side.other)=%any needs \(oriented.side.other)subnet=: "
                    + "peers that bring only their own address are not served yet")
        }
        guard oriented.localSelector.subnet.address.family == remoteSelector.subnet.address.family else {
            throw RecipeError(
                reason: "\(oriented.localSelector) and \(remoteSelector) are of different IP versions: "
                    + "a tunnel joins two networks of one")
        }
        guard oriented.remoteAddress.map({ $0.family == oriented.localAddress.family }) ?? true else {
            throw RecipeError(reason: "the gateways' own addresses are of different IP versions")
        }
        let id = connections.newID()
        let requestID = connections.requestID(for: conn.name)
        let policy = Policy(
            id: id, name: conn.name, local: oriented.localAddress, remote: oriented.remoteAddress,
            localID: oriented.localID, remoteID: oriented.remoteID,
            presharedKey: presharedKey(conn.name, oriented), ikeSuites: conn.ikeSuites, espSuites: conn.espSuites,
            isStrict: conn.isIKEStrict, pfsGroup: conn.pfsGroup, localSelector: oriented.localSelector,
            remoteSelector: remoteSelector, mode: conn.mode == .tunnel ? .tunnel : .transport,
            ikeLifetime: conn.ikeLifetime, espLifetime: conn.keyLife, keyingTries: conn.keyingTries,
            natTraversal: setup.natTraversal, forceEncapsulation: false, replayWindow: Limits.replayWindow,
            requestID: requestID)
        let eroute = Eroute(
            name: conn.name, local: oriented.localAddress, remote: oriented.remoteAddress,
            localSelector: oriented.localSelector, remoteSelector: remoteSelector, mode: policy.mode,
            requestID: requestID, nextHop: oriented.nextHop, sourceAddress: conn[oriented.side].sourceIP)
        return Connection(name: conn.name, policy: policy, eroute: eroute, text: summary(conn))
    }

    /// The same policy with the secret that ipsec.secrets has now.
    func refresh(_ policy: Policy) -> Policy {
        var policy = policy
        policy.presharedKey = secrets.presharedKey(
            local: policy.localID, localAddress: policy.local, remote: policy.remoteID, remoteAddress: policy.remote
        )?.secret
        return policy
    }

    private func presharedKey(_ name: Name, _ oriented: Oriented) -> Secret? {
        let match = secrets.presharedKey(
            local: oriented.localID, localAddress: oriented.localAddress, remote: oriented.remoteID,
            remoteAddress: oriented.remoteAddress)
        if match == nil {
            let peer = oriented.remoteID.map { "\($0)" } ?? "%any"
            log.warning(
                "\"\(name)\" has no secret: ipsec.secrets holds no PSK for \(oriented.localID) and \(peer); "
                    + "add one and say 'ipsec auto --rereadsecrets'")
        }
        if let match, let rival = match.rival {
            log.warning("\"\(name)\" uses the PSK of \(match.place); the one of \(rival) fits as well")
        }
        return match?.secret
    }

    /// What `--status` shows of the settings.
    private func summary(_ conn: ConnectionDescription) -> Sentence {
        "ike_life: \(conn.ikeLifetime)s; ipsec_life: \(conn.keyLife)s; "
            + "keyingtries: \(conn.keyingTries == 0 ? "%forever" : "\(conn.keyingTries)"); "
            + "policy: PSK+ENCRYPT+\(conn.mode == .tunnel ? "TUNNEL" : "TRANSPORT")\(conn.pfsGroup == nil ? "" : "+PFS")"
    }
}
