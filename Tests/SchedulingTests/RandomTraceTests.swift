import EngineCore
import EngineTypes
import Scheduling
import Support
import Synchronization
import TestSupport
import Testing

/// Random traces against the simulated memory: however requests are batched, chunked, preempted, shared and aborted,
/// each gives the same output as alone.
@Suite struct RandomTraceTests {
    static let groupings = [
        Groups.full, Groups.sliding, Groups.state, Groups.hybrid, Groups.shared, Groups.unlike, Groups.cross,
    ]

    @Test(arguments: 0..<groupings.count, [SchedulingPolicy.fcfs, .priority])
    func `every request of a random trace gives what it gives alone`(grouping: Int, policy: SchedulingPolicy) throws {
        var totals = Totals()
        for round in 0..<400 {
            let seed = UInt64(round * 100 + grouping * 2 + (policy == .fcfs ? 0 : 1))
            var trace = Trace(seed: seed, groups: Self.groupings[grouping], policy: policy)
            do { try trace.run(&totals) } catch { Issue.record(error) }
        }
        // Checks that the traces met the situations they are meant to cover.
        #expect(totals.preemptions > 10, "\(totals)")
        let sharesPrefixes = !Self.groupings[grouping].contains(where: \.isCross)
        #expect(!sharesPrefixes || totals.hitTokens > 500, "\(totals)")
        #expect(totals.chunks > 500, "\(totals)")
        #expect(totals.growths > 20, "\(totals)")
        #expect(totals.aborts > 50, "\(totals)")
        #expect(totals.finished > 500, "\(totals)")
        #expect(totals.pooled > 300, "\(totals)")
        #expect(totals.held > 300, "\(totals)")
        let hasStates = Self.groupings[grouping].contains(where: \.isState)
        #expect(hasStates || totals.wholeRanges > 300, "\(totals)")
        #expect(totals.poisoned > 500, "\(totals)")
        // A prefix without hidden states, as in groups of states alone, is useless for prompt log-probabilities.
        let hasHiddenStates = sharesPrefixes && Self.groupings[grouping].contains(where: \.standsForEveryToken)
        #expect(!hasHiddenStates || totals.cachedScorings > 100, "\(totals)")
    }
}

struct Totals {
    var preemptions = 0
    var hitTokens = 0
    var chunks = 0
    var growths = 0
    var aborts = 0
    var finished = 0
    var poisoned = 0
    var cachedScorings = 0
    var preemptedHitTokens = 0
    var pooled = 0
    var held = 0
    var wholeRanges = 0
}

/// One random run of an engine.
struct Trace {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let seed: UInt64
    var random: SplitMix
    let kvCache: KVCacheConfig
    let configuration: SchedulerConfig
    var pending: [EngineCoreRequest] = []
    var live: [RequestID: EngineCoreRequest] = [:]
    var tokens: [RequestID: [TokenID]] = [:]
    var prompts: [RequestID: [PositionLogprobs?]] = [:]
    /// Vectors of the requests that pool their prompts.
    var pooled: [RequestID: [Float]] = [:]
    var wholeRanges: [RequestID: [Range<Int>]] = [:]
    /// Requests that are not ready to run.
    var held: [RequestID] = []

    init(seed: UInt64, groups: [KVCacheGroup], policy: SchedulingPolicy) {
        self.seed = seed
        var random = SplitMix(seed: seed)
        let cap = Int.random(in: 3...40, using: &random)
        kvCache = makeKVCache(groups, blocks: Int.random(in: 1...cap, using: &random), growingTo: cap)
        configuration = makeConfiguration(
            budget: Int.random(in: 1...40, using: &random), sequences: Int.random(in: 1...7, using: &random),
            maxModelLength: Int.random(in: 30...120, using: &random),
            threshold: [0, 0, 3, 9].randomElement(using: &random)!,
            policy: policy, caching: Int.random(in: 0..<5, using: &random) > 0,
            maxStepSeconds: [0, 0.01, 0.06].randomElement(using: &random)!)
        self.random = random
        pending = (1...20).map { request(UInt64($0)) }
        // Some requests repeat an earlier prompt, and some are further outputs of one.
        for index in pending.indices.dropFirst() {
            guard Int.random(in: 0..<4, using: &self.random) == 0 else { continue }
            let other = pending[Int.random(in: 0..<index, using: &self.random)]
            pending[index].promptTokenIDs = other.promptTokenIDs
            pending[index].extraKeys = other.extraKeys
        }
        for index in pending.indices.dropFirst() where Int.random(in: 0..<4, using: &self.random) == 0 {
            follow(index)
        }
        for index in pending.indices { vary(index) }
    }

