import Crypto

/// One side of a whole Main Mode and Quick Mode: the messages that strongSwan 5.9.8 sent from 192.0.2.2 to us, 192.0.2.1.
///
/// Our own side is played again by an engine whose random octets are `RepeatingRandom`'s, which starts at SPI 0x1001, has
/// the secret "a shared secret only for tests", 10.0.1.0/24 at home and 10.0.2.0/24 abroad, and a strict policy of just
/// these suites. strongSwan's answers hold as long as SAi_b, the nonces and the Diffie-Hellman values that come of that stay
/// what they were; if they change for a reason, the exchanges are to be recorded anew.
public struct IKERecording {
    public var suite: IKESuite
    public var esp: ESPSuite
    public var pfs: Group?
    /// In the order of their coming, with the port they came from and to.
    public var messages: [(port: UInt16, octets: String)]
    /// Of the SA from initiator to responder, with GCM's salt behind it.
    public var initiatorCipherKey: String
    /// Of the SA from responder to initiator.
    public var responderCipherKey: String
    public var initiatorIntegrityKey: String
    public var responderIntegrityKey: String
}

/// Octets that depend on how many are asked for at once; cookies, message IDs and whatever else is no longer than eight
/// octets also on how often that was.
public final class RepeatingRandom: RandomSource {
    private var rounds: [Int: UInt64] = [:]

    public override init() {}

    public override func fill(_ bytes: inout MutableSpan<UInt8>) {
        let count = bytes.count
        var round: UInt64 = 0
        if count <= 8 {
            round = rounds[count, default: 0]
            rounds[count] = round + 1
        }
        var state = UInt64(count) << 32 | round
        for index in bytes.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[index] = UInt8(truncatingIfNeeded: state >> 33)
        }
    }
}
