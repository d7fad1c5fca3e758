import EngineTypes

/// The tokens of a step whose final hidden states are needed: those after which a token is sampled, those that
/// represent their prompt, and the prompt tokens of requests with prompt log-probabilities.
struct KeptRows: ~Copyable {
    /// Prompt positions of a batch row whose successors are scored; `hidden` is the first one's row in the hidden
    /// states.
    struct Scored {
        let batchRow: Int
        let positions: Range<Int>
        let hidden: Int32
    }

    /// Positions of a batch row whose hidden states are stored with its cache blocks.
    struct Stored {
        let batchRow: Int
        let positions: Range<Int>
        let hidden: Int32
    }

    /// A batch row whose prompt is pooled; `hidden` is the row of its last token in the hidden states.
    struct Pooled {
        let batchRow: Int
        let params: PoolingParams
        let hidden: Int32
    }

    /// The batch rows that sample a token; `samplingHidden` has the row of each in the hidden states.
    private(set) var samplingRows: [Int] = []
    private(set) var samplingHidden: [Int32] = []
    private(set) var pooled: [Pooled] = []
    private(set) var scored: [Scored] = []
    private(set) var stored: [Stored] = []
    private var kept: [Int32] = []
    private var tokenCount = 0

    /// The rows of the kept tokens in the flat batch; nil if all are kept.
    var tokens: [Int32]? { kept.count == tokenCount ? nil : kept }

    mutating func fill(from batch: borrowing InputBatch) {
        samplingRows.removeAll(keepingCapacity: true)
        samplingHidden.removeAll(keepingCapacity: true)
        pooled.removeAll(keepingCapacity: true)
        scored.removeAll(keepingCapacity: true)
        stored.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
        tokenCount = 0
        for index in batch.scheduledRows {
            let count = batch.rows[index].scheduledTokenCount
            let storesAll = batch.rows[index].work.scoresPrompt
            if storesAll { keepAll(index, batch.rows[index]) }
            if batch.rows[index].reachesEnd {
                if !storesAll { kept.append(Int32(tokenCount + count - 1)) }
                keepLast(index, batch.rows[index].work, hidden: Int32(kept.count - 1))
            }
            tokenCount += count
        }
    }

    private mutating func keepLast(_ index: Int, _ work: RequestWork, hidden: Int32) {
        switch work {
        case .generate:
            samplingRows.append(index)
            samplingHidden.append(hidden)
        case .pool(let params): pooled.append(Pooled(batchRow: index, params: params, hidden: hidden))
        }
    }

    private mutating func keepAll(_ index: Int, _ row: InputBatch.Row) {
        let (positions, first) = (row.stepPositions, Int32(kept.count))
        stored.append(Stored(batchRow: index, positions: positions, hidden: first))
        let scoredPositions = row.scoredPositions.clamped(to: positions)
        if !scoredPositions.isEmpty {
            let hidden = first + Int32(scoredPositions.lowerBound - positions.lowerBound)
            scored.append(Scored(batchRow: index, positions: scoredPositions, hidden: hidden))
        }
        kept += (0..<positions.count).map { Int32(tokenCount + $0) }
    }
}
