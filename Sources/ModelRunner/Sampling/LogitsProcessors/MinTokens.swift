import EngineTypes
import Tensor

/// Bans the tokens that would end the output while it is shorter than `minTokens`.
struct MinTokens: LogitEditor {
    func edits(for row: InputBatch.Row) -> [LogitEdit] {
        guard row.outputTokenCount < row.sampling.minTokens else { return [] }
        return row.stopTokenIDs.map { LogitEdit(token: $0, bias: -.infinity) }
    }
}
