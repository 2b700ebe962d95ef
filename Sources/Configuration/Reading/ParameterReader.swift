import Crypto
import Wire

/// Parses parameters into a conn or into `config setup`. A `Complaint` says what was expected.
final class ParameterReader {
    let setup: Setup
    let conn: ConnectionDescription
    /// The parameters of manual keying, from which `conn.manualKeying` is made at the end.
    let manual = ManualParts()
    /// The Diffie-Hellman group named in `esp=`, for PFS.
    var espGroup: Group?
    /// Whether `esp=` has `esn` or `noesn`.
    var saysESN = false
    /// `pfsgroup=`
    var pfsGroup: Group?
    var hasForwardSecrecy = true
    /// `leftsubnets=`, `rightsubnets=`
    var subnets: (left: [Subnet], right: [Subnet]) = ([], [])
    /// `leftauth=`, `rightauth=`: true for RSA, false for a pre-shared key.
    var isByRSA: (left: Bool?, right: Bool?) = (nil, nil)
    /// `leftid=%myid`, `rightid=%myid`
    /// The side that is `%group`.
    var groupSide: Side?
    var isMyID = (left: false, right: false)
    /// A warning about the value just read.
    var warning: Sentence?

    private let services: Services

    init(_ setup: Setup, _ conn: ConnectionDescription, _ services: Services) {
        self.setup = setup
        self.conn = conn
        self.services = services
    }

    func read(_ rule: ParameterSyntax, _ side: Side?, _ text: Slice) throws(Complaint) {
        warning = nil
        if text.isEmpty {
            // The only parameter whose empty value is not its default.
            if rule.key == .interfaces { setup.interfaces = [] }
            return
        }
        var number: UInt32 = 0
        var names: [Name] = []
        switch rule.kind {
        case .flag: number = try Values.flag(text.bytes)
        case .number: number = try Values.number(text.bytes, from: rule.key == .keepAlive ? 1 : 0, to: rule.most)
        case .time: number = try Values.seconds(text.bytes, atMost: rule.most)
        case .percentage: number = try Values.percentage(text.bytes)
        case .choice: number = try Values.choice(text.bytes, of: rule.words)
        case .kinds: number = try Values.kinds(text, of: rule.words)
        case .conns: names = try Values.conns(text)
        case .command: names = try Values.command(text)
        case .key, .special: break
        }
        switch rule.scope {
        case .setup: try store(rule.key, number, names, text)
        case .end: try store(rule.key, side ?? .left, number, names, text)
        case .conn: try storeInConn(rule.key, number, text)
        }
    }

    // MARK: config setup

    private func store(_ key: ParameterKey, _ number: UInt32, _ names: [Name], _ text: Slice) throws(Complaint) {
        let flag = number != 0
        switch key {
        case .interfaces: setup.interfaces = try Values.interfaces(text, warning: &warning)
        case .hotplugStart: setup.hotplugStart = flag
        case .forwardControl: setup.forwardControl = flag
        case .rpFilter: setup.reversePathFilter = number < 3 ? UInt8(number) : nil
        case .syslog: setup.syslogPriority = try Values.syslogPriority(text.bytes)
        case .klipsDebug: setup.debug.klips = flag
        case .plutoDebug: setup.debug.pluto = number
        case .dumpFolder: setup.dumpFolder = try Self.path(text)
        case .logFile: setup.logFile = try Self.path(text)
        case .manualStart: setup.manualStart = names
        case .pluto: setup.runsPluto = flag
        case .plutoLoad: setup.load = names.isEmpty ? .search : .these(names)
        case .plutoStart: setup.start = names.isEmpty ? .search : .these(names)
        case .plutoWait: setup.waits = flag
        case .prePluto: setup.prePluto = names
        case .postPluto: setup.postPluto = names
        case .uniqueIDs: setup.uniqueIDs = flag
        case .hideTOS: setup.hideTOS = flag
        case .overrideMTU: setup.overrideMTU = Int(try Self.mtu(number))
        case .fragICMP: setup.answersFragmentationNeeded = flag
        case .pmtuDisc: setup.outerDF = SecurityAssociation.OuterDF(rawValue: UInt8(number)) ?? .clear
        case .natTraversal: setup.natTraversal = flag
        case .keepAlive: setup.keepAlive = number
        case .forceKeepAlive: setup.forceKeepAlive = flag
        case .virtualPrivate: setup.virtualPrivate = try Hosts.virtualPrivate(text)
        case .protocolStack: setup.protocolStack = Setup.ProtocolStack(rawValue: UInt8(number)) ?? .auto
        case .myID:
            guard case .identity(let identity) = try Identities.read(text.bytes) else {
                throw Complaint("expected an address, @name, user@name or @#hexadecimal")
            }
            setup.myID = identity
        case .strictCRLPolicy: setup.isCRLPolicyStrict = flag
        case .crlCheckInterval: setup.crlCheckInterval = number
        case .listen: setup.listen = try Hosts.address(text.bytes)
        case .maxHalfOpen: setup.bounds.halfOpen = try Self.bound(number)
        case .maxStates: setup.bounds.states = try Self.bound(number)
        case .maxConnections: setup.bounds.connections = try Self.bound(number)
        default: break
        }
    }

