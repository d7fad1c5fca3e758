import Support

/// The stop strings of a call, prepared once for all of its outputs.
package struct StopTexts: Sendable {
    fileprivate let texts: [String]
    fileprivate let automaton: ByteAutomaton
    fileprivate let includesStop: Bool

    /// Nil without stop strings. `includesStop`: whether the stop string stays part of the output.
    package init?(_ texts: [String], includesStop: Bool) {
        guard !texts.isEmpty else { return nil }
        self.texts = texts
        automaton = ByteAutomaton(texts.map { Array($0.utf8) })
        self.includesStop = includesStop
    }
}

/// Finds the stop string that is complete first in a growing output, the longest if several are complete at once. Text
/// that may begin one is held back, so that shown text never has to be taken back.
package struct StopStringMatcher: Sendable {
    private let stops: StopTexts?
    private var state = ByteAutomaton.State.start
    private var held = HeldText()

    package init(_ stops: StopTexts?) { self.stops = stops }

    /// Takes new text of whole characters. Returns the text that may be shown, and the stop string that is now
    /// complete. `isGuarded`: no stop string may end in this text, but one may begin.
    package mutating func append(_ text: String, isGuarded: Bool) -> (text: String, stop: String?) {
        guard let stops else { return (text, nil) }
        for byte in text.utf8 {
            held.append(byte)
            state = stops.automaton.next(state, byte)
            guard !isGuarded, let match = stops.automaton.longestMatch(at: state) else { continue }
            let shown = held.take(keeping: stops.includesStop ? 0 : match.byteCount)
            self = StopStringMatcher(stops)
            return (shown, stops.texts[match.pattern])
        }
        return (held.take(keeping: stops.includesStop ? 0 : stops.automaton.openByteCount(at: state)), nil)
    }

    /// Returns the text that was held back.
    package mutating func finish() -> String {
        defer { self = StopStringMatcher(stops) }
        return held.take(keeping: 0)
    }
}

/// A queue of bytes; appending and removing cost constant amortised time per byte.
private struct HeldText: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Removes all but the last `count` bytes.
    mutating func take(keeping count: Int) -> String {
        let end = bytes.count - count
        defer {
            start = end
            if start > bytes.count / 2 {
                bytes.removeFirst(start)
                start = 0
            }
        }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
