package import Support

extension ChatTemplate {
    /// Renders a conversation with the variables that chat templates expect; nil `tools` and `documents` are `none`.
    /// As in transformers, messages lose their null members and have their reasoning under each name in use.
    ///
    /// - Parameters:
    ///   - continueFinalMessage: ends the text right after the last message's content, for the model to continue it.
    ///   - variables: additional variables, such as `bos_token`; this method overwrites the ones that it sets itself.
    package func render(
        messages: [JSONValue],
        tools: [JSONValue]? = nil,
        documents: [JSONValue]? = nil,
        addGenerationPrompt: Bool = false,
        continueFinalMessage: Bool = false,
        variables: JSONObject = JSONObject(),
        clock: TemplateClock? = nil,
        limits: RenderLimits = RenderLimits()
    ) throws(ChatTemplateError) -> String {
        var context = variables
        context["tools"] = tools.map(JSONValue.array) ?? .null
        context["documents"] = documents.map(JSONValue.array) ?? .null
        context["add_generation_prompt"] = .bool(addGenerationPrompt)
        let messages = messages.map(MessageMembers.completed)
        guard continueFinalMessage else {
            context["messages"] = .array(messages)
            return try render(context, clock: clock, limits: limits)
        }
        guard source.contains("content") else {
            throw .runtime("continue_final_message is set but the template does not read the content of messages")
        }
        let (marked, text) = try Continuation.mark(messages)
        context["messages"] = .array(marked)
        return try Continuation.cut(render(context, clock: clock, limits: limits), finalText: text)
    }
}

/// The members of a message as templates read them.
private enum MessageMembers {
    /// Names of a message's reasoning; the first one is the standard, the second one gpt-oss's.
    static let reasoning = ["reasoning_content", "thinking", "reasoning"]

    static func completed(_ message: JSONValue) -> JSONValue {
        guard let object = message.objectValue else { return message }
        let members = object.members.filter { !$0.1.isNull }
        let text = reasoning.lazy.compactMap { name in members.first { $0.0 == name }?.1 }.first
        var result = JSONObject()
        if let text { result["thinking"] = text }
        for (name, value) in members { result[name] = value }
        if let text { result["reasoning_content"] = text }
        return .object(result)
    }
}

/// Finds the end of the last message in the rendered text by appending a marker to it, and cuts the text there.
private enum Continuation {
    static let marker = "CONTINUE_FINAL_MESSAGE_TAG"

    /// Returns the messages with the marker appended to the last one's text, and that text without the marker.
    static func mark(_ messages: [JSONValue]) throws(ChatTemplateError) -> ([JSONValue], text: String) {
        guard var message = messages.last?.objectValue else {
            throw .runtime("continue_final_message is set but there is no final message")
        }
        let text: String
        switch message["content"] {
        case .string(let content):
            text = content
            message["content"] = .string(content + marker + " ")
        case .array(var parts):
            let last = parts.lastIndex { $0["text"] != nil }
            guard let last, var part = parts[last].objectValue, let content = part["text"]?.stringValue else {
                throw .runtime("continue_final_message is set but the final message has no text to continue")
            }
            text = content
            part["text"] = .string(content + marker + " ")
            parts[last] = .object(part)
            message["content"] = .array(parts)
        default:
            throw .runtime("continue_final_message is set but the final message has no content to continue")
        }
        return (messages.dropLast() + [.object(message)], text)
    }

    /// Cuts at the last marker. If the template removed the space after the marker, it trims content: then the
    /// whitespace before the marker is trimmed too.
    static func cut(_ rendered: String, finalText: String) throws(ChatTemplateError) -> String {
        let bytes = Array(rendered.utf8)
        guard let start = ByteSearch.last(of: Array(marker.utf8), in: bytes[...]),
            ByteSearch.first(of: Array(PythonText.strip(finalText).utf8), in: bytes[...]) != nil
        else {
            throw .runtime("continue_final_message is set but the template does not render the final message's text")
        }
        let end = start + marker.utf8.count
        let kept = String(decoding: bytes[..<start], as: UTF8.self)
        let keepsBlanks = end < bytes.count && bytes[end] == UInt8(ascii: " ")
        return keepsBlanks ? kept : PythonText.strip(kept, leading: false)
    }
}
