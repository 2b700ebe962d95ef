/// Text in JSON (RFC 8259 §7).
public enum JSON {
    /// A string, in quotation marks.
    public static func text(_ text: __owned Sentence) -> Sentence {
        var octets: [UInt8] = [UInt8(ascii: "\"")]
        for octet in text.octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets += [UInt8(ascii: "\\"), octet]
            case 0..<0x20: octets += ("\\u00\(Text.hex([octet]))" as Sentence).octets
            default: octets.append(octet)
            }
        }
        octets.append(UInt8(ascii: "\""))
        return Sentence(octets: octets)
    }

    /// A string, or `null`.
    public static func text(_ text: Sentence?) -> Sentence { text.map { Self.text($0) } ?? "null" }

    /// A number, or `null`.
    public static func number(_ number: UInt64?) -> Sentence { number.map { "\($0)" } ?? "null" }
}
