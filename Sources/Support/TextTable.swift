/// A table of text for a terminal: the first column is aligned left, the others, which hold numbers, right.
package struct TextTable: Sendable, CustomStringConvertible {
    private let lines: [[String]]

    package init(_ titles: [String], _ rows: [[String]]) { lines = [titles] + rows }

    package var description: String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + padding : "  " + padding + text
            }.joined() + "\n"
        }.joined()
    }
}
