/// The choice of a logits processor by a request, with its arguments.
public struct LogitsProcessorCall: Hashable, Sendable {
    /// The name of the processor in the `LogitsProcessorRegistry`.
    public var name: String
    /// The arguments of the processor by name; unknown ones are rejected.
    public var arguments: [String: ExtraArgument]

    /// Creates a choice of the processor `name`.
    public init(name: String, arguments: [String: ExtraArgument] = [:]) {
        self.name = name
        self.arguments = arguments
    }
}
