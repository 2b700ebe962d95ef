/// Every limit of the gateway, with its reason and its cost in octets: what a stranger, a peer or a file can send never makes
/// memory grow past them. `Bounds` adds them up, and holds those that `config setup` may lower.
///
/// Costs are of a 64-bit machine, allocator included, and measured by the tests; 32 bits take about two thirds. Intervals that
/// bound no memory stand where they are used.
public enum Limits {
    // MARK: Tables of IKE

    /// Main Mode exchanges begun by others and not authenticated yet (`maxhalfopen=`). From half of it on, a new one takes the
    /// place of one that did not answer yet, drawn at random: a flood cannot keep a newcomer out for sure, and the more there
    /// are, the longer he has to answer.
    public static let halfOpen = 1_024
    public static let halfOpenCost = 1_000
    /// Of these, by one address, drawn likewise: an eighth, since homes and hotels share one.
    public static let halfOpenShare = 8
    /// Octets of an SA payload that a stranger may have us keep; and of those of one half-open exchange, on the average over
    /// all of them. Where they are longer, there is room for fewer.
    public static let offerOctets = 4_096
    public static let offerAverage = 512
    /// Peers: ISAKMP SAs that stand, and Quick Modes that others began (`maxstates=`); of pairs of IPsec SAs there may be two
    /// for each, the old one and the new. A thousand road warriors fit.
    public static let states = 1_024
    /// An ISAKMP SA with all its message IDs; a Quick Mode; a pair of IPsec SAs.
    public static let isakmpSACost = 1_600 + 4 * messageIDs
    public static let quickModeCost = 2_500
    public static let pairCost = 800
    /// What is known of a tunnel's counters when they are looked at.
    public static let watchedTunnelCost = 400
    /// The latest addresses that answered, each with its share of the processor: 150 octets each. Exchanges of one address that
    /// wait for it.
    public static let sources = 64
    public static let waitingPerSource = 8
    /// Quick Modes within one ISAKMP SA, those that are done and linger among them. Only an authenticated peer begins one.
    public static let quickModesPerSA = 32
    /// Of these, those that we begin at once; further connections wait for their turn. strongSwan has room for three exchanges
    /// within an ISAKMP SA (its max_ikev1_exchanges), and forgets the first when a fourth comes: none of four comes to its end.
    public static let quickModesBegun = 2
    /// Established ISAKMP SAs of one peer, and pairs of IPsec SAs of one connection with one peer. Who makes more loses the
    /// oldest.
    public static let isakmpSAsPerPeer = 8
    public static let ipsecSAsPerConnection = 8
    /// Message IDs of exchanges that either end began within one ISAKMP SA, so that none is replayed: 4 octets each. At the
    /// limit the ISAKMP SA is deleted, and whoever needs another one negotiates it.
    public static let messageIDs = 1_024
    /// Deletions, or notifications, within one message that are acted upon.
    public static let deletedSPIs = 64
    /// Lines about unauthenticated messages, and error notifications in answer to them, at once.
    public static let strangerLines = 10
    /// Probes and attempts at once that ESP of SAs that we do not have may hurry.
    public static let hurries = 4
    public static let lookUps = 2
    public static let strangerReplies = 20

    // MARK: One ISAKMP message: it lives as long as it is read

    /// Octets of the longest datagram that is looked at. Main Mode with thirty transforms takes 1.5 kB, a chain of three
    /// certificates 5 kB.
    public static let messageOctets = 8_192
    /// Payloads in a message. Some peers send twenty vendor IDs.
    public static let payloads = 48
    /// Proposals in an SA payload, transforms of all of them together, and attributes of one. Peers that list every combination
    /// send about a hundred transforms; RFC 2409 and its successors know fewer than twenty attributes.
    public static let proposals = 32
    public static let transforms = 256
    public static let attributes = 24
    /// Octets of a nonce (RFC 2409 §5), and of those that we make: a hash of 256 bits deserves as many.
    public static let nonceOctets = 8...256
    public static let ownNonceOctets = 32
    /// Certificates in a message, from the peer's own to an authority.
    public static let certificates = 6
    /// Octets of one certificate, with its type: an RSA key of 8192 bits and its signature take 2 kB.
    public static let certificateOctets = 4_096
    /// Requests for certificates that we send; with more authorities than that we ask for any certificate.
    public static let certificateRequests = 8
    /// Signatures of one peer that are verified in one Main Mode: whoever retries sends the same one again, unread.
    public static let signatures = 4
    /// Keys that one signature is tried with: a peer has two at most, but an ID may be several connections'.
    public static let keysTried = 8
    /// Signatures on the certificates of one chain that are verified: one for each of its certificates, and some for authorities
    /// of one name.
    public static let chainSignatures = 16
    /// What reading one takes at most, transforms taken apart.
    public static let messageCost = 200_000

