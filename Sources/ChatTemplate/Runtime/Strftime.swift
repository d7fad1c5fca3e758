/// `strftime` in the C locale.
enum Strftime {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    static func format(_ text: String, _ clock: TemplateClock) -> String { format(text, CivilTime(clock)) }

    private static func format(_ text: String, _ time: CivilTime) -> String {
        var result = ""
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "%", let next = rest.popFirst() else {
                result.unicodeScalars.append(scalar)
                continue
            }
            let isBare = next == "-"
            guard let code = isBare ? rest.popFirst() : next else {
                result += "%-"
                continue
            }
            if let field = field(code, time, padding: isBare ? nil : "0") {
                result += field
            } else {
                result += isBare ? "%-" : "%"
                result.unicodeScalars.append(code)
            }
        }
        return result
    }

    private static func field(_ code: Unicode.Scalar, _ time: CivilTime, padding: Character?) -> String? {
        func number(_ value: Int, _ width: Int, _ fill: Character = "0") -> String {
            let digits = String(value)
            guard let padding else { return digits }
            let fill = fill == "0" ? padding : fill
            return String(repeating: fill, count: max(0, width - digits.utf8.count)) + digits
        }
        let hour12 = (time.hour + 11) % 12 + 1
        switch code {
        case "Y": return String(time.year)
        case "C": return number(time.year / 100, 2)
        case "y": return number(time.year % 100, 2)
        case "m": return number(time.month, 2)
        case "d": return number(time.day, 2)
        case "e": return number(time.day, 2, " ")
        case "H": return number(time.hour, 2)
        case "k": return number(time.hour, 2, " ")
        case "I": return number(hour12, 2)
        case "l": return number(hour12, 2, " ")
        case "M": return number(time.minute, 2)
        case "S": return number(time.second, 2)
        case "f": return "000000"
        case "j": return number(time.yearDay + 1, 3)
        case "u": return String((time.weekday + 6) % 7 + 1)
        case "w": return String(time.weekday)
        case "U": return number((time.yearDay + 7 - time.weekday) / 7, 2)
        case "W": return number((time.yearDay + 7 - (time.weekday + 6) % 7) / 7, 2)
        case "B": return months[time.month - 1]
        case "b", "h": return String(months[time.month - 1].prefix(3))
        case "A": return weekdays[time.weekday]
        case "a": return String(weekdays[time.weekday].prefix(3))
        case "p": return time.hour < 12 ? "AM" : "PM"
        case "P": return time.hour < 12 ? "am" : "pm"
        case "s": return String(time.secondsSinceEpoch)
        // The reference prints a time without a time zone.
        case "z", "Z": return ""
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return composite(code).map { format($0, time) }
        }
    }

    private static func composite(_ code: Unicode.Scalar) -> String? {
        switch code {
        case "F": "%Y-%m-%d"
        case "T", "X": "%H:%M:%S"
        case "R": "%H:%M"
        case "D", "x": "%m/%d/%y"
        case "r": "%I:%M:%S %p"
        case "c": "%a %b %e %H:%M:%S %Y"
        default: nil
        }
    }
}
