/// The times at which the requests of a benchmark are sent.
package struct Arrivals: Sendable {
    /// Requests per second on average; infinity sends all at once.
    package var rate: Double
    /// Shape of the gaps: 1 for a Poisson process, below 1 for arrivals in bursts, above 1 for more even arrivals.
    package var burstiness: Double

    package init(rate: Double = .infinity, burstiness: Double = 1) {
        self.rate = rate
        self.burstiness = burstiness
    }

    /// Seconds between consecutive requests, drawn from a gamma distribution with mean 1 / rate.
    package func gaps(count: Int, seed: UInt64) -> [Double] {
        guard rate.isFinite else { return Array(repeating: 0, count: count) }
        guard burstiness.isFinite else { return Array(repeating: 1 / rate, count: count) }
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in generator.gamma(shape: burstiness) / (rate * burstiness) }
    }

    /// Seconds from the start to each request, scaled so that the last is sent at count / rate: otherwise the luck of
    /// the draw would decide the load.
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
