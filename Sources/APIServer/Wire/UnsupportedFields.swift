import EngineTypes
import Support

/// Unsupported fields that would change the output.
enum UnsupportedFields {
    /// Names, with the values that have no effect.
    private static let neutral: [(name: String, values: [JSONValue])] = [
        ("structured_outputs", []), ("response_format", [["type": "text"]]), ("tools", []), ("tool_choice", ["none"]),
        ("suffix", [""]), ("prompt_embeds", []), ("kv_transfer_params", []), ("ec_transfer_params", []),
        ("mm_processor_kwargs", [[:]]),
        ("media_io_kwargs", [[:]]),
    ]

    /// Throws for the first of them that has an effect.
    static func refuse(_ fields: Fields) throws(RequestError) {
        for (name, values) in neutral {
            guard let value = fields[name], !values.contains(value) else { continue }
            throw .invalid(name, "is not supported, got \(value.excerpt)")
        }
    }
}
