import Configuration
import Testing
import Wire

/// `right=%group` and the files of `ipsec.d/policies`.
@Suite struct PolicyGroupTests {
    private static let clear = """
        conn clear
        \ttype=passthrough
        \tauthby=never
        \tleft=192.0.2.1
        \tright=%group
        \tauto=route

        """

    private func read(_ text: String, _ groups: [String: String]) -> (names: [String], texts: [String]) {
        var files: [String: String] = [:]
        for (name, text) in groups { files["/etc/ipsec.d/policies/\(name)"] = text }
        let read = load(text, files)
        return (
            read.connections.map { "\($0.name)" },
            read.diagnostics.map { "\($0)".replacing("/etc/ipsec.d/policies/", with: "").replacing("/etc/ipsec.conf:", with: "") }
        )
    }

    @Test func eachEntryIsAConnection() throws {
        let text = "# the office\n10.1.2.3\n  10.2.0.0/16 # and the shop\n10.3.0.0/255.255.0.0 10.4.0.0/24\n\n"
        let configuration = load(Self.clear, ["/etc/ipsec.d/policies/clear": text])
        #expect(configuration.diagnostics.isEmpty)
        #expect(
            configuration.connections.map { "\($0.name)" }
                == ["clear#10.1.2.3/32", "clear#10.2.0.0/16", "clear#10.3.0.0/16", "clear#10.4.0.0/24"])
        let conn = try #require(configuration.connection(named: "clear#10.2.0.0/16"))
        #expect(conn.section == "clear" && conn.isOfGroup && conn.mode == .passthrough && conn.auto == .route)
        #expect(conn.right.host == .any && conn.right.subnet == Subnet(Address("10.2.0.0")!, prefix: 16))
        #expect(configuration.connections(of: "clear").count == 4)
    }

    /// Connections in force stay when a file is lost: `mentions`. An empty file ends them.
    @Test func aGroupWithoutAFileIsEmpty() {
        #expect(read(Self.clear, [:]) == ([], []))
        #expect(load(Self.clear).mentions("clear#10.1.0.0/16"))
        let empty = load(Self.clear, ["/etc/ipsec.d/policies/clear": "# nobody\n"])
        #expect(!empty.mentions("clear#10.1.0.0/16"))
        #expect(empty.explain("clear") != load("").explain("clear"))
    }

    @Test func aWrongEntryLeavesTheOthers() {
        let (names, texts) = read(Self.clear, ["clear": "10.1.0.0/33\n10.2.0.0/16\nexample.com\n10.2.0.0/16\n2001:db8::/32\n"])
        #expect(names == ["clear#10.2.0.0/16"])
        #expect(texts.map { String($0.prefix(8)) } == ["clear:1:", "clear:3:", "clear:4:", "clear:5:"])
        #expect(texts.allSatisfy { !$0.contains("warning") })
    }

    @Test func oneNetworkIsInOneGroup() {
        let block = Self.clear.replacing("conn clear", with: "conn block").replacing("passthrough", with: "reject")
        let (names, texts) = read(Self.clear + block, ["clear": "10.1.0.0/16\n", "block": "10.2.0.0/16\n10.1.0.0/16\n"])
        #expect(names == ["clear#10.1.0.0/16", "block#10.2.0.0/16"])
        #expect(texts == ["block:2: 10.1.0.0/16 is in the policy group clear already"])
    }

    /// Connections in force stay while their conn cannot be read: `mentions`.
    @Test func aConnThatNegotiatesIsRefused() {
        let configuration = load(
            "conn net\n\tleft=192.0.2.1\n\tright=%group\n\tauthby=secret\n", ["/etc/ipsec.d/policies/net": "10.1.0.0/16\n"])
        #expect(configuration.connections.isEmpty && configuration.diagnostics.count == 1)
        #expect(configuration.mentions("net#10.1.0.0/16") && !configuration.mentions("nets#10.1.0.0/16"))
        #expect(read(Self.clear + "\trightsubnet=10.0.0.0/8\n", ["clear": "10.1.0.0/16\n"]).texts.map { String($0.prefix(2)) } == ["5:"])
    }

    @Test func entriesAreBounded() {
        let entries = (0..<(Limits.connections + 2)).map { "10.\($0 / 256).\($0 % 256).0/24" }.joined(separator: "\n")
        let (names, texts) = read(Self.clear, ["clear": entries])
        #expect(names.count == Limits.connections && texts.count == 1)
    }
}
