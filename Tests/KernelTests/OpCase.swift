import Support
import Tensor

/// One operation and its shapes. The matrix of cases drives both the comparison of backends and the benchmark.
protocol OpCase: Sendable, CustomStringConvertible {
    /// Maximum `normalizedMaxError` against the reference.
    var tolerance: Float { get }
    /// Whether all instruction sets give the same bits; false if a dot-product instruction has its own rounding.
    var isBitEqual: Bool { get }
    /// Makes the inputs, the same each time, and returns a repeatable call of the operation that gives its output.
    func prepare(on backend: any Backend) throws -> () -> [Float]
}

extension OpCase {
    var isBitEqual: Bool { true }

    func run(on backend: any Backend) throws -> [Float] { try prepare(on: backend)() }
}

struct LinearCase: OpCase {
    struct Part: Sendable {
        var kind: WeightKind
        var outputs: Int
        var bias = false
        /// Size of heads whose rows are stored in interleaved pairs; nil for rows in order.
        var headDim: Int?
        /// Number of leading dimensions of a head that are interleaved; nil for all.
        var rotatedDim: Int?

        init(_ kind: WeightKind, outputs: Int, bias: Bool = false, headDim: Int? = nil, rotatedDim: Int? = nil) {
            self.kind = kind
            self.outputs = outputs
            self.bias = bias
            self.headDim = headDim
            self.rotatedDim = rotatedDim
        }

        init(
            format: WeightFormat, outputs: Int, bias: Bool = false, headDim: Int? = nil, rotatedDim: Int? = nil
        ) {
            self.init(.stored(format), outputs: outputs, bias: bias, headDim: headDim, rotatedDim: rotatedDim)
        }

        var rowMap: RowMap {
            guard let headDim else { return .asStored }
            return .interleavedHeads(count: outputs / headDim, headDim: headDim, rotatedDim: rotatedDim)
        }
    }

    var inputs: Int
    var parts: [Part]
    var rows: Int
    var inputFormat = InputFormat.float32
    var tolerance: Float { 2e-6 * Float(inputs).squareRoot() }
    var isBitEqual: Bool {
        !([.bfloat16, .int8].contains(inputFormat) && parts.contains { $0.kind == .stored(.bfloat16) })
    }

    var description: String {
        let columns = parts.map {
            "\($0.kind) \($0.outputs)\($0.bias ? "+b" : "")\($0.headDim.map { "/\($0)" } ?? "")"
                + ($0.rotatedDim.map { ":\($0)" } ?? "")
        }
        return "linear \(rows) x \(inputs) -> \(columns.joined(separator: ", ")) (\(inputFormat))"
    }

    func makeWeights(on backend: any Backend) throws -> any LinearWeights {
        let linearParts = parts.enumerated().map { index, part in
            LinearPart(
                part.kind.weights(part.outputs, inputs, seed: UInt64(100 + index)),
                bias: part.bias ? Tensor(Samples.floats(part.outputs, seed: 7), shape: Shape(part.outputs)) : nil,
                rowMap: part.rowMap)
        }
        return try backend.makeLinear(linearParts, inputFormat: inputFormat)
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let weights = try makeWeights(on: backend)
        let input = Samples.matrix(rows, inputs, seed: 1)
        let output = Tensor(zeros: Shape(rows, weights.outputCount))
        return {
            backend.linear(.rows(input), weights, output: output)
            return output.floatArray
        }
    }
}

/// Products followed by an epilogue: addend, scale, soft cap, activation, gate and its limit.
struct EpilogueCase: OpCase {
    var inputs: Int
    var outputs: Int
    var rows: Int
    var format: WeightFormat
    var inputFormat: InputFormat
    var function: Activation? = .silu
    var isGated = true
    /// nil for no addend; else whether all rows have an addend, or only every third one.
    var hasAddendForAllRows: Bool?
    var scale: Float = 1
    var softCap: Float?
    var gateLimit: Float?

