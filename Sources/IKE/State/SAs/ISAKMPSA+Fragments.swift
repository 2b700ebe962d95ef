import Wire

/// How an ISAKMP SA sends its messages: whole or in fragments.
extension ISAKMPSA {
    /// Sends a message to the peer's present address. A message that does not fit `fragmentsize=` goes in fragments.
    ///
    /// A retransmission has the same fragment ID, so it completes a set of which a part was lost.
    func send(_ message: [UInt8], _ context: inout EngineContext) {
        let size = fragmentSize(message)
        guard size > 0 else {
            context.actions.append(.send(message, from: local, to: peer))
            return
        }
        // The last octets are of a cipher block or of a hash: no two messages share them.
        var tail: UInt64 = 0
        for octet in message.suffix(8) { tail = tail << 8 | UInt64(octet) }
        if fragmentID == 0 || tail != fragmentedTail { fragmentID = fragmentID == .max ? 1 : fragmentID + 1 }
        fragmentedTail = tail
        for datagram in Fragment.cut(message, id: fragmentID, size: size) {
            context.actions.append(.send(datagram, from: local, to: peer))
        }
    }

    /// The octets of data in each fragment of a message; 0 if it is sent whole.
    private func fragmentSize(_ message: [UInt8]) -> Int {
        let isIPv4 = peer.address.family == .ipv4
        let size = policy.fragmentSize > 0 ? Int(policy.fragmentSize) : isIPv4 ? Limits.ipv4FragmentSize : Limits.ipv6FragmentSize
        let headers = (isIPv4 ? 20 : 40) + 8 + (local.port == 500 ? 0 : 4)
        guard message.count > size - headers, maySendFragments(message) else { return 0 }
        // No receiver takes more than 16 fragments from everybody, so a long message has longer ones.
        let least = (message.count + Limits.sentFragments - 1) / Limits.sentFragments
        let most = max(size, Limits.ipv6FragmentSize) - headers - Fragment.overhead
        return least <= most ? max(size - headers - Fragment.overhead, least) : 0
    }

    /// Whether the peer takes fragments, and for this message.
    private func maySendFragments(_ message: [UInt8]) -> Bool {
        // MI1, MR1 and MI2 are sent whole: receivers keep no fragments of an exchange whose initiator has not proved its address by MI2.
        // They fit into a datagram of 1,280 octets unless `ike=` names some twenty suites.
        if state == .mainI1 || state == .mainR1 || state == .mainI2 { return false }
        // Windows reassembles only messages with a certificate: MI3 and MR3, which are encrypted.
        if isWindows, method != .rsaSignatures || message[18] != ExchangeType.mainMode.rawValue || message[19] & 1 == 0 { return false }
        return sendsFragments
    }

    /// Whether long messages go in fragments.
    var sendsFragments: Bool { fragmentation == .force || fragmentation == .yes && peerTakesFragments }
}
