import Linux
import TestSupport
import Testing
import Wire

@testable import DataPlane

/// What `setup stop` and `look` say where the kernel refuses.
@Suite(.enabled(if: Namespace.isPossible, "needs root"))
struct StoppingTests {
    @Test func whatStaysIsNamed() throws {
        try Namespace.run {
            try Namespace.makeGateway()
            let kept = KeptLog()
            let device = try TUNDevice("ipsec8", log: kept.log)
            try device.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
            let rule = try Namespace.ip("rule show")
            let stayed = try Namespace.withoutPrivilege { device.removeFromKernel().map { "\($0)" } }
            #expect(stayed.contains { $0.contains("10.0.2.0/24") }, "\(stayed)")
            #expect(try Namespace.ip("route show table 17241").contains("10.0.2.0/24") && Namespace.ip("rule show") == rule)
            #expect(device.removeFromKernel() == [])
            #expect(try !Namespace.ip("rule show").contains("17241"))
        }
    }

    /// A report says which table it lacks.
    @Test func unreadPoliciesAreNamed() throws {
        guard Namespace.hasPolicies else { try Test.cancel("this kernel has no XFRM") }
        try Namespace.run {
            #expect(!KernelView.lines.contains { "\($0)".contains("policies") })
            let lines = try Namespace.withoutPrivilege { KernelView.lines.map { "\($0)" } }
            #expect(lines.contains { $0.contains("policies") && $0.contains("not permitted") }, "\(lines)")
        }
    }
}
