import FoundationEssentials

/// Formats points in time for results and their file names.
package enum Timestamp {
    /// A time in UTC, such as `20250131-235959`.
    package static func text(secondsSince1970 seconds: Int) -> String {
        let format = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(format)
        return text.replacing("T", with: "-").replacing("Z", with: "")
    }
}
