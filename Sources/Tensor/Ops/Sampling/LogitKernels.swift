/// Operations on rows of logits in host memory, on which host backends build `SamplingOps`.
package protocol LogitKernels: MemoryOps, SamplingOps, Sendable {
    /// Number of threads that `forEachRow` uses.
    var threadCount: Int { get }

    /// Calls `body` once per row of `0..<count`, on all threads, and returns when all calls are done. Concurrent calls
    /// have different `worker`s, below `threadCount`. `body` may only use operations on a single row of logits, and its
    /// result must not depend on `worker`.
    func forEachRow(_ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Void)

    /// Returns per row the index of its largest element (the lowest among equals), that element, and
    /// `log(sum(exp(row)))`. NaNs are ignored; a row without numbers gives index 0.
    func rowStatistics(_ logits: Tensor) -> [RowStatistics]

    /// Returns the index and value of a row's largest element, by the rules of `rowStatistics`.
    func argmax(_ logits: Tensor, row: Int) -> (index: Int32, value: Float)

    /// Returns the `count` largest elements of a row, largest first, the lower index first among equals.
    func topK(_ logits: Tensor, row: Int, count: Int) -> [(index: Int32, value: Float)]

    /// Returns the largest weights of a row, in the order of `topK`, until their running sum in double precision
    /// reaches `target`: at least one weight, and all positive ones if their sum stays below it.
    func nucleus(_ weights: Tensor, row: Int, target: Double) -> [(index: Int32, value: Float)]

    /// Returns the number of elements of a row that are greater than or equal to `value`.
    func countAtLeast(_ logits: Tensor, row: Int, value: Float) -> Int

    /// Replaces a row by `exp((row - maximum) * inverseTemperature)`, with zero for elements below `threshold`, and
    /// returns its sum.
    func exponentiate(_ logits: Tensor, row: Int, maximum: Float, inverseTemperature: Float, threshold: Float) -> Double

    /// Returns the first index at which the running sum of the row's weights exceeds `target`, or the last index with a
    /// positive weight if rounding leaves `target` above the total.
    func pickWeighted(_ weights: Tensor, row: Int, target: Double) -> Int
}

/// A row's largest element and the logarithm of the sum of its exponentials.
package struct RowStatistics: Hashable, Sendable {
    package var argmax: Int32
    package var maximum: Float
    package var logSumExp: Float

    package init(argmax: Int32, maximum: Float, logSumExp: Float) {
        self.argmax = argmax
        self.maximum = maximum
        self.logSumExp = logSumExp
    }
}
