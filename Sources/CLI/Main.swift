import ArgumentParser
import Needletail
import Support

/// The `needletail` command.
@main
struct NeedletailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail",
        abstract: "Run language models on CPUs: fast, exact, without configuration.",
        discussion: """
            MODEL is a folder with config.json and safetensors files, a .gguf file, a hub id (org/name), or a built-in \
            name (`needletail models`). Without one, the built-in default smollm2-135m is downloaded and used.
            """,
        version: needletailVersion,
        subcommands: [
            Serve.self, RunBatch.self, Chat.self, Complete.self, Bench.self, Pull.self, Models.self,
            Debug.self, CollectEnvironment.self,
        ])

    /// Parses and runs the command; an error becomes one line on standard error and exit code 2.
    static func main() async {
        do {
            var command = try parseAsRoot(words())
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // ArgumentParser throws requests for help and version as errors whose exit code is success; a command that
            // has printed its result throws a bare exit code.
            if error is ExitCode || exitCode(for: error) == .success { exit(withError: error) }
            StandardError.write("needletail: \(ErrorLine.text(error))\n")
            exit(withError: ExitCode(2))
        }
    }

    /// The command line, with vLLM's server flags translated into this program's own.
    private static func words() throws -> [String] {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.first == "serve" || words.first == "run-batch" else { return words }
        let line = try ServeCommandLine(Array(words.dropFirst()))
        if !line.defaults.isEmpty {
            StandardError.write("needletail: \(line.defaults.joined(separator: ", ")): always on here\n")
        }
        if !line.ignored.isEmpty {
            StandardError.write("needletail: \(line.ignored.joined(separator: ", ")): changes nothing here\n")
        }
        return [words[0]] + line.words
    }
}
