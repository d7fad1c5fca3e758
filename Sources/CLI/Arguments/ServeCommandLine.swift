package import Needletail
import Support

/// Translates the command line of `serve` and `run-batch` into this program's own flags: resolves vLLM's underscores,
/// `--config` files and flags without effect before the parser sees them.
package struct ServeCommandLine {
    /// The words for the parser.
    package private(set) var words: [String] = []
    /// Flags given that have no effect.
    package private(set) var ignored: [String] = []
    /// Flags given that ask for what every server does anyway.
    package private(set) var defaults: [String] = []

    /// Translates the words after the command's name. Throws for a flag that is not supported and for a broken file.
    package init(_ arguments: [String]) throws(EngineError) {
        let given = arguments.map(Self.normalized)
        var configured: [String] = []
        var rest: [String] = []
        var index = 0
        while index < given.count {
            let (name, value) = Self.split(given[index])
            guard name == "config" else {
                rest.append(given[index])
                index += 1
                continue
            }
            guard let path = value ?? (index + 1 < given.count ? given[index + 1] : nil) else {
                throw EngineError("--config: needs a file")
            }
            index += value == nil ? 2 : 1
            configured += try Self.words(of: ConfigFile(path: path), besides: given)
        }
        // The file's flags go after the model: a list among them must not swallow it.
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        try take(Self.joiningDotted(rest[..<end] + configured) + rest[end...])
    }

    /// Rewrites `--name.member value`, vLLM's syntax for one member of a JSON flag, as `--name {"member": value}`.
    private static func joiningDotted(_ given: some Collection<String>) throws(EngineError) -> [String] {
        let given = Array(given)
        var objects: [(name: String, object: JSONObject)] = []
        var rest: [String] = []
        var index = 0
        while index < given.count {
            let (name, inline) = split(given[index])
            index += 1
            let path = name?.split(separator: ".").map(String.init) ?? []
            guard path.count > 1 else {
                rest.append(given[index - 1])
                continue
            }
            guard let text = inline ?? (index < given.count ? given[index] : nil) else {
                throw EngineError("--\(name ?? ""): needs a value")
            }
            if inline == nil { index += 1 }
            let place = objects.firstIndex { $0.name == path[0] } ?? objects.endIndex
            if place == objects.endIndex { objects.append((path[0], JSONObject())) }
            set((try? JSONValue(parsing: text)) ?? .string(text), at: path.dropFirst(), in: &objects[place].object)
        }
        for (name, object) in objects { try merge(object, into: name, of: &rest) }
        return rest
    }

    /// Merges members given one by one into the JSON of the flag itself; they take precedence.
    private static func merge(
        _ object: JSONObject, into name: String, of words: inout [String]
    ) throws(EngineError) {
        var whole = JSONObject()
        if let index = words.firstIndex(where: { split($0).name == name }) {
            let inline = split(words[index]).value
            let end = inline == nil ? index + 1 : index
            guard end < words.count else { throw EngineError("--\(name): needs a value") }
            let text = inline ?? words[end]
            guard let written = try? JSONValue(parsing: text).objectValue else {
                throw EngineError("--\(name): must be a JSON object, got '\(text)'")
            }
            whole = written
            words.removeSubrange(index...end)
        }
        for (member, value) in object.members { whole[member] = value }
        words += ["--" + name, JSONValue.object(whole).serialized]
    }

    private static func set(_ value: JSONValue, at path: ArraySlice<String>, in object: inout JSONObject) {
        guard let name = path.first else { return }
        // Names of flags have dashes by now; JSON members have underscores.
        let member = name.replacing("-", with: "_")
        guard path.count > 1 else { return object[member] = value }
        var inner = object[member]?.objectValue ?? JSONObject()
        set(value, at: path.dropFirst(), in: &inner)
        object[member] = .object(inner)
    }

    /// Drops flags without effect and throws for those that are not supported.
    private mutating func take(_ given: [String]) throws(EngineError) {
        var index = 0
        while index < given.count {
            let (name, inline) = Self.split(given[index])
            index += 1
            guard let name, let flag = ServeFlags.known[name] else {
                words.append(given[index - 1])
                continue
            }
            var value = inline
            if flag.takesValue, value == nil, index < given.count {
                value = given[index]
                index += 1
            }
            switch flag.verdict {
            case .always: defaults.append("--" + name)
            case .ignored: ignored.append("--" + name)
            case .only(let allowed):
                guard let value, allowed.contains(value) else {
                    throw EngineError(
                        "--\(name): only \(allowed.joined(separator: ", ")) is supported, got '\(value ?? "")'")
                }
            case .unsupported: throw EngineError("--\(name): is not supported")
            }
        }
    }

    /// The flags of a file, except those that the command line also sets.
    private static func words(of file: ConfigFile, besides given: [String]) throws(EngineError) -> [String] {
        // Setting a member of a flag's JSON counts as setting the flag.
        func flag(_ name: String) -> String { String(name.prefix { $0 != "." }) }
        let own = Set(given.compactMap { split($0).name }.map(flag))
        var words: [String] = []
        for (key, value) in file.entries {
            let name = normalized("--" + key)
            let bare = String(name.dropFirst(2))
            guard !own.contains(flag(bare)), !own.contains("no-" + bare) else { continue }
            switch value {
            case .null: throw EngineError("--config: '\(key)' has no value")
            case .bool(let isOn):
                guard ServeFlags.isSwitch(bare) else {
                    throw EngineError("--config: '\(key)' needs a value other than true, false, yes, no, on or off")
                }
                if isOn { words.append(name) } else if ServeFlags.hasNegation(bare) { words.append("--no-" + bare) }
            case .array(let elements) where NetworkArguments.listsAsJSON.contains(bare):
                words += [name, JSONValue.array(elements).serialized]
            case .array(let elements): for element in elements { words += [name, text(element)] }
            default: words += [name, text(value)]
            }
        }
        return words
    }

    private static func text(_ value: JSONValue) -> String { value.stringValue ?? value.serialized }

    /// Rewrites `--max_model_len=5` as `--max-model-len=5` and expands short names.
    private static func normalized(_ word: String) -> String {
        guard word.hasPrefix("-"), word.count > 2 || word == "-O" || word == "-q", Double(word) == nil else {
            return word
        }
        if word.hasPrefix("-O"), let level = Int(word.dropFirst(2)) { return "--optimization-level=\(level)" }
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let bare = parts[0].drop { $0 == "-" }.map { $0 == "_" ? "-" : $0 }
        let name = ServeFlags.aliases[String(bare)] ?? String(bare)
        return "--" + name + (parts.count > 1 ? "=" + parts[1] : "")
    }

    private static func split(_ word: String) -> (name: String?, value: String?) {
        guard word.hasPrefix("--") else { return (nil, nil) }
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts.first.map(String.init), parts.count > 1 ? String(parts[1]) : nil)
    }
}
