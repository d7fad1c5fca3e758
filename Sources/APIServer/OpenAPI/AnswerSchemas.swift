import Support

/// What answers contain.
enum AnswerSchemas {
    static let usage = Schema.object(
        ["prompt_tokens": .integer, "completion_tokens": .integer, "total_tokens": .integer],
        required: ["prompt_tokens", "completion_tokens", "total_tokens"])

    private static let finishReason = Schema.string.orNull
    private static let stopReason = Schema.any(.string, .integer, Schema(json: ["type": "null"]))

    static let completion = generation(
        "text_completion",
        choice: .object(
            [
                "index": .integer, "text": .string, "logprobs": Schema.freeObject.orNull,
                "finish_reason": finishReason, "stop_reason": stopReason,
            ], required: ["index", "text", "finish_reason"]))

    static let chat = generation(
        "chat.completion",
        choice: .object(
            [
                "index": .integer, "message": .object(["role": .string, "content": .string], required: ["role"]),
                "logprobs": Schema.freeObject.orNull, "finish_reason": finishReason, "stop_reason": stopReason,
            ], required: ["index", "message", "finish_reason"]))

    private static func generation(_ object: JSONValue, choice: Schema) -> Schema {
        .object(
            [
                "id": .string, "object": .constant(object), "created": .integer, "model": .string,
                "choices": .array(choice), "usage": .reference("Usage"),
            ], required: ["id", "object", "created", "model", "choices", "usage"])
    }

    static let response = Schema.object(
        [
            "id": .string, "object": .constant("response"), "created_at": .integer, "model": .string,
            "status": .choice(["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]),
            "output": .array(.freeObject), "usage": Schema.freeObject.orNull, "error": Schema.freeObject.orNull,
        ], required: ["id", "object", "created_at", "model", "status", "output"])

    static let anthropic = Schema.object(
        [
            "id": .string, "type": .constant("message"), "role": .constant("assistant"), "model": .string,
            "content": .array(RequestSchemas.part("text")), "stop_reason": Schema.string.orNull,
            "usage": .object(
                ["input_tokens": .integer, "output_tokens": .integer], required: ["input_tokens", "output_tokens"]),
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
