/// Python's conversions between numbers and text.
enum PythonNumber {
    static func exponentSuffix(_ exponent: Int) -> String {
        let digits = String(abs(exponent))
        return (exponent < 0 ? "e-" : "e+") + (digits.utf8.count < 2 ? "0" : "") + digits
    }

    /// `repr` of a float: the shortest digits that round-trip, in scientific notation from 1e16 and below 1e-4.
    static func repr(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        let (digits, point) = shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        if point > 16 || point < -3 {
            let fraction = digits.dropFirst()
            return sign + digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + exponentSuffix(point - 1)
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.utf8.count <= point {
            return sign + digits + String(repeating: "0", count: point - digits.utf8.count) + ".0"
        }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The shortest digits of a positive number, and the number of digits before the point.
    private static func shortest(_ value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = whole + fraction
        let significant = all.drop { $0 == "0" }
        let point = whole.utf8.count + exponent - (all.utf8.count - significant.utf8.count)
        var digits = String(significant)
        while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, point)
    }

    /// `round(value, places)` of a float.
    static func rounded(_ value: Double, places: Int) -> Double {
        guard value.isFinite, places < 350 else { return value }
        guard places > -350 else { return value * 0 }
        var decimal = ExactDecimal(value.magnitude)
        decimal.round(places: places)
        let magnitude = Double(decimal.scientific(places: max(0, decimal.digits.count - 1))) ?? .infinity
        return value.sign == .minus ? -magnitude : magnitude
    }

    /// `float(text)`; nil if Python raises.
    static func float(_ text: String) -> Double? {
        let stripped = PythonText.strip(text)
        guard let cleaned = withoutUnderscores(stripped) else { return nil }
        let lower = cleaned.lowercased()
        let unsigned = lower.hasPrefix("-") || lower.hasPrefix("+") ? String(lower.dropFirst()) : lower
        switch unsigned {
        case "inf", "infinity": return lower.hasPrefix("-") ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        let isDecimal = unsigned.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || [0x2E, 0x65, 0x2B, 0x2D].contains($0)
        }
        return isDecimal ? parsed(lower) : nil
    }

    /// Parses a decimal number. Swift's parser requires digits on both sides of the point, Python does not.
    private static func parsed(_ text: String) -> Double? {
        let sign = text.hasPrefix("-") ? "-" : ""
        let unsigned = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        guard let mantissa = parts.first, mantissa != ".", !mantissa.isEmpty,
            !mantissa.contains("-"), !mantissa.contains("+")
        else { return nil }
        var digits = String(mantissa)
        if digits.hasPrefix(".") { digits = "0" + digits }
        if digits.hasSuffix(".") { digits += "0" }
        return Double(sign + digits + (parts.count > 1 ? "e" + parts[1] : ""))
    }

    /// `int(text, base)`; nil if Python raises or the integer does not fit in 128 bits.
    static func integer(_ text: String, base: Int = 10) -> Int128? {
        guard var digits = withoutUnderscores(PythonText.strip(text))?.lowercased() else { return nil }
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        let prefixes = [16: "0x", 8: "0o", 2: "0b"]
        var radix = base
        if base == 0 { radix = prefixes.first { digits.hasPrefix($0.value) }?.key ?? 10 }
        if let prefix = prefixes[radix], digits.hasPrefix(prefix) { digits.removeFirst(2) }
        guard (2...36).contains(radix), let first = digits.first, first != "-", first != "+" else { return nil }
        return Int128((isNegative ? "-" : "") + digits, radix: radix)
    }

    /// Removes underscores; nil if one is not between two digits.
    private static func withoutUnderscores(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
        let bytes = Array(text.utf8)
        func isDigit(_ index: Int) -> Bool {
            bytes.indices.contains(index) && Character(Unicode.Scalar(bytes[index])).isHexDigit
        }
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard isDigit(index - 1), isDigit(index + 1) else { return nil }
        }
        return String(bytes: bytes.filter { $0 != UInt8(ascii: "_") })
    }
}
