package import EngineTypes
package import Tensor

/// What a processor may look at: a request's history and parameters.
package struct SamplingRow {
    package var id: RequestID
    package var sampling: SamplingParams
    package var seed: UInt64
    package var choiceIndex: Int
    package var tokenIDs: [TokenID]
    package var promptTokenCount: Int
    package var stopTokenIDs: [TokenID]

    package var outputTokenCount: Int { tokenIDs.count - promptTokenCount }
}

extension SamplingRow {
    init(_ row: InputBatch.Row) {
        id = row.id
        sampling = row.sampling
        seed = row.seed
        choiceIndex = row.choiceIndex
        tokenIDs = row.tokenIDs
        promptTokenCount = row.promptTokenCount
        stopTokenIDs = row.stopTokenIDs
    }
}

/// Changes a row of logits before the token is chosen. A processor emits edits, which one backend operation applies; it
/// is a function of the row's history, so that nothing has to be rolled back.
package protocol LogitsProcessor: Sendable {
    func edits(for row: SamplingRow) -> [LogitEdit]
}
