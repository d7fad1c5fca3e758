/// Python's `format % values`.
enum PercentFormat {
    static func format(
        _ format: String, _ values: Value, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> String {
        var arguments = Arguments(values)
        var result = ""
        var rest = Array(format.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            result += try directive(&rest, &arguments, interpreter)
            try interpreter.charge(bytes: result.utf8.count)
        }
        try arguments.finish()
        return result
    }

    /// The values to format: those of a tuple, a single value, or a mapping.
    private struct Arguments {
        private let values: [Value]
        private let mapping: Dict?
        /// Whether values may stay unused: true for subscriptable values other than strings and tuples.
        private let mayRemain: Bool
        private var position = 0

        init(_ value: Value) {
            if case .tuple(let list) = value { values = list.elements } else { values = [value] }
            if case .dict(let dict) = value { mapping = dict } else { mapping = nil }
            switch value {
            case .undefined, .dict, .list, .range: mayRemain = true
            default: mayRemain = false
            }
        }

        mutating func next() throws(ChatTemplateError) -> Value {
            guard position < values.count else { throw .runtime("not enough arguments for format string") }
            position += 1
            return values[position - 1]
        }

        mutating func named(_ name: String) throws(ChatTemplateError) -> Value {
            guard let mapping else { throw .runtime("format requires a mapping") }
            guard let value = mapping[name] else { throw .runtime("key not found: '\(name)'") }
            return value
        }

        func finish() throws(ChatTemplateError) {
            guard mayRemain || position == values.count else {
                throw .runtime("not all arguments converted during string formatting")
            }
        }
    }

    private static func directive(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ arguments: inout Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> String {
        var named: Value?
        if rest.first == "(" {
            guard let end = rest.firstIndex(of: ")") else { throw .runtime("incomplete format key") }
            let name = String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<end]))
            named = try arguments.named(name)
            rest = rest[(end + 1)...]
        }
        var specification = FormatSpecification()
        specification.alignment = ">"
        while let flag = rest.first, ["#", "0", "-", " ", "+"].contains(flag) {
            rest.removeFirst()
            switch flag {
            case "#": specification.isAlternate = true
            case "0": specification.fill = "0"
            case "-": specification.alignment = "<"
            default: if specification.sign != "+" { specification.sign = flag }
            }
        }
        specification.width = try count(&rest, &arguments) ?? 0
        if rest.first == "." {
            rest.removeFirst()
            specification.precision = try count(&rest, &arguments) ?? 0
        }
        while let modifier = rest.first, ["h", "l", "L"].contains(modifier) { rest.removeFirst() }
        guard let type = rest.popFirst() else { throw .runtime("incomplete format") }
        if type == "%" { return "%" }
        if named == nil { named = try arguments.next() }
        guard let value = named else { throw .runtime("not enough arguments for format string") }
        return try convert(value, type, specification, interpreter)
    }

    private static func count(
        _ rest: inout ArraySlice<Unicode.Scalar>, _ arguments: inout Arguments
    ) throws(ChatTemplateError) -> Int? {
        guard rest.first == "*" else { return FormatSpecification.number(&rest) }
        rest.removeFirst()
        guard let count = try arguments.next().integer else { throw .runtime("* wants int") }
        return Int(clamping: max(0, count))
    }

    private static func convert(
        _ value: Value, _ type: Unicode.Scalar, _ given: FormatSpecification, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> String {
        var specification = given
        try interpreter.charge(bytes: given.width)
        try interpreter.charge(bytes: given.precision ?? 0)
        let isZeroPadded = given.fill == "0" && given.alignment != "<"
        specification.fill = " "
        switch type {
        case "s", "r", "a":
            specification.type = nil
            specification.sign = "-"
            let text = type == "s" ? try interpreter.string(of: value) : try interpreter.repr(of: value)
            return try specification.formatText(text)
        case "c":
            if let text = value.text, text.unicodeScalars.count == 1 { return try specification.formatText(text) }
        case "d", "i", "u", "x", "X", "o":
            specification.type = type == "i" || type == "u" ? "d" : type
            let isDecimal = specification.type == "d"
            guard let integer = value.integer ?? (isDecimal ? value.number.flatMap(Int128.init(truncating:)) : nil)
            else { throw failure(type, value) }
            specification.precision = nil
            if isZeroPadded { (specification.fill, specification.alignment) = ("0", "=") }
            return try specification.formatInteger(integer, minimumDigits: given.precision ?? 0)
        case "e", "E", "f", "F", "g", "G":
            specification.type = type
            guard let number = value.number else { throw failure(type, value) }
            if isZeroPadded, number.isFinite { (specification.fill, specification.alignment) = ("0", "=") }
            return try specification.formatDouble(number)
        default: throw .runtime("unsupported format character '\(type)'")
        }
        specification.type = "c"
        guard let integer = value.integer else { throw failure(type, value) }
        return try specification.formatInteger(integer)
    }

    private static func failure(_ type: Unicode.Scalar, _ value: Value) -> ChatTemplateError {
        if case .undefined(let undefined) = value { return undefined.error }
        return .runtime("%\(type) format: a number is required, not \(value.typeName)")
    }
}

extension Int128 {
    /// The integral part of a number; nil if it is not finite or does not fit.
    init?(truncating value: Double) {
        guard value.isFinite, let exact = Int128(exactly: value.rounded(.towardZero)) else { return nil }
        self = exact
    }
}
