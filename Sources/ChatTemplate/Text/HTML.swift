/// HTML escaping, for the few filters that mark text as safe.
enum HTML {
    /// The text of a value, escaped unless it is marked as safe.
    static func escaped(_ value: Value, _ interpreter: Interpreter) throws(ChatTemplateError) -> String {
        if case .markup(let text) = value { return text }
        let text = escaped(try interpreter.string(of: value))
        try interpreter.charge(bytes: text.utf8.count)
        return text
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&#39;"
            case "\"": result += "&#34;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Removes tags and comments, collapses whitespace and resolves the five escapes.
    static func withoutTags(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var kept: [UInt8] = []
        var position = 0
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            let isComment = bytes[start...].starts(with: "<!--".utf8)
            let closing = Array((isComment ? "-->" : ">").utf8)
            let from = min(bytes.count, start + (isComment ? 4 : 1))
            guard let end = ByteSearch.first(of: closing, in: bytes[from...]) else { break }
            kept.append(contentsOf: bytes[position..<start])
            position = end + closing.count
        }
        kept.append(contentsOf: bytes[position...])
        let collapsed = PythonText.splitWords(String(bytes: kept), limit: .max).joined(separator: " ")
        let entities = [
            ("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&quot;", "\""), ("&amp;", "&"),
        ]
        return entities.reduce(collapsed) { PythonText.replace($0, $1.0, with: $1.1) }
    }
}
