import EngineTypes

/// Bans tokens that would complete a sequence of `size` tokens that is in the history already.
struct NoRepeatNGram: LogitsProcessor {
    let size: Int
    let keepsArgmax = false

    static let kind = LogitsProcessorKind("no_repeat_ngram") { arguments throws(RequestError) in
        NoRepeatNGram(size: try arguments.integer("size", in: 1...1024))
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        let tokens = context.tokenIDs
        guard tokens.count >= size else { return }
        let repeated = SuffixRepeats(tokens[...])
        for end in size - 1..<tokens.count where repeated.length(before: end) >= size - 1 {
            logits[Int(tokens[end])] = -.infinity
        }
    }
}