    private var products: LinearCase {
        let part = LinearCase.Part(format: format, outputs: outputs)
        return LinearCase(inputs: inputs, parts: [part, part], rows: rows, inputFormat: inputFormat)
    }

    var tolerance: Float { products.tolerance + 1e-5 }
    var isBitEqual: Bool { products.isBitEqual }
    var description: String {
        "\(isGated ? "gated" : "plain") \(function?.rawValue ?? "identity") \(products)"
            + (hasAddendForAllRows.map { $0 ? ", addend" : ", mapped addend" } ?? "")
            + (scale == 1 ? "" : ", scale \(scale)") + (softCap.map { ", cap \($0)" } ?? "")
            + (gateLimit.map { ", limit \($0)" } ?? "")
    }

    private var addend: LinearAddend? {
        hasAddendForAllRows.map { forAll in
            LinearAddend(
                Samples.matrix(rows, 2 * outputs, seed: 2),
                rowOfOutput: forAll ? nil : (0..<rows).map { $0 % 3 == 0 ? Int32(rows - 1 - $0) : -1 })
        }
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let weights = try products.makeWeights(on: backend)
        let input = Samples.matrix(rows, inputs, seed: 1)
        let output = Tensor(zeros: Shape(rows, isGated ? outputs : 2 * outputs))
        var epilogue = LinearEpilogue(addend: addend, activation: function, isGated: isGated)
        (epilogue.scale, epilogue.softCap, epilogue.gateLimit) = (scale, softCap, gateLimit)
        return {
            backend.linear(.rows(input), weights, epilogue, output: output)
            return output.floatArray
        }
    }
}

/// Norms, with or without a preceding addition to the stream.
struct NormCase: OpCase {
    enum Commit: String, CaseIterable, Sendable { case none, plain, normalized, scaled }

    /// The kind of norm; nil copies the rows.
    var kind: NormSpec.Kind?
    var commit = Commit.none
    var hasWeights = true
    var rows: Int
    var features: Int
    var tolerance: Float { 1e-5 }
    var description: String {
        "norm \(kind.map { "\($0)" } ?? "none"), commit \(commit.rawValue)\(hasWeights ? "" : ", no weights") "
            + "\(rows) x \(features)"
    }

    private func norm(_ kind: NormSpec.Kind, seed: UInt64) -> NormSpec {
        let vector = { Tensor(Samples.floats(features, seed: seed + $0), shape: Shape(features)) }
        return NormSpec(
            kind, epsilon: 1e-5, weight: hasWeights ? vector(0) : nil,
            bias: hasWeights && kind == .layer ? vector(1) : nil)
    }

    /// Makes an input from fresh copies of the rows, which a commit changes.
    func input() -> RowInput {
        let delta = Samples.matrix(rows, features, seed: 2, scale: 3)
        var input = RowInput(
            Samples.matrix(rows, features, seed: 4, scale: 3), norm: kind.map { norm($0, seed: 30) })
        switch commit {
        case .none: break
        case .plain: input.commit = ResidualCommit(delta)
        case .normalized: input.commit = ResidualCommit(delta, norm: norm(kind ?? .rms, seed: 40))
        case .scaled: input.commit = ResidualCommit(delta, scale: 0.3)
        }
        return input
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let output = Tensor(zeros: Shape(rows, features))
        return {
            let input = input()
            backend.normalize(input, output: output)
            return input.rows.floatArray + output.floatArray
        }
    }
}

struct GatherCase: OpCase {
    var rows: Int
    var features: Int
    var tolerance: Float { 0 }
    var description: String { "gather \(rows) x \(features)" }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let input = Samples.matrix(rows, features, seed: 2, scale: 3)
        let output = Tensor(zeros: Shape(rows, features))
        let order = (0..<rows).map { Int32(($0 * 7 + 3) % rows) }
        return {
            backend.gatherRows(input, rows: order, output: output)
            return output.floatArray
        }
    }
}

