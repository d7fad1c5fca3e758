import Architectures
import CPUBackend
import Checkpoint
import EngineTypes
import Layers
import Support
import Tensor
import TestSupport
import Testing

/// Files of `Scripts/goldens/gguf_families.py` beyond what their goldens show.
@Suite struct GGUFFamilyTests {
    /// The converter replaces the two scales of Phi-3.5-MoE's rotary embedding by one.
    @Test func `Phi-3.5-MoE's file gives the same as its folder with the file's rotary scale`() throws {
        let file = try Checkpoint.open(path: Fixtures.path("gguf/families/phimoe.gguf"))
        let scale = try #require(try file.config.rope().fields["long_mscale"])
        let folder = try Checkpoint.open(path: Fixtures.path("models/phimoe"))
        var rope = try #require(folder.config.fields["rope_parameters"]?.objectValue)
        (rope["short_mscale"], rope["long_mscale"]) = (scale, scale)
        let config = try folder.config.overridden(by: JSONObject([("rope_parameters", .object(rope))]))
        let ids: [TokenID] = (0..<60).map { TokenID($0 * 37 % 384) }
        let found = try lastLogits(file.config, file.weights, ids)
        let expected = try lastLogits(config, folder.weights, ids)
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 1e-3)
    }

    private func lastLogits(_ config: HFConfig, _ weights: WeightFiles, _ ids: [TokenID]) throws -> [Float] {
        let backend = try CPUBackend()
        let loader = WeightLoader(weights: weights, backend: backend, inputFormat: .float32)
        return try DirectModel(ModelRegistry.load(config, loader), backend).lastLogits(ids)
    }
}
