import Crypto
import Wire

/// Makes a `ConnectionDescription` from a section and all that it inherits, or reports its errors.
final class ConnectionReader {
    enum Outcome: UInt8 {
        case complete
        /// Only a part for the `also=` of other sections, as far as can be told. Its errors are reported only when an administrator asks
        /// for it by name.
        case fragment
        case refused
    }

    /// The opportunistic conns that FreeS/WAN 2 defined by itself.
    private static let opportunistic: StaticString = "packetdefault private private-or-clear clear clear-or-private block"

    typealias Remark = (place: Place, text: Sentence)

    let section: Section
    let inherited: InheritedParameters
    /// The result.
    let conn: ConnectionDescription
    let reader: ParameterReader
    /// Errors besides those of `inherited`.
    private(set) var errors: [Remark] = []
    private(set) var warnings: [Remark] = []

    /// Which of the section's connections this is; `nil` for the only one.
    private let pair: SubnetPair?
    /// The same for a conn with `right=%group`.
    private let entry: PolicyGroupEntry?

    init(
        _ section: Section, _ inherited: InheritedParameters, _ setup: Setup, _ services: Services, pair: SubnetPair?,
        entry: PolicyGroupEntry? = nil
    ) {
        self.section = section
        self.inherited = inherited
        self.pair = pair
        self.entry = entry
        conn = ConnectionDescription(
            name: entry?.name(of: section.name) ?? pair?.name(of: section.name) ?? section.name, section: section.name, place: section.place
        )
        reader = ParameterReader(setup, conn, services)
    }

    /// Reads all parameters and checks them together.
    /// - Parameter servesOthers: whether some `also=` names this section, so that it need not be complete.
    func read(servesOthers: Bool) -> Outcome {
        var isSpoiled = inherited.isSpoiled || !inherited.errors.isEmpty
        for parameter in inherited.parameters {
            if parameter.complaint != nil { isSpoiled = true }
            // Unreadable values have been reported already.
            try? reader.read(parameter.rule, parameter.side, parameter.value)
        }
        if let pair {
            if let subnet = pair.left.subnet { conn.left.subnet = subnet }
            if let subnet = pair.right.subnet { conn.right.subnet = subnet }
        }
        let hasLeft = isSet(.host, .left)
        let hasRight = isSet(.host, .right)
        let isFragment = conn.auto == .ignore && (servesOthers || !hasLeft && !hasRight)
        let failure = isFragment ? Outcome.fragment : .refused
        if isFragment, !hasLeft, !hasRight { return .fragment }
        if !hasLeft || !hasRight, !conn.isWithinOneNetwork, Words(Self.opportunistic).index(of: section.name.bytes) != nil {
            fail("it belongs to opportunistic encryption, which is not supported; auto=ignore leaves it out")
            return failure
        }
        if !conn.isWithinOneNetwork {
            if !hasLeft { fail("left= is missing") }
            if !hasRight { fail("right= is missing") }
        }
        if inherited.hasBadDefaults { fail("conn %default, on which it builds, has errors") }
        // Further errors would often be consequences of the first ones.
        guard !isSpoiled else { return failure }
        // As in FreeS/WAN, whose 'ipsec manual' did not need auto=.
        if reader.manual.isBegun, conn.auto == .ignore, conn.mode.isKeyed { conn.auto = .manual }
        checkNever()
        checkGroup()
        guard errors.isEmpty else { return failure }
        finish(conn.left, .left)
        finish(conn.right, .right)
        if pair != nil, reader.manual.isBegun { fail("the keys of ipsec.conf are for one pair of subnets; write a conn for each") }
        relate()
        finishAuthentication()
        checkSignatureKeys()
        finishKeying()
        finishManualKeying()
        check()
        return errors.isEmpty ? .complete : failure
    }

    // MARK: Looking up

    /// Whether the parameter has a value that is not empty.
    func isSet(_ key: ParameterKey, _ side: Side? = nil) -> Bool { inherited.find(key, side).map { !$0.value.isEmpty } ?? false }

    func fail(_ text: __owned Sentence, at key: ParameterKey? = nil, _ side: Side? = nil) {
        errors.append(remark(text, key, side))
    }

