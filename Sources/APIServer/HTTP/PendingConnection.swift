import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Hummingbird's HTTP/1.1 channel, set up when a connection is handled instead of when it is accepted. A connection
/// accepted while the server stops is never handled, and NIO traps when a channel that is set up is dropped.
struct DeferredHTTPChannel: ServerChildChannel {
    let base: HTTP1Channel
    let tls: TLSContext?

    /// `TCP_NOTSENT_LOWAT` (tcp(7)): limit on the unsent bytes that the kernel buffers for a socket.
    private static let unsentLimit = ChannelOptions.Types.SocketOption(
        level: .tcp, name: NIOBSDSocket.Option(rawValue: 25))

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<PendingConnection> {
        // Limits the kernel's buffer to little more than unacknowledged data, so that a slow reader's progress is
        // noticed. Unix sockets do not have the option.
        let bounded = channel.setOption(Self.unsentLimit, value: 128 << 10).flatMapError { _ in
            channel.eventLoop.makeSucceededVoidFuture()
        }
        // Nothing is read before its handlers are in place, except what a client sent before it closed its side.
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
                    // Connections set up before the shutdown have received this event; this one was too late for it.
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

/// An accepted connection that is not handled yet; closes itself if it never is.
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

/// Buffers input that arrives before the other handlers are added. Even with auto-read off, NIO reads everything that a
/// client sent before it closed its side.
private final class EarlyInput: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var buffers: [ByteBuffer] = []
    private var isInputClosed = false

    /// Passes the buffered input, in order, to the handlers added since and leaves the pipeline. On the channel's event
    /// loop.
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
