import AsyncAlgorithms
import Needletail

/// What is new of any output, as it comes. What is not taken meanwhile is merged on the engine's side.
struct GenerationReader {
    private var single: RequestStream.Iterator?
    private let channel = AsyncThrowingChannel<(Int, RequestOutput), any Error>()
    private var merged: AsyncThrowingChannel<(Int, RequestOutput), any Error>.Iterator?
    private var task: Task<Void, Never>?

    init(_ streams: [RequestStream]) {
        guard streams.count > 1 else {
            single = streams[0].makeAsyncIterator()
            return
        }
        merged = channel.makeAsyncIterator()
        task = Task { [channel] in
            do {
                try await withThrowingTaskGroup(of: Void.self) { readers in
                    for (index, stream) in streams.enumerated() {
                        readers.addTask { for try await output in stream { await channel.send((index, output)) } }
                    }
                    try await readers.waitForAll()
                }
                channel.finish()
            } catch {
                channel.fail(error)
            }
        }
    }

    mutating func next() async throws -> (Int, RequestOutput)? {
        if task == nil { return try await single?.next().map { (0, $0) } }
        return try await merged?.next(isolation: #isolation)
    }

    func stop() { task?.cancel() }
}
