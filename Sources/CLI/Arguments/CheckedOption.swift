import Needletail

/// Returns the value of an option, or throws an error that names the option and the allowed range.
func checked<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ flag: String
) throws(EngineError) -> Value {
    guard range.contains(value) else {
        throw EngineError("\(flag): must be in \(range.lowerBound)...\(range.upperBound), got \(value)")
    }
    return value
}

extension String {
    /// The elements of a comma-separated list, such as the value of `--max-concurrency`.
    var commaSeparated: [String] { split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
}
