import Support

/// A model as it lies on disk: configuration, weights, tokenizer and what it recommends about sampling.
package struct Checkpoint: Sendable {
    /// The folder or `.gguf` file.
    package let path: String
    package let config: HFConfig
    package let weights: WeightFiles
    package let generationConfig: GenerationConfig
    package let tokenizer: TokenizerSource
    package let chatTemplates: ChatTemplates

    /// Opens a folder with `config.json` and safetensors files, a `.gguf` file, or a folder that holds one of those.
    /// Headers are read and checked; no tensor is.
    package static func open(path: String) throws(LoadError) -> Checkpoint {
        let folder = ModelFolder(path: path)
        guard folder.exists else { return try Checkpoint(gguf: GGUF(path: path)) }
        if folder.contains("config.json") { return try Checkpoint(folder: folder) }
        return try Checkpoint(gguf: GGUF(path: folder.path(of: onlyGGUFFile(in: folder))))
    }

    /// The one `.gguf` file of a folder, or the first part of the one model in parts.
    private static func onlyGGUFFile(in folder: ModelFolder) throws(LoadError) -> String {
        let files = try folder.fileNames().filter { $0.hasSuffix(".gguf") }
        let models = GGUFPartName.models(among: files)
        // Without a first part, opening a later one says which is missing.
        if let file = models.first ?? files.first, models.count <= 1 { return file }
        throw LoadError(
            file: folder.path, expected: "config.json or one .gguf file",
            found: files.isEmpty ? "neither" : "\(models.count) .gguf files")
    }

    private init(folder: ModelFolder) throws(LoadError) {
        let files = TokenizerFiles(folder: folder)
        path = folder.path
        config = try HFConfig(path: folder.path(of: "config.json"))
        weights = try SafeTensors.weights(folder: folder)
        tokenizer = .huggingFace(files)
        chatTemplates = try files.chatTemplates()
        let name = "generation_config.json"
        generationConfig =
            folder.contains(name)
            ? try GenerationConfig(JSONFields(path: folder.path(of: name))) : try GenerationConfig(config.fields)
    }

    private init(gguf: GGUF) throws(LoadError) {
        path = gguf.file.path
        config = try gguf.config()
        weights = try gguf.weights()
        tokenizer = .gguf(gguf)
        chatTemplates = try gguf.chatTemplates()
        generationConfig = try gguf.generationConfig()
    }
}

extension GGUF {
    /// The ids that end a sequence (a text, or a turn) and start one.
    func generationConfig() throws(LoadError) -> GenerationConfig {
        var config = GenerationConfig()
        config.eosTokenIDs = try endTokenIDs()
        config.bosTokenID = try tokenID("bos_token_id")
        config.padTokenID = try tokenID("padding_token_id")
        return config
    }
}
