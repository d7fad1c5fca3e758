import Needletail

/// Answers several prompts at once, then one as it grows: the program in docs/library.md.
@main
struct Offline {
    static func main() async throws {
        let llm = try await LLM.load()

        let outputs = try await llm.generate(
            [
                "The capital of France is", "Two plus two is",
                .chat([ChatMessage(role: "user", content: "Name a bird.")]),
            ],
            .greedy(maxTokens: 16))
        for output in outputs {
            print(output.text, "-", output.tokenIDs.count, "tokens")
        }

        var sampling = llm.defaultSampling
        sampling.maxTokens = 24
        sampling.seed = 1
        for try await output in try llm.stream("Swifts are birds that", sampling) {
            print(output.text, terminator: "")
        }
        print()

        llm.shutdown()
    }
}
