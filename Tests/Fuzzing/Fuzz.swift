import Crypto
import Linux

/// Where libFuzzer comes in. CYGNET_FUZZ says which target its octets are for: one program holds them all.
///
/// A target returns; whatever else happens - a trap, memory out of bounds, a leak, minutes gone by - is a finding.

@_silgen_name("__lsan_disable") private func leaksAreIgnored()
@_silgen_name("__lsan_enable") private func leaksAreFound()

nonisolated(unsafe) private var target: (([UInt8]) -> Void)?

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> Int32 {
    if let folder = ThisProcess.environment("CYGNET_FUZZ_SEEDS") {
        Seeds.write(to: String(decoding: folder, as: UTF8.self))
        ThisProcess.exit(0)
    }
    // What lives as long as the program is no leak. The sanitizer does not see it where Swift keeps it behind a pointer with
    // bits of its own.
    leaksAreIgnored()
    _ = Party.credentials
    leaksAreFound()
    switch String(decoding: ThisProcess.environment("CYGNET_FUZZ") ?? [], as: UTF8.self) {
    case "isakmp": target = fuzzISAKMP
    case "protected": target = fuzzProtected
    case "esp": target = fuzzESP
    case "segments": target = fuzzSegments
    case "netlink": target = fuzzNetlink
    case "dns": target = fuzzDNS
    case "conf": target = fuzzConfiguration
    case "secrets": target = fuzzSecrets
    case "certificates": target = fuzzCertificates
    case "control": target = fuzzControl
    default: fatalError("CYGNET_FUZZ names none of: isakmp protected esp segments netlink dns conf secrets certificates control")
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target?(Array(UnsafeBufferPointer(start: octets, count: count)))
    return 0
}

/// The octets of one input, taken from the front; at the end come zeros.
struct Tape {
    private let octets: [UInt8]
    private var next = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isAtEnd: Bool { next >= octets.count }

    mutating func uint8() -> UInt8 {
        guard next < octets.count else { return 0 }
        next += 1
        return octets[next - 1]
    }

    mutating func uint16() -> Int { Int(uint8()) << 8 | Int(uint8()) }

    /// As many as are there.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(octets[next..<min(octets.count, next + count)])
        next += taken.count
        return taken
    }

    /// A run of octets with its length in front, as seeds write it.
    mutating func run() -> [UInt8] { take(uint16()) }

    mutating func rest() -> [UInt8] { take(octets.count) }
}

/// Octets that are the same in every run.
final class SeededRandom: RandomSource {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    override func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            bytes[index] = UInt8(truncatingIfNeeded: value ^ value >> 31)
        }
    }
}
