/// A normalisation of rows over their features.
package struct NormSpec: OpDescriptor {
    package enum Kind: Hashable, Sendable {
        /// `x / sqrt(mean(x^2) + epsilon)` (Zhang and Sennrich 2019).
        case rms
        /// `(x - mean(x)) / sqrt(variance(x) + epsilon)` (Ba et al. 2016).
        case layer
    }

    package var kind: Kind
    package var epsilon: Float
    /// Weight that multiplies the normalised row, float32 `[features]`; nil for ones.
    package var weight: Tensor?
    /// Bias added after the weight, float32 `[features]`; nil for zeros.
    package var bias: Tensor?
    /// Name of the norm in the checkpoint, for traces.
    package var name: String

    package init(_ kind: Kind, epsilon: Float, weight: Tensor? = nil, bias: Tensor? = nil, name: String = "") {
        self.kind = kind
        self.epsilon = epsilon
        self.weight = weight
        self.bias = bias
        self.name = name
    }
}

extension NormSpec {
    /// Returns the norm with a part of its weight and bias.
    package func part(_ range: Range<Int>) -> NormSpec {
        func part(_ vector: Tensor) -> Tensor { Tensor(Array(vector.floatArray[range]), shape: Shape(range.count)) }
        var norm = self
        norm.weight = weight.map(part)
        norm.bias = bias.map(part)
        return norm
    }
}

/// A delta that an operation adds to the residual stream, in place, before it reads the stream.
package struct ResidualCommit: OpDescriptor {
    /// Delta, float32 `[rows, features]`.
    package var delta: Tensor
    /// Norm applied to the delta before it is added.
    package var norm: NormSpec?
    /// Scale factor applied to the delta last.
    package var scale: Float

    package init(_ delta: Tensor, norm: NormSpec? = nil, scale: Float = 1) {
        self.delta = delta
        self.norm = norm
        self.scale = scale
    }
}

/// The input rows of an operation, float32 `[rows, features]`, and what is applied to them first.
///
/// Only one reader commits: a second reader of the same stream, such as the feed-forward part of a parallel block,
/// reads without a commit.
package struct RowInput: OpDescriptor {
    /// Input rows; with a commit, the residual stream, which is changed in place.
    package var rows: Tensor
    package var commit: ResidualCommit?
    package var norm: NormSpec?

    package init(_ rows: Tensor, commit: ResidualCommit? = nil, norm: NormSpec? = nil) {
        self.rows = rows
        self.commit = commit
        self.norm = norm
    }

    package static func rows(_ rows: Tensor) -> RowInput { RowInput(rows) }

    package var shape: Shape { rows.shape }
}

/// Normalisation.
package protocol NormOps {
    /// Commits the input's delta and writes its normalised rows to `output`, which has the same shape.
    func normalize(_ input: RowInput, output: Tensor)
}

extension ReferenceBackend {
    package func normalize(_ input: RowInput, output: Tensor) {
        if let commit = input.commit {
            for index in 0..<input.shape[0] {
                let delta = commit.norm.map { normalized(commit.delta.row(index), $0) } ?? commit.delta.row(index)
                let sums = zip(input.rows.row(index), delta).map { $0 + $1 * commit.scale }
                input.rows.setRow(index, sums)
            }
        }
        for index in 0..<input.shape[0] {
            let row = input.rows.row(index)
            output.setRow(index, input.norm.map { normalized(row, $0) } ?? row)
        }
    }

    func normalized(_ row: [Float], _ norm: NormSpec) -> [Float] {
        let count = Double(row.count)
        let mean = norm.kind == .layer ? row.reduce(0.0) { $0 + Double($1) } / count : 0
        let squares = row.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let inverse = 1 / (squares / count + Double(norm.epsilon)).squareRoot()
        let weights = norm.weight?.floatArray
        let biases = norm.bias?.floatArray
        return row.indices.map { index in
            let value = (Double(row[index]) - mean) * inverse * Double(weights?[index] ?? 1)
            return Float(value + Double(biases?[index] ?? 0))
        }
    }
}
