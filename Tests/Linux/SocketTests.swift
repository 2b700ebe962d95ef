import Foundation
import Linux
import Testing
import Wire

private let loopback4 = Address(ipv4: 0x7f00_0001)
private let loopback6 = Address(ipv6High: 0, low: 1)

@Suite struct InternetSocketTests {
    @Test(arguments: [Address.Family.ipv4, .ipv6])
    func datagramTellsPeerAndLocalAddress(_ family: Address.Family) throws {
        let own = family == .ipv4 ? loopback4 : loopback6
        let server = try UDPSocket(family)
        try server.bind(Endpoint(.any(family), 0))
        try server.wantTrafficClass()
        let client = try UDPSocket(family)
        try client.bind(Endpoint(own, 0))
        try client.send(bytes("hello").span, to: Endpoint(own, server.port), from: own, trafficClass: 0xb8)
        #expect(try readable(server.number))
        var about: Datagram?
        let got = try reading { (span) throws(SystemError) in
            about = try server.receive(into: &span)
            return about?.count
        }
        #expect(got == bytes("hello"))
        #expect(about?.peer == Endpoint(own, client.port))
        #expect(about?.local == Endpoint(own, server.port))
        #expect(about?.trafficClass == 0xb8)
        #expect(about?.isTruncated == false)
        #expect(try reading { (span) throws(SystemError) in try server.receive(into: &span)?.count } == nil)
    }

    @Test func sourceAddressIsChosenPerDatagram() throws {
        let server = try UDPSocket(.ipv4)
        try server.bind(Endpoint(loopback4, 0))
        let client = try UDPSocket(.ipv4)
        try client.bind(Endpoint(.any(.ipv4), 0))
        for last in [3, 9] as [UInt32] {
            let source = Address(ipv4: 0x7f00_0000 + last)
            try client.send(bytes("x").span, to: Endpoint(loopback4, server.port), from: source)
            #expect(try readable(server.number))
            var peer: Endpoint?
            _ = try reading { (span) throws(SystemError) in
                let about = try server.receive(into: &span)
                peer = about?.peer
                return about?.count
            }
            #expect(peer == Endpoint(source, client.port))
        }
    }

    @Test func truncationIsTold() throws {
        let socket = try UDPSocket(.ipv4)
        try socket.bind(Endpoint(loopback4, 0))
        try socket.send(bytes("0123456789").span, to: Endpoint(loopback4, socket.port))
        #expect(try readable(socket.number))
        var about: Datagram?
        let got = try reading(4) { (span) throws(SystemError) in
            about = try socket.receive(into: &span)
            return about?.count
        }
        #expect(got == bytes("0123"))
        #expect(about?.isTruncated == true)
    }

    /// No process listens on the peer's port: the ICMP error must not stop us.
    @Test func refusalsAreSurvivedAndTold() throws {
        let other = try UDPSocket(.ipv4)
        try other.bind(Endpoint(loopback4, 0))
        let socket = try UDPSocket(.ipv4)
        try socket.bind(Endpoint(loopback4, 0))
        try socket.wantFailures()
        // Port 9, discard, is closed on any sane machine.
        let closed = Endpoint(loopback4, 9)
        for _ in 0..<3 { try socket.send(bytes("x").span, to: closed) }
        #expect(try readable(socket.number))
        #expect(try reading { (span) throws(SystemError) in try socket.receive(into: &span)?.count } == nil)
        let failure = try #require(try socket.nextFailure())
        #expect(failure.peer == closed)
        #expect(failure.reason == "Connection refused")
        // And the socket still works.
        try socket.send(bytes("still").span, to: Endpoint(loopback4, other.port))
        #expect(try readable(other.number))
    }

