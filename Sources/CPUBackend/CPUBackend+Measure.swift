internal import CKernels
package import Tensor

/// Measurements of the machine's limits, for comparison in benchmarks.
extension CPUBackend {
    /// Returns the peak multiplications plus additions per second of all threads in registers, with the instruction for
    /// this input type: float32, or dot products of bfloat16 pairs or (int8) of bytes. nil if the machine lacks it.
    package func measurePeak(_ inputs: InputFormat) -> Double? {
        let rate = unsafe nt_measure_peak(pool.handle, inputs.kernelCode)
        return rate > 0 ? rate : nil
    }

    /// Returns the bytes per second that all threads read from `storage`, which should be larger than the caches.
    package func measureReadBandwidth(_ storage: Storage) -> Double {
        unsafe nt_measure_read_bandwidth(pool.handle, storage.address, storage.byteCount)
    }
}
