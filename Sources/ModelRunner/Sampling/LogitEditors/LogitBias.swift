import EngineTypes
import Tensor

/// Adds the request's logit biases.
struct LogitBias: LogitEditor {
    func edits(for row: SamplingRow) -> [LogitEdit] {
        guard let rules = row.request.tokenRules, !rules.biases.isEmpty else { return [] }
        return [.add(tokens: rules.biasedTokens, biases: rules.biases)]
    }
}
