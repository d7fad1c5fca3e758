import ArgumentParser
import Needletail
import Support

/// `needletail collect-env`: prints the environment details for a problem report.
struct CollectEnvironment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect-env", abstract: "Print the environment details that a problem report should contain.")

    func run() throws {
        for (name, value) in EnvironmentReport.items() {
            StandardOutput.write("\(name): \(value)\n")
        }
    }
}
