import EngineTypes
import Tensor

/// Bans the last token of a sequence where the output ends with the others.
struct BadWords: LogitEditor {
    func edit(_ logits: Tensor, of request: InputBatch.Row, _ backend: any Backend) {
        guard let rules = request.tokenRules else { return }
        backend.banTokens(logits, row: 0, tokens: rules.bannedTokens)
        backend.banTokens(logits, row: 0, tokens: rules.tokensThatWouldComplete(request.outputTokenIDs))
    }
}
