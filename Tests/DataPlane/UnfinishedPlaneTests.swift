import Linux
import TestSupport
import Testing

@testable import DataPlane

/// A plane that does not implement what it is asked for must not seem to have done it.
@Suite struct UnfinishedPlaneTests {
    @Test func whatAPlaneDoesNotImplementTraps() async {
        await #expect(processExitsWith: .failure) {
            let plane = DataPlane(log: KeptLog().log)
            _ = plane.removeFromKernel()
        }
        await #expect(processExitsWith: .failure) { TunnelDevice(name: "paper0").setMTU(1_400) }
    }
}
