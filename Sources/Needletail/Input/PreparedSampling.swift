package import EngineTypes

/// Sampling parameters of a call, validated and made ready once; all outputs of the call share them.
package struct PreparedSampling: Sendable {
    /// The parameters, with bad words as token sequences too.
    package let sampling: SamplingParams
    /// What the parameters say of single tokens.
    let tokenRules: TokenRules?
    let stops: StopTexts?
    let processors: [PreparedProcessor]
}

/// A logits processor that a call asked for, with its arguments: made anew for each output, as it may keep a state.
struct PreparedProcessor: Sendable {
    let kind: LogitsProcessorKind
    let arguments: LogitsProcessorArguments

    func make() throws(RequestError) -> any LogitsProcessor {
        let processor = try kind.make(arguments)
        try arguments.refuseUnread()
        return processor
    }
}
