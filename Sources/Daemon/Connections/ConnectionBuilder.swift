import Configuration
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// Why a connection could not be made from a conn of ipsec.conf, as a sentence.
struct BuildError: Error {
    let reason: Sentence
    /// Whether another address of this machine or of the peer may allow it, with the same ipsec.conf.
    var isTemporary = false
}

/// Makes a connection from a conn of ipsec.conf, with this machine's addresses and ipsec.secrets.
struct ConnectionBuilder {
    let setup: Setup
    let secrets: Secrets
    let machine: Machine
    let credentials: Credentials
    let names: HostNames
    /// Whether the data plane has extended sequence numbers.
    let hasESN: Bool
    let log: Log

    /// Decides which end is this machine's.
    func orient(_ conn: ConnectionDescription) throws(BuildError) -> Oriented {
        let names = names
        switch Orientation.of(conn, on: machine, lookUp: { names.addresses(of: $0) }) {
        case .oriented(let oriented): return oriented
        case .unoriented(let reason): throw BuildError(reason: reason, isTemporary: true)
        }
    }

    /// Makes a connection, which is not added yet. If its secret is missing, a warning is logged: `--rereadsecrets` may read one later.
    func make(_ conn: ConnectionDescription, for connections: Connections) throws(BuildError) -> Connection {
        let oriented = try orient(conn)
        var policy = try policy(conn, oriented, try remoteSelector(conn, oriented), for: connections)
        authenticate(&policy, conn, oriented, publishedKeys: [])
        let eroute = eroute(conn, oriented, policy)
        let connection = Connection(name: conn.name, policy: policy, eroute: eroute, text: summary(conn))
        connection.opensFirewall = conn[oriented.side].firewall
        connection.opensHost = conn[oriented.side].hostAccess
        connection.upDown = conn[oriented.side].upDown
        // FreeS/WAN's own script: its work is built in.
        if connection.upDown.count >= 2, connection.upDown[1] == "_updown" { connection.upDown = [] }
        if conn.auto == .manual {
            guard let keying = conn.manualKeying else { throw BuildError(reason: "it has no manual keys") }
            guard let peer = oriented.remoteAddress else {
                throw BuildError(reason: "with fixed keys the peer has a fixed address: expected one after \(oriented.side.other)=")
            }
            connection.manual = ManualPair(keying, ours: oriented.side, of: eroute, peer: peer)
        }
        connection.failureShunt = Shunt(rawValue: conn.failureShunt.rawValue) ?? .none
        connection.source = (conn, oriented)
        return connection
    }

    /// What the conn covers on the peer's side.
    /// - Throws: if that is not known yet, or does not fit the local side.
    private func remoteSelector(_ conn: ConnectionDescription, _ oriented: Oriented) throws(BuildError) -> Selector {
        let peer = conn[oriented.side.other]
        if case .name(let name) = peer.host, oriented.remoteAddress == nil {
            guard oriented.remoteSelector != nil, conn.auto != .manual else {
                throw BuildError(
                    reason: "the address of \(oriented.side.other)=\(name) is not known yet: it is being looked up", isTemporary: true)
            }
        }
        // The remote subnet of any peer that has only its own address is 0.0.0.0/32 or ::/128.
        let family = (peer.virtual == nil ? oriented.localAddress : oriented.localSelector.subnet.address).family
        let remote = oriented.remoteSelector ?? Selector(Subnet(host: .any(family)), ipProtocol: peer.ipProtocol, port: peer.port)
        guard oriented.localSelector.subnet.address.family == remote.subnet.address.family else {
            throw BuildError(
                reason: "\(oriented.localSelector) and \(remote) are of different IP versions: a tunnel joins two networks of one")
        }
        guard oriented.remoteAddress.map({ $0.family == oriented.localAddress.family }) ?? true else {
            throw BuildError(reason: "the gateways' own addresses are of different IP versions")
        }
        if !conn.mode.isKeyed, remote.subnet.isHost, remote.subnet.address.isAny {
            throw BuildError(reason: "its traffic is not specified: expected \(oriented.side.other)subnet=")
        }
        return remote
    }

    /// The conn's policy for IKE, without secrets and keys.
    private func policy(
        _ conn: ConnectionDescription, _ oriented: Oriented, _ remoteSelector: Selector, for connections: Connections
    ) throws(BuildError) -> Policy {
        var policy = Policy(
            id: connections.newID(), name: conn.name, local: oriented.localAddress, remote: oriented.remoteAddress,
            localID: oriented.localID, remoteID: oriented.remoteID,
            presharedKey: nil, ikeSuites: conn.ikeSuites, espSuites: conn.espSuites,
            pfsGroup: conn.pfsGroup, localSelector: oriented.localSelector,
            remoteSelector: remoteSelector, mode: conn.mode == .transport ? .transport : .tunnel,
            ikeLifetime: conn.ikeLifetime, espLifetime: conn.keyLife, keyingTries: conn.keyingTries,
            natTraversal: setup.natTraversal && conn.encapsulation != .never,
            forceEncapsulation: conn.encapsulation == .always, replayWindow: Limits.replayWindow,
            requestID: connections.requestID(for: conn.name))
        policy.fragmentation = conn.fragmentation
        policy.fragmentSize = UInt16(conn.fragmentSize)
        if !conn.isIKEStrict { policy.furtherIKESuites = Suites.soundIKE }
        if !conn.isESPStrict { policy.furtherESPSuites = Suites.with(conn.esn == .yes ? .yes : .no, Suites.soundESP) }
        policy.takesEitherSequence = hasESN && (conn.esn == .accept || conn.esn == .either && !conn.isESPStrict)
        if !hasESN { policy.espSuites.removeAll { $0.usesESN } }
        guard !policy.espSuites.isEmpty else {
            throw BuildError(reason: "this kernel's ESP has no extended sequence numbers: expected esn=either, or protostack=klips")
        }
        policy.pfsFollowsISAKMP = conn.pfsFollowsISAKMP
        policy.furtherGroups = Suites.soundGroups
        policy.virtual = conn[oriented.side.other].virtual?.subnets(setup.virtualPrivate)
        if let virtual = policy.virtual { warnOfOverlaps(conn, virtual, connections.plane.localNetworks) }
        policy.rekeyPolicy = rekeyPolicy(conn)
        return policy
    }

