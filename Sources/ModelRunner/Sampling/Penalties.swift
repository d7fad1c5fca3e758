import EngineTypes
import Tensor

/// What a request's history says for penalties.
struct Penalties {
    /// By token: 1 where the history has it, and 2 for each time that the output has it. Zero between calls.
    private var marks: [Int32] = []

    /// Each token of prompt and output once.
    mutating func tokens(of row: InputBatch.Row, vocabularySize: Int) -> [LogitPenalty] {
        if marks.count < vocabularySize { marks = Array(repeating: 0, count: vocabularySize) }
        for token in row.tokenIDs { marks[Int(token)] |= 1 }
        for token in row.outputTokenIDs { marks[Int(token)] += 2 }
        var penalties: [LogitPenalty] = []
        for token in row.tokenIDs where marks[Int(token)] != 0 {
            penalties.append(LogitPenalty(token: token, outputCount: Int(marks[Int(token)] / 2)))
            marks[Int(token)] = 0
        }
        return penalties
    }
}
