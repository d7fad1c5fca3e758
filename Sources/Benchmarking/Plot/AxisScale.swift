import Support

/// Maps values to positions along an axis and chooses the round values that are marked on it.
package struct AxisScale: Sendable {
    private let isLogarithmic: Bool
    private let bounds: ClosedRange<Double>
    package let ticks: [Double]

    /// A linear axis from 0 to the first round tick at or above `largest`, or to 1 if that is 0.
    package static func linear(upTo largest: Double, tickCount: Int = 5) -> AxisScale {
        let largest = largest > 0 ? largest : 1
        let step = roundStep(atLeast: largest / Double(tickCount))
        let count = max(1, Int((largest / step - 1e-9).rounded(.up)))
        let ticks = (0...count).map { Double($0) * step }
        return AxisScale(isLogarithmic: false, bounds: 0...ticks[count], ticks: ticks)
    }

    /// A logarithmic axis that starts and ends at 1, 2 or 5 times a power of ten around the values. Over more than
    /// three decades only powers of ten are marked.
    package static func logarithmic(_ values: [Double]) -> AxisScale {
        let smallest = max(values.min() ?? 1, 1e-6)
        let largest = max(values.max() ?? 1, smallest)
        let powers = (-7...12).map { Math.pow(10, Double($0)) }
        let ladder = largest / smallest > 1000 ? powers : powers.flatMap { power in [1, 2, 5].map { $0 * power } }
        let low = ladder.last { $0 <= smallest * (1 + 1e-9) } ?? ladder[0]
        let high = ladder.first { $0 >= largest * (1 - 1e-9) && $0 > low } ?? largest
        let ticks = ladder.filter { $0 >= low && $0 <= high }
        return AxisScale(isLogarithmic: true, bounds: low...high, ticks: ticks)
    }

    /// A logarithmic axis that marks the values themselves, as for concurrencies that double.
    package static func values(_ values: [Int]) -> AxisScale {
        let ticks = Set(values).sorted().map { Double($0) }
        let low = ticks.first ?? 1
        return AxisScale(isLogarithmic: true, bounds: low...max(ticks.last ?? 1, low), ticks: ticks)
    }

    /// The position of a value on the axis: 0 at the start, 1 at the end, 0.5 if the axis has a single value.
    package func position(_ value: Double) -> Double {
        guard bounds.upperBound > bounds.lowerBound else { return 0.5 }
        guard isLogarithmic else { return (value - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound) }
        let span = Math.log(bounds.upperBound) - Math.log(bounds.lowerBound)
        return (Math.log(value) - Math.log(bounds.lowerBound)) / span
    }

    /// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`.
    private static func roundStep(atLeast least: Double) -> Double {
        var power = 1.0
        while power > least { power /= 10 }
        while power * 10 <= least { power *= 10 }
        return [1, 2, 2.5, 5, 10].lazy.map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? power * 10
    }

    /// The label of a tick, without trailing zeros.
    package static func label(_ value: Double) -> String {
        let places = value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : 3
        let text = Decimal.text(value, places: places)
        guard text.contains(".") else { return text }
        let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return String(trimmed.reversed())
    }
}
