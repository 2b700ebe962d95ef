extension Sentence.StringInterpolation {
    /// Anything that can describe itself.
    @inline(never)
    public mutating func appendInterpolation<Value: CustomStringConvertible>(_ value: Value) {
        appendInterpolation(value.description)
    }

    @inline(never) public mutating func appendInterpolation(_ flag: Bool) { appendLiteral(flag ? "true" : "false") }
}

extension Sentence {
    public init(octets: [UInt8]) {
        self.init("")
        self.octets = octets
    }

    /// The sentences one after another with `separator` between them.
    public static func joined(_ sentences: [Sentence], by separator: Sentence) -> Sentence {
        var all: Sentence = ""
        for (index, sentence) in sentences.enumerated() {
            if index > 0 { all += separator }
            all += sentence
        }
        return all
    }
}
