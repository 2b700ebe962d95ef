import Testing
import Wire

@testable import Control

@Suite struct RequestTests {
    /// Every case of `Request`, with every payload that is an enum.
    static let all: [Request] =
        AutoOperation.allCases.flatMap { operation in
            [false, true].flatMap { loads in
                [false, true].map { Request.auto(operation, conn: "net-1.a_b", loads: loads, isAsynchronous: $0) }
            }
        } + ManualOperation.allCases.map { .manual($0, conn: "hand") }
        + InterfaceChange.allCases.map { .hotplug(interface: "ppp0", $0) } + [.hotplug(interface: "-", .changed)]
        + KeyList.allCases.map { .list($0) } + [
            .connections, .ready, .rereadSecrets, .rereadAll, .rereadGroups, .status(isJSON: true), .status(isJSON: false), .metrics,
            .eroutes,
            .associations,
            .counters, .memory, .interfaces, .addresses, .log, .watch(isJSON: false), .watch(isJSON: true), .reload, .stop, .restart,
        ]

    /// The case's index. A new case does not compile here until it is in `all`.
    private static func place(_ request: Request) -> Int {
        switch request {
        case .auto: 0
        case .manual: 1
        case .connections: 2
        case .ready: 3
        case .rereadSecrets: 4
        case .rereadAll: 5
        case .list: 6
        case .status: 7
        case .metrics: 21
        case .eroutes: 8
        case .associations: 9
        case .counters: 10
        case .memory: 11
        case .interfaces: 12
        case .addresses: 13
        case .log: 14
        case .watch: 15
        case .hotplug: 16
        case .reload: 17
        case .stop: 18
        case .restart: 19
        case .rereadGroups: 20
        }
    }

    @Test func allCasesAreTried() { #expect(Set(Self.all.map(Self.place)) == Set(0..<22)) }

    @Test(arguments: all) func theLineIsTheRequest(_ request: Request) throws {
        let line = try request.line()
        #expect(line.last == UInt8(ascii: "\n") && line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(try Request(line: line.dropLast()) == request)
        #expect(try Request(request.words) == request)
    }

    /// As people have typed it for twenty years, whatever the order.
    @Test func wordsOfAutoComeInAnyOrder() throws {
        #expect(try Request(["auto", "net", "--asynchronous", "--up"]) == .auto(.up, conn: "net", isAsynchronous: true))
    }

    static let refusals: [(String, RequestError)] = [
        ("", .empty), ("   ", .empty), ("dance", .unknown("dance")), ("--up net", .unknown("--up")),
        ("auto", .missingOperation(of: "auto")), ("auto net", .missingOperation(of: "auto")),
        ("auto --up", .missingConn("--up")), ("auto --fly net", .unknownOperation(of: "auto", "--fly")),
        ("auto --up --down net", .secondOperation("--down")), ("auto --up net other", .unexpected("other")),
        ("auto --status net", .unexpected("net")), ("auto net --listcerts", .unexpected("net")),
        ("manual", .missingOperation(of: "manual")), ("manual --up", .missingConn("--up")),
        ("manual --add net", .unknownOperation(of: "manual", "--add")), ("manual --up net other", .unexpected("other")),
        ("setup", .missingOperation(of: "setup")), ("setup start", .unknownOperation(of: "setup", "start")),
        ("status --xml", .unexpected("--xml")), ("reload now", .unexpected("now")),
        ("hotplug ppp0 away", .unknownOperation(of: "hotplug", "away")), ("hotplug up", .missingConn("up")),
        ("auto --up ne\u{7}t", .unprintable("ne\u{7}t")), ("auto --up a\tb", .unprintable("a\tb")),
    ]

    @Test(arguments: refusals) func whatIsNoRequestIsRefused(_ line: String, _ error: RequestError) {
        #expect(throws: error) { try Request(line: Array(line.utf8)[...]) }
        #expect(!error.reason.isEmpty)
    }

    @Test func aNameThatWouldBeTwoWordsIsNotSent() {
        #expect(throws: RequestError.unprintable("a b")) { try Request.auto(.up, conn: "a b").line() }
        #expect(throws: RequestError.unprintable("a\nb")) { try Request.auto(.up, conn: "a\nb").line() }
        #expect(throws: RequestError.unprintable("")) { try Request.auto(.up, conn: "").line() }
        let long = Name([UInt8](repeating: 0x61, count: Limits.controlRequest))
        #expect(throws: RequestError.tooLong) { try Request.auto(.up, conn: long).line() }
    }
}
