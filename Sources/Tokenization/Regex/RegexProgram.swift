/// A regular expression as instructions of a nondeterministic automaton, with alternatives in order of preference.
struct RegexProgram {
    enum Instruction {
        /// Consumes one scalar of the set and goes on with the next instruction.
        case consume(set: Int)
        /// Goes on only if the next scalar is in the set (if negative: is not in the set, or the text ends).
        case lookahead(set: Int, isNegative: Bool)
        case split(preferred: Int, other: Int)
        case jump(Int)
        case match
    }

    private static let maximumCount = 20_000

    private(set) var instructions: [Instruction] = []
    /// Distinct sets, by index.
    private(set) var sets: [CharacterSet] = []
    private var setIndices: [CharacterSet: Int] = [:]

    init(_ syntax: RegexSyntax) throws(RegexError) {
        try emit(syntax)
        instructions.append(.match)
    }

    private mutating func emit(_ syntax: RegexSyntax) throws(RegexError) {
        guard instructions.count < Self.maximumCount else { throw RegexError(message: "the pattern is too large") }
        switch syntax {
        case .set(let set): instructions.append(.consume(set: index(of: set)))
        case .lookahead(let set, let isNegative):
            instructions.append(.lookahead(set: index(of: set), isNegative: isNegative))
        case .sequence(let terms):
            for term in terms { try emit(term) }
        case .alternatives(let branches): try emit(alternatives: branches)
        case .repetition(let inner, let minimum, let maximum, let isGreedy):
            for _ in 0..<minimum { try emit(inner) }
            if let maximum {
                try emit(inner, atMost: maximum - minimum, isGreedy: isGreedy)
            } else {
                try emit(repeated: inner, isGreedy: isGreedy)
            }
        }
    }

    private mutating func emit(alternatives branches: [RegexSyntax]) throws(RegexError) {
        var jumps: [Int] = []
        for branch in branches.dropLast() {
            let split = reserve()
            try emit(branch)
            jumps.append(reserve())
            instructions[split] = .split(preferred: split + 1, other: instructions.count)
        }
        if let last = branches.last { try emit(last) }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func emit(_ inner: RegexSyntax, atMost count: Int, isGreedy: Bool) throws(RegexError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(reserve())
            try emit(inner)
        }
        for split in splits { setSplit(split, into: split + 1, past: instructions.count, isGreedy: isGreedy) }
    }

    private mutating func emit(repeated inner: RegexSyntax, isGreedy: Bool) throws(RegexError) {
        let split = reserve()
        try emit(inner)
        instructions.append(.jump(split))
        setSplit(split, into: split + 1, past: instructions.count, isGreedy: isGreedy)
    }

    private mutating func setSplit(_ split: Int, into body: Int, past end: Int, isGreedy: Bool) {
        instructions[split] =
            isGreedy ? .split(preferred: body, other: end) : .split(preferred: end, other: body)
    }

    private mutating func reserve() -> Int {
        instructions.append(.match)
        return instructions.count - 1
    }

    private mutating func index(of set: CharacterSet) -> Int {
        if let index = setIndices[set] { return index }
        sets.append(set)
        setIndices[set] = sets.count - 1
        return sets.count - 1
    }
}
