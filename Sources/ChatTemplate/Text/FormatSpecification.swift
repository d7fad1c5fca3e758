/// Python's format specification: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
struct FormatSpecification {
    var fill = " "
    var alignment: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    init() {}

    init(parsing text: String) throws(ChatTemplateError) {
        var rest = Array(text.unicodeScalars)[...]
        let alignments: [Unicode.Scalar] = ["<", ">", "=", "^"]
        if rest.count > 1, alignments.contains(rest[rest.startIndex + 1]) {
            fill = String(rest.removeFirst())
            alignment = rest.removeFirst()
        } else if let first = rest.first, alignments.contains(first) {
            alignment = rest.removeFirst()
        }
        if let first = rest.first, ["+", "-", " "].contains(first) { sign = rest.removeFirst() }
        if rest.first == "#" {
            isAlternate = true
            rest.removeFirst()
        }
        if rest.first == "0", alignment == nil {
            fill = "0"
            alignment = "="
        }
        width = FormatSpecification.number(&rest) ?? 0
        if let first = rest.first, first == "," || first == "_" { grouping = rest.removeFirst() }
        if rest.first == "." {
            rest.removeFirst()
            guard let digits = FormatSpecification.number(&rest) else {
                throw .runtime("format specifier missing precision")
            }
            precision = digits
        }
        type = rest.popFirst()
        guard rest.isEmpty else { throw .runtime("invalid format specifier '\(text)'") }
    }

    /// Reads the leading decimal digits; an excessive number is clamped, and refused when it is used.
    static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> Int? {
        var value: Int?
        while let digit = rest.first, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 48), 1 << 40)
            rest.removeFirst()
        }
        return value
    }

    // MARK: Formatting

    func format(_ value: Value, _ interpreter: Interpreter) throws(ChatTemplateError) -> String {
        try interpreter.charge(bytes: width * max(1, fill.utf8.count))
        try interpreter.charge(bytes: precision ?? 0)
        switch value {
        case .integer(let number): return try formatInteger(number)
        case .bool(let flag): return try formatInteger(flag ? 1 : 0)
        case .double(let number): return try formatDouble(number)
        case .string(let text), .markup(let text): return try formatText(text)
        default: throw .runtime("unsupported format string passed to \(value.typeName)")
        }
    }

    func formatText(_ text: String) throws(ChatTemplateError) -> String {
        guard type == nil || type == "s" else { throw unknownType("str") }
        guard alignment != "=", sign == "-", grouping == nil else {
            throw .runtime("a number format cannot be applied to a string")
        }
        guard let precision else { return pad(text, default: "<") }
        return pad(String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision))), default: "<")
    }

    private func unknownType(_ object: String) -> ChatTemplateError {
        .runtime("unknown format code '\(type.map(String.init) ?? "")' for object of type '\(object)'")
    }

    func formatInteger(_ value: Int128, minimumDigits: Int = 0) throws(ChatTemplateError) -> String {
        let radix: Int
        var prefix = ""
        switch type {
        case nil, "d", "n": radix = 10
        case "x", "X": (radix, prefix) = (16, type == "x" ? "0x" : "0X")
        case "o": (radix, prefix) = (8, "0o")
        case "b": (radix, prefix) = (2, "0b")
        case "c":
            guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else {
                throw .runtime("%c arg not in range(0x110000)")
            }
            return pad(String(scalar), default: "<")
        case "e", "E", "f", "F", "g", "G", "%": return try formatDouble(Double(value))
        default: throw unknownType("int")
        }
        guard precision == nil else { throw .runtime("precision not allowed in integer format specifier") }
        let shortest = String(value.magnitude, radix: radix, uppercase: type == "X")
        let digits = PythonText.padded(shortest, to: minimumDigits, fill: "0", before: { $0 })
        let grouped = grouped(digits, every: radix == 10 ? 3 : 4)
        return pad(grouped, signed: value < 0, prefix: isAlternate ? prefix : "")
    }

    func formatDouble(_ value: Double) throws(ChatTemplateError) -> String {
        let digits = try digits(of: value.magnitude)
        return pad(digits, signed: value.sign == .minus && !value.isNaN, prefix: "")
    }

    private func digits(of value: Double) throws(ChatTemplateError) -> String {
        let isUpper = type.map { ["E", "F", "G"].contains($0) } ?? false
        guard value.isFinite else {
            let text = (value.isNaN ? "nan" : "inf") + (type == "%" ? "%" : "")
            return isUpper ? text.uppercased() : text
        }
        let text: String
        var decimal = ExactDecimal(type == "%" ? value * 100 : value)
        switch type {
        case "f", "F", "%":
            decimal.round(places: precision ?? 6)
            text = decimal.fixed(places: precision ?? 6) + (type == "%" ? "%" : "")
        case "e", "E":
            decimal.round(significant: (precision ?? 6) + 1)
            text = decimal.scientific(places: precision ?? 6)
        case "g", "G", "n": text = general(decimal, precision: max(precision ?? 6, 1), point: false)
        case nil where precision == nil: text = PythonNumber.repr(value)
        case nil: text = general(decimal, precision: max(precision ?? 1, 1), point: true)
        default: throw unknownType("float")
        }
        let pieces = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard grouping != nil, let whole = pieces.first, whole.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            return isUpper ? text.uppercased() : text
        }
        return grouped(String(whole), every: 3) + (pieces.count > 1 ? "." + pieces[1] : "")
    }

    /// Formats as `g`: scientific if the exponent is below -4 or beyond the precision, without trailing zeros.
    private func general(_ value: ExactDecimal, precision: Int, point: Bool) -> String {
        var decimal = value
        decimal.round(significant: precision)
        let isScientific = decimal.exponent < -4 || decimal.exponent >= precision - (point ? 1 : 0)
        let significant = isAlternate ? precision : max(decimal.digits.count, 1)
        if isScientific { return decimal.scientific(places: significant - 1) }
        let places = max(0, significant - 1 - decimal.exponent)
        return decimal.fixed(places: point ? max(1, places) : places)
    }

    private func grouped(_ digits: String, every size: Int) -> String {
        guard let grouping else { return digits }
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.utf8.count - index) % size == 0 { result.unicodeScalars.append(grouping) }
            result.append(digit)
        }
        return result
    }

    private func pad(_ digits: String, signed isNegative: Bool, prefix: String) -> String {
        let sign = isNegative ? "-" : self.sign == "-" ? "" : String(self.sign)
        guard alignment == "=" else { return pad(sign + prefix + digits, default: ">") }
        let inner = PythonText.padded(
            digits, to: width - sign.utf8.count - prefix.utf8.count, fill: fill, before: { $0 })
        return sign + prefix + inner
    }

    private func pad(_ text: String, default fallback: Unicode.Scalar) -> String {
        PythonText.padded(text, to: width, fill: fill) { padding in
            switch alignment ?? fallback {
            case "<": 0
            case "^": padding / 2
            default: padding
            }
        }
    }
}
