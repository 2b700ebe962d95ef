import Testing
import Wire

@testable import Daemon

@Suite struct JSONTests {
    @Test func controlCharactersQuotesAndBackslashesAreEscaped() {
        #expect(JSON.text("a\"b\\c\n").text == "\"a\\\"b\\\\c\\u000a\"")
    }
}
