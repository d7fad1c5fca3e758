import EngineTypes
import Tensor

/// Adds the biases that the request gives.
struct LogitBias: LogitEditor {
    func edits(for row: InputBatch.Row) -> [LogitEdit] {
        row.sampling.logitBias.map { LogitEdit(token: $0.key, bias: $0.value) }
    }
}
