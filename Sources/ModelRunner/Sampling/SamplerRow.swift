import EngineTypes
import Tensor

/// A row of a step while one thread chooses its token.
struct SamplerRow: Sendable {
    let request: InputBatch.Row
    /// The row's logits, `[1, vocabulary]`: overwritten.
    let logits: Tensor
    /// Room for the model's own logits, where they are reported.
    let raw: Tensor?
    /// The tokens that a grammar allows.
    let mask: ArraySlice<UInt32>?
    let workspace: SamplerWorkspace
}

/// The rows of a step.
struct SamplerRows: Sendable {
    let requests: [InputBatch.Row]
    let logits: Tensor
    /// A copy for each row that reports the model's own logits; empty where none does.
    let raw: [Tensor?]
    let bitmask: TokenBitmask?
    let workspaces: [SamplerWorkspace]

    func row(_ index: Int, worker: Int) -> SamplerRow {
        SamplerRow(
            request: requests[index], logits: logits.rows(index..<index + 1), raw: raw.isEmpty ? nil : raw[index],
            mask: bitmask?.row(of: requests[index].id), workspace: workspaces[worker])
    }
}

/// Memory of one thread, committed when it is first used.
struct SamplerWorkspace: Sendable {
    /// Room for a row of logits.
    let copy: Tensor
    /// Zeros between uses; see `Backend.penalizeLogits`.
    let marks: Tensor

    init(vocabularySize: Int) {
        copy = Tensor(zeros: Shape(1, vocabularySize))
        marks = Tensor(zeros: Shape(1, vocabularySize))
    }
}
