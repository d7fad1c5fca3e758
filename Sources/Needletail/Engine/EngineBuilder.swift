import Architectures
import CPUBackend
import Checkpoint
import EngineCore
import EngineTypes
import Layers
package import Metrics
import ModelRunner
import Scheduling
import Support
import Tensor
import Tokenization

/// Loads a model and builds the engine around it. The only place that names a backend.
package enum EngineBuilder {
    /// `path`: a folder or `.gguf` file; `name`: what requests call the model; `report`: called with a line a phase.
    package static func build(
        path: String, name: String, options: EngineOptions,
        processors: LogitsProcessorRegistry = LogitsProcessorRegistry(), runtime: ComputeRuntime = .shared,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        report: (String) -> Void = { _ in }
    ) throws(EngineError) -> AsyncEngine {
        try options.validate()
        var timings = LoadTimings()
        do {
            let checkpoint = try MonotonicClock.measure(&timings.open) { () throws(LoadError) in
                try Checkpoint.open(path: path)
            }
            try ModelRegistry.requireKnown(checkpoint.config)
            let tokenizer = try MonotonicClock.measure(&timings.tokenizer) { () throws(EngineError) in
                options.skipsTokenizer ? nil : try ModelTokenizer(checkpoint, template: options.chatTemplate)
            }
            report("opened \(path), \(checkpoint.weights.byteCount >> 20) MiB, in \(milliseconds(timings.open))")
            let profile = options.profilesSteps ? Profile() : nil
            let device = try runtime.device(threadCount: options.threadCount)
            let backend: any Backend = profile.map { ProfilingBackend(device, profile: $0) } ?? device
            let types = ComputeTypes(options.dtype, checkpoint, backend)
            let model = try MonotonicClock.measure(&timings.weights) { () throws(LoadError) in
                let loader = WeightLoader(weights: checkpoint.weights, backend: backend, activationType: types.linear)
                return try ModelRegistry.load(checkpoint.config, loader)
            }
            report("weights ready for the kernels after \(milliseconds(timings.weights))")
            let begin = MonotonicClock.seconds
            let setup = try EngineSetup(
                name: name, options: options, processors: processors, checkpoint: checkpoint, tokenizer: tokenizer,
                model: model, backend: backend, types: types, profile: profile, runtime: runtime)
            timings.engine = MonotonicClock.seconds - begin
            report("engine ready: \(setup.info.summary)")
            return setup.makeEngine(timings, metrics)
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError("\(error)")
        }
    }

    private static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }
}

/// Everything that the parts of an engine are made of.
private struct EngineSetup {
    let info: EngineInfo
    let options: EngineOptions
    let input: InputProcessor
    let sampling: SamplerConfig
    let model: any LanguageModel
    let backend: any Backend
    let cache: KVCachePlan
    let scheduler: SchedulerConfig
    let runtime: ComputeRuntime

    init(
        name: String, options: EngineOptions, processors: LogitsProcessorRegistry, checkpoint: Checkpoint,
        tokenizer: ModelTokenizer?, model: any LanguageModel, backend: any Backend, types: ComputeTypes,
        profile: Profile?, runtime: ComputeRuntime
    ) throws(EngineError) {
        self.runtime = runtime
        let wantedLength = options.maxModelLength ?? model.maxPositionCount
        guard wantedLength <= model.maxPositionCount else {
            throw EngineError(
                "--max-model-len: must be at most the model's \(model.maxPositionCount), got \(wantedLength)")
        }
        self.options = options
        self.model = model
        self.backend = backend
        cache = try KVCachePlan(
            model, options, maxModelLength: wantedLength, dtype: types.cache, backend: backend,
            memory: runtime.memory)
        scheduler = SchedulerConfig(
            maxBatchedTokens: options.maxBatchedTokens, maxSequences: options.maxSequences,
            maxModelLength: wantedLength, longPrefillTokenThreshold: options.longPrefillTokenThreshold,
            maxLongPartialPrefills: options.maxLongPartialPrefills,
            maxProcessorCalls: LogitsProcessorRegistry.maximumCallsPerStep(vocabularySize: model.vocabularySize),
            policy: options.schedulingPolicy, enablesPrefixCaching: options.enablesPrefixCaching,
            maxStepSeconds: Double(options.maxStepMilliseconds) / 1000)
        // Clients are promised what the cache holds, where that is less.
        let length = Scheduler(scheduler, kvCache: cache.config).maxModelLength
        let generation = try options.generationConfig(of: checkpoint)
        var eos = generation.eosTokenIDs.compactMap { TokenID(exactly: $0) }
        if let own = tokenizer?.tokenizer.eosTokenID, !eos.contains(own) { eos.append(own) }
        let marks = try options.thinkingTexts?.marks(tokenizer)
        input = InputProcessor(
            tokenizer: tokenizer,
            limits: SamplingLimits(
                vocabularySize: model.vocabularySize, maxModelLength: length, maxNewTokens: generation.maxNewTokens,
                maxLogprobs: options.maxLogprobs, maxStopStrings: options.maxStopStringCount,
                maxBadWords: options.maxBadWordCount, knowsThinking: marks != nil),
            eosTokenIDs: eos.filter { Int($0) < model.vocabularySize }, registry: processors)
        sampling = SamplerConfig(
            processors: processors.global, logprobsMode: options.logprobsMode, thinkingMarks: marks)
        var info = EngineInfo(modelName: name, maxModelLength: length, vocabularySize: model.vocabularySize)
        info.servedName = options.servedModelName ?? name
        info.threadCount = backend.threadCount
        info.maxRequestCount = options.maxSequences + options.maxQueuedRequests
        info.blockSize = options.blockSize
        info.maxBlockCount = cache.config.maxBlockCount
        info.profile = profile
        info.cachesPrefixes = options.enablesPrefixCaching
        info.schedulingPolicy = options.schedulingPolicy
        info.defaultSampling = SamplingParams(recommendedBy: generation)
        info.fingerprint = Fingerprint.text(
            [needletailVersion, backend.arithmetic, types.linear.rawValue, types.cache.rawValue],
            checkpoint.weights.sample)
        info.summary =
            "\(backend.description), \(types.linear.rawValue) activations, \(types.cache.rawValue) cache, \(checkpoint.weights.byteCount >> 20) MiB of weights, "
            + "context \(length), cache up to \(cache.maxByteCount >> 20) MiB"
        self.info = info
    }

