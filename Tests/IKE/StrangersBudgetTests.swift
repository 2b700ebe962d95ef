import Crypto
import Testing
import Wire

@testable import IKE

/// The processor time that unauthenticated peers may use.
@Suite struct StrangersBudgetTests {
    private static let second: UInt64 = 1_000_000_000
    private static let millisecond: UInt64 = 1_000_000

    @Test func aShareOfTheTime() {
        var budget = ProcessorBudget(share: 5, most: 20 * Self.millisecond)
        do {
            let may = budget.has(20 * Self.millisecond, now: Self.second)
            #expect(may)
        }
        budget.charge(Int64(70 * Self.millisecond))
        // Fifty owed, and ten wanted: three hundred to wait.
        do {
            let may = budget.has(10 * Self.millisecond, now: Self.second + 299 * Self.millisecond)
            #expect(!may)
        }
        do {
            let may = budget.has(10 * Self.millisecond, now: Self.second + 300 * Self.millisecond)
            #expect(may)
        }
        // More than there ever is may begin when it is full.
        do {
            let may = budget.has(Self.second, now: Self.second + 349 * Self.millisecond)
            #expect(!may)
        }
        do {
            let may = budget.has(Self.second, now: Self.second + 350 * Self.millisecond)
            #expect(may)
        }
        // Nothing gathers past that, and nothing is lost by asking often.
        var often = ProcessorBudget(share: 5, most: 20 * Self.millisecond)
        _ = often.has(1, now: 100 * Self.second)
        often.charge(Int64(20 * Self.millisecond))
        for step in 1...1_000 as ClosedRange<UInt64> { _ = often.has(0, now: 100 * Self.second + step * 3) }
        #expect(often.left == 600)
        often.charge(-1_000_000_000)
        #expect(often.left == Int64(20 * Self.millisecond))
    }

    /// Ten seconds in which `count` sources ask for Diffie-Hellman as fast as they can, each exchange of which really takes
    /// `cost`: the time that they used.
    private func flood(_ work: inout StrangersBudget, _ group: Group, cost: UInt64, sources: UInt32, isPeer: Bool = false) -> UInt64 {
        var spent: UInt64 = 0
        var now = 100 * Self.second
        while now < 110 * Self.second {
            for source in 0..<sources where work.allows(group, for: Address(ipv4: 0x0a00_0000 + source), isPeer: isPeer, now: now) {
                work.took(cost)
                spent += cost
                now += cost
            }
            now += Self.millisecond
        }
        return spent
    }

    @Test(arguments: [(Group.modp2048, 2), (.modp4096, 15), (.modp8192, 90), (.modp2048, 300)] as [(Group, UInt64)])
    func aFifthWhateverTheGroupCosts(_ group: Group, _ milliseconds: UInt64) {
        var work = StrangersBudget()
        let spent = flood(&work, group, cost: milliseconds * Self.millisecond, sources: 55)
        #expect(spent <= 2 * Self.second + Limits.strangersBurst + milliseconds * Self.millisecond)
        #expect(spent >= Self.second, "nor are they refused what is theirs")
    }

    @Test func oneSourceHasLess() {
        var work = StrangersBudget()
        let spent = flood(&work, .modp2048, cost: 2 * Self.millisecond, sources: 1)
        #expect(spent <= Self.second / 2 + Limits.sourceBurst + 2 * Self.millisecond && spent > Self.second / 4)
    }

    /// All addresses of one IPv6 network of 64 bits are one source; a neighbour's are another.
    @Test func sourcesOfIPv6() {
        var work = StrangersBudget()
        func allows(_ address: String) -> Bool { work.allows(.modp1024, for: Address(address)!, isPeer: true, now: Self.second) }
        #expect(allows("2001:db8::1"))
        work.took(Limits.sourceBurst)
        #expect(!allows("2001:db8::1"))
        #expect(!allows("2001:db8::ffff:2"))
        #expect(allows("2001:db8:0:1::1"))
        #expect(Address("192.0.2.1")!.sourceNetwork == Address("192.0.2.1")!)
    }

    /// While dear exchanges take all there is, a cheap one gets in within the time that gathers for it.
    @Test func cheapGroupsComeFirst() {
        var work = StrangersBudget()
        let cheap = Address("192.0.2.9")!
        for _ in 0..<40 {
            for (group, cost) in [(Group.modp1024, 1), (.modp4096, 15)] as [(Group, UInt64)]
            where work.allows(group, for: Address("192.0.2.1")!, isPeer: true, now: Self.second) { work.took(cost * Self.millisecond) }
        }
        var now = 100 * Self.second
        var asked = 0
        var dear = 0
        var waited: UInt64 = 0
        var longest: UInt64 = 0
        while now < 110 * Self.second {
            now += Self.millisecond
            for source in 0..<55 as Range<UInt32> where work.allows(.modp4096, for: Address(ipv4: source), isPeer: false, now: now) {
                work.took(15 * Self.millisecond)
                dear += 1
            }
            if work.allows(.modp1024, for: cheap, isPeer: false, now: now) {
                work.took(Self.millisecond)
                asked += 1
                waited = 0
            } else {
                waited += Self.millisecond
                longest = max(longest, waited)
            }
        }
        // The cheap one gets the whole share of one source, and the expensive ones the rest.
        #expect(asked > 500 && dear <= 100 && longest <= 30 * Self.millisecond, "\(asked) \(dear) \(longest)")
    }

    /// A flood does not use up the share of a peer's address, and the work for such addresses is bounded too.
    @Test func peersHaveTheirOwn() {
        var work = StrangersBudget()
        _ = flood(&work, .modp4096, cost: 15 * Self.millisecond, sources: 55)
        do {
            let may = work.allows(.modp2048, for: Address("192.0.2.1")!, isPeer: true, now: 110 * Self.second)
            #expect(may)
        }
        work.took(2 * Self.millisecond)
        let spent = flood(&work, .modp4096, cost: 15 * Self.millisecond, sources: 55, isPeer: true)
        #expect(spent <= 2 * Self.second + Limits.peersBurst + 15 * Self.millisecond)
    }

    @Test func noMoreSourcesAreKeptThanThereMayBe() {
        var work = StrangersBudget()
        let first = Address("192.0.2.1")!
        do {
            let may = work.allows(.modp1024, for: first, isPeer: true, now: Self.second)
            #expect(may)
        }
        work.took(Limits.sourceBurst)
        do {
            let may = work.allows(.modp1024, for: first, isPeer: true, now: Self.second)
            #expect(!may)
        }
        for number in 0..<UInt32(Limits.sources) { _ = work.allows(.modp1024, for: Address(ipv4: number), isPeer: false, now: Self.second) }
        do {
            let may = work.allows(.modp1024, for: first, isPeer: true, now: Self.second)
            #expect(may)
        }
    }

    /// The cost of an exchange is learnt from earlier ones.
    @Test func costsAreMeasured() {
        var work = StrangersBudget()
        for round in 0..<30 as Range<UInt64> {
            do {
                let may = work.allows(.modp2048, for: Address("192.0.2.1")!, isPeer: true, now: (round + 1) * 10 * Self.second)
                #expect(may)
            }
            work.took(80 * Self.millisecond)
        }
        #expect(abs(Int64(work.cost(.modp2048)) - Int64(80 * Self.millisecond)) < Int64(Self.millisecond))
    }
}
