import ArgumentParser
import Needletail
import Support

/// `needletail pull`: downloads a model ahead of use.
struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Download a model and print its path.")

    @Argument(help: "Hub id or built-in name (default: smollm2-135m).")
    var model: String?

    func run() async throws {
        StandardOutput.write(try await LLM.pull(model) + "\n")
    }
}
