import EngineTypes
import Needletail
import Support

/// The body of `POST /v1/responses`.
struct ResponsesRequest: Sendable {
    let prompt: PromptInput
    let common: GenerationFields
    /// The conversation without instructions, which a later request can continue.
    let messages: [JSONValue]
    let previousID: String?
    let isBackground: Bool
    /// Whether the response is stored for later retrieval.
    let isStored: Bool
    let includesLogprobs: Bool
    /// Whether the answer shows prompt and output as text and token ids.
    let returnsMessages: Bool
    /// Fields of the request that the answer repeats.
    let echo: JSONObject

    init(
        _ fields: Fields, _ info: EngineInfo, _ options: ServerOptions, _ stored: OwnResponses
    ) throws(RequestError) {
        try Self.refuseUnsupported(fields)
        var common = try GenerationFields(Self.withoutTools(fields), info, options)
        guard common.choices.isSingle else { throw fields.mistake("n", "1, with best_of 1 and use_beam_search false") }
        isStored = try fields.bool("store") ?? true
        isBackground = try fields.bool("background") ?? false
        guard isStored || !isBackground else {
            throw .invalid("background", "background can only be used when `store` is true")
        }
        returnsMessages = try fields.bool("enable_response_messages") ?? false
        includesLogprobs = try Self.includesLogprobs(fields)
        common.sampling.logprobs = includesLogprobs ? try fields.int("top_logprobs") ?? 0 : nil
        common.sampling.maxTokens = try fields.int("max_output_tokens")
        common.parameterNames = ["max_tokens": "max_output_tokens", "logprobs": "top_logprobs", "prompt": "input"]
        previousID = try fields.string("previous_response_id")
        let earlier = try previousID.map { id throws(RequestError) in try stored.conversation(after: id) }
        messages = (earlier ?? []) + (try ResponseInput.messages(fields, stored))
        let instructions = try fields.string("instructions")
        let system = instructions.map { [["role": "system", "content": .string($0)] as JSONValue] } ?? []
        var chat = ChatPrompt(messages: system + messages)
        chat.variables = options.chatTemplateVariables
        if let reasoning = try fields.object("reasoning") {
            let effort: ReasoningEffort? = try Fields(reasoning, prefix: "reasoning.").choice("effort")
            if let effort { chat.variables["reasoning_effort"] = .string(effort.rawValue) }
        }
        let truncation = try Self.truncation(fields, common)
        prompt = PromptInput(
            .chat(chat), truncation: truncation?.leaving(outputTokens: common.sampling.maxTokens))
        echo = try Self.echo(fields, common.sampling, isBackground: isBackground)
        self.common = common
    }

    /// Approximate bytes that a stored response keeps of this request.
    var byteCount: Int { JSONValue.array(messages).approximateByteCount + JSONValue.object(echo).approximateByteCount }

    private enum Truncation: String, CaseIterable { case auto, disabled }

    /// `truncation`, unless `truncate_prompt_tokens` is given. `auto` drops the beginning of a prompt that is too long.
    private static func truncation(
        _ fields: Fields, _ common: GenerationFields
    ) throws(RequestError) -> PromptTruncation? {
        if let truncation = common.truncation { return truncation }
        let truncation: Truncation = try fields.choice("truncation") ?? .disabled
        return truncation == .auto ? PromptTruncation() : nil
    }

    /// Allowed values of `include`. Only the first has an effect; the others name outputs that do not occur here.
    static let includable = [
        "message.output_text.logprobs", "reasoning.encrypted_content", "file_search_call.results",
        "web_search_call.results", "web_search_call.action.sources", "code_interpreter_call.outputs",
        "computer_call_output.output.image_url", "message.input_image.image_url",
    ]

    private static func includesLogprobs(_ fields: Fields) throws(RequestError) -> Bool {
        let names = try fields.strings("include") ?? []
        if let name = names.first(where: { !includable.contains($0) }) {
            throw .invalid("include", "may contain \(includable.joined(separator: ", ")), got \"\(name)\"")
        }
        return names.contains(includable[0])
    }

    /// Throws for fields that would change the output and are not supported.
    private static func refuseUnsupported(_ fields: Fields) throws(RequestError) {
        for name in ["prompt", "conversation"] where fields[name] != nil {
            throw .invalid(name, "is not supported, got \(fields[name]!.excerpt)")
        }
        if let tools = try fields.array("tools"), !tools.isEmpty { throw fields.mistake("tools", "empty") }
        if let choice = fields["tool_choice"], choice != "auto", choice != "none" {
            throw fields.mistake("tool_choice", "auto or none without tools")
        }
        if let format = try fields.object("text")?["format"], !format.isNull, format["type"] != "text" {
            throw .invalid("text.format", "must be {\"type\": \"text\"}, got \(format.excerpt)")
        }
    }

