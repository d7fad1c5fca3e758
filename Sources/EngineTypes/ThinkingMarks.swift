/// The token sequences that begin and end the thinking of a model; neither is empty.
package struct ThinkingMarks: Hashable, Sendable {
    package var start: [TokenID]
    package var end: [TokenID]

    package init(start: [TokenID], end: [TokenID]) {
        precondition(!start.isEmpty && !end.isEmpty, "a thinking marker must have at least one token")
        self.start = start
        self.end = end
    }
}
