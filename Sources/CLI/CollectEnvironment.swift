import ArgumentParser
import Needletail
import Support

/// `needletail collect-env`: what a report of a problem should contain.
struct CollectEnvironment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect-env", abstract: "Print what a problem report should contain.")

    func run() throws {
        for (name, value) in EnvironmentReport.items() {
            StandardOutput.write("\(name): \(value)\n")
        }
    }
}
