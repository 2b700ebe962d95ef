import Configuration
import DataPlane
import Host
import Linux

extension Log.Debugging {
    /// The kinds of debugging messages in `plutodebug=` and `klipsdebug=`.
    init(_ setup: Setup.Debugging) {
        self.init()
        received = setup.received
        sent = setup.sent
        control = setup.control
        names = setup.names
        plane = setup.plane
    }
}
