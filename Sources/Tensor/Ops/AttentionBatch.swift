/// The sequences of a step as attention needs them: flat arrays on the host, reused from step to step.
package struct AttentionBatch: Sendable {
    /// Absolute position of each token.
    package var positions: [Int32] = []
    /// Sequence that each token belongs to: an index into the arrays below.
    package var sequenceOfToken: [Int32] = []
    /// First token of each sequence in the batch, and one more element: the token count.
    package var queryStarts: [Int32] = [0]
    /// Keys of each sequence once this step's are written: the position of its last token + 1.
    package var contextLengths: [Int32] = []
    /// Block tables, one after another with stride `blockTableStride`.
    package var blockTables: [Int32] = []
    package var blockTableStride = 0
    /// For `AttentionSpec.Mask.keyEnds`: the end of the keys that each token sees. Empty otherwise.
    package var keyEnds: [Int32] = []

    package init() {}

    package var tokenCount: Int { positions.count }
    package var sequenceCount: Int { contextLengths.count }

    /// Traps, with the numbers, on arrays that disagree.
    package func checkShape() {
        precondition(
            queryStarts.count == sequenceCount + 1 && sequenceOfToken.count == tokenCount
                && Int(queryStarts[sequenceCount]) == tokenCount
                && blockTables.count >= sequenceCount * blockTableStride
                && (keyEnds.isEmpty || keyEnds.count == tokenCount),
            "a batch of \(tokenCount) tokens and \(sequenceCount) sequences with \(queryStarts.count) starts, "
                + "\(blockTables.count) table entries and \(keyEnds.count) key ends")
        precondition(positions.allSatisfy { $0 >= 0 }, "a negative position")
    }
}

/// A batch where a backend's operations read it: made once per step and cache group.
package protocol PreparedBatch: AnyObject, Sendable {
    var tokenCount: Int { get }
    /// The largest position of a token; -1 without tokens.
    var maxPosition: Int { get }
}

/// The reference reads the host's arrays.
final class ReferenceBatch: PreparedBatch {
    let batch: AttentionBatch
    let maxPosition: Int

    init(_ batch: AttentionBatch) {
        self.batch = batch
        maxPosition = Int(batch.positions.max() ?? -1)
    }

    var tokenCount: Int { batch.tokenCount }
}

extension ReferenceBackend {
    package func prepare(_ batch: AttentionBatch, reusing former: (any PreparedBatch)?) -> any PreparedBatch {
        batch.checkShape()
        return ReferenceBatch(batch)
    }

    func own(_ batch: any PreparedBatch) -> AttentionBatch {
        guard let batch = batch as? ReferenceBatch else { fatalError("a batch of another backend") }
        return batch.batch
    }
}