    func warn(_ text: __owned Sentence, at key: ParameterKey?, _ side: Side? = nil) {
        warnings.append(remark(text, key, side))
    }

    private func remark(_ text: __owned Sentence, _ key: ParameterKey?, _ side: Side?) -> Remark {
        var sentence: Sentence = "conn \(section.name): "
        guard let key, let parameter = inherited.find(key, side) else { return (section.place, sentence + text) }
        sentence += parameter.label
        sentence += ": "
        return (parameter.place, sentence + text)
    }

    // MARK: Ends

    private func finish(_ end: End, _ side: Side) {
        if side == .left ? reader.isMyID.left : reader.isMyID.right {
            end.identity = reader.setup.myID
            if end.identity == nil { fail("myid= is not set in config setup", at: .id, side) }
        }
        // As in the X.509 patch: with a certificate the ID is its subject.
        if end.certificate != nil, !isSet(.id, side) { end.isIdentityFromCertificate = true }
        if end.isIdentityFromCertificate, end.certificate == nil, !end.bringsCertificate {
            fail("there is no certificate: \(side)cert= is missing, or \(side)rsasigkey=%cert", at: .id, side)
        }
        // As in FreeS/WAN: the next hop of %defaultroute is the default route's gateway.
        if end.host == .defaultRoute {
            if isSet(.nextHop, side), end.nextHop != .defaultRoute {
                warn(
                    "with \(side)=%defaultroute the next hop is that of the default route, and this parameter has no effect",
                    at: .nextHop, side)
            }
            end.nextHop = .defaultRoute
        }
        if case .address(let hop) = end.nextHop {
            if let family = end.host.family, family != hop.family {
                fail("this is not of \(side)'s own family", at: .nextHop, side)
            }
            if end.host == .address(hop) {
                fail("this is \(side) itself; expected the router that leads to the other end", at: .nextHop, side)
            }
        }
        if end.hostAccess, !end.firewall, end.upDown.isEmpty {
            warn("without \(side)firewall=yes nothing is opened", at: .hostAccess, side)
        }
        finishVirtual(end, side)
        guard let source = end.sourceIP else { return }
        if let lists = pair, (side == .left ? lists.left : lists.right).place > 0 {
            // It is inside one network of the list and is used for that pair only.
            let all = side == .left ? reader.subnets.left : reader.subnets.right
            if !all.contains(where: { $0.contains(source) }) {
                fail("this is inside none of \(side)subnets=", at: .sourceIP, side)
            } else if end.subnet?.contains(source) == false {
                end.sourceIP = nil
            }
        } else if let subnet = end.subnet {
            if !subnet.contains(source) { fail("this is not inside \(side)subnet=\(subnet)", at: .sourceIP, side) }
        } else if case .address(let host) = end.host, host != source {
            fail("without \(side)subnet= only \(side)'s own address \(host) goes through the tunnel", at: .sourceIP, side)
        }
    }

    /// `vhost:` and `vnet:`
    private func finishVirtual(_ end: End, _ side: Side) {
        guard let virtual = end.virtual else { return }
        if end.host != .any {
            fail(
                "this is for peers at any address, \(side)=%any; for this peer write the network behind it", at: .subnet,
                side)
        }
        if !conn.mode.isKeyed { fail("this is for type=tunnel and type=transport", at: .subnet, side) }
        if conn.mode == .transport, virtual.takesNetworks { fail("transport mode takes no networks: expected vhost:", at: .subnet, side) }
        if conn.auto == .manual { fail("subnets are negotiated here, but auto=manual does not negotiate", at: .subnet, side) }
        if virtual.takesPrivate, reader.setup.virtualPrivate.isEmpty {
            fail("config setup has no virtual_private= to say what %priv is", at: .subnet, side)
        }
        if let own = conn[side.other].subnet, virtual.subnets(reader.setup.virtualPrivate).reaches(own) {
            warn(
                "a peer may take addresses of \(side.other)subnet=\(own): if none is to, exclude it with "
                    + "\(VirtualNet(own, isExcluded: true))", at: .subnet, side)
        }
    }