    // MARK: The daemon

    /// Connections, as many as a home gateway's ipsec.conf could hold (`maxconns=`). The eroute that a peer of a conn for road
    /// warriors has of its own, one for each of `states`.
    public static let connections = 1_000
    public static let connectionCost = 5_000
    public static let instanceCost = 1_500
    /// Octets of the latest log lines, kept for `ipsec barf`.
    public static let recentLog = 8_192
    /// Of these, a quarter for lines that strangers cause; octets of one such line, and of any line that is kept.
    public static let strangersShare = 4
    public static let strangerLine = 320
    public static let logLine = 1_024
    /// Octets of the file of `plutostderrlog=`, and of the one before it, which is kept.
    public static let logFile: UInt64 = 131_072
    /// Log lines that strangers' packets may cause at once.
    public static let strangerLogBurst = 10
    /// Updown commands at once, and those that wait for them: about 1 KB each. Octets that one may print into the log.
    public static let runningHooks = 8
    public static let waitingHooks = 512
    public static let hookCost = 1_000
    public static let hookOutput = 2_048
    /// Host names that are looked up, their addresses with them.
    public static let hostNames = 64
    public static let hostNameCost = 800
    /// Addresses, routes, states or policies that one look at the kernel brings, as long as it is looked at.
    public static let kernelEntries = 8_192
    public static let kernelEntryCost = 250
    /// Devices at which what flowtables forward is looked at: two chains of the kernel's each.
    public static let guardedDevices = 64
    /// Terminals and scripts attached to the control socket at once.
    public static let controlClients = 8
    /// Octets of one request line; and of answer that wait for a client that does not read, and for all of them: past it the
    /// client is let go. The status of a thousand peers takes 300 kB.
    public static let controlRequest = 1_024
    public static let controlOutput = 393_216
    public static let controlOutputs = 524_288
    /// Octets of one ISAKMP datagram, or of one ESP packet in UDP. One buffer for all sockets.
    public static let ikeDatagram = 32_768
    /// Octets the kernel may hold for each IKE socket; ESP in UDP comes through here too on the TUN plane. Not the process's
    /// own memory, and taken only while datagrams wait.
    public static let socketBuffer: Int32 = 1_048_576
    /// Datagrams taken from one socket before other descriptors get their turn.
    public static let datagramsPerTurn = 64
    /// Packets that may arrive out of order within one SA; one bit each.
    public static let replayWindow = 64

    // MARK: The TUN plane

    /// Packets or datagrams taken from one descriptor in one turn, and sent with one system call; of plain ESP.
    public static let packetsPerTurn = 64
    public static let rawPacketsPerTurn = 32
    /// Octets of buffer for one packet on its way through the TUN plane, with what ESP adds; larger ones are dropped.
    /// `packetsPerTurn` of them on the way out and `rawPacketsPerTurn` in, and 450 octets of addresses each.
    public static let packetSlot = 2_048
    public static let packetSlotCost = packetSlot + 450
    /// Octets of the buffer for what comes in UDP: all that one datagram, or many joined by the kernel, can hold.
    public static let joinedSlot = 65_536
    /// How often it is filled in one turn.
    public static let joinedPerTurn = 16
    /// Largest MTU of an ipsec device: what a slot leaves for the inner packet.
    public static let deviceMTU = 1_900
    /// Flows whose eroute is remembered, a power of two; 48 octets each.
    public static let rememberedFlows = 256
    /// Packets that wait for an SA, all eroutes together; `heldPacketSize` octets each.
    public static let heldPackets = 16
    /// Of these, for one eroute: enough for a ping, a look-up and a connection's first packet.
    public static let heldPacketsPerEroute = 4
    /// Octets of the longest packet that may wait.
    public static let heldPacketSize = 1_500
    /// Inbound SAs at once: two for each of `states` while they are rekeyed, and some. What one costs, either direction.
    public static let inboundSAs = 4_096
    public static let transformCost = 2_300
    /// "Packet too big" answers at once.
    public static let tooBigBurst = 10
    public static let strayBurst = 4

    // MARK: Keys

    /// Certificates of authorities in ipsec.d/cacerts, each up to 8 KB.
    public static let authorities = 32
    public static let authorityCost = 18_000
    /// Lists in ipsec.d/crls, each up to `certificateFile`.
    public static let revocationLists = 8
    /// Octets of a file with certificates, a key or a revocation list.
    public static let certificateFile = 262_144
    /// Certificates that we send, our own included.
    public static let chain = 5

