package import Support

/// Where a model's tokenizer comes from. Nothing is read before it is asked for: a vocabulary is large, and a model
/// that is fed token ids needs none.
package enum TokenizerSource: Sendable {
    /// `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` of a folder.
    case huggingFace(TokenizerFiles)
    /// The metadata of a GGUF file: `GGUF.tokenizer()`.
    case gguf(GGUF)
}

/// The tokenizer's files in a model folder.
package struct TokenizerFiles: Sendable {
    package let folder: ModelFolder

    /// `tokenizer.json`; throws where it is absent.
    package func tokenizer() throws(LoadError) -> JSONValue {
        .object(try JSONFields(path: folder.path(of: "tokenizer.json")).object)
    }

    /// `tokenizer_config.json` with the tokens of `special_tokens_map.json`; no members where both are absent. As in the
    /// `transformers` library the map counts before a configuration that does not list its added tokens, and fills the gaps
    /// of one that does.
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
