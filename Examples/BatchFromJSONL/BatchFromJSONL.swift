import Foundation
import Needletail

/// Answers the prompts of a JSONL file and prints the answers as JSONL:
/// `BatchFromJSONL prompts.jsonl > answers.jsonl`.
@main
struct BatchFromJSONL {
    /// A line of the input.
    struct Question: Decodable {
        var id: String
        var prompt: String
    }

    /// A line of the output.
    struct Answer: Encodable {
        var id: String
        var text: String
        var finishReason: String?
    }

    static func main() async throws {
        guard CommandLine.arguments.count == 2 else {
            print("usage: BatchFromJSONL FILE")
            exit(2)
        }
        let questions = try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
            .split(whereSeparator: \.isNewline)
            .map { try JSONDecoder().decode(Question.self, from: Data($0.utf8)) }

        // More prompts than run at once wait for their turn; the outputs have the order of the prompts.
        let llm = try await LLM.load()
        let outputs = try await llm.generate(questions.map { .text($0.prompt) }, .greedy(maxTokens: 16))
        llm.shutdown()

        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        for (question, output) in zip(questions, outputs) {
            let answer = Answer(id: question.id, text: output.text, finishReason: output.finishReason?.rawValue)
            print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        }
    }
}
