import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Hummingbird's HTTP/1.1 channel, set up when a connection is handled in place of when it is accepted. A connection that
/// is accepted while the server stops is never handled; NIO traps when a channel that is set up is dropped like that.
struct DeferredHTTPChannel: ServerChildChannel {
    let base: HTTP1Channel
    let tls: TLSContext?

    /// `TCP_NOTSENT_LOWAT` (tcp(7)): bytes that the system keeps besides those under way.
    private static let unsentLimit = ChannelOptions.Types.SocketOption(
        level: .tcp, name: NIOBSDSocket.Option(rawValue: 25))

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<PendingConnection> {
        // What waits in the system's buffer is bounded by what the client has not acknowledged, and a client that reads is
        // seen to read. Unix sockets do not know the option.
        let bounded = channel.setOption(Self.unsentLimit, value: 128 << 10).flatMapError { _ in
            channel.eventLoop.makeSucceededVoidFuture()
        }
        // Nothing is read before there is a handler for it, but for what came before the client's end.
        return bounded.flatMap { channel.setOption(.autoRead, value: false) }.flatMapThrowing {
            try channel.pipeline.syncOperations.addHandler(EarlyInput())
            return PendingConnection(channel)
        }
    }

    func handle(value pending: PendingConnection, logger: Logger) async {
        let channel = pending.take()
        let isStopping = Task.isShuttingDownGracefully
        do {
            let value = try await channel.eventLoop.flatSubmit {
                [base, tls] () -> EventLoopFuture<HTTP1Channel.Value> in
                do {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.makeHandler()) }
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
                return base.setup(channel: channel, logger: logger).flatMap { value in
                    // Connections made before the server stopped have been told; this one could not hear it.
                    if isStopping { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
                    return EarlyInput.release(channel).flatMap { channel.setOption(.autoRead, value: true) }.map {
                        value
                    }
                }
            }.get()
            await base.handle(value: value, logger: logger)
        } catch {
            channel.close(promise: nil)
        }
    }
}

/// A connection that was accepted and is not handled yet; closed if it never is.
final class PendingConnection: ServerChildChannelValue {
    let channel: any Channel
    private let isTaken = Atomic<Bool>(false)

    init(_ channel: any Channel) { self.channel = channel }

    deinit {
        if !isTaken.load(ordering: .relaxed) { channel.close(promise: nil) }
    }

    func take() -> any Channel {
        isTaken.store(true, ordering: .relaxed)
        return channel
    }
}

/// Keeps what arrives before the other handlers are there: NIO reads all that a client sent before it closed its side, asked
/// or not.
private final class EarlyInput: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var buffers: [ByteBuffer] = []
    private var isInputClosed = false

    /// Gives it to the handlers that have come, in its order, and leaves. On the channel's event loop.
    static func release(_ channel: any Channel) -> EventLoopFuture<Void> {
        let pipeline = channel.pipeline.syncOperations
        do {
            return pipeline.removeHandler(try pipeline.handler(type: EarlyInput.self))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { buffers.append(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        for buffer in buffers { context.fireChannelRead(wrapInboundOut(buffer)) }
        if !buffers.isEmpty { context.fireChannelReadComplete() }
        if isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        buffers = []
        context.leavePipeline(removalToken: removalToken)
    }
}
