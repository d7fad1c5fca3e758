public import EngineTypes

/// A logits processor that requests choose by its name.
public struct LogitsProcessorKind: Sendable {
    public let name: String
    let make: @Sendable (LogitsProcessorArguments) throws(RequestError) -> any LogitsProcessor

    /// `make` is called for each output that is to be generated, so that a processor may keep a state, and once before to
    /// check the arguments. It reads the arguments that it knows; others are refused.
    public init(
        _ name: String, make: @escaping @Sendable (LogitsProcessorArguments) throws(RequestError) -> any LogitsProcessor
    ) {
        self.name = name
        self.make = make
    }
}

/// The logits processors of an engine.
public struct LogitsProcessorRegistry: Sendable {
    /// Processors of all requests, in the order in which they apply.
    public var global: [any BatchLogitsProcessor] = []
    private var kinds: [LogitsProcessorKind]
    /// Each costs time in every step of all requests.
    private static let maximumCalls = 16
    /// The same over all outputs of a prompt.
    private static let maximumCallsOfOutputs = 1024

    /// Calls of processors in a step of all requests: each reads the whole vocabulary a few times. More requests wait.
    static func maximumCallsPerStep(vocabularySize: Int) -> Int {
        max(maximumCalls, (1 << 23) / max(vocabularySize, 1))
    }

    /// The processors that come with the library: dry, mirostat, no_repeat_ngram, top_n_sigma, typical_p and xtc.
    public init() {
        kinds = [
            DRY.kind, Mirostat.kind, NoRepeatNGram.kind, TopNSigma.kind, TypicalP.kind, XTC.kind,
        ]
    }

    /// Adds a processor that requests may choose; one of the same name is replaced.
    public mutating func register(_ kind: LogitsProcessorKind) {
        kinds.removeAll { $0.name == kind.name }
        kinds.append(kind)
    }

    public var names: [String] { kinds.map(\.name).sorted() }

    /// The processors that calls ask for, and those that extra arguments named after a processor do (`dry_multiplier`,
    /// `typical_p`). Each is made once to see that its arguments are right.
    func processors(
        _ calls: [LogitsProcessorCall], _ extraArguments: [String: ExtraArgument], tokenTexts: TokenTexts?
    ) throws(RequestError) -> [PreparedProcessor] {
        guard calls.count <= Self.maximumCalls else {
            throw .invalid("logits_processors", "at most \(Self.maximumCalls) are allowed, got \(calls.count)")
        }
        var processors: [PreparedProcessor] = []
        func add(
            _ kind: LogitsProcessorKind, _ values: [String: ExtraArgument], _ prefix: String
        ) throws(RequestError) {
            let arguments = LogitsProcessorArguments(values: values, prefix: prefix, tokenTexts: tokenTexts)
            let processor = PreparedProcessor(kind: kind, arguments: arguments)
            _ = try processor.make()
            processors.append(processor)
        }
        for (index, call) in calls.enumerated() {
            guard let kind = kinds.first(where: { $0.name == call.name }) else {
                throw .invalid(
                    "logits_processors[\(index)].name",
                    "must be one of \(names.joined(separator: ", ")), got \"\(call.name)\"")
            }
            try add(kind, call.arguments, "logits_processors[\(index)].args.")
        }
        for kind in kinds {
            let arguments = Self.arguments(of: kind.name, in: extraArguments)
            if !arguments.isEmpty { try add(kind, arguments, "vllm_xargs.\(kind.name)_") }
        }
        return processors
    }

    /// Throws where all outputs of a prompt together call too many processors.
    func validateCalls(of sampling: SamplingParams, outputCount: Int) throws(RequestError) {
        let arguments = kinds.count { !Self.arguments(of: $0.name, in: sampling.extraArguments).isEmpty }
        let count = sampling.logitsProcessors.count + arguments
        guard count * outputCount > Self.maximumCallsOfOutputs else { return }
        throw .invalid(
            sampling.logitsProcessors.isEmpty ? "vllm_xargs" : "logits_processors",
            "processors times outputs may be at most \(Self.maximumCallsOfOutputs), got \(count) times \(outputCount)")
    }

    /// `dry_base` is the argument `base` of dry, `typical_p` itself is the `value` of typical_p.
    private static func arguments(of name: String, in extra: [String: ExtraArgument]) -> [String: ExtraArgument] {
        var arguments: [String: ExtraArgument] = [:]
        for (key, value) in extra {
            if key == name { arguments["value"] = value }
            if key.hasPrefix(name + "_") { arguments[String(key.dropFirst(name.count + 1))] = value }
        }
        return arguments
    }
}
