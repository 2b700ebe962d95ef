import Crypto
import Wire

@testable import IKE

/// What comes out of decryption: messages that whoever has the keys can send, encrypted and hashed as they must be, within
/// an ISAKMP SA that was made without Diffie-Hellman.
///
/// The first octet says how far the SA is and which side of it we are; then come events, as in `fuzzISAKMP`. The highest bit of an
/// event sends its message in fragments.
func fuzzProtected(_ octets: [UInt8]) {
    var tape = Tape(octets)
    let party = Party()
    let sa = makeSA(party, tape.uint8())
    for _ in 0..<24 where !tape.isAtEnd {
        let event = tape.uint8()
        let peer = Party.peers[Int(event >> 4 & 1)]
        let id = UInt32(event >> 5 & 3) + 1
        // Whole, or in fragments, the last one first.
        func receive(_ octets: [UInt8]) {
            guard event & 0x80 != 0 else { return party.receive(octets, from: peer) }
            for fragment in Fragment.cut(octets, id: UInt16(event), size: 40).reversed() { party.receive(fragment, from: peer) }
        }
        switch event & 7 {
        case 0, 1: receive(quickMode(sa, party, id, first: tape.uint8(), tape.run()))
        case 2, 3: receive(informational(sa, id &+ 0x100 &* UInt32(tape.uint8()), first: tape.uint8(), tape.run()))
        case 4: receive(mainMode(sa, first: tape.uint8(), tape.run()))
        case 5: party.wait(UInt64(tape.uint8()) * (event & 0x10 != 0 ? 60 : 1))
        case 6: party.run { $0.initiate(ConnectionID(1), now: party.now, random: party.random, &$1) }
        default: party.run { $0.terminate(ConnectionID(1), now: party.now, random: party.random, &$1) }
        }
    }
    party.wait(100_000)
}

/// Bits of `shape`: 1 we began it, 2 it stands, 4 signatures, 8 a NAT was found, 16 a cipher with another block.
private func makeSA(_ party: Party, _ shape: UInt8) -> ISAKMPSA {
    let isInitiator = shape & 1 != 0
    let engine = party.engine
    let policy = engine.connections[shape & 4 != 0 ? 2 : 0].sharedPolicy
    let sa = ISAKMPSA(
        serial: engine.nextSerial(), isInitiator: isInitiator, policy, local: Party.local, peer: Party.peers[0],
        cookie: 0x0102_0304_0506_0708, isInitiator ? .mainI3 : .mainR2, now: party.now,
        expires: party.now + Limits.halfOpenTime)
    sa.responderCookie = 0x1112_1314_1516_1718
    sa.suite =
        shape & 16 != 0
        ? IKESuite(.tripleDESCBC, .md5, .modp1024) : IKESuite(.aesCBC128, .sha256, .curve25519)
    sa.method = shape & 4 != 0 ? .rsaSignatures : .presharedKey
    sa.initiatorNonce = [UInt8](repeating: 1, count: 16)
    sa.responderNonce = [UInt8](repeating: 2, count: 16)
    sa.initiatorPublic = [UInt8](repeating: 3, count: 32)
    sa.responderPublic = [UInt8](repeating: 4, count: 32)
    sa.natDialect = .rfc
    sa.nat.isForced = shape & 8 != 0
    try! sa.derive(Secret([UInt8](repeating: 5, count: 32)))
    engine.isakmpSAs.append(sa)
    if shape & 2 != 0 {
        var context = EngineContext(now: party.now, random: party.random)
        engine.establish(sa, .address(Party.peers[0].address), &context)
    }
    return sa
}

// MARK: Messages

private func quickMode(_ sa: ISAKMPSA, _ party: Party, _ number: UInt32, first: UInt8, _ payloads: [UInt8]) -> [UInt8] {
    guard let keys = sa.keys else { return [] }
    let own = party.engine.quickModes.last { $0.sa === sa && $0.isInitiator && !$0.state.isDone }
    let id = number == 4 ? own?.messageID ?? number : number
    let exchange = party.engine.quickModes.first { $0.sa === sa && $0.messageID == id }
    let iv = exchange?.iv ?? keys.phase2IV(after: sa.iv, messageID: id)
    if let exchange, !exchange.isInitiator {
        let hash = keys.messageHash([[0], IKE.octets(spi: id), exchange.initiatorNonce + exchange.responderNonce])
        return seal(sa, .quickMode, id, first: .hash, header(hash, first) + payloads, iv)
    }
    return sealHashed(sa, .quickMode, id, first, payloads, exchange?.initiatorNonce ?? [], iv)
}

private func informational(_ sa: ISAKMPSA, _ id: UInt32, first: UInt8, _ payloads: [UInt8]) -> [UInt8] {
    guard let keys = sa.keys else { return [] }
    return sealHashed(sa, .informational, id, first, payloads, [], keys.phase2IV(after: sa.iv, messageID: id))
}

/// An ID payload with the right hash behind it, or whatever else.
private func mainMode(_ sa: ISAKMPSA, first: UInt8, _ octets: [UInt8]) -> [UInt8] {
    guard first == 5, sa.method == .presharedKey else {
        return seal(sa, .mainMode, 0, first: PayloadType(rawValue: first), octets, sa.iv)
    }
    var tape = Tape(octets)
    let identity = tape.take(Int(tape.uint8()))
    let hash = sa.identityHash(ofInitiator: !sa.isInitiator, identity: identity)
    let next = tape.uint8()
    return seal(
        sa, .mainMode, 0, first: .identification, header(identity, 8) + header(hash, next) + tape.rest(), sa.iv)
}

private func header(_ body: [UInt8], _ next: UInt8) -> [UInt8] {
    [next, 0, UInt8(truncatingIfNeeded: (body.count + 4) >> 8), UInt8(truncatingIfNeeded: body.count + 4)] + body
}

/// HASH(1) or HASH(2) in front, over what the engine will take for the payloads.
private func sealHashed(
    _ sa: ISAKMPSA, _ exchange: ExchangeType, _ id: UInt32, _ first: UInt8, _ payloads: [UInt8], _ nonce: [UInt8],
    _ iv: [UInt8]
) -> [UInt8] {
    guard let keys = sa.keys else { return [] }
    let length = keys.hash.length
    let clear = [UInt8](repeating: 0, count: Header.length) + header([UInt8](repeating: 0, count: length), first) + payloads
    var covered = payloads
    if let chain = try? PayloadChain(clear.span, first: .hash, padded: true) {
        covered = chain.hashed(in: clear)
    }
    let hash = keys.messageHash([IKE.octets(spi: id), nonce, covered])
    return seal(sa, exchange, id, first: .hash, header(hash, first) + payloads, iv)
}

private func seal(
    _ sa: ISAKMPSA, _ exchange: ExchangeType, _ id: UInt32, first: PayloadType, _ payloads: [UInt8], _ iv: [UInt8]
) -> [UInt8] {
    guard let keys = sa.keys, let cbc = try? CBC(keys.cipher, key: keys.cipherKey, .encrypt) else { return [] }
    let block = keys.cipher.blockLength
    let body = payloads + [UInt8](repeating: 0, count: (block - payloads.count % block) % block)
    var header = sa.header(exchange, messageID: id)
    header.flags.insert(.encryption)
    header.nextPayload = first
    header.messageLength = UInt32(Header.length + body.count)
    var writer = ByteWriter()
    header.write(to: &writer)
    var message = writer.bytes + body
    var span = message.mutableSpan
    try? cbc.apply(&span, range: Header.length..<span.count, iv: iv.span)
    return message
}
