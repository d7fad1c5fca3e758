import EngineTypes
import Tensor

/// The flat arrays of one step, refilled without allocating once they have grown.
struct StepInputs: ~Copyable {
    var tokenIDs: [TokenID] = []
    /// One a cache group; they differ in their block tables only.
    var batches: [AttentionBatch]

    init(groupCount: Int) { batches = Array(repeating: AttentionBatch(), count: groupCount) }

    mutating func fill(from batch: borrowing InputBatch) {
        tokenIDs.removeAll(keepingCapacity: true)
        for index in batch.scheduledRows {
            let row = batch.rows[index]
            tokenIDs += row.tokenIDs[row.computedTokenCount..<row.computedTokenCount + row.scheduledTokenCount]
        }
        for group in batches.indices { batches[group].fill(from: batch, group: group) }
    }
}

extension AttentionBatch {
    fileprivate mutating func fill(from batch: borrowing InputBatch, group: Int) {
        positions.removeAll(keepingCapacity: true)
        sequenceOfToken.removeAll(keepingCapacity: true)
        queryStarts.removeAll(keepingCapacity: true)
        contextLengths.removeAll(keepingCapacity: true)
        blockTables.removeAll(keepingCapacity: true)
        blockTableStride = 0
        for index in batch.scheduledRows {
            blockTableStride = max(blockTableStride, batch.rows[index].blockTables[group].count)
        }
        for (sequence, index) in batch.scheduledRows.enumerated() {
            let start = batch.rows[index].computedTokenCount
            let end = start + batch.rows[index].scheduledTokenCount
            queryStarts.append(Int32(positions.count))
            contextLengths.append(Int32(end))
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
