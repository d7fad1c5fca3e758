package import Checkpoint
package import Layers

/// The supported architectures, by their class names in `config.json`. A new model adds its line here.
package enum ModelRegistry {
    package typealias Load = @Sendable (HFConfig, WeightLoader) throws(LoadError) -> any LanguageModel

    private static let models: [String: Load] = [
        "GPT2LMHeadModel": decoder(GPT2LMHeadModel.spec),
        "GPTNeoXForCausalLM": decoder(GPTNeoXForCausalLM.spec),
        "Gemma3ForCausalLM": decoder(Gemma3ForCausalLM.spec),
        "LlamaForCausalLM": decoder(LlamaForCausalLM.spec),
        "Qwen2ForCausalLM": decoder(Qwen2ForCausalLM.spec),
        "Qwen3ForCausalLM": decoder(Qwen3ForCausalLM.spec),
    ]

    /// Loads a family that is described by a specification.
    private static func decoder(
        _ spec: @escaping @Sendable (HFConfig, WeightFiles) throws(LoadError) -> DecoderSpec
    ) -> Load {
        { (config, loader) throws(LoadError) in try DecoderModel(spec(config, loader.weights), loader) }
    }

    package static var architectures: [String] { models.keys.sorted() }

    /// Throws an error that lists the known architectures if the configuration names none of them.
    package static func requireKnown(_ config: HFConfig) throws(LoadError) { _ = try entry(config) }

    /// Loads the configuration's first known architecture. Throws if settings or tensors that could change the model's
    /// results stay unread.
    package static func load(_ config: HFConfig, _ loader: WeightLoader) throws(LoadError) -> any LanguageModel {
        let model = try entry(config)(config, loader)
        try config.requireAllRead()
        try loader.weights.requireAllRead()
        return model
    }

    private static func entry(_ config: HFConfig) throws(LoadError) -> Load {
        if let name = config.architectures.first(where: { models[$0] != nil }), let load = models[name] { return load }
        let found = config.architectures.isEmpty ? "none" : config.architectures.joined(separator: ", ")
        throw config.failure(
            "architectures", expected: "one of \(architectures.joined(separator: ", "))", found: found)
    }
}
