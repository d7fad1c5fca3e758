import EngineTypes
import Needletail
import Testing

/// Prompts without a tokenizer: only token ids can be prepared.
struct PromptPreparationTests {
    private let preparation = PromptPreparation(tokenizer: nil, maxModelLength: 10)
    private let ids: [TokenID] = Array(0..<20)

    private func prepared(_ truncation: PromptTruncation?) throws -> [TokenID] {
        try preparation.prepare(PromptInput(.tokens(ids), truncation: truncation)).tokenIDs
    }

    @Test func `a truncation keeps the end or the beginning`() throws {
        #expect(try prepared(nil) == ids)
        #expect(try prepared(PromptTruncation(maxTokenCount: 3)) == [17, 18, 19])
        #expect(try prepared(PromptTruncation(maxTokenCount: 3, side: .right)) == [0, 1, 2])
        #expect(try prepared(PromptTruncation(maxTokenCount: 30)) == ids)
    }

    private static let rooms: [(maxTokens: Int?, count: Int)] = [
        (nil, 9), (0, 9), (4, 6), (10, 1), (Int.max, 1), (Int.min, 9),
    ]

    @Test(arguments: rooms)
    func `a truncation to the context leaves room for the output`(maxTokens: Int?, count: Int) throws {
        let kept = try prepared(PromptTruncation().leaving(outputTokens: maxTokens))
        #expect(kept == Array(ids.suffix(count)))
    }

    @Test func `a text or a conversation needs a tokenizer`() {
        let prompts: [(Prompt, String)] = [
            ("text", "prompt"), (.chat([ChatMessage(role: "user", content: "x")]), "messages"),
        ]
        for (prompt, field) in prompts {
            let error = #expect(throws: RequestError.self) { try preparation.tokenIDs(of: prompt) }
            #expect(error?.parameter == field)
        }
    }
}
