import Linux
import Vectors
import Wire

/// `vectors`: all published vectors, on a CPU that Swift Testing does not reach. Prints each failure; exits 1 if any.
@main struct Main {
    static func main() {
        var report = Report()
        hashVectors(&report)
        hmacVectors(&report)
        cbcVectors(&report)
        gcmVectors(&report)
        curveVectors(&report)
        modpVectors(&report)
        ikeKeyVectors(&report)
        ikePublishedKeyVectors(&report)
        espVectors(&report)
        kernelESPVectors(&report)
        longLengthVectors(&report)
        for failure in report.failures { StandardStream.output.write(Sentence(failure + "\n")) }
        StandardStream.output.write("\(report.checks) checks, \(report.failures.count) failed\n")
        ThisProcess.exit(report.failures.isEmpty && report.checks > 0 ? 0 : 1)
    }
}
