import ArgumentParser
import Needletail
import Support

/// `needletail debug trace`: every named operation of one forward pass.
struct DebugTrace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Print shape, mean and checksum of every layer's result for a prompt.",
        discussion: """
            Scripts/trace_reference.py writes the same for transformers. With --reference the first result that differs is \
            shown, and the exit code is 1 if there is one.
            """)

    @Argument(help: "Folder, .gguf file, hub id or built-in name (default: smollm2-135m).")
    var model: String?

    @Option(help: "The text to compute.")
    var prompt: String?

    @Option(name: .customLong("prompt-token-ids"), help: "Comma-separated token ids in place of a text.")
    var promptTokenIDs: String?

    @Option(help: "Type of activations and cache, as for serve.")
    var dtype = EngineOptions.DType.float32

    @Flag(help: "Write JSON.")
    var json = false

    @Option(help: "A JSON trace to compare with.")
    var reference: String?

    @Option(help: "Difference from the reference that counts as rounding, relative to the mean magnitude.")
    var tolerance = 1e-3

    func run() async throws {
        let path = try await LLM.pull(model)
        let reference = try reference.map(Self.readTrace)
        let ids = try promptTokens(path, reference)
        let trace = try ModelTrace(path: path, promptTokenIDs: ids, dtype: dtype)
        if json {
            StandardOutput.write(trace.json.serialized + "\n")
        } else if reference == nil {
            StandardOutput.write(trace.table)
        }
        guard let reference else { return }
        guard let difference = trace.tableOfFirstDifference(from: reference, tolerance: tolerance) else {
            StandardOutput.write("\(trace.points.count) results agree with the reference\n")
            return
        }
        StandardOutput.write("the first result that differs, below the reference's:\n\(difference)")
        throw ExitCode(1)
    }

    private func promptTokens(_ path: String, _ reference: ModelTrace?) throws -> [UInt32] {
        if let promptTokenIDs {
            let ids = promptTokenIDs.split(separator: ",").map { UInt32($0) }
            guard !ids.isEmpty, ids.allSatisfy({ $0 != nil }) else {
                throw EngineError("--prompt-token-ids: must be comma-separated token ids, got '\(promptTokenIDs)'")
            }
            return ids.map { $0! }
        }
        if let prompt { return try ModelTrace.tokens(of: prompt, path: path) }
        guard let reference else {
            throw EngineError("--prompt: is needed unless --prompt-token-ids or --reference is given")
        }
        return reference.promptTokenIDs
    }

    private static func readTrace(_ path: String) throws -> ModelTrace {
        let bytes = try InputFile.read(path, flag: "--reference")
        guard let json = try? JSONValue(parsing: bytes), let trace = ModelTrace(json) else {
            throw EngineError("--reference: must be a JSON trace, got '\(path)'")
        }
        return trace
    }
}
