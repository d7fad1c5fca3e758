internal import FoundationEssentials

/// A clock that counts seconds from an arbitrary start and never runs backwards.
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

/// A clock that counts seconds since 1970.
package enum WallClock {
    package static var seconds: Int { Int(Date().timeIntervalSince1970) }
}
