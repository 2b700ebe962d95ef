import Wire

/// The last warning or error about a connection.
struct LastError {
    /// The text of the log line, at most `Limits.lastError` octets.
    let text: Sentence
    /// Its code, if it has one.
    let code: MessageCode?
    /// When it was logged, in seconds since 1970.
    let time: Int64

    init(_ text: __owned Sentence, _ code: MessageCode?, at time: Int64) {
        self.text = text.cut(to: Limits.lastError)
        self.code = code
        self.time = time
    }

    var json: Sentence { "{\"code\": \(JSON.text(code.map { "\($0.word)" })), \"text\": \(JSON.text(text)), \"time\": \(time)}" }
}
