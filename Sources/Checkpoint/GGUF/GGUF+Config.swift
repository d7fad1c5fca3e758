import Support

extension GGUF {
    /// The configuration that the model's `config.json` at Hugging Face would hold. An architecture without a mapping
    /// keeps only its own name, so that the model registry refuses it by that name.
    package func config() throws(LoadError) -> HFConfig {
        let name = try architectureName()
        guard let architecture = try architecture() else {
            return try HFConfig(
                JSONFields(file: file.name, object: JSONObject([("architectures", .array([.string(name)]))])))
        }
        let settings = try settings(of: name)
        var object = architecture.renamed(settings)
        object["architectures"] = .array([.string(architecture.className)])
        try addTokens(to: &object)
        if architecture.hasLatents {
            try addLatentSettings(of: name, to: &object)
        } else {
            try requireWholeValues(of: name)
        }
        if architecture.hasRope {
            let rope = try ropeParameters(of: name, architecture)
            if let local = architecture.localRope {
                object["rope_parameters"] = .object(try layerRopes(rope, local, of: name))
            } else {
                object["rope_parameters"] = .object(rope)
            }
        }
        if let isCausal = try metadata.bool("\(name).attention.causal") { object["is_causal"] = .bool(isCausal) }
        if let layerCount = architecture.layerCountOfWideScores {
            object["query_pre_attn_scalar"] = .double(try scoreScalar(settings, wideAt: layerCount))
        }
        let tensorNames = Set(tensors.map(\.name))
        object["tie_word_embeddings"] = .bool(!tensorNames.contains("output.weight"))
        for (key, tensor) in architecture.flags { object[key] = .bool(tensorNames.contains(tensor)) }
        for (key, value) in architecture.constants.members where object[key] == nil { object[key] = value }
        try requireFlags(architecture.required, of: name)
        try metadata.requireAllRead(prefix: name + ".")
        return try HFConfig(JSONFields(file: file.name, object: object))
    }

    /// The number whose square root divides Gemma's scores: from the scale in the file, or else the size of a head or,
    /// for the model with `layerCount` layers, hidden size / heads.
    private func scoreScalar(_ settings: JSONObject, wideAt layerCount: Int) throws(LoadError) -> Double {
        if let scale = settings["attention_multiplier"]?.doubleValue { return 1 / (scale * scale) }
        let heads = try heads()
        guard settings["num_hidden_layers"]?.intValue == layerCount, let hidden = settings["hidden_size"]?.intValue
        else {
            return Double(heads.dim)
        }
        return Double(hidden / heads.count)
    }

    private func requireFlags(_ flags: [String: Bool], of name: String) throws(LoadError) {
        for (suffix, expected) in flags {
            let key = "\(name).\(suffix)"
            guard let found = try metadata.bool(key), found != expected else { continue }
            throw metadata.failure(key, expected: "\(expected)", found: "\(found)")
        }
    }

    private func architectureName() throws(LoadError) -> String {
        guard let name = try metadata.string("general.architecture") else {
            throw metadata.failure("general.architecture", expected: "a string", found: "none")
        }
        return name
    }

    /// The mapping of the file's architecture, or of the variant of it that some settings make; nil if there is none.
    func architecture() throws(LoadError) -> GGUFArchitecture? {
        let name = try architectureName()
        for (variant, mark) in GGUFArchitecture.variants[name] ?? [] {
            if try has(mark, name) { return GGUFArchitecture.table[variant] }
        }
        return GGUFArchitecture.table[name]
    }

    private func has(_ mark: GGUFArchitecture.Mark, _ name: String) throws(LoadError) -> Bool {
        switch mark {
        case .tensor(let tensor):
            return tensors.contains { $0.name == tensor }
        case .setting(let suffix, let bound):
            let value = try metadata.int("\(name).\(suffix)", in: 0...HFConfig.dimensions.upperBound)
            return value ?? 0 > bound
        }
    }

    func heads() throws(LoadError) -> GGUFHeads {
        let name = try architectureName()
        let count = try requiredInt("\(name).attention.head_count")
        let hidden = try requiredInt("\(name).embedding_length")
        return GGUFHeads(
            count: count,
            kvCount: try metadata.int("\(name).attention.head_count_kv", in: HFConfig.dimensions) ?? count,
            dim: try metadata.int("\(name).attention.key_length", in: HFConfig.dimensions) ?? max(1, hidden / count))
    }

    /// Throws unless values are as wide as keys, as in all mapped architectures.
    private func requireWholeValues(of name: String) throws(LoadError) {
        let (key, dim) = ("\(name).attention.value_length", try heads().dim)
        guard let found = try metadata.int(key, in: HFConfig.dimensions), found != dim else { return }
        throw metadata.failure(key, expected: "the size of a head, \(dim)", found: "\(found)")
    }

    private func addTokens(to object: inout JSONObject) throws(LoadError) {
        for name in ["bos", "eos"] {
            guard let id = try tokenID("\(name)_token_id") else { continue }
            object["\(name)_token_id"] = .integer(id)
        }
    }
}

extension GGUFArchitecture {
    /// Brings settings under the usual keys to this architecture's.
    fileprivate func renamed(_ settings: JSONObject) -> JSONObject {
        var object = JSONObject()
        for (key, value) in settings.members { object[keys[key] ?? key] = value }
        return object
    }
}
