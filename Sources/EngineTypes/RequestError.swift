/// A request that cannot be served, and why: the client's fault or the server's present state. The next request is
/// served as if this one had never come.
public struct RequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of mistake; a server maps each to one status.
    public enum Code: Hashable, Sendable, CaseIterable {
        /// A parameter is out of its range or of the wrong type.
        case invalidParameter
        /// The prompt (and what it asks for) does not fit the context.
        case contextLengthExceeded
        /// The named model, adapter or resource does not exist.
        case notFound
        /// The engine's inbox is full: try again later.
        case overloaded
        /// The model's output for this request is of no use; other requests go on.
        case modelFailure
        /// The engine is shutting down, or its device failed.
        case engineDead
        /// The caller cancelled.
        case cancelled
    }

    public var code: Code
    /// The field at fault, in the spelling of the API; nil where no single field is.
    public var parameter: String?
    /// Says the value, and what is allowed.
    public var message: String

    public init(_ code: Code, parameter: String? = nil, _ message: String) {
        self.code = code
        self.parameter = parameter
        self.message = message
    }

    public static func invalid(_ parameter: String, _ message: String) -> RequestError {
        RequestError(.invalidParameter, parameter: parameter, message)
    }

    /// Refuses a request that arrives after the shutdown, and ends one that it interrupts.
    package static var shutDown: RequestError { RequestError(.engineDead, "the engine is shut down") }

    /// The same error where fields have other names for the client. `names`: by the name here. Messages name fields of
    /// several words (`max_tokens`) as they are written.
    package func renamed(_ names: [String: String]) -> RequestError {
        var error = self
        error.parameter = parameter.map { names[$0] ?? $0 }
        for (name, other) in names where name.contains("_") { error.message.replace(name, with: other) }
        return error
    }

    public var description: String {
        guard let parameter else { return message }
        return "\(parameter): \(message)"
    }
}

extension Collection<String> {
    /// The elements as an error message lists them: the first 20, and how many follow.
    package var messageList: String {
        let rest = count - prefix(20).count
        return prefix(20).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
