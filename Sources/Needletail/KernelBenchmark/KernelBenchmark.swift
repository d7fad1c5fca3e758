import Architectures
import CPUBackend
import Checkpoint
import Layers
import Support
import Tensor

/// Times a model's matrix products and its attention at its own shapes, along with the machine's limits.
package struct KernelBenchmark {
    /// The measurement of one operation with one number of rows.
    package struct Line: Sendable {
        package var name: String
        package var rows: Int
        package var seconds: Double
        package var operationCount: Double
        package var byteCount: Double
        /// The shortest possible time in seconds, from the machine's limits.
        package var limit: Double
    }

    private let device: CPUBackend
    private let model: any LanguageModel
    private let layers: [ProfilingBackend.LinearLayer]
    private let headCount: Int
    private let types: ComputeTypes

    /// Seconds spent on passes over all layers, and on each round of one attention; the medians are reported.
    private static let passSeconds = 0.5
    private static let seconds = 0.04
    private static let roundCount = 5

    package init(_ model: String?, options: EngineOptions) async throws(EngineError) {
        try options.validate()
        let path = try await LLM.pull(model)
        do {
            let checkpoint = try Checkpoint.open(path: path)
            device = try CPUBackend(threadCount: options.threadCount)
            var types = ComputeTypes(options.dtype, checkpoint, device)
            let recorder = ProfilingBackend(device, profile: Profile())
            let loader = WeightLoader(
                weights: checkpoint.weights, backend: recorder, inputFormat: types.linear)
            self.model = try ModelRegistry.load(checkpoint.config, loader)
            types.cache = self.model.cacheType(for: types.cache)
            self.types = types
            layers = recorder.linearLayers
            headCount = try checkpoint.config.int("num_attention_heads")
        } catch {
            throw EngineError("\(error)")
        }
    }

    package var description: String { "\(device.description), \(types.linear.rawValue) activations" }

    package func limits() -> MachineLimits { MachineLimits(device) }

    /// Measures the distinct operations, each with every number of rows.
    package func run(
        rows: [Int], contexts: [Int], limits: MachineLimits, progress: (Int, Int) -> Void
    ) -> [Line] {
        let total = rows.count + contexts.count * 2
        var lines: [Line] = []
        for (index, count) in rows.enumerated() {
            lines += linearLayers(rows: count, limits)
            progress(index + 1, total)
        }
        for (index, context) in contexts.enumerated() {
            lines += [1, context].map { attention(context: context, queries: $0, limits) }
            progress(rows.count + 2 * (index + 1), total)
        }
        return lines
    }

    /// Measures passes over all layers in order, as in a step, so that the weights of a layer have left the caches by
    /// its next turn.
    private func linearLayers(rows: Int, _ limits: MachineLimits) -> [Line] {
        let names = layers.map(name(of:))
        let inputs = Self.tensors(rows, layers.map(\.weights.inputCount))
        let outputs = Self.tensors(rows, layers.map(\.weights.outputCount))
        var passes: [[String: [Double]]] = []
        let end = MonotonicClock.seconds + Self.passSeconds
        while passes.count < Self.roundCount || MonotonicClock.seconds < end {
            var seconds: [String: [Double]] = [:]
            for (index, layer) in layers.enumerated() {
                let start = MonotonicClock.seconds
                let (input, output) = (inputs[layer.weights.inputCount]!, outputs[layer.weights.outputCount]!)
                device.linear(.rows(input), layer.weights, output: output)
                seconds[names[index], default: []].append(MonotonicClock.seconds - start)
            }
            passes.append(seconds)
        }
        var done: Set<String> = []
        return zip(names, layers).filter { done.insert($0.0).inserted }.map { name, layer in
            let means = passes.map { $0[name]!.reduce(0, +) / Double($0[name]!.count) }
            return line(name, layer, rows: rows, seconds: means.sorted()[means.count / 2], limits)
        }
    }

    /// One tensor per width.
    private static func tensors(_ rows: Int, _ widths: [Int]) -> [Int: Tensor] {
        Dictionary(widths.map { ($0, Tensor(zeros: Shape(rows, $0))) }) { first, _ in first }
    }

    private func name(of layer: ProfilingBackend.LinearLayer) -> String {
        var types: [String] = []
        for type in layer.formats where !types.contains(type) { types.append(type) }
        return "linear \(layer.weights.inputCount) -> \(layer.weights.outputCount), " + types.joined(separator: " ")
    }

    private func line(
        _ name: String, _ layer: ProfilingBackend.LinearLayer, rows: Int, seconds: Double, _ limits: MachineLimits
    ) -> Line {
        let operations = 2 * Double(rows * layer.weights.inputCount * layer.weights.outputCount)
        let bytes = Double(layer.weights.byteCount)
        return Line(
            name: name, rows: rows, seconds: seconds, operationCount: operations, byteCount: bytes,
            limit: limits.seconds(
                operationCount: operations, byteCount: bytes,
                inputs: types.linear == .int8 && !layer.isQuantized ? .bfloat16 : types.linear))
    }

    /// Measures attention of the last `queries` tokens of one sequence, over the caches of all layers in turn.
    private func attention(context: Int, queries: Int, _ limits: MachineLimits) -> Line {
        let cases = AttentionBenchmark(
            model.cacheModules, headCount: headCount, context: context, dtype: types.cache, device)
        let seconds = cases.prepare(queries: queries) { call in median(call) }
        let operations = cases.operationCount(queries: queries)
        return Line(
            name: "attention, context \(context)", rows: queries, seconds: seconds, operationCount: operations,
            byteCount: cases.byteCount,
            limit: limits.seconds(
                operationCount: operations, byteCount: cases.byteCount, inputs: InputFormat(types.cache)))
    }

    private func median(_ call: () -> Void) -> Double {
        call()
        let rounds = (0..<Self.roundCount).map { _ in
            let start = MonotonicClock.seconds
            var (count, elapsed) = (0, 0.0)
            while elapsed < Self.seconds {
                call()
                count += 1
                elapsed = MonotonicClock.seconds - start
            }
            return elapsed / Double(count)
        }
        return rounds.sorted()[Self.roundCount / 2]
    }
}
