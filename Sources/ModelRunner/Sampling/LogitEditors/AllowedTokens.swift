import EngineTypes
import Tensor

/// Bans all tokens but those that the request allows.
struct AllowedTokens: LogitEditor {
    func edit(_ logits: Tensor, of request: InputBatch.Row, _ backend: any Backend) {
        guard let allowed = request.tokenRules?.allowed else { return }
        backend.maskLogits(logits, row: 0, allowed: allowed[...])
    }
}
