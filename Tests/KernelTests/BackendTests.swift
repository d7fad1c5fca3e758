import CPUBackend
import Synchronization
import Tensor
import Testing

/// Tests beyond numerical results: instruction sets, errors, blocks, sharing.
@Suite struct BackendTests {
    @Test func `a backend describes its instructions and threads`() throws {
        let backend = try CPUBackend(threadCount: 2, instructionSet: .scalar)
        #expect(backend.description == "cpu (scalar, 2 threads)")
        #expect(try CPUBackend(threadCount: 1, instructionSet: .scalar).description == "cpu (scalar, 1 thread)")
    }

    @Test func `a backend refuses what it cannot do`() throws {
        #expect(throws: BackendError.self) { try CPUBackend(threadCount: 0) }
        for missing in InstructionSet.allCases where missing > InstructionSet.best {
            #expect(throws: BackendError.self) { try CPUBackend(threadCount: 1, instructionSet: missing) }
        }
        let backend = try CPUBackend(threadCount: 1)
        let weight = Samples.matrix(4, 6, seed: 1)
        #expect(throws: BackendError.self) { try backend.makeLinear([], inputFormat: .float32) }
        let narrow = LinearPart(try WeightSource(Samples.matrix(4, 5, seed: 1)))
        #expect(throws: BackendError.self) {
            try backend.makeLinear([LinearPart(try WeightSource(weight)), narrow], inputFormat: .float32)
        }
        let map = RowMap.interleavedHeads(count: 1, headDim: 8)
        #expect(throws: BackendError.self) {
            try backend.makeLinear([LinearPart(try WeightSource(weight), rowMap: map)], inputFormat: .float32)
        }
        #expect(throws: BackendError.self) {
            try WeightSource(Samples.weights(32, 32, format: .q8_0, seed: 1), isTransposed: true)
        }
        #expect(throws: BackendError.self) { try WeightSource(Tensor(zeros: Shape(6))) }
    }

    /// Rows and biases that a file interleaves give the same results as ordered ones, whatever the backend.
    @Test func `maps of separate heads and parts undo their orders`() {
        // Two groups of two queries, a key and a value, of two rows each.
        let groups = RowMap.groupsOfSeparateHeads(count: 4, kvCount: 2, headDim: 2)
        #expect(groups.rows == [0, 1, 2, 3, 8, 9, 12, 13, 4, 5, 6, 7, 10, 11, 14, 15])
        let keys = RowMap.headsOfEveryGroup(2..<3, of: 4, groupCount: 2, headDim: 2).after(groups)
        #expect(keys.rows == [8, 9, 10, 11])
        let pairs = RowMap.alternating(partCount: 2, rowCount: 3)
        #expect(pairs.rows == [0, 3, 1, 4, 2, 5])
        let halves = RowMap.headsOfEveryGroup(1..<2, of: 2, groupCount: 3, headDim: 1).after(pairs)
        let runs = halves.split(every: 3, count: 2)
        #expect(runs.map(\.part) == [1] && runs.map(\.map.rows) == [[0, 1, 2]])
        #expect(pairs.split(every: 3, count: 2).map(\.part) == [0, 1, 0, 1, 0, 1])
        #expect(RowMap.asStored.split(every: 3, count: 2).map(\.map) == [.asStored, .asStored])
    }

    @Test(arguments: [true, false])
    func `biases of interleaved heads follow their rows`(onCPU: Bool) throws {
        let backend: any Backend = onCPU ? try CPUBackend(threadCount: 1) : ReferenceBackend()
        let (rows, inputs, headDim) = (16, 32, 8)
        let (weights, biases) = (Samples.floats(rows * inputs, seed: 3), Samples.floats(rows, seed: 4))
        // The file has dimension i of a head at 2 i, and dimension i + headDim / 2 at 2 i + 1.
        let storedAt = (0..<rows).map { row in
            let (head, dimension) = (row / headDim, row % headDim)
            return head * headDim + (dimension < headDim / 2 ? 2 * dimension : 2 * dimension - headDim + 1)
        }
        var (storedWeights, storedBiases) = (weights, biases)
        for row in 0..<rows {
            storedBiases[storedAt[row]] = biases[row]
            for input in 0..<inputs {
                storedWeights[storedAt[row] * inputs + input] = weights[row * inputs + input]
            }
        }
        func product(_ weights: [Float], _ biases: [Float], _ map: RowMap) throws -> [Float] {
            let part = LinearPart(
                try WeightSource(Tensor(weights, shape: Shape(rows, inputs))), bias: Tensor(biases, shape: Shape(rows)),
                rowMap: map)
            let output = Tensor(zeros: Shape(1, rows))
            let packed = try backend.makeLinear([part], inputFormat: .float32)
            backend.linear(.rows(Samples.matrix(1, inputs, seed: 5)), packed, output: output)
            return output.floatArray
        }
        let expected = try product(weights, biases, .asStored)
        #expect(
            try product(storedWeights, storedBiases, .interleavedHeads(count: rows / headDim, headDim: headDim))
                == expected)
    }

    @Test func `blocks are copied and filled`() throws {
        let backend = try CPUBackend(threadCount: 1)
        let pool = Tensor(zeros: Shape(4, 8))
        backend.fillBlocks([1, 3], pool: pool.storage, blockByteCount: 32, byte: 0x3F)
        backend.copyBlocks([(source: 1, destination: 0)], pool: pool.storage, blockByteCount: 32)
        let filled = Float(bitPattern: 0x3F3F_3F3F)
        let rows = (0..<4).map { pool.rows($0..<$0 + 1).floatArray }
        #expect(rows[0].allSatisfy { $0 == filled } && rows[1].allSatisfy { $0 == filled })
        #expect(rows[2].allSatisfy { $0 == 0 } && rows[3].allSatisfy { $0 == filled })
    }

    /// Several engines on one backend: concurrent calls from many threads give the same result as a single call.
    @Test func `threads share a backend`() async throws {
        let backend = try CPUBackend(threadCount: 3)
        let testCase = LinearCase(
            inputs: 256, parts: [.init(format: .q4_1, outputs: 200)], rows: 2, inputFormat: .bfloat16)
        let expected = try testCase.run(on: backend)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let operation = try testCase.prepare(on: backend)
                    return (0..<50).lazy.compactMap { _ in firstDifference(operation(), expected) }.first
                }
            }
            for try await difference in group { #expect(difference == nil) }
        }
    }

    @Test func `rows come back in order, each worker with one row at a time`() throws {
        for backend in [try CPUBackend(threadCount: 3), ReferenceBackend()] as [any LogitKernels] {
            let busy = (0..<backend.threadCount).map { _ in Flag() }
            for count in [0, 1, 2, 100] {
                let rows = backend.mapRows(count) { row, worker in
                    let wasBusy = busy[worker].isSet.exchange(true, ordering: .acquiringAndReleasing)
                    defer { busy[worker].isSet.store(false, ordering: .releasing) }
                    return wasBusy ? -1 : row
                }
                #expect(rows == Array(0..<count))
            }
        }
    }

    private final class Flag: Sendable { let isSet = Atomic(false) }

    /// Elements that are not numbers are never selected and never crash.
    @Test(arguments: InstructionSet.available)
    func `logits that are not numbers never win and never crash`(_ instructionSet: InstructionSet) throws {
        let backend = try CPUBackend(threadCount: 1, instructionSet: instructionSet)
        let logits = Tensor([Float](repeating: .nan, count: 40), shape: Shape(1, 40))
        #expect(backend.rowStatistics(logits)[0].argmax == 0)
        #expect(backend.argmax(logits, row: 0) == (0, -.infinity))
        #expect(backend.topK(logits, row: 0, count: 5).isEmpty)
        #expect(backend.nucleus(logits, row: 0, target: 0.5).isEmpty)
        #expect(backend.countAtLeast(logits, row: 0, value: 0) == 0)
        #expect(backend.pickWeighted(logits, row: 0, target: 0.5) == 0)
        let sum = backend.exponentiate(logits, row: 0, maximum: 0, inverseTemperature: 1, threshold: -.infinity)
        #expect(sum == 0)
        #expect(logits.floatArray.allSatisfy { $0 == 0 })
    }
}
