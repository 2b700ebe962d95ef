import Linux
import Wire

/// The console's output: one page at a time if the terminal's size is known.
final class Screen {
    /// Characters in a line; lines on a page, 0 for no pages.
    var columns = 80
    var lines = 0
    private let keyboard: Keyboard?
    private var used = 0
    private var isCut = false

    /// - Parameter keyboard: `nil` if no key can ask for the next page.
    init(_ keyboard: Keyboard?) { self.keyboard = keyboard }

    /// The output of a new command begins.
    func begin() {
        used = 0
        isCut = false
    }

    /// Prints a line; false when the user has quit the pager.
    @discardableResult
    func line(_ text: __owned Sentence) -> Bool {
        if isCut { return false }
        let rows = max(1, (text.octets.count + columns - 1) / max(1, columns))
        if let keyboard, lines > 1, used + rows >= lines {
            more(keyboard)
            if isCut { return false }
        }
        used += rows
        if !StandardStream.output.write(text + "\n") { isCut = true }
        return !isCut
    }

    private func more(_ keyboard: Keyboard) {
        StandardStream.output.write("--More--")
        switch keyboard.next() {
        case .octet(0x0D), .octet(0x0A): used = max(0, lines - 2)
        case .octet(UInt8(ascii: "q")), .octet(0x03), .over: isCut = true
        default: used = 0
        }
        StandardStream.output.write("\r        \r")
    }
}
