/// Python's `format.format(*args, **kwargs)`, with fields resolved by the sandbox's attribute access.
struct BraceFormat {
    private let arguments: Arguments
    private let interpreter: Interpreter
    private var nextIndex = 0
    /// Whether fields are numbered automatically rather than by the template (never both); nil before the first field.
    private var isAutomatic: Bool?

    static func format(
        _ format: String, _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> String {
        var formatter = BraceFormat(arguments: arguments, interpreter: interpreter)
        return try formatter.expand(Array(format.unicodeScalars)[...], depth: 2)
    }

    private init(arguments: Arguments, interpreter: Interpreter) {
        self.arguments = arguments
        self.interpreter = interpreter
    }

    private mutating func expand(
        _ format: ArraySlice<Unicode.Scalar>, depth: Int
    ) throws(ChatTemplateError) -> String {
        guard depth > 0 else { throw .runtime("max string recursion exceeded") }
        var result = ""
        var rest = format
        while let scalar = rest.popFirst() {
            guard scalar == "{" || scalar == "}" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if rest.first == scalar {
                rest.removeFirst()
                result.unicodeScalars.append(scalar)
                continue
            }
            guard scalar == "{" else { throw .runtime("single '}' encountered in format string") }
            result += try replacement(try field(&rest), depth: depth)
            try interpreter.charge(bytes: result.utf8.count)
        }
        return result
    }

    /// Takes the contents of a field, up to the brace that balances its opening one.
    private func field(_ rest: inout ArraySlice<Unicode.Scalar>) throws(ChatTemplateError) -> ArraySlice<Unicode.Scalar>
    {
        var level = 1
        for (index, scalar) in zip(rest.indices, rest) {
            if scalar == "{" { level += 1 }
            if scalar == "}" { level -= 1 }
            guard level == 0 else { continue }
            defer { rest = rest[(index + 1)...] }
            return rest[..<index]
        }
        throw .runtime("expected '}' before end of string")
    }

    private mutating func replacement(
        _ field: ArraySlice<Unicode.Scalar>, depth: Int
    ) throws(ChatTemplateError) -> String {
        let colon = field.firstIndex { $0 == ":" } ?? field.endIndex
        let bang = field[..<colon].firstIndex { $0 == "!" }
        var value = try resolve(field[..<(bang ?? colon)])
        if let bang {
            switch Array(field[(bang + 1)..<colon]) {
            case ["s"]: value = .string(try interpreter.string(of: value))
            case ["r"], ["a"]: value = .string(try interpreter.repr(of: value))
            default: throw .runtime("unknown conversion specifier")
            }
        }
        guard colon < field.endIndex else { return try interpreter.string(of: value) }
        let text = try expand(field[(colon + 1)...], depth: depth - 1)
        guard !text.isEmpty else { return try interpreter.string(of: value) }
        return try FormatSpecification(parsing: text).format(value, interpreter)
    }

    /// Evaluates a field's path: `name.attribute[element]`.
    private mutating func resolve(_ path: ArraySlice<Unicode.Scalar>) throws(ChatTemplateError) -> Value {
        let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.endIndex
        var value = try argument(text(path[..<end]), isAutomatic: path.isEmpty)
        var rest = path[end...]
        while let opening = rest.popFirst() {
            let isElement = opening == "["
            let end = rest.firstIndex { isElement ? $0 == "]" : $0 == "." || $0 == "[" } ?? rest.endIndex
            let name = text(rest[..<end])
            guard !name.isEmpty, !isElement || end < rest.endIndex else { throw .runtime("empty attribute in format") }
            if !isElement {
                value = try interpreter.attribute(name, of: value)
            } else {
                let index = Int128(name).map(Value.integer) ?? .string(name)
                value = try interpreter.subscripted(value, by: index)
            }
            rest = rest[(isElement ? end + 1 : end)...]
        }
        return value
    }

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }

    private mutating func argument(_ name: String, isAutomatic isUnnamed: Bool) throws(ChatTemplateError) -> Value {
        let index: Int
        if isUnnamed {
            index = nextIndex
            nextIndex += 1
        } else if let number = Int(name), number >= 0 {
            index = number
        } else {
            guard let found = arguments.keywords.first(where: { $0.name == name }) else {
                throw .runtime("key not found: '\(name)'")
            }
            return found.value
        }
        guard isAutomatic == nil || isAutomatic == isUnnamed else {
            throw .runtime("cannot switch between manual and automatic field numbering")
        }
        isAutomatic = isUnnamed
        guard index < arguments.positional.count else {
            throw .runtime("replacement index \(index) out of range for positional args tuple")
        }
        return arguments.positional[index]
    }
}