    /// IPv4 asks for 68 octets, and below 576 little works (RFC 791).
    private static func mtu(_ number: UInt32) throws(Complaint) -> UInt32 {
        guard number == 0 || number >= 576 else { throw Complaint("expected 0, or 576 to 65535") }
        return number
    }

    private static func path(_ text: Slice) throws(Complaint) -> Name {
        guard text[0] == UInt8(ascii: "/") else { throw Complaint("expected a path that begins with /") }
        return text.name
    }

    /// A peer that rekeys needs two of everything, so that fewer than 4 would not work.
    private static func bound(_ number: UInt32) throws(Complaint) -> Int {
        guard number >= 4 else { throw Complaint("expected 4 or more") }
        return Int(number)
    }

    // MARK: left… and right…

    private func store(_ key: ParameterKey, _ side: Side, _ number: UInt32, _ names: [Name], _ text: Slice) throws(Complaint) {
        let end = conn[side]
        switch key {
        case .host:
            end.host = try Hosts.host(text.bytes)
            if isWord(text.bytes[...], "%group") { groupSide = side }
        case .subnet:
            end.subnet = nil
            end.virtual = try Hosts.virtual(text)
            if end.virtual != nil { break }
            if text.firstIndex(of: UInt8(ascii: ",")) != nil || text.isBraced {
                throw Complaint("this is one network; several go into \(side)subnets={...}")
            }
            end.subnet = try Hosts.subnet(text.bytes, warning: &warning)
        case .subnets:
            let list = try Hosts.subnets(text, warning: &warning)
            if side == .left { subnets.left = list } else { subnets.right = list }
        case .endAuthentication: if side == .left { isByRSA.left = number == 1 } else { isByRSA.right = number == 1 }
        case .nextHop: end.nextHop = try Hosts.nextHop(text.bytes)
        case .id:
            switch try Identities.read(text.bytes) {
            case .identity(let identity): end.identity = identity
            case .any: end.isAnyIdentity = true
            case .fromCertificate: end.isIdentityFromCertificate = true
            case .mine: if side == .left { isMyID.left = true } else { isMyID.right = true }
            }
        case .rsaKey: end.rsaKey = try Keys.rsa(text, warning: &warning)
        case .rsaKey2: end.rsaKey2 = try Keys.rsa(text, warning: &warning)
        case .certificate: end.certificate = text.name
        case .authority:
            switch Words("%any %same").index(of: text.bytes) {
            case 0: end.authority = .any
            case 1: end.authority = .same
            default: end.authority = .name(try Identities.distinguishedName(text.bytes))
            }
        case .sendCertificate: end.sendCertificate = SendCertificate(rawValue: UInt8(number)) ?? .ifAsked
        case .sourceIP: end.sourceIP = try Hosts.address(text.bytes)
        case .upDown: end.upDown = names
        case .firewall: end.firewall = number != 0
        case .hostAccess: end.hostAccess = number != 0
        case .protocolPort: (end.ipProtocol, end.port) = try services.protocolPort(text.bytes)
        case .endESPEncryptionKey: manual[side].encryptionKey = try Keys.manual(text, warning: &warning)
        case .endESPAuthenticationKey: manual[side].authenticationKey = try Keys.manual(text, warning: &warning)
        case .endESPSPI: manual[side].spi = try Keys.spi(text.bytes)
        case .ah: throw Self.leftOut
        default: break
        }
    }

