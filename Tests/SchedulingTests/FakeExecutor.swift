import EngineTypes
import Synchronization
import Testing

/// Runs `FakeModel` over simulated block memory. Groups of one pool share its bytes, freed blocks are poisoned, and a
/// step records an issue for every read that does not match the request's own history.
struct FakeExecutor: Executor {
    /// The part of an executor that a test can observe after giving the executor away.
    final class Probe: Sendable {
        struct Counts: Sendable {
            var steps = 0
            var chunkedPrefills = 0
            var copies = 0
            var growths = 0
            /// The positions at which chunks of a request ended.
            var chunkEnds: [RequestID: Set<Int>] = [:]
            var poisoned = 0
            /// Number of scored positions in cached blocks.
            var cachedScorings = 0
            /// Total duration of the steps so far, and of the last one.
            var seconds = 0.0
            var lastStep = StepWork()
            var lastSeconds = 0.0
        }
        let counts = Mutex(Counts())
        /// Number of the step, from 1, at which the device fails; 0 for none.
        let failingStep = Atomic<Int>(0)
        /// While set, the device waits in `execute`.
        let isHeld = Atomic<Bool>(false)
        /// Number of steps that have waited.
        let heldCount = Atomic<Int>(0)
        /// Returns the duration of a step from its work and its number, counted from 1.
        let cost: @Sendable (StepWork, Int) -> Double

        init(cost: @escaping @Sendable (StepWork, Int) -> Double = { _, _ in 0 }) { self.cost = cost }

        /// The time on a clock that only steps advance.
        var seconds: Double { counts.withLock { $0.seconds } }
    }

    private struct Row {
        var tokens: [TokenID]
        var digests: [UInt64]
        var promptCount: Int
        var wantsPromptLogprobs: Bool
        var isPooled: Bool
        var encoderCount: Int
        var tables: [[BlockID]]
        var computed: Int
        var scheduled = 0
        var scored = 0..<0

        /// Scored positions whose hidden states were stored by earlier steps.
        var cachedScored: Range<Int> { scored.clamped(to: 0..<computed) }
    }

    let groups: [KVCacheGroup]
    private let poolOfGroup: [Int]
    let probe: Probe
    /// One array of digests per block: nil for invalid contents. A state uses the first item.
    private var memory: [[[UInt64?]]]
    /// Final hidden states per block of `hiddenGroup`, for requests that need them.
    private var hiddenStates: [Int: [UInt64?]] = [:]
    private let hiddenGroup: Int?
    private var rows: [RequestID: Row] = [:]
    private var batch: [RequestID] = []
    private var stepID = 0

    init(_ configuration: KVCacheConfig, probe: Probe = Probe()) {
        groups = configuration.groups
        poolOfGroup = configuration.poolOfGroup
        hiddenGroup = groups.firstIndex(where: \.standsForEveryToken)
        self.probe = probe
        memory = Array(repeating: [], count: configuration.pools.count)
        grow(to: configuration.pools.map(\.initialBlockCount))
    }

    var tracksFreedBlocks: Bool { true }

    mutating func growPools(to blockCounts: [Int]) throws(DeviceError) -> [Int] {
        grow(to: blockCounts)
        probe.counts.withLock { $0.growths += 1 }
        return blockCounts
    }

    private mutating func grow(to blockCounts: [Int]) {
        let width = groups.map(\.blockSize).max() ?? 0
        for (pool, blockCount) in blockCounts.enumerated() {
            #expect(blockCount >= memory[pool].count)
            while memory[pool].count < blockCount { memory[pool].append(Array(repeating: nil, count: width)) }
        }
    }

    mutating func blocksWereFreed(_ blocks: [GroupBlock]) {
        for block in blocks { poison(block) }
        probe.counts.withLock { $0.poisoned += blocks.count }
    }

    private mutating func poison(_ block: GroupBlock) {
        let (pool, index) = (poolOfGroup[block.group], Int(block.block.rawValue))
        for slot in memory[pool][index].indices { memory[pool][index][slot] = nil }
        if let hiddenGroup, pool == poolOfGroup[hiddenGroup] { hiddenStates[index] = nil }
    }

