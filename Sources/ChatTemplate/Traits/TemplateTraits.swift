/// The form in which a template reads `message.content`.
package enum ContentFormat: Hashable, Sendable {
    /// A string.
    case text
    /// A list of `{"type": "text", "text": ...}`.
    case parts
    /// Either: the template asks which one it got.
    case any
}

/// What a template expects of a conversation, found by following its variables through the syntax tree.
package struct TemplateTraits: Sendable, Hashable {
    private let formats: [String: ContentFormat]
    private let otherFormat: ContentFormat
    /// Whether some condition compares a role with `developer`.
    package let knowsDeveloper: Bool
    /// Whether the arguments of a tool call are inserted into text as they are, instead of being encoded as JSON.
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

/// What an analysis has seen a template do.
struct TraitFindings: OptionSet, Hashable, Sendable {
    let rawValue: Int

    /// Content is read as a list where it may still be a string.
    static let partsNeeded = TraitFindings(rawValue: 1 << 0)
    /// Content is read as a list where it cannot be a string.
    static let partsAccepted = TraitFindings(rawValue: 1 << 1)
    static let knowsDeveloper = TraitFindings(rawValue: 1 << 2)
    static let argumentsAsText = TraitFindings(rawValue: 1 << 3)
    static let argumentsAsObject = TraitFindings(rawValue: 1 << 4)

    var contentFormat: ContentFormat {
        if contains(.partsNeeded) { return .parts }
        return contains(.partsAccepted) ? .any : .text
    }
}
