/// Every limit of the gateway, with its reason and its cost in octets. Nothing that a stranger, a peer or a file can send makes
/// memory grow past them. `Bounds` adds them up and holds those that `config setup` may lower.
///
/// Costs hold for a 64-bit machine, the allocator's share included; tests measure them. A 32-bit machine needs about two thirds.
/// Intervals that bound no memory are defined where they are used.
public enum Limits {
    // MARK: IKE tables

    /// Main Mode exchanges that others began and that are not authenticated yet (`maxhalfopen=`). Once the table is half full, a
    /// new exchange replaces one whose peer has not answered yet, chosen at random: a flood cannot reliably keep a newcomer out.
    public static let halfOpen = 1_024
    /// Octets of one half-open exchange, without its SA payload.
    public static let halfOpenCost = 1_000
    /// Half-open exchanges of one address, as a fraction of `halfOpen`: one eighth, because homes and hotels share an address.
    public static let halfOpenShare = 8
    /// Octets of the longest SA payload that is kept for a stranger.
    public static let offerOctets = 4_096
    /// Octets of SA payload for each half-open exchange on average. Where they are longer, fewer exchanges fit.
    public static let offerAverage = 512
    /// Established ISAKMP SAs, and Quick Modes that others began (`maxstates=`). A thousand road warriors fit.
    public static let states = 1_024
    /// Octets of one ISAKMP SA with all its message IDs.
    public static let isakmpSACost = 1_600 + 4 * messageIDs
    /// Octets of one Quick Mode.
    public static let quickModeCost = 2_500
    /// Octets of one pair of IPsec SAs in the engine.
    public static let pairCost = 800
    /// Octets of one tunnel's last known counters.
    public static let watchedTunnelCost = 400
    /// Addresses whose share of the processor is accounted for: the latest that answered. 150 octets each.
    public static let sources = 64
    /// Exchanges of one address that wait for its share of the processor.
    public static let waitingPerSource = 8
    /// Quick Modes within one ISAKMP SA, finished ones that linger included. Only an authenticated peer can begin one.
    public static let quickModesPerSA = 32
    /// Quick Modes that we begin at once within one ISAKMP SA; further connections wait. strongSwan has room for three exchanges
    /// within an ISAKMP SA (max_ikev1_exchanges) and drops the first when a fourth arrives, so that none of them finishes.
    public static let quickModesBegun = 2
    /// Established ISAKMP SAs with one peer. One more replaces the oldest.
    public static let isakmpSAsPerPeer = 8
    /// Pairs of IPsec SAs of one connection with one peer. One more replaces the oldest.
    public static let ipsecSAsPerConnection = 8
    /// Message IDs remembered within one ISAKMP SA to detect replays, 4 octets each. At the limit the ISAKMP SA is deleted; a new
    /// one is negotiated when one is needed.
    public static let messageIDs = 1_024
    /// SPIs of a Delete payload, or notifications, of one message that are acted upon.
    public static let deletedSPIs = 64
    /// Burst of log lines about unauthenticated messages.
    public static let strangerLines = 10
    /// Burst of DPD probes and negotiations that ESP packets with an unknown SPI may bring forward.
    public static let earlyProbes = 4
    /// Burst of host name look-ups that unauthenticated messages may cause.
    public static let lookUps = 2
    /// Burst of error notifications in answer to unauthenticated messages.
    public static let strangerReplies = 20

    // MARK: One ISAKMP message, while it is read

