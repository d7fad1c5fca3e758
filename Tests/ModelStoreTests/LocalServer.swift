import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A request as the server saw it.
struct ServedRequest: Sendable {
    var method: String
    var path: String
    var headers: HTTPHeaders

    func header(_ name: String) -> String? { headers.first(name: name) }
}

/// What the server answers.
struct ServedReply: Sendable {
    var status = HTTPResponseStatus.ok
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Closes the connection after this many bytes of the body.
    var cut: Int?

    static let notFound = ServedReply(status: .notFound)
}

/// An HTTP server on a free port of the loopback interface that records what it is asked.
final class LocalServer: Sendable {
    private let channel: any Channel
    private let log: RequestLog

    init(_ answer: @escaping @Sendable (ServedRequest) -> ServedReply) async throws {
        let log = RequestLog()
        self.log = log
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(log: log, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [ServedRequest] { log.entries.withLock { $0 } }

    func close() async throws { try await channel.close() }
}

private final class RequestLog: Sendable {
    let entries = Mutex<[ServedRequest]>([])
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: RequestLog
    private let answer: @Sendable (ServedRequest) -> ServedReply
    private var request: ServedRequest?

    init(log: RequestLog, answer: @escaping @Sendable (ServedRequest) -> ServedReply) {
        self.log = log
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = ServedRequest(method: head.method.rawValue, path: head.uri, headers: head.headers)
        case .body: break
        case .end:
            guard let request else { return }
            log.entries.withLock { $0.append(request) }
            write(answer(request), isHead: request.method == "HEAD", context)
        }
    }

    private func write(_ reply: ServedReply, isHead: Bool, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(reply.headers)
        if !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: "\(reply.body.count)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead {
            let sent = reply.body.prefix(reply.cut ?? reply.body.count)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: sent)))), promise: nil)
        }
        if reply.cut != nil, !isHead {
            context.flush()
            context.close(promise: nil)
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
