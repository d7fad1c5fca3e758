/// The path of one file of a GGUF model in parts, such as `folder/name-00002-of-00003.gguf`.
package struct GGUFPartName: Hashable, Sendable {
    private let prefix: String
    /// The number of this part, from 1.
    package let number: Int
    /// The number of parts of the model.
    package let count: Int

    private static let suffix = ".gguf"
    private static let digitCount = 5

    /// Parses a path; nil if it has another form.
    package init?(_ path: String) {
        guard path.hasSuffix(Self.suffix) else { return nil }
        let fields = path.dropLast(Self.suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[fields.count - 2] == "of", let count = Self.number(fields[fields.count - 1]),
            let number = Self.number(fields[fields.count - 3]), (1...count).contains(number)
        else { return nil }
        prefix = fields.dropLast(3).joined(separator: "-")
        self.number = number
        self.count = count
    }

    /// The paths of all parts, in order.
    package var all: [String] { (1...count).map(path) }

    package var first: String { path(1) }

    private func path(_ number: Int) -> String {
        "\(prefix)-\(Self.padded(number))-of-\(Self.padded(count))\(Self.suffix)"
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.count == digitCount, text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text),
            value > 0
        else { return nil }
        return value
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: digitCount - digits.utf8.count) + digits
    }
}

extension GGUFPartName {
    /// The paths that a model can be loaded from: whole files, and the first of several parts.
    package static func models(among paths: [String]) -> [String] {
        paths.filter { GGUFPartName($0).map { $0.number == 1 } ?? $0.hasSuffix(suffix) }
    }
}