    /// Returns `metadata`, which the stored answer contains. Throws if it exceeds OpenAI's limits.
    private static func metadata(_ fields: Fields) throws(RequestError) -> JSONObject {
        let metadata = try fields.object("metadata") ?? JSONObject()
        for (name, value) in metadata.members {
            guard name.unicodeScalars.count <= 64, let text = value.stringValue, text.unicodeScalars.count <= 512 else {
                throw .invalid("metadata", "must have names of at most 64 characters and string values of at most 512")
            }
        }
        guard Array(metadata.members).count <= 16 else { throw .invalid("metadata", "may have at most 16 members") }
        return metadata
    }

    /// Removes the fields of tools: an empty list of tools is the same as none.
    private static func withoutTools(_ fields: Fields) -> Fields {
        var object = fields.object
        object["tools"] = nil
        object["tool_choice"] = nil
        return Fields(object)
    }

    private static func echo(
        _ fields: Fields, _ sampling: SamplingParams, isBackground: Bool
    ) throws(RequestError) -> JSONObject {
        [
            "background": .bool(isBackground), "instructions": fields["instructions"] ?? .null,
            "max_output_tokens": fields["max_output_tokens"] ?? .null,
            "max_tool_calls": try fields.int("max_tool_calls").map { .integer($0) } ?? .null,
            "metadata": .object(try metadata(fields)),
            "parallel_tool_calls": .bool(try fields.bool("parallel_tool_calls") ?? true),
            "previous_response_id": fields["previous_response_id"] ?? .null, "prompt": .null,
            "reasoning": ["effort": fields["reasoning"]?["effort"] ?? .null, "summary": .null],
            "service_tier": "default",
            "store": .bool(try fields.bool("store") ?? true),
            "temperature": fields["temperature"] ?? .double(Double(sampling.temperature.description) ?? 1),
            "text": ["format": ["type": "text"]], "tool_choice": .string(try fields.string("tool_choice") ?? "auto"),
            "tools": [], "top_logprobs": fields["top_logprobs"] ?? 0,
            "top_p": fields["top_p"] ?? .double(Double(sampling.topP.description) ?? 1),
            "truncation": fields["truncation"] ?? "disabled", "user": fields["user"] ?? .null,
        ]
    }
}

/// Reads the `input` of a response: a string, or a list of items.
enum ResponseInput {
    private enum Role: String, CaseIterable { case user, assistant, system, developer }

    static func messages(_ fields: Fields, _ stored: OwnResponses) throws(RequestError) -> [JSONValue] {
        switch fields["input"] {
        case .string(let text)?: return [["role": "user", "content": .string(text)]]
        case .array(let items)?:
            guard !items.isEmpty else { throw .invalid("input", "at least one item is needed") }
            var conversation = ResponseItems(stored)
            for (index, item) in items.enumerated() {
                guard let object = item.objectValue else {
                    throw .invalid("input[\(index)]", "must be an object, got \(item.excerpt)")
                }
                try conversation.append(Fields(object, prefix: "input[\(index)]."))
            }
            return conversation.finish()
        case nil: throw .invalid("input", "is missing")
        default: throw fields.mistake("input", "a string or a list of items")
        }
    }

    /// Returns the chat message of an item of type `message`.
    static func message(_ item: Fields) throws(RequestError) -> JSONObject {
        guard let role: Role = try item.choice("role") else {
            throw item.mistake("role", "one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return ["role": .string(role.rawValue), "content": try content(item)]
    }

    private static func content(_ item: Fields) throws(RequestError) -> JSONValue {
        switch item["content"] {
        case .string(let text)?: return .string(text)
        case .array(let parts)?:
            var texts: [JSONValue] = []
            for (index, part) in parts.enumerated() {
                guard let type = part["type"]?.stringValue, ["input_text", "output_text", "text"].contains(type),
                    let text = part["text"]?.stringValue
                else {
                    throw .invalid(
                        "\(item.name("content"))[\(index)]",
                        "must be text (this model accepts only text), got \(part.excerpt)")
                }
                texts.append(TextPart.json(text))
            }
            return .array(texts)
        default: throw item.mistake("content", "a string or a list of content parts")
        }
    }
}
