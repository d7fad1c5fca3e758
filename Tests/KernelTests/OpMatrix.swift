import Tensor

/// All operations over dtypes and shapes, including odd ones.
enum OpMatrix {
    static let all: [any OpCase] =
        linear + epilogues + experts + headColumns + norms + gathers + embeddings + heads + attention + logits

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
            LinearCase(
                inputs: 96,
                parts: [
                    .init(format: .bfloat16, outputs: 60, bias: true, headDim: 20, rotatedDim: 6),
                    .init(format: .float32, outputs: 40, headDim: 20, rotatedDim: 20),
                ], rows: 9),
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
        + ([nil] + Activation.allCases).flatMap { (function: Activation?) -> [any OpCase] in
            [false, true].flatMap { isGated -> [any OpCase] in
                [nil, false, true].map { addend in
                    EpilogueCase(
                        inputs: 64, outputs: 37, rows: 7, format: .bfloat16, inputFormat: .float32, function: function,
                        isGated: isGated, hasAddendForAllRows: addend)
                }
            }
        } + scaledEpilogues + limitedEpilogues

    private static let scaledEpilogues: [any OpCase] = [(1, 1), (1, 65), (7, 37), (150, 40)].flatMap { rows, outputs in
        [(Float(0.3), nil), (1, Float(2.5)), (-1.7, 0.5)].flatMap { scale, softCap in
            [(nil, false), (Activation.silu, true), (.relu, false)].map { function, isGated in
                EpilogueCase(
                    inputs: 48, outputs: outputs, rows: rows, format: .float32, inputFormat: .float32,
                    function: function, isGated: isGated, hasAddendForAllRows: rows == 7 ? false : nil, scale: scale,
                    softCap: softCap)
            }
        }
    }

    private static let limitedEpilogues: [any OpCase] = [(1, 1), (3, 17), (6, 70), (150, 33)].flatMap { rows, outputs in
        [Activation.quickGELU, .silu].flatMap { function in
            [(WeightFormat.float32, InputFormat.float32), (.bfloat16, .bfloat16), (.q8_0, .int8)].map {
                EpilogueCase(
                    inputs: 64, outputs: outputs, rows: rows, format: $0.0, inputFormat: $0.1, function: function,
                    hasAddendForAllRows: rows == 6 ? true : nil, scale: rows == 3 ? 0.5 : 1, gateLimit: 0.75)
            }
        }
    }

    static let experts: [any OpCase] =
        expertsByRouting + expertsByFormat + [
            ExpertCase(
                rows: 7, routing: RoutingSpec(.softmaxOfSelected, activeCount: 2), activation: .quickGELU,
                gateLimit: 0.5, hasBias: true),
            ExpertCase(
                rows: 3, routing: RoutingSpec(.softmax, activeCount: 2), features: 33, inner: 129,
                activation: .reluSquared, isGated: false, hasBias: true, hasSharedWeights: true),
            ExpertCase(
                rows: 130, routing: RoutingSpec(.softmax, activeCount: 3), expertCount: 64, features: 48, inner: 16),
            ExpertCase(rows: 2, routing: RoutingSpec(.softmax, activeCount: 1), expertCount: 1, features: 1, inner: 1),
        ]

    private static let routings = [
        RoutingSpec(.softmax, activeCount: 2),
        RoutingSpec(.softmax, activeCount: 5, isNormalized: true),
        RoutingSpec(.softmaxOfSelected, activeCount: 3),
        RoutingSpec(.sigmoid, activeCount: 2, isNormalized: true, scale: 2.5, correction: [0.3, -1, 0, 0.2, -0.4]),
        RoutingSpec(.sparseMixer(jitter: 0.2), activeCount: 2),
    ]

    private static let expertsByRouting: [any OpCase] = [1, 4, 45].flatMap { rows in
        routings.flatMap { routing in
            [nil, false, true].map { ExpertCase(rows: rows, routing: routing, hasSharedWeights: $0) }
        }
    }

