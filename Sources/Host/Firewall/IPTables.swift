import Linux
import Wire

/// `leftfirewall=yes` for firewalls that use iptables: on old kernels, and on routers without nftables.
///
/// These rules can be read and changed only with the command `iptables`, and the kernel does not report changes. So the command runs, one
/// process at a time, with a time limit, while the daemon goes on. The rules are in chains of our own. One rule at the head of FORWARD, of
/// nat's POSTROUTING, and, for `lefthostaccess=yes`, of INPUT and OUTPUT jumps to them. Every few seconds the command checks that these
/// rules still exist. Until a missing rule is restored nothing leaves in the clear: packets that the firewall does not accept are dropped,
/// and packets that are masqueraded match no tunnel and are held.
final class IPTables {
    /// One table of one IP version.
    private final class Table {
        enum State {
            /// An earlier run may have left rules, or the firewall was reloaded.
            case unknown
            /// Our chain exists and is empty; a rule may jump to it.
            case flushed
            case clean
            /// `rules` are in our chain; no rule jumps to it yet.
            case filling
            case standing
            /// A command failed; it is tried again later.
            case refused
        }

        let family: Address.Family
        let hook: Hook
        var state = State.unknown
        var rules: [Sentence] = []
        /// To be checked.
        var isDue = false

        var name: StaticString { hook == .postrouting ? "nat" : "filter" }
        /// Our chain, which has the rules.
        var chain: StaticString {
            switch hook {
            case .forward, .postrouting: "cygnet"
            case .input: "cygnet-in"
            case .output: "cygnet-out"
            }
        }

        init(_ family: Address.Family, _ hook: Hook) {
            self.family = family
            self.hook = hook
        }
    }

    /// The built-in chain with the rule that jumps to ours.
    private enum Hook {
        case forward, postrouting, input, output

        var word: StaticString {
            switch self {
            case .forward: "FORWARD"
            case .postrouting: "POSTROUTING"
            case .input: "INPUT"
            case .output: "OUTPUT"
            }
        }
    }

    /// One run of iptables.
    private enum Invocation {
        /// Tests whether iptables has the option `-w`.
        case probe
        /// Empties our chain. It fails if the chain does not exist.
        case flush
        /// Removes the rule that jumps to our chain.
        case unhook
        case create
        /// Adds the rule that jumps to our chain.
        case hook
        case checkHook
        case append(Sentence)
        case delete(Sentence)
        /// Removes our chain, which is empty and to which no rule jumps.
        case removeChain

        func words(_ table: Table) -> Sentence {
            switch self {
            case .probe: "-w -V"
            case .flush: "-F \(table.chain)"
            case .unhook: "-D \(table.hook.word) -j \(table.chain)"
            case .create: "-N \(table.chain)"
            case .hook: "-I \(table.hook.word) 1 -j \(table.chain)"
            case .checkHook: "-C \(table.hook.word) -j \(table.chain)"
            case .append(let rule): "-A \(table.chain) \(rule)"
            case .delete(let rule): "-D \(table.chain) \(rule)"
            case .removeChain: "-X \(table.chain)"
            }
        }
    }

    /// Interval between checks of our rules, and time limit of one command.
    private static let interval: UInt64 = 3_000_000_000
    private static let timeLimit: UInt64 = 20_000_000_000

    private let log: Log
    /// How rules match decrypted packets: by their input device, or by the kernel's IPsec policy.
    private let arrival: Sentence
    private let tables = [
        Table(.ipv4, .forward), Table(.ipv4, .postrouting), Table(.ipv4, .input), Table(.ipv4, .output),
        Table(.ipv6, .forward), Table(.ipv6, .postrouting), Table(.ipv6, .input), Table(.ipv6, .output),
    ]
    /// Whether the command can wait for the lock of another one (`-w`, since 2013); `nil` until this is known.
    private var waits: Bool?
    private var passes: [FirewallPass] = []
    private var running: (process: ChildProcess, command: Invocation, table: Table)?
    /// When its time limit ends, monotonic nanoseconds.
    private var ends: UInt64 = 0
    private var nextLook: UInt64?
    /// Whether there may be another step to do now.
    private var isUnsettled = true
    private var hasComplained = false

    init(device: Name?, log: Log) {
        self.log = log
        arrival = device.map { "-i \($0)" } ?? "-m policy --dir in --pol ipsec"
    }

    var nextDeadline: UInt64? { running == nil ? nextLook : ends }

    /// Replaces the tunnels whose traffic is accepted.
    func update(_ passes: [FirewallPass], now: UInt64) {
        self.passes = passes
        isUnsettled = true
        advance(now: now)
    }

    /// Removes all rules, an earlier run's included, and waits for the end within a time limit. Returns failures, for people.
    func removeRules() -> [Sentence] {
        let now = Clock.monotonic()
        for table in tables { table.isDue = true }
        update([], now: now)
        let waiter = try? Epoll(capacity: 1)
        while running != nil, Clock.monotonic() < now + Limits.hookShutdownTime {
            // If epoll is unavailable, the loop polls without a pause.
            _ = try? waiter?.wait(until: Clock.monotonic() + 5_000_000)
            advance(now: Clock.monotonic())
        }
        // Without the command there are no rules of ours.
        let left = tables.filter { $0.state != .clean && isInUse($0) && Self.program($0.family) != nil }
        return left.map { "the rules in iptables' chain \($0.chain) of the table \($0.name) may stay" }
    }

