/// A regular expression compiled to a deterministic automaton over classes of scalars.
///
/// The match is the one a backtracking engine prefers: the first alternative that works, quantifiers greedy or lazy as
/// written. A state is the ordered list of instructions still in the race; a match cuts off those of lower preference.
/// Whether a state matches is decided with the next class at hand, which gives lookahead at one scalar for free.
/// A match costs one table lookup a scalar, at most to the end of the text.
struct RegexAutomaton: Sendable {
    private static let maximumStateCount = 4096
    private static let deadState = 0
    private static let startState = 1

    private let classes: ScalarClassMap
    /// `[state, class]`: the state after the scalar << 1 | 1 if a match ends before it.
    private let transitions: [UInt16]

    init(_ pattern: String) throws(RegexError) {
        let program = try RegexProgram(try RegexParser.parse(pattern))
        classes = try ScalarClassMap(program.sets)
        var builder = Builder(program: program, classes: classes)
        transitions = try builder.build()
    }

    /// The end of the match that starts at `start`, or nil; an empty match counts as none.
    func matchEnd(in bytes: [UInt8], from start: Int, to limit: Int) -> Int? {
        var state = Self.startState
        var index = start
        var end: Int?
        while index < limit {
            let (scalar, length) = UTF8Scalars.decode(bytes, at: index)
            let transition = transitions[state * classes.count + classes.classIndex(of: scalar)]
            if transition & 1 == 1 { end = index }
            state = Int(transition >> 1)
            if state == Self.deadState { break }
            index += length
        }
        if state != Self.deadState, transitions[state * classes.count + classes.endOfText] & 1 == 1 { end = limit }
        return end == start ? nil : end
    }
}

extension RegexAutomaton {
    private struct Builder {
        let program: RegexProgram
        let classes: ScalarClassMap
        var states: [[Int]] = [[], [0]]
        var indices: [[Int]: Int] = [[]: 0, [0]: 1]

        init(program: RegexProgram, classes: ScalarClassMap) {
            self.program = program
            self.classes = classes
        }

        mutating func build() throws(RegexError) -> [UInt16] {
            var transitions: [UInt16] = []
            var state = 0
            while state < states.count {
                for classIndex in 0..<classes.count {
                    let (next, isMatch) = try step(from: states[state], classIndex)
                    transitions.append(UInt16(next << 1 | (isMatch ? 1 : 0)))
                }
                state += 1
            }
            return transitions
        }

        /// Follows a state's instructions over one class: the next state, and whether a match ends before it.
        mutating func step(from state: [Int], _ classIndex: Int) throws(RegexError) -> (next: Int, isMatch: Bool) {
            var next: [Int] = []
            var visited: Set<Int> = []
            var isMatch = false
            for start in state where !isMatch {
                isMatch = follow(start, classIndex, &visited, &next)
            }
            if let index = indices[next] { return (index, isMatch) }
            guard states.count < RegexAutomaton.maximumStateCount else {
                throw RegexError(message: "the pattern needs too many states")
            }
            states.append(next)
            indices[next] = states.count - 1
            return (states.count - 1, isMatch)
        }

        /// Depth first in order of preference; true when a match was reached, which ends the search.
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
