public import EngineTypes
package import Metrics
import ModelStore
import Support

/// A language model in this process: `generate` answers many prompts at once, `stream` yields one answer as it grows.
///
/// ```swift
/// let llm = try await LLM.load()
/// let answers = try await llm.generate(["The capital of France is"], .greedy(maxTokens: 8))
/// ```
public final class LLM: Sendable {
    package let engine: AsyncEngine

    private init(engine: AsyncEngine) { self.engine = engine }

    /// Loads a model from a folder, `.gguf` file, hub id (`org/name`) or built-in name (nil: the default model),
    /// downloading it first if necessary, with a progress bar on a terminal. `processors`: logits processors for all
    /// requests, and those that requests may choose by name. Throws if the model or an option cannot be used.
    public static func load(
        _ model: String? = nil, options: EngineOptions = EngineOptions(),
        processors: LogitsProcessorRegistry = LogitsProcessorRegistry()
    ) async throws(EngineError) -> LLM {
        try await load(
            model, options: options, processors: processors, metrics: NOOPMetricsHandler.instance
        ) { _ in }
    }

    /// Loads a model with a metrics backend; `report` is called with one line per phase of loading.
    package static func load(
        _ model: String?, options: EngineOptions, processors: LogitsProcessorRegistry = LogitsProcessorRegistry(),
        metrics: any MetricsFactory, report: (String) -> Void
    ) async throws(EngineError) -> LLM {
        try options.validate()
        let resolved = try await resolve(model, revision: options.revision, .model)
        var options = options
        if let tokenizer = options.tokenizer {
            do {
                options.tokenizer = try await resolve(tokenizer, revision: options.tokenizerRevision, .tokenizer).path
            } catch {
                throw EngineError("--tokenizer: \(error)")
            }
        }
        return LLM(
            engine: try EngineBuilder.build(
                path: resolved.path, name: resolved.name, options: options, processors: processors, metrics: metrics,
                report: report))
    }

    /// Downloads a model ahead of use, unless it is on this machine, and returns the path of its folder or `.gguf`
    /// file. `revision`: the branch, tag or commit of a hub id.
    public static func pull(_ model: String? = nil, revision: String? = nil) async throws(EngineError) -> String {
        try await resolve(model, revision: revision, .files).path
    }

    private static func resolve(
        _ model: String?, revision: String?, _ content: ModelContent
    ) async throws(EngineError) -> ResolvedModel {
        do {
            return try await ModelStore(progress: ProgressBar()).resolve(model, revision: revision, content: content)
        } catch {
            throw EngineError("\(error)")
        }
    }

    /// The name under which the model was loaded: its path, hub id or built-in name.
    public var modelName: String { engine.info.modelName }
    /// Maximum total of prompt and output tokens per request.
    public var maxModelLength: Int { engine.info.maxModelLength }
    /// Number of tokens in the vocabulary: token ids are below it.
    public var vocabularySize: Int { engine.info.vocabularySize }
    /// The sampling parameters that the model's authors recommend; `maxTokens` is nil, so that an output may fill the
    /// context.
    public var defaultSampling: SamplingParams { engine.info.defaultSampling }
    /// Whether the model has a chat template, without which it answers no conversations.
    public var hasChatTemplate: Bool { engine.input.prompts.hasChatTemplate }
    /// The names of the model's own chat templates, for `EngineOptions.chatTemplate`.
    public var chatTemplateNames: [String] { engine.input.prompts.chatTemplateNames }
    /// One line about the device, types, weights and cache of the model.
    public var summary: String { engine.info.summary }

    /// Answers many prompts at once and returns the outputs in their order. Throws for the first prompt that cannot be
    /// served, which ends the others. `sampling`: nil for `defaultSampling`; `showsProgress`: a bar on a terminal.
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

    /// Streams the answer to one prompt as it grows; dropping the stream, or cancelling the task that reads it, ends
    /// the request. `sampling`: nil for `defaultSampling`; `processors`: logits processors for this request only.
    /// Throws for a request that cannot be served.
    public func stream(
        _ prompt: Prompt, _ sampling: SamplingParams? = nil, processors: [any LogitsProcessor] = []
    ) throws(RequestError) -> RequestStream {
        var context = RequestMetadata()
        context.processors = processors
        return try engine.generate(engine.input.prompts.tokenIDs(of: prompt), sampling ?? defaultSampling, context)
    }

    /// Starts a request, after waiting while the engine is full: more prompts than fit are not an error here.
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

    /// The token ids of a text, with the special tokens that the model expects. Throws if no tokenizer is loaded.
    public func tokenize(_ text: String) throws(RequestError) -> [TokenID] {
        try engine.input.prompts.tokenIDs(of: .text(text))
    }

    /// Seconds that each phase of loading took.
    package var loadTimings: [(phase: String, seconds: Double)] {
        let timings = engine.info.loadTimings
        return [
            ("open", timings.open), ("tokenizer", timings.tokenizer), ("weights", timings.weights),
            ("engine", timings.engine),
        ]
    }

    /// The profile of the steps, one line per operation; nil without `profilesSteps`.
    package var profileReport: String? { engine.info.profile?.report }

    /// Ends all requests, stops the engine's thread and waits for it.
    public func shutdown() { engine.shutdown() }
}
