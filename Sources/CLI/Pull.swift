import ArgumentParser
import Needletail
import Support

/// `needletail pull`: downloads a model ahead of use.
struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Download a model and print its path.")

    @Argument(help: "Hub id or built-in name, as `needletail models` lists them (default: smollm2-135m).")
    var model: String?

    @Option(help: "Branch, tag or commit of a hub id (default: that of the id, else main).")
    var revision: String?

    func run() async throws {
        StandardOutput.write(try await LLM.pull(model, revision: revision) + "\n")
    }
}
