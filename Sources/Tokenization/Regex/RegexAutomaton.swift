/// A regular expression as a deterministic automaton over classes of scalars, with one table lookup per scalar.
///
/// It finds the match that a backtracking engine prefers: a state lists the live instructions in order of preference, a
/// match drops those after it. Matches are decided with the next class at hand, which makes lookahead free.
struct RegexAutomaton: Sendable {
    private static let maximumStateCount = 4096

    let syntax: RegexSyntax
    private let classes: ScalarClassMap
    /// `[state, class]`: the next state's row << 1, plus 1 if a match ends before the scalar. A row is the index of the
    /// state's first element here; row 0 is the dead state.
    private let transitions: [UInt32]
    private let startRow: Int

    init(_ pattern: String) throws(RegexError) {
        try self.init(RegexParser.parse(pattern))
    }

    /// - Parameter isolated: scalars that are each a match of their own and, to the pattern, the end of the text;
    ///   splitting at them and then at the pattern takes one pass.
    init(_ syntax: RegexSyntax, isolating isolated: CharacterSet? = nil) throws(RegexError) {
        self.syntax = syntax
        let program = try RegexProgram(syntax)
        classes = try ScalarClassMap(program.sets + (isolated.map { [$0] } ?? []))
        var builder = Builder(program: program, classes: classes, isolatedSet: isolated.map { _ in program.sets.count })
        transitions = try builder.build()
        startRow = classes.count
    }

    /// The end of the match that starts at `start`; nil if there is none or it is empty.
    func matchEnd(in bytes: Span<UInt8>, from start: Int, to limit: Int) -> Int? {
        let transitions = transitions.span
        var row = startRow
        var index = start
        var end = start
        while index < limit {
            let (classIndex, length) = classes.classIndex(in: bytes, at: index)
            let transition = Int(transitions[row &+ classIndex])
            if transition & 1 == 1 { end = index }
            row = transition >> 1
            if row == 0 { return end == start ? nil : end }
            index += length
            // Most scalars do not change the state. Not rewriting it then makes successive lookups independent.
            let unchanged = row << 1 | 1
            while index < limit, let classIndex = classes.classIndexOfASCII(bytes[index]),
                Int(transitions[row &+ classIndex]) == unchanged
            {
                end = index
                index += 1
            }
        }
        if transitions[row + classes.endOfText] & 1 == 1 { end = limit }
        return end == start ? nil : end
    }

    /// The end of the part that starts at `start`; the parts of a text are its matches and the text between them.
    @inline(__always)
    func partEnd(in bytes: Span<UInt8>, from start: Int, to limit: Int) -> Int {
        matchEnd(in: bytes, from: start, to: limit) ?? nextMatch(in: bytes, after: start, to: limit)
    }

    private func nextMatch(in bytes: Span<UInt8>, after start: Int, to limit: Int) -> Int {
        var index = start
        repeat {
            index += UTF8Scalars.decode(bytes, at: index).length
        } while index < limit && matchEnd(in: bytes, from: index, to: limit) == nil
        return index
    }
}

extension RegexAutomaton {
    private struct Builder {
        let program: RegexProgram
        let classes: ScalarClassMap
        let isolatedSet: Int?
        var states: [[Int]] = [[], [0]]
        var indices: [[Int]: Int] = [[]: 0, [0]: 1]

        init(program: RegexProgram, classes: ScalarClassMap, isolatedSet: Int?) {
            self.program = program
            self.classes = classes
            self.isolatedSet = isolatedSet
        }

        mutating func build() throws(RegexError) -> [UInt32] {
            var transitions: [UInt32] = []
            var state = 0
            while state < states.count {
                for classIndex in 0..<classes.count {
                    let (next, isMatch) = try step(from: states[state], classIndex)
                    transitions.append(UInt32(next * classes.count << 1 | (isMatch ? 1 : 0)))
                }
                state += 1
            }
            return transitions
        }

        /// Follows a state's instructions over one class; returns the next state and whether a match ends before it.
        mutating func step(from state: [Int], _ classIndex: Int) throws(RegexError) -> (next: Int, isMatch: Bool) {
            var next: [Int] = []
            var visited: Set<Int> = []
            var isMatch = false
            if let isolatedSet, isInside(classIndex, isolatedSet) {
                if state == [0] { return (try index(of: [program.instructions.count - 1]), false) }
                return try step(from: state, classes.endOfText)
            }
            for start in state where !isMatch {
                isMatch = follow(start, classIndex, &visited, &next)
            }
            return (try index(of: next), isMatch)
        }

        mutating func index(of state: [Int]) throws(RegexError) -> Int {
            if let index = indices[state] { return index }
            guard states.count < RegexAutomaton.maximumStateCount else {
                throw RegexError(message: "the pattern needs too many states")
            }
            states.append(state)
            indices[state] = states.count - 1
            return states.count - 1
        }

        /// Searches depth first in order of preference; returns true at the first match, which ends the search.
        func follow(_ start: Int, _ classIndex: Int, _ visited: inout Set<Int>, _ next: inout [Int]) -> Bool {
            var stack = [start]
            while let counter = stack.popLast() {
                guard visited.insert(counter).inserted else { continue }
                switch program.instructions[counter] {
                case .match: return true
                case .jump(let target): stack.append(target)
                case .split(let preferred, let other): stack += [other, preferred]
                case .lookahead(let set, let isNegative):
                    if isInside(classIndex, set) != isNegative { stack.append(counter + 1) }
                case .consume(let set):
                    if isInside(classIndex, set), !next.contains(counter + 1) { next.append(counter + 1) }
                }
            }
            return false
        }

        func isInside(_ classIndex: Int, _ set: Int) -> Bool {
            classes.membership[classIndex] >> UInt64(set) & 1 == 1
        }
    }
}
