import Support

/// The fields with which all JSON objects of one answer begin.
struct AnswerHead: Sendable {
    let id: String
    let object: String
    let form: AnswerForm
    let created: Int
    let model: String
    /// Differs between servers whose outputs may differ.
    let fingerprint: String

    init(id: String, object: String, form: AnswerForm, model: String, fingerprint: String) {
        self.id = id
        self.object = object
        self.form = form
        created = WallClock.seconds
        self.model = model
        self.fingerprint = fingerprint
    }

    /// Whether a client's id can be part of an answer's id and of a path: 1 to 128 letters, digits and `-._~:`.
    static func isUsable(id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._~:".contains($0)) }
    }

    /// Returns `prefix` followed by 32 random hexadecimal digits.
    static func newID(prefix: String) -> String {
        prefix + (0..<2).map { _ in String(UInt64.random(in: 1 << 60...UInt64.max), radix: 16) }.joined()
    }

    /// Returns a JSON object of the answer. `usage` is nil in chunks without it.
    func json(choices: [JSONValue], usage: JSONValue?, metrics: JSONValue? = nil) -> JSONObject {
        var answer: JSONObject = [
            "id": .string(id), "object": .string(object), "created": .integer(created), "model": .string(model),
            "system_fingerprint": .string(fingerprint), "choices": .array(choices),
        ]
        form.add(
            ["usage": usage, "metrics": metrics, "service_tier": nil, "kv_transfer_params": nil], to: &answer)
        return answer
    }
}
