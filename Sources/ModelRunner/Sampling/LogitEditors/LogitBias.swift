import EngineTypes
import Tensor

/// Adds the request's logit biases.
struct LogitBias: LogitEditor {
    func append(to edits: inout [LogitEdit], for row: SamplingRow) {
        guard let rules = row.work.tokenRules, !rules.biases.isEmpty else { return }
        edits.append(.add(tokens: rules.biasedTokens, biases: rules.biases))
    }
}
