import EngineTypes
import Support
import Synchronization

/// The responses that can be asked for later, in memory. The oldest finished ones give way to new ones; running and
/// finished responses share one byte budget.
final class ResponseStore: Sendable {
    fileprivate struct Name: Hashable {
        var owner: Caller?
        var id: String
    }

    private struct State {
        var responses: [Name: StoredResponse] = [:]
        /// Oldest first.
        var order: [Name] = []
    }

    private let maxCount: Int
    private let bytes: ByteBudget
    private let state = Mutex(State())

    init(maxCount: Int, maxByteCount: Int = 64 << 20) {
        self.maxCount = maxCount
        bytes = ByteBudget(limit: maxByteCount)
    }

    /// The responses of whoever asks: the holder of a key has his own, and without keys they are everybody's.
    func responses(of caller: Caller?) -> OwnResponses {
        if case .key? = caller { return OwnResponses(store: self, owner: caller) }
        return OwnResponses(store: self, owner: nil)
    }

    fileprivate func add(_ response: StoredResponse, _ name: Name) throws(RequestError) {
        let isTaken = state.withLock { state in
            if let former = state.responses[name] {
                if former.isRunning { return true }
                state.order.removeAll { $0 == name }
            }
            state.responses[name] = response
            state.order.append(name)
            return false
        }
        if isTaken { throw .invalid("request_id", "is that of a response that still runs, got \"\(name.id)\"") }
        trim(keepingLast: 1) { $0.order.count > maxCount || bytes.isExceeded }
    }

    fileprivate func reserve(_ byteCount: Int) throws(RequestError) -> ByteBudget.Share {
        guard byteCount <= bytes.limit else {
            throw .invalid(
                "input",
                "may have at most \(bytes.limit) bytes in a stored response, with instructions, metadata and what came "
                    + "before, got \(byteCount); store: false has no such limit")
        }
        let share = bytes.share()
        try grow(share, by: byteCount)
        return share
    }

    fileprivate func grow(_ share: ByteBudget.Share, by byteCount: Int) throws(RequestError) {
        share.byteCount += byteCount
        trim { _ in bytes.isExceeded }
        guard bytes.isExceeded else { return }
        share.byteCount -= byteCount
        throw RequestError(
            .overloaded, "the stored responses that run hold \(bytes.used) of \(bytes.limit) bytes; try again later")
    }

    /// Gives up finished responses, the oldest first, while there are too many.
    private func trim(keepingLast keptCount: Int = 0, while isTooMuch: (borrowing State) -> Bool) {
        state.withLock { state in
            while isTooMuch(state),
                let oldest = state.order.dropLast(keptCount).firstIndex(where: { !state.responses[$0]!.isRunning })
            {
                state.responses[state.order.remove(at: oldest)] = nil
            }
        }
    }

    fileprivate func response(_ name: Name) -> StoredResponse? { state.withLock { $0.responses[name] } }

    fileprivate func all(of owner: Caller?) -> [StoredResponse] {
        state.withLock { state in state.responses.filter { $0.key.owner == owner }.map(\.value) }
    }
}

/// The stored responses of one owner. Another's are not found, and their ids are free.
struct OwnResponses: Sendable {
    fileprivate let store: ResponseStore
    fileprivate let owner: Caller?

    /// Throws for the name of a response that still runs; one that has ended gives way to a later one of its name.
    func add(_ response: StoredResponse) throws(RequestError) {
        try store.add(response, ResponseStore.Name(owner: owner, id: response.id))
    }

    /// Room for a response of so many bytes until nothing refers to it; finished responses give way to it. Throws for more
    /// than there is.
    func reserve(_ byteCount: Int) throws(RequestError) -> ByteBudget.Share { try store.reserve(byteCount) }

    /// Throws, with nothing changed, where what runs leaves no room for it.
    func grow(_ share: ByteBudget.Share, by byteCount: Int) throws(RequestError) {
        try store.grow(share, by: byteCount)
    }

    /// `parameter`: the field that says the id.
    func response(_ id: String, _ parameter: String = "response_id") throws(RequestError) -> StoredResponse {
        guard let response = store.response(ResponseStore.Name(owner: owner, id: id)) else {
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
        let items = store.all(of: owner).filter { !$0.isRunning }.flatMap(\.outputItems)
        return Dictionary(items.compactMap { item in item["id"]?.stringValue.map { ($0, item) } }) { first, _ in first }
    }
}
