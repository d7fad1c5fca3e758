import EngineTypes
import Needletail
import Support
import Synchronization

/// A stored response, which can be retrieved while it runs and afterwards.
final class StoredResponse: Sendable {
    private struct State {
        var object: JSONObject
        /// The conversation before the answer.
        var messages: [JSONValue]
        /// Text of the answer; nil until it is finished.
        var text: String?
        var events: [JSONValue] = []
        var readers: [Int: AsyncStream<JSONValue>.Continuation] = [:]
        var nextReader = 0
        /// Cancels the generation; nil if it is not running.
        var cancel: (@Sendable () -> Void)?
        var phase = Phase.running
        var eventByteCount = 0

        var byteCount: Int {
            JSONValue.array(messages).approximateByteCount + JSONValue.object(object).approximateByteCount
                + eventByteCount
        }
    }

    private enum Phase { case running, cancelled, ended }

    let id: String
    let isBackground: Bool
    private let state: Mutex<State>
    private let others: OwnResponses
    private let bytes: ByteBudget.Share

    /// `others`: the owner's responses. `bytes`: the bytes reserved for this one.
    init(
        _ object: JSONObject, id: String, _ request: ResponsesRequest, text: String? = nil, _ others: OwnResponses,
        _ bytes: ByteBudget.Share
    ) {
        self.id = id
        isBackground = request.isBackground
        self.others = others
        self.bytes = bytes
        state = Mutex(State(object: object, messages: request.messages, text: text))
        bytes.byteCount = state.withLock { $0.byteCount }
    }

    var json: JSONValue { .object(state.withLock { $0.object }) }

    /// The output items so far.
    var outputItems: [JSONValue] { state.withLock { $0.object["output"]?.arrayValue ?? [] } }

    var isRunning: Bool { state.withLock { $0.cancel != nil } }

    /// The conversation with the answer; nil until there is an answer.
    var conversation: [JSONValue]? {
        state.withLock { state in
            state.text.map { state.messages + [["role": "assistant", "content": .string($0)]] }
        }
    }

    /// Generates in a task of its own, whether or not anyone reads the events.
    func run(_ answer: ResponsesAnswer, _ generation: Generation, interval: Int) {
        state.withLock { state in
            state.cancel = { generation.cancel() }
            state.object["status"] = "in_progress"
        }
        Task {
            var answer = answer
            answer.onFinish = { [self] object, text in update(object, text: text) }
            do {
                for event in answer.openingChunks { add(event) }
                var outputs = generation.makeReader(interval: interval)
                while let (index, output) = try await outputs.next() {
                    guard let event = answer.chunk(index, output) else { continue }
                    try others.grow(bytes, by: event.approximateByteCount)
                    add(event)
                }
                if isCancelled {
                    keep(answer.cancelled, in: answer)
                } else {
                    for event in answer.closingChunks { add(event) }
                }
            } catch {
                generation.cancel()
                let failed = answer.failed(error)
                if update(failed, text: nil) {
                    add(answer.endEvent("failed", failed))
                } else {
                    keep(answer.cancelled, in: answer)
                }
            }
            finish()
        }
    }

    private var isCancelled: Bool { state.withLock { $0.phase == .cancelled } }

    /// Stores the final state of a cancelled response and adds its last event.
    private func keep(_ object: JSONObject, in answer: ResponsesAnswer) {
        state.withLock { $0.object = object }
        add(answer.endEvent("cancelled", object))
    }

    /// Cancels the response. Returns false if it is not running, unless it was already cancelled.
    func cancel() -> Bool {
        let (isCancelled, cancel) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard state.phase == .running, let cancel = state.cancel else { return (state.phase == .cancelled, nil) }
            state.phase = .cancelled
            state.object["status"] = "cancelled"
            return (true, cancel)
        }
        cancel?()
        return isCancelled
    }

    /// The events from a sequence number on, including future ones.
    func events(from number: Int) -> AsyncStream<JSONValue> {
        AsyncStream { continuation in
            let reader = state.withLock { state -> Int? in
                // A slow reader's buffer holds no more events than the log itself.
                for event in state.events.dropFirst(number) { continuation.yield(event) }
                guard state.cancel != nil else { return nil }
                state.nextReader += 1
                state.readers[state.nextReader] = continuation
                return state.nextReader
            }
            guard let reader else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.readers.removeValue(forKey: reader) }
            }
        }
    }

    /// Sets the final state. Returns false, with nothing changed, if the response was cancelled.
    @discardableResult
    private func update(_ object: JSONObject, text: String?) -> Bool {
        state.withLock { state in
            guard state.phase == .running else { return false }
            state.object = object
            (state.text, state.phase) = (text, object["status"] == "cancelled" ? .cancelled : .ended)
            return true
        }
    }

    private func add(_ event: JSONValue) {
        state.withLock { state in
            state.eventByteCount += event.approximateByteCount
            state.events.append(event)
            for reader in state.readers.values { reader.yield(event) }
        }
    }

    /// Ends the response and its readers. Drops the conversation if it has no answer: nothing can continue it.
    private func finish() {
        let readers = state.withLock { state in
            if state.text == nil { state.messages = [] }
            bytes.byteCount = state.byteCount
            state.cancel = nil
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }
}

/// Sends the events of a stored response, from sequence number `firstNumber` on.
struct StoredEvents: EventSource {
    let response: StoredResponse
    let firstNumber: Int

    var framing: EventFraming { .named }

    @concurrent func send(to events: inout EventWriter) async throws {
        for await event in response.events(from: firstNumber) { try await events.send(event) }
    }
}
