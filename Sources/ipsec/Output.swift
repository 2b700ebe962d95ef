import Linux
import Wire

/// Prints a line on standard output.
func say(_ line: __owned Sentence) { StandardStream.output.write((line + "\n").octets.span) }

/// Prints a message on standard error.
func complain(_ text: __owned Sentence) { StandardStream.error.write(("ipsec: \(text)\n" as Sentence).octets.span) }
