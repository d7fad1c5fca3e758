import EngineTypes

/// The tokens of a step whose final hidden states are used: those that a token is sampled after, and prompt tokens that
/// score the next one.
struct KeptRows: ~Copyable {
    /// Prompt positions of a batch row whose successors are scored, and the first one's row among the hidden states.
    struct Scored {
        let batchRow: Int
        let positions: Range<Int>
        let hidden: Int32
    }

    /// Positions of a batch row whose hidden states are kept with its cache blocks.
    struct Stored {
        let batchRow: Int
        let positions: Range<Int>
        let hidden: Int32
    }

    /// The batch rows that sample a token, and the row of each among the hidden states.
    private(set) var samplingRows: [Int] = []
    private(set) var samplingHidden: [Int32] = []
    private(set) var scored: [Scored] = []
    private(set) var stored: [Stored] = []
    private var kept: [Int32] = []
    private var tokenCount = 0

    /// Their rows in the flat batch; nil where these are all.
    var tokens: [Int32]? { kept.count == tokenCount ? nil : kept }

    mutating func fill(from batch: borrowing InputBatch) {
        samplingRows.removeAll(keepingCapacity: true)
        samplingHidden.removeAll(keepingCapacity: true)
        scored.removeAll(keepingCapacity: true)
        stored.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
        tokenCount = 0
        for index in batch.scheduledRows {
            let count = batch.rows[index].scheduledTokenCount
            let storesAll = batch.rows[index].sampling.promptLogprobs != nil
            if storesAll { keepAll(index, batch.rows[index].stepPositions, batch.rows[index].scoredPositions) }
            if batch.rows[index].samplesToken {
                if !storesAll { kept.append(Int32(tokenCount + count - 1)) }
                samplingRows.append(index)
                samplingHidden.append(Int32(kept.count - 1))
            }
            tokenCount += count
        }
    }

    /// Scored positions are the first of the step's.
    private mutating func keepAll(_ index: Int, _ positions: Range<Int>, _ scoredPositions: Range<Int>) {
        let first = Int32(kept.count)
        stored.append(Stored(batchRow: index, positions: positions, hidden: first))
        if !scoredPositions.isEmpty {
            scored.append(Scored(batchRow: index, positions: scoredPositions, hidden: first))
        }
        kept += (0..<positions.count).map { Int32(tokenCount + $0) }
    }
}

extension InputBatch.Row {
    fileprivate var stepPositions: Range<Int> { computedTokenCount..<computedTokenCount + scheduledTokenCount }

    /// The positions of this step whose hidden states score the next prompt token.
    fileprivate var scoredPositions: Range<Int> {
        let end = min(computedTokenCount + scheduledTokenCount, promptTokenCount - 1)
        guard computedTokenCount < end else { return 0..<0 }
        return computedTokenCount..<end
    }
}
