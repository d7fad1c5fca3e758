/// Why a template could not be parsed or rendered, and on which line of its source.
package struct ChatTemplateError: Error, Hashable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// The source is not a template.
        case syntax
        /// An operation failed: a wrong type, an undefined value, an unknown filter.
        case runtime
        /// The template called `raise_exception`; `message` is the template's own text.
        case raised
        /// A bound of `RenderLimits` was reached.
        case limit
    }

    package var kind: Kind
    package var message: String
    /// Counted from 1; 0 where no line is to blame.
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
