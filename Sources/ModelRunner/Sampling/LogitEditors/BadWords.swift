import EngineTypes
import Tensor

/// Bans the last token of a bad word if the output ends with its other tokens.
struct BadWords: LogitEditor {
    func append(to edits: inout [LogitEdit], for row: SamplingRow) {
        guard let rules = row.work.tokenRules else { return }
        let completing = rules.tokensThatWouldComplete(row.history.outputTokenIDs)
        if !rules.bannedTokens.isEmpty { edits.append(.ban(rules.bannedTokens)) }
        if !completing.isEmpty { edits.append(.ban(completing)) }
    }
}
