import EngineTypes
import Support
import Synchronization

/// The responses that can be asked for later, in memory. The oldest finished ones give way to new ones.
final class ResponseStore: Sendable {
    private struct State {
        var responses: [String: StoredResponse] = [:]
        /// Oldest first.
        var order: [String] = []

        var byteCount: Int { responses.values.reduce(0) { $0 + $1.byteCount } }
    }

    private let maxCount: Int
    private let maxByteCount: Int
    private let state = Mutex(State())

    init(maxCount: Int, maxByteCount: Int = 64 << 20) {
        self.maxCount = maxCount
        self.maxByteCount = maxByteCount
    }

    /// Throws for the name of a response that still runs; one that has ended gives way to a later one of its name.
    func add(_ response: StoredResponse) throws(RequestError) {
        let isTaken = state.withLock { state in
            if let former = state.responses[response.id] {
                if former.isRunning { return true }
                state.order.removeAll { $0 == response.id }
            }
            state.responses[response.id] = response
            state.order.append(response.id)
            var byteCount = state.byteCount
            while state.order.count > maxCount || byteCount > maxByteCount,
                let oldest = state.order.dropLast().firstIndex(where: { !state.responses[$0]!.isRunning })
            {
                byteCount -= state.responses.removeValue(forKey: state.order.remove(at: oldest))!.byteCount
            }
            return false
        }
        if isTaken { throw .invalid("request_id", "is that of a response that still runs, got \"\(response.id)\"") }
    }

    /// `parameter`: the field that says the id.
    func response(_ id: String, _ parameter: String = "response_id") throws(RequestError) -> StoredResponse {
        guard let response = state.withLock({ $0.responses[id] }) else {
            throw RequestError(.notFound, parameter: parameter, "Response with id '\(id)' not found.")
        }
        return response
    }

    /// The conversation that a response ended with.
    func conversation(after id: String) throws(RequestError) -> [JSONValue] {
        guard let conversation = try response(id, "previous_response_id").conversation else {
            throw .invalid("previous_response_id", "must be that of a finished response, got \"\(id)\"")
        }
        return conversation
    }

    /// The output items of all stored responses that have ended, by their ids.
    var items: [String: JSONValue] {
        let responses = state.withLock { Array($0.responses.values) }
        let items = responses.filter { !$0.isRunning }.flatMap(\.outputItems)
        return Dictionary(items.compactMap { item in item["id"]?.stringValue.map { ($0, item) } }) { first, _ in first }
    }
}
