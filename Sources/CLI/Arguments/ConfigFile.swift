import Needletail
import Support

/// vLLM's `--config` files: a flat YAML mapping of flags to values. Read by a reader of our own for the part of YAML that
/// such files use; what is beyond it is an error that names the line.
struct ConfigFile {
    /// Flags without their dashes, in the file's order.
    private(set) var entries: [(name: String, value: JSONValue)] = []

    private let path: String
    private var lines: [(number: Int, indent: Int, text: Substring)] = []
    private var next = 0

    init(path: String) throws(EngineError) {
        guard let bytes = try? Files.read(path) else { throw EngineError("--config: cannot read '\(path)'") }
        try self.init(path: path, text: String(decoding: bytes, as: UTF8.self))
    }

    init(path: String, text: String) throws(EngineError) {
        self.path = path
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let text = Self.withoutComment(line)
            let indent = text.prefix { $0 == " " }.count
            let content = text.dropFirst(indent)
            guard !content.isEmpty, content != "---" else { continue }
            guard !content.hasPrefix("\t") else { throw mistake(index + 1, "indented with tabs") }
            lines.append((index + 1, indent, content))
        }
        guard let first = lines.first else { return }
        guard first.indent == 0, case .object(let members) = try readBlock(indent: 0) else {
            throw mistake(first.number, "not a mapping")
        }
        guard next == lines.count else {
            throw mistake(lines[next].number, "indented otherwise than what it belongs to")
        }
        entries = members.members.map { ($0.0, $0.1) }
    }

    /// The lines from here on that are indented by `indent`: a mapping or a list. `endsAtName`: a list as far left as what
    /// it belongs to, which the next name ends.
    private mutating func readBlock(indent: Int, endsAtName: Bool = false) throws(EngineError) -> JSONValue {
        var members = JSONObject()
        var elements: [JSONValue] = []
        let isList = lines[next].text.hasPrefix("- ") || lines[next].text == "-"
        while next < lines.count, lines[next].indent == indent {
            let line = lines[next]
            guard (line.text.hasPrefix("- ") || line.text == "-") == isList else {
                if endsAtName { break }
                throw mistake(line.number, "a list and a mapping in one")
            }
            next += 1
            if isList {
                let element = try scalar(line.text.dropFirst(2), line.number, isNested: indent > 0)
                guard element != .null else { throw mistake(line.number, "an empty element") }
                elements.append(element)
                continue
            }
            guard let colon = line.text.firstIndex(of: ":") else { throw mistake(line.number, "no 'name: value'") }
            let key = try scalar(line.text[..<colon], line.number, isNested: false)
            guard let name = key.stringValue else { throw mistake(line.number, "no 'name: value'") }
            let rest = line.text[colon...].dropFirst().drop { $0 == " " }
            guard members[name] == nil else { throw mistake(line.number, "'\(name)' a second time") }
            members[name] =
                rest.isEmpty ? try readNested(in: indent) : try scalar(rest, line.number, isNested: indent > 0)
        }
        return isList ? .array(elements) : .object(members)
    }

    /// What stands below `name:`; a list may be as far left as the name.
    private mutating func readNested(in indent: Int) throws(EngineError) -> JSONValue {
        guard next < lines.count else { return .null }
        let line = lines[next]
        if line.indent > indent { return try readBlock(indent: line.indent) }
        let isList = line.indent == indent && (line.text.hasPrefix("- ") || line.text == "-")
        return isList ? try readBlock(indent: indent, endsAtName: true) : .null
    }

    /// `isNested`: below a flag's name, where a value is part of JSON. A flag's own number stays as it is written.
    private func scalar(_ text: Substring, _ number: Int, isNested: Bool) throws(EngineError) -> JSONValue {
        let text = text.drop { $0 == " " }
        guard let first = text.first else { return .null }
        switch first {
        case "'":
            guard text.count > 1, text.hasSuffix("'") else { throw mistake(number, "a quote without end") }
            return .string(
                text.dropFirst().dropLast().split(separator: "''", omittingEmptySubsequences: false).joined(
                    separator: "'"))
        case "\"", "{", "[":
            if let value = try? JSONValue(parsing: String(text)) { return value }
            guard first == "[", text.hasSuffix("]") else { throw mistake(number, "not what JSON would write") }
            let items = text.dropFirst().dropLast().split(separator: ",")
            var elements: [JSONValue] = []
            for item in items { elements.append(try scalar(item, number, isNested: isNested)) }
            return .array(elements)
        case "&", "*", "!", "|", ">", "%", "@", "`": throw mistake(number, "YAML beyond names, scalars and lists")
        default: return Self.plain(String(text), isNested: isNested)
        }
    }

    private static func plain(_ text: String, isNested: Bool) -> JSONValue {
        let text = String(text.reversed().drop { $0 == " " }.reversed())
        switch text.lowercased() {
        case "true", "yes", "on": return .bool(true)
        case "false", "no", "off": return .bool(false)
        case "null", "~": return .null
        default: break
        }
        let isNumeric = isNested && text.first.map { $0.isASCII && ($0.isNumber || $0 == "-") } == true
        return isNumeric ? (try? JSONValue(parsing: text)) ?? .string(text) : .string(text)
    }

    /// A comment starts at the line's beginning or after a space, outside quotes.
    private static func withoutComment(_ line: Substring) -> Substring {
        var quote: Character?
        var previous: Character = " "
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"", " :[{,".contains(previous) {
                quote = character
            } else if character == "#", previous == " " {
                return trimmed(line[..<index])
            }
            previous = character
        }
        return trimmed(line)
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while let last = line.last, last == " " || last == "\t" { line = line.dropLast() }
        return line
    }

    private func mistake(_ line: Int, _ what: String) -> EngineError {
        EngineError("--config: \(path), line \(line): \(what)")
    }
}
