import EngineTypes
import Layers
import Tensor

/// The flat arrays of one step, refilled without allocating once they have grown.
struct StepInputs: ~Copyable {
    private(set) var forwardInput = ForwardInput(ids: [], positions: [])
    /// One batch per cache group; they differ only in their block tables.
    private var batches: [AttentionBatch]
    /// The batches in the backend's own form.
    private(set) var prepared: [any PreparedBatch] = []

    init(groupCount: Int) { batches = Array(repeating: AttentionBatch(), count: groupCount) }

    var isEmpty: Bool { forwardInput.ids.isEmpty }

    mutating func fill(from batch: borrowing InputBatch, _ backend: any Backend) {
        forwardInput.ids.removeAll(keepingCapacity: true)
        forwardInput.positions.removeAll(keepingCapacity: true)
        for index in batch.scheduledRows {
            let positions = batch.rows[index].stepPositions
            forwardInput.ids += batch.rows[index].tokenIDs[positions]
            for position in positions { forwardInput.positions.append(Int32(position)) }
        }
        for group in batches.indices {
            batches[group].fill(from: batch, group: group)
            if group < prepared.count {
                prepared[group] = backend.prepare(batches[group], reusing: prepared[group])
            } else {
                prepared.append(backend.prepare(batches[group], reusing: nil))
            }
        }
    }
}

extension AttentionBatch {
    fileprivate mutating func fill(from batch: borrowing InputBatch, group: Int) {
        positions.removeAll(keepingCapacity: true)
        sequenceOfToken.removeAll(keepingCapacity: true)
        queryStarts.removeAll(keepingCapacity: true)
        contextLengths.removeAll(keepingCapacity: true)
        blockTables.removeAll(keepingCapacity: true)
        rotaryVariants.removeAll(keepingCapacity: true)
        blockTableStride = 0
        for index in batch.scheduledRows {
            blockTableStride = max(blockTableStride, batch.rows[index].blockTables[group].count)
        }
        for (sequence, index) in batch.scheduledRows.enumerated() {
            let start = batch.rows[index].computedTokenCount
            let end = start + batch.rows[index].scheduledTokenCount
            queryStarts.append(Int32(positions.count))
            contextLengths.append(Int32(end))
            rotaryVariants.append(Int32(batch.rows[index].rotaryVariant))
            for position in start..<end {
                positions.append(Int32(position))
                sequenceOfToken.append(Int32(sequence))
            }
            let table = batch.rows[index].blockTables[group]
            blockTables += table
            for _ in table.count..<blockTableStride { blockTables.append(BlockID.null.rawValue) }
        }
        queryStarts.append(Int32(positions.count))
    }
}
