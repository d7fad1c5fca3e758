/// An error in parsing or rendering a template, with the line in its source.
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
    /// The error text without the line.
    package var message: String
    /// Line in the template's source, counted from 1; 0 if unknown.
    package var line: Int

    package init(_ kind: Kind, _ message: String, line: Int = 0) {
        self.kind = kind
        self.message = message
        self.line = line
    }

    package var description: String {
        line == 0 ? message : "\(message) (template line \(line))"
    }

    static func runtime(_ message: String) -> ChatTemplateError { ChatTemplateError(.runtime, message) }
}
