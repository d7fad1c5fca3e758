import AsyncHTTPClient
import NIOCore
import Needletail

/// The data of a response's server-sent events (WHATWG HTML, section 9.2) as its bytes arrive, up to the OpenAI API's
/// `[DONE]`.
struct ServerSentEvents: AsyncSequence {
    private let body: HTTPClientResponse.Body

    init(_ body: HTTPClientResponse.Body) { self.body = body }

    func makeAsyncIterator() -> Iterator { Iterator(body: body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        private static let maximumLineByteCount = 16 << 20

        fileprivate var body: HTTPClientResponse.Body.AsyncIterator
        private var buffer = ByteBuffer()

        fileprivate init(body: HTTPClientResponse.Body.AsyncIterator) { self.body = body }

        mutating func next() async throws -> String? { try await next(isolation: #isolation) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> String? {
            while true {
                while let line = nextLine() {
                    guard let data = Self.data(of: line) else { continue }
                    if data != "[DONE]" { return data }
                    // Read to the end, so that the connection can carry the next request.
                    while try await body.next(isolation: actor) != nil {}
                    return nil
                }
                guard buffer.readableBytes < Self.maximumLineByteCount else {
                    throw EngineError("the server sent a line longer than \(Self.maximumLineByteCount) bytes")
                }
                guard var chunk = try await body.next(isolation: actor) else { return nil }
                buffer.discardReadBytes()
                buffer.writeBuffer(&chunk)
            }
        }

        /// Removes the next complete line from the buffer and returns it without its terminator; nil if there is none.
        private mutating func nextLine() -> String? {
            guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = buffer.readString(length: end - buffer.readerIndex + 1)
            return line.map { String($0.prefix { !$0.isNewline }) }
        }

        private static func data(of line: String) -> String? {
            line.hasPrefix("data:") ? String(line.dropFirst(5).drop { $0 == " " }) : nil
        }
    }
}
