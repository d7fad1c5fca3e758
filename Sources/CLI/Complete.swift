import ArgumentParser
import Needletail
import Support

/// `needletail complete`: continues a text.
struct Complete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a text.",
        discussion: "Without -q, reads one prompt per line until end of input.")

    @Argument(help: "Folder, .gguf file, hub id or built-in name (default: smollm2-135m).")
    var model: String?

    @Option(name: .shortAndLong, help: "Continue this text, print the result and exit.")
    var quick: String?

    @OptionGroup(title: "Server") var server: ServerArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        let start = MonotonicClock.seconds
        let source = try await server.source(model: model, sampling, engine)
        if let quick {
            let timer = FirstTextTimer(start: start, isShown: engine.showsTimings)
            _ = try await print(source.complete(quick), timer)
            timer.report(source)
            return
        }
        while let line = readLine() {
            guard !line.isEmpty else { continue }
            do {
                _ = try await print(source.complete(line), nil)
            } catch let error as RequestError {
                StandardError.write("needletail: \(error)\n")
            }
        }
    }
}
