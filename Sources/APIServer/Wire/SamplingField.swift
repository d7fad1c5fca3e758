import EngineTypes
import Needletail

/// A sampling field of requests. The list of all fields is the only place for their names, JSON types and meanings:
/// requests are read by it, `/openapi.json` shows it, and a test compares it with the table in `docs/server.md`.
/// The ranges hold for the library, too, so `SamplingParams.validate` checks them.
package struct SamplingField: Sendable {
    /// The name in requests.
    package let name: String
    /// The effect, in one or two sentences for documentation.
    package private(set) var meaning = ""
    let schema: Schema
    /// Sets the parameter if the request has the field.
    private let read: @Sendable (Fields, EngineInfo, inout SamplingParams) throws(RequestError) -> Void

    /// Creates a field whose value `decode` reads and `set` stores.
    init<Value>(
        _ name: String, _ schema: Schema,
        _ decode: @escaping @Sendable (Fields) -> (String) throws(RequestError) -> Value?,
        set: @escaping @Sendable (inout SamplingParams, Value) -> Void
    ) {
        self.init(name, schema) { fields, _, sampling throws(RequestError) in
            if let value = try decode(fields)(name) { set(&sampling, value) }
        }
    }

    /// Creates a field that can only be read with knowledge of the engine.
    init(
        _ name: String, _ schema: Schema,
        read: @escaping @Sendable (Fields, EngineInfo, inout SamplingParams) throws(RequestError) -> Void
    ) {
        self.name = name
        self.schema = schema
        self.read = read
    }

    /// The field with a meaning.
    func described(_ meaning: String) -> SamplingField {
        var field = self
        field.meaning = meaning
        return field
    }

    /// Returns the requested parameters; those that are absent have the model's recommended values.
    static func parameters(_ fields: Fields, _ info: EngineInfo) throws(RequestError) -> SamplingParams {
        var sampling = info.defaultSampling
        for field in all { try field.read(fields, info, &sampling) }
        return sampling
    }
}
