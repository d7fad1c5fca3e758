import Tensor

/// All operations over dtypes and shapes, including odd ones.
enum OpMatrix {
    static let all: [any OpCase] = linear + epilogues + norms + gathers + embeddings + heads + attention + logits

    static let quantizedTypes = WeightFormat.allCases.filter(\.isQuantized)

    static let linear: [any OpCase] =
        linearByType + linearByCodes + [
            LinearCase(
                inputs: 256,
                parts: [
                    .init(format: .q4_1, outputs: 48, bias: true, headDim: 16),
                    .init(format: .q6_K, outputs: 24, headDim: 8),
                    .init(format: .bfloat16, outputs: 24), .init(format: .q8_0, outputs: 3, bias: true),
                ], rows: 5),
            LinearCase(
                inputs: 512,
                parts: [
                    .init(format: .q4_K, outputs: 48, bias: true, headDim: 16), .init(format: .bfloat16, outputs: 24),
                    .init(format: .q6_K, outputs: 24), .init(format: .float32, outputs: 5),
                ], rows: 29, inputFormat: .int8),
            LinearCase(inputs: 64, parts: [.init(format: .float32, outputs: 1600)], rows: 3),
            LinearCase(inputs: 576, parts: [.init(format: .q4_1, outputs: 1700, bias: true)], rows: 1),
            LinearCase(inputs: 33, parts: [.init(format: .bfloat16, outputs: 70)], rows: 300),
            LinearCase(inputs: 1, parts: [.init(format: .float32, outputs: 1)], rows: 1),
        ]

    private static let linearByType: [any OpCase] = WeightFormat.allCases.flatMap { format -> [any OpCase] in
        let block = format.blockSize
        let inputCounts = block == 1 ? [17, 300] : block == 32 ? [32, 320] : [256, 512]
        return inputCounts.flatMap { inputs in
            [1, 2, 3, 4, 5, 6, 7, 13, 64].flatMap { rows -> [any OpCase] in
                let outputs = rows % 2 == 0 ? 33 : 70
                var inputFormats: [InputFormat] = rows == 2 || rows == 7 ? [.float32, .bfloat16, .float16] : [.float32]
                if format.isQuantized || format == .bfloat16, inputs % 32 == 0 { inputFormats.append(.int8) }
                return inputFormats.map {
                    LinearCase(
                        inputs: inputs, parts: [.init(format: format, outputs: outputs, bias: rows > 4)], rows: rows,
                        inputFormat: $0)
                }
            }
        }
    }

    private static let codeKinds: [WeightKind] = [
        .codes(bitCount: 4, groupSize: 32), .codes(bitCount: 4, groupSize: 128, hasZeros: true),
        .codes(bitCount: 8, groupSize: 64), .codes(bitCount: 8, groupSize: 256, hasZeros: true),
        .codes(bitCount: 3, groupSize: 32), .codes(bitCount: 2, groupSize: 64, hasZeros: true),
        .codes(bitCount: 6, groupSize: 32, hasZeros: true),
        .codes(bitCount: 4, groupSize: 64, hasZeros: true, isReordered: true),
        .codes(bitCount: 8, groupSize: 32, isReordered: true),
    ]

    private static let linearByCodes: [any OpCase] = codeKinds.flatMap { kind in
        [(1, InputFormat.float32), (3, .int8), (4, .bfloat16), (7, .int8), (29, .float32), (64, .int8)].map {
            LinearCase(
                inputs: 256, parts: [.init(kind, outputs: 37, bias: true), .init(kind, outputs: 16, headDim: 8)],
                rows: $0.0, inputFormat: $0.1)
        }
    }

    static let epilogues: [any OpCase] =
        [(1, 64), (5, 33), (13, 70), (160, 40)].flatMap { rows, outputs in
            [(WeightFormat.q4_1, InputFormat.int8), (.q6_K, .int8), (.float32, .float32), (.bfloat16, .bfloat16)].map {
                EpilogueCase(inputs: 256, outputs: outputs, rows: rows, format: $0.0, inputFormat: $0.1)
            }
        }
        + [nil, .silu, .gelu, .geluTanh].flatMap { (function: Activation?) -> [any OpCase] in
            [false, true].flatMap { isGated -> [any OpCase] in
                [nil, false, true].map { addend in
                    EpilogueCase(
                        inputs: 64, outputs: 37, rows: 7, format: .bfloat16, inputFormat: .float32, function: function,
                        isGated: isGated, hasAddendForAllRows: addend)
                }
            }
        }

