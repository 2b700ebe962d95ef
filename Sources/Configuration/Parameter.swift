import Crypto
import Wire

/// Every parameter this room knows, by meaning: aliases share one, and `left…` and `right…` share one.
enum Key: UInt8 {
    // config setup
    case interfaces, forwardControl, rpFilter, syslog, klipsDebug, plutoDebug, dumpFolder, manualStart, pluto, plutoLoad
    case plutoStart, plutoWait, prePluto, postPluto, uniqueIDs, hideTOS, overrideMTU, fragICMP, natTraversal, keepAlive
    case forceKeepAlive, virtualPrivate, protocolStack, plutoOptions, plutoStandardErrorLog, plutoRestart
    case noCertificateRequests, myID, strictCRLPolicy, crlCheckInterval, listen
    // conn, either end
    case host, subnet, nextHop, id, rsaKey, rsaKey2, certificate, authority, sendCertificate, sourceIP, upDown, firewall
    case protocolPort, endESPEncryptionKey, endESPAuthenticationKey, endESPSPI, endAH
    // conn
    case also, alsoFlip, type, auto, authBy, ike, esp, pfs, pfsGroup, keyLife, ikeLifetime, rekey, rekeyMargin, rekeyFuzz
    case keyingTries, keyExchange, auth, dpdDelay, dpdTimeout, dpdAction, failureShunt, disableArrivalCheck, compress
    case aggressiveMode, spi, spiBase, espEncryptionKey, espAuthenticationKey, espReplayWindow, ah
}

/// What a parameter says, read.
enum Value {
    /// Nothing behind the `=`: the default, whatever `%default` says.
    case unset
    /// There was an error, already reported in this sentence: a conn that would use it is left out.
    case bad(Sentence)
    case flag(Bool)
    case number(UInt32)
    /// The place of a word in its rule's list.
    case choice(Int)
    case name(Name)
    case names([Name])
    case address(Address)
    case subnet(Subnet)
    case host(End.Host)
    case nextHop(End.NextHop)
    case identity(Identity)
    case myID
    case protocolPort(UInt8, UInt16)
    case interfaces([Setup.Interface])
    case ikeProposals([IKESuite])
    case espProposals([ESPSuite], Group?)
    case group(Group)
    /// Syntax that is right and that nothing uses yet.
    case accepted
}

/// One line `name=value`.
struct Parameter {
    var key: Key
    /// `nil` for what belongs to no end.
    var side: Side?
    /// As written, with its side and which alias.
    var word: Name
    /// `name=value` for messages, or the name alone where the value may be a key.
    var text: Sentence
    var place: Place
    var value: Value

    func flipped() -> Parameter {
        var copy = self
        copy.side = side?.other
        return copy
    }

    var complaint: Sentence? { if case .bad(let sentence) = value { "\(place): \(sentence)" } else { nil } }
}
