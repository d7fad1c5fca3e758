import Support

/// Tokens in and out.
struct Usage: Sendable {
    var promptTokenCount = 0
    var completionTokenCount = 0
    var cachedTokenCount = 0

    func json(withCached: Bool) -> JSONValue {
        var usage: JSONObject = [
            "prompt_tokens": .integer(promptTokenCount), "completion_tokens": .integer(completionTokenCount),
            "total_tokens": .integer(promptTokenCount + completionTokenCount),
        ]
        if withCached { usage["prompt_tokens_details"] = ["cached_tokens": .integer(cachedTokenCount)] }
        return .object(usage)
    }
}
