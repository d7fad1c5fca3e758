import Needletail
import Support
import TestSupport
import Testing

@Suite struct StopStringMatcherTests {
    private static func matcher(_ stops: [String], includesStop: Bool = false) -> StopStringMatcher {
        StopStringMatcher(StopTexts(stops, includesStop: includesStop))
    }

    /// Returns the match that ends first; among those, the one that starts first.
    private static func expected(_ text: String, _ stops: [String]) -> (text: String, stop: String)? {
        let bytes = Array(text.utf8)
        for end in bytes.indices.map({ $0 + 1 }) {
            let found = stops.filter { bytes[..<end].suffix($0.utf8.count).elementsEqual($0.utf8) }
            guard let stop = found.max(by: { $0.utf8.count < $1.utf8.count }) else { continue }
            return (String(decoding: bytes[..<(end - stop.utf8.count)], as: UTF8.self), stop)
        }
        return nil
    }

    @Test(arguments: 0..<60)
    func `random stops end random texts as a search says, and nothing is taken back`(_ seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let letters = ["a", "b", "é", "😀"]
        func text(_ lengths: ClosedRange<Int>) -> String {
            (0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random)! }.joined()
        }
        let stops = (0..<Int.random(in: 1...5, using: &random)).map { _ in text(3...8) }
        for includesStop in [false, true] {
            var matcher = Self.matcher(stops, includesStop: includesStop)
            var whole = ""
            var shown = ""
            var stop: String?
            while whole.utf8.count < 600, stop == nil {
                let piece = text(0...4)
                whole += piece
                let step = matcher.append(piece, isGuarded: false)
                shown += step.text
                stop = step.stop
                #expect(!step.text.contains("\u{FFFD}"))
                #expect(whole.hasPrefix(shown))
            }
            shown += matcher.finish()
            let end = Self.expected(whole, stops)
            #expect(stop == end?.stop)
            #expect(shown == end.map { includesStop ? $0.text + $0.stop : $0.text } ?? whole)
        }
    }

    @Test func `only what may still become a stop text is held back`() {
        var matcher = Self.matcher(["STOP", "OPEN DOOR"])
        #expect(matcher.append("a longer text", isGuarded: false).text == "a longer text")
        #expect(matcher.append(" SO", isGuarded: false).text == " S")
        #expect(matcher.append("PEN", isGuarded: false).text == "")
        #expect(matcher.append(" WINDOW ST", isGuarded: false).text == "OPEN WINDOW ")
        #expect(matcher.finish() == "ST")
    }

    @Test func `a stop text that is kept holds nothing back`() {
        var matcher = Self.matcher(["STOP"], includesStop: true)
        #expect(matcher.append("ST", isGuarded: false).text == "ST")
        let end = matcher.append("OP it", isGuarded: false)
        #expect((end.text, end.stop) == ("OP", "STOP"))
    }

    @Test func `a stop text that begins in guarded text is found when it ends after it`() {
        var matcher = Self.matcher(["abc", "bcde"])
        #expect(matcher.append("ab", isGuarded: true).text == "")
        #expect(matcher.append("c", isGuarded: true).text == "a")
        let end = matcher.append("def", isGuarded: false)
        #expect((end.text, end.stop) == ("", "bcde"))
    }
}
