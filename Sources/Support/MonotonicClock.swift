internal import FoundationEssentials

/// Seconds since an arbitrary start, never running backwards.
package enum MonotonicClock {
    private static let start = ContinuousClock.now

    package static var seconds: Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }

    /// Runs `body` and adds the seconds it took to `total`.
    package static func measure<Result, Failure: Error>(
        _ total: inout Double, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let begin = seconds
        defer { total += seconds - begin }
        return try body()
    }
}

/// Seconds since 1970.
package enum WallClock {
    package static var seconds: Int { Int(Date().timeIntervalSince1970) }
}
