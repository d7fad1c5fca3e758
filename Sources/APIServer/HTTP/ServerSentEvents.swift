import Hummingbird
import NIOCore
import Support

/// A source of server-sent events, which sends until it is done.
protocol EventSource: Sendable {
    var framing: EventFraming { get }

    @concurrent func send(to events: inout EventWriter) async throws
}

extension EventSource {
    var framing: EventFraming { .data }
}

/// The way an API frames its events.
enum EventFraming: Sendable {
    /// Data only; the stream ends with `[DONE]`.
    case data
    /// Events named after the `type` of their data.
    case named
}

/// Writes server-sent events (WHATWG HTML, section 9.2).
struct EventWriter {
    private var writer: any ResponseBodyWriter
    private let framing: EventFraming
    let workers: WorkPool

    init(_ writer: consuming any ResponseBodyWriter, _ framing: EventFraming, _ workers: WorkPool) {
        self.writer = writer
        self.framing = framing
        self.workers = workers
    }

    /// Sends one event. Suspends while the client reads nothing.
    @concurrent mutating func send(_ value: JSONValue) async throws {
        var text = ""
        if framing == .named, let name = value["type"]?.stringValue { text = "event: \(name)\n" }
        text += "data: \(await workers.serialize(value))\n\n"
        try await writer.write(inPieces: ByteBuffer(string: text))
    }

    /// Ends the stream, with `[DONE]` if the framing requires it.
    @concurrent consuming func finish() async throws {
        if framing == .data { try await writer.write(ByteBuffer(string: "data: [DONE]\n\n")) }
        try await writer.finish(nil)
    }
}
