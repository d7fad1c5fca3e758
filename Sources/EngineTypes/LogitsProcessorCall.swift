/// A request's choice of a logits processor.
public struct LogitsProcessorCall: Hashable, Sendable {
    public var name: String
    public var arguments: [String: ExtraArgument]

    public init(name: String, arguments: [String: ExtraArgument] = [:]) {
        self.name = name
        self.arguments = arguments
    }
}
