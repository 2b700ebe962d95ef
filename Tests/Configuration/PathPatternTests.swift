import Testing

@testable import Configuration

@Suite struct PathPatternTests {
    @Test(arguments: [
        ("ipsec.conf", "*.conf", true), ("ipsec.conf", "ipsec.*", true), ("ipsec.conf", "*", true),
        ("ipsec.conf", "?psec.con?", true), ("ipsec.conf", "ipsec.conf?", false), ("ipsec.conf", "*.secrets", false),
        ("a1", "a[0-9]", true), ("ax", "a[0-9]", false), ("ax", "a[!0-9]", true), ("a]", "a[]]", true),
        ("a[", "a[", true), ("a-", "a[x-]", true), (".hidden", "*", false), (".hidden", ".*", true), ("", "*", true),
        ("", "", true), ("aaab", "*ab", true), ("abcabd", "a*b*d", true), ("abc", "a*b*d", false), ("*", "*", true),
    ])
    func wildcards(_ name: String, _ pattern: String, _ fits: Bool) {
        #expect(PathPattern.matches(Array(pattern.utf8), Array(name.utf8)) == fits)
    }
}
