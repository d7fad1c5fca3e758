import FoundationEssentials

/// Points in time as they stand in results and in their file names.
package enum Timestamp {
    /// `20250131-235959`, in UTC.
    package static func text(secondsSince1970 seconds: Int) -> String {
        let format = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(format)
        return text.replacing("T", with: "-").replacing("Z", with: "")
    }
}
