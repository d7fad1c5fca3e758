import Needletail
import Support

/// Parses a value on one line of a configuration file: plain or quoted text, or a list or mapping in brackets.
enum ConfigScalar {
    /// Parses `text`. `isPartOfValue`: numbers become JSON numbers; a flag's own value stays text as it is written.
    static func value(of text: Substring, isPartOfValue: Bool) throws(EngineError) -> JSONValue {
        let text = trimmed(text)
        switch text.first {
        case nil: return .null
        case "'": return .string(try singleQuoted(text))
        case "\"", "{":
            guard let value = try? JSONValue(parsing: String(text)) else {
                throw EngineError("not valid JSON")
            }
            return value
        case "[": return .array(try elements(text, isPartOfValue: isPartOfValue))
        case "&", "*", "!", "|", ">", "%", "@", "`":
            throw EngineError("this YAML syntax is not supported; supported: names, scalars, lists and JSON in braces")
        default: return try plain(String(text), isPartOfValue: isPartOfValue)
        }
    }

    private static func singleQuoted(_ text: Substring) throws(EngineError) -> String {
        guard text.count > 1, text.hasSuffix("'") else { throw EngineError("a quote is not closed") }
        let inner = text.dropFirst().dropLast()
        guard !inner.replacing("''", with: "").contains("'") else { throw EngineError("text after the closing quote") }
        return String(inner.replacing("''", with: "'"))
    }

    private static func elements(_ text: Substring, isPartOfValue: Bool) throws(EngineError) -> [JSONValue] {
        if let list = try? JSONValue(parsing: String(text)).arrayValue,
            isPartOfValue || list.allSatisfy({ $0.stringValue != nil })
        {
            return list
        }
        guard text.hasSuffix("]") else { throw EngineError("a list is not closed") }
        let inner = text.dropFirst().dropLast()
        guard !trimmed(inner).isEmpty else { return [] }
        var elements: [JSONValue] = []
        for item in inner.split(separator: ",", omittingEmptySubsequences: false) {
            let element = try value(of: item, isPartOfValue: isPartOfValue)
            guard element != .null else { throw EngineError("the list has an empty element") }
            elements.append(element)
        }
        return elements
    }

    private static func plain(_ text: String, isPartOfValue: Bool) throws(EngineError) -> JSONValue {
        guard !text.contains(": "), !text.hasSuffix(":") else { throw EngineError("text with a colon must be quoted") }
        switch text.lowercased() {
        case "true", "yes", "on": return .bool(true)
        case "false", "no", "off": return .bool(false)
        case "null", "~": return .null
        default: break
        }
        let isNumeric = isPartOfValue && text.first.map { $0.isASCII && ($0.isNumber || $0 == "-") } == true
        return isNumeric ? (try? JSONValue(parsing: text)) ?? .string(text) : .string(text)
    }

    /// Removes a comment, which starts at the beginning of the line or after a space, outside quotes. `''` and `\"` do
    /// not close a quote.
    static func withoutComment(_ line: Substring) -> Substring {
        var quote: Character?
        var previous: Character = " "
        var index = line.startIndex
        while index < line.endIndex {
            let character = line[index]
            let following = line.index(after: index)
            if let open = quote {
                let isEscape =
                    open == "'" ? character == "'" && line[following...].first == "'" : character == "\\"
                if isEscape, following < line.endIndex {
                    index = following
                } else if character == open {
                    quote = nil
                }
            } else if character == "'" || character == "\"", " :[{,".contains(previous) {
                quote = character
            } else if character == "#", previous == " " {
                return trimmed(line[..<index], atStart: false)
            }
            previous = character
            index = line.index(after: index)
        }
        return trimmed(line, atStart: false)
    }

    private static func trimmed(_ text: Substring, atStart: Bool = true) -> Substring {
        var text = atStart ? text.drop { $0 == " " } : text
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
