internal import FoundationEssentials

package enum EnvironmentVariable {
    /// Nil where it is not set.
    package static func value(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
