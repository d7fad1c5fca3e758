/// Finds any number of byte strings in a stream of bytes (Aho and Corasick, 1975). Each byte costs amortised O(1),
/// whatever the number and length of the patterns; memory is about 20 bytes per byte of the patterns.
package struct ByteAutomaton: Sendable {
    /// The state of a stream: the longest suffix of its bytes so far that is a prefix of a pattern.
    package struct State: Hashable, Sendable {
        fileprivate var index: Int

        /// The state before any byte.
        package static let start = State(index: 0)
    }

    /// A pattern that ends at the current byte of the stream.
    package struct Match: Hashable, Sendable {
        package let pattern: Int
        package let byteCount: Int
    }

    private static let none = UInt32.max

    // Indexed by state, breadth first, so that the children of a state are neighbours, ordered by their bytes.

    /// The byte that leads to a state from its parent.
    private var bytes: [UInt8] = []
    private var depths: [UInt32] = []
    /// The children of state `s` are `firstChildren[s]..<firstChildren[s + 1]`.
    private var firstChildren: [UInt32] = []
    /// The state of the longest proper suffix that is a prefix of a pattern.
    private var fallbacks: [UInt32] = []
    /// The pattern that a state spells out; `none` if there is none.
    private var patterns: [UInt32] = []
    /// The state of the longest pattern that ends at a state; `none` if there is none.
    private var matches: [UInt32] = []
    private var openByteCounts: [UInt32] = []

    /// Builds the automaton. Patterns must not be empty; of equal patterns the first is reported.
    package init(_ patterns: [[UInt8]]) {
        precondition(!patterns.contains([]), "a pattern is empty")
        addStates(patterns)
        link()
    }

    /// The state after one more byte.
    package func next(_ state: State, _ byte: UInt8) -> State {
        var index = state.index
        while true {
            if let child = child(of: index, byte) { return State(index: child) }
            if index == 0 { return .start }
            index = Int(fallbacks[index])
        }
    }

    /// The longest pattern that ends at `state`; nil if none does.
    package func longestMatch(at state: State) -> Match? { match(matches[state.index]) }

    /// Calls `body` with each pattern that ends at `state`, longest first.
    package func forEachMatch(at state: State, _ body: (Match) -> Void) {
        var index = matches[state.index]
        while let found = match(index) {
            body(found)
            index = matches[Int(fallbacks[Int(index)])]
        }
    }

    /// Number of trailing bytes that may begin a pattern which is not complete yet.
    package func openByteCount(at state: State) -> Int { Int(openByteCounts[state.index]) }

    private func match(_ index: UInt32) -> Match? {
        guard index != Self.none else { return nil }
        return Match(pattern: Int(patterns[Int(index)]), byteCount: Int(depths[Int(index)]))
    }

    private func child(of state: Int, _ byte: UInt8) -> Int? {
        var (low, high) = (Int(firstChildren[state]), Int(firstChildren[state + 1]))
        while low < high {
            let middle = (low + high) / 2
            if bytes[middle] == byte { return middle }
            if bytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

extension ByteAutomaton {
    /// Adds the states as a tree of the patterns' prefixes: each state has a range of the sorted patterns.
    private mutating func addStates(_ texts: [[UInt8]]) {
        let order = texts.indices.sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) }
        var ranges = [order.indices]
        add(byte: 0, depth: 0)
        var state = 0
        while state < ranges.count {
            let depth = Int(depths[state])
            var rest = ranges[state]
            firstChildren.append(UInt32(ranges.count))
            while let first = rest.first, texts[order[first]].count == depth {
                patterns[state] = min(patterns[state], UInt32(order[first]))
                rest.removeFirst()
            }
            while let first = rest.first {
                let byte = texts[order[first]][depth]
                let end = rest.first { texts[order[$0]][depth] != byte } ?? rest.upperBound
                add(byte: byte, depth: depth + 1)
                ranges.append(first..<end)
                rest = end..<rest.upperBound
            }
            state += 1
        }
        firstChildren.append(UInt32(ranges.count))
    }

    private mutating func add(byte: UInt8, depth: Int) {
        bytes.append(byte)
        depths.append(UInt32(depth))
        patterns.append(Self.none)
    }

    /// Links shallow states first, because the fallback of a state must be linked before it.
    private mutating func link() {
        fallbacks = Array(repeating: 0, count: bytes.count)
        matches = Array(repeating: Self.none, count: bytes.count)
        openByteCounts = Array(repeating: 0, count: bytes.count)
        for parent in bytes.indices {
            for state in Int(firstChildren[parent])..<Int(firstChildren[parent + 1]) {
                let fallback =
                    parent == 0 ? 0 : next(State(index: Int(fallbacks[parent])), bytes[state]).index
                fallbacks[state] = UInt32(fallback)
                matches[state] = patterns[state] == Self.none ? matches[fallback] : UInt32(state)
                let isLeaf = firstChildren[state] == firstChildren[state + 1]
                openByteCounts[state] = isLeaf ? openByteCounts[fallback] : depths[state]
            }
        }
    }
}
