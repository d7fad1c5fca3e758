/// Prompts of random token ids after a common prefix, with lengths drawn uniformly from a range, as in vLLM's `random`
/// dataset.
package struct RandomDataset: Sendable {
    package var inputLength = 1024
    package var outputLength = 128
    /// Lengths are drawn from [length * (1 - ratio), length * (1 + ratio)].
    package var rangeRatio = 0.0
    /// Tokens of the common prefix, in addition to the input length.
    package var prefixLength = 0
    /// Token ids are drawn from `0..<vocabularySize`.
    package var vocabularySize: Int

    package init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

    /// The lengths in tokens of the longest prompt and the longest output that can be drawn.
    package var longest: (prompt: Int, output: Int) {
        (prefixLength + range(inputLength).upperBound, max(1, range(outputLength).upperBound))
    }

    /// Draws `count` requests, the same ones for the same seed. Throws if a prompt could be empty.
    package func sample(count: Int, seed: UInt64) throws(DatasetError) -> [SampleRequest] {
        let inputs = range(inputLength)
        guard prefixLength + inputs.lowerBound >= 1 else {
            throw DatasetError(
                "--random-input-len: with --random-range-ratio \(rangeRatio) and --random-prefix-len \(prefixLength) a prompt "
                    + "may be empty, got \(inputLength)")
        }
        let outputs = range(outputLength)
        var generator = SeededGenerator(seed: seed)
        let prefix = tokens(prefixLength, &generator)
        return (0..<count).map { _ in
            let length = Int.random(in: inputs, using: &generator)
            let outputLength = max(1, Int.random(in: outputs, using: &generator))
            return SampleRequest(prompt: .tokens(prefix + tokens(length, &generator)), outputLength: outputLength)
        }
    }

    private func range(_ length: Int) -> ClosedRange<Int> {
        let low = (Double(length) * (1 - rangeRatio)).rounded(.down)
        let high = (Double(length) * (1 + rangeRatio)).rounded(.up)
        return Int(low)...Int(high)
    }

    private func tokens(_ count: Int, _ generator: inout SeededGenerator) -> [UInt32] {
        (0..<count).map { _ in UInt32.random(in: 0..<UInt32(vocabularySize), using: &generator) }
    }
}
