import Linux
import Vectors
import Wire

/// `vectors [speed]`: all published vectors, on a CPU that Swift Testing does not reach. Prints each failure; exits 1 if any. With
/// `speed`, how fast ESP is in memory.
@main struct Main {
    static func main() {
        if ThisProcess.arguments().dropFirst().first == "speed" {
            Speed.print()
            ThisProcess.exit(0)
        }
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
