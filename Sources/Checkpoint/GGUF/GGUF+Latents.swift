import Support

extension GGUF {
    /// Adds the sizes of latent attention, and how experts are chosen, under DeepSeek's keys. Files with split
    /// projections state the sizes of the cached latents under the usual keys, and those of the heads apart; older ones
    /// state those of the heads.
    func addLatentSettings(of name: String, to object: inout JSONObject) throws(LoadError) {
        let prefix = "\(name).attention."
        let (rank, rotated) = (
            try requiredInt(prefix + "kv_lora_rank"), try requiredInt("\(name).rope.dimension_count")
        )
        let isSplit = try metadata.int(prefix + "key_length_mla", in: HFConfig.dimensions) != nil
        if isSplit {
            for (kind, dim) in [("key", rank + rotated), ("value", rank)] {
                try require("\(prefix)\(kind)_length", dim)
            }
            try require(prefix + "head_count_kv", 1)
            object["num_key_value_heads"] = nil
        }
        object["head_dim"] = nil
        let ending = isSplit ? "_length_mla" : "_length"
        let key = try requiredInt("\(prefix)key\(ending)")
        guard key > rotated else {
            throw metadata.failure(
                "\(prefix)key\(ending)", expected: "more than the \(rotated) dimensions that rotate", found: "\(key)")
        }
        object["qk_rope_head_dim"] = .integer(rotated)
        object["qk_nope_head_dim"] = .integer(key - rotated)
        object["v_head_dim"] = .integer(try requiredInt("\(prefix)value\(ending)"))
        try addScoring(of: name, to: &object)
    }

    /// Adds the function that gives the experts' scores; files without one are older than models with another than
    /// softmax.
    private func addScoring(of name: String, to object: inout JSONObject) throws(LoadError) {
        let (key, functions) = ("\(name).expert_gating_func", ["softmax", "sigmoid"])
        let code = try metadata.int(key, in: 0...HFConfig.dimensions.upperBound) ?? 0
        guard code <= functions.count else {
            throw metadata.failure(key, expected: "1 for softmax or 2 for sigmoid", found: "\(code)")
        }
        let function = functions[max(0, code - 1)]
        object["scoring_func"] = .string(function)
        if function == "softmax", let groups = object["n_group"]?.intValue, groups > 1 {
            object["topk_method"] = "group_limited_greedy"
        }
    }

    private func require(_ key: String, _ expected: Int) throws(LoadError) {
        let found = try requiredInt(key)
        guard found == expected else { throw metadata.failure(key, expected: "\(expected)", found: "\(found)") }
    }
}
