/// The reason that a text is not JSON, and the byte offset of the mistake.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package var message: String
    package var offset: Int

    package init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) at byte \(offset)" }
}

extension JSONValue {
    /// Maximum depth of nesting: the reader recurses, and no configuration or request comes near this.
    package static let maximumDepth = 256

    /// Parses one JSON document (RFC 8259) in UTF-8. A number outside a double's range is an error.
    package init(parsing bytes: [UInt8], maximumDepth: Int = Self.maximumDepth) throws(JSONError) {
        var reader = JSONReader(bytes: bytes, maximumDepth: maximumDepth)
        self = try reader.readDocument()
    }

    package init(parsing text: String, maximumDepth: Int = Self.maximumDepth) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    let maximumDepth: Int
    var offset = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    func failure(_ message: String, at offset: Int? = nil) -> JSONError {
        JSONError(message: message, offset: offset ?? self.offset)
    }

    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skipWhitespace() {
        while offset < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[offset]) { offset += 1 }
    }

    mutating func readDocument() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        let value = try readValue(depth: 0)
        skipWhitespace()
        guard offset == bytes.count else { throw failure("text after the end of the document") }
        return value
    }

    mutating func readValue(depth: Int) throws(JSONError) -> JSONValue {
        skipWhitespace()
        guard let byte = current else { throw failure("unexpected end of text") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try readObject(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try readArray(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: throw failure("unexpected character")
        }
    }

    mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let text = "\(word)".utf8
        guard bytes[offset...].starts(with: text) else { throw failure("unexpected character") }
        offset += text.count
        return value
    }

    mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth <= maximumDepth else { throw failure("nesting deeper than \(maximumDepth)") }
        offset += 1
        skipWhitespace()
    }

    mutating func readArray(depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth)
        var elements: [JSONValue] = []
        if current == UInt8(ascii: "]") {
            offset += 1
            return elements
        }
        while true {
            elements.append(try readValue(depth: depth))
            if try endsList(with: UInt8(ascii: "]")) { return elements }
        }
    }

    mutating func readObject(depth: Int) throws(JSONError) -> JSONObject {
        try enter(depth)
        var object = JSONObject()
        if current == UInt8(ascii: "}") {
            offset += 1
            return object
        }
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw failure("expected an object key") }
            let key = try readString()
            skipWhitespace()
            guard current == UInt8(ascii: ":") else { throw failure("expected ':'") }
            offset += 1
            object[key] = try readValue(depth: depth)
            if try endsList(with: UInt8(ascii: "}")) { return object }
        }
    }

    /// Reads the separator after an element: true for the closing bracket, false for a comma.
    mutating func endsList(with bracket: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        guard let byte = current else { throw failure("unexpected end of text") }
        guard byte == bracket || byte == UInt8(ascii: ",") else {
            throw failure("expected ',' or '\(Character(UnicodeScalar(bracket)))'")
        }
        offset += 1
        return byte == bracket
    }

    mutating func readNumber() throws(JSONError) -> JSONValue {
        let start = offset
        if current == UInt8(ascii: "-") { offset += 1 }
        let firstDigit = offset
        try readDigits()
        if bytes[firstDigit] == UInt8(ascii: "0"), offset - firstDigit > 1 {
            throw failure("a number with a leading zero", at: start)
        }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try readDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
            try readDigits()
        }
        let literal = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let value = Int(literal) { return .integer(value) }
        guard let value = Double(literal), value.isFinite else {
            throw failure("the number \(literal.prefix(40)) is out of range", at: start)
        }
        return isInteger ? .largeInteger(literal) : .double(value)
    }

    mutating func readDigits() throws(JSONError) {
        let start = offset
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        if offset == start { throw failure("expected a digit") }
    }

    mutating func readString() throws(JSONError) -> String {
        let opening = offset
        offset += 1
        let start = offset
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                let text = try string(from: bytes[start..<offset])
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start, opening: opening) }
            if byte < 0x20 { throw failure("a control character in a string") }
            offset += 1
        }
        throw failure("an unterminated string", at: opening)
    }

    func string(from slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw failure("a string that is not UTF-8", at: slice.startIndex)
        }
        return text
    }

    mutating func readEscapedString(from start: Int, opening: Int) throws(JSONError) -> String {
        var decoded = Array(bytes[start..<offset])
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw failure("a string that is not UTF-8", at: opening)
                }
                return text
            case UInt8(ascii: "\\"):
                try readEscape(into: &decoded)
            case ..<0x20:
                throw failure("a control character in a string")
            default:
                decoded.append(byte)
                offset += 1
            }
        }
        throw failure("an unterminated string", at: opening)
    }

    mutating func readEscape(into decoded: inout [UInt8]) throws(JSONError) {
        offset += 1
        guard let byte = current else { throw failure("unexpected end of text") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try readUnicodeEscape()
            decoded.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw failure("an unknown escape", at: offset - 2)
        }
    }

    /// Reads the four hex digits after `\u`, and the low surrogate if they are a high surrogate.
    mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = offset - 2
        let unit = try readHexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, bytes[offset...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
            throw failure("a lone surrogate", at: start)
        }
        offset += 2
        let low = try readHexUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure("a lone surrogate", at: start) }
        return scalar
    }

    mutating func readHexUnit() throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16),
            bytes[offset] != UInt8(ascii: "+"), bytes[offset] != UInt8(ascii: "-")
        else { throw failure("expected four hex digits") }
        offset += 4
        return unit
    }
}
