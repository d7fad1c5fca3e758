/// A table of text for a terminal: columns of text are aligned left, columns of numbers right.
package struct TextTable: Sendable, CustomStringConvertible {
    private let lines: [[String]]
    private let leftAligned: Set<Int>

    /// `leftAligned`: the columns of text, by default the first one alone.
    package init(_ titles: [String], _ rows: [[String]], leftAligned: Set<Int> = [0]) {
        lines = [titles] + rows
        self.leftAligned = leftAligned
    }

    package var description: String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                let isLastText = column == line.count - 1 && leftAligned.contains(column)
                let cell = leftAligned.contains(column) ? text + (isLastText ? "" : padding) : padding + text
                return column == 0 ? cell : "  " + cell
            }.joined() + "\n"
        }.joined()
    }
}
