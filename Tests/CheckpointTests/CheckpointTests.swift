import Checkpoint
import Support
import TestSupport
import Testing

@Suite struct CheckpointTests {
    @Test(arguments: ["q4_0", "bf16"])
    func `a GGUF file gives the same configuration as a folder`(kind: String) throws {
        let folder = try HFConfig(path: Fixtures.path("models/llama/config.json"))
        let checkpoint = try Checkpoint.open(path: Fixtures.path("gguf/llama-\(kind).gguf"))
        let config = checkpoint.config
        #expect(config.architectures == folder.architectures)
        let keys = [
            "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
            "head_dim", "max_position_embeddings", "vocab_size", "bos_token_id", "eos_token_id",
        ]
        for key in keys { #expect(try config.int(key) == folder.int(key), "\(key)") }
        #expect(try Float(config.double("rms_norm_eps")) == Float(folder.double("rms_norm_eps")))
        #expect(try config.rope().theta == folder.rope().theta && config.rope().type == "default")
        #expect(try config.bool("tie_word_embeddings", default: true) == false)
        #expect(checkpoint.generationConfig.eosTokenIDs == [2] && checkpoint.generationConfig.bosTokenID == 1)
        guard case .gguf = checkpoint.tokenizer else {
            Issue.record("the tokenizer is not the file's")
            return
        }
    }

    @Test func `embeddings are tied if a GGUF file has no output matrix`() throws {
        let config = try Checkpoint.open(path: Fixtures.path("gguf/llama-k-mixed-a.gguf")).config
        #expect(try config.bool("tie_word_embeddings", default: false))
    }

    @Test func `an unknown architecture keeps its name`() throws {
        var builder = GGUFBuilder()
        builder.add("general.architecture", "rwkv9")
        let folder = try TemporaryFolder()
        let path = try folder.write(builder.bytes, to: "model.gguf")
        #expect(try Checkpoint.open(path: path).config.architectures == ["rwkv9"])
        // A folder with a single file can be opened by the folder's path.
        #expect(try Checkpoint.open(path: folder.path + "/").path == path)
        try folder.write(builder.bytes, to: "second.gguf")
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: folder.path) }
                == "\(folder.path): expected config.json or one .gguf file, found 2 .gguf files")
    }

    @Test func `rotary pairs of Qwen2 files are not reordered`() throws {
        var builder = GGUFBuilder(dataByteCount: 64)
        builder.add("general.architecture", "qwen2")
        for (key, value) in [
            ("embedding_length", 64), ("feed_forward_length", 128), ("block_count", 1), ("attention.head_count", 4),
            ("attention.head_count_kv", 2), ("context_length", 4096),
        ] as [(String, UInt32)] { builder.add("qwen2.\(key)", value) }
        builder.add("qwen2.attention.layer_norm_rms_epsilon", Float(1e-6))
        builder.add("qwen2.rope.freq_base", Float(1e6))
        builder.add("qwen2.rope.scaling.type", "yarn")
        builder.add("qwen2.rope.scaling.factor", Float(4))
        builder.add("qwen2.rope.scaling.original_context_length", UInt32(1024))
        builder.add("tokenizer.ggml.tokens", ["a", "b", "c"])
        builder.add("tokenizer.ggml.eos_token_id", UInt32(1))
        builder.add("tokenizer.ggml.eot_token_id", UInt32(2))
        builder.add("tokenizer.chat_template", "{{ x }}")
        builder.addTensor("blk.0.attn_q.bias", extents: [4], type: 0, offset: 0)
        let folder = try TemporaryFolder()
        let checkpoint = try Checkpoint.open(path: folder.write(builder.bytes, to: "q.gguf"))
        let config = checkpoint.config
        #expect(config.architectures == ["Qwen2ForCausalLM"])
        #expect(try config.int("vocab_size") == 3 && config.bool("attention_bias", default: false))
        let rope = try config.rope()
        #expect(rope.type == "yarn" && rope.factor == 4 && rope.theta == 1e6 && rope.originalMaxPosition == 1024)
        #expect(checkpoint.weights.tensorNames == ["model.layers.0.self_attn.q_proj.bias"])
        #expect(checkpoint.generationConfig.eosTokenIDs == [1, 2])
        #expect(checkpoint.chatTemplates["default"]?.text == "{{ x }}")
        #expect(checkpoint.chatTemplates["default"]?.place == "q.gguf: tokenizer.chat_template")
    }

    @Test func `a GGUF file has templates by name`() throws {
        var builder = GGUFBuilder()
        builder.add("general.architecture", "qwen2")
        builder.add("tokenizer.chat_templates", ["tool_use", "rag", "lost"])
        builder.add("tokenizer.chat_template.tool_use", "t")
        builder.add("tokenizer.chat_template.rag", "r")
        let folder = try TemporaryFolder()
        func templates() throws -> ChatTemplates {
            try GGUF(path: folder.write(builder.bytes, to: "q.gguf")).chatTemplates()
        }
        #expect(try templates().names == ["rag", "tool_use"])
        builder.add("tokenizer.chat_template", "d")
        #expect(try templates().names == ["default", "rag", "tool_use"])
        #expect(try templates()["rag"]?.text == "r" && templates()["default"]?.text == "d")
    }

    @Test func `generation settings are read`() throws {
        let folder = try copyOfLlama()
        try folder.write(
            #"{"eos_token_id":[2,7],"temperature":0.6,"top_p":0.9,"top_k":50,"do_sample":true,"max_length":20}"#,
            to: "generation_config.json")
        let config = try Checkpoint.open(path: folder.path).generationConfig
        #expect(config.eosTokenIDs == [2, 7] && config.temperature == 0.6 && config.topP == 0.9 && config.topK == 50)
        #expect(config.doSample == true && config.minP == nil && config.repetitionPenalty == nil)
        try folder.write(#"{"temperature":"hot"}"#, to: "generation_config.json")
        let failure = try #require(try loadFailure { _ = try Checkpoint.open(path: folder.path) })
        #expect(failure.hasPrefix("generation_config.json: temperature: expected a number"))
    }

    @Test func `a special tokens map completes only a configuration without added tokens`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Fixtures.bytes("models/llama/config.json"), to: "config.json")
        try folder.write(Fixtures.bytes("models/llama/model.safetensors"), to: "model.safetensors")
        func role(_ name: String) throws -> JSONValue? {
            guard case .huggingFace(let files) = try Checkpoint.open(path: folder.path).tokenizer else { return nil }
            return try files.config()[name]
        }
        try folder.write(
            #"{"eos_token":{"content":"<end>"},"bos_token":"<b>","pad_token":null}"#, to: "special_tokens_map.json")
        #expect(try role("eos_token")?["content"] == "<end>")
        try folder.write(#"{"bos_token":"<s>"}"#, to: "tokenizer_config.json")
        #expect(try role("bos_token") == "<b>")
        try folder.write(#"{"bos_token":"<s>","added_tokens_decoder":{}}"#, to: "tokenizer_config.json")
        #expect(try role("bos_token") == "<s>" && role("eos_token") == nil)
        #expect(try role("pad_token") == nil)
    }

    @Test func `added tokens of an older folder are listed with their ids`() throws {
        let folder = try TemporaryFolder()
        func added() throws -> JSONValue? {
            try TokenizerFiles(folder: ModelFolder(path: folder.path)).config()["added_tokens_decoder"]
        }
        try folder.write(#"{"<end>":5,"word":6}"#, to: "added_tokens.json")
        try folder.write(#"{"additional_special_tokens":["<end>"]}"#, to: "special_tokens_map.json")
        #expect(try added()?["5"] == ["content": "<end>", "special": true, "normalized": false])
        #expect(try added()?["6"] == ["content": "word", "special": false, "normalized": true])
        try folder.write(#"{"<end>":5,"word":5}"#, to: "added_tokens.json")
        let failure = try #require(try loadFailure { _ = try added() })
        #expect(failure == "added_tokens.json: word: expected an id of its own, found 5, the id of <end>")
        try folder.write(#"{"<end>":"x"}"#, to: "added_tokens.json")
        #expect(try loadFailure { _ = try added() } == #"added_tokens.json: <end>: expected a token id, found "x""#)
        try folder.write(#"{"added_tokens_decoder":{}}"#, to: "tokenizer_config.json")
        #expect(try added() == [:])
    }

    @Test func `tokenizer files are read only when they are asked for`() throws {
        let folder = try copyOfLlama()
        guard case .huggingFace(let files) = try Checkpoint.open(path: folder.path).tokenizer else {
            Issue.record("the tokenizer is not the folder's")
            return
        }
        let absent = try #require(try loadFailure { _ = try files.vocabulary() })
        #expect(
            absent.contains(": expected a tokenizer: tokenizer.json, ") && absent.hasSuffix("found none of these files")
        )
        #expect(try files.config().object.isEmpty)
        try folder.write(#"{"model":{"type":"BPE"}}"#, to: "tokenizer.json")
        guard case .tokenizerJSON(let json) = try files.vocabulary().source else {
            throw LoadError(file: "", message: "")
        }
        #expect(json["model"]?["type"] == "BPE")
    }

    @Test(arguments: [
        ("tokenizer_config.json", #"{"chat_template":7}"#, "a string or a list of objects with name and template"),
        ("tokenizer_config.json", #"{"chat_template":[{"name":"x"}]}"#, "a string or a list of objects"),
        ("chat_template.json", #"{"chat_template":{}}"#, "a string or a list of objects with name and template"),
        ("chat_template.json", "{", "JSON"),
    ])
    func `a chat template of another form is refused`(file: String, text: String, expected: String) throws {
        let folder = try copyOfLlama()
        try folder.write(text, to: file)
        let failure = try #require(try loadFailure { _ = try Checkpoint.open(path: folder.path) })
        #expect(failure.hasPrefix("\(file): ") && failure.contains("expected \(expected)"))
    }

    @Test func `a chat template must be UTF-8`() throws {
        let folder = try copyOfLlama()
        try folder.write([0x7b, 0xff], to: "chat_template.jinja")
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: folder.path) }
                == "chat_template.jinja: expected UTF-8, found other bytes")
    }

    @Test func `a path without a model is refused`() throws {
        let folder = try TemporaryFolder()
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: folder.path) }
                == "\(folder.path): expected config.json or one .gguf file, found neither")
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: folder.path + "/no") }
                == "\(folder.path)/no: expected a file, found nothing at this path")
        try folder.write("{}", to: "config.json")
        #expect(
            try loadFailure { _ = try Checkpoint.open(path: folder.path) }?.contains("no .safetensors file") == true)
        #expect(
            try loadFailure { _ = try MappedFile(path: folder.path) }
                == "\(folder.path): expected a file, found a folder")
    }

    private func copyOfLlama() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["config.json", "model.safetensors"] {
            try folder.write(Fixtures.bytes("models/llama/\(name)"), to: name)
        }
        return folder
    }
}
