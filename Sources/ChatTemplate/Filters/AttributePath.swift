/// The `attribute` argument of a filter: a position, or a dotted path in which digits are positions.
struct AttributePath {
    private let parts: [Value]
    private let fallback: Value?

    /// A nil attribute selects the element itself. `fallback` replaces an undefined value.
    init(_ attribute: Value?, fallback: Value? = nil) throws(ChatTemplateError) {
        self.fallback = fallback
        guard let attribute else {
            parts = []
            return
        }
        guard let text = attribute.text else {
            parts = [attribute]
            return
        }
        parts = PythonText.split(text, separator: ".", limit: .max).map { part in
            let isPosition = !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isPosition ? Int128(part).map(Value.integer) ?? .string(part) : .string(part)
        }
    }

    func value(in element: Value, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        try interpreter.step()
        var value = element
        for part in parts {
            value = try interpreter.subscripted(value, by: part)
            if let fallback, value.isUndefined { value = fallback }
        }
        return value
    }

    /// The value as a sort key, in lower case unless `isCaseSensitive`.
    func key(
        of element: Value, isCaseSensitive: Bool, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let value = try value(in: element, interpreter)
        guard !isCaseSensitive, let text = value.text else { return value }
        return try interpreter.string(PythonText.lower(text))
    }
}
