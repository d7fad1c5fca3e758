import AsyncHTTPClient
import NIOCore
import Needletail

/// The data of server-sent events (WHATWG HTML, section 9.2), up to the OpenAI API's `[DONE]`.
enum ServerSentEvents {
    private static let maximumLineByteCount = 16 << 20

    /// The events in a response, as its bytes arrive.
    static func data(in body: HTTPClientResponse.Body) -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    var buffer = ByteBuffer()
                    for try await var chunk in body {
                        buffer.writeBuffer(&chunk)
                        while let line = nextLine(&buffer) {
                            guard let data = data(of: line) else { continue }
                            if data == "[DONE]" { return continuation.finish() }
                            continuation.yield(data)
                        }
                        guard buffer.readableBytes < maximumLineByteCount else {
                            throw EngineError("the server sent a line of over \(maximumLineByteCount) bytes")
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Takes a whole line, without its end, out of the buffer.
    private static func nextLine(_ buffer: inout ByteBuffer) -> String? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = buffer.readString(length: end - buffer.readerIndex + 1)
        buffer.discardReadBytes()
        return line.map { String($0.prefix { !$0.isNewline }) }
    }

    private static func data(of line: String) -> String? {
        line.hasPrefix("data:") ? String(line.dropFirst(5).drop { $0 == " " }) : nil
    }
}
