import Support

/// The source of a model's tokenizer, read only on demand: a vocabulary is large, and a model that is given token ids
/// does not need it.
package enum TokenizerSource: Sendable {
    /// A vocabulary and the files beside it in a folder.
    case huggingFace(TokenizerFiles)
    /// The metadata of a GGUF file: `GGUF.tokenizer()`.
    case gguf(GGUF)
}

extension TokenizerSource {
    /// The tokenizer at a path: a folder, a vocabulary file with the files beside it, or a `.gguf` file, which need not
    /// have weights.
    package static func open(path: String) throws(LoadError) -> TokenizerSource {
        let folder = ModelFolder(path: path)
        if folder.exists {
            let names = try folder.fileNames()
            let isModel = folder.contains("config.json") && !VocabularyNames.found(in: names).isEmpty
            guard names.contains(where: { $0.hasSuffix(".gguf") }), !isModel else {
                return .huggingFace(TokenizerFiles(folder: folder))
            }
            return .gguf(try GGUF(path: folder.path(of: Checkpoint.onlyGGUFFile(in: folder))))
        }
        if path.hasSuffix(".gguf") { return .gguf(try GGUF(path: path)) }
        let name = try MappedFile(path: path).name
        let parent = String(path.dropLast(name.utf8.count))
        return .huggingFace(
            TokenizerFiles(folder: ModelFolder(path: parent.isEmpty ? "." : parent), vocabularyName: name))
    }

    /// The chat templates that come with the tokenizer.
    package func chatTemplates() throws(LoadError) -> ChatTemplates {
        switch self {
        case .huggingFace(let files): try files.chatTemplates()
        case .gguf(let file): try file.chatTemplates()
        }
    }
}

/// The tokenizer files in a model folder.
package struct TokenizerFiles: Sendable {
    /// The model's folder.
    package let folder: ModelFolder
    /// The name of the vocabulary's file; nil to look for one.
    package var vocabularyName: String?

    package init(folder: ModelFolder, vocabularyName: String? = nil) {
        self.folder = folder
        self.vocabularyName = vocabularyName
    }

    /// Reads `tokenizer_config.json` with what older files add to it; empty if all are absent. As in `transformers`,
    /// a configuration that lists its added tokens is complete; one that does not is overridden by the tokens of
    /// `special_tokens_map.json`, and `added_tokens.json` has the ids of its added tokens. `config.json` names the
    /// class if the configuration does not.
    package func config() throws(LoadError) -> JSONFields {
        var config = try fields("tokenizer_config.json")
        if config["added_tokens_decoder"] == nil {
            for (role, token) in try fields("special_tokens_map.json").object.members where !token.isNull {
                config.object[role] = token
            }
            if let added = try addedTokens(config.object) { config.object["added_tokens_decoder"] = .object(added) }
        }
        if config["tokenizer_class"] == nil, let name = try fields("config.json")["tokenizer_class"] {
            config.object["tokenizer_class"] = name
        }
        return config
    }

    /// `model_type` of `config.json`; nil if there is none.
    package func modelType() throws(LoadError) -> String? { try fields("config.json").string("model_type") }

    private func fields(_ name: String) throws(LoadError) -> JSONFields {
        guard folder.contains(name) else { return JSONFields(file: name, object: JSONObject()) }
        return try JSONFields(path: folder.path(of: name))
    }

    /// Reads `added_tokens.json` and spells its tokens as `added_tokens_decoder` does; nil without the file.
    private func addedTokens(_ config: JSONObject) throws(LoadError) -> JSONObject? {
        let name = "added_tokens.json"
        guard folder.contains(name) else { return nil }
        let special = Self.specialTokens(config)
        var added = JSONObject()
        var owners: [Int: String] = [:]
        let file = try fields(name)
        for (token, value) in file.object.members {
            guard let id = value.intValue, id >= 0 else {
                throw file.failure(token, expected: "a token id", found: String(value.serialized.prefix(80)))
            }
            if let owner = owners.updateValue(token, forKey: id) {
                throw file.failure(token, expected: "an id of its own", found: "\(id), the id of \(owner)")
            }
            let isSpecial = special.contains(token)
            added[String(id)] = [
                "content": .string(token), "special": .bool(isSpecial), "normalized": .bool(!isSpecial),
            ]
        }
        return added
    }

    /// The contents of the tokens that have a role or are called special.
    private static func specialTokens(_ config: JSONObject) -> Set<String> {
        var special: Set<String> = []
        for (key, value) in config.members {
            let isList = key == "additional_special_tokens" || key == "extra_special_tokens"
            guard key.hasSuffix("_token") || isList else { continue }
            for token in value.arrayValue ?? [value] {
                if let content = token.stringValue ?? token["content"]?.stringValue { special.insert(content) }
            }
        }
        return special
    }
}
