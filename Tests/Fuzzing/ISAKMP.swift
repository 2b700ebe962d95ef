import Wire

/// Datagrams as a stranger sends them, one after another, in whatever order, with time passing between them. What a
/// stranger would know - the cookies of the exchange, the length - is put right for him now and then, so that more than
/// headers is tried.
///
/// An event is an octet that says what happens. Its lowest three bits: a datagram (0-4), time (5), an order (6, 7). The highest bit
/// makes the datagram a fragment.
func fuzzISAKMP(_ octets: [UInt8]) {
    var tape = Tape(octets)
    let party = Party()
    for _ in 0..<24 where !tape.isAtEnd {
        let event = tape.uint8()
        switch event & 7 {
        case 5: party.wait(UInt64(tape.uint8()))
        case 6: party.run { $0.initiate(party.connection(event >> 3), now: party.now, random: party.random, &$1) }
        case 7: party.run { $0.terminate(party.connection(event >> 3), now: party.now, random: party.random, &$1) }
        default:
            var datagram = tape.run()
            if event & 0x08 != 0 { mend(&datagram, party.sent) }
            let peer = Party.peers[Int(event >> 4 & 3)]
            if event & 0x80 != 0 { mendFragment(&datagram) }
            party.receive(datagram, from: peer, port: event & 0x40 != 0 ? 4500 : 500)
        }
    }
    party.wait(100_000)
}

/// A Fragment payload of the right length, with a number that is small.
private func mendFragment(_ datagram: inout [UInt8]) {
    guard datagram.count >= 36 else { return }
    datagram[16] = 132
    datagram[28] = 0
    for (place, shift) in zip(30..<32, [8, 0]) { datagram[place] = UInt8(truncatingIfNeeded: (datagram.count - 28) >> shift) }
    datagram[34] &= 3
}

/// The cookies of the exchange, the version, the length.
private func mend(_ datagram: inout [UInt8], _ last: [UInt8]) {
    guard datagram.count >= 28 else { return }
    // A responder's cookie that we do not know yet is his to choose.
    if last.count >= 16 { for place in 0..<16 where last[place] != 0 { datagram[place] = last[place] } }
    datagram[17] = 0x10
    for (place, shift) in zip(24..<28, [24, 16, 8, 0]) { datagram[place] = UInt8(truncatingIfNeeded: datagram.count >> shift) }
}
