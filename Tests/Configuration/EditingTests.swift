import Crypto
import Testing
import Wire

@testable import Configuration

private func text(_ string: String) -> ConfigurationText { ConfigurationText(Secret(Array(string.utf8))) }

extension ConfigurationText {
    /// The octets as they would be written.
    fileprivate var written: String {
        let text = text
        var octets: [UInt8] = []
        for index in 0..<text.count { octets.append(text.bytes[index]) }
        return String(decoding: octets, as: UTF8.self)
    }

    fileprivate func set(_ parameter: Name, _ value: String, _ section: Name) throws -> ConfigurationText {
        try setting(parameter, to: Secret(Array(value.utf8)), in: section)
    }

    fileprivate func put(_ line: String, _ section: Name) throws -> ConfigurationText {
        try putting(Secret(Array(line.utf8)), in: section)
    }
}

/// An edit changes only the text that it is for.
@Suite struct ConfigurationTextTests {
    static let file = """
        # The gateway of the north.
        version 2.0
        config setup
            interfaces = %defaultroute   # one line to the world
            # not yet: hidetos=no

        conn %default
        \tkeyingtries=1

        # The office.
        conn office
          left = 192.0.2.1      # us
          leftid="C=DE, CN=north"
        # in the middle, at the margin
          rightsubnet=10.0.0.0/8\t# them
          ike=aes128-sha256-modp2048

        conn home
        \tleft=%any
        """

    @Test func knowsItsSections() {
        let text = text(Self.file)
        #expect(text.sections == ["%setup", "%default", "office", "home"])
        #expect(text.value(of: "left", in: "office") == "192.0.2.1")
        #expect(text.value(of: "leftid", in: "office") == "C=DE, CN=north")
        #expect(text.value(of: "interfaces", in: "%setup") == "%defaultroute")
        #expect(text.value(of: "right", in: "office") == nil)
        #expect(text.value(of: "left", in: "nowhere") == nil)
    }

