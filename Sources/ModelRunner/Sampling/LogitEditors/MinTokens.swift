import EngineTypes
import Tensor

/// Bans the tokens that would end the output while it is shorter than `minTokens`.
struct MinTokens: LogitEditor {
    func edits(for row: SamplingRow) -> [LogitEdit] {
        guard row.history.outputTokenCount < row.sampling.minTokens, !row.request.stopTokenIDs.isEmpty else {
            return []
        }
        return [.ban(row.request.stopTokenIDs)]
    }
}