    /// Octets of the longest ISAKMP message that is read. Main Mode with thirty transforms takes 1.5 kB, a chain of three
    /// certificates 5 kB.
    public static let messageOctets = 8_192
    /// Fragments of a message that is read.
    public static let fragments = 32
    /// Fragments of a message that is sent. libreswan drops the 17th.
    public static let sentFragments = 16
    /// Octets of an IP datagram that every network carries: the size of a fragment that is sent (RFC 791, RFC 8200).
    public static let ipv4FragmentSize = 576
    /// The same for IPv6, and the most for a message that needs more than `sentFragments`.
    public static let ipv6FragmentSize = 1_280
    /// Octets of one fragment until its message is complete, without its data.
    public static let fragmentCost = 96
    /// Octets of one set of fragments.
    public static let fragmentSetCost = 256
    /// Unfinished sets of fragments of one address whose peers are not authenticated.
    public static let fragmentSetsPerSource = 4
    /// Octets of all fragments that wait for others, with a small `maxhalfopen=`: one message of `messageOctets` and a few short ones.
    public static let fragmentOctets = 16_384
    /// SPIs of one ISAKMP SA whose Quick Mode the peer did not confirm.
    public static let unconfirmedSPIs = 4
    /// How often the peer is told of their deletion.
    public static let unconfirmedDeletions = 4
    /// Payloads in a message. Some peers send twenty vendor IDs.
    public static let payloads = 48
    /// Proposals in an SA payload.
    public static let proposals = 32
    /// Transforms in an SA payload, all proposals together. Peers that list every combination send about a hundred.
    public static let transforms = 256
    /// Attributes of one transform. RFC 2409 and its successors define fewer than twenty.
    public static let attributes = 24
    /// Octets of a nonce (RFC 2409 §5).
    public static let nonceOctets = 8...256
    /// Octets of a nonce of ours: as many as a 256-bit hash has.
    public static let ownNonceOctets = 32
    /// Certificates in a message, from the peer's own to an authority.
    public static let certificates = 6
    /// Octets of one certificate payload. A certificate with an RSA key of 8192 bits takes 2 kB.
    public static let certificateOctets = 4_096
    /// Certificate requests that we send. With more authorities than that, one request asks for any certificate.
    public static let certificateRequests = 8
    /// Signatures of one peer that are verified in one Main Mode. A retransmitted message is answered without being read again.
    public static let signatures = 4
    /// Keys that one signature is tried with. A peer has two at most, but several connections may share its ID.
    public static let keysTried = 8
    /// Keys that the DNS has for one ID, those of least precedence first; more are not tried.
    public static let publishedKeys = 4
    /// Bits of the longest RSA key of the DNS that is tried.
    public static let publishedKeyBits = 4096
    /// Main Modes of one unknown source that wait for keys from the DNS.
    public static let keySearchesPerSource = 2
    /// Octets of all Main Mode messages that wait for a key from the DNS. Half of it is for addresses that no connection names.
    public static let awaitingKeysOctets = 16_384
    /// Signatures verified for one certificate chain: one for each certificate, and some more for authorities that share a name.
    public static let chainSignatures = 16
    /// Octets that reading one message takes at most.
    public static let messageCost = 200_000

    // MARK: The daemon

