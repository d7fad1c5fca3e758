import Checkpoint
import Tensor

/// The types that a model computes in.
struct ComputeTypes: Hashable {
    /// What linear layers round their inputs to.
    var linear: InputFormat
    /// What keys and values are stored as.
    var cache: ElementType

    /// `auto`: bytes for quantised weights, else bfloat16 for 16-bit ones, else float32; the cache in bfloat16 where the
    /// machine computes in it or the weights have 16 bits. A named type is taken for both.
    init(_ choice: EngineOptions.DType, _ checkpoint: Checkpoint, _ backend: any Backend) {
        switch choice {
        case .bfloat16: self = Self(both: .bfloat16)
        case .float16: self = Self(both: .float16)
        case .float32: self = Self(both: .float32)
        case .auto: self = Self.automatic(for: checkpoint, backend)
        }
    }

    private init(linear: InputFormat, cache: ElementType) { (self.linear, self.cache) = (linear, cache) }

    private init(both type: ElementType) { self.init(linear: InputFormat(type), cache: type) }

    private static func automatic(for checkpoint: Checkpoint, _ backend: any Backend) -> Self {
        let types = Set(checkpoint.weights.tensorNames.compactMap { checkpoint.weights.entry(named: $0)?.format })
        guard types.contains(where: \.isQuantized) else {
            return Self(both: types == [.float32] ? .float32 : .bfloat16)
        }
        let hasBFloat16 = backend.nativeActivationTypes.contains(.bfloat16)
        return Self(linear: .int8, cache: hasBFloat16 ? .bfloat16 : .float32)
    }
}
