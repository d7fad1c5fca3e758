import Support
import TestSupport
import Testing

@Suite struct ByteAutomatonTests {
    private static func matches(_ automaton: ByteAutomaton, _ state: ByteAutomaton.State) -> [[Int]] {
        var found: [[Int]] = []
        automaton.forEachMatch(at: state) { found.append([$0.pattern, $0.byteCount]) }
        return found
    }

    /// Uses few letters, so that patterns overlap, contain each other and repeat.
    @Test(arguments: 0..<50)
    func `random patterns are found where a search finds them`(_ seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        func text(_ lengths: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: lengths, using: &random)).map { _ in UInt8.random(in: 97...98, using: &random) }
        }
        let patterns = (0..<Int.random(in: 1...8, using: &random)).map { _ in text(1...7) }
        let automaton = ByteAutomaton(patterns)
        var state = ByteAutomaton.State.start
        let bytes = text(200...200)
        for end in 1...bytes.count {
            state = automaton.next(state, bytes[end - 1])
            let read = bytes[..<end]
            // Among equal patterns, the first one.
            let expected = patterns.indices
                .filter { patterns.firstIndex(of: patterns[$0]) == $0 }
                .filter { read.suffix(patterns[$0].count) == patterns[$0][...] }
                .sorted { patterns[$0].count > patterns[$1].count }
            #expect(Self.matches(automaton, state) == expected.map { [$0, patterns[$0].count] })
            #expect(automaton.longestMatch(at: state)?.pattern == expected.first)
            let open = (0...7).last { count in
                count <= end && patterns.contains { $0.count > count && $0[..<count] == read.suffix(count) }
            }
            #expect(automaton.openByteCount(at: state) == open)
        }
    }

    @Test func `a pattern of any bytes is found`() {
        let automaton = ByteAutomaton([Array(0...255), [255, 0]])
        var state = ByteAutomaton.State.start
        for byte in UInt8.min...UInt8.max { state = automaton.next(state, byte) }
        #expect(automaton.longestMatch(at: state)?.pattern == 0)
        state = automaton.next(state, 0)
        #expect(automaton.longestMatch(at: state)?.pattern == 1)
    }
}
