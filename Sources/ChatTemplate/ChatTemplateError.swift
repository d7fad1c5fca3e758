/// An error in parsing or rendering a template, with its place in the source.
package struct ChatTemplateError: Error, Hashable, CustomStringConvertible {
    /// A category of errors.
    package enum Kind: Hashable, Sendable {
        /// The source is not a valid template.
        case syntax
        /// An operation failed: a wrong type, an undefined value, an unknown filter.
        case runtime
        /// The template called `raise_exception`; `message` is the template's own text.
        case raised
        /// A limit of `RenderLimits` was exceeded.
        case limit
    }

    /// The category of this error.
    package var kind: Kind
    /// The error text without the place.
    package var message: String
    /// Line in the template's source, counted from 1; 0 if unknown.
    package var line: Int
    /// Character in that line, counted from 1; 0 if unknown. Only syntax errors have one.
    package var column: Int

    package init(_ kind: Kind, _ message: String, line: Int = 0, column: Int = 0) {
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column
    }

    package var description: String {
        guard line > 0 else { return message }
        return "\(message) (template line \(line)\(column > 0 ? ", column \(column)" : ""))"
    }

    static func runtime(_ message: String) -> ChatTemplateError { ChatTemplateError(.runtime, message) }
}
