import EngineTypes
import Needletail
import Synchronization
import Tokenization

/// Echoes: the output of a request is its prompt, one token per element, until `max_tokens`. Token ids only, unless
/// there is a tokenizer.
final class FakeEngineClient: EngineClient {
    let info: EngineInfo
    let input: InputProcessor
    private let failure: RequestError?
    /// The most likely tokens at each position.
    private let alternatives: [TokenID]
    private let isShutDown = Atomic<Bool>(false)

    /// `failure`: what every request is refused with.
    init(failure: RequestError? = nil, tokenizer: ModelTokenizer? = nil, alternatives: [TokenID] = []) {
        let vocabularySize = tokenizer?.tokenizer.vocabularySize ?? 100
        info = EngineInfo(modelName: "fake", maxModelLength: 64, vocabularySize: vocabularySize)
        input = InputProcessor(
            tokenizer: tokenizer, limits: SamplingLimits(vocabularySize: vocabularySize, maxModelLength: 64),
            eosTokenIDs: [])
        self.failure = failure
        self.alternatives = alternatives
    }

    func admit(_ count: Int, isSearch: Bool, for caller: Caller?) throws(RequestError) -> AdmissionTicket {
        AdmissionTicket(places: (0..<count).map { _ in RequestPlace {} })
    }

    func generate(
        _ tokenIDs: [TokenID], _ prepared: PreparedSampling, _ context: RequestMetadata
    ) throws(RequestError) -> RequestStream {
        if let failure { throw failure }
        let request = try input.request(
            tokenIDs, prepared, id: RequestID(1), seed: 0, arrivalTime: 0, context: context)
        let collector = OutputCollector()
        var detokenizer = input.tokenizer.map {
            IncrementalDetokenizer(
                tokenizer: $0.tokenizer, skipSpecialTokens: prepared.sampling.skipSpecialTokens)
        }
        for (index, token) in tokenIDs.prefix(request.work.generation!.maxTokens).enumerated() {
            var output = RequestOutput()
            output.tokenIDs = [token]
            output.text = detokenizer?.append(token) ?? "<\(token)>"
            if prepared.sampling.logprobs != nil {
                output.logprobs = [position(token)]
            }
            if index == 0, prepared.sampling.promptLogprobs != nil {
                output.promptLogprobs = [nil] + tokenIDs.dropFirst().map(position)
            }
            if index == min(tokenIDs.count, request.work.generation!.maxTokens) - 1 { output.finishReason = .length }
            collector.push(output)
        }
        return RequestStream(collector: collector) {}
    }

    private func position(_ token: TokenID) -> PositionLogprobs {
        let items = ([token] + alternatives).map { TokenLogprob(token: $0, logprob: -1, rank: 1) }
        return PositionLogprobs(sampled: items[0], top: items)
    }

    func currentStats() async -> SchedulerStats { SchedulerStats() }
    func refreshMetrics() async {}
    var isHealthy: Bool { !isShutDown.load(ordering: .relaxed) }
    func resetPrefixCache() {}
    func pause(_ mode: PauseMode) async {}
    func resume() {}
    var isPaused: Bool { false }
    func beginShutdown() { isShutDown.store(true, ordering: .relaxed) }
}
