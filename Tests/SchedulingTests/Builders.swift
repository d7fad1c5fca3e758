import EngineCore
import EngineTypes
import Scheduling

/// Cache groups with small blocks. `full` and `sliding` share a pool; `state` has its own.
enum Groups {
    static let full = [KVCacheGroup(.all, blockSize: 4, pageByteCount: 64)]
    static let sliding = [KVCacheGroup(.window(6), blockSize: 4, pageByteCount: 64)]
    static let state = [KVCacheGroup(.state, blockSize: 8, pageByteCount: 100)]
    static let hybrid = full + sliding + state
    /// Groups with different numbers of tokens per block, in pools with different block sizes in bytes.
    static let unlike = [
        KVCacheGroup(.all, blockSize: 4, pageByteCount: 64), KVCacheGroup(.window(10), blockSize: 6, pageByteCount: 48),
    ]
    /// A decoder that also attends to an encoder's tokens.
    static let cross = full + [KVCacheGroup(.cross(maxTokenCount: 10), blockSize: 4, pageByteCount: 64)]
    /// All three kinds in one pool.
    static let shared = full + sliding + [KVCacheGroup(.state, blockSize: 4, pageByteCount: 64)]
}

/// Block counts exclude the null block.
func makeKVCache(_ groups: [KVCacheGroup] = Groups.full, blocks: Int = 100, growingTo: Int? = nil) -> KVCacheConfig {
    KVCacheConfig(groups: groups, initialBlockCount: blocks + 1, maxBlockCounts: [(growingTo ?? blocks) + 1])
}

func makeConfiguration(
    budget: Int = 64, sequences: Int = 8, maxModelLength: Int = 200, threshold: Int = 0,
    longPrefills: Int = 0, processorCalls: Int = .max, policy: SchedulingPolicy = .fcfs, caching: Bool = true,
    maxStepSeconds: Double = 0
) -> SchedulerConfig {
    SchedulerConfig(
        maxBatchedTokens: budget, maxSequences: sequences, maxModelLength: maxModelLength,
        longPrefillTokenThreshold: threshold, maxLongPartialPrefills: longPrefills,
        maxProcessorCalls: processorCalls, policy: policy, enablesPrefixCaching: caching,
        maxStepSeconds: maxStepSeconds)
}

func makeScheduler(
    _ groups: [KVCacheGroup] = Groups.full, blocks: Int = 100, growingTo: Int? = nil, budget: Int = 64,
    sequences: Int = 8, maxModelLength: Int = 200, threshold: Int = 0, longPrefills: Int = 0,
    processorCalls: Int = .max,
    policy: SchedulingPolicy = .fcfs, caching: Bool = true
) -> Scheduler {
    Scheduler(
        makeConfiguration(
            budget: budget, sequences: sequences, maxModelLength: maxModelLength, threshold: threshold,
            longPrefills: longPrefills, processorCalls: processorCalls, policy: policy, caching: caching),
        kvCache: makeKVCache(groups, blocks: blocks, growingTo: growingTo))
}

/// Returns a prompt of `count` tokens that differ between streams.
func makePrompt(_ count: Int, stream: Int) -> [TokenID] {
    (0..<count).map { TokenID(stream * 1000 + $0) }
}

/// Returns a request whose prompt is shared with no other id.
func makeRequest(
    _ id: UInt64, prompt: Int = 8, maxTokens: Int = 16, priority: Int = 0, salt: String? = nil
) -> EngineCoreRequest {
    makeRequest(id, tokens: makePrompt(prompt, stream: Int(id)), maxTokens: maxTokens, priority: priority, salt: salt)
}

func makeRequest(
    _ id: UInt64, tokens: [TokenID], maxTokens: Int = 16, priority: Int = 0, salt: String? = nil
) -> EngineCoreRequest {
    let work = GenerationWork(sampling: SamplingParams(maxTokens: maxTokens), maxTokens: maxTokens)
    return EngineCoreRequest(
        id: RequestID(id), promptTokenIDs: tokens, work: .generate(work), arrivalTime: Double(id), priority: priority,
        extraKeys: salt.map { [BlockExtraKey(.salt, $0.utf8)] } ?? [])
}

extension EngineCoreRequest {
    /// The work of a generating request.
    var generation: GenerationWork {
        get { work.generation! }
        set { work = .generate(newValue) }
    }

    var sampling: SamplingParams {
        get { generation.sampling }
        set { generation.sampling = newValue }
    }
}

extension EngineCoreRequest {
    /// Makes a step compute some ranges whole, with keys for their content.
    mutating func keepWhole(_ ranges: [Range<Int>], content: UInt8 = 1) {
        wholeRanges = ranges
        extraKeys += ranges.map { BlockExtraKey(.media, [content], tokens: $0) }
    }
}

extension Scheduler {
    /// Schedules a step and samples `token` for each request whose tokens are all computed.
    @discardableResult
    mutating func run(
        sampling token: TokenID = 7, promptLimit: Int = .max
    ) -> (plan: SchedulerOutput, outputs: [EngineCoreOutput]) {
        let plan = schedule(promptLimit: promptLimit)
        var computed = ModelRunnerOutput()
        for id in plan.scheduled.keys.sorted() {
            let request = requests[requests.slot(of: id)!]
            guard request.computedTokenCount == request.tokenIDs.count else { continue }
            computed.sampled.append(SampledTokens(id: id, tokenIDs: [token], logprobs: []))
        }
        let outputs = update(from: computed)
        checkInvariants()
        return (plan, outputs)
    }

    /// Runs steps until no request is left; returns the outputs with a finish reason, in order.
    mutating func runToEnd(sampling token: TokenID = 7) -> [EngineCoreOutput] {
        var ended: [EngineCoreOutput] = []
        for _ in 0..<10_000 where hasUnfinishedRequests {
            ended += run(sampling: token).outputs.filter { $0.finishReason != nil }
        }
        return ended
    }

    mutating func addAll(_ requests: EngineCoreRequest...) throws {
        for request in requests { try add(request) }
    }
}

extension SchedulerOutput {
    /// Scheduled tokens per request of the step.
    var scheduled: [RequestID: Int] {
        var counts: [RequestID: Int] = [:]
        for request in newRequests { counts[request.id] = request.scheduledTokenCount }
        for request in cachedRequests { counts[request.id] = request.scheduledTokenCount }
        return counts
    }

    /// Scheduled tokens per request, by raw id.
    var counts: [UInt64: Int] {
        Dictionary(uniqueKeysWithValues: scheduled.map { ($0.key.rawValue, $0.value) })
    }

    /// Scored prompt positions per request, by raw id.
    var scored: [UInt64: Range<Int>] {
        let all = newRequests.map { ($0.id, $0.scoredPositions) } + cachedRequests.map { ($0.id, $0.scoredPositions) }
        return Dictionary(uniqueKeysWithValues: all.filter { !$0.1.isEmpty }.map { ($0.0.rawValue, $0.1) })
    }
}

func ids(_ values: UInt64...) -> [RequestID] { values.map { RequestID($0) } }
