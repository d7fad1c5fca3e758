package import Support

/// A model on disk: configuration, weights, tokenizer, chat templates and recommended sampling parameters.
package struct Checkpoint: Sendable {
    /// The folder or `.gguf` file.
    package let path: String
    /// The architecture and its dimensions.
    package let config: HFConfig
    /// The tensors, by Hugging Face name.
    package let weights: WeightFiles
    /// The recommended sampling parameters and the ids of the end tokens.
    package let generationConfig: GenerationConfig
    /// The source of the tokenizer, which is read on demand.
    package private(set) var tokenizer: TokenizerSource
    /// The chat templates, by name.
    package private(set) var chatTemplates: ChatTemplates

    /// Opens a folder with `config.json` and safetensors files, a `.gguf` file, or a folder with a single GGUF model.
    /// Reads and checks all headers, but no tensors. `overrides`: members of `config.json` with other values.
    /// `tokenizerPath`: a folder, or a `.gguf` or vocabulary file with its folder, with the tokenizer and the chat
    /// templates to use instead of the model's own.
    package static func open(
        path: String, overrides: JSONObject = JSONObject(), tokenizerPath: String? = nil
    ) throws(LoadError) -> Checkpoint {
        var checkpoint = try open(path: path, overrides: overrides)
        if let tokenizerPath {
            checkpoint.tokenizer = try TokenizerSource.open(path: tokenizerPath)
            checkpoint.chatTemplates = try checkpoint.tokenizer.chatTemplates()
        }
        return checkpoint
    }

    private static func open(path: String, overrides: JSONObject) throws(LoadError) -> Checkpoint {
        let folder = ModelFolder(path: path)
        guard folder.exists else { return try Checkpoint(gguf: GGUF(path: path), overrides) }
        if folder.contains("config.json") { return try Checkpoint(folder: folder, overrides) }
        return try Checkpoint(gguf: GGUF(path: folder.path(of: onlyGGUFFile(in: folder))), overrides)
    }

    /// The only `.gguf` file of a folder, or the first part of the only model in parts.
    static func onlyGGUFFile(in folder: ModelFolder) throws(LoadError) -> String {
        let files = try folder.fileNames().filter { $0.hasSuffix(".gguf") }
        let models = GGUFPartName.models(among: files)
        // Without a first part, opening a later one throws an error that names the missing part.
        if let file = models.first ?? files.first, models.count <= 1 { return file }
        throw LoadError(
            file: folder.path, expected: "config.json or one .gguf file",
            found: files.isEmpty ? "neither" : "\(models.count) .gguf files")
    }

    private init(folder: ModelFolder, _ overrides: JSONObject) throws(LoadError) {
        path = folder.path
        let own = try HFConfig(path: folder.path(of: "config.json"))
        config = overrides.isEmpty ? own : try own.overridden(by: overrides)
        weights = try SafeTensors.weights(folder: folder)
        tokenizer = .huggingFace(TokenizerFiles(folder: folder))
        chatTemplates = try tokenizer.chatTemplates()
        let name = "generation_config.json"
        generationConfig =
            folder.contains(name)
            ? try GenerationConfig(JSONFields(path: folder.path(of: name))) : try GenerationConfig(config.fields)
    }

    private init(gguf: GGUF, _ overrides: JSONObject) throws(LoadError) {
        path = gguf.file.path
        let own = try gguf.config()
        config = overrides.isEmpty ? own : try own.overridden(by: overrides)
        weights = try gguf.weights()
        tokenizer = .gguf(gguf)
        chatTemplates = try gguf.chatTemplates()
        generationConfig = try gguf.generationConfig()
    }
}

extension GGUF {
    /// The ids of the tokens that end a sequence (a text or a turn), start it and pad it.
    func generationConfig() throws(LoadError) -> GenerationConfig {
        var config = GenerationConfig()
        config.eosTokenIDs = try endTokenIDs()
        config.bosTokenID = try tokenID("bos_token_id")
        config.padTokenID = try tokenID("padding_token_id")
        return config
    }
}
