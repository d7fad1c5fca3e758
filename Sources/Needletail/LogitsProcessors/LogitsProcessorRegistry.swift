public import EngineTypes

/// A kind of logits processor that requests choose by name.
public struct LogitsProcessorKind: Sendable {
    /// The name by which requests choose the processor.
    public let name: String
    let make: @Sendable (LogitsProcessorArguments) throws(RequestError) -> any LogitsProcessor

    /// Creates a kind of processor. `make` is called for each output, so that a processor may keep state, and once
    /// before to check the arguments; arguments that it does not read are refused.
    public init(
        _ name: String, make: @escaping @Sendable (LogitsProcessorArguments) throws(RequestError) -> any LogitsProcessor
    ) {
        self.name = name
        self.make = make
    }
}

/// The logits processors of an engine: those of all requests, and the kinds that requests may choose.
public struct LogitsProcessorRegistry: Sendable {
    /// Processors of all requests, in the order in which they apply.
    public var global: [any BatchLogitsProcessor] = []
    private var kinds: [LogitsProcessorKind]
    /// Maximum number of processors per request: each costs time in every step of all requests.
    private static let maximumCalls = 16
    /// Maximum number of processors over all outputs of a prompt.
    private static let maximumCallsOfOutputs = 1024

    /// Maximum number of processor calls per step, each of which reads the whole vocabulary a few times; further
    /// requests wait.
    static func maximumCallsPerStep(vocabularySize: Int) -> Int {
        max(maximumCalls, (1 << 23) / max(vocabularySize, 1))
    }

    /// Creates a registry with the kinds of the library: dry, mirostat, no_repeat_ngram, top_n_sigma, typical_p and
    /// xtc.
    public init() {
        kinds = [
            DRY.kind, Mirostat.kind, NoRepeatNGram.kind, TopNSigma.kind, TypicalP.kind, XTC.kind,
        ]
    }

    /// Adds a kind that requests may choose, in place of an earlier one of the same name.
    public mutating func register(_ kind: LogitsProcessorKind) {
        kinds.removeAll { $0.name == kind.name }
        kinds.append(kind)
    }

    /// The names of all kinds that requests may choose, in alphabetical order.
    public var names: [String] { kinds.map(\.name).sorted() }

    /// The processors that `calls` and extra arguments named after a processor (`dry_multiplier`, `typical_p`) ask for.
    /// Each is created once to check its arguments.
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

    /// Throws if all outputs of a prompt together call too many processors.
    func validateCalls(of sampling: SamplingParams, outputCount: Int) throws(RequestError) {
        let arguments = kinds.count { !Self.arguments(of: $0.name, in: sampling.extraArguments).isEmpty }
        let count = sampling.logitsProcessors.count + arguments
        guard count * outputCount > Self.maximumCallsOfOutputs else { return }
        throw .invalid(
            sampling.logitsProcessors.isEmpty ? "vllm_xargs" : "logits_processors",
            "processors times outputs may be at most \(Self.maximumCallsOfOutputs), got \(count) times \(outputCount)")
    }

    /// The arguments of one kind among extra arguments: `dry_base` is the argument `base` of dry, `typical_p` the
    /// argument `value` of typical_p.
    private static func arguments(of name: String, in extra: [String: ExtraArgument]) -> [String: ExtraArgument] {
        var arguments: [String: ExtraArgument] = [:]
        for (key, value) in extra {
            if key == name { arguments["value"] = value }
            if key.hasPrefix(name + "_") { arguments[String(key.dropFirst(name.count + 1))] = value }
        }
        return arguments
    }
}
