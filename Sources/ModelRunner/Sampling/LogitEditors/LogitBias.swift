import EngineTypes
import Tensor

/// Adds the biases that the request gives.
struct LogitBias: LogitEditor {
    func edit(_ logits: Tensor, of request: InputBatch.Row, _ backend: any Backend) {
        guard let rules = request.tokenRules, !rules.biases.isEmpty else { return }
        backend.addBiases(logits, row: 0, tokens: rules.biasedTokens, biases: rules.biases)
    }
}