    func makeEngine(_ timings: LoadTimings, _ metrics: any MetricsFactory) -> AsyncEngine {
        var info = info
        info.loadTimings = timings
        let (model, backend, cache, options, profile) = (model, backend, cache, options, info.profile)
        let (sampling, scheduler, lease) = (sampling, scheduler, runtime.lease)
        // An engine whose cache was given a size has that in any case.
        let guaranteed =
            options.kvCacheByteCount == nil
            ? cache.guaranteedBlockCounts(tokenCount: info.maxModelLength) : cache.config.pools.map(\.maxBlockCount)
        let account = runtime.memory.open(guaranteeing: cache.config.byteCount(of: guaranteed))
        return AsyncEngine(info: info, input: input, options: options, metrics: metrics) {
            let pool = KVCachePool(
                modules: cache.modules, configuration: cache.config, dtype: cache.dtype, backend: backend)
            let runner = ModelRunner(
                model: model, backend: backend, pool: pool, sampling: sampling,
                poisonsFreedBlocks: options.checksInvariants, guaranteedBlockCounts: guaranteed,
                takesMemory: { account.raise(to: $0) })
            return EngineCore(
                executor: runner, scheduler: scheduler, kvCache: cache.config,
                checksInvariants: options.checksInvariants, profile: profile, share: lease.join())
        }
    }
}

extension EngineOptions {
    private static let overridable = [
        "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_new_tokens", "eos_token_id",
    ]

    /// What counts as the model's `generation_config.json`.
    fileprivate func generationConfig(of checkpoint: Checkpoint) throws(EngineError) -> GenerationConfig {
        var config = checkpoint.generationConfig
        do {
            switch generationConfig {
            case "auto": break
            case "vllm": config.keepOnlyTokenIDs()
            default: config = try GenerationConfig(JSONFields(path: generationConfig + "/generation_config.json"))
            }
            guard let override = generationConfigOverride else { return config }
            if let name = override.members.map(\.0).first(where: { !Self.overridable.contains($0) }) {
                throw EngineError(
                    "--override-generation-config: may have \(Self.overridable.joined(separator: ", ")), got '\(name)'")
            }
            config.replaceSampling(
                with: try GenerationConfig(JSONFields(file: "--override-generation-config", object: override)))
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError("\(error)")
        }
        return config
    }
}

extension GenerationConfig {
    fileprivate mutating func keepOnlyTokenIDs() {
        let former = self
        self = GenerationConfig()
        (eosTokenIDs, bosTokenID, padTokenID) = (former.eosTokenIDs, former.bosTokenID, former.padTokenID)
    }

    fileprivate mutating func replaceSampling(with other: GenerationConfig) {
        temperature = other.temperature ?? temperature
        topP = other.topP ?? topP
        topK = other.topK ?? topK
        minP = other.minP ?? minP
        repetitionPenalty = other.repetitionPenalty ?? repetitionPenalty
        maxNewTokens = other.maxNewTokens ?? maxNewTokens
        if !other.eosTokenIDs.isEmpty { eosTokenIDs = other.eosTokenIDs }
    }
}

extension SamplingParams {
    /// Defaults from a model's `generation_config.json`, within what a request may ask for; the output fills the context.
    fileprivate init(recommendedBy config: GenerationConfig) {
        self.init()
        maxTokens = nil
        if let temperature = config.temperature { self.temperature = min(Float(temperature), 2) }
        if let topP = config.topP { self.topP = Float(topP) }
        if let topK = config.topK { self.topK = topK }
        if let minP = config.minP { self.minP = Float(minP) }
        if let penalty = config.repetitionPenalty, penalty > 0 { repetitionPenalty = Float(penalty) }
    }
}

extension ThinkingTexts {
    fileprivate func marks(_ tokenizer: ModelTokenizer?) throws(EngineError) -> ThinkingMarks {
        func tokens(_ text: String) throws(EngineError) -> [TokenID] {
            let ids = tokenizer?.tokenizer.encode(text, addSpecialTokens: false) ?? []
            guard !ids.isEmpty else { throw EngineError("--reasoning-config: \"\(text)\" has no tokens") }
            return ids
        }
        return ThinkingMarks(start: try tokens(start), end: try tokens(end))
    }
}
