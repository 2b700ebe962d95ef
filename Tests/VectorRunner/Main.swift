import Crypto
import Linux
import Vectors
import Wire

/// `vectors`: all published vectors, on a CPU that Swift Testing does not reach. Prints the instructions for cryptography in use, and each
/// failure; exits 1 if any. `vectors speed`: how fast ESP is in memory. `vectors packets SUITE COUNT`: passes COUNT packets and
/// prints nothing, so that the instructions of a packet can be counted (Toolchain/count).
@main struct Main {
    static func main() {
        let arguments = ThisProcess.arguments().dropFirst()
        switch arguments.first {
        case "speed": Speed.print()
        case "packets": ThisProcess.exit(pass(Array(arguments.dropFirst())) ? 0 : 1)
        default: ThisProcess.exit(vectors() ? 0 : 1)
        }
        ThisProcess.exit(0)
    }

    private static func pass(_ arguments: [Name]) -> Bool {
        guard arguments.count == 2, let count = Text.decimal(arguments[1].bytes),
            let (_, suite) = Packets.suites.first(where: { $0.words == arguments[0] }),
            var packets = Packets(suite, count: 1)
        else { return false }
        for _ in 0..<count {
            packets.prepare()
            packets.encapsulate()
            guard packets.decapsulate() else { return false }
        }
        return true
    }

    private static func vectors() -> Bool {
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
        everyLengthVectors(&report)
        StandardStream.output.write("instructions: AES \(CPU.hasAES ? "yes" : "no"), SHA \(CPU.hasSHA ? "yes" : "no")\n")
        for failure in report.failures { StandardStream.output.write(Sentence(failure + "\n")) }
        StandardStream.output.write("\(report.checks) checks, \(report.failures.count) failed\n")
        return report.failures.isEmpty && report.checks > 0
    }
}
