import Control
import Wire

/// `ipsec status [--json]`: the state of connections and SAs, for a person or a program.
enum StatusCommand {
    static func run(_ words: [Name]) -> Int32 {
        guard words.isEmpty || words == ["--json"] else {
            complain("status takes nothing, or --json")
            return 2
        }
        return Client.ask(.status(isJSON: !words.isEmpty))
    }

    /// `ipsec watch --json`
    static func watch() -> Int32 { Client.ask(.watch(isJSON: true)) }

    /// `ipsec metrics`
    static func metrics(_ words: [Name]) -> Int32 {
        guard words.isEmpty else {
            complain("metrics takes nothing")
            return 2
        }
        return Client.ask(.metrics)
    }
}