    // MARK: conn

    /// `ForeignParameters` has the reason.
    private static var leftOut: Complaint { Complaint("Cygnet leaves this out on purpose") }

    private func storeInConn(_ key: ParameterKey, _ number: UInt32, _ text: Slice) throws(Complaint) {
        let small = UInt8(truncatingIfNeeded: number)
        let flag = number != 0
        switch key {
        case .type: conn.mode = ConnectionDescription.Mode(rawValue: small) ?? .tunnel
        case .auto: conn.auto = ConnectionDescription.Auto(rawValue: small) ?? .ignore
        case .authBy: conn.authentication = ConnectionDescription.Authentication(rawValue: small) ?? .secretOrRSA
        case .ike:
            conn.ikeSuites = try SuiteReader.ike(text.bytes)
            conn.isIKEStrict = true
        case .esp:
            (conn.espSuites, espGroup, saysESN) = try SuiteReader.esp(text.bytes)
            conn.isESPStrict = true
        case .esn: conn.esn = ConnectionDescription.ESN(rawValue: small) ?? .accept
        case .pfs: hasForwardSecrecy = flag
        case .pfsGroup: pfsGroup = try SuiteReader.group(text.bytes)
        case .keyLife: conn.keyLife = number
        case .ikeLifetime: conn.ikeLifetime = number
        case .rekey: conn.rekeys = flag
        case .rekeyMargin: conn.rekeyMargin = number
        case .rekeyFuzz: conn.rekeyFuzz = number
        case .keyingTries: conn.keyingTries = try Values.tries(text.bytes)
        case .keyExchange: if number == 2 { throw Self.leftOut }
        case .auth, .aggressiveMode: if flag { throw Self.leftOut }
        case .compress: if flag { warning = "there is no IPComp, and plain ESP is used, which this proposes as well" }
        case .dpdDelay: conn.dpdDelay = number
        case .dpdTimeout: conn.dpdTimeout = number
        case .dpdAction: conn.dpdAction = ConnectionDescription.DPDAction(rawValue: small) ?? .hold
        // Both of `forceencaps=` are words of `encapsulation=`, too.
        case .encapsulation: conn.encapsulation = ConnectionDescription.Encapsulation(rawValue: small) ?? .auto
        case .fragmentation: conn.fragmentation = Fragmentation(rawValue: small) ?? .yes
        case .fragmentSize:
            guard number == 0 || number >= 576 else { throw Complaint("expected 576 to 1500, or 0 for the default") }
            conn.fragmentSize = number
        case .failureShunt: conn.failureShunt = ConnectionDescription.FailureShunt(rawValue: small) ?? .none
        case .mtu: conn.mtu = try Self.mtu(number)
        case .disableArrivalCheck: conn.disablesArrivalCheck = flag
        case .pmtuDisc: conn.outerDF = SecurityAssociation.OuterDF(rawValue: small)
        case .spi: manual.both.spi = try Keys.spi(text.bytes)
        case .spiBase:
            guard text[text.count - 1] == UInt8(ascii: "0") else {
                throw Complaint("expected a number that ends in 0, such as 0x200")
            }
            manual.base = try Keys.spi(text.bytes)
        case .espEncryptionKey: manual.both.encryptionKey = try Keys.manual(text, warning: &warning)
        case .espAuthenticationKey: manual.both.authenticationKey = try Keys.manual(text, warning: &warning)
        case .espReplayWindow: manual.replayWindow = number
        case .ah: throw Self.leftOut
        default: break
        }
    }
}
