import Checkpoint
import Support
import Tensor
import TestSupport
import Testing

@Suite struct GGUFTests {
    @Test(arguments: [
        ("llama-q4_0", "model.embed_tokens.weight", WeightFormat.q4_0, Shape(384, 64), 1_787_383),
        ("llama-q4_0", "model.layers.0.mlp.down_proj.weight", .q4_0, Shape(64, 128), 605_412),
        ("llama-q4_0", "model.layers.0.input_layernorm.weight", .float32, Shape(64), 11_547),
        ("llama-bf16", "model.embed_tokens.weight", .bfloat16, Shape(384, 64), 6_119_566),
        ("llama-k-mixed-a", "model.embed_tokens.weight", .q6_K, Shape(384, 256), 10_246_438),
        ("llama-k-mixed-a", "model.layers.0.self_attn.q_proj.weight", .q4_K, Shape(256, 256), 4_679_234),
        ("llama-k-mixed-b", "model.layers.0.mlp.down_proj.weight", .q5_K, Shape(256, 256), 5_647_591),
    ])
    func `a tensor of a file is read`(file: String, name: String, format: WeightFormat, shape: Shape, byteSum: Int)
        throws
    {
        let tensor = try weights(file).tensor(named: name, shape: shape)
        #expect(tensor.format == format)
        #expect(tensor.bytes.reduce(0) { $0 + Int($1) } == byteSum)
    }

    @Test(arguments: ["f16", "bf16", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "k-mixed-a"])
    func `every tensor is found under its Hugging Face name`(kind: String) throws {
        let weights = try weights("llama-\(kind)")
        for name in weights.tensorNames {
            #expect(name.hasPrefix("model.") || name == "lm_head.weight", "\(name)")
            _ = try weights.tensor(named: name)
        }
    }

    @Test func `a type without kernels is refused by name`() throws {
        let weights = try weights("llama-k-mixed-b")
        let types = [("q_proj", "Q2_K"), ("k_proj", "Q3_K"), ("v_proj", "IQ4_XS"), ("o_proj", "IQ4_NL")]
        for (leaf, type) in types {
            let name = "model.layers.0.self_attn.\(leaf).weight"
            let failure = try #require(try loadFailure { _ = try weights.tensor(named: name) })
            #expect(failure.hasPrefix("llama-k-mixed-b.gguf: tensor 'blk.0.attn_"))
            #expect(failure.hasSuffix("Q6_K, found \(type)"), "\(failure)")
        }
    }

    @Test func `the tokenizer of a GGUF file is read`() throws {
        let tokenizer = try GGUF(path: Fixtures.path("gguf/llama-q4_0.gguf")).tokenizer()
        #expect(tokenizer.model == "gpt2" && tokenizer.pre == "gpt-2")
        #expect(tokenizer.tokens.count == 384)
        #expect(tokenizer.tokens[300...302] == ["ĠÐ", "Ġp", "ĊĊ"])
        #expect(tokenizer.merges.count == 125)
        #expect(tokenizer.merges[...1] == ["Ġ Ġ", "ĠĠ ĠĠ"])
        #expect(tokenizer.tokenTypes[...3] == [3, 3, 3, 1])
        #expect(tokenizer.bosTokenID == 1 && tokenizer.eosTokenID == 2 && tokenizer.paddingTokenID == 0)
        #expect(tokenizer.addBOSToken == false && tokenizer.addEOSToken == nil)
    }

