/// The operations that a device provides for the layers: a few coarse ones over flat batches, grouped by family. Each
/// file in `Ops` has one family: its descriptors, its protocol and the reference implementation.
///
/// Activations are float32 tensors `[tokens, features]`, all sequences of a step concatenated. Operations keep the
/// exactness rules of docs/architecture.md: a row's result depends only on that row and the weights. Calls enqueue work
/// in order; read results after `synchronize`. Shapes that do not fit trap with the numbers.
package protocol Backend:
    AnyObject, EmbeddingOps, NormOps, LinearOps, ExpertOps, HeadOps, HeadColumnOps, AttentionOps, SamplingOps,
    FiniteCheckOps, MemoryOps, Sendable
{
    /// A description of the device, such as `cpu (avx2, 2 threads)`.
    var description: String { get }

    /// Identifies the arithmetic, such as `cpu avx2`: backends with equal values compute the same bits.
    var arithmetic: String { get }

    /// Number of compute threads or queues.
    var threadCount: Int { get }

    /// The dtypes for which this machine has dot-product instructions.
    var nativeActivationTypes: Set<ElementType> { get }

    /// Throws an error that names what is missing if the backend cannot run an operation. Models call it when they are
    /// loaded, so that no step fails because a kernel is missing.
    func requireSupport(_ descriptor: any OpDescriptor) throws(BackendError)
}

extension Backend {
    /// Accepts every operation.
    package func requireSupport(_ descriptor: any OpDescriptor) throws(BackendError) {}
}
