/// The tokens between which a model thinks.
package struct ThinkingMarks: Hashable, Sendable {
    package var start: [TokenID]
    package var end: [TokenID]

    package init(start: [TokenID], end: [TokenID]) {
        precondition(!start.isEmpty && !end.isEmpty, "marks of thinking without tokens")
        self.start = start
        self.end = end
    }
}
