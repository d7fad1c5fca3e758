import Architectures
import CPUBackend
import Checkpoint
import EngineCore
import EngineTypes
import Layers
import ModelRunner
import Scheduling
import Support
import Tensor
import TestSupport
import Testing

/// Requests for the vector of a prompt, beside requests that generate.
@Suite struct PoolingTests {
    private static func makeCore(maxBatchedTokens: Int) throws -> EngineCore<ModelRunner> {
        let checkpoint = try Checkpoint.open(path: Fixtures.path("models/llama"))
        let backend = try CPUBackend(threadCount: 2)
        let loader = WeightLoader(weights: checkpoint.weights, backend: backend, inputFormat: .float32)
        let model = try ModelRegistry.load(checkpoint.config, loader)
        let groups = KVCacheGroup.grouping(
            model.cacheModules.map { $0.group(blockSize: 16, dtype: .float32, on: backend) })
        let config = KVCacheConfig(groups: groups, initialBlockCount: 32, maxBlockCounts: [32])
        let pool = KVCachePool(
            modules: model.cacheModules, configuration: config, dtype: .float32, backend: backend)
        return EngineCore(
            executor: ModelRunner(model: model, backend: backend, pool: pool, poisonsFreedBlocks: true),
            scheduler: SchedulerConfig(
                maxBatchedTokens: maxBatchedTokens, maxSequences: 4, maxModelLength: 128),
            kvCache: config, checksInvariants: true)
    }

    /// Runs requests to their ends and returns their vectors and tokens.
    private static func run(
        _ requests: [EngineCoreRequest], maxBatchedTokens: Int
    ) throws -> [RequestID: (vector: [Float]?, tokens: [TokenID])] {
        var core = try makeCore(maxBatchedTokens: maxBatchedTokens)
        for request in requests { core.add(request) }
        var results: [RequestID: (vector: [Float]?, tokens: [TokenID])] = [:]
        while let outputs = try core.step() {
            for output in outputs.outputs {
                #expect(output.error == nil)
                results[output.id, default: (nil, [])].tokens += output.newTokenIDs
                if let vector = output.pooled { results[output.id]!.vector = vector }
            }
        }
        core.scheduler.checkIdle()
        return results
    }

    private static func request(_ id: UInt64, _ prompt: [TokenID], _ params: PoolingParams?) -> EngineCoreRequest {
        let generation = GenerationWork(sampling: .greedy(maxTokens: 6), maxTokens: 6)
        return EngineCoreRequest(
            id: RequestID(id), promptTokenIDs: prompt, work: params.map { .pool($0) } ?? .generate(generation))
    }

    private static func numbers(_ golden: JSONValue, _ key: String) -> [Double] {
        (golden[key]?.arrayValue ?? []).compactMap(\.doubleValue)
    }

    /// Whole, in chunks, beside an output and from cached blocks: the vector is the reference's, and always the same.
    @Test(arguments: [64, 7])
    func `the vector of a prompt is the final state of its last token`(maxBatchedTokens: Int) throws {
        let golden = try Fixtures.json("models/llama/pooled.json")
        let prompt = Self.numbers(golden, "prompt_token_ids").map { TokenID($0) }
        let (expectedState, expectedNormalized) = (Self.numbers(golden, "state"), Self.numbers(golden, "normalized"))
        let results = try Self.run(
            [
                Self.request(1, prompt, nil), Self.request(2, prompt, PoolingParams(isNormalized: false)),
                Self.request(3, prompt, PoolingParams()),
            ], maxBatchedTokens: maxBatchedTokens)
        let (state, normalized) = (results[RequestID(2)]!.vector!, results[RequestID(3)]!.vector!)
        #expect(
            state.count == expectedState.count && zip(state, expectedState).allSatisfy { abs(Double($0) - $1) < 1e-4 })
        #expect(zip(normalized, expectedNormalized).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        let alone = try Self.run([Self.request(2, prompt, PoolingParams(isNormalized: false))], maxBatchedTokens: 64)
        #expect(alone[RequestID(2)]!.vector == state)
        let output = try Self.run([Self.request(1, prompt, nil)], maxBatchedTokens: 64)
        #expect(results[RequestID(1)]!.tokens == output[RequestID(1)]!.tokens)
        #expect(results[RequestID(1)]!.tokens.count == 6)
    }
}