    /// Connections (`maxconns=`).
    public static let connections = 1_000
    /// Octets of one connection.
    public static let connectionCost = 5_000
    /// Octets of the instance and eroute that one road warrior gets from a template connection; one for each of `states`.
    public static let instanceCost = 1_500
    /// Octets of the most recent log lines, kept for `ipsec barf`.
    public static let recentLog = 8_192
    /// Of `recentLog`, the fraction for lines that strangers cause: a quarter.
    public static let strangersShare = 4
    /// Octets of the text of one log line that a stranger causes, without conn and code.
    public static let strangerLine = 320
    /// Octets of one line kept in `recentLog`.
    public static let logLine = 1_024
    /// Events of a data plane that wait for the daemon within one turn; one takes about 48 octets.
    public static let planeEvents = 64
    /// Events that wait in the daemon's queue; one takes about 96 octets.
    public static let events = 128
    /// Octets of the ISAKMP messages among them; more messages are dropped, and sent again.
    public static let eventOctets = 32_768
    /// Log lines that wait, within one turn of the event loop, for those who watch the log.
    public static let watchedLines = 64
    /// Octets of the file of `plutostderrlog=`, and of the previous one, which is kept.
    public static let logFile: UInt64 = 131_072
    /// Burst of log lines that strangers' packets may cause.
    public static let strangerLogBurst = 10
    /// Updown commands that run at once.
    public static let runningHooks = 8
    /// Updown commands that wait for one of `runningHooks`.
    public static let waitingHooks = 512
    /// Octets of one updown command, running or waiting.
    public static let hookCost = 1_000
    /// Octets of one updown command's output that go to the log.
    public static let hookOutput = 2_048
    /// Host names whose addresses are kept.
    public static let hostNames = 64
    /// Octets of one host name with its addresses.
    public static let hostNameCost = 800
    /// Addresses of one host name that are kept.
    public static let hostAddresses = 16
    /// Questions to the DNS under way at once, each with a socket of its own.
    public static let questions = 32
    /// Octets of one of them, with an answer over UDP.
    public static let questionCost = 2_048
    /// IDs whose keys the DNS is asked for at once, by at most two of `questions` each. Further ones wait.
    public static let keySearches = 8
    /// Octets of one of them, with the keys that it found.
    public static let keySearchCost = 4_096
    /// IDs whose keys Main Modes wait for, asked for or not; half of them for addresses that no connection names.
    public static let waitingKeySearches = 32
    /// Octets of one of them that has not been asked for.
    public static let waitingKeySearchCost = 512
    /// Of `questions`, those that are asked by TCP, because the answer is longer than a datagram.
    public static let longQuestions = 4
    /// Octets of an answer by TCP that is taken.
    public static let longAnswer = 8_192
    /// Addresses, routes, states or policies that one dump of a kernel table returns.
    public static let kernelEntries = 8_192
    /// Octets of one entry of a dump, until the dump has been processed.
    public static let kernelEntryCost = 250
    /// Devices whose flowtable traffic is inspected: two kernel chains each.
    public static let guardedDevices = 64
    /// Clients attached to the control socket at once.
    public static let controlClients = 8
    /// Octets of one request line.
    public static let controlRequest = 1_024
    /// Octets of a report about one peer: its connection and SAs in `ipsec status --json`, or two pairs of SAs in `ipsec metrics`.
    public static let peerReport = 1_900
    /// Octets of the last error of a connection.
    public static let lastError = 400
    /// Octets of reply that wait for one client that does not read, with a small `maxstates=`.
    public static let controlOutput = 393_216
    /// Octets of reply that wait for further clients.
    public static let furtherOutput = 131_072
    /// Octets of one ISAKMP datagram, or of one ESP packet in UDP. All sockets share one buffer.
    public static let ikeDatagram = 32_768
    /// Octets that the kernel may queue for each IKE socket, which also receives ESP in UDP on the TUN plane, and for each socket of
    /// plain ESP: less than a few large packets' segments, and they are dropped. Kernel memory, taken only while datagrams wait.
    public static let socketBuffer: Int32 = 1_048_576
    /// Datagrams taken from one socket before other descriptors get their turn.
    public static let datagramsPerTurn = 64
    /// Packets of the anti-replay window of one SA (RFC 4303 §3.4.3), one bit each.
    public static let replayWindow = 64

    // MARK: The TUN plane

