/// The outputs of one request as they are generated. Each element has what is new since the last one; the final one has
/// a finish reason. Cancelling the task that reads, or dropping the stream, ends the request within one step.
public struct RequestStream: AsyncSequence, Sendable {
    /// The output since the previous element.
    public typealias Element = RequestOutput
    /// The error that ends a stream if its request fails or is cancelled.
    public typealias Failure = RequestError

    private let subscription: Subscription

    package init(collector: OutputCollector, cancel: @escaping @Sendable () -> Void) {
        subscription = Subscription(collector: collector, cancel: cancel)
    }

    /// An iterator over the outputs, of which only one may read at a time.
    public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    /// Reads the outputs of a stream one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let subscription: Subscription

        /// Waits for the next output; nil after the final one. Throws if the request fails or is cancelled.
        public mutating func next() async throws(RequestError) -> RequestOutput? {
            try await subscription.next()
        }

        /// Waits for the next output; nil after the final one. Throws if the request fails or is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RequestError) -> RequestOutput? {
            try await subscription.next()
        }
    }

    /// Cancels the request within one step; its reader gets the error `cancelled`.
    package func cancel() { subscription.cancelRequest() }

    /// Reads the stream to its end and returns the whole output. Throws if the request fails or is cancelled.
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
