import CPUBackend
import Tensor
import Testing

/// Results must not depend on their context: other rows, chunks, blocks, fusion.
@Suite struct ExactnessTests {
    @Test(arguments: InstructionSet.available, WeightFormat.allCases)
    func `a row of a linear layer does not depend on the number of rows`(
        _ instructionSet: InstructionSet, _ format: WeightFormat
    ) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        for inputFormat in [InputFormat.float32, .bfloat16, .int8] {
            let testCase = LinearCase(
                inputs: 512,
                parts: [.init(format: format, outputs: 37, bias: true), .init(format: format, outputs: 64)],
                rows: 64, inputFormat: inputFormat)
            let weights = try testCase.makeWeights(on: backend)
            let input = Samples.matrix(64, 512, seed: 1)
            let whole = Tensor(zeros: Shape(64, 101))
            backend.linear(.rows(input), weights, output: whole)
            for rows in 1..<64 {
                let output = Tensor(zeros: Shape(rows, 101))
                backend.linear(.rows(input.rows(64 - rows..<64)), weights, output: output)
                let difference = firstDifference(output.floatArray, whole.rows(64 - rows..<64).floatArray)
                #expect(difference == nil, "\(testCase): \(rows) rows")
            }
        }
    }

    static let mixtures: [ExpertCase] = [
        (WeightFormat.float32, InputFormat.float32), (.bfloat16, .bfloat16), (.q8_0, .int8),
    ]
    .map { format, inputFormat in
        ExpertCase(
            rows: 40, routing: RoutingSpec(.softmax, activeCount: 3, isNormalized: true), expertCount: 6,
            inner: 96, format: format, inputFormat: inputFormat, hasBias: true, hasSharedWeights: true)
    }

    /// Alone, beside one other row, and in any order, so that its experts have other numbers of rows.
    @Test(arguments: InstructionSet.available, mixtures)
    func `a row of a mixture of experts does not depend on the other rows`(
        _ instructionSet: InstructionSet, _ testCase: ExpertCase
    ) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        let (weights, all) = (try testCase.makeWeights(on: backend), Array(0..<testCase.rows))
        let whole = testCase.run(all, weights, on: backend)
        func expected(_ rows: [Int]) -> [Float] {
            rows.flatMap { whole[$0 * testCase.features..<($0 + 1) * testCase.features] }
        }
        for row in all {
            for rows in [[row], [39 - row, row]] {
                let difference = firstDifference(testCase.run(rows, weights, on: backend), expected(rows))
                #expect(difference == nil, "\(testCase): rows \(rows)")
            }
        }
        let reversed = Array(all.reversed())
        #expect(firstDifference(testCase.run(reversed, weights, on: backend), expected(reversed)) == nil)
    }

    @Test(
        arguments: InstructionSet.available,
        [(WeightFormat.float32, InputFormat.float32), (.bfloat16, .bfloat16), (.q8_0, .int8)])
    func `a row of products per head does not depend on the number of rows`(
        _ instructionSet: InstructionSet, _ formats: (weights: WeightFormat, inputs: InputFormat)
    ) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        let testCase = HeadColumnsCase(
            rows: 40, heads: 6, inputs: 64, outputs: 37, format: formats.weights, inputFormat: formats.inputs)
        let weights = try testCase.makeWeights(on: backend)
        let whole = testCase.run(0..<40, weights, on: backend)
        for count in 1..<40 {
            let difference = firstDifference(
                testCase.run(40 - count..<40, weights, on: backend), Array(whole.suffix(whole.count / 40 * count)))
            #expect(difference == nil, "\(testCase): \(count) rows")
        }
    }

    static let chunkedCases: [AttentionCase] =
        [
            AttentionCase(
                heads: 6, kvHeads: 2, headDim: 16, dtype: .bfloat16,
                sequences: [.init(context: 530, queries: 0), .init(context: 41, queries: 0)]),
            AttentionCase(
                heads: 3, kvHeads: 3, headDim: 20, dtype: .float32, sequences: [.init(context: 300, queries: 0)],
                window: 40
            ),
            AttentionCase(
                heads: 7, kvHeads: 1, headDim: 64, dtype: .float16, sequences: [.init(context: 280, queries: 0)],
                softCap: 4
            ),
            AttentionCase(
                heads: 6, kvHeads: 3, headDim: 32, dtype: .bfloat16,
                sequences: [.init(context: 300, queries: 0), .init(context: 20, queries: 0)], window: 270,
                hasSlopes: true,
                sinkScale: 3),
        ]
        + [ElementType.float16, .bfloat16].map { dtype in
            AttentionCase(
                heads: 5, kvHeads: 1, headDim: 40, dtype: dtype,
                sequences: [.init(context: 300, queries: 0), .init(context: 41, queries: 0)], rotatedDim: 8,
                valuesInKeys: 8..<40)
        }

    /// One token at a time, in chunks, and all at once; with blocks of 16 and 32; with one thread and several.
    @Test(arguments: InstructionSet.available, chunkedCases)
    func `attention does not depend on chunks, blocks and threads`(
        _ instructionSet: InstructionSet, _ testCase: AttentionCase
    ) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        let whole = AttentionFixture(testCase, on: backend).attendInChunks(10_000)
        #expect(!whole.contains { $0.isNaN })
        for chunk in [1, 7, 256] {
            let chunked = AttentionFixture(testCase, on: backend).attendInChunks(chunk)
            #expect(firstDifference(chunked, whole) == nil, "chunks of \(chunk)")
        }
        var wide = testCase
        wide.blockSize = 32
        let other = AttentionFixture(wide, on: try CPUBackend(threadCount: 1, instructionSet: instructionSet))
        #expect(firstDifference(other.attendInChunks(50), whole) == nil, "blocks of 32")
    }

    /// A sequence gives the same result alone as beside another.
    @Test(arguments: InstructionSet.available)
    func `attention does not depend on other sequences`(_ instructionSet: InstructionSet) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        var testCase = Self.chunkedCases[0]
        let both = AttentionFixture(testCase, on: backend).attendInChunks(64)
        testCase.sequences.removeLast()
        let alone = AttentionFixture(testCase, on: backend).attendInChunks(64)
        #expect(firstDifference(Array(both.prefix(alone.count)), alone) == nil)
    }

    @Test(arguments: InstructionSet.available)
    func `a norm that commits the residual equals its parts`(_ instructionSet: InstructionSet) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        let (rows, features) = (5, 581)
        let delta = Samples.matrix(rows, features, seed: 20)
        let residual = Samples.matrix(rows, features, seed: 21)
        let weight = Tensor(Samples.floats(features, seed: 22), shape: Shape(features))
        let sum = Tensor(zip(residual.floatArray, delta.floatArray).map { $0 + $1 }, shape: Shape(rows, features))
        let expected = Tensor(zeros: Shape(rows, features))
        let norm = NormSpec(.rms, epsilon: 1e-6, weight: weight)
        backend.normalize(RowInput(sum, norm: norm), output: expected)
        let output = Tensor(zeros: Shape(rows, features))
        backend.normalize(RowInput(residual, commit: ResidualCommit(delta), norm: norm), output: output)
        #expect(firstDifference(residual.floatArray, sum.floatArray) == nil)
        #expect(firstDifference(output.floatArray, expected.floatArray) == nil)
    }

    /// A norm fused before a product and an activation fused after it change no bit.
    @Test(arguments: InstructionSet.available, [InputFormat.float32, .bfloat16, .int8])
    func `a fused linear layer equals its parts`(_ instructionSet: InstructionSet, _ inputFormat: InputFormat) throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: instructionSet)
        let testCase = LinearCase(
            inputs: 256, parts: [.init(format: .q4_1, outputs: 70), .init(format: .q4_1, outputs: 70)], rows: 37,
            inputFormat: inputFormat)
        let weights = try testCase.makeWeights(on: backend)
        for kind in [nil, NormSpec.Kind.rms, .layer] {
            for commit in NormCase.Commit.allCases {
                let norm = NormCase(kind: kind, commit: commit, rows: 37, features: 256)
                let (first, normed) = (norm.input(), Tensor(zeros: Shape(37, 256)))
                backend.normalize(first, output: normed)
                for isGated in [false, true] {
                    let epilogue = LinearEpilogue(activation: .silu, isGated: isGated)
                    let expected = Tensor(zeros: Shape(37, isGated ? 70 : 140))
                    backend.linear(.rows(normed), weights, epilogue, output: expected)
                    let (second, output) = (norm.input(), Tensor(zeros: expected.shape))
                    backend.linear(second, weights, epilogue, output: output)
                    #expect(firstDifference(output.floatArray, expected.floatArray) == nil, "\(norm)")
                    #expect(firstDifference(second.rows.floatArray, first.rows.floatArray) == nil, "\(norm)")
                }
            }
        }
    }

    /// Packed weights times a unit vector are the weights themselves: packing and decoding are lossless.
    @Test(arguments: InstructionSet.available, WeightFormat.allCases)
    func `packing loses no bit of a weight`(_ instructionSet: InstructionSet, _ format: WeightFormat) throws {
        let backend = try CPUBackend(threadCount: 1, instructionSet: instructionSet)
        let (inputs, outputs) = (256, 19)
        let weight = Samples.weights(outputs, inputs, format: format, seed: 30)
        let weights = try backend.makeLinear([LinearPart(try WeightSource(weight))], inputFormat: .float32)
        var identity = [Float](repeating: 0, count: inputs * inputs)
        for index in 0..<inputs { identity[index * (inputs + 1)] = 1 }
        let output = Tensor(zeros: Shape(inputs, outputs))
        backend.linear(.rows(Tensor(identity, shape: Shape(inputs, inputs))), weights, output: output)
        let actual = output.floatArray
        let expected = weight.dequantized()
        for index in actual.indices {
            let (input, column) = index.quotientAndRemainder(dividingBy: outputs)
            #expect(actual[index] == expected[column * inputs + input], "input \(input), output \(column)")
        }
    }
}
