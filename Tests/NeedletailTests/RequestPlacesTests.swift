import EngineTypes
import Needletail
import TestSupport
import Testing

/// The places for requests are shared among callers.
@Suite struct RequestPlacesTests {
    /// An engine with eight places.
    private static func engine() throws -> AsyncEngine {
        let harness = try EngineHarness(Fixtures.path("models/llama")) {
            $0.maxSequences = 2
            $0.maxQueuedRequests = 6
        }
        return harness.engine
    }

    private static let callers = (0..<6).map { Caller.connection(UInt64($0)) }

    @Test func `a caller leaves half of what is free to others`() throws {
        let engine = try Self.engine()
        #expect(engine.info.maxCallerRequestCount == 4)
        var held = [try engine.admit(4, isSearch: false, for: Self.callers[0])]
        let error = #expect(throws: RequestError.self) { try engine.admit(1, isSearch: false, for: Self.callers[0]) }
        #expect(error?.code == .overloaded && error?.message.contains("of this caller") == true)
        held.append(try engine.admit(2, isSearch: false, for: Self.callers[1]))
        held.append(try engine.admit(1, isSearch: false, for: Self.callers[2]))
        held.append(try engine.admit(1, isSearch: false, for: Self.callers[3]))
        let full = #expect(throws: RequestError.self) { try engine.admit(1, isSearch: false, for: Self.callers[4]) }
        #expect(full?.message.contains("8 of 8 requests") == true)
        withExtendedLifetime(held) {}
    }

    @Test func `all of a call or none`() throws {
        let engine = try Self.engine()
        let held = try engine.admit(3, isSearch: false, for: Self.callers[0])
        #expect(throws: RequestError.self) { try engine.admit(3, isSearch: false, for: Self.callers[1]) }
        #expect(try engine.admit(2, isSearch: false, for: Self.callers[1]).places.count == 2)
        withExtendedLifetime(held) {}
    }

    @Test func `places that nothing refers to are free`() throws {
        let engine = try Self.engine()
        for _ in 0..<10 { _ = try engine.admit(4, isSearch: false, for: Self.callers[0]) }
        #expect(try engine.admit(8, isSearch: false, for: nil).places.count == 8)
    }

    @Test func `requests free their places when they end`() async throws {
        let engine = try Self.engine()
        for _ in 0..<3 {
            let streams = try (0..<4).map { _ in
                var context = RequestMetadata()
                context.caller = Self.callers[0]
                let sampling = try engine.input.prepare(.greedy(maxTokens: 2))
                return try engine.generate([5, 6, 7], sampling, context)
            }
            for stream in streams { #expect(try await stream.collect().isFinished) }
        }
    }

    @Test func `this process may fill all places`() throws {
        let engine = try Self.engine()
        let held = try engine.admit(8, isSearch: false, for: nil)
        #expect(throws: RequestError.self) { try engine.admit(1, isSearch: false, for: nil) }
        withExtendedLifetime(held) {}
    }
}
