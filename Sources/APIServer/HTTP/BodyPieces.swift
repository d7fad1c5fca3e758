import Hummingbird
import NIOCore

// Large bodies are written in pieces. The write timeout applies to each piece, so a slow but steady reader is not cut
// off.

private let pieceByteCount = 1 << 15

extension ResponseBodyWriter {
    @concurrent mutating func write(inPieces buffer: ByteBuffer) async throws {
        var rest = buffer
        while let piece = rest.readSlice(length: min(pieceByteCount, rest.readableBytes)), piece.readableBytes > 0 {
            try await write(piece)
        }
    }
}

extension ResponseBody {
    static func inPieces(_ buffer: ByteBuffer) -> ResponseBody {
        guard buffer.readableBytes > pieceByteCount else { return ResponseBody(byteBuffer: buffer) }
        return ResponseBody(contentLength: buffer.readableBytes) { writer in
            try await writer.write(inPieces: buffer)
            try await writer.finish(nil)
        }
    }
}
