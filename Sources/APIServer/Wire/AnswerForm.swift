import Support

/// The form of an answer: sent at once or in chunks. It alone decides how an absent optional field is written.
enum AnswerForm: Sendable {
    /// Absent optional fields are null.
    case whole
    /// Absent optional fields are left out.
    case streamed

    init(isStreamed: Bool) { self = isStreamed ? .streamed : .whole }

    /// Adds optional fields to an object; nil stands for an absent one.
    func add(_ fields: KeyValuePairs<String, JSONValue?>, to object: inout JSONObject) {
        for (name, value) in fields {
            if let value {
                object[name] = value
            } else if self == .whole {
                object[name] = JSONValue.null
            }
        }
    }
}