    /// Makes some requests pool, wait for something, compute parts whole or read an encoder's tokens.
    private mutating func vary(_ index: Int) {
        pending[index].isReady = Int.random(in: 0..<6, using: &random) > 0
        if kvCache.groups.contains(where: \.isCross) {
            pending[index].encoderTokenCount = Int.random(in: 0...10, using: &random)
        }
        let count = pending[index].promptTokenIDs.count
        let most = min(count, configuration.maxBatchedTokens - configuration.maxSequences)
        if !kvCache.groups.contains(where: \.isState), most > 1, Int.random(in: 0..<3, using: &random) == 0 {
            let length = Int.random(in: 2...most, using: &random)
            let start = Int.random(in: 0...count - length, using: &random)
            pending[index].keepWhole([start..<start + length], content: UInt8.random(in: 0...3, using: &random))
        }
        let isLeader = pending.contains { $0.leader == pending[index].id }
        guard pending[index].leader == nil, !isLeader, Int.random(in: 0..<8, using: &random) == 0 else { return }
        pending[index].work = .pool(PoolingParams())
    }

    /// Turns a request into a further output of the previous prompt.
    private mutating func follow(_ index: Int) {
        let leader = pending[index - 1]
        pending[index].promptTokenIDs = leader.promptTokenIDs
        pending[index].extraKeys = leader.extraKeys
        pending[index].priority = leader.priority
        pending[index].leader = leader.leader ?? leader.id
    }

    mutating func request(_ id: UInt64) -> EngineCoreRequest {
        // In a third of the traces all prompts are short and similar, so that groups of requests share and copy the
        // same blocks.
        let headLength = seed % 3 == 0 ? Int.random(in: 2...3, using: &random) : Int.random(in: 0...28, using: &random)
        let head = makePrompt(headLength, stream: seed % 3 == 0 ? 0 : Int.random(in: 0..<2, using: &random))
        let tailLength = seed % 3 == 0 ? 3 : Int.random(in: 1...9, using: &random)
        let tail = makePrompt(tailLength, stream: seed % 3 == 0 ? 0 : Int.random(in: 0..<9, using: &random))
        let maxTokens = Int.random(in: 1...24, using: &random)
        var request = makeRequest(
            id, tokens: head + tail, maxTokens: maxTokens, priority: Int.random(in: 0..<3, using: &random),
            salt: [nil, nil, "a"].randomElement(using: &random)!)
        request.caller = [nil, .key(0), .key(1), .connection(1)].randomElement(using: &random)!
        request.generation.eosTokenIDs = [TokenID.random(in: 0..<50, using: &random)]
        request.sampling.minTokens = Int.random(in: 0...min(4, maxTokens), using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 { request.sampling.promptLogprobs = 0 }
        return request
    }

    mutating func run(_ totals: inout Totals) throws {
        // Steps take up to four times as long as their work implies, so that budgets vary.
        let probe = FakeExecutor.Probe { [seed] work, step in
            var random = SplitMix(seed: seed &+ UInt64(step))
            let units = Double(work.promptWork + work.decodingCount)
            return units * Double.random(in: 0.0005...0.002, using: &random)
        }
        var core = EngineCore(
            executor: FakeExecutor(kvCache, probe: probe), scheduler: configuration, kvCache: kvCache,
            checksInvariants: true, clock: { probe.seconds })
        var (steps, idleSteps) = (0, 0)
        while !pending.isEmpty || !held.isEmpty || core.hasWork {
            addSome(&core)
            releaseSome(&core)
            abortSome(&core, &totals)
            let stepsBefore = probe.counts.withLock { $0.steps }
            guard let outputs = try core.step() else { continue }
            try take(outputs, core.scheduler.maxModelLength, &totals)
            // Only a preemption of everything may cause a step without outputs.
            let isIdle = probe.counts.withLock { $0.steps } == stepsBefore && outputs.outputs.isEmpty
            idleSteps = isIdle ? idleSteps + 1 : 0
            steps += 1
            guard idleSteps < 2, steps < 20_000 else { throw failure("no progress after \(steps) steps") }
        }
        guard live.isEmpty else { throw failure("\(live.keys) never ended") }
        core.scheduler.checkIdle()
        try checkWholeRanges(probe, &totals)
        let stats = core.scheduler.stats
        totals.preemptions += stats.preemptionCount
        totals.preemptedHitTokens += stats.preemptedHitTokens
        totals.hitTokens += stats.prefixCacheHitTokens
        probe.counts.withLock { counts in
            totals.chunks += counts.chunkedPrefills
            totals.growths += counts.growths
            totals.poisoned += counts.poisoned
            totals.cachedScorings += counts.cachedScorings
        }
    }

    private mutating func addSome(_ core: inout EngineCore<FakeExecutor>) {
        while !pending.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
            let request = pending.removeFirst()
            live[request.id] = request
            tokens[request.id] = []
            wholeRanges[request.id] = request.wholeRanges
            if !request.isReady { held.append(request.id) }
            core.add(request)
        }
    }

