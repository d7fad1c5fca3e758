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

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<PendingConnection> {
        // Nothing is read before there is a handler for it.
        channel.setOption(.autoRead, value: false).map { PendingConnection(channel) }
    }

    func handle(value pending: PendingConnection, logger: Logger) async {
        let channel = pending.take()
        let isStopping = Task.isShuttingDownGracefully
        do {
            let value = try await channel.eventLoop.flatSubmit { [base] in
                base.setup(channel: channel, logger: logger).flatMap { value in
                    // Connections made before the server stopped have been told; this one could not hear it.
                    if isStopping { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
                    return channel.setOption(.autoRead, value: true).map { value }
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