    private static let rowShapes = [(1, 1), (1, 576), (3, 15), (5, 17), (40, 250), (2, 5000)]

    static let norms: [any OpCase] = [nil, .rms, .layer].flatMap { (kind: NormSpec.Kind?) -> [any OpCase] in
        NormCase.Commit.allCases.flatMap { commit -> [any OpCase] in
            rowShapes.flatMap { shape -> [any OpCase] in
                [true, false].map {
                    NormCase(kind: kind, commit: commit, hasWeights: $0, rows: shape.0, features: shape.1)
                }
            }
        }
    }

    static let gathers: [any OpCase] = rowShapes.map { GatherCase(rows: $0.0, features: $0.1) }

    static let embeddings: [any OpCase] = WeightFormat.allCases.flatMap { format -> [any OpCase] in
        let features = format.isQuantized ? 512 : 77
        return [1, 40].map { EmbedCase(format: format, features: features, count: $0) } + [
            EmbedCase(format: format, features: features, count: 5, scale: 1.7),
            EmbedCase(format: format, features: features, count: 5, isAdded: true),
        ]
    }

    static let logits: [any OpCase] = LogitsCase.Operation.allCases.flatMap { operation in
        [1, 15, 17, 1024, 5003].flatMap { count in
            LogitsCase.Content.allCases.map { LogitsCase(operation: operation, count: count, content: $0) }
        }
    }

    private static let cacheTypes: [ElementType] = [.float32, .float16, .bfloat16]

    static let heads: [any OpCase] = [(8, 8), (20, 20), (64, 64), (80, 32), (128, 128), (24, 0)].flatMap {
        headDim, rotatedDim in
        cacheTypes.flatMap { dtype in
            [nil, NormSpec.Kind.rms, .layer].map {
                HeadCase(headDim: headDim, rotatedDim: rotatedDim, dtype: dtype, norm: $0)
            }
        }
    }

    static let attention: [any OpCase] =
        attentionByShape + attentionByContext + [
            AttentionCase(
                heads: 4, kvHeads: 2, headDim: 16, dtype: .bfloat16, sequences: [.init(context: 600, queries: 40)],
                window: 100),
            AttentionCase(
                heads: 4, kvHeads: 2, headDim: 16, dtype: .float32, sequences: [.init(context: 300, queries: 300)],
                window: 7, softCap: 5),
            AttentionCase(
                heads: 3, kvHeads: 1, headDim: 64, dtype: .float16, sequences: [.init(context: 270, queries: 20)],
                softCap: 2, rotatedDim: 24),
            AttentionCase(
                heads: 6, kvHeads: 2, headDim: 32, dtype: .bfloat16,
                sequences: [.init(context: 40, queries: 9), .init(context: 270, queries: 1)], readsOnly: true),
            AttentionCase(
                heads: 9, kvHeads: 3, headDim: 64, dtype: .bfloat16,
                sequences: [
                    .init(context: 1, queries: 1), .init(context: 33, queries: 17), .init(context: 300, queries: 1),
                    .init(context: 16, queries: 16),
                ]),
            AttentionCase(
                heads: 128, kvHeads: 1, headDim: 8, dtype: .float32, sequences: [.init(context: 40, queries: 3)]),
        ]

    private static let attentionByShape: [any OpCase] = [8, 16, 20, 64, 128].flatMap { headDim in
        [1, 3, 7].flatMap { sharedHeads in
            cacheTypes.map { dtype in
                AttentionCase(
                    heads: 2 * sharedHeads, kvHeads: 2, headDim: headDim, dtype: dtype,
                    blockSize: headDim % 16 == 0 ? 16 : 32, sequences: [.init(context: 40, queries: 19)])
            }
        }
    }

    private static let attentionByContext: [any OpCase] = [1, 15, 16, 17, 255, 256, 257, 1100].flatMap { context in
        cacheTypes.map { dtype in
            AttentionCase(
                heads: 6, kvHeads: 2, headDim: 32, dtype: dtype, blockSize: context % 2 == 0 ? 16 : 32,
                sequences: [.init(context: context, queries: min(context, 2))])
        }
    }
}
