import EngineTypes
import Tensor

/// Bans the tokens that would end the output while it is shorter than `minTokens`.
struct MinTokens: LogitEditor {
    func append(to edits: inout [LogitEdit], for row: SamplingRow) {
        guard row.history.outputTokenCount < row.sampling.minTokens, !row.stopTokenIDs.isEmpty else { return }
        edits.append(.ban(row.stopTokenIDs))
    }
}
