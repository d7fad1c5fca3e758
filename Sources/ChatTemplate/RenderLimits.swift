/// What one rendering may use. A template is data from a model's author: it must not hang or exhaust the server.
package struct RenderLimits: Sendable, Hashable {
    /// Statements, expressions and elements visited, and scanned text by 16 bytes.
    package var steps = 4_000_000
    /// UTF-8 bytes of the rendered text, and of any single string on the way.
    package var outputBytes = 16 << 20
    /// Bytes of all intermediate values together, freed ones included.
    package var allocatedBytes = 512 << 20
    /// Nested evaluations: macro calls, recursive loops, expressions in expressions. As many take up to a
    /// megabyte of stack in an optimised build.
    package var depth = 400
    /// Elements of one `range`.
    package var rangeLength = 100_000

    package init() {}
}

extension RenderLimits {
    /// Containers nest no deeper: printing and freeing them recurses.
    static let valueNesting = 300
    /// Statements and expressions of a source nest no deeper: the parser recurses.
    static let syntaxNesting = 100
}
