import Testing

/// The daemon's start with `config setup`: the destination of messages, commands that hang, core dumps, files that are read again later.
@Suite struct StartTests {
    static let scenes = [
        Scenario("syslog=, plutostderrlog=, debugging and dumpdir=", "messages"),
        Scenario("a conn that is left out says why, at the start and later", "left_out"),
        Scenario("prepluto= and postpluto= that hang", "hanging_commands"),
        Scenario("interfaces=", "interfaces"),
        Scenario("setup reload", "reloaded"),
        Scenario("ranbits, rsasigkey, newhostkey and showhostkey", "key_commands"),
        Scenario("commands that hold a key are hidden", "hidden"),
        Scenario("Debian's unit for systemd", "unit"),
        Scenario("crlcheckinterval=", "revoked_later auth=x509"),
    ]

    @Test(arguments: scenes) func scene(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
