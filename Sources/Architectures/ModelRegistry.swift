package import Checkpoint
package import Layers

/// The architectures that can be run, by the class name in `config.json`. A new model adds its line here.
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

    /// A family that is a specification.
    private static func decoder(
        _ spec: @escaping @Sendable (HFConfig, WeightFiles) throws(LoadError) -> DecoderSpec
    ) -> Load {
        { (config, loader) throws(LoadError) in try DecoderModel(spec(config, loader.weights), loader) }
    }

    package static var architectures: [String] { models.keys.sorted() }

    /// Throws, listing the known architectures, where none of the configuration's is among them.
    package static func requireKnown(_ config: HFConfig) throws(LoadError) { _ = try entry(config) }

    /// Loads the first architecture of the configuration that is known. Throws where it leaves settings or tensors unread
    /// that could change what it computes.
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
