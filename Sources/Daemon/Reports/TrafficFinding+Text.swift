import Crypto
import DataPlane
import IKE
import Wire

extension TrafficFinding {
    /// The code of the log line.
    var code: MessageCode {
        switch self {
        case .nothingCame: .nothingReceived
        case .everythingRefused: .everythingRefused
        case .largeLost: .largePacketsLost
        }
    }

    /// The finding with its likely causes, and what to do.
    func words(_ pair: PairStatus, _ traffic: TunnelTraffic, _ outerDF: SecurityAssociation.OuterDF) -> Sentence {
        switch self {
        case .nothingCame:
            return "this pair of SAs has received nothing, and sent \(traffic.sent.packets) packets. "
                + Self.silence(pair)
        case .everythingRefused:
            return "refuses every packet that comes: \(traffic.received.refused.words). "
                + Self.refusal(pair, traffic.received.refused)
        case .largeLost:
            return "large packets get no answer, while small ones do: the path may lose them. " + Self.loss(pair, outerDF)
        }
    }

    /// The possible causes if nothing is received.
    static func silence(_ pair: PairStatus) -> Sentence {
        let refusal: StaticString = "the peer may refuse what we send (its log and counters say so), or no host there answers"
        return pair.isEncapsulated
            ? "ESP in UDP (port 4500) may be dropped on the way, \(refusal)"
            : "ESP (IP protocol 50) may be dropped on the way: forceencaps=yes sends it in UDP. Or \(refusal)"
    }

    static func refusal(_ pair: PairStatus, _ refused: RefusedESP) -> Sentence {
        if refused.failedCheck == 0, refused.malformed == 0 {
            return "The peer sends what this conn's leftsubnet=, rightsubnet= and protoports do not cover"
        }
        let cut: Sentence =
            pair.suite.integrity == .hmacSHA256_128
            ? "a kernel that cuts HMAC-SHA-256 to 96 bits (Linux before 2.6.33; another hash in esp= avoids it), " : ""
        return "The likely cause is at the peer: \(cut)another ESP suite, or a wrong key"
    }

    private static func loss(_ pair: PairStatus, _ outerDF: SecurityAssociation.OuterDF) -> Sentence {
        let smaller: Sentence = "overridemtu=1280 in config setup makes packets that fit everywhere"
        if outerDF != .clear, pair.peer.family == .ipv4 {
            return "A router's \"fragmentation needed\" may get lost: pmtudisc=clear lets routers fragment, \(smaller)"
        }
        return pair.peer.family == .ipv4
            ? "Fragments may be dropped on the way: \(smaller)"
            : "A router's \"packet too big\" may get lost: \(smaller)"
    }
}
