package import Needletail
package import Support

/// A vLLM `--config` file: a flat YAML mapping of flags to values. Supports the part of YAML that such files use;
/// anything else is an error that names the line.
package struct ConfigFile {
    /// Names of flags without their dashes, and their values, in file order.
    package private(set) var entries: [(name: String, value: JSONValue)] = []

    private typealias Line = (number: Int, indent: Int, text: Substring)

    private let path: String
    private var lines: [Line] = []
    private var next = 0

    init(path: String) throws(EngineError) {
        let bytes = try InputFile.read(path, flag: "--config")
        try self.init(path: path, text: String(decoding: bytes, as: UTF8.self))
    }

    /// Parses the text of a file; `path` names it in errors.
    package init(path: String, text: String) throws(EngineError) {
        self.path = path
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let text = ConfigScalar.withoutComment(line)
            let indent = text.prefix { $0 == " " }.count
            let content = text.dropFirst(indent)
            guard !content.isEmpty, content != "---" else { continue }
            guard !content.hasPrefix("\t") else { throw mistake(index + 1, "must be indented with spaces, not tabs") }
            lines.append((index + 1, indent, content))
        }
        guard let first = lines.first else { return }
        guard first.indent == 0, !Self.isElement(first) else {
            throw mistake(first.number, "must be 'name: value' without indentation")
        }
        let members = try readMapping(indent: 0, isPartOfValue: false)
        guard next == lines.count else {
            throw mistake(lines[next].number, "the indentation matches none of the lines above")
        }
        entries = members.members.map { ($0.0, $0.1) }
    }

    /// Reads the following lines that are indented by `indent`. `isPartOfValue`: inside a flag's value, which becomes
    /// JSON.
    private mutating func readMapping(indent: Int, isPartOfValue: Bool) throws(EngineError) -> JSONObject {
        var members = JSONObject()
        while next < lines.count, lines[next].indent == indent {
            let line = lines[next]
            guard !Self.isElement(line), let colon = line.text.firstIndex(of: ":") else {
                throw mistake(line.number, "must be 'name: value'")
            }
            next += 1
            guard let name = try scalar(line.text[..<colon], line, isPartOfValue: false).stringValue else {
                throw mistake(line.number, "must be 'name: value'")
            }
            guard members[name] == nil else { throw mistake(line.number, "'\(name)' appears a second time") }
            let rest = line.text[colon...].dropFirst()
            guard rest.isEmpty || rest.hasPrefix(" ") else { throw mistake(line.number, "a space is needed after ':'") }
            members[name] =
                rest.isEmpty
                ? try readNested(in: indent, isPartOfValue: isPartOfValue)
                : try scalar(rest, line, isPartOfValue: isPartOfValue)
        }
        return members
    }

    private mutating func readList(indent: Int, isPartOfValue: Bool) throws(EngineError) -> JSONValue {
        var elements: [JSONValue] = []
        while next < lines.count, lines[next].indent == indent, Self.isElement(lines[next]) {
            let element = try scalar(lines[next].text.dropFirst(), lines[next], isPartOfValue: isPartOfValue)
            guard element != .null else { throw mistake(lines[next].number, "the list has an empty element") }
            elements.append(element)
            next += 1
        }
        return .array(elements)
    }

    /// Reads the value below `name:`; a list may start in the same column as the name.
    private mutating func readNested(in indent: Int, isPartOfValue: Bool) throws(EngineError) -> JSONValue {
        guard next < lines.count, lines[next].indent >= indent else { return .null }
        let own = lines[next].indent
        if Self.isElement(lines[next]) { return try readList(indent: own, isPartOfValue: isPartOfValue) }
        return own > indent ? .object(try readMapping(indent: own, isPartOfValue: true)) : .null
    }

    private func scalar(_ text: Substring, _ line: Line, isPartOfValue: Bool) throws(EngineError) -> JSONValue {
        do {
            return try ConfigScalar.value(of: text, isPartOfValue: isPartOfValue)
        } catch {
            throw mistake(line.number, error.description)
        }
    }

    private static func isElement(_ line: Line) -> Bool { line.text == "-" || line.text.hasPrefix("- ") }

    private func mistake(_ line: Int, _ what: String) -> EngineError {
        EngineError("--config: \(path), line \(line): \(what)")
    }
}
