internal import CKernels
package import Tensor

/// What the machine can do, for benchmarks to compare with.
extension CPUBackend {
    /// Fused multiply-adds in registers on all threads, each counted as two operations: operations a second.
    package func measurePeakFlops() -> Double { unsafe nt_measure_peak_flops(pool.handle) }

    /// All threads reading `storage`, which should be larger than the caches: bytes a second.
    package func measureReadBandwidth(_ storage: Storage) -> Double {
        unsafe nt_measure_read_bandwidth(pool.handle, storage.address, storage.byteCount)
    }
}
