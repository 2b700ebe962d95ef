import DataPlane
import Linux
import Wire

/// `ipsec eroute`, `ipsec spi`, `ipsec look`: what is in force.
enum LookCommand {
    static func run(_ command: Name, _ words: [Name]) -> Int32 {
        guard words.isEmpty else {
            complain("\(command) takes nothing; 'ipsec help look' explains it")
            return 2
        }
        if command != "look" { return Client.ask([command]) }
        return look()
    }

    /// With no daemon, what the kernel holds is all there is; and that is shown.
    static func look() -> Int32 {
        say("\(KeyMaking.hostName)")
        let code = Client.ask(["eroute"])
        if code == 0 { _ = Client.ask(["spi"]) }
        for line in KernelView.lines { say(line) }
        return code
    }

    static func say(_ line: __owned Sentence) { StandardStream.output.write((line + "\n").octets.span) }
}
