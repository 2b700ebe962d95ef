import Crypto
import Wire

/// Makes a `ConnectionDescription` of a section and all it inherits, or says why not.
struct ConnectionReader {
    enum Outcome {
        case complete(ConnectionDescription)
        /// Not meant to be a connection by itself, or at least nothing says so: a part for others' `also=`. What stands in
        /// its way matters only to who asks for it by name.
        case fragment
        case refused
    }

    let section: Section
    let inherited: Inherited
    let myID: Identity?
    /// Beyond what `inherited` tells.
    private(set) var errors: [(place: Place, text: Sentence)] = []
    private(set) var warnings: [(place: Place, text: Sentence)] = []

    init(_ section: Section, _ inherited: Inherited, myID: Identity?) {
        self.section = section
        self.inherited = inherited
        self.myID = myID
    }

    /// - Parameter servesOthers: some `also=` names this section, so it need not be complete.
    mutating func read(servesOthers: Bool) -> Outcome {
        let isSpoiled = inherited.isSpoiled || !inherited.errors.isEmpty
            || inherited.parameters.contains { $0.complaint != nil }
        let auto = choice(.auto) ?? 0
        let hasLeft = isSet(.host, .left)
        let hasRight = isSet(.host, .right)
        let isFragment = auto == 0 && (servesOthers || !hasLeft && !hasRight)
        let failure = isFragment ? Outcome.fragment : .refused
        if isFragment, !hasLeft, !hasRight { return .fragment }
        for side in [Side.left, .right] where !isSet(.host, side) && inherited.find(.host, side)?.complaint == nil {
            fail("\(side)= is missing")
        }
        if inherited.hasBadDefaults { fail("conn %default, on which it builds, has errors") }
        refuse(auto)
        guard !isSpoiled, errors.isEmpty, var left = end(.left), var right = end(.right) else { return failure }
        relate(&left, &right)
        var conn = ConnectionDescription(name: section.name, place: section.place, left: left, right: right)
        conn.auto = ConnectionDescription.Auto(rawValue: UInt8(auto)) ?? .ignore
        if choice(.type) == 1 { conn.mode = .transport }
        if case .ikeProposals(let suites)? = value(.ike) { (conn.ikeSuites, conn.isIKEStrict) = (suites, true) }
        var espGroup: Group?
        if case .espProposals(let suites, let group)? = value(.esp) {
            (conn.espSuites, conn.isESPStrict) = (suites, true)
            espGroup = group
        }
        conn.pfsGroup = forwardSecrecy(espGroup, conn.ikeSuites)
        if let seconds = lifetime(.keyLife) { conn.keyLife = seconds }
        if let seconds = lifetime(.ikeLifetime) { conn.ikeLifetime = seconds }
        if case .number(let tries)? = value(.keyingTries) { conn.keyingTries = tries }
        check(&conn)
        return errors.isEmpty ? .complete(conn) : failure
    }

    // MARK: Looking up

    /// What is set and right; `nil` leaves the default.
    private func value(_ key: Key, _ side: Side? = nil) -> Value? {
        guard let value = inherited.find(key, side)?.value else { return nil }
        if case .unset = value { return nil }
        return value
    }

    private func isSet(_ key: Key, _ side: Side? = nil) -> Bool {
        switch value(key, side) {
        case nil, .bad: false
        default: true
        }
    }

    private func choice(_ key: Key) -> Int? { if case .choice(let index)? = value(key) { index } else { nil } }

    private func flag(_ key: Key) -> Bool? { if case .flag(let flag)? = value(key) { flag } else { nil } }

    private mutating func fail(_ text: Sentence, at key: Key? = nil, _ side: Side? = nil) {
        let parameter = key.flatMap { inherited.find($0, side) }
        let label: Sentence = parameter.map { "\($0.text): " } ?? ""
        errors.append((parameter?.place ?? section.place, "conn \(section.name): \(label)\(text)"))
    }

    private mutating func warn(_ text: Sentence, at key: Key, _ side: Side? = nil) {
        let parameter = inherited.find(key, side)
        let label: Sentence = parameter.map { "\($0.text): " } ?? ""
        warnings.append((parameter?.place ?? section.place, "conn \(section.name): \(label)\(text)"))
    }

    // MARK: What Cygnet does not have

    private mutating func refuse(_ auto: Int) {
        if flag(.compress) == true { fail("Cygnet has no IPComp; remove the line", at: .compress) }
        if flag(.aggressiveMode) == true {
            fail("Cygnet has no Aggressive Mode, which shows the hash of the secret to anyone; remove the line",
                at: .aggressiveMode)
        }
        if choice(.auth) == 1 { fail("Cygnet has no AH: there are no unencrypted tunnels; remove the line", at: .auth) }
        if isSet(.ah) || isSet(.endAH, .left) || isSet(.endAH, .right) {
            fail("Cygnet has no AH: there are no unencrypted tunnels; use esp=", at: isSet(.ah) ? .ah : nil)
        }
        if choice(.keyExchange) == 2 {
            fail("Cygnet has IKEv1 only; write keyexchange=ike or remove the line", at: .keyExchange)
        }
        if let type = choice(.type), type > 1 {
            fail("conns that let packets pass or drop them do not exist yet; expected tunnel or transport", at: .type)
            return
        }
        if auto == 4 {
            fail("manual keying does not exist yet; use authby=secret with auto=add, route or start", at: .auto)
            return
        }
        switch choice(.authBy) {
        case 0: break
        case 2, 3: warn("RSA signatures do not exist yet; the secret alone is used", at: .authBy)
        case 4: fail("never is for conns that let packets pass or drop them, which do not exist yet; "
            + "write authby=secret and put the secret into ipsec.secrets", at: .authBy)
        case nil where !isSet(.authBy):
            fail("it says nothing about authby=, which means rsasig, and RSA signatures do not exist yet; "
                + "write authby=secret and put the secret into ipsec.secrets")
        default:
            fail("RSA signatures do not exist yet; write authby=secret and put the secret into ipsec.secrets", at: .authBy)
        }
    }