    /// Checks the two hosts against each other.
    private func relate() {
        if conn.isWithinOneNetwork { return }
        switch (conn.left.host, conn.right.host) {
        case (.any, .any): fail("left and right are both %any; one end must be this machine")
        case (.defaultRoute, .defaultRoute): fail("left and right are both %defaultroute; only one end is this machine")
        case (.address(let a), .address(let b)):
            if a == b { fail("left and right are both \(a); a tunnel has two ends") }
            if a.family != b.family { fail("left is IPv4 and right IPv6, or the other way round") }
        case (.name(let a), .name(let b)):
            if a.lowercased == b.lowercased { fail("left and right are both \(a); a tunnel has two ends") }
        default: break
        }
    }

    // MARK: Keying

    /// `leftauth=` and `rightauth=`, which override `authby=`, as in strongSwan. IKEv1 has one method for both ends.
    private func finishAuthentication() {
        guard let isByRSA = reader.isByRSA.left ?? reader.isByRSA.right else { return }
        let side: Side = reader.isByRSA.left == nil ? .right : .left
        if reader.isByRSA.left != nil, let other = reader.isByRSA.right, other != isByRSA {
            fail(
                "rightauth= is another; in IKEv1 both ends prove themselves in the same way (RFC 2409 section 5)", at: .endAuthentication,
                side)
        }
        let method: ConnectionDescription.Authentication = isByRSA ? .rsasig : .secret
        if isSet(.authBy), !(isByRSA ? conn.authentication.mayUseRSA : conn.authentication.mayUseSecret) {
            warn("authby= says otherwise; this goes before it", at: .endAuthentication, side)
        }
        conn.authentication = method
    }

    /// `authby=never` is for conns without SAs.
    private func checkNever() {
        guard conn.authentication == .never, conn.mode.isKeyed, conn.auto != .manual else { return }
        fail("this is for type=passthrough, drop and reject, which carry nothing; write authby=secret", at: .authBy)
    }

    /// `right=%group`: the networks are those of the group's file, and none of them has a peer.
    private func checkGroup() {
        guard let side = reader.groupSide else { return }
        if conn.mode.isKeyed {
            fail("a policy group names no peer: expected type=passthrough, drop or reject, and authby=never", at: .host, side)
        }
        if isSet(.subnet, side) || pair != nil {
            fail("with \(side)=%group the networks are those of ipsec.d/policies/\(section.name)", at: .host, side)
        }
        if let entry { conn[side].subnet = entry.subnet }
    }

    /// Whether there is an RSA key to authenticate an end with. Which end needs it is known when the conn is oriented.
    private func checkSignatureKeys() {
        guard conn.authentication == .rsasig, conn.mode.isKeyed, conn.auto != .manual else { return }
        var hasKey = false
        for side in [Side.left, .right] {
            switch conn[side].rsaKey2 {
            case .dnsOnDemand, .dnsOnLoad:
                fail("the DNS has as many keys as there are: write it once, at \(side)rsasigkey=", at: .rsaKey2, side)
            default: break
            }
            if conn[side].bringsKeyFromDNS, conn[side].host == .any, conn[side].identity == nil {
                fail(
                    "with \(side)=%any, any published key would be accepted: expected \(side)id=, as @gate.example.com",
                    at: .rsaKey, side)
            } else if conn[side].bringsKeyFromDNS, !conn[side].hasIdentityInDNS {
                fail(
                    "the DNS can be asked for the key of an address or a host name only: expected \(side)id= to be one, as @gate.example.com",
                    at: .rsaKey, side)
            }
            if !conn[side].rsaKeys.isEmpty || conn[side].bringsCertificate || conn[side].bringsKeyFromDNS { hasKey = true }
        }
        if !hasKey, errors.isEmpty {
            let lack: Sentence = "neither end has an RSA key or a certificate: leftrsasigkey= or rightrsasigkey= is missing"
            if isSet(.authBy) {
                fail("\(lack)", at: .authBy)
            } else if reader.manual.isBegun {
                fail("it has an SPI, but auto=manual is missing; for IKE, set authby=", at: .auto)
            } else {
                fail("authby= is not set, which means rsasig, and \(lack); for a shared secret write authby=secret")
            }
        }
    }

