import Architectures
import CPUBackend
import Checkpoint
import Layers
import Support
import Tensor
import TestSupport
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// A checkpoint that contradicts itself is refused with one line that names file, tensor or key, expected and found.
@Suite struct BadCheckpointTests {
    static let backend = try? CPUBackend(threadCount: 1)

    /// The error in loading a damaged file; nil for none.
    private static func failure(_ file: SafeTensorsFile, _ config: JSONObject) throws -> String? {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-bad-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(JSONValue.object(config).serialized.utf8).write(to: URL(filePath: folder + "/config.json"))
        try Data(file.bytes).write(to: URL(filePath: folder + "/model.safetensors"))
        return try failure(folder, config)
    }

    /// The error in loading the weights of a folder with another configuration; nil for none.
    private static func failure(_ folder: String, _ config: JSONObject) throws -> String? {
        do {
            let loader = WeightLoader(
                weights: try Checkpoint.open(path: folder).weights, backend: try #require(backend),
                inputFormat: .float32)
            _ = try ModelRegistry.load(HFConfig(JSONFields(file: "config.json", object: config)), loader)
            return nil
        } catch let error as LoadError {
            return error.description
        }
    }

    private static func config(_ family: String) throws -> JSONObject {
        try #require(Fixtures.json("models/\(family)/config.json").objectValue)
    }

