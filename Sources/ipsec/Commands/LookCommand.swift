import Control
import DataPlane
import Linux
import Wire

/// `ipsec eroute`, `ipsec spi`, `ipsec look`: policies, SAs and routes in force.
enum LookCommand {
    static func eroute(_ words: [Name]) -> Int32 { takesNothing("eroute", words) ?? Client.ask(.eroutes) }

    static func spi(_ words: [Name]) -> Int32 { takesNothing("spi", words) ?? Client.ask(.associations) }

    static func look(_ words: [Name]) -> Int32 { takesNothing("look", words) ?? look() }

    /// The kernel's view is shown even if no daemon runs.
    static func look() -> Int32 {
        say("\(KeyMaking.hostName)")
        let code = Client.ask(.eroutes)
        if code == 0 { _ = Client.ask(.associations) }
        for line in KernelView.lines { say(line) }
        return code
    }

    /// The exit code if there are words; `nil` if there are none.
    private static func takesNothing(_ command: StaticString, _ words: [Name]) -> Int32? {
        guard !words.isEmpty else { return nil }
        complain("\(command) takes nothing; 'ipsec help look' explains it")
        return 2
    }
}
