import EngineTypes
import Tensor

/// Bans all tokens but those that the request allows.
struct AllowedTokens: LogitEditor {
    func append(to edits: inout [LogitEdit], for row: SamplingRow) {
        if let allowed = row.work.tokenRules?.allowed { edits.append(.keep(allowed)) }
    }
}