struct EmbedCase: OpCase {
    var format: WeightFormat
    var features: Int
    var count: Int
    var scale: Float = 1
    var isAdded = false
    var tolerance: Float { 0 }
    var description: String { "embed \(count) of \(format) x \(features), \(scale)\(isAdded ? ", added" : "")" }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let table = Samples.weights(29, features, format: format, seed: 6)
        let spec = EmbeddingSpec(table: table, scale: scale, isAdded: isAdded)
        let ids = (0..<count).map { UInt32($0 * 5 % 29) }
        return {
            let output = Samples.matrix(count, features, seed: 7)
            backend.embed(ids, spec, output: output)
            return output.floatArray
        }
    }
}

struct LogitsCase: OpCase {
    enum Operation: String, CaseIterable, Sendable {
        case statistics, topK, nucleus, countAtLeast, exponentiate, pickWeighted
    }

    /// `poisoned` has NaN and infinity among the elements; `flat` ones are nearly equal; in `ascending`, each element
    /// is a new maximum.
    enum Content: String, CaseIterable, Sendable { case random, poisoned, flat, ascending }

    var operation: Operation
    var count: Int
    var content = Content.random
    var tolerance: Float { [.topK, .nucleus, .countAtLeast].contains(operation) ? 0 : 2e-6 }
    var description: String { "\(operation.rawValue) of \(count), \(content.rawValue)" }

    /// Two rows in which some elements are equal.
    private var logits: Tensor {
        let scale: Float = content == .flat ? 0.5 : 15
        var elements = Samples.floats(2 * count, seed: 8, scale: scale).map { ($0 * 64).rounded() / 64 }
        if content == .ascending { elements.sort() }
        if content == .poisoned {
            for index in stride(from: 0, to: 2 * count, by: 3) { elements[index] = .nan }
            for index in stride(from: 1, to: 2 * count, by: 7) { elements[index] = -.infinity }
        }
        return Tensor(elements, shape: Shape(2, count))
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let logits = logits
        guard let backend = backend as? any LogitKernels else { throw BackendError("logits elsewhere") }
        switch operation {
        case .statistics:
            return {
                let largest = backend.argmax(logits, row: 1)
                return backend.rowStatistics(logits).flatMap { [Float($0.argmax), $0.maximum, $0.logSumExp] }
                    + [Float(largest.index), largest.value]
            }
        case .topK:
            return {
                [1, 20, 200, count].flatMap { backend.topK(logits, row: 1, count: $0) }.flatMap {
                    [Float($0.index), $0.value]
                }
            }
        case .nucleus:
            let weights = logits.rows(1..<2).floatArray.map { Float(Math.exp(Double($0) - 15)) }
            let row = Tensor(weights, shape: Shape(1, count))
            let total = weights.sorted(by: >).reduce(0.0) { $1.isNaN ? $0 : $0 + Double($1) }
            return {
                [0, 0.1, 0.6, 0.99, 0.9999, 1, 2].flatMap { backend.nucleus(row, row: 0, target: $0 * total) }.flatMap {
                    [Float($0.index), $0.value]
                }
            }
        case .countAtLeast:
            return { [-20, 0, 3.5, 20].map { Float(backend.countAtLeast(logits, row: 1, value: $0)) } }
        case .exponentiate:
            let before = logits.floatArray
            return {
                let row = Tensor(before, shape: Shape(2, count))
                let sum = backend.exponentiate(row, row: 1, maximum: 15, inverseTemperature: 0.7, threshold: -9)
                return [Float(sum)] + row.rows(1..<2).floatArray
            }
        case .pickWeighted:
            let weights = Tensor(Samples.floats(count, seed: 9).map { max($0, 0) }, shape: Shape(1, count))
            let total = weights.floatArray.reduce(0.0) { $0 + Double($1) }
            return {
                [0, 0.1, 0.5, 0.83, 0.999].map {
                    Float(backend.pickWeighted(weights, row: 0, target: $0 * total))
                }
            }
        }
    }
}
