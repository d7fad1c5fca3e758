/// Mean, spread and percentiles of a sample.
package struct Statistics: Sendable {
    /// In ascending order.
    package let values: [Double]

    package init(_ values: some Sequence<Double>) { self.values = values.sorted() }

    /// 0 for an empty sample, like all that follows.
    package var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    package var median: Double { percentile(50) }

    /// The standard deviation of the sample itself, as numpy has it by default.
    package var standardDeviation: Double {
        guard !values.isEmpty else { return 0 }
        let mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count)).squareRoot()
    }

    /// The value below which `percent` of the sample lies, linear between neighbours (numpy's default).
    package func percentile(_ percent: Double) -> Double {
        precondition((0...100).contains(percent), "a percentile is in 0...100, got \(percent)")
        guard let last = values.last else { return 0 }
        let position = percent / 100 * Double(values.count - 1)
        let index = Int(position)
        guard index + 1 < values.count else { return last }
        let (low, high, part) = (values[index], values[index + 1], position - Double(index))
        // From the nearer end, so that results do not fall as percentiles rise.
        return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
    }
}

extension Statistics {
    /// `99`, `99.9`: a percentile in the names of JSON members and report lines.
    package static func name(_ percent: Double) -> String {
        Int(exactly: percent).map { String($0) } ?? String(percent)
    }
}
