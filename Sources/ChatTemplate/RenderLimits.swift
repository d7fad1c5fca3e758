/// Limits of one rendering. A template is untrusted data from a model's author: it must not hang or exhaust the server.
package struct RenderLimits: Sendable, Hashable {
    /// Maximum steps: one per statement, expression or element visited, and one per 16 bytes of text scanned.
    package var steps = 4_000_000
    /// Maximum UTF-8 bytes of the rendered text, and bytes of any single intermediate value.
    package var outputBytes = 16 << 20
    /// Maximum bytes of all intermediate values together, including freed ones.
    package var allocatedBytes = 512 << 20
    /// Maximum nested evaluations: macro calls, recursive loops, expressions in expressions. The default needs up to
    /// one megabyte of stack in an optimised build.
    package var depth = 400
    /// Maximum elements of one `range`.
    package var rangeLength = 100_000

    package init() {}
}

extension RenderLimits {
    /// Maximum nesting of containers, because printing and freeing them recurses.
    static let valueNesting = 300
    /// Maximum nesting of statements and expressions in a source, because the parser recurses.
    static let syntaxNesting = 100
}
