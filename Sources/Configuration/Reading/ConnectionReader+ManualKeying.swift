import Crypto
import Wire

extension ConnectionReader {
    /// Makes `conn.manualKeying`, and checks the lengths of the keys.
    func finishManualKeying() {
        let parts = reader.manual
        guard parts.isBegun else {
            if conn.auto == .manual { fail("manual keying needs spi= or spibase=", at: .auto) }
            return
        }
        if parts.base != nil, parts.both.spi != nil { fail("spi= is there as well; keep one of the two", at: .spiBase) }
        guard conn.isESPStrict, conn.espSuites.count == 1 else {
            fail("manual keying takes one suite, such as esp=aes128-sha256", at: conn.isESPStrict ? .esp : nil)
            return
        }
        if !conn.mode.isKeyed { return }
        let suite = conn.espSuites[0]
        if suite.usesESN {
            fail("extended sequence numbers are only for negotiated keys (RFC 4303 section 2.2.1)", at: isSet(.esn) ? .esn : .esp)
            return
        }
        guard let integrity = suite.integrity else {
            fail(
                "\(SuiteReader.word(suite.cipher)) would use its nonces again after each start, which gives the keys away "
                    + "(RFC 4106 §2); write one such as esp=aes128-sha256", at: .esp)
            return
        }
        guard let leftward = direction(.left, suite, integrity), let rightward = direction(.right, suite, integrity) else { return }
        conn.manualKeying = ManualKeying(
            suite: suite, leftward: leftward, rightward: rightward, replayWindow: parts.replayWindow)
    }

    private func direction(_ side: Side, _ suite: ESPSuite, _ integrity: Integrity) -> ManualKeying.Direction? {
        let parts = reader.manual
        let own = parts[side]
        guard let spi = parts.spi(toward: side, isTunnel: conn.mode == .tunnel) else {
            fail("\(side)espspi= is missing, or spi= for both directions")
            return nil
        }
        let encryption = own.encryptionKey == nil ? (ParameterKey.espEncryptionKey, nil) : (.endESPEncryptionKey, side)
        let authentication = own.authenticationKey == nil ? (ParameterKey.espAuthenticationKey, nil) : (.endESPAuthenticationKey, side)
        guard let encryptionKey = own.encryptionKey ?? parts.both.encryptionKey else {
            fail("espenckey= is missing")
            return nil
        }
        let authenticationKey = own.authenticationKey ?? parts.both.authenticationKey
        check(encryptionKey, suite.cipher.keyLength, SuiteReader.word(suite.cipher), encryption)
        if suite.cipher == .tripleDESCBC { checkTripleDES(encryptionKey, encryption) }
        guard let authenticationKey else {
            fail("espauthkey= is missing")
            return nil
        }
        check(authenticationKey, integrity.keyLength, SuiteReader.word(integrity.hash), authentication)
        return ManualKeying.Direction(spi: spi, encryptionKey: encryptionKey, authenticationKey: authenticationKey)
    }

    private func check(_ key: Secret, _ count: Int, _ word: StaticString, _ place: (ParameterKey, Side?)) {
        guard key.count != count else { return }
        fail("the key has \(key.count) octets; \(word) takes \(count)", at: place.0, place.1)
    }

    /// Two equal adjacent keys reduce Triple DES to single DES.
    private func checkTripleDES(_ key: Secret, _ place: (ParameterKey, Side?)) {
        guard key.count == 24 else { return }
        let parts = [key.slice(0..<8), key.slice(8..<16), key.slice(16..<24)]
        if parts[0].equals(parts[1]) || parts[1].equals(parts[2]) {
            fail(
                "two of its three parts are the same, which leaves single DES; 'ipsec ranbits 192' makes a key",
                at: place.0, place.1)
        }
    }
}
