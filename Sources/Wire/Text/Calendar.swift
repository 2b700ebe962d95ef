/// Days of the Gregorian calendar.
public enum Calendar {
    /// `2026-11-23`, of seconds since 1970.
    public static func words(_ seconds: Int64) -> Sentence {
        // Counted from 1 March of year 0, so that the leap day is a year's last.
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month < 3 ? 1 : 0)
        return "\(Int(year))-\(two(month))-\(two(day))"
    }

    /// `03:09:21`, UTC, of seconds since 1970.
    public static func time(_ seconds: Int64) -> Sentence {
        let second = (seconds % 86_400 + 86_400) % 86_400
        return "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    private static func two(_ number: Int64) -> Sentence { "\(number < 10 ? "0" : "")\(Int(number))" }
}
