import Testing
import Vectors

/// Runs vectors and reports each failure by its own words.
func check(_ vectors: (inout Report) -> Void) {
    var report = Report()
    vectors(&report)
    #expect(report.checks > 0)
    for failure in report.failures { Issue.record(Comment(rawValue: failure)) }
}

/// Published vectors, and for MODP those of another implementation.
@Suite struct CryptoVectors {
    @Test func hashes() { check(hashVectors) }
    @Test func hmac() { check(hmacVectors) }
    @Test func cbc() { check(cbcVectors) }
    @Test func gcm() { check(gcmVectors) }
    @Test func curves() { check(curveVectors) }
    @Test func modp() { check(modpVectors) }
    @Test func everyLength() { check(everyLengthVectors) }
}
