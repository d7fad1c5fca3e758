import EngineTypes
import Tensor

/// Bans the tokens that would end the output while it is shorter than `minTokens`.
struct MinTokens: LogitEditor {
    func edit(_ logits: Tensor, of request: InputBatch.Row, _ backend: any Backend) {
        guard request.outputTokenCount < request.sampling.minTokens else { return }
        backend.banTokens(logits, row: 0, tokens: request.stopTokenIDs)
    }
}