    @Test func aValueChangesAndItsCommentStays() throws {
        let changed = try text(Self.file).set("left", "198.51.100.7", "office").set("rightsubnet", "10.1.0.0/16", "office")
        #expect(
            changed.written
                == Self.file
                .replacingOccurrence("left = 192.0.2.1 ", with: "left = 198.51.100.7 ")
                .replacingOccurrence("10.0.0.0/8\t", with: "10.1.0.0/16\t"))
    }

    @Test func aNewParameterIsIndentedAsTheOthers() throws {
        let changed = try text(Self.file).set("right", "192.0.2.9", "office").set("auto", "add", "home")
        #expect(changed.written == Self.file.replacingOccurrence("modp2048\n", with: "modp2048\n  right=192.0.2.9\n") + "\n\tauto=add\n")
    }

    @Test func blanksGetQuotationMarks() throws {
        let changed = try text("conn a\n left=1.2.3.4\n").set("leftid", "C=DE, CN=#1", "a")
        #expect(changed.written == "conn a\n left=1.2.3.4\n leftid=\"C=DE, CN=#1\"\n")
        #expect(changed.value(of: "leftid", in: "a") == "C=DE, CN=#1")
        #expect(try changed.set("leftid", "@west", "a").written == "conn a\n left=1.2.3.4\n leftid=@west\n")
    }

    /// The words stay as they were written, also if they are synonyms.
    @Test func othersSpellingsStay() throws {
        let file = text(
            "Config Setup\n Virtual-Private=%v4:10.0.0.0/8 # nets\nCONN 1st\n LEFT=1.2.3.4\n forceencaps=yes\n leftsubnets={10.1.0.0/24 10.2.0.0/24}\n Also=x\n"
        )
        #expect(file.sections == ["%setup", "1st"])
        #expect(file.value(of: "leftsubnets", in: "1st") == "{10.1.0.0/24 10.2.0.0/24}")
        let changed = try file.set("virtual_private", "%v4:10.1.0.0/16", "%setup").set("left", "1.2.3.5", "1st").set("also", "y", "1st")
            .set("leftsubnets", "{10.1.0.0/24 10.3.0.0/24}", "1st").set("encapsulation", "no", "1st")
        #expect(
            changed.written == "Config Setup\n Virtual-Private=%v4:10.1.0.0/16 # nets\nCONN 1st\n LEFT=1.2.3.5\n forceencaps=no\n "
                + "leftsubnets={10.1.0.0/24 10.3.0.0/24}\n Also=x\n also=y\n")
        #expect(try file.put("LeftSubnets={10.9.0.0/24}  # new", "1st").written.contains(" LeftSubnets={10.9.0.0/24}  # new\n Also=x\n"))
        #expect(file.unsetting("virtual_private", in: "%setup")?.written.hasPrefix("Config Setup\nCONN 1st\n") == true)
    }

    @Test func anAliasIsTheSameParameter() throws {
        let before = text("conn a\n phase2alg=aes128-sha1\n")
        #expect(try before.set("esp", "aes256-sha256", "a").written == "conn a\n phase2alg=aes256-sha256\n")
        #expect(before.unsetting("esp", in: "a")?.written == "conn a\n")
    }

    @Test func alsoMayBeThereManyTimes() throws {
        let changed = try text("conn a\n also=b\n").set("also", "c", "a")
        #expect(changed.written == "conn a\n also=b\n also=c\n")
        #expect(changed.unsetting("also", in: "a")?.written == "conn a\n")
    }

    @Test func aParameterIsTakenOut() {
        #expect(
            text(Self.file).unsetting("leftid", in: "office")?.written
                == Self.file.replacingOccurrence("  leftid=\"C=DE, CN=north\"\n", with: ""))
        #expect(text(Self.file).unsetting("right", in: "office") == nil)
    }

    @Test func sectionsComeAndGo() throws {
        let more = try text(Self.file).adding("new").set("left", "1.2.3.4", "new")
        #expect(more.written == Self.file + "\n\nconn new\n\tleft=1.2.3.4\n")
        #expect(more.removing("new")?.written == Self.file + "\n\n")
        #expect(text(Self.file).removing("nowhere") == nil)
        let part = Self.file.split(separator: "conn office")[1].split(separator: "conn home")[0]
        #expect(text(Self.file).removing("office")?.written == Self.file.replacingOccurrence("conn office" + part, with: ""))
        #expect(try text("").adding("%setup").written == "config setup\n")
        #expect(try text("conn a\n left=1.2.3.4\n").adding("%default").written == "conn %default\n\nconn a\n left=1.2.3.4\n")
    }

    @Test func linesOfAFileArePutInAsTheyAre() throws {
        let changed = try text("conn a\n left=1.2.3.4 # old\n").put("left = 5.6.7.8  # new", "a").put("# a remark", "a").put(
            "auto=add", "a")
        #expect(changed.written == "conn a\n left = 5.6.7.8  # new\n # a remark\n auto=add\n")
        #expect(throws: EditError.self) { try changed.put("no sign here", "a") }
    }

    @Test(arguments: [
        ("lefft", "1.2.3.4", "lefft is no parameter; did you mean left?"),
        ("interfaces", "x", "interfaces belongs in 'edit %setup'"),
        ("leftid", "a\"b", "a value holds no quotation marks and no control characters"),
        ("leftid", "a\nconn b", "a value holds no quotation marks and no control characters"),
    ])
    func whatCannotBeWrittenIsRefused(_ name: String, _ value: String, _ reason: String) {
        #expect(reason == (try? refusal { try text("conn a\n").set(Name(name), value, "a") }))
    }

    @Test func aBadNameIsRefused() {
        #expect((try? refusal { try text("").adding("a&b") })?.hasPrefix("a&b is no name for a conn") == true)
    }

    private func refusal(_ body: () throws -> ConfigurationText) throws -> String {
        do { _ = try body() } catch let error as EditError { return "\(error.reason)" }
        return "nothing"
    }

    @Test func carriageReturnsStay() throws {
        #expect(
            try text("conn a\r\n left=1.2.3.4\r\n right=%any\r\n").set("left", "5.6.7.8", "a").written
                == "conn a\r\n left=5.6.7.8\r\n right=%any\r\n")
    }

    // MARK: Changes

    @Test func changesAreTold() throws {
        let before = text(Self.file)
        let after = try #require(try before.set("left", "198.51.100.7", "office").unsetting("keyingtries", in: "%default"))
            .adding("new").set("left", "1.2.3.4", "new")
        #expect(
            after.changes(from: before).map { "\($0)" } == [
                "  conn %default", "- \tkeyingtries=1", "  conn office", "-   left = 192.0.2.1      # us",
                "+   left = 198.51.100.7      # us", "  conn home", "+ ", "+ conn new", "+ \tleft=1.2.3.4",
            ])
        #expect(before.changes(from: before).isEmpty)
    }

    /// The output lists the lines that have to be removed and added.
    @Test func changesMakeTheOneOfTheOther() {
        var seed: UInt64 = 7
        func random(_ below: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % below
        }
        for _ in 0..<200 {
            let old = (0..<random(12)).map { _ in "\("ab  c".dropFirst(random(5)).prefix(1)) \(random(4))" }
            let new = (0..<random(12)).map { _ in "\("ab  c".dropFirst(random(5)).prefix(1)) \(random(4))" }
            let told = text(new.map { $0 + "\n" }.joined()).changes(from: text(old.map { $0 + "\n" }.joined())).map { "\($0)" }
            #expect(told.filter { $0.hasPrefix("- ") }.count - told.filter { $0.hasPrefix("+ ") }.count == old.count - new.count)
            var rest = old
            for line in told where line.hasPrefix("- ") {
                if let place = rest.firstIndex(of: String(line.dropFirst(2))) { rest.remove(at: place) }
            }
            rest += told.filter { $0.hasPrefix("+ ") }.map { String($0.dropFirst(2)) }
            #expect(rest.sorted() == new.sorted(), "\(old) to \(new): \(told)")
        }
    }

    @Test func keysAreNotShown() throws {
        let before = text("conn a\n espenckey=0x00112233\n left=1.2.3.4\n")
        let after = try before.set("espenckey", "0x44556677", "a")
        #expect(after.changes(from: before).map { "\($0)" } == ["  conn a", "-  espenckey=(not shown)", "+  espenckey=(not shown)"])
        #expect(after.lines(of: "a").map { "\($0)" } == ["conn a", " espenckey=(not shown)", " left=1.2.3.4"])
        #expect(after.value(of: "espenckey", in: "a") == nil)
        #expect(Parameters.isKey("leftespauthkey") && Parameters.isKey("ahkey") && !Parameters.isKey("leftrsasigkey"))
    }

    @Test func oneLineIsLookedAtAlone() throws {
        let wrong = try text("conn a\n left=1.2.3.4\n").set("auto", "strat", "a")
        #expect(
            ConfigurationText.faults(of: "auto", in: wrong, "a").map { "\($0.text)" }
                == ["auto=strat: expected ignore, add, route, start or manual; did you mean start?"])
        #expect(ConfigurationText.faults(of: "left", in: wrong, "a").isEmpty)
    }
}