    // MARK: ipsec.conf and ipsec.secrets: they are read, and let go of but for the secrets

    /// Octets of one file. It is held whole while it is read, in memory that wipes itself.
    public static let fileSize = 512 * 1024
    /// Octets of all files together.
    public static let totalSize = 1024 * 1024
    /// Files read by one load, included ones counted each time: one for each conn, and some. About 60 octets each.
    public static let files = 1_040
    public static let fileCost = 60
    /// How deep `include` may nest.
    public static let includeDepth = 10
    /// Names in one folder that a wildcard is tried on.
    public static let folderEntries = 1_100
    /// Octets of one line: room for an 8192-bit number in hexadecimal.
    public static let lineLength = 4_096
    /// `conn` sections: one for each of `connections`, and those that `also` inserts. Parameters of one with everything that
    /// `also` brings, and of all sections together.
    public static let sections = 1_100
    public static let sectionCost = 300
    public static let parameters = 128
    public static let allParameters = 14_336
    public static let parameterCost = 230
    /// How deep `also` may nest.
    public static let alsoDepth = 16
    /// Proposals that one `ike=` or `esp=` may come to: they must fit into one datagram. 3 octets each.
    public static let suites = 32
    /// Words of one list, such as `plutoload=`.
    public static let words = 64
    /// Entries of ipsec.secrets, indices of one, and octets of one pre-shared key. About 200 octets each beside it.
    public static let secrets = 512
    public static let indices = 16
    public static let secretLength = 1_024
    /// Complaints about one conn that are kept for who asks why it is not there. About 150 octets each.
    public static let reasons = 8
    /// Lines of complaint; beyond it they are counted, and the last line says how many. About 150 octets each.
    public static let diagnostics = 1_000
    public static let diagnosticCost = 150

    // MARK: The console, a process of its own

    /// Lines it remembers, and octets of the longest one; of what it reads from its terminal at once.
    public static let history = 64
    public static let historyLine = 512
    public static let keys = 256
    /// Lines that one change may take out and put in so that what follows is still seen to be the same.
    public static let changedLines = 600
}

/// The limits that `config setup` may lower, for a board with little memory, and what all of them come to.
public struct Bounds: Sendable {
    /// Octets of the program itself, which the kernel maps from its file, of its stack, and of small things.
    public static let program = 1_500_000

    /// `maxhalfopen=`
    public var halfOpen = Limits.halfOpen
    /// `maxstates=`
    public var states = Limits.states
    /// `maxconns=`
    public var connections = Limits.connections

    public init() {}

    /// ISAKMP SAs and exchanges of every kind. A stranger fills at most `halfOpen` of them.
    public var isakmpSAs: Int { states + halfOpen }
    /// Pairs of IPsec SAs.
    public var ipsecSAs: Int { 2 * states }

    /// Octets that the process occupies at most, whatever anybody sends.
    ///
    /// - Parameter ownESP: whether we carry packets ourselves; in the kernel's own ESP, SAs are the kernel's memory.
    public func most(ownESP: Bool) -> Int {
        var sum = Self.program + Limits.ikeDatagram + Limits.messageCost
        sum += halfOpen * (Limits.halfOpenCost + Limits.offerAverage) + Limits.offerOctets + Limits.sources * 150
        sum += states * Limits.isakmpSACost + (states + connections) * Limits.quickModeCost
        sum += ipsecSAs * Limits.pairCost + states * Limits.watchedTunnelCost
        sum += connections * Limits.connectionCost + states * Limits.instanceCost
        sum += (Limits.runningHooks + Limits.waitingHooks) * Limits.hookCost + Limits.runningHooks * Limits.hookOutput
        sum += Limits.kernelEntries * Limits.kernelEntryCost
        sum += Limits.hostNames * Limits.hostNameCost + 2 * Limits.recentLog
        sum += Limits.controlClients * Limits.controlRequest + 2 * Limits.controlOutputs
        sum += Limits.authorities * Limits.authorityCost + (Limits.revocationLists + 1) * Limits.certificateFile
        sum += Limits.totalSize + Limits.files * Limits.fileCost
        sum += Limits.sections * Limits.sectionCost + Limits.allParameters * Limits.parameterCost
        sum += Limits.secrets * (Limits.secretLength + 200) + Limits.diagnostics * Limits.diagnosticCost
        guard ownESP else { return sum }
        sum += (Limits.packetsPerTurn + Limits.rawPacketsPerTurn) * Limits.packetSlotCost + 2 * Limits.joinedSlot
        sum += Limits.heldPackets * Limits.heldPacketSize + Limits.rememberedFlows * 48
        return sum + 2 * ipsecSAs * Limits.transformCost
    }
}
