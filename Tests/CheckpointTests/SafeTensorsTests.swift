import Checkpoint
import Support
import Tensor
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
    @Test(arguments: [
        ("llama", "model.embed_tokens.weight", Shape(384, 64), 6_119_566),
        ("llama", "lm_head.weight", Shape(384, 64), 6_112_952),
        ("qwen2", "model.layers.1.self_attn.k_proj.weight", Shape(32, 64), 505_062),
        ("qwen2", "model.layers.0.self_attn.q_proj.bias", Shape(64), 16_139),
        ("llama3-rope", "model.layers.0.self_attn.q_proj.bias", Shape(64), 16_304),
    ])
    func `a tensor of a file is read`(model: String, name: String, shape: Shape, byteSum: Int) throws {
        let weights = try Checkpoint.open(path: Fixtures.path("models/\(model)")).weights
        let tensor = try weights.tensor(named: name, shape: shape)
        #expect(tensor.format == .bfloat16)
        #expect(tensor.bytes.reduce(0) { $0 + Int($1) } == byteSum)
    }

    @Test func `the names and bytes of a file are known`() throws {
        let weights = try Checkpoint.open(path: Fixtures.path("models/llama")).weights
        #expect(weights.tensorNames.count == 21)
        #expect(weights.tensorNames.first == "lm_head.weight")
        #expect(weights.byteCount == 248_568 - 8 - 2160)
        #expect(weights.contains("model.norm.weight"))
        #expect(!weights.contains("__metadata__"))
    }

    @Test func `an error about a tensor names the file and the tensor`() throws {
        let weights = try Checkpoint.open(path: Fixtures.path("models/llama")).weights
        #expect(
            try loadFailure { _ = try weights.tensor(named: "x") }
                == "model.safetensors: tensor 'x': expected a tensor of this name, found none")
        #expect(
            try loadFailure { _ = try weights.tensor(named: "model.norm.weight", shape: Shape(65)) }
                == "model.safetensors: tensor 'model.norm.weight': expected shape [65], found [64]")
    }

    @Test func `a misaligned tensor is copied`() throws {
        let folder = try TemporaryFolder()
        let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
        var bytes = safeTensors(header: header, dataByteCount: 1)
        bytes += [1.5, -2].flatMap { littleEndian(Float($0).bitPattern) }
        #expect(try open(bytes, in: folder).tensor(named: "a").floatArray == [1.5, -2])
    }

    @Test func `an unknown type is refused only when its tensor is asked for`() throws {
        let folder = try TemporaryFolder()
        let header = """
            {"good":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},\
            "bad":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[2,4]},\
            "deep":{"dtype":"F16","shape":[1,1,1,1,1],"data_offsets":[4,6]}}
            """
        let weights = try open(safeTensors(header: header, dataByteCount: 6), in: folder)
        #expect(try weights.tensor(named: "good").format == .float16)
        let type = try #require(try loadFailure { _ = try weights.tensor(named: "bad") })
        #expect(type.hasPrefix("model.safetensors: tensor 'bad': expected one of the types F32, F16, BF16"))
        #expect(type.hasSuffix("found F8_E4M3"))
        #expect(
            try loadFailure { _ = try weights.tensor(named: "deep") }
                == "model.safetensors: tensor 'deep': expected at most 4 dimensions, found 5")
    }

    @Test(arguments: [
        ("[]", "expected a JSON object, found array"),
        (#"{"a":}"#, "expected JSON, found unexpected character at byte 5"),
        (#"{"a":1}"#, "tensor 'a': expected a dtype, found none"),
        (#"{"a":{"dtype":7}}"#, "tensor 'a': expected a dtype, found 7"),
        (#"{"a":{"dtype":"F32","shape":[-1]}}"#, "expected a shape of non-negative integers, found [-1]"),
        (#"{"a":{"dtype":"F32","shape":[1.5]}}"#, "expected a shape of non-negative integers, found [1.5]"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, "expected data_offsets [begin, end], found none"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "expected data_offsets [begin, end], found [4,0]"),
        (
            #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
            "expected data_offsets within 8 bytes, found [0, 16]"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, "expected the bytes of F32 [1], found 8 bytes"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
            "expected fewer than 2^63 elements, found shape [4611686018427387904, 4]"
        ),
        (
            #"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}"#,
            "expected the bytes of F64 [2305843009213693952], found 0 bytes"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[1],"data_offsets":[7,8]}}"#,
            "tensor 'b': expected bytes of its own, found an overlap with tensor 'a'"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            "expected each tensor name once, found 1 repeated"
        ),
    ])
    func `a wrong header is refused`(header: String, message: String) throws {
        let folder = try TemporaryFolder()
        let failure = try loadFailure { _ = try open(safeTensors(header: header, dataByteCount: 8), in: folder) }
        #expect(failure?.hasPrefix("model.safetensors: ") == true)
        #expect(failure?.contains(message) == true, "\(failure ?? "no error")")
    }

    @Test(arguments: [3, 1 << 20, 1 << 40, UInt64.max])
    func `a header longer than the file is refused`(length: UInt64) throws {
        let folder = try TemporaryFolder()
        let failure = try loadFailure { _ = try open(safeTensors(header: "{}", length: length), in: folder) }
        #expect(failure == "model.safetensors: expected a header of at most 2 bytes, found \(length)")
    }

    @Test func `a file without a header is refused`() throws {
        let folder = try TemporaryFolder()
        #expect(
            try loadFailure { _ = try open([1, 2, 3], in: folder) }
                == "model.safetensors: expected at least 8 bytes, found 3")
        let empty = try #require(try loadFailure { _ = try open([], in: folder) })
        #expect(empty.hasSuffix("model.safetensors: expected a file with content, found 0 bytes"))
    }

    private func open(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> WeightFiles {
        try folder.write("{}", to: "config.json")
        try folder.write(bytes, to: "model.safetensors")
        return try Checkpoint.open(path: folder.path).weights
    }
}
