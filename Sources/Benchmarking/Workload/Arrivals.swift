/// When the requests of a benchmark are sent.
package struct Arrivals: Sendable {
    /// Requests a second on average; infinity sends all at once.
    package var rate: Double
    /// 1 for a Poisson process; below it arrivals come in bursts, above it they are more even.
    package var burstiness: Double

    package init(rate: Double = .infinity, burstiness: Double = 1) {
        self.rate = rate
        self.burstiness = burstiness
    }

    /// Seconds between one request and the next: draws from a gamma distribution of mean 1 / rate.
    package func gaps(count: Int, seed: UInt64) -> [Double] {
        guard rate.isFinite else { return Array(repeating: 0, count: count) }
        guard burstiness.isFinite else { return Array(repeating: 1 / rate, count: count) }
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in generator.gamma(shape: burstiness) / (rate * burstiness) }
    }

    /// Seconds from the start to each request, stretched so that the last is sent after count / rate: otherwise the luck
    /// of the draw would decide the load.
    package func times(count: Int, seed: UInt64) -> [Double] {
        var total = 0.0
        let times = gaps(count: count, seed: seed).map { gap in
            total += gap
            return total
        }
        guard total > 0 else { return times }
        return times.map { $0 * (Double(count) / rate / total) }
    }
}
