/// Finds the stop text that is complete first in a growing output. Text that might be the beginning of one is held back
/// until it is clear.
struct StopStringMatcher: Sendable {
    private let stops: [[UInt8]]
    private let includesStop: Bool
    /// The longest tail that can still become a stop text.
    private let heldByteCount: Int
    private var held: [UInt8] = []

    init(stops: [String], includesStop: Bool) {
        self.stops = stops.map { Array($0.utf8) }
        self.includesStop = includesStop
        heldByteCount = (self.stops.map(\.count).max() ?? 1) - 1
    }

    /// Takes new text; returns what may be shown, and the stop text that is now complete. `isGuarded`: the output is too
    /// short to be stopped, so its text passes.
    mutating func append(_ text: String, isGuarded: Bool) -> (text: String, stop: String?) {
        guard !stops.isEmpty else { return (text, nil) }
        held += Array(text.utf8)
        if isGuarded { return (finish(), nil) }
        if let (start, stop) = firstMatch() {
            let end = includesStop ? start + stop.count : start
            defer { held = [] }
            return (String(decoding: held[..<end], as: UTF8.self), String(decoding: stop, as: UTF8.self))
        }
        var cut = max(0, held.count - heldByteCount)
        while cut > 0, cut < held.count, held[cut] & 0xC0 == 0x80 { cut -= 1 }
        defer { held.removeFirst(cut) }
        return (String(decoding: held[..<cut], as: UTF8.self), nil)
    }

    /// The text that was held back.
    mutating func finish() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// The match that ends first; of those, the one that starts first.
    private func firstMatch() -> (start: Int, stop: [UInt8])? {
        var best: (start: Int, stop: [UInt8])?
        for stop in stops where stop.count <= held.count {
            let starts = 0...held.count - stop.count
            guard let start = starts.first(where: { held[$0..<$0 + stop.count].elementsEqual(stop) }) else { continue }
            let bestEnd = best.map { $0.start + $0.stop.count } ?? .max
            if (start + stop.count, start) < (bestEnd, best?.start ?? .max) { best = (start, stop) }
        }
        return best
    }
}
