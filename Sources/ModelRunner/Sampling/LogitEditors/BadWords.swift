import EngineTypes
import Tensor

/// Bans the last token of a bad word if the output ends with its other tokens.
struct BadWords: LogitEditor {
    func edits(for row: SamplingRow) -> [LogitEdit] {
        guard let rules = row.request.tokenRules else { return [] }
        return [rules.bannedTokens, rules.tokensThatWouldComplete(row.history.outputTokenIDs)]
            .filter { !$0.isEmpty }.map { .ban($0) }
    }
}
