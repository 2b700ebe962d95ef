import Crypto
import DNS
import Host
import Linux
import Wire

/// `ipsec verify --host NAME|ADDRESS`: whether the DNS has the `X-IPsec-Server` records of a host and of its gateways.
final class VerifyHost {
    private static let column = 64
    /// Gateways of one host that are looked for.
    private static let mostGateways = 4

    private let resolver: Resolver
    private let poll: Epoll
    private var isComplete = true

    private init() throws(SystemError) {
        poll = try Epoll()
        resolver = try Resolver(random: SystemRandom(), log: Log(DiscardedLog()))
        try poll.add(resolver.number, .read, token: 0)
    }

    /// The exit status: 0 if every record is there.
    static func run(_ host: Name) -> Int32 {
        do throws(SystemError) {
            let verification = try VerifyHost()
            if let address = Address(host.bytes) {
                try verification.verify(address, named: nil)
            } else if let name = DomainName(host) {
                try verification.verify(name)
            } else {
                complain("'\(host)' is neither a host name nor an address")
                return 2
            }
            return verification.isComplete ? 0 : 1
        } catch {
            complain("the DNS cannot be asked: \(error)")
            return 1
        }
    }

    private func verify(_ name: DomainName) throws(SystemError) {
        _ = try lookForTXT(name)
        var addresses: [Address] = []
        for type in [RecordType.a, .aaaa] {
            for record in try ask(Question(name, type)) {
                if case .address(let address) = record, addresses.count < Limits.hostAddresses { addresses.append(address) }
            }
        }
        if addresses.isEmpty {
            complain("\(name.name) has no address: there is nothing to look for in the reverse map")
            isComplete = false
        }
        for address in addresses { try verify(address, named: name) }
    }

    /// Looks for the records of the address, and for those of the gateways that they name.
    private func verify(_ address: Address, named name: DomainName?) throws(SystemError) {
        let own = DomainName(reverseOf: address)
        var gateways: [DomainName] = []
        for delegation in try lookForTXT(own) {
            let gateway: DomainName
            switch delegation.gateway {
            case .itself: continue
            case .address(let address): gateway = DomainName(reverseOf: address)
            case .name(let name): gateway = name
            }
            if gateway != own, gateway != name, !gateways.contains(gateway), gateways.count < Self.mostGateways { gateways.append(gateway) }
        }
        for gateway in gateways { _ = try lookForTXT(gateway) }
    }

    /// Prints one line.
    private func lookForTXT(_ name: DomainName) throws(SystemError) -> [Delegation] {
        var found: [Delegation] = []
        for record in try ask(Question(name, .txt)) {
            if case .text(let text) = record, case .delegation(let delegation) = Delegation.read(text: text) { found.append(delegation) }
        }
        var line: Sentence = "Looking for TXT in \(name.isReverse ? "reverse" : "forward" as StaticString) map: \(name.name) "
        while line.octets.count < Self.column { line += " " }
        say(line + (found.isEmpty ? "[MISSING]" : "[OK]"))
        if found.isEmpty { isComplete = false }
        return found
    }

    /// Waits for the answer. Without one there are no records, and the reason is on standard error.
    private func ask(_ question: Question) throws(SystemError) -> [Record] {
        guard let id = resolver.ask(question, now: Clock.monotonic()) else { return [] }
        while true {
            if let outcome = resolver.outcome(of: id) {
                if case .answer(let answer) = outcome { return answer.records }
                complain("\(question): \(outcome.reason ?? "")")
                return []
            }
            _ = try poll.wait(until: resolver.nextDeadline)
            resolver.readable(now: Clock.monotonic())
            resolver.advance(now: Clock.monotonic())
        }
    }
}
