import EngineTypes
import Needletail
import TestSupport
import Testing

/// The promise of `ExactnessTests` for every family: a request gives the same bits in company, in chunks, from cached
/// blocks, after a preemption and on any number of threads. The fixtures' windows are shorter than these prompts.
@Suite struct FamilyExactnessTests {
    static let lengths = [1, 15, 17, 33, 64, 100]
    static let outputLength = 12

    private static func harness(
        _ family: String, _ dtype: EngineOptions.DType, _ change: (inout EngineOptions) -> Void = { _ in }
    ) throws -> EngineHarness {
        try EngineHarness(Fixtures.path("models/\(family)")) {
            $0.dtype = dtype
            $0.maxModelLength = 128
            change(&$0)
        }
    }

    private static func sampling(_ index: Int) -> SamplingParams {
        var sampling = ExactnessTests.sampling(index)
        sampling.maxTokens = outputLength
        return sampling
    }

    private static func runAll(_ harness: EngineHarness) async throws -> [RequestOutput] {
        let streams = try lengths.enumerated().map { index, length in
            try harness.engine.generate(ExactnessTests.prompt(length), sampling(index))
        }
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        return outputs
    }

    private static func alone(_ family: String, _ dtype: EngineOptions.DType) async throws -> [RequestOutput] {
        let harness = try harness(family, dtype) { $0.enablesPrefixCaching = false }
        var outputs: [RequestOutput] = []
        for (index, length) in lengths.enumerated() {
            outputs.append(try await harness.run(ExactnessTests.prompt(length), sampling(index)))
        }
        return outputs
    }

    @Test(arguments: GoldenFixture.families, [EngineOptions.DType.float32, .bfloat16])
    func `company, chunks, caches, preemption and threads do not show`(
        family: String, dtype: EngineOptions.DType
    ) async throws {
        let references = try await Self.alone(family, dtype)
        let settings: [(inout EngineOptions) -> Void] = [
            { $0.threadCount = 2 },
            {
                $0.threadCount = 1
                $0.maxBatchedTokens = 16
                $0.maxSequences = 4
            },
            { $0.blockCountOverride = 24 },
        ]
        for change in settings {
            let harness = try Self.harness(family, dtype, change)
            // In the second round most of each prompt is cached.
            for _ in 0..<2 { ExactnessTests.expectEqual(try await Self.runAll(harness), references) }
        }
    }
}
