/// The filters by name. To add one, add a line to the table beside its implementation.
enum Filters {
    static let table: [String: Operation] = [
        textTable, markupTable, numberTable, sequenceTable, selectionTable, orderTable,
    ].reduce(into: [:]) { table, part in table.merge(part) { first, _ in first } }
}

extension Interpreter {
    /// The text that a string filter works on: `str(value)`.
    func text(of value: Value) throws(ChatTemplateError) -> String {
        if let text = value.text { return text }
        return try string(of: value)
    }

    /// `text` as a new string value, marked as safe if `original` is.
    func text(_ text: String, like original: Value) throws(ChatTemplateError) -> Value {
        try charge(bytes: text.utf8.count)
        if case .markup = original { return .markup(text) }
        return .string(text)
    }

    func evaluate(
        _ name: String, in table: [String: Operation], _ kind: String, _ value: Value, _ arguments: Arguments
    ) throws(ChatTemplateError) -> Value {
        guard let operation = table[name] else { throw .runtime("no \(kind) named '\(name)'") }
        return try operation.run(value, arguments, self, name: name)
    }
}
