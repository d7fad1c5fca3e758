import Checkpoint
import Support
import Tensor
import TestSupport
import Testing

/// A checkpoint in several shards, made by splitting a fixture.
@Suite struct ShardedWeightsTests {
    @Test(arguments: ["llama", "qwen2"])
    func `shards give the same tensors as the whole file`(model: String) throws {
        let whole = try Checkpoint.open(path: Fixtures.path("models/\(model)")).weights
        let folder = try TemporaryFolder()
        try write(whole, shardCount: 3, to: folder)
        let sharded = try Checkpoint.open(path: folder.path).weights
        #expect(sharded.tensorNames == whole.tensorNames)
        #expect(sharded.byteCount == whole.byteCount)
        for name in whole.tensorNames {
            let (expected, found) = (try whole.tensor(named: name), try sharded.tensor(named: name))
            #expect(expected.shape == found.shape && expected.format == found.format)
            #expect(expected.bytes == found.bytes, "\(name)")
        }
    }

    @Test func `an index decides over a stray model file`() throws {
        let folder = try TemporaryFolder()
        try write(Checkpoint.open(path: Fixtures.path("models/llama")).weights, shardCount: 2, to: folder)
        try folder.write(safeTensors(header: "{}"), to: "model.safetensors")
        let weights = try Checkpoint.open(path: folder.path).weights
        #expect(weights.contains("model.norm.weight"))
    }

    @Test func `an error about a tensor names its shard`() throws {
        let folder = try TemporaryFolder()
        let whole = try Checkpoint.open(path: Fixtures.path("models/llama")).weights
        try write(whole, shardCount: 2, to: folder)
        let weights = try Checkpoint.open(path: folder.path).weights
        #expect(
            "\(weights.failure(named: "model.norm.weight", expected: "a", found: "b"))"
                == "part-0.safetensors: tensor 'model.norm.weight': expected a, found b")
        #expect(
            try loadFailure { _ = try weights.tensor(named: "x") }
                == "model.safetensors.index.json: tensor 'x': expected a tensor of this name, found none")
    }

    @Test(arguments: [
        (#"{"weight_map":{"a":"../model.safetensors"}}"#, "expected the plain name of a .safetensors file"),
        (#"{"weight_map":{"a":"/etc/passwd"}}"#, "expected the plain name of a .safetensors file"),
        (#"{"weight_map":{"a":7}}"#, "expected the plain name of a .safetensors file, found 7"),
        (#"{"weight_map":{"a":"absent.safetensors"}}"#, "absent.safetensors: expected a file, found nothing"),
        (#"{"weight_map":{"a":"part.safetensors"}}"#, "tensor 'a': expected a tensor of this name in part.safetensors"),
        (#"{"weight_map":[]}"#, "weight_map: expected an object, found []"),
        ("{}", "weight_map: expected an object of tensor names and files, found none"),
    ])
    func `a wrong index is refused`(index: String, message: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "config.json")
        try folder.write(index, to: "model.safetensors.index.json")
        try folder.write(safeTensors(header: "{}"), to: "part.safetensors")
        let failure = try loadFailure { _ = try Checkpoint.open(path: folder.path) }
        #expect(failure?.contains(message) == true, "\(failure ?? "no error")")
    }

    /// Distributes the tensors to shards in turn.
    private func write(_ weights: WeightFiles, shardCount: Int, to folder: TemporaryFolder) throws {
        var map = JSONObject()
        for shard in 0..<shardCount {
            var header = JSONObject()
            var data: [UInt8] = []
            for (index, name) in weights.tensorNames.enumerated() where index % shardCount == shard {
                let tensor = try weights.tensor(named: name)
                header[name] = [
                    "dtype": "BF16", "shape": .array(tensor.shape.array.map { .integer($0) }),
                    "data_offsets": [.integer(data.count), .integer(data.count + tensor.byteCount)],
                ]
                data += tensor.bytes
            }
            let text = JSONValue.object(header).serialized
            try folder.write(safeTensors(header: text) + data, to: "part-\(shard).safetensors")
        }
        for (index, name) in weights.tensorNames.enumerated() {
            map[name] = .string("part-\(index % shardCount).safetensors")
        }
        let index: JSONValue = ["weight_map": .object(map)]
        try folder.write(index.serialized, to: "model.safetensors.index.json")
        try folder.write("{}", to: "config.json")
    }
}
