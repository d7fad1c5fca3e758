extension GGUF {
    /// The ids of the tokens that end an output: those that keys name, and those whose text ends a turn or a text. Many
    /// files name only one of several; llama.cpp also recognises the others by their texts.
    func endTokenIDs() throws(LoadError) -> [Int] {
        var ids: [Int] = []
        for name in ["eos_token_id", "eot_token_id", "eom_token_id"] {
            if let id = try tokenID(name), !ids.contains(id) { ids.append(id) }
        }
        let types = try metadata.ints("tokenizer.ggml.token_type") ?? []
        let found = try metadata.indices(of: Self.endTexts, in: "tokenizer.ggml.tokens")
        let named = ids
        for (text, id) in found.sorted(by: { $0.value < $1.value }) {
            guard id < types.count, Self.markedTypes.contains(types[id]), !ids.contains(id) else { continue }
            // In these vocabularies `<|end|>` ends only one of several messages of an answer.
            let endsAMessage = text == "<|end|>" && Self.answerEnds.contains { $0.allSatisfy { found[$0] != nil } }
            if !endsAMessage || named.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// The types of end tokens: control, and user-defined, which some converters use instead. Ordinary tokens of the
    /// same text stay text.
    private static let markedTypes: Set = [3, 4]

    private static let endTexts: Set = [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>",
        "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>",
        "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>", "<\u{FF5C}end\u{2581}of\u{2581}sentence\u{FF5C}>",
        "[e~[",
    ]

    /// A vocabulary with all texts of one of these lists has answers of several messages.
    private static let answerEnds = [["<|return|>", "<|call|>"], ["<|calls|>", "<|flush|>"]]
}
