package import ChatTemplate
package import Support

/// Converts a conversation as clients write it into the form that one template expects, for every route and for `chat`.
package struct ConversationNormalizer: Sendable {
    private let traits: TemplateTraits
    private let systemMessages: SystemMessageRules

    /// - Parameter variables: variables that the template is rendered with, such as the special tokens.
    package init(template: ChatTemplate, variables: JSONObject = JSONObject()) {
        traits = template.traits
        systemMessages = SystemMessageRules(template: template, variables: variables)
    }

    /// The messages in the form of the template. Throws if the arguments of a tool call are not a JSON object.
    package func normalized(_ messages: [JSONValue]) throws(RequestError) -> [JSONValue] {
        var result: [JSONValue] = []
        for (index, message) in messages.enumerated() {
            guard var object = message.objectValue else {
                result.append(message)
                continue
            }
            try ToolCallArguments(asText: traits.takesArgumentsAsText).normalize(&object, "messages[\(index)]")
            if object["role"] == "developer", !traits.knowsDeveloper { object["role"] = "system" }
            result.append(.object(object))
        }
        return systemMessages.merged(result).map(withFormattedContent)
    }

    private func withFormattedContent(_ message: JSONValue) -> JSONValue {
        guard var object = message.objectValue, let content = object["content"], !content.isNull else { return message }
        let format = traits.contentFormat(ofRole: object["role"]?.stringValue ?? "")
        object["content"] = MessageContent(content).json(format)
        return .object(object)
    }
}

/// The texts of a message, whose content is a string or a list of parts.
package struct MessageContent {
    private let texts: [String]
    private let isList: Bool

    /// Reads the content of a message; parts without text count as empty.
    package init(_ content: JSONValue) {
        isList = content.arrayValue != nil
        texts =
            content.arrayValue?.map { $0["text"]?.stringValue ?? $0.stringValue ?? "" } ?? [content.stringValue ?? ""]
    }

    /// The content as one text, with each part on a line of its own.
    package var text: String { texts.joined(separator: "\n") }

    /// The content in the format of a template. If it reads both forms, only several parts stay a list: few templates
    /// check the form everywhere.
    func json(_ format: ContentFormat) -> JSONValue {
        guard format == .parts || format == .any && isList && texts.count > 1 else { return .string(text) }
        return .array(texts.map { ["type": "text", "text": .string($0)] })
    }
}

/// Converts the arguments of past tool calls: clients write JSON in a string, templates expect the object.
private struct ToolCallArguments {
    /// Whether the template inserts the arguments as text.
    let asText: Bool

    func normalize(_ message: inout JSONObject, _ name: String) throws(RequestError) {
        if var calls = message["tool_calls"]?.arrayValue {
            for (index, call) in calls.enumerated() {
                guard var object = call.objectValue, let function = object["function"]?.objectValue else { continue }
                object["function"] = .object(try normalized(function, "\(name).tool_calls[\(index)].function"))
                calls[index] = .object(object)
            }
            message["tool_calls"] = .array(calls)
        }
        if let call = message["function_call"]?.objectValue {
            message["function_call"] = .object(try normalized(call, "\(name).function_call"))
        }
    }

    private func normalized(_ function: JSONObject, _ name: String) throws(RequestError) -> JSONObject {
        var function = function
        let given = function["arguments"]
        let object = try object(given ?? .null, "\(name).arguments")
        if asText, object != [:] {
            function["arguments"] = .string(given?.stringValue ?? object.serialized)
        } else {
            function["arguments"] = asText ? "{}" : object
        }
        return function
    }

    /// Parses arguments; a missing value, null and a blank text mean a call without arguments.
    private func object(_ value: JSONValue, _ name: String) throws(RequestError) -> JSONValue {
        var parsed = value
        if let text = value.stringValue {
            guard text.contains(where: { !$0.isWhitespace }) else { return [:] }
            do {
                parsed = try JSONValue(parsing: text)
            } catch {
                throw .invalid(name, "must be a JSON object in a string, got text that is not JSON: \(error)")
            }
        }
        if parsed.isNull { return [:] }
        guard parsed.objectValue != nil else {
            throw .invalid(name, "must be a JSON object, got \(parsed.typeName)")
        }
        return parsed
    }
}
