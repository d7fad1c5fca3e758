import Support

/// Formats the lines of a report in vLLM's columns.
package struct ReportLines: Sendable {
    private static let width = 50
    private static let labelWidth = 40
    private static let valueWidth = 10

    package private(set) var text = ""

    package init() {}

    /// Adds a title in the middle of a rule.
    package mutating func title(_ title: String, rule: Character) {
        let missing = max(0, Self.width - title.count)
        let left = String(repeating: rule, count: missing / 2)
        text += left + title + String(repeating: rule, count: missing - missing / 2) + "\n"
    }

    package mutating func line(_ label: String, _ value: Int) { line(label, String(value)) }

    package mutating func line(_ label: String, _ value: Double) { line(label, Decimal.text(value, places: 2)) }

    private mutating func line(_ label: String, _ value: String) {
        text += Self.padded(label, to: Self.labelWidth) + " " + Self.padded(value, to: Self.valueWidth) + "\n"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
