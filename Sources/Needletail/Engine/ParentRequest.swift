import Synchronization

/// A prompt that is answered `n` times, by as many requests.
package final class ParentRequest: Sendable {
    package let choiceCount: Int
    private let state: Mutex<(unfinished: Int, maxTokenCount: Int)>

    package init(choiceCount: Int) {
        self.choiceCount = choiceCount
        state = Mutex((choiceCount, 0))
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
