import CPUBackend
import Tensor
import Testing

/// Compares kernels with the reference, instruction sets with scalar code, and several threads with one.
@Suite struct OpMatrixTests {
    static let backends: [CPUBackend] = {
        do { return try InstructionSet.available.map { try CPUBackend(threadCount: 2, instructionSet: $0) } } catch {
            fatalError("\(error)")
        }
    }()

    @Test(arguments: OpMatrix.all.indices)
    func `an operation agrees with the reference on every instruction set`(_ index: Int) throws {
        let testCase = OpMatrix.all[index]
        let expected = try testCase.run(on: ReferenceBackend())
        var scalar: [Float]?
        for backend in Self.backends {
            let actual = try testCase.run(on: backend)
            let error = normalizedMaxError(actual, expected)
            #expect(error <= testCase.tolerance, "\(testCase) on \(backend.instructionSet): error \(error)")
            if let scalar, testCase.isBitEqual || backend.instructionSet != .avx512bf16 {
                let difference = firstDifference(actual, scalar)
                #expect(difference == nil, "\(testCase) on \(backend.instructionSet) against scalar")
            }
            if backend.instructionSet == .scalar { scalar = actual }
        }
    }

    @Test(arguments: OpMatrix.all.indices)
    func `an operation does not depend on the number of threads`(_ index: Int) throws {
        let testCase = OpMatrix.all[index]
        let best = InstructionSet.best
        let single = try testCase.run(on: CPUBackend(threadCount: 1, instructionSet: best))
        for threads in [2, 5] {
            let several = try testCase.run(on: CPUBackend(threadCount: threads, instructionSet: best))
            #expect(firstDifference(several, single) == nil, "\(testCase) with \(threads) threads")
        }
    }
}
