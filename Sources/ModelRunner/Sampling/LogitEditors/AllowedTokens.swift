import EngineTypes
import Tensor

/// Bans all tokens but those that the request allows.
struct AllowedTokens: LogitEditor {
    func edits(for row: SamplingRow) -> [LogitEdit] { row.request.tokenRules?.allowed.map { [.keep($0)] } ?? [] }
}
