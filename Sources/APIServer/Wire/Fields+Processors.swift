import EngineTypes
import Support

extension Fields {
    /// Calls of logits processors: names, or objects with a name and arguments.
    func processorCalls(_ field: String) throws(RequestError) -> [LogitsProcessorCall]? {
        guard let elements = try array(field) else { return nil }
        var calls: [LogitsProcessorCall] = []
        for (index, element) in elements.enumerated() {
            let name = "\(field)[\(index)]"
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

    /// Arguments of logits processors by name.
    func extraArguments(_ field: String) throws(RequestError) -> [String: ExtraArgument]? {
        guard let members = try object(field) else { return nil }
        return try Self.arguments(members, field + ".")
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