    /// Combines `esn=` with the `esn` and `noesn` of `esp=`.
    private func finishESN() {
        guard reader.saysESN else {
            conn.espSuites = Suites.with(conn.esn, conn.espSuites)
            return
        }
        let with = conn.espSuites.contains { $0.usesESN }
        let without = conn.espSuites.contains { !$0.usesESN }
        let said: ConnectionDescription.ESN = with ? without ? .either : .yes : .no
        if isSet(.esn), conn.esn != said { fail("esp= says otherwise; keep one of the two", at: .esn) }
        conn.esn = said
    }

    private func finishKeying() {
        finishESN()
        let (chosen, espGroup) = (reader.pfsGroup, reader.espGroup)
        if let chosen, let espGroup, chosen != espGroup {
            fail("esp= asks for \(SuiteReader.word(espGroup)); keep one of the two", at: .pfsGroup)
        }
        if reader.hasForwardSecrecy {
            conn.pfsGroup = chosen ?? espGroup ?? conn.ikeSuites[0].group
            conn.pfsFollowsISAKMP = chosen == nil && espGroup == nil
        } else {
            conn.pfsGroup = nil
            if chosen != nil { warn("with pfs=no the group is not used", at: .pfsGroup) }
            if let espGroup { warn("with pfs=no the group \(SuiteReader.word(espGroup)) is not used", at: .esp) }
        }
        if conn.keyLife == 0 { fail("a lifetime of 0 is not possible; expected a time such as 1h", at: .keyLife) }
        if conn.ikeLifetime == 0 { fail("a lifetime of 0 is not possible; expected a time such as 1h", at: .ikeLifetime) }
        if isSet(.rekeyMargin), conn.rekeyMargin >= conn.keyLife {
            warn("this is no less than keylife=\(conn.keyLife)s; keys are renewed at half their life", at: .rekeyMargin)
        }
        if conn.dpdDelay > 0, conn.dpdTimeout <= conn.dpdDelay {
            fail(
                "expected more than dpddelay=\(conn.dpdDelay)s, so that the peer has time to answer",
                at: isSet(.dpdTimeout) ? .dpdTimeout : .dpdDelay)
        }
        if conn.encapsulation == .always, !reader.setup.natTraversal {
            warn("config setup says nat_traversal=no: ESP does not go in UDP", at: .encapsulation)
        }
        if conn.dpdDelay == 0, conn.dpdAction != .none {
            let idle = isSet(.dpdAction) ? ParameterKey.dpdAction : .dpdTimeout
            if isSet(idle), !isSet(.dpdDelay) { warn("without dpddelay= the peer is never probed", at: idle) }
        }
    }

    // MARK: The whole

    private func check() {
        let (left, right) = (conn.left, conn.right)
        if let a = left.innerFamily, let b = right.innerFamily, a != b {
            fail(
                "its two sides are of different families: \(inner(left)) and \(inner(right)); "
                    + "give both a subnet of one family")
        }
        if !conn.isWithinOneNetwork, let a = left.subnet, a == right.subnet, left.ipProtocol == right.ipProtocol, left.port == right.port {
            fail("leftsubnet= and rightsubnet= are both \(a); the two sides must differ")
        }
        if left.ipProtocol != right.ipProtocol, left.ipProtocol != 0, right.ipProtocol != 0 {
            fail("leftprotoport= and rightprotoport= name different protocols")
        }
        if conn.mode == .transport, left.subnet != nil || right.subnet != nil {
            fail(
                "transport mode is between the two hosts themselves; remove the subnets, or write type=tunnel",
                at: .type)
        }
        if conn.mode.isKeyed, conn.auto == .route || conn.auto == .start, left.host == .any || right.host == .any {
            warn("a peer at any address cannot be called; auto=add is used", at: .auto)
            conn.auto = .add
        }
    }

    private func inner(_ end: End) -> Sentence {
        if let subnet = end.subnet { return "\(subnet)" }
        if case .address(let address) = end.host { return "\(address)" }
        return "a host"
    }
}
