import Checkpoint
import EngineTypes
import Support

extension EngineOptions {
    private static let overridable = [
        "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_new_tokens", "eos_token_id",
    ]

    /// Returns the generation settings in effect: those of the model or of the configured folder, with the overrides
    /// applied.
    func generationConfig(of checkpoint: Checkpoint) throws(EngineError) -> GenerationConfig {
        var config = checkpoint.generationConfig
        do {
            switch generationConfig {
            case "auto": break
            case "vllm": config.keepOnlyTokenIDs()
            default: config = try GenerationConfig(JSONFields(path: generationConfig + "/generation_config.json"))
            }
            guard let override = generationConfigOverride else { return config }
            if let name = override.members.map(\.0).first(where: { !Self.overridable.contains($0) }) {
                throw EngineError(
                    "--override-generation-config: may have \(Self.overridable.joined(separator: ", ")), got '\(name)'")
            }
            config.replaceSampling(
                with: try GenerationConfig(JSONFields(file: "--override-generation-config", object: override)))
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError("\(error)")
        }
        return config
    }
}

extension GenerationConfig {
    fileprivate mutating func keepOnlyTokenIDs() {
        let former = self
        self = GenerationConfig()
        (eosTokenIDs, bosTokenID, padTokenID) = (former.eosTokenIDs, former.bosTokenID, former.padTokenID)
    }

    fileprivate mutating func replaceSampling(with other: GenerationConfig) {
        temperature = other.temperature ?? temperature
        topP = other.topP ?? topP
        topK = other.topK ?? topK
        minP = other.minP ?? minP
        repetitionPenalty = other.repetitionPenalty ?? repetitionPenalty
        maxNewTokens = other.maxNewTokens ?? maxNewTokens
        if !other.eosTokenIDs.isEmpty { eosTokenIDs = other.eosTokenIDs }
    }
}

extension SamplingParams {
    /// Defaults from a model's `generation_config.json`, within what a request may ask for; the output fills the
    /// context.
    init(recommendedBy config: GenerationConfig) {
        self.init()
        maxTokens = nil
        if let temperature = config.temperature { self.temperature = min(Float(temperature), 2) }
        if let topP = config.topP { self.topP = Float(topP) }
        if let topK = config.topK { self.topK = topK }
        if let minP = config.minP { self.minP = Float(minP) }
        if let penalty = config.repetitionPenalty, penalty > 0 { repetitionPenalty = Float(penalty) }
    }
}
