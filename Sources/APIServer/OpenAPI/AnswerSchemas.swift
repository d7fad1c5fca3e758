import Support

/// Schemas of answers.
enum AnswerSchemas {
    /// An object with all members required: whole answers write an absent value as null.
    private static func whole(_ properties: KeyValuePairs<String, Schema>) -> Schema {
        .object(properties, required: properties.map(\.key))
    }

    static let usage = whole([
        "prompt_tokens": .integer, "completion_tokens": .integer, "total_tokens": .integer,
        "prompt_tokens_details": Schema.object(["cached_tokens": .integer]).orNull,
        "completion_tokens_details": Schema.freeObject.orNull,
    ])

    private static let tokenIDs = Schema.array(.integer).orNull
    private static let promptLogprobs = Schema.array(Schema.freeObject.orNull).orNull

    /// The members that choices of completions and chat completions share.
    private static let choice = whole([
        "index": .integer, "logprobs": Schema.freeObject.orNull, "finish_reason": Schema.string.orNull,
        "stop_reason": .any(.string, .integer, Schema(json: ["type": "null"])), "token_ids": tokenIDs,
    ])

    private static let message = whole([
        "role": .string, "content": .string, "refusal": Schema.string.orNull, "annotations": Schema.freeObject.orNull,
        "audio": Schema.freeObject.orNull, "function_call": Schema.freeObject.orNull, "reasoning": Schema.string.orNull,
    ])

    static let completion = generation(
        "text_completion",
        choice: whole([
            "text": .string, "prompt_logprobs": promptLogprobs, "prompt_token_ids": tokenIDs,
            "prompt_text": Schema.string.orNull,
        ]).adding(choice))

    static let chat = generation("chat.completion", choice: whole(["message": message]).adding(choice))
        .adding(
            whole([
                "prompt_logprobs": promptLogprobs, "prompt_token_ids": tokenIDs, "prompt_text": Schema.string.orNull,
            ]))

    private static func generation(_ object: JSONValue, choice: Schema) -> Schema {
        whole([
            "id": .string, "object": .constant(object), "created": .integer, "model": .string,
            "system_fingerprint": .string, "choices": .array(choice), "usage": .reference("Usage"),
            "metrics": Schema.freeObject.orNull, "service_tier": Schema.string.orNull,
            "kv_transfer_params": Schema.freeObject.orNull,
        ])
    }

    static let response = Schema.object(
        [
            "id": .string, "object": .constant("response"), "created_at": .integer, "model": .string,
            "status": .choice(["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]),
            "output": .array(.freeObject), "usage": Schema.freeObject.orNull, "error": Schema.freeObject.orNull,
            "input_messages": messages, "output_messages": messages,
        ],
        required: [
            "id", "object", "created_at", "model", "status", "output", "usage", "error", "input_messages",
            "output_messages",
        ])

    private static let messages = Schema.array(
        whole(["type": .constant("raw_message_tokens"), "message": .string, "tokens": .array(.integer)])
    ).orNull

    static let anthropic = Schema.object(
        [
            "id": .string, "type": .constant("message"), "role": .constant("assistant"), "model": .string,
            "content": .array(RequestSchemas.part("text")), "stop_reason": Schema.string.orNull,
            "usage": .object(
                [
                    "input_tokens": .integer, "output_tokens": .integer, "cache_creation_input_tokens": .integer,
                    "cache_read_input_tokens": .integer,
                ],
                required: [
                    "input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
                ]),
        ], required: ["id", "type", "role", "model", "content", "stop_reason", "usage"])

    static let models = Schema.object(
        [
            "object": .constant("list"),
            "data": .array(
                .object(
                    ["id": .string, "object": .constant("model"), "owned_by": .string, "max_model_len": .integer],
                    required: ["id", "object", "owned_by"])),
        ], required: ["object", "data"])

    static let tokens = Schema.object(
        ["count": .integer, "max_model_len": .integer, "tokens": .array(.integer)],
        required: ["count", "max_model_len", "tokens"])
}