    /// Packets or UDP datagrams taken from one descriptor in one turn, and sent with one system call.
    public static let packetsPerTurn = 64
    /// Packets of plain ESP, without UDP, taken in one turn: as many as the segments of a large packet.
    public static let rawPacketsPerTurn = 64
    /// Octets of buffer for one packet, with what ESP adds. Longer packets are dropped. There are `packetsPerTurn` buffers for
    /// outgoing packets and `rawPacketsPerTurn` for incoming ones.
    public static let packetSlot = 2_048
    /// Octets of one such buffer with its addresses.
    public static let packetSlotCost = packetSlot + 450
    /// Octets of the buffer for incoming UDP: one datagram, or several that the kernel joined (UDP_GRO).
    public static let joinedSlot = 65_536
    /// How often that buffer is filled in one turn.
    public static let joinedPerTurn = 16
    /// Octets of the buffer for a packet of a device with offload: what IPv6 allows, and the header in front of it.
    public static let offloadSlot = 65_535 + 40 + 10
    /// Largest MTU of an ipsec device: what `packetSlot` leaves for the inner packet.
    public static let deviceMTU = 1_900
    /// Flows whose eroute is cached, a power of two; 48 octets each.
    public static let rememberedFlows = 256
    /// Packets that wait for an SA, all eroutes together; `heldPacketSize` octets each.
    public static let heldPackets = 16
    /// Packets that wait for one eroute's SA: enough for a ping, a DNS look-up and the first packet of a connection.
    public static let heldPacketsPerEroute = 4
    /// Octets of the longest packet that may wait.
    public static let heldPacketSize = 1_500
    /// Inbound SAs: two for each of `states` while they are rekeyed, and as many again.
    public static let inboundSAs = 4_096
    /// Octets of one SA of the plane, inbound or outbound.
    public static let transformCost = 2_300
    /// Burst of ICMP "fragmentation needed" and "packet too big" replies.
    public static let tooBigBurst = 10
    /// Burst of reports about ESP packets with an unknown SPI.
    public static let unknownSPIBurst = 4

    // MARK: Keys

    /// Certificates of authorities in ipsec.d/cacerts, each up to 8 KB.
    public static let authorities = 32
    /// Octets of one such certificate, as file and as parsed.
    public static let authorityCost = 18_000
    /// Revocation lists in ipsec.d/crls, each up to `certificateFile`.
    public static let revocationLists = 8
    /// Octets of a file with certificates, a key or a revocation list.
    public static let certificateFile = 262_144
    /// Certificates that we send, our own included.
    public static let chain = 5

    // MARK: ipsec.conf and ipsec.secrets, while they are read (of ipsec.secrets the keys stay)

    /// Octets of one file. It is read as a whole into memory that wipes itself.
    public static let fileSize = 512 * 1024
    /// Octets of all files together.
    public static let totalSize = 1024 * 1024
    /// Files read by one load, an included one counted each time: one for each conn, and some.
    public static let files = 1_040
    /// Octets of what is kept of one file besides its text.
    public static let fileCost = 60
    /// Nesting depth of `include`.
    public static let includeDepth = 10
    /// Names in one directory that a wildcard is tried on.
    public static let folderEntries = 1_100
    /// Octets of one line: room for an 8192-bit number in hexadecimal.
    public static let lineLength = 4_096
    /// `conn` sections: one for each of `connections`, and those that only serve `also=`.
    public static let sections = 1_100
    /// Octets of one section.
    public static let sectionCost = 300
    /// Parameters of one conn, those that `also=` and `%default` bring included.
    public static let parameters = 128
    /// Parameters of all sections together.
    public static let allParameters = 14_336
    /// Octets of one parameter.
    public static let parameterCost = 230
    /// Nesting depth of `also=`.
    public static let alsoDepth = 16
    /// Proposals that one `ike=` or `esp=` expands to, 3 octets each. They must fit into one datagram.
    public static let suites = 32
    /// Words of one list, such as `plutoload=`.
    public static let words = 64
    /// Entries of ipsec.secrets, about 200 octets each besides the secret.
    public static let secrets = 512
    /// Indices (IDs, addresses and host names) of one entry of ipsec.secrets.
    public static let indices = 16
    /// Octets of one pre-shared key.
    public static let secretLength = 1_024
    /// Reasons kept for one conn that was left out, about 150 octets each.
    public static let reasons = 8
    /// Diagnostics of one load. Further ones are counted, and the last line says how many.
    public static let diagnostics = 1_000
    /// Octets of one diagnostic.
    public static let diagnosticCost = 150

    // MARK: The console, a process of its own

