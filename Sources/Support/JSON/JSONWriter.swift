extension JSONValue {
    /// The document as compact UTF-8 text in key order, with non-ASCII characters unescaped.
    package var serialized: String {
        var text = ""
        write(into: &text)
        return text
    }

    /// Appends the compact text of this value.
    package func write(into text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .largeInteger(let digits): text += digits
        case .double(let value): text += value.isFinite ? String(value) : "null"
        case .string(let value): Self.writeQuoted(value, into: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(into: &text)
            }
            text += "]"
        case .object(let object):
            text += "{"
            for (index, (key, value)) in object.members.enumerated() {
                if index > 0 { text += "," }
                Self.writeQuoted(key, into: &text)
                text += ":"
                value.write(into: &text)
            }
            text += "}"
        }
    }

    /// Appends a JSON string literal: quotes, backslash and control characters escaped, nothing else.
    package static func writeQuoted(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case ..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
