import ArgumentParser
import Needletail
import Support

/// `needletail pull`: fetches a model ahead of use.
struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Download a model and print where it lies.")

    @Argument(help: "Hub id or built-in name (default: smollm2-135m).")
    var model: String?

    func run() async throws {
        StandardOutput.write(try await LLM.pull(model) + "\n")
    }
}