    private mutating func releaseSome(_ core: inout EngineCore<FakeExecutor>) {
        guard !held.isEmpty, Int.random(in: 0..<4, using: &random) == 0 else { return }
        core.makeReady([held.removeFirst()])
    }

    private mutating func abortSome(_ core: inout EngineCore<FakeExecutor>, _ totals: inout Totals) {
        guard Int.random(in: 0..<30, using: &random) == 0, let id = live.keys.min() else { return }
        core.abort([id])
        totals.aborts += 1
    }

    private mutating func take(_ outputs: EngineCoreOutputs, _ maxModelLength: Int, _ totals: inout Totals) throws {
        for output in outputs.outputs {
            guard let request = live[output.id] else { throw failure("\(output.id) ended twice") }
            guard !held.contains(output.id) || output.finishReason == .abort || output.finishReason == .error else {
                throw failure("\(output.id) ran before it was ready")
            }
            tokens[output.id]! += output.newTokenIDs
            if let vector = output.pooled { pooled[output.id] = vector }
            if let logprobs = output.promptLogprobs {
                guard prompts.updateValue(logprobs, forKey: output.id) == nil else {
                    throw failure("\(output.id): prompt log-probabilities came twice")
                }
            }
            guard let reason = output.finishReason else { continue }
            live[output.id] = nil
            totals.finished += 1
            if !request.isReady { totals.held += 1 }
            try check(request, reason, maxModelLength, &totals)
        }
    }

    private func checkPooled(_ request: EngineCoreRequest, _ reason: FinishReason, _ totals: inout Totals) throws {
        if reason == .abort { return }
        let expected = [Float(FakeModel.digests(request.promptTokenIDs).last! % 1000)]
        guard reason == .stop, tokens[request.id] == [], pooled[request.id] == expected else {
            throw failure("\(request.id) pooled \(pooled[request.id] ?? []), \(reason); alone \(expected)")
        }
        totals.pooled += 1
    }

    private func checkWholeRanges(_ probe: FakeExecutor.Probe, _ totals: inout Totals) throws {
        let ends = probe.counts.withLock { $0.chunkEnds }
        for (id, ranges) in wholeRanges {
            totals.wholeRanges += ranges.count
            for range in ranges where ends[id, default: []].contains(where: { range.dropFirst().contains($0) }) {
                throw failure("\(id): a chunk ended inside \(range)")
            }
        }
    }

    private func check(
        _ request: EngineCoreRequest, _ reason: FinishReason, _ maxModelLength: Int, _ totals: inout Totals
    ) throws {
        if reason == .error {
            guard request.promptTokenIDs.count >= maxModelLength else { throw failure("\(request.id) was refused") }
            return
        }
        guard request.work.generation != nil else { return try checkPooled(request, reason, &totals) }
        let expected = FakeModel.run(request, maxModelLength: maxModelLength)
        let got = tokens[request.id]!
        if reason == .abort {
            guard expected.tokens.starts(with: got) else { throw failure("\(request.id) gave \(got) before abort") }
            return
        }
        guard got == expected.tokens, reason == expected.reason else {
            throw failure("\(request.id) gave \(got), \(reason); alone \(expected)")
        }
        guard request.sampling.promptLogprobs != nil else { return }
        let prompt = request.promptTokenIDs
        let logprobs = [nil] + prompt.indices.dropFirst().map { FakeModel.promptLogprobs(prompt, at: $0) }
        guard prompts[request.id] == logprobs else { throw failure("\(request.id): wrong prompt log-probabilities") }
    }

    private func failure(_ text: String) -> Failure { Failure(description: "seed \(seed): \(text)") }
}
