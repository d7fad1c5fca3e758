import Architectures
import CPUBackend
import Checkpoint
import Layers
package import Metrics
import Support
import Tensor
import Tokenization

/// Loads a model and builds the engine around it. The backend comes from the runtime.
package enum EngineBuilder {
    /// `path`: a folder or `.gguf` file, as is `options.tokenizer` here; `name`: the model name in requests; `report`:
    /// called with one line per phase.
    package static func build(
        path: String, name: String, options: EngineOptions,
        processors: LogitsProcessorRegistry = LogitsProcessorRegistry(), runtime: ComputeRuntime = .shared,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        report: (String) -> Void = { _ in }
    ) throws(EngineError) -> AsyncEngine {
        try options.validate()
        let overrides = try options.configOverrides()
        var timings = LoadTimings()
        do {
            let checkpoint = try MonotonicClock.measure(&timings.open) { () throws(LoadError) in
                try Checkpoint.open(path: path, overrides: overrides, tokenizerPath: options.tokenizer)
            }
            try ModelRegistry.requireKnown(checkpoint.config)
            let tokenizer = try MonotonicClock.measure(&timings.tokenizer) { () throws(EngineError) in
                options.skipsTokenizer ? nil : try ModelTokenizer(checkpoint, template: options.chatTemplate)
            }
            report("opened \(path), \(checkpoint.weights.byteCount >> 20) MiB, in \(milliseconds(timings.open))")
            let profile = options.profilesSteps ? Profile() : nil
            let device = try runtime.device(threadCount: options.threadCount)
            let backend: any Backend = profile.map { ProfilingBackend(device, profile: $0) } ?? device
            var types = ComputeTypes(options.dtype, checkpoint, backend)
            let model = try MonotonicClock.measure(&timings.weights) { () throws(LoadError) in
                let loader = WeightLoader(weights: checkpoint.weights, backend: backend, inputFormat: types.linear)
                return try ModelRegistry.load(checkpoint.config, loader)
            }
            types.cache = model.cacheType(for: types.cache)
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
