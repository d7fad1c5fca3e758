import Foundation
import Needletail

/// Prints the answer to a question token by token: `Streaming "Name three birds."`.
@main
struct Streaming {
    static func main() async throws {
        let question = CommandLine.arguments.dropFirst().first ?? "Name three birds."
        let llm = try await LLM.load()

        var sampling = llm.defaultSampling
        sampling.maxTokens = 64
        sampling.seed = 1
        for try await output in try llm.stream(.chat([ChatMessage(role: "user", content: question)]), sampling) {
            print(output.text, terminator: "")
            // A terminal would otherwise show the text line by line.
            fflush(nil)
            if let timings = output.timings {
                let milliseconds = Int((timings.timeToFirstToken * 1000).rounded())
                print("\n\(timings.outputTokenCount) tokens, the first after \(milliseconds) ms")
            }
        }

        llm.shutdown()
    }
}
