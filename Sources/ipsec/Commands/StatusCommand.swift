import Wire

/// `ipsec status [--json]`: what is up, for a person or a program.
enum StatusCommand {
    static func run(_ words: [Name]) -> Int32 {
        if words.isEmpty || words == ["--json"] { return Client.ask(["status"] + words) }
        complain("status takes nothing, or --json")
        return 2
    }
}