    /// Lines that the console's history keeps.
    public static let history = 64
    /// Octets of the longest line in the history.
    public static let historyLine = 512
    /// Octets read from the terminal at once.
    public static let keys = 256
    /// Lines that one change may remove and insert so that the lines behind it are still recognised as unchanged.
    public static let changedLines = 600
}

/// The limits that `config setup` may lower for a board with little memory, and the sum of all limits.
public struct Bounds: Sendable {
    /// Octets of the program itself, which the kernel maps from its file, of its stack, and of small allocations.
    public static let program = 1_500_000

    /// `maxhalfopen=`
    public var halfOpen = Limits.halfOpen
    /// `maxstates=`
    public var states = Limits.states
    /// `maxconns=`
    public var connections = Limits.connections

    /// The limits that hold where `config setup` sets none.
    public init() {}

    /// ISAKMP SAs and exchanges of every kind. A stranger fills at most `halfOpen` of them.
    public var isakmpSAs: Int { states + halfOpen }
    /// Pairs of IPsec SAs: two for each of `states`, the old one and the new while it is rekeyed.
    public var ipsecSAs: Int { 2 * states }

    /// Octets of all fragments of ISAKMP messages that wait for others. Three quarters of it are for unauthenticated peers.
    public var fragmentOctets: Int { max(Limits.fragmentOctets, 64 * halfOpen) }

    /// Octets of reply that wait for one client that does not read; past it the client is disconnected. The longest report about every
    /// peer fits.
    public var controlOutput: Int { max(Limits.controlOutput, max(states, connections) * Limits.peerReport) }
    /// Octets of reply that wait for all clients together; past it a client is disconnected.
    public var controlOutputs: Int { controlOutput + Limits.furtherOutput }

    /// Octets that the process occupies at most, independent of what is received.
    ///
    /// - Parameter ownESP: whether we process ESP ourselves (TUN plane); with XFRM the kernel holds the SAs.
    public func most(ownESP: Bool) -> Int {
        var sum = Self.program + Limits.ikeDatagram + Limits.messageCost
        sum += halfOpen * (Limits.halfOpenCost + Limits.offerAverage) + Limits.offerOctets + Limits.sources * 150
        sum += Limits.awaitingKeysOctets + Limits.keySearches * Limits.keySearchCost
        sum += Limits.waitingKeySearches * Limits.waitingKeySearchCost
        sum += fragmentOctets + states * Limits.isakmpSACost + (states + connections) * Limits.quickModeCost
        sum += ipsecSAs * Limits.pairCost + states * Limits.watchedTunnelCost
        sum += connections * Limits.connectionCost + states * Limits.instanceCost
        sum += (Limits.runningHooks + Limits.waitingHooks) * Limits.hookCost + Limits.runningHooks * Limits.hookOutput
        sum += Limits.kernelEntries * Limits.kernelEntryCost
        sum += Limits.eventOctets + Limits.events * 96 + Limits.planeEvents * 48
        sum += Limits.hostNames * Limits.hostNameCost + 2 * Limits.recentLog
        sum += Limits.questions * Limits.questionCost + 2 * Limits.longQuestions * Limits.longAnswer
        sum += Limits.controlClients * Limits.controlRequest + 2 * controlOutputs
        sum += Limits.authorities * Limits.authorityCost + (Limits.revocationLists + 1) * Limits.certificateFile
        sum += Limits.totalSize + Limits.files * Limits.fileCost
        sum += Limits.sections * Limits.sectionCost + Limits.allParameters * Limits.parameterCost
        sum += Limits.secrets * (Limits.secretLength + 200) + Limits.diagnostics * Limits.diagnosticCost
        guard ownESP else { return sum }
        sum += (Limits.packetsPerTurn + Limits.rawPacketsPerTurn) * Limits.packetSlotCost + 2 * Limits.joinedSlot + Limits.offloadSlot
        sum += Limits.heldPackets * Limits.heldPacketSize + Limits.rememberedFlows * 48
        return sum + 2 * ipsecSAs * Limits.transformCost
    }
}
