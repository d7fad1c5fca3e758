import Architectures
import CPUBackend
import Checkpoint
import Layers
import Needletail
import Support
import Tensor
import TestSupport
import Testing

/// Compares `debug trace` with the trace that `Scripts/trace_reference.py` wrote for the same checkpoint.
@Suite struct ModelTraceTests {
    private static func reference(_ model: String) throws -> ModelTrace {
        try #require(ModelTrace(Fixtures.json("models/\(model)/trace.json")))
    }

    /// The trace of a fixture whose specification was modified.
    private static func trace(_ model: String, _ change: (inout DecoderSpec, HFConfig) throws -> Void) throws
        -> ModelTrace
    {
        let checkpoint = try Checkpoint.open(path: Fixtures.path("models/\(model)"))
        let backend = TracingBackend(try CPUBackend())
        var spec = try LlamaForCausalLM.spec(checkpoint.config, checkpoint.weights)
        try change(&spec, checkpoint.config)
        let loader = WeightLoader(weights: checkpoint.weights, backend: backend, inputFormat: .float32)
        return try ModelTrace(
            DecoderModel(spec, loader), backend, promptTokenIDs: reference(model).promptTokenIDs, cacheType: .float32)
    }

    @Test(arguments: ["llama", "gemma3-text", "gpt2", "gpt-neox"])
    func `every named result agrees with the reference`(model: String) throws {
        let reference = try Self.reference(model)
        let trace = try ModelTrace(path: Fixtures.path("models/\(model)"), promptTokenIDs: reference.promptTokenIDs)
        let difference = trace.firstDifference(from: reference, tolerance: 1e-4)
        #expect(difference == nil)
        #expect(Set(trace.points.map(\.name)) == Set(reference.points.map(\.name)))
        #expect(trace.points.count == reference.points.count)
    }

    /// A layer may project queries only and read the keys and values that an earlier layer has cached.
    @Test func `a layer that reads another layer's cache agrees with the reference backend`() throws {
        let checkpoint = try Checkpoint.open(path: Fixtures.path("models/llama"))
        var spec = try LlamaForCausalLM.spec(checkpoint.config, checkpoint.weights)
        spec.layers[1].attention.cacheLayer = 0
        spec.layers[1].attention.queryKeyValue.removeLast(2)
        #expect(spec.cacheModules.count == spec.layers.count - 1)
        for name in ["k_proj", "v_proj"] { checkpoint.weights.ignore("model.layers.1.self_attn.\(name).weight") }
        let traces = try [CPUBackend() as any Backend, ReferenceBackend()].map { backend in
            let tracing = TracingBackend(backend)
            let loader = WeightLoader(weights: checkpoint.weights, backend: tracing, inputFormat: .float32)
            return try ModelTrace(
                DecoderModel(spec, loader), tracing, promptTokenIDs: Self.reference("llama").promptTokenIDs,
                cacheType: .float32)
        }
        #expect(traces[0].firstDifference(from: traces[1], tolerance: 1e-4) == nil)
        let own = try Self.reference("llama")
        #expect(traces[0].firstDifference(from: own, tolerance: 1e-4) != nil, "the shared cache changes the results")
    }

    @Test func `a wrong epsilon is found at its norm`() throws {
        let trace = try Self.trace("llama") { spec, _ in spec.layers[1].feedForwardNorm?.epsilon = 0.1 }
        let difference = try trace.firstDifference(from: Self.reference("llama"), tolerance: 1e-4)
        #expect(difference?.point.name == "model.layers.1.post_attention_layernorm")
    }

    @Test func `a wrong rope base is found behind the attention of its layer`() throws {
        let trace = try Self.trace("llama") { spec, config in
            var parameters = try config.rope()
            parameters.theta *= 3
            spec.layers[1].attention.rotary = try RotaryEmbedding(
                parameters, rotatedDim: spec.layers[1].attention.heads.keyDim,
                maxPositionCount: spec.maxPositionCount, file: "config.json")
        }
        let difference = try trace.firstDifference(from: Self.reference("llama"), tolerance: 1e-4)
        #expect(difference?.point.name == "model.layers.1.self_attn.o_proj")
    }

    @Test func `a transposed weight is found at its projection`() throws {
        let trace = try Self.trace("llama") { spec, _ in spec.layers[0].attention.output.isTransposed = true }
        let difference = try trace.firstDifference(from: Self.reference("llama"), tolerance: 1e-4)
        #expect(difference?.point.name == "model.layers.0.self_attn.o_proj")
    }

    @Test func `a trace survives JSON`() throws {
        let trace = try Self.reference("llama")
        let again = try #require(ModelTrace(try JSONValue(parsing: trace.json.serialized)))
        #expect(again.points == trace.points && again.promptTokenIDs == trace.promptTokenIDs)
    }
}
