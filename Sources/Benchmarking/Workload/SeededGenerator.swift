import Support

/// Draws the same prompts and arrivals for the same seed on every machine.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var bits: SplitMix

    package init(seed: UInt64) { bits = SplitMix(seed: seed) }

    package mutating func next() -> UInt64 { bits.next() }

    /// A draw from (0, 1], whose logarithm is finite.
    mutating func unit() -> Double { 1 - Double.random(in: 0..<1, using: &self) }

    /// A draw from the standard normal distribution (Box and Muller).
    mutating func normal() -> Double {
        (-2 * Math.log(unit())).squareRoot() * Math.cos(2 * .pi * unit())
    }

    /// A draw from the gamma distribution of mean `shape` (Marsaglia and Tsang).
    mutating func gamma(shape: Double) -> Double {
        guard shape >= 1 else { return gamma(shape: shape + 1) * Math.pow(unit(), 1 / shape) }
        let offset = shape - 1.0 / 3
        let scale = 1 / (9 * offset).squareRoot()
        while true {
            let draw = normal()
            let base = 1 + scale * draw
            guard base > 0 else { continue }
            let cube = base * base * base
            if Math.log(unit()) < 0.5 * draw * draw + offset * (1 - cube + Math.log(cube)) { return offset * cube }
        }
    }
}
