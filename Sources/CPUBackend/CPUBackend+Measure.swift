internal import CKernels
package import Tensor

/// What the machine can do, for benchmarks to compare with.
extension CPUBackend {
    /// Multiplications and additions a second of all threads in registers, by the instruction that serves inputs of
    /// this type: float32, dot products of bfloat16 pairs or (int8) of bytes. nil where there is none such.
    package func measurePeak(_ inputs: InputFormat) -> Double? {
        let rate = unsafe nt_measure_peak(pool.handle, inputs.kernelCode)
        return rate > 0 ? rate : nil
    }

    /// All threads reading `storage`, which should be larger than the caches: bytes a second.
    package func measureReadBandwidth(_ storage: Storage) -> Double {
        unsafe nt_measure_read_bandwidth(pool.handle, storage.address, storage.byteCount)
    }
}
