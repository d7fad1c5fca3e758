import EngineTypes
import Support
import Synchronization

/// The stored responses, in memory. The oldest finished ones make room for new ones; running and finished responses
/// share one byte budget.
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

    /// The responses visible to a caller: those of its API key, or all of them if the server has no keys.
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
        if isTaken { throw .invalid("request_id", "must not be the id of a running response, got \"\(name.id)\"") }
        trim(keepingLast: 1) { $0.order.count > maxCount || bytes.isExceeded }
    }

    fileprivate func reserve(_ byteCount: Int) throws(RequestError) -> ByteBudget.Share {
        guard byteCount <= bytes.limit else {
            throw .invalid(
                "input",
                "must be at most \(bytes.limit) bytes in a stored response, counting instructions, metadata and the "
                    + "previous conversation, got \(byteCount); store: false has no such limit")
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
            .overloaded, "running stored responses hold \(bytes.used) of \(bytes.limit) bytes; try again later")
    }

    /// Drops finished responses, the oldest first, while there are too many. `keptCount`: newest responses to keep.
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

/// The stored responses of one owner. Responses of other owners are not found, and their ids can be used again.
struct OwnResponses: Sendable {
    fileprivate let store: ResponseStore
    fileprivate let owner: Caller?

    /// Stores a response in place of a finished one with its id. Throws if a response with its id is still running.
    func add(_ response: StoredResponse) throws(RequestError) {
        try store.add(response, ResponseStore.Name(owner: owner, id: response.id))
    }

    /// Reserves bytes for a response until the share is released. Drops finished responses to make room; throws if
    /// there is still not enough.
    func reserve(_ byteCount: Int) throws(RequestError) -> ByteBudget.Share { try store.reserve(byteCount) }

    /// Adds bytes to a share. Drops finished responses to make room; throws, with the share unchanged, if running ones
    /// leave too little.
    func grow(_ share: ByteBudget.Share, by byteCount: Int) throws(RequestError) {
        try store.grow(share, by: byteCount)
    }

    /// Returns the response with this id, or throws `notFound`. `parameter`: the field that holds the id.
    func response(_ id: String, _ parameter: String = "response_id") throws(RequestError) -> StoredResponse {
        guard let response = store.response(ResponseStore.Name(owner: owner, id: id)) else {
            throw RequestError(.notFound, parameter: parameter, "Response with id '\(id)' not found.")
        }
        return response
    }

    /// Returns the conversation including the response's answer. Throws if the response has no complete answer.
    func conversation(after id: String) throws(RequestError) -> [JSONValue] {
        guard let conversation = try response(id, "previous_response_id").conversation else {
            throw .invalid("previous_response_id", "must be the id of a finished response, got \"\(id)\"")
        }
        return conversation
    }

    /// The output items of all finished stored responses, by id.
    var items: [String: JSONValue] {
        let items = store.all(of: owner).filter { !$0.isRunning }.flatMap(\.outputItems)
        return Dictionary(items.compactMap { item in item["id"]?.stringValue.map { ($0, item) } }) { first, _ in first }
    }
}
