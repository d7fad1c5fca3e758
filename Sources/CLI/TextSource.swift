import Needletail

/// Answers prompts of the command line: a model in this process, or a server.
protocol TextSource: Sendable {
    /// Throws an error in one line if conversations cannot be answered.
    func requireChat() throws(EngineError)

    /// Streams the answer to a conversation, piece by piece.
    func chat(_ messages: [ChatMessage]) async throws -> any AsyncSequence<String, any Error>

    /// Streams the continuation of a text, piece by piece.
    func complete(_ prompt: String) async throws -> any AsyncSequence<String, any Error>
}

/// Answers with a model in this process.
struct LocalSource: TextSource {
    let llm: LLM
    let sampling: SamplingParams

    func requireChat() throws(EngineError) {
        guard !llm.hasChatTemplate else { return }
        let names = llm.chatTemplateNames
        guard names.isEmpty else {
            throw EngineError(
                "chat: the model '\(llm.modelName)' has no default chat template: choose one of its templates with "
                    + "--chat-template: \(names.joined(separator: ", "))")
        }
        throw EngineError(
            "chat: the model '\(llm.modelName)' has no chat template: continue texts with `needletail complete`, or set "
                + "a template with --chat-template")
    }

    func chat(_ messages: [ChatMessage]) async throws -> any AsyncSequence<String, any Error> {
        try texts(.chat(messages))
    }

    func complete(_ prompt: String) async throws -> any AsyncSequence<String, any Error> {
        try texts(.text(prompt))
    }

    private func texts(_ prompt: Prompt) throws -> any AsyncSequence<String, any Error> {
        let stream = try llm.stream(prompt, sampling)
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    for try await output in stream { continuation.yield(output.text) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

extension TextSource {
    /// A server answers for itself.
    func requireChat() throws(EngineError) {}
}
