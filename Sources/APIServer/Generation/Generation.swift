import AsyncAlgorithms
import EngineTypes
import Needletail

/// The requests that answer one call: `n` for each prompt, in the order of their index.
struct Generation: Sendable {
    private let streams: [RequestStream]

    /// Starts all of them, or throws and leaves none.
    init(_ client: any EngineClient, prompts: [[TokenID]], _ fields: GenerationFields) throws(RequestError) {
        var streams: [RequestStream] = []
        for prompt in prompts {
            let parent = fields.choiceCount > 1 ? ParentRequest(choiceCount: fields.choiceCount) : nil
            for choice in 0..<fields.choiceCount {
                var context = RequestContext()
                context.cacheSalt = fields.cacheSalt
                context.choiceIndex = choice
                context.parent = parent
                streams.append(try client.generate(prompt, fields.sampling, context))
            }
        }
        self.streams = streams
    }

    /// Ends all requests within a step.
    func cancel() {
        for stream in streams { stream.cancel() }
    }

    /// The whole outputs.
    func collect() async throws(RequestError) -> [RequestOutput] {
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        return outputs
    }

    func makeReader() -> Reader { Reader(streams) }

    /// What is new of any output, as it comes. What is not taken meanwhile is merged on the engine's side.
    struct Reader {
        private var single: RequestStream.Iterator?
        private let channel = AsyncThrowingChannel<(Int, RequestOutput), any Error>()
        private var merged: AsyncThrowingChannel<(Int, RequestOutput), any Error>.Iterator?
        private var task: Task<Void, Never>?

        fileprivate init(_ streams: [RequestStream]) {
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
}
