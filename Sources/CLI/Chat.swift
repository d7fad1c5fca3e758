import ArgumentParser
import Needletail
import Support

/// `needletail chat`: a conversation on the terminal.
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk with a model.",
        discussion: "Without -q, reads one message a line until end of input; /reset starts over, /exit ends.")

    @Argument(help: "Folder, .gguf file or hub id (default: smollm2-135m).")
    var model: String?

    @Option(name: .shortAndLong, help: "Ask one question, print the answer, end.")
    var quick: String?

    @Option(name: .customLong("system-prompt"), help: "A system message before the conversation.")
    var systemPrompt: String?

    @OptionGroup(title: "Server") var server: ServerArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        let start = MonotonicClock.seconds
        let source = try await server.source(model: model, sampling, engine)
        var conversation = Conversation(systemPrompt: systemPrompt)
        if let quick {
            let timer = FirstTextTimer(start: start, isShown: engine.showsTimings)
            try await conversation.ask(quick, source, timer)
            timer.report(source)
            return
        }
        while let line = Self.readMessage() {
            switch line {
            case "": continue
            case "/exit": return
            case "/reset": conversation = Conversation(systemPrompt: systemPrompt)
            default:
                do {
                    try await conversation.ask(line, source, nil)
                } catch let error as RequestError {
                    StandardError.write("needletail: \(error)\n")
                }
            }
        }
    }

    private static func readMessage() -> String? {
        if StandardInput.isTerminal { StandardError.write("> ") }
        return readLine()
    }
}

/// The messages so far.
private struct Conversation {
    private var messages: [ChatMessage] = []

    init(systemPrompt: String?) {
        if let systemPrompt { messages.append(ChatMessage(role: "system", content: systemPrompt)) }
    }

    /// Prints the answer as it comes. A question that fails leaves no trace.
    mutating func ask(_ question: String, _ source: any TextSource, _ timer: FirstTextTimer?) async throws {
        let asked = messages + [ChatMessage(role: "user", content: question)]
        let answer = try await print(source.chat(asked), timer)
        messages = asked + [ChatMessage(role: "assistant", content: answer)]
    }
}

/// Prints texts as they come and returns them in one.
func print(_ texts: any AsyncSequence<String, any Error>, _ timer: FirstTextTimer?) async throws -> String {
    var whole = ""
    for try await text in texts where !text.isEmpty {
        timer?.sawText()
        StandardOutput.write(text)
        whole += text
    }
    StandardOutput.write("\n")
    return whole
}
