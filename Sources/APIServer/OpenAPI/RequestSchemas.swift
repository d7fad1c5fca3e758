import EngineTypes
import Needletail
import Support

/// Schemas of request bodies.
enum RequestSchemas {
    /// A message of a conversation: text, or parts of text.
    static let message = Schema.object(
        [
            "role": .choice(["system", "user", "assistant", "tool", "developer"]),
            "content": .any(.string, .array(part("text", "input_text", "output_text"), minimum: 1)),
        ], required: ["role", "content"])

    static func part(_ types: String...) -> Schema {
        .object(["type": .choice(types), "text": .string], required: ["type", "text"])
    }

    /// The fields that all generation routes have, whatever form their prompt has.
    static let common = Schema.object([
        "model": Schema.string.orNull.described("A model that /v1/models lists; the first one if absent.")
    ]).adding(sampling).adding(generation)

    private static let sampling = SamplingField.all.reduce(Schema.object([:])) { object, field in
        object.adding(.object([field.name: field.schema.orNull.described(field.meaning)]))
    }

    /// The fields of `GenerationFields` other than those of sampling.
    private static let generation = Schema.object([
        "n": Schema.integer(1...16_384).orNull,
        "best_of": Schema.integer(1...16_384).orNull, "use_beam_search": Schema.boolean.orNull,
        "length_penalty": Schema.number.orNull, "stream": Schema.boolean.orNull,
        "stream_options": Schema.object([
            "include_usage": .boolean, "continuous_usage_stats": .boolean,
        ]).orNull,
        "truncate_prompt_tokens": Schema.integer(from: -1).orNull,
        "truncation_side": Schema.choice(PromptTruncation.Side.self).orNull, "return_token_ids": Schema.boolean.orNull,
        "return_tokens_as_token_ids": Schema.boolean.orNull, "return_prompt_text": Schema.boolean.orNull,
        "cache_salt": Schema.string(1...128).orNull, "priority": Schema.integer(Int.min...Int.max).orNull,
        "request_id": Schema.string(1...128).orNull, "add_special_tokens": Schema.boolean.orNull,
        "echo": Schema.boolean.orNull,
    ])

    static let completion = Schema.object(
        [
            "prompt": .any(
                .string, .array(.string, minimum: 1), .array(.integer(from: 0), minimum: 1),
                .array(.array(.integer(from: 0), minimum: 1), minimum: 1)),
            "max_tokens": Schema.integer(from: 0).orNull, "logprobs": Schema.integer(from: -1).orNull,
        ], required: ["prompt"]
    ).adding(common)

    /// The fields that describe a conversation.
    private static let conversation = Schema.object([
        "messages": .array(.reference("Message"), minimum: 1), "add_generation_prompt": Schema.boolean.orNull,
        "continue_final_message": Schema.boolean.orNull, "documents": Schema.array(.freeObject).orNull,
        "chat_template": Schema.string.orNull, "chat_template_kwargs": Schema.freeObject.orNull,
    ])

    static let chat = Schema.object(
        [
            "max_tokens": Schema.integer(from: 1).orNull, "max_completion_tokens": Schema.integer(from: 1).orNull,
            "logprobs": Schema.boolean.orNull, "top_logprobs": Schema.integer(from: -1).orNull,
            "reasoning_effort": Schema.choice(ReasoningEffort.self).orNull,
        ], required: ["messages"]
    ).adding(conversation).adding(common)

    private static let inputMessage = Schema.object(
        [
            "type": .constant("message"), "role": .choice(["system", "user", "assistant", "developer"]),
            "content": .any(.string, .array(part("input_text", "output_text", "text"), minimum: 1)),
        ], required: ["role", "content"])

    private static let reasoning = Schema.object(
        [
            "type": .constant("reasoning"), "content": Schema.array(part("reasoning_text")).orNull,
            "summary": Schema.array(part("summary_text")).orNull,
        ], required: ["type"])

    private static let itemReference = Schema.object(
        ["type": .constant("item_reference"), "id": .nonEmptyString()], required: ["type", "id"])

    static let response = Schema.object(
        [
            "input": .any(.nonEmptyString(), .array(.any(inputMessage, reasoning, itemReference), minimum: 1)),
            "instructions": Schema.string.orNull, "previous_response_id": Schema.string.orNull,
            "store": Schema.boolean.orNull, "background": Schema.boolean.orNull,
            "enable_response_messages": Schema.boolean.orNull,
            "max_output_tokens": Schema.integer(from: 1).orNull, "top_logprobs": Schema.integer(from: 0).orNull,
            "include": Schema.array(.choice(ResponsesRequest.includable)).orNull,
            "reasoning": Schema.object(["effort": Schema.choice(ReasoningEffort.self).orNull]).orNull,
            "truncation": Schema.choice(["auto", "disabled"]).orNull, "metadata": Schema.map(of: .string).orNull,
        ], required: ["input"]
    ).adding(common)

    private static let thinking = Schema.object(
        ["type": .constant("thinking"), "thinking": .string], required: ["type", "thinking"])

    static let anthropicMessages = Schema.object(
        [
            "messages": .array(
                .object(
                    [
                        "role": .choice(["user", "assistant", "system"]),
                        "content": .any(.string, .array(.any(part("text"), thinking), minimum: 1)),
                    ], required: ["role", "content"]), minimum: 1),
            "system": Schema.any(.string, .array(part("text"))).orNull,
        ], required: ["messages"])

    static let anthropic = anthropicMessages.adding(
        .object(
            ["max_tokens": .integer(from: 1), "stop_sequences": Schema.array(.nonEmptyString()).orNull],
            required: ["max_tokens"])
    ).adding(common)

    static let tokenize = Schema.object([
        "prompt": Schema.string.orNull, "return_token_strs": Schema.boolean.orNull,
        "add_special_tokens": Schema.boolean.orNull, "model": Schema.string.orNull,
    ]).adding(conversation)

    static let detokenize = Schema.object(
        ["tokens": .array(.integer(from: 0)), "model": Schema.string.orNull], required: ["tokens"])
}
