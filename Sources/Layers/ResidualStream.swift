package import Tensor

/// The hidden states between layers, with an addition that may be pending. The operation that reads the stream next
/// performs the addition, once.
package struct ResidualStream: Sendable {
    package private(set) var rows: Tensor
    private var pending: ResidualCommit?

    package init(_ rows: Tensor) { self.rows = rows }

    /// Returns the stream as a normalised input. This reader alone commits the pending addition.
    package mutating func read(_ norm: NormSpec?) -> RowInput {
        defer { pending = nil }
        return RowInput(rows, commit: pending, norm: norm)
    }

    /// Replaces the stream by its normalised rows; nil leaves it as it is. Performs the pending addition.
    package mutating func normalize(_ norm: NormSpec?, _ context: ForwardContext) {
        guard let norm else { return }
        // The operation would need the stream's own rows for the normalised delta.
        precondition(pending?.norm == nil, "a pending addition with a norm to a stream that is replaced")
        context.backend.normalize(read(norm), output: rows)
    }

    /// Adds rows, normalised by `norm` and multiplied by `scale`, at the next read.
    package mutating func add(_ delta: Tensor, norm: NormSpec? = nil, scale: Float = 1) {
        precondition(pending == nil, "the last addition to the stream has not been read yet")
        pending = ResidualCommit(delta, norm: norm, scale: scale)
    }

    /// Keeps only some rows, copied to `destination`; nil keeps all rows in place.
    package mutating func keep(_ kept: [Int32]?, in destination: Tensor?, _ context: ForwardContext) {
        precondition(kept == nil || pending == nil, "rows with a pending addition must not be dropped")
        rows = context.gather(rows, kept, into: destination)
    }
}
