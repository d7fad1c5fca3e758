package import Support

/// Where a model's tokenizer comes from. Nothing is read before it is asked for: a vocabulary is large, and a model
/// that is fed token ids needs none.
package enum TokenizerSource: Sendable {
    /// `tokenizer.json` and `tokenizer_config.json` of a folder.
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

    /// `tokenizer_config.json`; no members where it is absent.
    package func config() throws(LoadError) -> JSONFields {
        let name = "tokenizer_config.json"
        guard folder.contains(name) else { return JSONFields(file: name, object: JSONObject()) }
        return try JSONFields(path: folder.path(of: name))
    }
}
