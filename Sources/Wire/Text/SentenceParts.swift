extension Sentence.StringInterpolation {
    /// Appends the value's `sentence`.
    @inline(__always) public mutating func appendInterpolation<Value: Worded>(_ value: Value) {
        appendInterpolation(value.sentence)
    }
}

extension Sentence {
    /// The sentences in order with `separator` between them.
    public static func joined(_ sentences: [Sentence], by separator: __owned Sentence) -> Sentence {
        var all: Sentence = ""
        for (index, sentence) in sentences.enumerated() {
            if index > 0 { all += separator }
            all += sentence
        }
        return all
    }
}
