/// Hexadecimal, base 64 (RFC 4648) and decimal numbers, both ways.
public enum Text {
    /// Lower-case hexadecimal, no separators.
    public static func hex(_ bytes: [UInt8]) -> Sentence {
        var digits: [UInt8] = []
        digits.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            digits.append(hexDigit(byte >> 4))
            digits.append(hexDigit(byte & 15))
        }
        return Sentence(octets: digits)
    }

    /// The lowest `digits` hexadecimal digits of a number, with leading zeros: `hex(0x1a, digits: 8)` is `0000001a`.
    public static func hex(_ value: UInt64, digits count: Int) -> Sentence {
        var digits: [UInt8] = []
        for place in stride(from: count - 1, through: 0, by: -1) {
            digits.append(hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(place * 4)) & 15))
        }
        return Sentence(octets: digits)
    }

    /// Octets from hexadecimal digits of either case; `_` is ignored, as in FreeS/WAN's keys. `nil` for other characters or an
    /// odd number of digits.
    public static func octets(hex digits: [UInt8]) -> [UInt8]? {
        var octets: [UInt8] = []
        var high: UInt8?
        for digit in digits where digit != UInt8(ascii: "_") {
            guard let value = hexValue(digit) else { return nil }
            if let first = high {
                octets.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? octets : nil
    }

    /// Base 64 with padding.
    public static func base64(_ bytes: [UInt8]) -> Sentence {
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16
                | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            for place in 0..<4 {
                let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place)) & 63
                text.append(place <= left ? base64Digit(sextet) : UInt8(ascii: "="))
            }
            index += 3
        }
        return Sentence(octets: text)
    }

    /// Octets from base 64, fully padded or not padded at all; `nil` for anything else.
    public static func octets(base64 text: [UInt8]) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1, end == text.count || text.count % 4 == 0 else { return nil }
        var octets: [UInt8] = []
        var gathered: UInt32 = 0
        var bits = 0
        for index in 0..<end {
            guard let value = base64Value(text[index]) else { return nil }
            gathered = gathered << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                octets.append(UInt8(truncatingIfNeeded: gathered >> UInt32(bits)))
            }
        }
        return octets
    }

    /// A number in hexadecimal without leading zeros.
    public static func hex(_ value: UInt64) -> Sentence {
        hex(value, digits: max(1, (67 - value.leadingZeroBitCount) / 4))
    }

    /// The value of decimal digits; `nil` when there are none, when there is another character, or above `limit`.
    public static func decimal(_ digits: ArraySlice<UInt8>, limit: UInt64 = UInt64(UInt32.max)) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            let (product, tooMany) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooMuch) = product.addingReportingOverflow(UInt64(digit - 0x30))
            guard !tooMany, !tooMuch, sum <= limit else { return nil }
            value = sum
        }
        return value
    }

    /// The same for a whole array.
    public static func decimal(_ digits: [UInt8], limit: UInt64 = UInt64(UInt32.max)) -> UInt64? {
        decimal(digits[...], limit: limit)
    }

    /// The value of one hexadecimal digit, 0 to 15; `nil` for another character.
    public static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }

    private static func base64Digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: 0x41 + value
        case 26..<52: 0x61 + value - 26
        case 52..<62: 0x30 + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    /// The value of one base 64 character, 0 to 63; `nil` for another character.
    public static func base64Value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
