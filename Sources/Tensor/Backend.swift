/// What a device must do for the layers: coarse operations over flat batches.
///
/// Activations are float32 tensors `[tokens, features]`, all sequences of a step concatenated. Every operation keeps the
/// exactness rules of docs/architecture.md: the result of a row depends on that row and the weights alone, never on how
/// many rows there are, on tiles or on threads. Calls enqueue work in order; results may be read after `synchronize`.
/// Shapes that do not fit are programmer errors and trap with the numbers.
package protocol Backend: AnyObject, Sendable {
    /// Such as `cpu (avx2, 2 threads)`.
    var description: String { get }

    /// What results depend on of it, such as `cpu avx2`: backends that say the same compute the same bits.
    var arithmetic: String { get }

    /// Threads, or queues, that compute.
    var threadCount: Int { get }

    /// The dtypes that this machine has dot-product instructions for.
    var nativeActivationTypes: Set<DType> { get }

    // MARK: Loading

    /// Brings the rows of one or more weight matrices into the layout that the matrix product streams; concatenates
    /// their outputs in order (query, key and value; gate and up). Throws where a dtype or a shape has no kernel.
    ///
    /// `activationType` is what inputs are rounded to. With `q8_0` they meet quantised weights as bytes, each group of 32
    /// with a float32 scale (its largest magnitude / 127), and plain weights as bfloat16.
    func makeLinear(_ parts: [LinearPart], activationType: DType) throws(BackendError) -> any LinearWeights

    /// Memory for key and value blocks; pages are committed when they are first written.
    func makeKVCacheStorage(byteCount: Int) -> Storage

    // MARK: Layers

    /// `output[t] = table[ids[t]]` as float32. `table`: `[vocabulary, features]` in any dtype; ids are in range.
    func embed(_ ids: [UInt32], table: Tensor, output: Tensor)

    /// `output = input / sqrt(mean(input^2) + epsilon) * weight`, row by row; `weight`: float32 `[features]`.
    func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, output: Tensor)

    /// `residual += delta`, then `output = rmsNorm(residual)`: bit-equal to an addition followed by `rmsNorm`.
    func addRMSNorm(_ delta: Tensor, residual: Tensor, weight: Tensor, epsilon: Float, output: Tensor)

    /// `output[t, n] = sum over k of round(input[t, k]) * weight[n, k] + bias[n]`, with one order of k for any row count;
    /// a norm is bit-equal to `rmsNorm` or `addRMSNorm` before.
    func linear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor)

    /// `output = silu(gate) * up`, where `weights` hold two matrices of equal size: gate, then up.
    func gatedLinear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor)

    /// Rotates the queries and keys inside `qkv` = `[tokens, (heads + 2 * kvHeads) * headDim]` (queries stay there,
    /// rotated) and writes keys and values into the cache slots of the tokens.
    func rotateAndCache(_ qkv: Tensor, rotary: RotaryTable, batch: AttentionBatch, cache: KVCacheLayer)

    /// Causal attention of the rotated queries in `qkv` over the cache, the current tokens included (they were written,
    /// and rounded, before). `output`: `[tokens, heads * headDim]`.
    func attention(
        _ qkv: Tensor, parameters: AttentionParameters, batch: AttentionBatch, cache: KVCacheLayer, output: Tensor)

    /// `output[i] = input[rows[i]]`.
    func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor)

    // MARK: Logits

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

    // MARK: Cache blocks

    /// Copies whole blocks (`source`, `destination`) inside a pool of blocks of `blockByteCount` bytes.
    func copyBlocks(_ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int)

    /// Fills blocks with zeros, or in checked runs with NaNs, so that a read of a freed slot shows.
    func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8)

    /// Returns when all enqueued work is done.
    func synchronize()
}

/// Why a backend cannot hold a weight: no kernel for the dtype or shape.
package struct BackendError: Error, Hashable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// Weights that `Backend.makeLinear` made; only the backend that made them can use them.
package protocol LinearWeights: AnyObject, Sendable {
    var inputCount: Int { get }
    /// Outputs of all its matrices.
    var outputCount: Int { get }
    /// Bytes that one pass over the weights reads.
    var byteCount: Int { get }
}

/// One matrix of a linear layer: `[outputs, inputs]` row-major in any dtype.
package struct LinearPart: Sendable {
    package var weight: Tensor
    /// float32 `[outputs]`, in the order of the outputs.
    package let bias: Tensor?
    package let rowOrder: RowOrder

    /// How rows are taken from the matrix. Some files store query and key rows with the two halves of each head
    /// interleaved (0, d/2, 1, d/2+1, ...); loading puts them back, so that there is one rotary form.
    package enum RowOrder: Hashable, Sendable {
        case asStored
        case interleavedHeads(headDim: Int)

        /// The stored row that output `index` takes.
        package func storedRow(_ index: Int) -> Int {
            switch self {
            case .asStored: return index
            case .interleavedHeads(let headDim):
                let (head, offset) = index.quotientAndRemainder(dividingBy: headDim)
                let half = headDim / 2
                return head * headDim + (offset < half ? 2 * offset : 2 * (offset - half) + 1)
            }
        }

        /// A vector with one float32 element per stored row, in the order of the outputs. One that has no whole heads stays
        /// as it is: the backend refuses it.
        func ordered(_ vector: Tensor) -> Tensor {
            guard case .interleavedHeads(let headDim) = self, headDim > 0, vector.dtype == .float32,
                vector.shape.elementCount % headDim == 0
            else { return vector }
            let stored = vector.floatArray
            return Tensor(stored.indices.map { stored[storedRow($0)] }, shape: vector.shape)
        }
    }

    /// `bias`: as stored, in the order of the matrix's rows: one map puts both in place.
    package init(weight: Tensor, bias: Tensor? = nil, rowOrder: RowOrder = .asStored) {
        self.weight = weight
        self.bias = bias.map { rowOrder.ordered($0) }
        self.rowOrder = rowOrder
    }
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
