import Checkpoint
import Tensor

/// The types in which a model computes.
struct ComputeTypes: Hashable {
    /// The format to which linear layers round their inputs.
    var linear: InputFormat
    /// The storage type of keys and values.
    var cache: ElementType

    /// `auto`: int8 inputs for quantised weights, bfloat16 for 16-bit ones, else float32; the cache is bfloat16 if the
    /// machine computes in it or the weights have 16 bits. A named type applies to both.
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
