/// Follows `messages` and the values derived from it through all branches of a template, for messages of one role.
///
/// Nothing is rendered: a variable has a `Meaning` instead of a value, both branches of a condition count unless the
/// role decides it, and a macro's body is read anew for each call.
struct TraitAnalysis {
    /// A member of a namespace, or of `loop`.
    struct Member: Hashable {
        var variable: Int
        var name: String
    }

    /// Facts that follow from the enclosing conditions.
    struct Guards: Hashable {
        /// The first message does not have the role under analysis.
        var firstIsOther = false
        var contentIsNotString = false
        var argumentsAreString = false
    }

    /// The role under analysis; nil for any role that no condition names.
    let role: String?
    var variables: [Int: Meaning] = [:]
    var members: [Member: Meaning] = [:]
    var macros: [Int: MacroDefinition] = [:]
    var guards = Guards()
    var findings: TraitFindings = []
    private var readCalls: Set<MacroCall> = []
    private var remainingSteps = 100_000

    /// A macro call; equal calls have equal findings.
    private struct MacroCall: Hashable {
        var macro: ObjectIdentifier
        var parameters: [Meaning]
        var guards: Guards
    }

    static func findings(in program: Program, role: String?) -> TraitFindings {
        var analysis = TraitAnalysis(role: role)
        if let id = program.names.firstIndex(of: "messages") { analysis.variables[id] = .messages }
        analysis.read(program.body)
        return analysis.findings
    }

    private init(role: String?) { self.role = role }

    /// Counts a step; false when the template is too large to be read any further.
    mutating func takeStep() -> Bool {
        remainingSteps -= 1
        return remainingSteps > 0
    }

    /// Runs `body` with variables and guards of its own.
    mutating func scoped(_ body: (inout TraitAnalysis) -> Void) {
        let (savedVariables, savedGuards) = (variables, guards)
        body(&self)
        (variables, guards) = (savedVariables, savedGuards)
    }

    /// Runs `body` under the guards that follow if `test` has the value `outcome`.
    mutating func assuming<Result>(
        _ test: Expression, is outcome: Bool, _ body: (inout TraitAnalysis) -> Result
    ) -> Result {
        let saved = guards
        narrow(test, outcome)
        defer { guards = saved }
        return body(&self)
    }

    /// Reads the body of a macro for a call with these arguments; equal calls, recursive ones included, are read once.
    mutating func call(_ macro: MacroDefinition, _ arguments: CallArguments) {
        let positional = arguments.positional.map { meaning(of: $0) }
        let keywords = arguments.keywords.map { ($0.name, meaning(of: $0.value)) }
        var parameters: [Meaning] = []
        for (index, parameter) in macro.parameters.enumerated() {
            let keyword = keywords.last { $0.0 == parameter.name.text }?.1
            let given = index < positional.count ? positional[index] : keyword
            parameters.append(given ?? parameter.defaultValue.map { meaning(of: $0) } ?? [])
        }
        let call = MacroCall(macro: ObjectIdentifier(macro), parameters: parameters, guards: guards)
        guard readCalls.insert(call).inserted else { return }
        scoped { analysis in
            for (parameter, meaning) in zip(macro.parameters, parameters) {
                analysis.variables[parameter.name.id] = meaning
            }
            analysis.read(macro.body)
        }
    }

    // MARK: Uses

    mutating func readAsParts(_ meaning: Meaning) {
        guard !meaning.isDisjoint(with: [.content, .part]) else { return }
        findings.insert(guards.contentIsNotString ? .partsAccepted : .partsNeeded)
    }

    mutating func readAsText(_ meaning: Meaning) {
        if meaning.contains(.arguments), !guards.argumentsAreString { findings.insert(.argumentsAsText) }
    }

    mutating func readAsObject(_ meaning: Meaning) {
        if meaning.contains(.arguments) { findings.insert(.argumentsAsObject) }
    }
}
