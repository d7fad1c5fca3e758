import EngineTypes
import Tensor

/// Bans the last token of a sequence where the output ends with the others.
struct BadWords: LogitEditor {
    func edits(for row: SamplingRow) -> [LogitEdit] {
        guard let rules = row.request.tokenRules else { return [] }
        return [rules.bannedTokens, rules.tokensThatWouldComplete(row.history.outputTokenIDs)]
            .filter { !$0.isEmpty }.map { .ban($0) }
    }
}
