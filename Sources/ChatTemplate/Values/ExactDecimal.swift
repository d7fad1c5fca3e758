/// The exact decimal expansion of a finite double, and its correct rounding (half to even) at any place.
struct ExactDecimal {
    /// The digits, most significant first, without leading zeros; empty for zero.
    private(set) var digits: [UInt8]
    /// Number of digits before the decimal point; negative if zeros follow the point.
    private(set) var pointPosition: Int

    init(_ value: Double) {
        let exponent = value == 0 ? 0 : Int(value.exponent)
        let isNormal = value.isNormal
        let power = (isNormal ? exponent : -1022) - Double.significandBitCount
        let significand = value.significandBitPattern | (isNormal ? 1 << UInt64(Double.significandBitCount) : 0)
        // significand * 2^-n = significand * 5^n / 10^n
        let groups = ExactDecimal.product(significand, power < 0 ? 5 : 2, count: abs(power))
        digits = ExactDecimal.digits(of: groups)
        pointPosition = digits.count - max(0, -power)
        trim()
    }

    /// `value * factor^count` in groups of nine decimal digits, least significant first.
    private static func product(_ value: UInt64, _ factor: UInt64, count: Int) -> [UInt64] {
        let base: UInt64 = 1_000_000_000
        var groups = [value % base, value / base % base, value / base / base]
        for _ in 0..<count {
            var carry: UInt64 = 0
            for index in groups.indices {
                let product = groups[index] * factor + carry
                groups[index] = product % base
                carry = product / base
            }
            if carry > 0 { groups.append(carry) }
        }
        return groups
    }

    private static func digits(of groups: [UInt64]) -> [UInt8] {
        var digits: [UInt8] = []
        for group in groups.reversed() {
            let text = String(group).utf8.map { $0 - UInt8(ascii: "0") }
            digits.append(contentsOf: repeatElement(0, count: 9 - text.count))
            digits.append(contentsOf: text)
        }
        return Array(digits.drop { $0 == 0 })
    }

    private mutating func trim() {
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { pointPosition = 0 }
    }

    /// Rounds to `places` digits after the decimal point; a negative number rounds before it.
    mutating func round(places: Int) {
        let kept = pointPosition + places
        guard kept < digits.count else { return }
        guard kept >= 0 else {
            digits = []
            return trim()
        }
        let first = digits[kept]
        let isTie = first == 5 && kept + 1 == digits.count
        let isOdd = kept > 0 && digits[kept - 1] % 2 == 1
        digits.removeSubrange(kept...)
        if first > 5 || (first == 5 && (!isTie || isOdd)) { increment() }
        trim()
    }

    /// Rounds to `count` significant digits.
    mutating func round(significant count: Int) { round(places: count - pointPosition) }

    private mutating func increment() {
        var index = digits.count - 1
        while index >= 0, digits[index] == 9 {
            digits[index] = 0
            index -= 1
        }
        if index >= 0 {
            digits[index] += 1
        } else {
            digits.insert(1, at: 0)
            pointPosition += 1
        }
    }

    private func digit(_ index: Int) -> Character {
        let digit = digits.indices.contains(index) ? digits[index] : 0
        return Character(Unicode.Scalar(UInt8(ascii: "0") + digit))
    }

    /// Fixed notation with `places` digits after the point.
    func fixed(places: Int) -> String {
        var text = ""
        for index in 0..<max(pointPosition, 0) { text.append(digit(index)) }
        if text.isEmpty { text = "0" }
        guard places > 0 else { return text }
        text += "."
        for place in 0..<places { text.append(digit(pointPosition + place)) }
        return text
    }

    /// The exponent of scientific notation.
    var exponent: Int { digits.isEmpty ? 0 : pointPosition - 1 }

    /// Scientific notation with `places` digits after the point.
    func scientific(places: Int) -> String {
        var text = String(digit(0))
        if places > 0 { text += "." }
        for place in 0..<places { text.append(digit(1 + place)) }
        return text + PythonNumber.exponentSuffix(exponent)
    }
}
