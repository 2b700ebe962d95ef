import Linux
import TestSupport
import Testing

@testable import DataPlane

/// A plane that does not implement a request must not seem to have carried it out.
@Suite struct UnfinishedPlaneTests {
    @Test func whatAPlaneDoesNotImplementTraps() async {
        await #expect(processExitsWith: .failure) {
            let plane = DataPlane(log: KeptLog().log)
            _ = plane.removeFromKernel()
        }
        await #expect(processExitsWith: .failure) { TunnelDevice(name: "paper0").setMTU(1_400) }
    }
}
