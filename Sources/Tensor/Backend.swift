/// What a device must do for the layers: a few coarse operations over flat batches, by family. Each file in `Ops` has one
/// family: the descriptors that its operations take, the protocol, and the reference implementation.
///
/// Activations are float32 tensors `[tokens, features]`, all sequences of a step concatenated. Every operation keeps the
/// exactness rules of docs/architecture.md: the result of a row depends on that row and the weights alone, never on how
/// many rows there are, on tiles or on threads. Calls enqueue work in order; results may be read after `synchronize`.
/// Shapes that do not fit are programmer errors and trap with the numbers.
package protocol Backend:
    AnyObject, EmbeddingOps, NormOps, LinearOps, HeadOps, AttentionOps, SamplingOps, MemoryOps, Sendable
{
    /// Such as `cpu (avx2, 2 threads)`.
    var description: String { get }

    /// What results depend on, such as `cpu avx2`: backends that say the same compute the same bits.
    var arithmetic: String { get }

    /// Threads, or queues, that compute.
    var threadCount: Int { get }

    /// The dtypes that this machine has dot-product instructions for.
    var nativeActivationTypes: Set<ElementType> { get }

    /// Throws, saying what is missing, where the backend cannot run what a descriptor describes. Models ask when they are
    /// loaded, so that no step fails for want of a kernel.
    func requireSupport(_ descriptor: any OpDescriptor) throws(BackendError)
}

extension Backend {
    /// By default everything is supported.
    package func requireSupport(_ descriptor: any OpDescriptor) throws(BackendError) {}
}
