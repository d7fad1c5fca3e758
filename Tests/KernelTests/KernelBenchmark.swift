import CPUBackend
import Tensor
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Speed of the cases at real shapes, beside the machine's limits measured in the same run.
///
/// `NEEDLETAIL_BENCH=1 swift test -c release --filter KernelBenchmark`
@Suite(.serialized) struct KernelBenchmark {
    static let isEnabled = unsafe getenv("NEEDLETAIL_BENCH") != nil

    /// The matrices of SmolLM2-135M: inputs, outputs, how many times a token.
    static let shapes = [(576, 960, 30), (576, 576, 30), (576, 3072, 30), (1536, 576, 30), (576, 49152, 1)]

    @Test(.enabled(if: isEnabled, "set NEEDLETAIL_BENCH=1")) func linear() throws {
        let backend = try CPUBackend()
        print(backend.description)
        print("peak \(round(backend.measurePeakFlops() / 1e9)) GFLOP/s, read \(bandwidth(backend)) GB/s")
        for dtype in [DType.q4_1, .q4_0, .q5_0, .q8_0, .q4_K, .q6_K, .bfloat16, .float16] {
            for rows in [1, 2, 4, 6, 16, 512] where rows == 1 || dtype == .q4_1 || dtype == .bfloat16 {
                try report(dtype: dtype, rows: rows, on: backend)
            }
        }
    }

    /// One line: all matrices of a pass over the model, each measured alone with weights that caches have forgotten.
    private func report(dtype: DType, rows: Int, on backend: CPUBackend) throws {
        var total = 0.0
        var bytes = 0
        var operations = 0.0
        var parts: [String] = []
        for (shapeInputs, outputs, count) in Self.shapes {
            guard rows < 512 || outputs < 49152 else { continue }
            let inputs = (shapeInputs + dtype.blockSize - 1) / dtype.blockSize * dtype.blockSize
            let type: DType = outputs == 49152 && dtype == .q4_1 ? .q8_0 : dtype
            let testCase = LinearCase(inputs: inputs, parts: [.init(dtype: type, outputs: outputs)], rows: rows)
            let copies = rows < 512 ? max(1, 64 << 20 / (inputs * outputs)) : 1
            let weights = try (0..<min(copies, 30)).map { _ in try testCase.makeWeights(on: backend) }
            let input = Samples.matrix(rows, inputs, seed: 1)
            let output = Tensor(zeros: Shape(rows, outputs))
            let seconds = bestTime { for one in weights { backend.linear(.rows(input), one, output: output) } }
            let once = seconds / Double(weights.count)
            total += once * Double(count)
            bytes += weights[0].byteCount * count
            operations += 2 * Double(rows * inputs * outputs * count)
            parts.append("\(inputs)x\(outputs) \(round(Double(weights[0].byteCount) / once / 1e8) / 10)")
        }
        print(
            "\(dtype) rows \(rows): \(round(Double(bytes) / total / 1e8) / 10) GB/s, "
                + "\(round(operations / total / 1e9)) GFLOP/s, \(round(total * 1e5) / 100) ms a pass, "
                + "\(round(1 / total)) passes/s [GB/s: \(parts.joined(separator: ", "))]")
    }

    @Test(.enabled(if: isEnabled, "set NEEDLETAIL_BENCH=1")) func otherOperations() throws {
        let backend = try CPUBackend()
        var cases: [any OpCase] = [1, 64, 512].flatMap { rows in
            RowCase.Operation.allCases.map {
                RowCase(operation: $0, rows: rows, features: 576)
            }
        }
        cases += LogitsCase.Operation.allCases.map { LogitsCase(operation: $0, count: 49152) }
        for (context, queries) in [(128, 1), (1024, 1), (512, 512), (2048, 1)] {
            for dtype in [DType.float32, .bfloat16, .float16] {
                cases.append(
                    AttentionCase(
                        heads: 9, kvHeads: 3, headDim: 64, dtype: dtype,
                        sequences: [.init(context: context, queries: queries)]))
            }
        }
        cases.append(RotaryCase(headDim: 64, rotatedDim: 64, dtype: .bfloat16))
        for testCase in cases {
            let operation = try testCase.prepare(on: backend)
            print("\(testCase): \(round(bestTime { _ = operation() } * 1e7) / 10) us")
        }
    }

    @Test(.enabled(if: isEnabled, "set NEEDLETAIL_BENCH=1")) func packing() throws {
        let backend = try CPUBackend()
        for dtype in [DType.q4_1, .q8_0, .q4_K, .q6_K, .bfloat16] {
            let weight = Samples.weights(3072, 2048, dtype: dtype, seed: 1)
            let seconds = bestTime {
                _ = try? backend.makeLinear([LinearPart(weight: weight)], activationType: .float32)
            }
            print("pack \(dtype): \(round(Double(weight.byteCount) / seconds / 1e7) / 100) GB/s")
        }
    }

    private func bandwidth(_ backend: CPUBackend) -> Double {
        let storage = Storage(byteCount: 256 << 20)
        let blocks = (0..<256).map(Int32.init)
        backend.fillBlocks(blocks, pool: storage, blockByteCount: 1 << 20, byte: 0)
        return round(backend.measureReadBandwidth(storage) / 1e8) / 10
    }

    /// Seconds of the fastest of several runs.
    private func bestTime(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        body()
        var best = Duration.seconds(1000)
        for _ in 0..<7 { best = min(best, clock.measure(body)) }
        let (seconds, attoseconds) = best.components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
