/// The filter `tojson`, which is Python's `json.dumps`.
struct ToJSON {
    private let interpreter: Interpreter
    private let escapesNonASCII: Bool
    /// Indentation per level; nil writes everything on one line.
    private let indent: String?
    private let itemSeparator: String
    private let keySeparator: String
    private let sortsKeys: Bool
    private var text = ""

    static func serialize(
        _ value: Value, _ arguments: BoundArguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        var writer = try ToJSON(arguments, interpreter)
        try writer.write(value, level: 1)
        try interpreter.charge(bytes: writer.text.utf8.count)
        return .string(writer.text)
    }

    /// - Parameter arguments: `ensure_ascii`, `indent`, `separators`, `sort_keys`.
    private init(_ arguments: BoundArguments, _ interpreter: Interpreter) throws(ChatTemplateError) {
        self.interpreter = interpreter
        escapesNonASCII = arguments.flag(0)
        if let given = arguments.given(1) {
            let width = given.text == nil ? try arguments.integer(1) : 0
            try interpreter.charge(bytes: max(0, width))
            indent = given.text ?? String(repeating: " ", count: max(0, width))
        } else {
            indent = nil
        }
        if let separators = arguments.given(2) {
            let parts = try interpreter.iterate(separators)
            guard parts.count == 2, let item = parts[0].text, let key = parts[1].text else {
                throw .runtime("tojson separators must be two strings")
            }
            itemSeparator = item
            keySeparator = key
        } else {
            itemSeparator = indent == nil ? ", " : ","
            keySeparator = ": "
        }
        sortsKeys = arguments.flag(3)
    }

    private mutating func write(_ value: Value, level: Int) throws(ChatTemplateError) {
        try interpreter.step()
        switch value {
        case .none: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .double(let number): text += ToJSON.text(of: number)
        case .string(let string), .markup(let string): try writeQuoted(string)
        case .list(let list), .tuple(let list): try writeElements(list.elements, level: level)
        case .dict(let dict): try writeMembers(of: dict, level: level)
        default: throw .runtime("Object of type \(value.typeName) is not JSON serializable")
        }
        guard text.utf8.count <= interpreter.limits.outputBytes else {
            throw ChatTemplateError(.limit, "tojson exceeds \(interpreter.limits.outputBytes) bytes")
        }
    }

    private static func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return PythonNumber.repr(number)
    }

    private mutating func breakLine(_ level: Int) throws(ChatTemplateError) {
        guard let indent else { return }
        try interpreter.charge(bytes: indent.utf8.count * level)
        text += "\n" + String(repeating: indent, count: level)
    }

    private mutating func writeElements(_ elements: [Value], level: Int) throws(ChatTemplateError) {
        if elements.isEmpty { return text += "[]" }
        text += "["
        for (index, element) in elements.enumerated() {
            if index > 0 { text += itemSeparator }
            try breakLine(level)
            try write(element, level: level + 1)
        }
        try breakLine(level - 1)
        text += "]"
    }

    private mutating func writeMembers(of dict: Dict, level: Int) throws(ChatTemplateError) {
        if dict.count == 0 { return text += "{}" }
        text += "{"
        var order = Array(0..<dict.count).map { Value.integer(Int128($0)) }
        if sortsKeys { order = try interpreter.sorted(order, keys: dict.keys) }
        for (position, index) in order.compactMap(\.integer).map(Int.init).enumerated() {
            if position > 0 { text += itemSeparator }
            try breakLine(level)
            try writeQuoted(try key(dict.keys[index]))
            text += keySeparator
            try write(dict.values[index], level: level + 1)
        }
        try breakLine(level - 1)
        text += "}"
    }

    private func key(_ value: Value) throws(ChatTemplateError) -> String {
        switch value {
        case .none: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .double(let number): return ToJSON.text(of: number)
        case .string(let text), .markup(let text): return text
        default: throw .runtime("keys must be str, int, float, bool or None, not \(value.typeName)")
        }
    }

    private mutating func writeQuoted(_ string: String) throws(ChatTemplateError) {
        try interpreter.scan(.string(string))
        text += "\""
        // Runs without escapes are copied whole.
        var run = string.startIndex
        var index = run
        while index < string.endIndex {
            let byte = string.utf8[index]
            let isEscaped = byte < 0x20 || byte == 0x22 || byte == 0x5C || (escapesNonASCII && byte > 0x7E)
            guard isEscaped else {
                index = string.utf8.index(after: index)
                continue
            }
            text += string[run..<index]
            text += escaped(string.unicodeScalars[index])
            index = string.unicodeScalars.index(after: index)
            run = index
        }
        text += string[run...]
        text += "\""
    }

    private func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\u{08}": "\\b"
        case "\u{0C}": "\\f"
        default: String(scalar).utf16.map { "\\u" + PythonText.hex(UInt32($0), digits: 4) }.joined()
        }
    }
}
