import Wire

/// The last warning or error about a connection.
struct LastError {
    /// The text of the log line, with its code.
    let text: Sentence
    /// Seconds since 1970.
    let time: Int64

    /// The code at the end of the text is a value of its own.
    var json: Sentence {
        let (text, code) = text.withoutCode
        return "{\"code\": \(JSON.text(code)), \"text\": \(JSON.text(text)), \"time\": \(time)}"
    }
}

extension Sentence {
    /// The text of a log line, and the code at its end.
    var withoutCode: (text: Sentence, code: Sentence?) {
        guard octets.last == UInt8(ascii: "]"), let start = octets.lastIndex(of: UInt8(ascii: "[")), start > 0 else { return (self, nil) }
        return (Sentence(octets: Array(octets[..<(start - 1)])), Sentence(octets: Array(octets[(start + 1)..<(octets.count - 1)])))
    }
}
