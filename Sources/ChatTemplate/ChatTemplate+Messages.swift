package import Support

extension ChatTemplate {
    /// Renders a conversation with the variables that chat templates expect; nil `tools` and `documents` are `none`.
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
        guard continueFinalMessage else {
            context["messages"] = .array(messages)
            return try render(context, clock: clock, limits: limits)
        }
        let (marked, text) = try Continuation.mark(messages)
        context["messages"] = .array(marked)
        return try Continuation.cut(render(context, clock: clock, limits: limits), finalText: text)
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
