import EngineTypes
import Synchronization

/// A prompt that is answered `n` times, by as many requests.
package final class ParentRequest: Sendable {
    /// What `n` was: with `best_of` fewer than there are requests.
    let returnedCount: Int
    private let state: Mutex<(unfinished: Int, maxTokenCount: Int)>
    private let leader = Mutex<RequestID?>(nil)

    package init(choiceCount: Int, returnedCount: Int) {
        self.returnedCount = returnedCount
        state = Mutex((choiceCount, 0))
    }

    /// The request that computes the prompt for all, the first that asked; nil for that one itself.
    func leader(of id: RequestID) -> RequestID? {
        leader.withLock { leader in
            if leader == nil { leader = id }
            return leader == id ? nil : leader
        }
    }

    /// One of the requests ended with `tokenCount` output tokens. Returns, with the last of them, the most that any had.
    func finishChoice(tokenCount: Int) -> Int? {
        state.withLock { state in
            state.unfinished -= 1
            state.maxTokenCount = max(state.maxTokenCount, tokenCount)
            return state.unfinished == 0 ? state.maxTokenCount : nil
        }
    }
}
