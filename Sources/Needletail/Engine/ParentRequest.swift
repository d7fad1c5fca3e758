import EngineTypes
import Synchronization

/// A prompt with several outputs, each of which is a request.
package final class ParentRequest: Sendable {
    /// The `n` of the call; fewer than its requests with `best_of`.
    let returnedCount: Int
    private let state: Mutex<(unfinished: Int, maxTokenCount: Int)>
    private let leader = Mutex<RequestID?>(nil)

    package init(choiceCount: Int, returnedCount: Int) {
        self.returnedCount = returnedCount
        state = Mutex((choiceCount, 0))
    }

    /// The request that computes the prompt for all, which is the first to ask; nil if that is `id` itself.
    func leader(of id: RequestID) -> RequestID? {
        leader.withLock { leader in
            if leader == nil { leader = id }
            return leader == id ? nil : leader
        }
    }

    /// Records that a request ended with `tokenCount` output tokens. When the last one ends, returns the maximum of
    /// all.
    func finishChoice(tokenCount: Int) -> Int? {
        state.withLock { state in
            state.unfinished -= 1
            state.maxTokenCount = max(state.maxTokenCount, tokenCount)
            return state.unfinished == 0 ? state.maxTokenCount : nil
        }
    }
}
