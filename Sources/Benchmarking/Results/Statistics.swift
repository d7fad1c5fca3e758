/// Mean, spread and percentiles of a sample.
package struct Statistics: Sendable {
    /// The sample in ascending order.
    package let values: [Double]

    package init(_ values: some Sequence<Double>) { self.values = values.sorted() }

    /// The mean; 0 for an empty sample, like all other statistics.
    package var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    package var median: Double { percentile(50) }

    /// The population standard deviation, numpy's default.
    package var standardDeviation: Double {
        guard !values.isEmpty else { return 0 }
        let mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count)).squareRoot()
    }

    /// The value below which `percent` (0 to 100) of the sample lies, linear between neighbours as in numpy.
    package func percentile(_ percent: Double) -> Double {
        precondition((0...100).contains(percent), "a percentile is in 0...100, got \(percent)")
        guard let last = values.last else { return 0 }
        let position = percent / 100 * Double(values.count - 1)
        let index = Int(position)
        guard index + 1 < values.count else { return last }
        let (low, high, part) = (values[index], values[index + 1], position - Double(index))
        // Interpolates from the nearer end: rounding must not make values fall as percentiles rise.
        return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
    }
}

extension Statistics {
    /// A percentile as written in names of JSON members and report lines, such as `99` or `99.9`.
    package static func name(_ percent: Double) -> String {
        Int(exactly: percent).map { String($0) } ?? String(percent)
    }
}
