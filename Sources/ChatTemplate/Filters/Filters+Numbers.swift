extension Filters {
    static let numberTable: [String: Operation] = [
        "abs": Operation(body: absolute),
        "int": Operation("default?", "base?", body: integer),
        "float": Operation("default?", body: float),
        "round": Operation("precision?", "method?", body: round),
        "filesizeformat": Operation("binary?", body: fileSize),
    ]

    private static func absolute(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        if let integer = value.integer { return integer < 0 ? try i.negate(value) : .integer(integer) }
        if case .double(let number) = value { return .double(number.magnitude) }
        throw numberExpected("abs", value)
    }

    private static func numberExpected(_ filter: String, _ value: Value) -> ChatTemplateError {
        if case .undefined(let undefined) = value { return undefined.error }
        return .runtime("\(filter) needs a number, not '\(value.typeName)'")
    }

    private static func integer(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let fallback = arguments[0] ?? .integer(0)
        if case .undefined(let undefined) = value { throw undefined.error }
        if let integer = value.integer { return .integer(integer) }
        if let text = value.text {
            if let integer = PythonNumber.integer(text, base: try arguments.integer(1, default: 10)) {
                return .integer(integer)
            }
            return PythonNumber.float(text).flatMap(Int128.init(truncating:)).map(Value.integer) ?? fallback
        }
        guard let number = value.number else { return fallback }
        guard number.isFinite else { return fallback }
        guard let integer = Int128(truncating: number) else { throw .runtime("integer does not fit in 128 bits") }
        return .integer(integer)
    }

    private static func float(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        if case .undefined(let undefined) = value { throw undefined.error }
        let number = value.number ?? value.text.flatMap(PythonNumber.float)
        return number.map(Value.double) ?? arguments[0] ?? .double(0)
    }

    private static func round(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let places = try arguments.integer(0, default: 0)
        let method = arguments[1] == nil ? "common" : try arguments.text(1)
        guard let number = value.number else { throw numberExpected("round", value) }
        switch method {
        case "common":
            guard let integer = value.integer else { return .double(PythonNumber.rounded(number, places: places)) }
            return .integer(places < 0 ? roundHalfEven(integer, places: places) : integer)
        case "ceil", "floor":
            guard (-300...300).contains(places) else { throw .runtime("round precision must be in -300...300") }
            guard let scale = try i.compute(.power, .integer(10), .double(Double(places))).number else { return value }
            let scaled = number * scale
            guard scaled.isFinite else { throw .runtime("cannot round a float that is not finite") }
            return .double(scaled.rounded(method == "ceil" ? .up : .down) / scale)
        default: throw .runtime("round method must be common, ceil or floor, not '\(method)'")
        }
    }

    /// Rounds to a multiple of a power of ten, half to even.
    private static func roundHalfEven(_ value: Int128, places: Int) -> Int128 {
        guard places > -38 else { return 0 }
        var unit: Int128 = 1
        for _ in 0..<(-places) { unit *= 10 }
        let remainder = value % unit
        let base = value - remainder
        let twice = remainder.magnitude * 2
        let isUp = twice > unit.magnitude || (twice == unit.magnitude && (base / unit) % 2 != 0)
        let (rounded, overflow) = base.addingReportingOverflow(isUp ? (value < 0 ? -unit : unit) : 0)
        return overflow ? base : rounded
    }

    private static func fileSize(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard let bytes = value.number ?? value.text.flatMap(PythonNumber.float), bytes.isFinite else {
            throw numberExpected("filesizeformat", value)
        }
        let isBinary = arguments.flag(0)
        let base: Double = isBinary ? 1024 : 1000
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base { return .string("\(Int128(truncating: bytes) ?? 0) Bytes") }
        var unit = base
        var prefix = ""
        for letter in ["k", "M", "G", "T", "P", "E", "Z", "Y"] {
            prefix = isBinary ? letter.uppercased() + "iB" : letter + "B"
            unit *= base
            if bytes < unit { break }
        }
        var specification = FormatSpecification()
        specification.type = "f"
        specification.precision = 1
        return .string(try specification.formatDouble(base * bytes / unit) + " " + prefix)
    }
}
