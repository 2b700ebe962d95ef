import Wire

/// The last warning or error about a connection.
struct LastError {
    /// The text of the log line without its code, at most `Limits.lastError` octets.
    let text: Sentence
    /// Its code.
    let code: Sentence?
    /// Seconds since 1970.
    let time: Int64

    /// - Parameter otherwise: the code of a line that ends with none.
    init(_ line: Sentence, otherwise: MessageCode? = nil, time: Int64) {
        let (text, code) = line.withoutCode
        self.text = text.cut(to: Limits.lastError)
        self.code = code ?? otherwise.map { "\($0.word)" }
        self.time = time
    }

    var json: Sentence { "{\"code\": \(JSON.text(code)), \"text\": \(JSON.text(text)), \"time\": \(time)}" }
}

extension Sentence {
    /// The text of a log line, and the code at its end. A word in brackets that is no code is part of the text.
    var withoutCode: (text: Sentence, code: Sentence?) {
        guard octets.last == UInt8(ascii: "]"), let start = octets.lastIndex(of: UInt8(ascii: "[")), start > 0,
            octets[start - 1] == UInt8(ascii: " ")
        else { return (self, nil) }
        let code = Sentence(octets: Array(octets[(start + 1)..<(octets.count - 1)]))
        guard MessageCode.allCases.contains(where: { "\($0.word)" == code }) else { return (self, nil) }
        return (Sentence(octets: Array(octets[..<(start - 1)])), code)
    }
}
