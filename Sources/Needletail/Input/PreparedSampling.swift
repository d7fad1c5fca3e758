package import EngineTypes

/// The sampling parameters of a call, validated and prepared once for all of its outputs.
package struct PreparedSampling: Sendable {
    /// The parameters, with bad words added as token sequences.
    package let sampling: SamplingParams
    /// Biases, allowed tokens and bad words in the form for the sampler; nil without any.
    let tokenRules: TokenRules?
    let stops: StopTexts?
    let processors: [PreparedProcessor]
}

/// A logits processor that a call asked for, with its arguments: created for each output, because it may keep state.
struct PreparedProcessor: Sendable {
    let kind: LogitsProcessorKind
    let arguments: LogitsProcessorArguments

    func make() throws(RequestError) -> any LogitsProcessor {
        let processor = try kind.make(arguments)
        try arguments.refuseUnread()
        return processor
    }
}