@Suite struct FallbackTests {
    @Test func isReadAsItWasWritten() throws {
        let kept = Fallback(deadline: 1234, boot: "6f-a1", text: Secret(Array("conn a\n left=1.2.3.4\n".utf8)))
        let read = try #require(Fallback(file: kept.file))
        #expect(read.deadline == 1234 && read.boot == "6f-a1" && read.text.equals(kept.text))
    }

    @Test func timeIsUpByTheClockOrByAnotherStart() {
        let kept = Fallback(deadline: 100, boot: "one", text: Secret(count: 0))
        #expect(kept.remaining(now: 40, boot: "one") == 60)
        #expect(kept.remaining(now: 100, boot: "one") == 0)
        #expect(kept.remaining(now: 40, boot: "two") == 0)
    }

    @Test(arguments: [
        "", "conn a\n", "# ipsec.conf as it was; put back unless confirmed by 12",
        "# ipsec.conf as it was; put back unless confirmed by x of y\n",
    ])
    func anythingElseIsNone(_ file: String) {
        #expect(Fallback(file: Secret(Array(file.utf8))) == nil)
    }
}

@Suite struct SecretsTextTests {
    static let file =
        "# ours\n192.0.2.1 192.0.2.2: is no entry\n@a @b : PSK \"old\"  # why\n@c : RSA {\n\t}\n@d @e : PSK\n\t\"two lines\"\n"

    private func put(_ secret: String, _ ids: [Name], _ file: String?, mode: UInt32 = 0o600) throws(EditError) -> String {
        let contents = file.map { FileContents(Secret(Array($0.utf8)), owner: 0, mode: mode) }
        let text = try SecretsText.putting(Secret(Array(secret.utf8)), for: ids, into: contents, at: "/etc/ipsec.secrets")
        var octets: [UInt8] = []
        for index in 0..<text.count { octets.append(text.bytes[index]) }
        return String(decoding: octets, as: UTF8.self)
    }

    @Test func anEntryIsReplacedOrAdded() throws {
        #expect(
            try put("new", ["@b", "@a"], Self.file)
                == Self.file.replacingOccurrence("@a @b : PSK \"old\"  # why", with: "@b @a : PSK \"new\""))
        #expect(try put("new", ["@d", "@e"], Self.file) == Self.file.replacingOccurrence("PSK\n\t\"two lines\"", with: "PSK \"new\""))
        #expect(try put("new", ["@x"], Self.file) == Self.file + "@x : PSK \"new\"\n")
        #expect(try put("new", [], nil) == ": PSK \"new\"\n")
        #expect(try put("new", ["%any"], "# no feed") == "# no feed\n%any : PSK \"new\"\n")
    }

    @Test func whateverASecretHoldsIsReadAgain() throws {
        for secret in ["plain", "it's # one", "a\"b", "tab\there", "ü"] {
            let text = try put(secret, ["@a"], nil)
            let read = Secrets.load("/s", from: Memory(["/s": text]))
            let match = read.presharedKey(local: .init(.fqdn("a"), Address("192.0.2.1")!), remote: .init(nil, nil))
            #expect(match?.secret.equals(Secret(Array(secret.utf8))) == true, "\(text)")
        }
    }

    @Test func whatCannotBeIsRefused() {
        #expect(throws: EditError.self) { try put("x", ["@a"], Self.file, mode: 0o644) }
        #expect(throws: EditError.self) { try put("", ["@a"], Self.file) }
        #expect(throws: EditError.self) { try put("x", ["no such id!"], Self.file) }
    }
}
