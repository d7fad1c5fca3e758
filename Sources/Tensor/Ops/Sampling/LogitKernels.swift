/// Operations on rows of logits in host memory, of which `SamplingOps` is made there.
package protocol LogitKernels: MemoryOps, SamplingOps, Sendable {
    /// Threads that `forEachRow` runs on.
    var threadCount: Int { get }

    /// Calls `body` once for each row of `0..<count`, on all threads, and returns when all calls are done. `worker`, below
    /// `threadCount`, is the calling thread's: no two calls at a time have the same. Inside, only operations on a single
    /// row of logits may be called, and a row's result must not depend on `worker`.
    func forEachRow(_ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Void)

    /// For each row the index of its largest element (the lowest index of equals), that element, and
    /// `log(sum(exp(row)))`. A NaN never wins; a row without any number gives index 0.
    func rowStatistics(_ logits: Tensor) -> [RowStatistics]

    /// A row's largest element and its index, by the same rules.
    func argmax(_ logits: Tensor, row: Int) -> (index: Int32, value: Float)

    /// The `count` largest elements of a row, largest first, the lower index first among equals.
    func topK(_ logits: Tensor, row: Int, count: Int) -> [(index: Int32, value: Float)]

    /// The largest weights of a row, largest first, the lower index first among equals, until their running sum in double
    /// precision reaches `target`: at least one, and all positive ones where they do not reach it.
    func nucleus(_ weights: Tensor, row: Int, target: Double) -> [(index: Int32, value: Float)]

    /// How many elements of a row are greater than or equal to `value`.
    func countAtLeast(_ logits: Tensor, row: Int, value: Float) -> Int

    /// Replaces a row by `exp((row - maximum) * inverseTemperature)`, zero where the element is below `threshold`, and
    /// returns the sum.
    func exponentiate(_ logits: Tensor, row: Int, maximum: Float, inverseTemperature: Float, threshold: Float) -> Double

    /// The first index at which the running sum of the row's weights, in index order, exceeds `target`; the last index
    /// with a positive weight where rounding leaves `target` above the total.
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
