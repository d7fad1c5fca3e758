/// The outputs of one request as they come. Each element holds what is new since the last; the last one is finished.
/// When the task that reads is cancelled, or the stream is dropped, the request ends within one step.
public struct RequestStream: AsyncSequence, Sendable {
    public typealias Element = RequestOutput
    public typealias Failure = RequestError

    private let subscription: Subscription

    package init(collector: OutputCollector, cancel: @escaping @Sendable () -> Void) {
        subscription = Subscription(collector: collector, cancel: cancel)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    public struct Iterator: AsyncIteratorProtocol {
        let subscription: Subscription

        public mutating func next() async throws(RequestError) -> RequestOutput? {
            try await subscription.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RequestError) -> RequestOutput? {
            try await subscription.next()
        }
    }

    /// Ends the request within one step; its reader gets an error that says so.
    package func cancel() { subscription.cancelRequest() }

    /// Everything until the end, in one.
    public func collect() async throws(RequestError) -> RequestOutput {
        var whole: RequestOutput?
        var iterator = makeAsyncIterator()
        while let output = try await iterator.next() {
            if whole == nil { whole = output } else { whole?.append(output) }
        }
        guard let whole, whole.isFinished else { throw RequestError(.cancelled, "the request was cancelled") }
        return whole
    }
}

extension RequestStream {
    /// Ends the request when nobody can read it any more.
    final class Subscription: Sendable {
        private let collector: OutputCollector
        private let cancel: @Sendable () -> Void

        init(collector: OutputCollector, cancel: @escaping @Sendable () -> Void) {
            self.collector = collector
            self.cancel = cancel
        }

        deinit { cancel() }

        func cancelRequest() { cancel() }

        func next() async throws(RequestError) -> RequestOutput? {
            let element = await withTaskCancellationHandler {
                await collector.next()
            } onCancel: {
                cancel()
            }
            return try element?.get()
        }
    }
}
