import Configuration
import DataPlane
import Host
import Linux

extension Log.Debugging {
    /// What `plutodebug=` and `klipsdebug=` ask for.
    init(_ setup: Setup.Debugging) {
        self.init()
        received = setup.received
        sent = setup.sent
        control = setup.control
        names = setup.names
        plane = setup.plane
    }
}
