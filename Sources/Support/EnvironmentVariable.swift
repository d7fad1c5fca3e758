internal import FoundationEssentials

/// Reads environment variables.
package enum EnvironmentVariable {
    /// The value of a variable; nil if it is not set.
    package static func value(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
