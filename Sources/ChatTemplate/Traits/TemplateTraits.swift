/// The form in which a template reads `message.content`.
package enum ContentFormat: Hashable, Sendable {
    /// A string.
    case text
    /// A list of `{"type": "text", "text": ...}`.
    case parts
    /// Either form: the template tests which one it got.
    case any
}

/// The message form that a template expects, found by following its variables through the syntax tree.
package struct TemplateTraits: Sendable, Hashable {
    private let formats: [String: ContentFormat]
    private let otherFormat: ContentFormat
    /// Whether a condition compares a role with `developer`.
    package let knowsDeveloper: Bool
    /// Whether the template inserts a tool call's arguments into text verbatim instead of encoding them as JSON.
    package let takesArgumentsAsText: Bool

    private static let roles = ["system", "developer", "user", "assistant", "tool"]

    init(_ program: Program) {
        let general = TraitAnalysis.findings(in: program, role: nil)
        formats = Dictionary(
            uniqueKeysWithValues: Self.roles.map { ($0, TraitAnalysis.findings(in: program, role: $0).contentFormat) })
        otherFormat = general.contentFormat
        knowsDeveloper = general.contains(.knowsDeveloper)
        takesArgumentsAsText = general.contains(.argumentsAsText) && !general.contains(.argumentsAsObject)
    }

    /// The form of content that the template reads from messages with this role.
    package func contentFormat(ofRole role: String) -> ContentFormat { formats[role] ?? otherFormat }
}

/// The uses of messages that an analysis has found in a template.
struct TraitFindings: OptionSet, Hashable, Sendable {
    let rawValue: Int

    /// Content is read as a list although it may be a string.
    static let partsNeeded = TraitFindings(rawValue: 1 << 0)
    /// Content is read as a list only where it cannot be a string.
    static let partsAccepted = TraitFindings(rawValue: 1 << 1)
    static let knowsDeveloper = TraitFindings(rawValue: 1 << 2)
    static let argumentsAsText = TraitFindings(rawValue: 1 << 3)
    static let argumentsAsObject = TraitFindings(rawValue: 1 << 4)

    var contentFormat: ContentFormat {
        if contains(.partsNeeded) { return .parts }
        return contains(.partsAccepted) ? .any : .text
    }
}
