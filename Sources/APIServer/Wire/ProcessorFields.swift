import EngineTypes
import Support

/// Reads the fields that select logits processors.
enum ProcessorFields {
    /// `logits_processors`: names, or objects with a name and arguments.
    static func calls(_ fields: Fields) throws(RequestError) -> [LogitsProcessorCall] {
        var calls: [LogitsProcessorCall] = []
        for (index, element) in (try fields.array("logits_processors") ?? []).enumerated() {
            let name = "logits_processors[\(index)]"
            if let text = element.stringValue {
                calls.append(LogitsProcessorCall(name: text))
                continue
            }
            guard let members = element.objectValue else {
                throw .invalid(name, "must be a name, or an object with name and args, got \(element.excerpt)")
            }
            let own = Fields(members, prefix: name + ".")
            guard let processor = try own.string("name") else { throw own.mistake("name", "a string") }
            let arguments = try own.object("args") ?? JSONObject()
            calls.append(
                LogitsProcessorCall(name: processor, arguments: try Self.arguments(arguments, name + ".args.")))
        }
        return calls
    }

    /// `vllm_xargs`: arguments by name.
    static func extraArguments(_ fields: Fields) throws(RequestError) -> [String: ExtraArgument] {
        try arguments(try fields.object("vllm_xargs") ?? JSONObject(), "vllm_xargs.")
    }

    private static func arguments(_ members: JSONObject, _ prefix: String) throws(RequestError) -> [String:
        ExtraArgument]
    {
        var arguments: [String: ExtraArgument] = [:]
        for (name, value) in members.members {
            guard let argument = ExtraArgument(value) else {
                throw .invalid(prefix + name, "must be a number, a string or a list of them, got \(value.excerpt)")
            }
            arguments[name] = argument
        }
        return arguments
    }
}

extension ExtraArgument {
    fileprivate init?(_ value: JSONValue) {
        if let integer = value.intValue {
            self = .integer(integer)
        } else if let number = value.doubleValue {
            self = .number(number)
        } else if let text = value.stringValue {
            self = .string(text)
        } else if let elements = value.arrayValue {
            let arguments = elements.compactMap { ExtraArgument($0) }
            guard arguments.count == elements.count else { return nil }
            self = .list(arguments)
        } else {
            return nil
        }
    }
}
