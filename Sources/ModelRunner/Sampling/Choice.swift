import EngineTypes
import Tensor

/// A token, and what it was chosen among.
struct Choice {
    enum Candidates {
        case all
        case atLeast(Float)
        case only([Int32])
    }

    let token: TokenID
    let candidates: Candidates

    /// Turns the logits before the draw into those that it was made by: over the temperature, minus infinity for what
    /// could not be drawn.
    func mask(_ logits: Tensor, temperature: Float, _ backend: any Backend) {
        let kept: Set<Int32>? = if case .only(let tokens) = candidates { Set(tokens) } else { nil }
        let threshold = if case .atLeast(let value) = candidates { value } else { -Float.infinity }
        backend.withLogits(logits, row: 0) { elements in
            for index in elements.indices {
                let isKept = kept?.contains(Int32(index)) ?? (elements[index] >= threshold)
                elements[index] = isKept ? elements[index] / temperature : -.infinity
            }
        }
    }
}
