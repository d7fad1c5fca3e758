import EngineTypes
import Tensor

/// Bans the last token of a sequence where the output ends with the others.
struct BadWords: LogitEditor {
    func edits(for row: InputBatch.Row) -> [LogitEdit] {
        row.sampling.badTokenSequences.compactMap { sequence in
            guard let last = sequence.last,
                row.outputTokenIDs.suffix(sequence.count - 1).elementsEqual(sequence.dropLast())
            else { return nil }
            return LogitEdit(token: last, bias: -.infinity)
        }
    }
}