    private static let expertsByFormat: [any OpCase] = [1, 2, 29].flatMap { rows in
        [
            (WeightFormat.bfloat16, InputFormat.float32), (.bfloat16, .bfloat16), (.float16, .float16),
            (.q8_0, .int8), (.q4_0, .bfloat16), (.q4_K, .int8), (.q6_K, .float32),
        ].map { format, inputFormat in
            ExpertCase(
                rows: rows, routing: RoutingSpec(.softmax, activeCount: 2, isNormalized: true), expertCount: 4,
                features: format.blockSize == 256 ? 256 : 96, inner: max(format.blockSize, 32), format: format,
                inputFormat: inputFormat, hasBias: true, hasSharedWeights: true)
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

    private static let headShapes = [
        (8, 8), (20, 20), (64, 64), (80, 32), (128, 128), (40, 34), (24, 2), (24, 0),
    ]

    static let heads: [any OpCase] = headShapes.flatMap { headDim, rotatedDim -> [any OpCase] in
        cacheTypes.flatMap { headCases(HeadCase(headDim: headDim, rotatedDim: rotatedDim, dtype: $0)) }
    }

    /// A case without a norm, with each norm, and some with several rotations per position.
    private static func headCases(_ plain: HeadCase) -> [any OpCase] {
        var cases: [any OpCase] = [plain]
        for scope in HeadSpec.NormScope.allCases {
            for norm in [NormSpec.Kind.rms, .layer] {
                var testCase = plain
                (testCase.norm, testCase.scope) = (norm, scope)
                cases.append(testCase)
            }
        }
        var varied = plain
        (varied.norm, varied.scope, varied.hasWeights, varied.variantCount) = (.layer, .allHeads, false, 2)
        cases.append(varied)
        varied.clip = 0.25
        cases.append(varied)
        (varied.norm, varied.scope, varied.variantCount, varied.readsOnly) = (.rms, .eachHead, 3, true)
        return cases + [varied]
    }

    static let headColumns: [any OpCase] =
        [(1, 1, 1, 1), (3, 2, 8, 4), (40, 5, 17, 0), (7, 16, 64, 128)].map { rows, heads, width, gap in
            CopyColumnsCase(rows: rows, heads: heads, width: width, gap: gap)
        }
        + [1, 2, 7, 70].flatMap { rows in
            [
                (WeightFormat.float32, InputFormat.float32), (.bfloat16, .float32), (.bfloat16, .bfloat16),
                (.float16, .float16), (.q8_0, .int8), (.q4_K, .float32),
            ].flatMap { format, inputFormat in
                [(1, 33), (4, 16), (16, 70)].map { heads, outputs in
                    HeadColumnsCase(
                        rows: rows, heads: heads, inputs: max(format.blockSize, heads == 4 ? 24 : 32) / 8 * 8,
                        outputs: outputs, format: format, inputFormat: inputFormat)
                }
            }
        }

    static let attention: [any OpCase] =
        attentionByShape + attentionByContext + attentionByScore + attentionWithLatents + [
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

    /// Values that are parts of their keys: at the end as in latent attention, at the start, and in between.
    private static let attentionWithLatents: [any OpCase] = [1, 16, 41, 257, 600].flatMap { context -> [any OpCase] in
        [(40, 8..<40), (24, 0..<16), (36, 10..<30), (64, 0..<64), (576, 64..<576)].flatMap { headDim, values in
            cacheTypes.map { dtype -> any OpCase in
                var testCase = AttentionCase(
                    heads: headDim == 24 ? 6 : 5, kvHeads: headDim == 24 ? 2 : 1, headDim: headDim, dtype: dtype,
                    blockSize: context == 41 ? 32 : 16,
                    sequences: [.init(context: context, queries: min(context, 19)), .init(context: 5, queries: 2)],
                    rotatedDim: 8)
                testCase.valuesInKeys = values
                if context == 257 { (testCase.window, testCase.softCap) = (40, 4) }
                if context == 41 { (testCase.hasSlopes, testCase.sinkScale) = (true, 2) }
                return testCase
            }
        }
    }

    /// Slopes and sinks, with a window and a cap, in one partition and over several.
    private static let attentionByScore: [any OpCase] = [1, 17, 257, 600].flatMap { context -> [any OpCase] in
        cacheTypes.flatMap { dtype -> [any OpCase] in
            let plain = AttentionCase(
                heads: 6, kvHeads: context == 17 ? 6 : 2, headDim: context == 1 ? 20 : 32, dtype: dtype,
                sequences: [.init(context: context, queries: min(context, 19)), .init(context: 5, queries: 2)])
            var (sloped, sunk, windowed, all) = (plain, plain, plain, plain)
            sloped.hasSlopes = true
            sunk.sinkScale = 3
            (windowed.sinkScale, windowed.window) = (60, 40)
            (all.hasSlopes, all.sinkScale, all.window, all.softCap) = (true, 2, 30, 4)
            return [sloped, sunk, windowed, all]
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
