internal import CKernels
package import Tensor

extension CPUBackend {
    package func experts(
        _ input: Tensor, _ routes: ExpertRoutes, _ weights: ExpertWeights, addend: ExpertAddend?,
        workspace: (inner: Tensor, outer: Tensor), output: Tensor
    ) {
        let (tokenCount, features) = (input.shape[0], output.shape[1])
        precondition(
            output.shape[0] == tokenCount && routes.places.count == tokenCount * routes.width
                && addend?.rows.shape ?? output.shape == output.shape
                && addend?.weights?.count ?? tokenCount == tokenCount
                && workspace.inner.shape == Shape(routes.tokens.count, weights.innerCount)
                && workspace.outer.shape == Shape(routes.tokens.count, features),
            "experts of \(input.shape) into \(output.shape) with \(workspace.inner.shape), \(workspace.outer.shape)")
        unsafe withAddress(routes.tokens) { tokens in
            unsafe run(routes, weights.inputs, weights.epilogue, from: input, map: tokens, output: workspace.inner)
        }
        unsafe run(routes, weights.outputs, .none, from: workspace.inner, map: nil, output: workspace.outer)
        unsafe withAddress(routes.places) { places in
            unsafe withAddress(routes.weights) { factors in
                unsafe withAddress(addend?.weights) { addendFactors in
                    unsafe nt_combine(
                        pool.handle, workspace.outer.floatAddress, Int64(features), places, factors,
                        Int64(tokenCount), Int64(routes.width),
                        addend.map { unsafe UnsafePointer($0.rows.floatAddress) }, addendFactors, output.floatAddress)
                }
            }
        }
    }

    /// Multiplies the rows of all experts in one kernel call. `map`: the row of `input` that each assignment reads; nil
    /// for all in order.
    private func run(
        _ routes: ExpertRoutes, _ experts: [any LinearWeights], _ epilogue: LinearEpilogue, from input: Tensor,
        map: UnsafePointer<Int32>?, output: Tensor
    ) {
        let (count, width) = (routes.ranges.count, output.shape[1])
        let weights = routes.ranges.map { own(experts[$0.expert]) }
        guard let inputFormat = weights.first?.inputFormat else { return }
        precondition(
            epilogue.addend == nil && weights.allSatisfy { $0.outputCount == width * (epilogue.isGated ? 2 : 1) },
            "experts of \(weights[0].outputCount) outputs into \(output.shape)")
        let sources = UnsafeMutableBufferPointer<nt_row_source>.allocate(capacity: count)
        let calls = UnsafeMutableBufferPointer<nt_linear_call>.allocate(capacity: count)
        defer {
            unsafe sources.deallocate()
            unsafe calls.deallocate()
        }
        unsafe withKernelEpilogue(epilogue, rowCount: 0, outputCount: 0) { kernelEpilogue in
            for (index, route) in routes.ranges.enumerated() {
                let rows = unsafe map == nil ? input.rows(route.rows) : input
                unsafe sources.initializeElement(at: index, to: RowInput.rows(rows).kernelSource)
                unsafe calls.initializeElement(
                    at: index,
                    to: nt_linear_call(
                        source: sources.baseAddress! + index, row_map: map.map { unsafe $0 + route.rows.lowerBound },
                        rows: Int64(route.rows.count), weights: weights[index].kernelValue, epilogue: kernelEpilogue,
                        output: output.rows(route.rows).floatAddress, output_stride: Int64(width)))
            }
            unsafe nt_linear(pool.handle, calls.baseAddress, Int64(count), inputFormat.kernelCode)
        }
    }

    func own(_ weights: any LinearWeights) -> CPULinearWeights {
        guard let weights = weights as? CPULinearWeights else { fatalError("weights of another backend") }
        return weights
    }
}
