import Needletail

/// Answers a question with and without a logits processor that forbids digits.
@main
struct NoDigits {
    static func main() async throws {
        let llm = try await LLM.load()

        // The default model has one token per digit. A tokenizer may put a start token before it.
        let digits = try (0...9).compactMap { try llm.tokenize(String($0)).last }
        let noDigits = LogitsClosure { logits, _ in
            for digit in digits { logits[Int(digit)] = -.infinity }
        }

        let question = Prompt.chat([ChatMessage(role: "user", content: "How many days are in a week?")])
        for processors in [[], [noDigits]] {
            let output = try await llm.stream(question, .greedy(maxTokens: 32), processors: processors).collect()
            print(processors.isEmpty ? "with digits:" : "without digits:", output.text)
        }

        llm.shutdown()
    }
}
