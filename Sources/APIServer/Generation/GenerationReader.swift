import AsyncAlgorithms
import Needletail

/// Yields the new parts of all outputs as they arrive. Parts that arrive while nobody reads are merged by the engine.
struct GenerationReader {
    private var single: RequestStream.Iterator?
    private let channel = AsyncThrowingChannel<(Int, RequestOutput), any Error>()
    private var merged: AsyncThrowingChannel<(Int, RequestOutput), any Error>.Iterator?
    private var task: Task<Void, Never>?
    private let interval: Int
    /// Parts held back until they have `interval` tokens, by output; nil before an output's first part.
    private var held: [RequestOutput?]

    /// `interval`: minimum tokens per element, except the first and the last of each output.
    init(_ streams: [RequestStream], interval: Int = 1) {
        self.interval = interval
        held = Array(repeating: nil, count: streams.count)
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
        while let (index, output) = try await nextPiece() {
            // The first part is returned at once; later ones are gathered.
            guard interval > 1, var gathered = held[index] else {
                held[index] = RequestOutput()
                return (index, output)
            }
            gathered.append(output)
            let isDue = gathered.isFinished || gathered.tokenIDs.count >= interval
            held[index] = isDue ? RequestOutput() : gathered
            if isDue { return (index, gathered) }
        }
        return nil
    }

    private mutating func nextPiece() async throws -> (Int, RequestOutput)? {
        if task == nil { return try await single?.next().map { (0, $0) } }
        return try await merged?.next(isolation: #isolation)
    }

    func stop() { task?.cancel() }
}