    mutating func execute(_ output: SchedulerOutput) throws(DeviceError) {
        stepID = output.stepID
        if probe.isHeld.load(ordering: .acquiring) { probe.heldCount.wrappingAdd(1, ordering: .releasing) }
        while probe.isHeld.load(ordering: .acquiring) {}
        let step = probe.counts.withLock { counts in
            counts.steps += 1
            counts.lastStep = output.work
            counts.lastSeconds = probe.cost(output.work, counts.steps)
            counts.seconds += counts.lastSeconds
            counts.copies += output.blockCopies.count
            return counts.steps
        }
        if step == probe.failingStep.load(ordering: .relaxed) { throw DeviceError("step \(step)") }
        apply(output)
        moveBlocks(output)
        for new in output.newRequests { storeEncoderTokens(new.id, rows[new.id]!) }
        for id in batch { store(rows[id]!) }
        for id in batch where rows[id]!.scheduled > 0 {
            checkReads(id, rows[id]!)
            let end = rows[id]!.computed + rows[id]!.scheduled
            _ = probe.counts.withLock { $0.chunkEnds[id, default: []].insert(end) }
        }
        writeStates()
    }

    private mutating func apply(_ output: SchedulerOutput) {
        for id in output.removedRequests { #expect(rows.removeValue(forKey: id) != nil, "\(id) was never known") }
        batch = []
        for new in output.newRequests {
            #expect(rows[new.id] == nil, "\(new.id) is new twice")
            rows[new.id] = Row(
                tokens: new.tokenIDs, digests: FakeModel.digests(new.tokenIDs), promptCount: new.promptTokenCount,
                wantsPromptLogprobs: new.work.generation?.sampling.promptLogprobs != nil,
                isPooled: new.work.generation == nil, encoderCount: new.encoderTokenCount, tables: new.blockTables,
                computed: new.computedTokenCount, scheduled: new.scheduledTokenCount, scored: new.scoredPositions)
            batch.append(new.id)
        }
        for known in output.cachedRequests {
            #expect(rows[known.id]!.computed == known.computedTokenCount, "\(known.id)")
            rows[known.id]!.scheduled = known.scheduledTokenCount
            rows[known.id]!.scored = known.scoredPositions
            for group in groups.indices { rows[known.id]!.tables[group] += known.newBlocks[group] }
            batch.append(known.id)
        }
        #expect(batch.reduce(0) { $0 + rows[$1]!.scheduled } == output.scheduledTokenCount)
        var work = StepWork()
        for row in batch.map({ rows[$0]! }) {
            check(row, &work)
            #expect(row.computed + row.scheduled <= row.tokens.count)
            if row.computed + row.scheduled < row.tokens.count { probe.counts.withLock { $0.chunkedPrefills += 1 } }
        }
        #expect(work == output.work)
    }

    /// Every row does something, and the step's work is the sum of its rows' work.
    private func check(_ row: Row, _ work: inout StepWork) {
        #expect(row.scheduled > 0 || !row.cachedScored.isEmpty)
        #expect(row.scored.isEmpty || row.wantsPromptLogprobs)
        let isDecode = row.tokens.count > row.promptCount && row.computed + 1 == row.tokens.count
        if isDecode { work.decodingCount += 1 } else { work.promptWork += row.scheduled + row.scored.count }
    }

    /// Zeroing and copying may happen in any order: a block is touched twice only as a source.
    private mutating func moveBlocks(_ output: SchedulerOutput) {
        let copyTargets = output.blockCopies.map { GroupBlock(group: $0.group, block: $0.destination) }
        let written = (copyTargets + output.blocksToZero).map { [poolOfGroup[$0.group], Int($0.block.rawValue)] }
        let read = output.blockCopies.map { [poolOfGroup[$0.group], Int($0.source.rawValue)] }
        #expect(Set(written).count == written.count && Set(written).isDisjoint(with: read))
        for block in output.blocksToZero {
            memory[poolOfGroup[block.group]][Int(block.block.rawValue)][0] = FakeModel.start
        }
        for copy in output.blockCopies {
            let pool = poolOfGroup[copy.group]
            memory[pool][Int(copy.destination.rawValue)] = memory[pool][Int(copy.source.rawValue)]
        }
    }

    /// Stores the encoder's keys and values, which depend on the request alone.
    private mutating func storeEncoderTokens(_ id: RequestID, _ row: Row) {
        for group in groups.indices where groups[group].isCross {
            for position in 0..<row.encoderCount {
                let block = row.tables[group][position / groups[group].blockSize]
                memory[poolOfGroup[group]][Int(block.rawValue)][position % groups[group].blockSize] = id.rawValue
            }
        }
    }

    /// Stores keys and values of all rows before any row reads.
    private mutating func store(_ row: Row) {
        for group in groups.indices where !groups[group].isState && !groups[group].isCross {
            let size = groups[group].blockSize
            for position in row.computed..<row.computed + row.scheduled {
                let block = row.tables[group][position / size]
                #expect(block != .null)
                memory[poolOfGroup[group]][Int(block.rawValue)][position % size] = row.digests[position + 1]
            }
        }
    }

    private func checkReads(_ id: RequestID, _ row: Row) {
        for (group, cache) in groups.enumerated() {
            let pool = memory[poolOfGroup[group]]
            let size = cache.blockSize
            switch cache.retention {
            case .all, .window:
                for position in cache.firstRead(row.computed)..<row.computed + row.scheduled {
                    let cell = pool[Int(row.tables[group][position / size].rawValue)][position % size]
                    #expect(cell == row.digests[position + 1], "\(id) reads position \(position) of group \(group)")
                }
            case .cross:
                #expect(row.tables[group].count == (row.encoderCount + size - 1) / size)
                for position in 0..<row.encoderCount {
                    let cell = pool[Int(row.tables[group][position / size].rawValue)][position % size]
                    #expect(cell == id.rawValue, "\(id) reads encoder position \(position) of group \(group)")
                }
            case .state:
                let limit = (row.computed + row.scheduled + size - 1) / size
                #expect(row.tables[group].count <= limit, "\(id) has \(row.tables[group].count) states")
                let state = pool[Int(row.tables[group].last!.rawValue)][0]
                #expect(state == row.digests[row.computed], "\(id) reads the state of group \(group)")
            }
        }
    }

    private mutating func writeStates() {
        for group in groups.indices where groups[group].isState {
            let writers = batch.filter { rows[$0]!.scheduled > 0 }
            let blocks = writers.map { rows[$0]!.tables[group].last! }
            #expect(Set(blocks).count == blocks.count, "two requests write one state")
            for (id, block) in zip(writers, blocks) {
                let row = rows[id]!
                memory[poolOfGroup[group]][Int(block.rawValue)][0] = row.digests[row.computed + row.scheduled]
            }
        }
    }

    private mutating func keepHiddenStates(_ row: Row) {
        guard let hiddenGroup else { return }
        let size = groups[hiddenGroup].blockSize
        for position in row.computed..<row.computed + row.scheduled {
            let block = Int(row.tables[hiddenGroup][position / size].rawValue)
            hiddenStates[block, default: Array(repeating: nil, count: size)][position % size] =
                row.digests[position + 1]
        }
    }

    /// Scores a prefix that the request did not compute, from the stored hidden states alone.
    private func cachedPromptLogprobs(_ id: RequestID, _ row: Row) -> PromptLogprobsChunk {
        let size = groups[hiddenGroup!].blockSize
        for position in row.cachedScored {
            let block = Int(row.tables[hiddenGroup!][position / size].rawValue)
            #expect(
                hiddenStates[block]?[position % size] == row.digests[position + 1],
                "\(id): no hidden state of \(position)")
        }
        return PromptLogprobsChunk(
            id: id, start: row.cachedScored.lowerBound + 1,
            items: row.cachedScored.map { FakeModel.promptLogprobs(row.tokens, at: $0 + 1) })
    }

