import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Support

/// Guards one connection, on its event loop: reports that the client has gone, enforces the timeouts, rejects input
/// that is not valid HTTP, and during shutdown still admits a request that is just arriving.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    let connection = Connection()
    private let options: ServerOptions
    private var timer: Scheduled<Void>?
    /// Runs while the channel's write buffer is full.
    private var writeTimer: Scheduled<Void>?
    /// Number of response parts written to the socket.
    private var writtenCount = 0
    /// Requests whose head has been read and whose answer is not completely written.
    private var requestsInProgress = 0
    private var isReadingBody = false
    private var hasWrittenHead = false
    /// This handler has sent an error and is closing the connection.
    private var isRefused = false
    /// The server is shutting down, and the handlers after this one have not been told.
    private var isQuiescing = false

    /// Time that an idle connection stays open during shutdown: a request may be on its way.
    private static let quiesceGrace = Duration.milliseconds(500)
    /// Time that a refused client may keep sending. Closing at once could discard the answer before it is read.
    private static let lingerTimeout = Duration.seconds(2)

    init(options: ServerOptions) { self.options = options }

    func handlerAdded(context: ChannelHandlerContext) {
        start(context, options.headerTimeout) { guarding, context in guarding.expireIdle(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimers() }

    private func stopTimers() {
        timer?.cancel()
        writeTimer?.cancel()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        if !context.channel.isWritable { startWriteTimer(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Closes the connection if nothing is written before the timeout. Counts writes, because a channel that fills as
    /// fast as it drains may never become writable in between.
    private func startWriteTimer(_ context: ChannelHandlerContext) {
        let count = writtenCount
        writeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(options.writeTimeout)) {
            guard !context.channel.isWritable else { return }
            if self.writtenCount == count { context.close(promise: nil) } else { self.startWriteTimer(context) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestsInProgress += 1
            isReadingBody = true
            if head.headerFields[.expect]?.lowercased() == "100-continue" { sendContinue(head, context) }
            start(context, options.bodyTimeout) { guarding, context in guarding.expireBody(context) }
        case .end:
            isReadingBody = false
            timer?.cancel()
            // The answer may be complete before the body.
            if requestsInProgress == 0 { startKeepAlive(context) }
        case .body: break
        }
        context.fireChannelRead(data)
        if requestsInProgress > 0 { passQuiesceOn(context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: hasWrittenHead = true
        case .body: break
        case .end:
            requestsInProgress -= 1
            hasWrittenHead = false
            connection.onClose(nil)
            if requestsInProgress == 0 { startKeepAlive(context) }
        }
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenSuccess { self.writtenCount += 1 }
        context.write(data, promise: written)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        let tooLarge = error == .headerOverflow
        refuse(
            context, tooLarge ? .requestHeaderFieldsTooLarge : .badRequest,
            tooLarge
                ? "the request headers are too large: at most \(options.maxHeaderByteCount) bytes and "
                    + "\(options.maxHeaderCount) fields are allowed"
                : "the request is not valid HTTP/1.1: \(error)")
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            connection.close()
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent where requestsInProgress == 0:
            isQuiescing = true
            start(context, Self.quiesceGrace) { guarding, context in guarding.passQuiesceOn(context) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimers()
        connection.close()
        context.fireChannelInactive()
    }

    /// Tells the handlers after this one to close the connection, after the answer in progress if there is one.
    private func passQuiesceOn(_ context: ChannelHandlerContext) {
        guard isQuiescing else { return }
        isQuiescing = false
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    private func startKeepAlive(_ context: ChannelHandlerContext) {
        start(context, options.keepAliveTimeout) { guarding, context in guarding.expireIdle(context) }
    }

    /// Closes the connection if no request is in progress: at most part of a head has arrived, so none is lost.
    private func expireIdle(_ context: ChannelHandlerContext) {
        if requestsInProgress == 0 { context.close(promise: nil) }
    }

    private func expireBody(_ context: ChannelHandlerContext) {
        guard isReadingBody else { return }
        refuse(context, .requestTimeout, "the request body did not arrive within \(options.bodyTimeout)")
    }

    /// Sends an error instead of the route's answer and closes the connection. Only closes it if that answer has begun
    /// or several are outstanding.
    private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponse.Status, _ message: String) {
        guard !isRefused else { return }
        isRefused = true
        connection.close()
        guard !hasWrittenHead, requestsInProgress <= 1 else { return context.close(promise: nil) }
        let text = ErrorResponse(status, "BadRequestError", message).json(.openAI).serialized
        let head = HTTPResponse(
            status: status,
            headerFields: [
                .contentType: "application/json", .contentLength: String(text.utf8.count), .connection: "close",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: text))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        start(context, Self.lingerTimeout) { _, context in context.close(promise: nil) }
    }

    private func sendContinue(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= options.maxBodyByteCount else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// Starts the connection's only timer, for whatever the client has to do next. Cancels the previous one.
    private func start(
        _ context: ChannelHandlerContext, _ duration: Duration,
        _ expire: @escaping (ConnectionGuard, ChannelHandlerContext) -> Void
    ) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { expire(self, context) }
    }
}
