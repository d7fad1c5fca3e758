import EngineTypes
import Needletail
import Synchronization

/// Echoes: the output of a request is its prompt, one token an element, until `max_tokens`. Token ids only.
final class FakeEngineClient: EngineClient {
    let info: EngineInfo
    let input: InputProcessor
    private let failure: RequestError?
    private let isShutDown = Atomic<Bool>(false)

    /// `failure`: what every request is refused with.
    init(failure: RequestError? = nil) {
        info = EngineInfo(modelName: "fake", maxModelLength: 64, vocabularySize: 100)
        input = InputProcessor(
            tokenizer: nil, limits: SamplingLimits(vocabularySize: 100, maxModelLength: 64), eosTokenIDs: [])
        self.failure = failure
    }

    func generate(
        _ tokenIDs: [TokenID], _ sampling: SamplingParams, _ context: RequestContext
    ) throws(RequestError) -> RequestStream {
        if let failure { throw failure }
        let request = try input.request(
            tokenIDs, sampling, id: RequestID(1), seed: 0, arrivalTime: 0, context: context)
        let collector = OutputCollector()
        for (index, token) in tokenIDs.prefix(request.maxTokens).enumerated() {
            var output = RequestOutput()
            output.tokenIDs = [token]
            output.text = "<\(token)>"
            if sampling.logprobs != nil {
                let item = TokenLogprob(token: token, logprob: -1, rank: 1)
                output.logprobs = [PositionLogprobs(sampled: item, top: [item])]
            }
            if index == min(tokenIDs.count, request.maxTokens) - 1 { output.finishReason = .length }
            collector.push(output)
        }
        return RequestStream(collector: collector) {}
    }

    func admitSearch() throws(RequestError) -> SearchTicket { SearchTicket(abortCount: 0) {} }
    func currentStats() async -> SchedulerStats { SchedulerStats() }
    func refreshMetrics() async {}
    var isHealthy: Bool { !isShutDown.load(ordering: .relaxed) }
    func resetPrefixCache() {}
    func pause(_ mode: PauseMode) async {}
    func resume() {}
    var isPaused: Bool { false }
    func beginShutdown() { isShutDown.store(true, ordering: .relaxed) }
}
