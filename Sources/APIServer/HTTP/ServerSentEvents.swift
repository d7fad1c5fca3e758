import Hummingbird
import NIOCore
import Support

/// Something that sends events until it is done.
protocol EventSource: Sendable {
    @concurrent func send(to events: inout EventWriter) async throws
}

/// Writes server-sent events (WHATWG HTML, section 9.2) the way OpenAI's API frames them.
struct EventWriter {
    private var writer: any ResponseBodyWriter

    init(_ writer: consuming any ResponseBodyWriter) { self.writer = writer }

    /// Suspends while the client takes nothing.
    @concurrent mutating func send(_ value: JSONValue) async throws {
        var text = "data: "
        value.write(into: &text)
        text += "\n\n"
        try await writer.write(ByteBuffer(string: text))
    }

    /// The last event.
    @concurrent consuming func finish() async throws {
        try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
        try await writer.finish(nil)
    }
}
