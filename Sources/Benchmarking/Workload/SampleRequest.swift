/// One request of a benchmark.
package struct SampleRequest: Hashable, Sendable {
    package enum Prompt: Hashable, Sendable {
        case text(String)
        case tokens([UInt32])
    }

    package var prompt: Prompt
    /// Number of output tokens to request.
    package var outputLength: Int

    package init(prompt: Prompt, outputLength: Int) {
        self.prompt = prompt
        self.outputLength = outputLength
    }

    /// Number of prompt tokens; nil for a text, which only a tokenizer can count.
    package var promptLength: Int? {
        if case .tokens(let ids) = prompt { ids.count } else { nil }
    }
}

/// A mistake in the options or the file of a dataset, as one line.
package struct DatasetError: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
