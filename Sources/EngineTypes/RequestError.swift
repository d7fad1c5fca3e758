/// The reason that a request cannot be served: a mistake of the client or the state of the server. Other requests are
/// not affected.
public struct RequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of an error, which a server maps to an HTTP status.
    public enum Code: Hashable, Sendable, CaseIterable {
        /// A parameter is out of its range or of the wrong type.
        case invalidParameter
        /// The prompt, or the prompt with the requested output, does not fit the context.
        case contextLengthExceeded
        /// The named model, adapter or resource does not exist.
        case notFound
        /// Too many requests are running or waiting, or the engine is paused: try again later.
        case overloaded
        /// The output of the model for this request is unusable; other requests go on.
        case modelFailure
        /// The engine is shutting down, or its device failed.
        case engineDead
        /// The caller cancelled the request.
        case cancelled
    }

    /// The kind of the error.
    public var code: Code
    /// The field at fault, as the API spells it; nil if no single field is.
    public var parameter: String?
    /// The text of the error, with the value and what is allowed.
    public var message: String

    /// Creates an error; `message` names the value and what is allowed, but not the field.
    public init(_ code: Code, parameter: String? = nil, _ message: String) {
        self.code = code
        self.parameter = parameter
        self.message = message
    }

    /// The error of a field whose value is not allowed.
    public static func invalid(_ parameter: String, _ message: String) -> RequestError {
        RequestError(.invalidParameter, parameter: parameter, message)
    }

    /// The error of a request that comes after the shutdown or is ended by it.
    package static var shutDown: RequestError { RequestError(.engineDead, "the engine is shut down") }

    /// Returns the error with field names replaced by those the client uses. In the message, only names of several
    /// words such as `max_tokens` are replaced.
    package func renamed(_ names: [String: String]) -> RequestError {
        var error = self
        error.parameter = parameter.map { names[$0] ?? $0 }
        for (name, other) in names where name.contains("_") { error.message.replace(name, with: other) }
        return error
    }

    /// The message, after the name of the field if there is one.
    public var description: String {
        guard let parameter else { return message }
        return "\(parameter): \(message)"
    }
}

extension Collection<String> {
    /// The elements as listed in an error message: the first 20, and how many more there are.
    package var messageList: String {
        let rest = count - prefix(20).count
        return prefix(20).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