    /// Called when a child may have ended or a deadline may have passed.
    func advance(now: UInt64) {
        if let (process, command, table) = running {
            guard let code = process.reap() else {
                guard now >= ends else { return }
                complain("iptables takes too long and is killed", code: .commandKilled)
                process.kill()
                ends = now + Self.timeLimit
                return
            }
            running = nil
            finish(command, of: table, code)
            isUnsettled = true
        }
        if let look = nextLook, now >= look {
            for table in tables { table.isDue = true }
            nextLook = nil
            isUnsettled = true
        }
        guard isUnsettled else { return }
        for table in tables where isInUse(table) {
            step(table, now: now)
            if running != nil { return }
        }
        isUnsettled = false
        nextLook = passes.isEmpty ? nil : nextLook ?? now + Self.interval
    }

    /// Only for tables that exist: iptables would create the table, which slows down every packet.
    private func isInUse(_ table: Table) -> Bool {
        let file: StaticString = table.family == .ipv4 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names"
        // The file does not exist without iptables.
        let names = (try? Files.read(Path(file.octets), limit: 256)) ?? []
        return names.split(separator: UInt8(ascii: "\n")).contains { Name(Array($0)) == table.name }
    }

    // MARK: Steps

    private func step(_ table: Table, now: UInt64) {
        let wanted = rules(for: table)
        switch table.state {
        case .unknown: run(.flush, table, now)
        case .flushed: run(.unhook, table, now)
        case .clean: if !wanted.isEmpty { run(.create, table, now) }
        case .filling: fill(table, wanted, now)
        case .standing: stand(table, wanted, now)
        case .refused:
            guard table.isDue else { return }
            table.isDue = false
            table.state = .unknown
            step(table, now: now)
        }
    }

    private func fill(_ table: Table, _ wanted: [Sentence], _ now: UInt64) {
        if wanted.isEmpty {
            run(table.rules.isEmpty ? .removeChain : .flush, table, now)
        } else if !change(table, wanted, now) {
            run(.hook, table, now)
        }
    }

    private func stand(_ table: Table, _ wanted: [Sentence], _ now: UInt64) {
        if wanted.isEmpty {
            table.state = .unknown
            step(table, now: now)
        } else if table.isDue {
            table.isDue = false
            run(.checkHook, table, now)
        } else {
            _ = change(table, wanted, now)
        }
    }

    /// Removes one rule from our chain, or adds one. False if there is nothing to do.
    private func change(_ table: Table, _ wanted: [Sentence], _ now: UInt64) -> Bool {
        for (place, rule) in table.rules.enumerated() where !wanted.contains(where: { $0 == rule }) {
            table.rules.remove(at: place)
            run(.delete(rule), table, now)
            return true
        }
        for rule in wanted where !table.rules.contains(where: { $0 == rule }) {
            run(.append(rule), table, now)
            return true
        }
        return false
    }

    private func rules(for table: Table) -> [Sentence] {
        var all: [Sentence] = []
        for pass in passes where pass.near.address.family == table.family {
            let outward: Sentence = "-s \(pass.near) -d \(pass.far) -j ACCEPT"
            let inward: Sentence = "-s \(pass.far) -d \(pass.near) \(arrival) -j ACCEPT"
            switch table.hook {
            case .forward: all += [outward, inward]
            case .postrouting: all.append(outward)
            case .input: if pass.opensHost { all.append(inward) }
            case .output: if pass.opensHost { all.append(outward) }
            }
        }
        return all
    }

    // MARK: Running the command

    /// A command has ended: what this means for its table.
    private func finish(_ command: Invocation, of table: Table, _ code: Int32) {
        switch command {
        case .probe: waits = code == 0
        case .flush:
            table.rules = []
            // If our chain does not exist, no rule jumps to it.
            if table.state == .unknown { table.state = code == 0 ? .flushed : .clean }
        case .unhook, .create:
            table.rules = []
            table.state = .filling
        case .removeChain: table.state = .clean
        case .delete: break
        case .checkHook:
            guard code != 0 else { return }
            log.notice("the firewall was reloaded: the rules for the tunnels are added again")
            table.state = .unknown
        case .hook, .append:
            guard code == 0 else {
                table.state = .refused
                return complain("'iptables -t \(table.name) \(command.words(table))' exited with \(code)")
            }
            if case .append(let rule) = command {
                table.rules.append(rule)
            } else {
                table.state = .standing
                table.isDue = false
                hasComplained = false
            }
        }
    }

    /// Starts a command. Before the first one, it starts the probe.
    private func run(_ wanted: Invocation, _ table: Table, _ now: UInt64) {
        guard let program = Self.program(table.family) else {
            table.state = .refused
            return complain("it uses iptables, and there is no iptables command")
        }
        let command = waits == nil ? .probe : wanted
        let words = command.words(table)
        let line: Sentence = waits == nil ? words : "\(waits == true ? "-w" : "") -t \(table.name) \(words)"
        do throws(SystemError) {
            let process = try ChildProcess(
                program, arguments: line.octets.split(separator: 0x20).map { Array($0) }, environment: [Hooks.searchPath])
            running = (process, command, table)
            ends = now + Self.timeLimit
        } catch {
            table.state = .refused
            complain("\(error)")
        }
    }

    /// If `iptables` is the front end of nftables, the legacy command has another name.
    private static func program(_ family: Address.Family) -> Path? {
        let names: [Name] = family == .ipv4 ? ["iptables-legacy", "iptables"] : ["ip6tables-legacy", "ip6tables"]
        for name in names {
            for folder in Hooks.folders {
                let path = Path(folder.bytes + name.bytes)
                if Files.exists(path) { return path }
            }
        }
        return nil
    }

    private func complain(_ what: __owned Sentence, code: MessageCode = .firewallUnchanged) {
        if hasComplained { return }
        hasComplained = true
        log.warning("the firewall does not accept the traffic of every tunnel: \(what)", code: code)
    }
}