    // MARK: Ends

    private mutating func end(_ side: Side) -> End? {
        guard case .host(let host)? = value(.host, side) else { return nil }
        var end = End(host)
        if case .subnet(let subnet)? = value(.subnet, side) { end.subnet = subnet }
        if case .nextHop(let hop)? = value(.nextHop, side) { end.nextHop = hop }
        if case .address(let address)? = value(.sourceIP, side) { end.sourceIP = address }
        if case .protocolPort(let number, let port)? = value(.protocolPort, side) {
            (end.ipProtocol, end.port) = (number, port)
        }
        switch value(.id, side) {
        case .identity(let identity): end.identity = identity
        case .myID:
            end.identity = myID
            if myID == nil { fail("config setup says nothing about myid=", at: .id, side) }
        default: break
        }
        return end
    }

    /// What the two ends say of each other.
    private mutating func relate(_ left: inout End, _ right: inout End) {
        switch (left.host, right.host) {
        case (.any, .any): fail("left and right are both %any; one end must be this machine")
        case (.defaultRoute, .defaultRoute): fail("left and right are both %defaultroute; only one end is this machine")
        case (.address(let a), .address(let b)) where a == b:
            fail("left and right are both \(a); a tunnel has two ends")
        case (.name(let a), .name(let b)) where a.lowercased == b.lowercased:
            fail("left and right are both \(a); a tunnel has two ends")
        default: break
        }
        if let a = left.host.family, let b = right.host.family, a != b {
            fail("left is IPv4 and right IPv6, or the other way round")
        }
        for (side, end) in [(Side.left, left), (.right, right)] {
            // FreeS/WAN filled it in as well: whoever is at the default route's address goes through its gateway.
            if end.host == .defaultRoute, isSet(.nextHop, side), end.nextHop != .defaultRoute {
                warn("with \(side)=%defaultroute the next hop is the default route's own, whatever this says",
                    at: .nextHop, side)
            }
            if case .address(let hop) = end.nextHop {
                if let family = end.host.family, family != hop.family {
                    fail("this is not of \(side)'s own family", at: .nextHop, side)
                }
                if end.host == .address(hop) {
                    fail("this is \(side) itself; expected the router that leads to the other end", at: .nextHop, side)
                }
            }
            if let source = end.sourceIP {
                if let subnet = end.subnet {
                    if !subnet.contains(source) {
                        fail("this is not inside \(side)subnet=\(subnet)", at: .sourceIP, side)
                    }
                } else if case .address(let host) = end.host, host != source {
                    fail("without \(side)subnet= only \(side)'s own address \(host) goes through the tunnel",
                        at: .sourceIP, side)
                }
            }
        }
        if left.host == .defaultRoute { left.nextHop = .defaultRoute }
        if right.host == .defaultRoute { right.nextHop = .defaultRoute }
    }

    // MARK: Keying

    private mutating func forwardSecrecy(_ espGroup: Group?, _ suites: [IKESuite]) -> Group? {
        var chosen: Group?
        if case .group(let group)? = value(.pfsGroup) { chosen = group }
        if let chosen, let espGroup, chosen != espGroup {
            fail("esp= asks for \(SuiteReader.word(espGroup)); keep one of the two", at: .pfsGroup)
        }
        guard flag(.pfs) ?? true else {
            if isSet(.pfsGroup) { fail("pfs=no; keep one of the two", at: .pfsGroup) }
            if let espGroup {
                fail("it names the group \(SuiteReader.word(espGroup)) for perfect forward secrecy, but pfs=no", at: .esp)
            }
            return nil
        }
        return chosen ?? espGroup ?? suites.first?.group
    }

    private mutating func lifetime(_ key: Key) -> UInt32? {
        guard case .number(let seconds)? = value(key) else { return nil }
        if seconds == 0 { fail("keys that live no time protect nothing; expected such as 1h", at: key) }
        return seconds
    }

    // MARK: The whole

    private mutating func check(_ conn: inout ConnectionDescription) {
        let (left, right) = (conn.left, conn.right)
        if let a = left.innerFamily, let b = right.innerFamily, a != b {
            fail("its two sides are of different families: \(Self.inner(left)) and \(Self.inner(right)); "
                + "give both a subnet of one family")
        }
        if let a = left.subnet, a == right.subnet, left.ipProtocol == right.ipProtocol, left.port == right.port {
            fail("leftsubnet= and rightsubnet= are both \(a); the two sides must differ")
        }
        if left.ipProtocol != right.ipProtocol, left.ipProtocol != 0, right.ipProtocol != 0 {
            fail("leftprotoport= and rightprotoport= name different protocols")
        }
        if conn.mode == .transport, left.subnet != nil || right.subnet != nil {
            fail("transport mode is between the two hosts themselves; remove the subnets, or write type=tunnel",
                at: .type)
        }
        if conn.auto == .route || conn.auto == .start, left.host == .any || right.host == .any {
            warn("who may come from anywhere cannot be called; taken as auto=add", at: .auto)
            conn.auto = .add
        }
    }

    private static func inner(_ end: End) -> Sentence {
        if let subnet = end.subnet { return "\(subnet)" }
        if case .address(let address) = end.host { return "\(address)" }
        return "a host"
    }
}
