import DataPlane
import IKE
import Linux
import Wire

extension Connections {
    /// What the process occupies, and what it will never pass whatever anybody sends (`Wire.Bounds`).
    func showMemory(to terminal: Terminal) {
        let most = engine.bounds.most(ownESP: plane.tunnelDevice != nil)
        terminal.plain("Memory: \(ThisProcess.residentMemory() / 1024) KB resident, at most \(most / 1024) KB.")
    }
}
