package import Checkpoint
package import Layers

/// The supported architectures, by their class names in `config.json`. A new model adds its line here.
package enum ModelRegistry {
    package typealias Load = @Sendable (HFConfig, WeightLoader) throws(LoadError) -> any LanguageModel

    private static let models: [String: Load] = [
        "AquilaForCausalLM": decoder(LlamaForCausalLM.spec),
        "AquilaModel": decoder(LlamaForCausalLM.spec),
        "ArceeForCausalLM": decoder(ArceeForCausalLM.spec),
        "BloomForCausalLM": decoder(BloomForCausalLM.spec),
        "Cohere2ForCausalLM": decoder(Cohere2ForCausalLM.spec),
        "CohereForCausalLM": decoder(CohereForCausalLM.spec),
        "CwmForCausalLM": decoder(CwmForCausalLM.spec),
        "DeepseekV2ForCausalLM": decoder(DeepseekV2ForCausalLM.spec),
        "DeepseekV3ForCausalLM": decoder(DeepseekV3ForCausalLM.spec),
        "Ernie4_5ForCausalLM": decoder(Ernie4_5ForCausalLM.spec),
        "Exaone4ForCausalLM": decoder(Exaone4ForCausalLM.spec),
        "FalconForCausalLM": decoder(FalconForCausalLM.spec),
        "GPT2LMHeadModel": decoder(GPT2LMHeadModel.spec),
        "GPTJForCausalLM": decoder(GPTJForCausalLM.spec),
        "GPTNeoXForCausalLM": decoder(GPTNeoXForCausalLM.spec),
        "Gemma2ForCausalLM": decoder(Gemma2ForCausalLM.spec),
        "Gemma3ForCausalLM": decoder(Gemma3ForCausalLM.spec),
        "GemmaForCausalLM": decoder(GemmaForCausalLM.spec),
        "Glm4ForCausalLM": decoder(Glm4ForCausalLM.spec),
        "GlmForCausalLM": decoder(GlmForCausalLM.spec),
        "GptOssForCausalLM": decoder(GptOssForCausalLM.spec),
        "GraniteForCausalLM": decoder(GraniteForCausalLM.spec),
        "GraniteMoeForCausalLM": decoder(GraniteMoeForCausalLM.spec),
        "IQuestCoderForCausalLM": decoder(LlamaForCausalLM.spec),
        "InternLM3ForCausalLM": decoder(InternLM3ForCausalLM.spec),
        "InternLMForCausalLM": decoder(InternLMForCausalLM.spec),
        "LLaMAForCausalLM": decoder(LlamaForCausalLM.spec),
        "LlamaForCausalLM": decoder(LlamaForCausalLM.spec),
        "MinistralForCausalLM": decoder(MistralForCausalLM.spec),
        "MistralForCausalLM": decoder(MistralForCausalLM.spec),
        "MixtralForCausalLM": decoder(MixtralForCausalLM.spec),
        "NemotronForCausalLM": decoder(NemotronForCausalLM.spec),
        "OPTForCausalLM": decoder(OPTForCausalLM.spec),
        "Olmo2ForCausalLM": decoder(Olmo2ForCausalLM.spec),
        "Olmo3ForCausalLM": decoder(Olmo3ForCausalLM.spec),
        "OlmoForCausalLM": decoder(OlmoForCausalLM.spec),
        "OlmoeForCausalLM": decoder(OlmoeForCausalLM.spec),
        "Phi3ForCausalLM": decoder(Phi3ForCausalLM.spec),
        "PhiForCausalLM": decoder(PhiForCausalLM.spec),
        "PhiMoEForCausalLM": decoder(PhimoeForCausalLM.spec),
        "PhimoeForCausalLM": decoder(PhimoeForCausalLM.spec),
        "Qwen2ForCausalLM": decoder(Qwen2ForCausalLM.spec),
        "Qwen2MoeForCausalLM": decoder(Qwen2MoeForCausalLM.spec),
        "Qwen3ForCausalLM": decoder(Qwen3ForCausalLM.spec),
        "Qwen3MoeForCausalLM": decoder(Qwen3MoeForCausalLM.spec),
        "SeedOssForCausalLM": decoder(SeedOssForCausalLM.spec),
        "SmolLM3ForCausalLM": decoder(SmolLM3ForCausalLM.spec),
        "StableLMEpochForCausalLM": decoder(StableLmForCausalLM.spec),
        "StableLmForCausalLM": decoder(StableLmForCausalLM.spec),
        "Starcoder2ForCausalLM": decoder(Starcoder2ForCausalLM.spec),
        "TeleChat3ForCausalLM": decoder(LlamaForCausalLM.spec),
        "XverseForCausalLM": decoder(LlamaForCausalLM.spec),
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
