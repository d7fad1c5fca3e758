import Support

/// Token counts of an answer.
struct Usage: Sendable {
    var promptTokenCount = 0
    var completionTokenCount = 0
    var cachedTokenCount = 0

    /// `withCached`: whether the server reports cached tokens.
    func json(withCached: Bool, _ form: AnswerForm) -> JSONValue {
        var usage: JSONObject = [
            "prompt_tokens": .integer(promptTokenCount), "completion_tokens": .integer(completionTokenCount),
            "total_tokens": .integer(promptTokenCount + completionTokenCount),
        ]
        let details: JSONValue? = withCached ? ["cached_tokens": .integer(cachedTokenCount)] : nil
        form.add(["prompt_tokens_details": details, "completion_tokens_details": nil], to: &usage)
        return .object(usage)
    }
}
