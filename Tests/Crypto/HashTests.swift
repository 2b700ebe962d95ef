import Crypto
import Testing
import Vectors
import Wire

/// Runs vectors and reports each failure by its own words.
func check(_ vectors: (inout Report) -> Void) {
    var report = Report()
    vectors(&report)
    #expect(report.checks > 0)
    for failure in report.failures { Issue.record(Comment(rawValue: failure)) }
}

@Test func hashes() { check(hashVectors) }
