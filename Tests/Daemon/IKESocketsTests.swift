import Linux
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite(.enabled(if: Namespace.isPossible, "needs root"))
struct IKESocketsTests {
    /// What no socket can send is an error, and not sent.
    @Test func anUnknownLocalEndpointIsAnError() throws {
        try Namespace.run {
            let here = Address("127.0.0.1")!
            let sockets = try IKESockets(mark: 0, listen: here)
            let octets: [UInt8] = [0xff]
            try sockets.send(octets.span, from: Endpoint(here, 500), to: Endpoint(here, 4500))
            for local in [Endpoint(here, 501), Endpoint(Address("::1")!, 500)] {
                do throws(SystemError) {
                    try sockets.send(octets.span, from: local, to: Endpoint(local.address, 4500))
                    Issue.record("\(local) is not ours")
                } catch { #expect(error.isAddressNotAvailable) }
            }
        }
    }
}
