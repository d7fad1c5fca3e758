internal import CKernels
package import Tensor

extension CPUBackend {
    package func copyColumns(_ input: HeadColumns, width: Int, headCount: Int, output: HeadColumns) {
        check(input, width, output, width, headCount: headCount)
        for token in 0..<input.rows.shape[0] {
            let source = unsafe input.rows.floatAddress + token * input.rows.shape[1] + input.first
            let target = unsafe output.rows.floatAddress + token * output.rows.shape[1] + output.first
            for head in 0..<headCount {
                unsafe (target + head * output.stride).update(from: source + head * input.stride, count: width)
            }
        }
    }

    package func linear(_ input: HeadColumns, perHead weights: [any LinearWeights], output: HeadColumns) {
        let weights = weights.map(own)
        guard let first = weights.first else { return }
        check(input, first.inputCount, output, first.outputCount, headCount: weights.count)
        let sources = UnsafeMutableBufferPointer<nt_row_source>.allocate(capacity: weights.count)
        let calls = UnsafeMutableBufferPointer<nt_linear_call>.allocate(capacity: weights.count)
        defer {
            unsafe sources.deallocate()
            unsafe calls.deallocate()
        }
        unsafe withKernelEpilogue(.none, rowCount: 0, outputCount: 0) { epilogue in
            for (head, weights) in weights.enumerated() {
                precondition(
                    weights.inputCount == first.inputCount && weights.outputCount == first.outputCount
                        && weights.inputFormat == first.inputFormat, "heads of different sizes")
                var source = unsafe RowInput.rows(input.rows).kernelSource
                unsafe source.rows += input.first + head * input.stride
                unsafe sources.initializeElement(at: head, to: source)
                unsafe calls.initializeElement(
                    at: head,
                    to: nt_linear_call(
                        source: sources.baseAddress! + head, row_map: nil, rows: Int64(input.rows.shape[0]),
                        weights: weights.kernelValue, epilogue: epilogue,
                        output: output.rows.floatAddress + output.first + head * output.stride,
                        output_stride: Int64(output.rows.shape[1])))
            }
            unsafe nt_linear(pool.handle, calls.baseAddress, Int64(weights.count), first.inputFormat.kernelCode)
        }
    }

    private func check(
        _ input: HeadColumns, _ inputWidth: Int, _ output: HeadColumns, _ outputWidth: Int, headCount: Int
    ) {
        precondition(
            input.rows.shape[0] == output.rows.shape[0] && input.contains(headCount: headCount, width: inputWidth)
                && output.contains(headCount: headCount, width: outputWidth),
            "\(headCount) heads of \(inputWidth) in \(input.rows.shape) into \(outputWidth) in \(output.rows.shape)")
    }
}