    @Test(arguments: GoldenFixture.families)
    func `a tensor that is missing, foreign or of another shape or type is named`(family: String) throws {
        let file = try SafeTensorsFile(family: family)
        let config = try Self.config(family)
        #expect(try Self.failure(file, config) == nil)
        for name in file.tensorNames {
            let place = "model.safetensors: tensor '\(name)': "
            var changed = file
            changed.header[name] = nil
            changed.header["model.foreign.weight"] = file.header[name]
            let missing = try #require(try Self.failure(changed, config))
            #expect(missing == place + "expected a tensor of this name, found none")
            changed = file
            changed.setShape(of: name) { $0.count == 1 ? [1] + $0 : [1] + $0.dropFirst() + [$0[0]] }
            let shape = try #require(try Self.failure(changed, config))
            #expect(shape.hasPrefix(place + "expected shape ") && shape.contains(", found ["))
            changed = file
            changed.set(name, "dtype", "I16")
            let type = try #require(try Self.failure(changed, config))
            #expect(type.hasPrefix(place + "expected one of the types F32, ") && type.hasSuffix("found I16"))
        }
        var changed = file
        changed.appendCopy(of: file.tensorNames[0], named: "model.foreign.weight")
        #expect(
            try Self.failure(changed, config)
                == "model.safetensors: tensor 'model.foreign.weight': expected a tensor that the model reads, "
                + "found one that it does not")
    }

    @Test(arguments: GoldenFixture.families)
    func `a weight that is not finite is named with its place`(family: String) throws {
        let file = try SafeTensorsFile(family: family)
        let config = try Self.config(family)
        var random = SplitMix(seed: 11)
        for name in file.tensorNames {
            let extents = file.extents(of: name)
            let place = extents.map { Int.random(in: 0..<$0, using: &random) }
            let isNaN = Bool.random(using: &random)
            var changed = file
            changed.setElement(of: name, at: place, to: isNaN ? 0x7FC0 : 0xFF80)
            let message = try #require(try Self.failure(changed, config), "\(name)")
            #expect(
                message
                    == "model.safetensors: tensor '\(name)': expected finite values, "
                    + "found \(isNaN ? "NaN" : "infinity") at \(place)")
        }
    }

    /// A number in place of another one gives a model or an error in one line, never a trap.
    @Test(arguments: GoldenFixture.families)
    func `any setting may be wrong`(family: String) throws {
        let folder = Fixtures.path("models/\(family)")
        let config = try Self.config(family)
        let values: [JSONValue] = [-1, 0, 3, 1_000_000_000, "x", 0.5, [], .object(JSONObject()), true]
        for (key, value) in config.members where key != "architectures" {
            for wrong in values where wrong != value {
                var changed = config
                changed[key] = wrong
                guard let message = try Self.failure(folder, changed) else { continue }
                #expect(
                    message.hasPrefix("config.json: ") || message.hasPrefix("model.safetensors: tensor '"), "\(key)")
                #expect(message.contains("expected ") && message.contains("found "), "\(message)")
                #expect(!message.contains("\n"))
            }
        }
    }

    /// Changed members of a family's configuration and the error.
    private static let settings: [(family: String, members: JSONObject, message: String)] = [
        (
            "llama", ["num_attention_heads": 5],
            "num_key_value_heads: expected a divisor of 5, found 2"
        ),
        ("qwen2", ["num_attention_heads": 6], "num_attention_heads: expected a divisor of 64, found 6"),
        ("llama", ["num_key_value_heads": 3], "num_key_value_heads: expected a divisor of 4, found 3"),
        ("llama", ["head_dim": 15], "head_dim: expected an even number, found 15"),
        ("llama", ["hidden_size": -64], "hidden_size: expected an integer in 1...16777216, found -64"),
        ("llama", ["vocab_size": "384"], #"vocab_size: expected an integer in 1...16777216, found "384""#),
        ("llama", ["hidden_act": "tanhshrink"], "hidden_act: expected "),
        ("llama", ["rms_norm_eps": -1], "rms_norm_eps: expected a number in 0.0...1.0, found -1"),
        ("llama", ["attention_bias": 1], "attention_bias: expected a boolean, found 1"),
        ("llama", ["mystery": 4], "mystery: expected a setting that is honoured here, found 4"),
        ("gemma2", ["layer_types": ["full_attention"]], "layer_types: expected 2 of sliding_attention, full_attention"),
        (
            "gemma2", ["layer_types": ["full_attention", "chunked_attention"]],
            "layer_types: expected 2 of sliding_attention, full_attention"
        ),
        ("gemma2", ["layer_types": 7], "layer_types: expected a list of strings, found 7"),
        ("mixtral", ["num_experts_per_tok": 9], "num_experts_per_tok: expected at most 4 experts, found 9"),
        ("olmoe", ["num_experts": 1_000_000], "num_experts_per_tok: expected at most 16384 experts, found 1000000"),
        ("qwen3-moe", ["mlp_only_layers": "0"], #"mlp_only_layers: expected a list of integers, found "0""#),
        ("smollm3", ["no_rope_layers": [1, 0]], "no_rope_layers: expected 3 of 0 and 1, found [1, 0]"),
        ("gpt2", ["n_head": 7], "n_head: expected even parts of 64, found 7"),
        (
            "llama", ["rope_parameters": ["rope_type": "spiral", "rope_theta": 10_000]],
            "expected a rope type among default, linear, dynamic, yarn, longrope, llama3, found 'spiral'"
        ),
        (
            "llama", ["rope_parameters": ["rope_type": "yarn", "factor": 4, "rope_theta": 1]],
            "expected rotary settings with finite frequencies, found yarn with rope_theta 1.0 over 16 dimensions"
        ),
    ]

    @Test(arguments: settings)
    func `a setting that cannot be is named`(family: String, members: JSONObject, message: String) throws {
        var config = try Self.config(family)
        for (key, value) in members.members { config[key] = value }
        let found = try #require(try Self.failure(Fixtures.path("models/\(family)"), config))
        #expect(found.hasPrefix("config.json: " + message), "\(found)")
    }
}

/// The file of a fixture, to be damaged.
struct SafeTensorsFile {
    var header: JSONObject
    private var data: [UInt8]

    init(family: String) throws {
        let whole = try Fixtures.bytes("models/\(family)/model.safetensors")
        let length = (0..<8).reduce(0) { $0 | Int(whole[$1]) << (8 * $1) }
        header = try #require(JSONValue(parsing: Array(whole[8..<8 + length])).objectValue)
        header["__metadata__"] = nil
        data = Array(whole[(8 + length)...])
    }

    var tensorNames: [String] { header.keys }

    var bytes: [UInt8] {
        let text = Array(JSONValue.object(header).serialized.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
    }

    func extents(of name: String) -> [Int] { (header[name]?["shape"]?.arrayValue ?? []).compactMap(\.intValue) }

    private func start(of name: String) -> Int { header[name]?["data_offsets"]?[0]?.intValue ?? 0 }

    mutating func setShape(of name: String, _ change: ([Int]) -> [Int]) {
        set(name, "shape", .array(change(extents(of: name)).map { .integer($0) }))
    }

    mutating func set(_ name: String, _ key: String, _ value: JSONValue) {
        var entry = header[name]?.objectValue ?? JSONObject()
        entry[key] = value
        header[name] = .object(entry)
    }

    /// Sets an element of a bfloat16 tensor.
    mutating func setElement(of name: String, at place: [Int], to bits: UInt16) {
        let index = zip(place, extents(of: name)).reduce(0) { $0 * $1.1 + $1.0 }
        let offset = start(of: name) + 2 * index
        (data[offset], data[offset + 1]) = (UInt8(bits & 0xFF), UInt8(bits >> 8))
    }

    mutating func appendCopy(of name: String, named copy: String) {
        let range = start(of: name)..<(header[name]?["data_offsets"]?[1]?.intValue ?? 0)
        header[copy] = header[name]
        set(copy, "data_offsets", [.integer(data.count), .integer(data.count + range.count)])
        data += data[range]
    }
}
