import Glibc
import Linux
import Testing
import Vectors
import Wire

@testable import Netlink

private let isRoot = ThisProcess.user == 0

/// Against the kernel of this machine, and without changing anything in it.
@Suite struct NetlinkChannelTests {
    @Test func dumpsEndAndAnswersCome() throws {
        let channel = try NetlinkChannel(.route)
        let links = try channel.dump(Link.dump(), Link.read)
        let loopback = try #require(links.first { $0.isLoopback })
        #expect(try channel.answer(Link.find(loopback.name), Link.read) == loopback)
        let addresses = try channel.dump(InterfaceAddress.dump(), InterfaceAddress.read)
        #expect(addresses.contains { $0.address == address("127.0.0.1") && $0.interface == loopback.index })
        let local = try channel.dump(Route.dump(.ipv4, table: 255), Route.read)
        #expect(local.contains { $0.destination == subnet("127.0.0.0", 8) && $0.kind == .local })
        #expect(local.allSatisfy { $0.table == 255 })
        #expect(try channel.dump(Rule.dump(.ipv4), Rule.read).contains { $0.priority == 32766 && $0.table == 254 })
        let route = try channel.answer(Route.find(address("127.1.2.3")), Route.read)
        #expect(route.interface == loopback.index && route.kind == .local)
    }

    @Test func refusalsSayWhy() throws {
        let channel = try NetlinkChannel(.route)
        do throws(NetlinkError) {
            _ = try channel.answer(Link.find("cygnet-none"), Link.read)
            Issue.record("found what is not there")
        } catch {
            #expect(error.isNotThere)
            #expect(error.description.hasPrefix("cannot find the interface cygnet-none: No such device"))
        }
    }

    @Test(.enabled(if: isRoot, "needs root")) func kernelsOwnWordsAreHeard() throws {
        let channel = try NetlinkChannel(.route)
        do throws(NetlinkError) {
            let nonsense = Route(
                to: subnet("203.0.113.0", 24), table: 17240, owner: 67, gateway: address("203.0.113.1"))
            try channel.perform(nonsense.add())
            try channel.perform(nonsense.remove())
            Issue.record("the kernel took a gateway that nobody can reach")
        } catch {
            #expect(
                error.description == "cannot add the route 203.0.113.0/24 via 203.0.113.1: "
                    + "Network is unreachable (Nexthop has invalid gateway)"
                    || error.description.hasSuffix("Network is unreachable")
                    || error.description.contains("(Nexthop has invalid gateway)"))
        }
    }

    @Test(.enabled(if: isRoot, "needs root")) func xfrmAnswers() throws {
        let channel = try NetlinkChannel(.xfrm)
        _ = try channel.dump(XFRMPolicy.dump(), XFRMPolicy.read)
        _ = try channel.dump(XFRMState.dump(), XFRMState.read)
        do throws(NetlinkError) {
            try channel.perform(XFRMStateID(spi: 0x42, destination: address("192.0.2.77")).remove())
            Issue.record("removed what is not there")
        } catch { #expect(error.isNotThere) }
    }

    /// Answers to earlier requests, or to other programs, precede the answer that is waited for.
    @Test func answersOutOfOrderAreToldApart() throws {
        let channel = try NetlinkChannel(.route)
        let loopback = try channel.answer(Link.find("lo"), Link.read)
        for _ in 0..<3 {
            for request in [Link.dump(), Rule.dump(.ipv4), Link.find("cygnet-none")] {
                request.finish(sequence: 0x7fff_0000)
                try request.withBytes { (bytes) throws(SystemError) in try channel.socket.send(bytes) }
            }
            #expect(try channel.answer(Link.find("lo"), Link.read).index == loopback.index)
            #expect(try channel.dump(Link.dump(), Link.read).contains { $0.isLoopback })
        }
    }

    /// There is no room for the answer: a query is sent again, a change fails, and neither hangs.
    @Test func answersThatAreLostAreMissed() throws {
        let channel = try NetlinkChannel(.route)
        var octets: Int32 = 1
        #expect(unsafe setsockopt(channel.socket.number, SOL_SOCKET, SO_RCVBUF, &octets, 4) == 0)
        func fill() {
            for _ in 0..<64 {
                let request = Link.find("lo")
                request.finish(sequence: 0x7fff_0000)
                try? request.withBytes { (bytes) throws(SystemError) in try channel.socket.send(bytes) }
            }
        }
        for _ in 0..<3 {
            fill()
            #expect(try channel.answer(Link.find("lo"), Link.read).isLoopback)
            fill()
            #expect(try channel.dump(Link.dump(), Link.read).contains { $0.isLoopback })
            fill()
            do throws(NetlinkError) {
                // Nothing that would be changed.
                try channel.perform(Link.find("lo"))
                Issue.record("the kernel has more room than it was given")
            } catch { #expect(error.number == 105, "\(error)") }
            #expect(try channel.answer(Link.find("lo"), Link.read).isLoopback)
        }
    }

    @Test func longLengths() {
        var report = Report()
        longLengthVectors(&report)
        #expect(report.checks == 3 && report.failures == [])
    }

    @Test func acknowledgements() throws {
        func read(_ capture: [UInt8]) throws(WireError) -> Acknowledgement? {
            try values(capture) { (header, body) throws(WireError) in
                header.type == MessageHeader.error ? try Acknowledgement(header, body) : nil
            }.first
        }
        #expect(try read(Capture.acknowledgement)?.number == 0)
        let refused = try #require(try read(Capture.refusedState))
        #expect(refused.number == 38 && refused.explanation == "Requested AEAD algorithm not found")
        #expect(try read(Capture.noRoute)?.number == 101)
        #expect(
            NetlinkError(38, "install the SA esp.1@192.0.2.1", explanation: refused.explanation).description
                == "cannot install the SA esp.1@192.0.2.1: Function not implemented (Requested AEAD algorithm not found)")
        for capture in [Capture.acknowledgement, Capture.refusedState, Capture.noRoute] {
            expectTruncationsFail(capture) { (header, body) throws(WireError) in try Acknowledgement(header, body) }
        }
    }
}
