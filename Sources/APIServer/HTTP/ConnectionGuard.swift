import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Support

/// Watches one connection, on its event loop: says when the client goes, bounds how long it may take over head and body
/// and between requests, answers what is no HTTP, and lets a request that is just arriving in before the server closes.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    let connection = Connection()
    private let options: ServerOptions
    private var timer: Scheduled<Void>?
    /// Runs while more is to be written than the channel holds.
    private var writeTimer: Scheduled<Void>?
    /// Parts of answers that the client's side took.
    private var writtenCount = 0
    /// Heads read whose answers are not written to their end.
    private var requestsInProgress = 0
    private var isReadingBody = false
    private var hasWrittenHead = false
    /// Answered by this handler, and closed.
    private var isRefused = false
    /// The server shuts down, and whoever comes after this handler has not been told.
    private var isQuiescing = false

    /// How long a connection without a request may stay when the server shuts down: its request may be on the way.
    private static let quiesceGrace = Duration.milliseconds(500)
    /// How long a refused client may go on sending: to close at once would take the answer from under its eyes.
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

    /// Closes the connection if nothing more is written from now on. A channel that is filled as fast as it drains need not
    /// become writable in between.
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
            // The answer may have been quicker than the body.
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
                ? "the headers may have at most \(options.maxHeaderByteCount) bytes and \(options.maxHeaderCount) fields"
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

    /// Closes the connection, or has it close after the answer that is under way.
    private func passQuiesceOn(_ context: ChannelHandlerContext) {
        guard isQuiescing else { return }
        isQuiescing = false
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    private func startKeepAlive(_ context: ChannelHandlerContext) {
        start(context, options.keepAliveTimeout) { guarding, context in guarding.expireIdle(context) }
    }

    /// Between requests, or while a head comes: nothing is lost.
    private func expireIdle(_ context: ChannelHandlerContext) {
        if requestsInProgress == 0 { context.close(promise: nil) }
    }

    private func expireBody(_ context: ChannelHandlerContext) {
        guard isReadingBody else { return }
        refuse(context, .requestTimeout, "the body did not arrive within \(options.bodyTimeout)")
    }

    /// Answers in place of the route and closes; only closes where an answer has begun.
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

    /// One timer at a time: what the client is to do next decides which.
    private func start(
        _ context: ChannelHandlerContext, _ duration: Duration,
        _ expire: @escaping (ConnectionGuard, ChannelHandlerContext) -> Void
    ) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { expire(self, context) }
    }
}
