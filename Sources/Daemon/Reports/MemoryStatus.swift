import Control
import DataPlane
import IKE
import Linux
import Wire

extension Connections {
    /// The memory that the process occupies, and the most that it can ever occupy (`Wire.Bounds`).
    func showMemory(to terminal: Terminal) {
        let most = engine.bounds.most(ownESP: plane.tunnelDevice != nil)
        terminal.plain("Memory: \(ThisProcess.residentMemory() / 1024) KB resident, at most \(most / 1024) KB.")
    }
}
