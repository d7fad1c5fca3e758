package import Tensor

/// Hidden states between layers, and what is still to be added to them. The addition is left to the operation that reads
/// the stream next, and made once.
package struct ResidualStream: Sendable {
    package private(set) var rows: Tensor
    private var pending: ResidualCommit?

    package init(_ rows: Tensor) { self.rows = rows }

    /// The stream as an input, normalised. What is pending is committed by this reader alone.
    package mutating func read(_ norm: NormSpec?) -> RowInput {
        defer { pending = nil }
        return RowInput(rows, commit: pending, norm: norm)
    }

    /// Adds rows, normalised by `norm` and multiplied by `scale`, with the next read.
    package mutating func add(_ delta: Tensor, norm: NormSpec? = nil, scale: Float = 1) {
        precondition(pending == nil, "an addition to a stream that nothing has read since the last one")
        pending = ResidualCommit(delta, norm: norm, scale: scale)
    }

    /// Goes on with some rows only, copied to `destination`; nil for all rows, where they are.
    package mutating func keep(_ kept: [Int32]?, in destination: Tensor?, _ context: ForwardContext) {
        precondition(kept == nil || pending == nil, "rows are dropped before an addition to them is made")
        rows = context.gather(rows, kept, into: destination)
    }
}
