import EngineTypes
import Tensor

/// The requests known to the runner, as persistent rows. A step sends only the differences from them.
package struct InputBatch: ~Copyable {
    /// A request's tokens, blocks and sampling state.
    struct Row {
        let id: RequestID
        var tokenIDs: [TokenID]
        let promptTokenCount: Int
        let rotaryVariant: Int
        let work: RequestWork
        /// End-of-sequence and stop tokens that may not be sampled before `minTokens`.
        let stopTokenIDs: [TokenID]
        /// One table per cache group.
        var blockTables: [[Int32]]
        var computedTokenCount: Int
        var scheduledTokenCount: Int
        /// Prompt positions that the step scores.
        var scoredPositions: Range<Int>

        /// The positions that the step computes.
        var stepPositions: Range<Int> { computedTokenCount..<computedTokenCount + scheduledTokenCount }

        /// The positions to score whose hidden states are cached rather than computed by this step.
        var cachedScoredPositions: Range<Int> { scoredPositions.clamped(to: 0..<computedTokenCount) }

        /// Whether this step reaches the last known token, so that the next one is sampled or the prompt is pooled.
        var reachesEnd: Bool { computedTokenCount + scheduledTokenCount == tokenIDs.count }
    }

    private(set) var rows: [Row] = []
    /// Indices of the rows that the current step computes, in order.
    private(set) var scheduledRows: [Int] = []
    /// Indices of the rows whose cached prompt positions the current step scores.
    private(set) var cachedScoringRows: [Int] = []
    private var rowOfRequest: [RequestID: Int] = [:]

    package init() {}

    /// Applies the differences of a step. Traps if a cached request is missing, because scheduler and runner then
    /// disagree.
    mutating func apply(_ output: SchedulerOutput) {
        for id in output.removedRequests { remove(id) }
        scheduledRows.removeAll(keepingCapacity: true)
        cachedScoringRows.removeAll(keepingCapacity: true)
        for request in output.newRequests {
            remove(request.id)
            rowOfRequest[request.id] = rows.count
            rows.append(Row(request))
            schedule(rows.count - 1)
        }
        for request in output.cachedRequests {
            guard let row = rowOfRequest[request.id] else { fatalError("\(request.id) is not in the batch") }
            rows[row].update(request)
            schedule(row)
        }
    }

    private mutating func schedule(_ row: Int) {
        if rows[row].scheduledTokenCount > 0 { scheduledRows.append(row) }
        if !rows[row].cachedScoredPositions.isEmpty { cachedScoringRows.append(row) }
    }

    mutating func append(_ token: TokenID, toRow row: Int) { rows[row].tokenIDs.append(token) }

    /// Removes a row by moving the last row into its place.
    private mutating func remove(_ id: RequestID) {
        guard let row = rowOfRequest.removeValue(forKey: id) else { return }
        rows.swapAt(row, rows.count - 1)
        rows.removeLast()
        if row < rows.count { rowOfRequest[rows[row].id] = row }
    }
}

extension InputBatch.Row {
    fileprivate init(_ request: NewRequestData) {
        id = request.id
        tokenIDs = request.tokenIDs
        promptTokenCount = request.promptTokenCount
        rotaryVariant = request.rotaryVariant
        work = request.work
        stopTokenIDs = request.work.generation.map { $0.eosTokenIDs + $0.sampling.stopTokenIDs } ?? []
        blockTables = request.blockTables.map { $0.map(\.rawValue) }
        computedTokenCount = request.computedTokenCount
        scheduledTokenCount = request.scheduledTokenCount
        scoredPositions = request.scoredPositions
    }

    fileprivate mutating func update(_ request: CachedRequestData) {
        computedTokenCount = request.computedTokenCount
        scheduledTokenCount = request.scheduledTokenCount
        scoredPositions = request.scoredPositions
        for (group, blocks) in request.newBlocks.enumerated() {
            for block in blocks { blockTables[group].append(block.rawValue) }
        }
    }
}