    @Test func addressInUseIsSaid() throws {
        let first = try UDPSocket(.ipv4)
        try first.bind(Endpoint(loopback4, 0))
        let second = try UDPSocket(.ipv4)
        let taken = Endpoint(loopback4, first.port)
        do throws(SystemError) {
            try second.bind(taken)
            Issue.record("bound twice")
        } catch {
            #expect(error.isAddressInUse)
            #expect("\(error)" == "bind \(taken): Address already in use")
        }
    }

    @Test func notOursIsSaid() throws {
        let socket = try UDPSocket(.ipv4)
        do throws(SystemError) {
            try socket.bind(Endpoint(Address(ipv4: 0xc000_0201), 500))
            Issue.record("bound to somebody else's address")
        } catch { #expect(error.isAddressNotAvailable) }
    }

    /// On a router a batch of a megabyte may carry nothing for weeks.
    @Test func batchesTakeMemoryAsTheyAreUsed() {
        let before = residentPages()
        let batches = (0..<4).map { _ in DatagramBatch(capacity: 1024, slotSize: 65_536) }
        for batch in batches { #expect(batch.withSlot(1023) { $0[65_535] } == 0) }
        // 256 MB, of which other tests that run beside this one may take some.
        #expect(residentPages() < before + 32_768)
        #expect(batches.count == 4)
    }

    @Test func batchesGoAndCome() throws {
        let server = try UDPSocket(.ipv6)
        try server.bind(Endpoint(loopback6, 0))
        let client = try UDPSocket(.ipv6)
        try client.bind(Endpoint(loopback6, 0))
        let batch = DatagramBatch(capacity: 8, slotSize: 64)
        for index in 0..<8 {
            batch.withSlot(index) { $0[0] = UInt8(index) }
            batch.append(length: index + 1, to: Endpoint(loopback6, server.port), from: loopback6, trafficClass: 4)
        }
        #expect(client.send(batch) == 8)
        #expect(batch.count == 0)
        let received = DatagramBatch(capacity: 5, slotSize: 6)
        #expect(try server.receive(received) == 5)
        for index in 0..<5 {
            #expect(received.length(index) == index + 1)
            #expect(received.withSlot(index) { $0[0] } == UInt8(index))
            #expect(server.datagram(index, of: received).peer == Endpoint(loopback6, client.port))
            #expect(server.datagram(index, of: received).local == Endpoint(loopback6, server.port))
        }
        #expect(try server.receive(received) == 3)
        #expect(received.length(2) == 6)
        #expect(server.datagram(1, of: received).isTruncated)
        #expect(try server.receive(received) == 0)
    }

    /// Datagrams to one destination are sent in one system call, and the receiver sees no difference.
    @Test func joinedDatagramsAreTakenApart() throws {
        for (own, family) in [(loopback4, Address.Family.ipv4), (loopback6, .ipv6)] {
            let server = try UDPSocket(family)
            try server.bind(Endpoint(own, 0))
            try server.wantTrafficClass()
            let other = try UDPSocket(family)
            try other.bind(Endpoint(own, 0))
            let client = try UDPSocket(family)
            try client.bind(Endpoint(own, 0))
            // Lengths and destinations: a longer or shorter one, or another destination, begins a new call.
            let lengths = [9, 9, 9, 4, 9, 12, 12, 12, 12, 1, 1, 1, 0, 0, 3]
            let batch = DatagramBatch(capacity: lengths.count, slotSize: 32)
            for (index, length) in lengths.enumerated() {
                batch.withSlot(index) { slot in for at in 0..<length { slot[10 + at] = UInt8(index * 16 + at) } }
                let peer = Endpoint(own, index == 7 ? other.port : server.port)
                batch.append(10..<10 + length, to: peer, from: own, trafficClass: index < 2 ? 2 : 0)
            }
            #expect(client.send(batch) == lengths.count)
            let received = DatagramBatch(capacity: 20, slotSize: 32, headroom: 7)
            #expect(try server.receive(received) == lengths.count - 1)
            #expect(try other.receive(DatagramBatch(capacity: 2, slotSize: 32)) == 1)
            var slot = 0
            for (index, length) in lengths.enumerated() where index != 7 {
                let datagram = server.datagram(slot, of: received)
                #expect(datagram.count == length && datagram.pieceLength == length)
                #expect(datagram.trafficClass == (index < 2 ? 2 : 0))
                received.withSlot(slot) { for at in 0..<length { #expect($0[7 + at] == UInt8(index * 16 + at)) } }
                slot += 1
            }
        }
    }

    @Test func joinedDatagramsComeTogetherWhereWanted() throws {
        let server = try UDPSocket(.ipv4)
        try server.bind(Endpoint(loopback4, 0))
        try server.wantJoined()
        let client = try UDPSocket(.ipv4)
        let batch = DatagramBatch(capacity: 64, slotSize: 1000)
        for index in 0..<50 {
            batch.withSlot(index) { $0[0] = UInt8(index) }
            batch.append(length: index == 49 ? 10 : 1000, to: Endpoint(loopback4, server.port))
        }
        #expect(client.send(batch) == 50)
        let received = DatagramBatch(capacity: 1, slotSize: 65_536)
        var octets = 0
        var datagrams = 0
        while try server.receive(received) == 1 {
            let datagram = server.datagram(0, of: received)
            var start = 0
            while start < datagram.count {
                received.withSlot(0) { #expect($0[start] == UInt8(datagrams)) }
                start += datagram.pieceLength
                datagrams += 1
            }
            octets += datagram.count
        }
        #expect(datagrams == 50 && octets == 49_010)
    }

    /// One that the kernel refuses (to a port 0) does not hold the others back.
    @Test func batchPassesOverWhatCannotGo() throws {
        let socket = try UDPSocket(.ipv4)
        try socket.bind(Endpoint(loopback4, 0))
        let batch = DatagramBatch(capacity: 3, slotSize: 8)
        for port in [socket.port, 0, socket.port] { batch.append(length: 1, to: Endpoint(loopback4, port)) }
        #expect(socket.send(batch) == 2)
        #expect(try socket.receive(batch) == 2)
    }

    private func option(_ socket: InternetSocket, _ level: Int, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(socket.number, Int32(level), name, &value, &length) == 0 ? value : nil
    }

    @Test(.enabled(if: isRoot, "needs root"), arguments: [Address.Family.ipv4, .ipv6])
    func theKernelHasTheOptionsThatWereSet(_ family: Address.Family) throws {
        let socket = try UDPSocket(family)
        try socket.setMark(0x17241)
        #expect(option(socket, Int(SOL_SOCKET), SO_MARK) == 0x17241)
        let (level, name) = family == .ipv4 ? (Int(IPPROTO_IP), IP_MTU_DISCOVER) : (Int(IPPROTO_IPV6), IPV6_MTU_DISCOVER)
        for behaviour in [UDPSocket.PathMTU.obey, .probe, .fragment] {
            try socket.setPathMTU(behaviour)
            #expect(option(socket, level, name) == behaviour.rawValue)
        }
        // More than net.core.rmem_max; the kernel tells twice what was asked.
        try socket.setBuffers(receive: 1 << 20, send: 1 << 21)
        #expect(option(socket, Int(SOL_SOCKET), SO_RCVBUF) == 1 << 21)
        #expect(option(socket, Int(SOL_SOCKET), SO_SNDBUF) == 1 << 22)
        // The kernel does not tell a socket's policies: the scenes with kernel ESP prove their effect.
        try socket.bypassPolicies()
    }

    @Test(.enabled(if: isRoot, "needs root"), arguments: [Address.Family.ipv4, .ipv6])
    func rawSocketCarriesItsProtocol(_ family: Address.Family) throws {
        let own = family == .ipv4 ? loopback4 : loopback6
        let socket = try RawSocket(family, ipProtocol: 253) // RFC 3692's for experiments
        try socket.bind(Endpoint(own, 0))
        try socket.wantTrafficClass()
        try socket.send(bytes("payload").span, to: Endpoint(own, 0), from: own, trafficClass: 0x2e)
        #expect(try readable(socket.number))
        var about: Datagram?
        let got = try #require(
            try reading { (span) throws(SystemError) in
                about = try socket.receive(into: &span)
                return about?.count
            })
        #expect(about?.peer == Endpoint(own, 0))
        #expect(about?.local.address == own)
        #expect(about?.trafficClass == 0x2e)
        #expect(got.count == 7 + (family == .ipv4 ? 20 : 0))
        #expect(Array(got.suffix(7)) == bytes("payload"))
    }
}

@Suite struct UnixSocketTests {
    @Test func ownerTalksToOwner() throws {
        let scratch = Scratch()
        let path = scratch.path / "control"
        let listener = try UnixListener(path)
        #expect(try Files.status(path).mode == 0o600)
        #expect(try listener.accept() == nil)
        let client = try UnixStream(connectingTo: path)
        let server = try #require(try listener.accept())
        #expect(try server.credentials().process == ThisProcess.id)
        #expect(try server.credentials().user == ThisProcess.user)
        #expect(try reading { (span) throws(SystemError) in try server.read(into: &span) } == nil)
        #expect(try client.write(bytes("up west\n").span) == 8)
        #expect(shutdown(client.number, Int32(SHUT_WR)) == 0)
        #expect(try server.wait(until: soon()))
        #expect(try reading { (span) throws(SystemError) in try server.read(into: &span) } == bytes("up west\n"))
        #expect(try reading { (span) throws(SystemError) in try server.read(into: &span) } == [])
    }

    @Test func fullSocketSaysSo() throws {
        let scratch = Scratch()
        let listener = try UnixListener(scratch.path / "s")
        let client = try UnixStream(connectingTo: scratch.path / "s")
        let server = try #require(try listener.accept())
        let block = [UInt8](repeating: 7, count: 65536)
        var sent = 0
        while let went = try client.write(block.span) { sent += went }
        #expect(sent > 0)
        #expect(try server.credentials().user == ThisProcess.user)
    }

    @Test func absentAndDeafListenersDiffer() throws {
        let scratch = Scratch()
        let path = scratch.path / "s"
        do throws(SystemError) { _ = try UnixStream(connectingTo: path) } catch { #expect(error.isNoSuchFile) }
        do { _ = try UnixListener(path) }
        do throws(SystemError) {
            _ = try UnixStream(connectingTo: path)
            Issue.record("nobody listens there")
        } catch { #expect(error.isConnectionRefused) }
        do throws(SystemError) {
            _ = try UnixListener(path)
            Issue.record("the name was taken")
        } catch { #expect(error.isAddressInUse) }
        let long = Path([UInt8](repeating: 0x61, count: 200))
        #expect(throws: SystemError.self) { try UnixListener(long) }
    }
}

@Suite struct NetlinkSocketTests {
    /// RTM_GETLINK for everything: the loopback interface answers, and the dump's end follows.
    @Test func kernelAnswers() throws {
        let socket = try NetlinkSocket(.route)
        var request = ByteWriter()
        request.native32(20 + 12)
        request.native16(18)
        request.native16(0x301)
        request.native32(1)
        request.native32(0)
        request.zeros(16)
        try socket.send(request.bytes.span)
        #expect(try socket.wait(until: soon()))
        var buffer = [UInt8](repeating: 0, count: 65536)
        var span = buffer.mutableSpan
        guard case .datagram(let count) = try socket.receive(into: &span) else {
            Issue.record("no datagram")
            return
        }
        #expect(count > 100)
    }

    @Test func nothingWaits() throws {
        let socket = try NetlinkSocket(.xfrm)
        #expect(
            try reading { (span) throws(SystemError) in
                if case .nothing = try socket.receive(into: &span) { return 0 }
                return nil
            } == [])
    }
}