    mutating func sample(bitmask: TokenBitmask?) throws(DeviceError) -> ModelRunnerOutput {
        var output = ModelRunnerOutput()
        output.stepID = stepID
        for id in batch where rows[id]!.wantsPromptLogprobs { keepHiddenStates(rows[id]!) }
        for id in batch where !rows[id]!.cachedScored.isEmpty {
            output.promptLogprobs.append(cachedPromptLogprobs(id, rows[id]!))
            probe.counts.withLock { $0.cachedScorings += rows[id]!.cachedScored.count }
        }
        for id in batch {
            var row = rows[id]!
            let end = row.computed + row.scheduled
            let scored = row.scored.clamped(to: row.computed..<end)
            if !scored.isEmpty {
                let items = scored.map { FakeModel.promptLogprobs(row.tokens, at: $0 + 1) }
                output.promptLogprobs.append(PromptLogprobsChunk(id: id, start: scored.lowerBound + 1, items: items))
            }
            row.computed = end
            if end == row.tokens.count, row.isPooled {
                output.pooled.append(PooledPrompt(id: id, vector: .success([Float(row.digests.last! % 1000)])))
            } else if end == row.tokens.count {
                let token = FakeModel.nextToken(row.digests.last!)
                row.tokens.append(token)
                row.digests.append(FakeModel.digest(row.digests.last!, token))
                output.sampled.append(SampledTokens(id: id, tokenIDs: [token], logprobs: []))
            }
            rows[id] = row
        }
        return output
    }
}

extension KVCacheGroup {
    var isState: Bool { retention == .state }

    var isCross: Bool { if case .cross = retention { true } else { false } }

    /// Returns the first position that a query at `position` reads.
    func firstRead(_ position: Int) -> Int {
        if case .window(let window) = retention { max(0, position - (window - 1)) } else { 0 }
    }
}