    @Test func `every type of metadata value is read`() throws {
        var builder = GGUFBuilder()
        builder.add("u8", type: 0, [200])
        builder.add("i8", type: 1, [200])
        builder.add("u16", type: 2, littleEndian(UInt16(40_000)))
        builder.add("i16", type: 3, littleEndian(Int16(-2)))
        builder.add("i32", type: 5, littleEndian(Int32(-3)))
        builder.add("u64", type: 10, littleEndian(UInt64(1) << 40))
        builder.add("i64", type: 11, littleEndian(Int64(-4)))
        builder.add("f64", type: 12, littleEndian(Double(0.5).bitPattern))
        builder.add("bool", type: 7, [1])
        let inner = littleEndian(UInt32(4)) + littleEndian(UInt64(1)) + littleEndian(UInt32(9))
        builder.add("nested", type: 9, littleEndian(UInt32(9)) + littleEndian(UInt64(2)) + inner + inner)
        builder.add("texts", ["a", "", "ü"])
        let metadata = try open(builder).metadata
        let all = Int.min...Int.max
        #expect(try metadata.int("u8", in: all) == 200 && metadata.int("i8", in: all) == -56)
        #expect(try metadata.int("u16", in: all) == 40_000 && metadata.int("i16", in: all) == -2)
        #expect(try metadata.int("i32", in: all) == -3 && metadata.int("i64", in: all) == -4)
        #expect(try metadata.int("u64", in: all) == 1 << 40)
        #expect(try metadata.double("f64") == 0.5 && metadata.bool("bool") == true)
        #expect(try metadata.elementCount("nested") == 2)
        #expect(try metadata.strings("texts") == ["a", "", "ü"])
        #expect(try metadata.strings("absent") == nil)
        #expect(
            try loadFailure { _ = try metadata.string("u8") }
                == "model.gguf: u8: expected a string, found an integer")
    }

    @Test(arguments: [
        ("GGML", littleEndian(UInt32(3)), "expected the magic 'GGUF', found 0x4c4d4747"),
        ("GGUF", littleEndian(UInt32(1)), "expected version 2 or 3, found 1"),
        ("GGUF", [0, 0, 0, 3], "expected a little-endian file, found a big-endian one"),
    ])
    func `another format, version or byte order is refused`(magic: String, version: [UInt8], message: String) throws {
        let builder = GGUFBuilder(magic: Array(magic.utf8), version: version)
        #expect(try loadFailure { _ = try open(builder) } == "model.gguf: \(message)")
    }

    @Test(arguments: [UInt64(1), 1 << 32, .max])
    func `counts that the file cannot hold are refused`(count: UInt64) throws {
        let pairs = try loadFailure { _ = try open(GGUFBuilder(pairCount: count)) }
        #expect(pairs?.contains("expected at most 0 metadata pairs, found \(count)") == true, "\(pairs ?? "")")
        let tensors = try loadFailure { _ = try open(GGUFBuilder(tensorCount: count)) }
        #expect(tensors?.contains("expected at most 0 tensors, found \(count)") == true, "\(tensors ?? "")")
        var builder = GGUFBuilder()
        builder.add("k", type: 9, littleEndian(UInt32(8)) + littleEndian(count << 8))
        #expect(try loadFailure { _ = try open(builder) }?.contains("elements of k, found") == true || count == .max)
    }

    @Test func `deeply nested arrays are refused`() throws {
        var builder = GGUFBuilder()
        let level = littleEndian(UInt32(9)) + littleEndian(UInt64(1))
        builder.add("k", type: 9, Array(repeatElement(level, count: 1000).joined()))
        #expect(try loadFailure { _ = try open(builder) }?.contains("nested at most 8 deep in k") == true)
    }

    @Test(
        arguments: [
            ([64, 2], 0, 0, "expected F32 [2, 64] within 256 bytes of data, found offset 0"),
            ([32], 0, 16, "expected an offset that is a multiple of 32, found 16"),
            ([48, 2], 2, 0, "expected a row length that is a multiple of 32 (Q4_0), found shape [2, 48]"),
            ([0], 0, 0, "expected extents in 1...9223372036854775807, found 0"),
            ([1, 1, 1, 1, 1], 0, 0, "expected at most 4 dimensions, found 5"),
            ([1 << 32, 1 << 32], 0, 0, "expected fewer than 2^63 elements"),
            ([1 << 62], 0, 0, "within 256 bytes of data, found offset 0"),
            ([1], 0, 1 << 63, "within 256 bytes of data, found offset 9223372036854775808"),
            ([32], 0, 96, "expected bytes of its own, found an overlap with tensor 'first'"),
        ] as [([UInt64], UInt32, UInt64, String)])
    func `a tensor with wrong extents, type or offset is refused`(
        extents: [UInt64], type: UInt32, offset: UInt64, message: String
    ) throws {
        var builder = GGUFBuilder(dataByteCount: 256)
        builder.addTensor("first", extents: [32], type: 0, offset: 0)
        builder.addTensor("t", extents: extents, type: type, offset: offset)
        let failure = try loadFailure { _ = try open(builder) }
        #expect(failure?.hasPrefix("model.gguf: tensor 't': ") == true, "\(failure ?? "no error")")
        #expect(failure?.contains(message) == true, "\(failure ?? "no error")")
    }

    @Test(arguments: [0, 3, 1 << 21] as [UInt32])
    func `a wrong alignment is refused`(alignment: UInt32) throws {
        var builder = GGUFBuilder()
        builder.add("general.alignment", alignment)
        #expect(try loadFailure { _ = try open(builder) }?.contains("general.alignment: expected") == true)
    }

    @Test func `a repeated key or tensor name is refused`() throws {
        var builder = GGUFBuilder(dataByteCount: 256)
        builder.add("k", "v")
        builder.add("k", "w")
        #expect(
            try loadFailure { _ = try open(builder) }
                == "model.gguf: expected each metadata key once, found 'k' twice")
        builder.pairs.removeLast()
        builder.addTensor("t", extents: [1], type: 0, offset: 0)
        builder.addTensor("t", extents: [1], type: 0, offset: 32)
        #expect(
            try loadFailure { _ = try open(builder).weights() }
                == "model.gguf: tensor 't': expected one tensor of this name, found several")
    }

    @Test func `text that is not UTF-8 is refused when it is asked for`() throws {
        var builder = GGUFBuilder()
        builder.add("k", type: 8, littleEndian(UInt64(2)) + [0xC3, 0x28])
        let metadata = try open(builder).metadata
        #expect(try loadFailure { _ = try metadata.string("k") }?.hasPrefix("model.gguf: k: expected UTF-8") == true)
    }

    /// A file with the necessary configuration, and `tokens` of these types.
    private func chatModel(_ tokens: KeyValuePairs<String, Int32>) -> GGUFBuilder {
        var builder = GGUFBuilder()
        builder.add("general.architecture", "llama")
        for key in ["embedding_length", "feed_forward_length", "block_count", "context_length"] {
            builder.add("llama." + key, UInt32(64))
        }
        builder.add("llama.attention.head_count", UInt32(4))
        builder.add("llama.attention.layer_norm_rms_epsilon", Float(1e-5))
        builder.add("tokenizer.ggml.model", "gpt2")
        builder.add("tokenizer.ggml.tokens", tokens.map(\.key))
        let types = tokens.flatMap { littleEndian($0.value) }
        builder.add(
            "tokenizer.ggml.token_type", type: 9, littleEndian(UInt32(5)) + littleEndian(UInt64(tokens.count)) + types)
        builder.add("tokenizer.ggml.eos_token_id", UInt32(0))
        return builder
    }

    /// Its heads would be rotated.
    @Test func `a Granite file whose layers do not rotate is refused`() throws {
        var builder = GGUFBuilder()
        builder.add("general.architecture", "granite")
        for key in ["embedding_length", "feed_forward_length", "block_count", "context_length"] {
            builder.add("granite." + key, UInt32(64))
        }
        builder.add("granite.attention.head_count", UInt32(4))
        builder.add("granite.attention.layer_norm_rms_epsilon", Float(1e-5))
        builder.add("granite.rope.scaling.finetuned", type: 7, [0])
        #expect(
            try loadFailure { _ = try open(builder).config() }
                == "model.gguf: granite.rope.scaling.finetuned: expected true, found false")
    }

    private func endTokens(_ tokens: KeyValuePairs<String, Int32>) throws -> [Int] {
        let folder = try TemporaryFolder()
        let path = try folder.write(chatModel(tokens).bytes, to: "model.gguf")
        return try Checkpoint.open(path: path).generationConfig.eosTokenIDs
    }

    @Test func `an end of turn that no key names is known by its text`() throws {
        #expect(try endTokens(["<eos>": 3, "a": 1, "<|im_end|>": 3, "<|eot_id|>": 3]) == [0, 2, 3])
        #expect(try endTokens(["<|endoftext|>": 3, "<end_of_turn>": 4, "<|im_start|>": 3]) == [0, 1])
        // Text that only looks like an end token.
        #expect(try endTokens(["<|endoftext|>": 3, "</s>": 1]) == [0])
        // A token that ends one of several messages of an answer.
        #expect(try endTokens(["<|return|>": 3, "<|call|>": 3, "<|end|>": 3]) == [0, 1])
        #expect(try endTokens(["<|endoftext|>": 3, "<|end|>": 3]) == [0, 1])
    }

    @Test func `a BPE vocabulary without merges is refused by name`() throws {
        let failure = try loadFailure { _ = try open(chatModel(["a": 1])).tokenizer() }
        #expect(
            failure == "model.gguf: tokenizer.ggml.merges: expected the merges of a BPE vocabulary, found none")
    }

    @Test func `a BPE vocabulary without a pre-tokenizer is refused by name`() throws {
        var builder = chatModel(["a": 1])
        builder.add("tokenizer.ggml.merges", ["a b"])
        let failure = try loadFailure { _ = try open(builder).tokenizer() }
        #expect(
            failure == "model.gguf: tokenizer.ggml.pre: expected the pre-tokenizer of a BPE vocabulary "
                + "(convert the model again), found none")
        builder.add("tokenizer.ggml.pre", "default")
        #expect(try open(builder).tokenizer().pre == "default")
    }

    @Test func `keys that would be ignored are refused by name`() throws {
        for (key, value) in [("swin_norm", Float(0.5)), ("rope.scaling.yarn_attn_factor", 1.5)] as [(String, Float)] {
            var builder = chatModel(["a": 1])
            builder.add("llama.\(key)", value)
            #expect(
                try loadFailure { _ = try open(builder).config() }
                    == "model.gguf: llama.\(key): expected a setting that is honoured here, found a number")
        }
        var builder = chatModel(["a": 1])
        builder.add("llama.expert_count", UInt32(0))
        builder.add("llama.tensor_data_layout", "Meta AI original pth")
        builder.add("general.license", "mit")
        _ = try open(builder).config()
        builder.add("llama.attention.value_length", UInt32(8))
        #expect(
            try loadFailure { _ = try open(builder).config() }
                == "model.gguf: llama.attention.value_length: expected the size of a head, 16, found 8")
        var normalized = chatModel(["a": 1])
        normalized.add("tokenizer.ggml.merges", ["a b"])
        normalized.add("tokenizer.ggml.pre", "default")
        normalized.add("tokenizer.ggml.normalizer", "lowercase")
        #expect(
            try loadFailure { _ = try open(normalized).tokenizer() }
                == "model.gguf: tokenizer.ggml.normalizer: expected a setting that is honoured here, found a string")
    }

    @Test func `a rotation of part of a head is its share`() throws {
        var builder = chatModel(["a": 1])
        builder.add("llama.rope.dimension_count", UInt32(16))
        #expect(try open(builder).config().rope().partialRotaryFactor == 1)
        for count in 1..<16 {
            builder.pairs.removeLast()
            builder.add("llama.rope.dimension_count", UInt32(count))
            #expect(try Int(16 * open(builder).config().rope().partialRotaryFactor) == count)
        }
        builder.pairs.removeLast()
        builder.add("llama.rope.dimension_count", UInt32(18))
        #expect(
            try loadFailure { _ = try open(builder).config() }
                == "model.gguf: llama.rope.dimension_count: expected at most the size of a head, 16, found 18")
    }

    /// The model decides whether it has such a setting.
    @Test func `a setting that the model does not have is refused when it is loaded`() throws {
        var builder = chatModel(["a": 1])
        builder.add("llama.logit_scale", Float(0.5))
        #expect(
            try loadFailure { try open(builder).config().requireAllRead() }?.hasPrefix("model.gguf: ") == true)
    }

    @Test func `a model in parts is loaded from the first part or their folder`() throws {
        let whole = try weights("llama-q4_0")
        for path in ["gguf/parts", "gguf/parts/llama-q4_0-00001-of-00003.gguf"] {
            let parts = try Checkpoint.open(path: Fixtures.path(path))
            #expect(parts.weights.tensorNames == whole.tensorNames)
            for name in whole.tensorNames {
                #expect(try parts.weights.tensor(named: name).bytes == whole.tensor(named: name).bytes)
            }
        }
    }

    @Test func `a later part says that it is one, and a missing part is named`() throws {
        let later = Fixtures.path("gguf/parts/llama-q4_0-00002-of-00003.gguf")
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: later) }
                == "llama-q4_0-00002-of-00003.gguf: expected the first of the model's 3 parts, "
                + "llama-q4_0-00001-of-00003.gguf, found part 2")
        let folder = try TemporaryFolder()
        for number in [1, 3] {
            let name = "llama-q4_0-0000\(number)-of-00003.gguf"
            try folder.write(Fixtures.bytes("gguf/parts/" + name), to: name)
        }
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: folder.path) }
                == "llama-q4_0-00001-of-00003.gguf: expected 3 parts in one folder, "
                + "found all but llama-q4_0-00002-of-00003.gguf")
    }

    private func weights(_ name: String) throws -> WeightFiles {
        try Checkpoint.open(path: Fixtures.path("gguf/\(name).gguf")).weights
    }

    private func open(_ builder: GGUFBuilder) throws -> GGUF {
        let folder = try TemporaryFolder()
        return try GGUF(path: folder.write(builder.bytes, to: "model.gguf"))
    }
}
