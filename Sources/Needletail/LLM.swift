public import EngineTypes
package import Metrics
import ModelStore
import Support

/// A language model in this process: many prompts at once with `generate`, one as it grows with `stream`.
///
/// ```swift
/// let llm = try await LLM.load()
/// let answers = try await llm.generate(["The capital of France is"], .greedy(maxTokens: 8))
/// ```
public final class LLM: Sendable {
    package let engine: AsyncEngine

    private init(engine: AsyncEngine) { self.engine = engine }

    /// Loads a model: a folder, a `.gguf` file, a hub id (`org/name`), a built-in name, or nil for the default model. What
    /// is not on this machine is downloaded first, with a progress bar on a terminal.
    ///
    /// `processors`: the logits processors of all requests, and those that requests may choose.
    public static func load(
        _ model: String? = nil, options: EngineOptions = EngineOptions(),
        processors: LogitsProcessorRegistry = LogitsProcessorRegistry()
    ) async throws(EngineError) -> LLM {
        try await load(
            model, options: options, processors: processors, metrics: NOOPMetricsHandler.instance
        ) { _ in }
    }

    /// The same with a metrics backend; `report` is called with a line for each phase of loading.
    package static func load(
        _ model: String?, options: EngineOptions, processors: LogitsProcessorRegistry = LogitsProcessorRegistry(),
        metrics: any MetricsFactory, report: (String) -> Void
    ) async throws(EngineError) -> LLM {
        let resolved = try await resolve(model)
        return LLM(
            engine: try EngineBuilder.build(
                path: resolved.path, name: resolved.name, options: options, processors: processors, metrics: metrics,
                report: report))
    }

    /// Downloads a model ahead of use, and returns the path of its folder or file.
    public static func pull(_ model: String? = nil) async throws(EngineError) -> String {
        try await resolve(model).path
    }

    private static func resolve(_ model: String?) async throws(EngineError) -> ResolvedModel {
        do {
            return try await ModelStore(progress: ProgressBar()).resolve(model)
        } catch {
            throw EngineError("\(error)")
        }
    }

    public var modelName: String { engine.info.modelName }
    /// Prompt and output tokens of a request at most.
    public var maxModelLength: Int { engine.info.maxModelLength }
    /// Token ids of a prompt are below this.
    public var vocabularySize: Int { engine.info.vocabularySize }
    /// What the model's authors recommend; the output fills the context.
    public var defaultSampling: SamplingParams { engine.info.defaultSampling }
    /// One line on device, dtype and memory.
    public var summary: String { engine.info.summary }

    /// Answers many prompts at once and returns the outputs in their order. The first that cannot be served throws, and
    /// none has run then. `showsProgress`: a bar on a terminal.
    public func generate(
        _ prompts: [Prompt], _ sampling: SamplingParams? = nil, showsProgress: Bool = true
    ) async throws(RequestError) -> [RequestOutput] {
        var streams: [RequestStream] = []
        for prompt in prompts { streams.append(try await enqueue(prompt, sampling)) }
        let progress: any ProgressReporter = showsProgress ? ProgressBar() : NoProgress()
        var outputs: [RequestOutput] = []
        for stream in streams {
            outputs.append(try await stream.collect())
            progress.report(
                Progress(label: "generating", done: outputs.count, total: prompts.count, unit: .items("prompts")))
        }
        progress.finish()
        return outputs
    }

    /// Answers one prompt; elements come as the text grows. Dropping the stream, or cancelling the task that reads it, ends
    /// the request. `processors`: logits processors of this request alone.
    public func stream(
        _ prompt: Prompt, _ sampling: SamplingParams? = nil, processors: [any LogitsProcessor] = []
    ) throws(RequestError) -> RequestStream {
        var context = RequestContext()
        context.processors = processors
        return try engine.generate(engine.input.tokenIDs(of: prompt), sampling ?? defaultSampling, context)
    }

    /// Waits while the engine's inbox is full: more prompts than it holds are no error here.
    private func enqueue(_ prompt: Prompt, _ sampling: SamplingParams?) async throws(RequestError) -> RequestStream {
        while true {
            do {
                return try stream(prompt, sampling)
            } catch {
                guard error.code == .overloaded else { throw error }
                do { try await Task.sleep(for: .milliseconds(5)) } catch {
                    throw RequestError(.cancelled, "the call was cancelled")
                }
            }
        }
    }

    /// The token ids of a text.
    public func tokenize(_ text: String) throws(RequestError) -> [TokenID] {
        try engine.input.tokenIDs(of: .text(text))
    }

    /// Seconds that each phase of loading took.
    package var loadTimings: [(phase: String, seconds: Double)] {
        let timings = engine.info.loadTimings
        return [
            ("open", timings.open), ("tokenizer", timings.tokenizer), ("weights", timings.weights),
            ("engine", timings.engine),
        ]
    }

    /// Where the time of the steps went, a line an operation; nil without `profilesSteps`.
    package var profileReport: String? { engine.info.profile?.report }

    /// Ends all requests and stops the engine's thread.
    public func shutdown() { engine.shutdown() }
}
