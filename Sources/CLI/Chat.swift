import ArgumentParser
import Needletail
import Support

/// `needletail chat`: a conversation on the terminal.
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Chat with a model on the terminal.",
        discussion: """
            Without -q, reads one message per line until end of input; /reset starts a new conversation, /exit quits. \
            On a terminal, Ctrl-C stops an answer; at the prompt it quits the program.
            """)

    @Argument(help: "Folder, .gguf file, hub id or built-in name (default: smollm2-135m).")
    var model: String?

    @Option(name: .shortAndLong, help: "Ask one question, print the answer and exit.")
    var quick: String?

    @Option(name: .customLong("system-prompt"), help: "System message at the start of the conversation.")
    var systemPrompt: String?

    @OptionGroup(title: "Server") var server: ServerArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        let start = MonotonicClock.seconds
        let source = try await server.source(model: model, sampling, engine)
        try source.requireChat()
        var conversation = Conversation(systemPrompt: systemPrompt)
        if let quick {
            let timer = FirstTextTimer(start: start, isShown: engine.showsTimings)
            try await conversation.ask(quick, source, timer, interrupts: nil)
            timer.report(source)
            return
        }
        let interrupts = StandardInput.isTerminal ? await Interrupts.observed() : nil
        while let line = await Self.readMessage() {
            switch line {
            case "": continue
            case "/exit": return
            case "/reset": conversation = Conversation(systemPrompt: systemPrompt)
            default:
                do {
                    try await conversation.ask(line, source, nil, interrupts: interrupts)
                } catch let error as RequestError {
                    StandardError.write("needletail: \(error)\n")
                } catch is CancellationError {
                    StandardOutput.write("\n")
                }
            }
        }
        if StandardInput.isTerminal { StandardOutput.write("\n") }
    }

    /// Reads a line on its own thread, because the threads shared by async code must stay free to handle interrupts.
    private static func readMessage() async -> String? {
        if StandardInput.isTerminal { StandardError.write("> ") }
        return await OSThread.run { readLine() }
    }
}

/// The messages of a conversation so far.
private struct Conversation {
    private var messages: [ChatMessage] = []

    init(systemPrompt: String?) {
        if let systemPrompt { messages.append(ChatMessage(role: "system", content: systemPrompt)) }
    }

    /// Prints the answer as it arrives. An interrupted answer is kept up to that point; a question that fails, or is
    /// interrupted before its answer begins, is dropped.
    mutating func ask(
        _ question: String, _ source: any TextSource, _ timer: FirstTextTimer?, interrupts: Interrupts?
    ) async throws {
        let asked = messages + [ChatMessage(role: "user", content: question)]
        let task = Task { try await print(source.chat(asked), timer) }
        let answer = if let interrupts { try await interrupts.value(of: task) } else { try await task.value }
        guard !task.isCancelled || !answer.isEmpty else { return }
        messages = asked + [ChatMessage(role: "assistant", content: answer)]
    }
}

/// Prints texts as they arrive and returns them joined; if the task is cancelled, only those that arrived before.
func print(_ texts: any AsyncSequence<String, any Error>, _ timer: FirstTextTimer?) async throws -> String {
    var whole = ""
    do {
        for try await text in texts where !text.isEmpty {
            timer?.sawText()
            StandardOutput.write(text)
            whole += text
        }
    } catch  where Task.isCancelled {
        // The texts so far are the answer.
    }
    StandardOutput.write("\n")
    return whole
}
