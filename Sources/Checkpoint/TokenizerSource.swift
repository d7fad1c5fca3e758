package import Support

/// The source of a model's tokenizer, read only on demand: a vocabulary is large, and a model that is given token ids
/// does not need it.
package enum TokenizerSource: Sendable {
    /// `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` of a folder.
    case huggingFace(TokenizerFiles)
    /// The metadata of a GGUF file: `GGUF.tokenizer()`.
    case gguf(GGUF)
}

/// The tokenizer files in a model folder.
package struct TokenizerFiles: Sendable {
    /// The model's folder.
    package let folder: ModelFolder

    /// Reads `tokenizer.json`; throws if it is absent.
    package func tokenizer() throws(LoadError) -> JSONValue {
        .object(try JSONFields(path: folder.path(of: "tokenizer.json")).object)
    }

    /// Reads `tokenizer_config.json` with the tokens of `special_tokens_map.json`; empty if both are absent. As in
    /// `transformers`, the map overrides a configuration that does not list its added tokens, and fills the gaps of one
    /// that does.
    package func config() throws(LoadError) -> JSONFields {
        var config = try fields("tokenizer_config.json")
        let isComplete = config["added_tokens_decoder"] != nil
        for (role, token) in try fields("special_tokens_map.json").object.members where !token.isNull {
            if config[role] == nil || !isComplete { config.object[role] = token }
        }
        return config
    }

    private func fields(_ name: String) throws(LoadError) -> JSONFields {
        guard folder.contains(name) else { return JSONFields(file: name, object: JSONObject()) }
        return try JSONFields(path: folder.path(of: name))
    }
}
