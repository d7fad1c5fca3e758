/// The sequences of a step in the form that attention needs: flat arrays on the host, reused from step to step.
package struct AttentionBatch: Sendable {
    /// Absolute position of each token.
    package var positions: [Int32] = []
    /// Sequence of each token, as an index into the arrays below.
    package var sequenceOfToken: [Int32] = []
    /// Index in the batch of the first token of each sequence, followed by the token count.
    package var queryStarts: [Int32] = [0]
    /// Number of keys of each sequence including this step's: the position of its last token + 1.
    package var contextLengths: [Int32] = []
    /// Concatenated block tables, one per sequence, with stride `blockTableStride`.
    package var blockTables: [Int32] = []
    package var blockTableStride = 0
    /// For `AttentionSpec.Mask.keyEnds`, the end of the keys that each token sees; empty otherwise.
    package var keyEnds: [Int32] = []

    /// Row of the rotary tables per position that each sequence uses; empty if all use the first.
    package var rotaryVariants: [Int32] = []

    package init() {}

    package func rotaryVariant(ofToken token: Int) -> Int {
        rotaryVariants.isEmpty ? 0 : Int(rotaryVariants[Int(sequenceOfToken[token])])
    }

    package var tokenCount: Int { positions.count }
    package var sequenceCount: Int { contextLengths.count }

    /// Traps with the numbers if the arrays are inconsistent.
    package func checkShape() {
        precondition(
            queryStarts.count == sequenceCount + 1 && sequenceOfToken.count == tokenCount
                && Int(queryStarts[sequenceCount]) == tokenCount
                && blockTables.count >= sequenceCount * blockTableStride
                && (keyEnds.isEmpty || keyEnds.count == tokenCount)
                && (rotaryVariants.isEmpty || rotaryVariants.count == sequenceCount),
            "a batch of \(tokenCount) tokens and \(sequenceCount) sequences with \(queryStarts.count) starts, "
                + "\(blockTables.count) table entries and \(keyEnds.count) key ends")
        precondition(positions.allSatisfy { $0 >= 0 }, "positions must not be negative")
    }
}

/// A batch in the form that a backend's operations read, made once per step and cache group.
package protocol PreparedBatch: AnyObject, Sendable {
    var tokenCount: Int { get }
    /// The largest position of any token; -1 for an empty batch.
    var maxPosition: Int { get }
}

/// The reference backend's batch, which keeps the host arrays.
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