    /// Logs the directly connected networks that peers could ask for, and do not get.
    private func warnOfOverlaps(_ conn: ConnectionDescription, _ virtual: VirtualSubnets, _ localNetworks: [Subnet]) {
        for network in localNetworks
        where virtual.reaches(network) && !Subnet.linkScope.contains(where: { $0.contains(network) }) {
            log.warning(
                "gives no peer an address of \(network), which this gateway is directly connected to: "
                    + "exclude it with \(VirtualNet(network, isExcluded: true))", conn: conn.name)
        }
    }

    /// The conn's eroute for the data plane.
    private func eroute(_ conn: ConnectionDescription, _ oriented: Oriented, _ policy: Policy) -> Eroute {
        let eroute = Eroute(
            name: conn.name, local: oriented.localAddress, remote: oriented.remoteAddress,
            localSelector: oriented.localSelector, remoteSelector: policy.remoteSelector, mode: policy.mode,
            requestID: policy.requestID, nextHop: oriented.nextHop, sourceAddress: conn[oriented.side].sourceIP)
        switch conn.mode {
        case .tunnel, .transport: break
        case .passthrough: eroute.shunt = .passthrough
        case .drop: eroute.shunt = .drop
        case .reject: eroute.shunt = .reject
        }
        eroute.checksArrival = !conn.disablesArrivalCheck
        if conn.mtu > 0 { eroute.mtu = conn.mtu }
        eroute.outerDF = conn.outerDF ?? setup.outerDF
        return eroute
    }

    /// Rekeying and DPD.
    private func rekeyPolicy(_ conn: ConnectionDescription) -> RekeyPolicy {
        var rekeyPolicy = RekeyPolicy()
        rekeyPolicy.rekeys = conn.rekeys
        rekeyPolicy.rekeyMargin = conn.rekeyMargin
        rekeyPolicy.rekeyFuzz = conn.rekeyFuzz
        rekeyPolicy.dpdDelay = conn.dpdAction == .none ? 0 : conn.dpdDelay
        rekeyPolicy.dpdTimeout = conn.dpdTimeout
        rekeyPolicy.dpdAction = RekeyPolicy.DeadPeerAction(rawValue: conn.dpdAction.rawValue) ?? .hold
        return rekeyPolicy
    }

    /// The connection's policy with the secrets and keys that are known now.
    func refresh(_ connection: Connection) -> Policy {
        var policy = connection.policy
        if let source = connection.source { authenticate(&policy, source.conn, source.oriented, publishedKeys: connection.publishedKeys) }
        return policy
    }

    /// Sets the secret or the keys that `authby=` asks for.
    private func authenticate(
        _ policy: inout Policy, _ conn: ConnectionDescription, _ oriented: Oriented, publishedKeys: [RSAPublicKey]
    ) {
        policy.rsa = nil
        policy.presharedKey = nil
        guard conn.mode == .tunnel || conn.mode == .transport, conn.auto != .manual else { return }
        if conn.authentication.mayUseRSA {
            credentials.authenticate(&policy, conn[oriented.side], conn[oriented.side.other], publishedKeys)
        }
        if conn.authentication.mayUseSecret {
            let peer = Secrets.IndexedEnd(policy.remoteID, policy.remote, name: conn[oriented.side.other].host.name)
            let match = secrets.presharedKey(
                local: Secrets.IndexedEnd(policy.localID, policy.local, name: conn[oriented.side].host.name), remote: peer)
            policy.presharedKey = presharedKey(policy, match, isNeeded: policy.rsa == nil)
        }
    }

    private func presharedKey(_ policy: Policy, _ match: Secrets.Match?, isNeeded: Bool) -> Secret? {
        if match == nil, isNeeded {
            let peer: Sentence = policy.remoteID.map { "\($0)" } ?? "%any"
            log.warning(
                "has no secret: ipsec.secrets holds no PSK for \(policy.localID) and \(peer); "
                    + "add one and run 'ipsec auto --rereadsecrets'", code: .secretMissing, conn: policy.name)
        }
        if let match, let rival = match.rival {
            log.warning("uses the PSK of \(match.place); the PSK of \(rival) also matches", conn: policy.name)
        }
        return match?.secret
    }

    private static func words(_ authentication: ConnectionDescription.Authentication) -> StaticString {
        switch authentication {
        case .secret: "PSK+"
        case .rsasig: "RSASIG+"
        case .secretOrRSA: "RSASIG+PSK+"
        case .never: ""
        }
    }

    /// The settings that `--status` shows.
    private func summary(_ conn: ConnectionDescription) -> Sentence {
        if let keying = conn.manualKeying, conn.auto == .manual { return "policy: MANUAL+ENCRYPT; \(keying.suite.words)" }
        return "ike_life: \(conn.ikeLifetime)s; ipsec_life: \(conn.keyLife)s; "
            + "keyingtries: \(conn.keyingTries == 0 ? "%forever" : "\(conn.keyingTries)"); "
            + "policy: \(Self.words(conn.authentication))ENCRYPT+\(conn.mode == .tunnel ? "TUNNEL" : "TRANSPORT")\(conn.pfsGroup == nil ? "" : "+PFS"); fragmentation: \(conn.fragmentation.word)"
    }
}
