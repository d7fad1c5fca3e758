extension Tensor {
    /// Returns all elements as float32. Block formats are GGUF's; each weight equals its definition in float32
    /// arithmetic.
    package func dequantized() -> [Float] {
        let bytes = bytes
        guard format.isQuantized else { return plainElements(bytes) }
        var elements: [Float] = []
        elements.reserveCapacity(shape.elementCount)
        for start in stride(from: 0, to: bytes.count, by: format.blockByteCount) {
            elements += dequantizeBlock(Array(bytes[start..<start + format.blockByteCount]), format: format)
        }
        return elements
    }

    private func plainElements(_ bytes: [UInt8]) -> [Float] {
        let width = format.blockByteCount
        return stride(from: 0, to: bytes.count, by: width).map { start in
            switch format {
            case .float16: return half(bytes, start)
            case .bfloat16: return BFloat16(bitPattern: word(bytes, start)).float
            default:
                return Float(bitPattern: UInt32(word(bytes, start)) | UInt32(word(bytes, start + 2)) << 16)
            }
        }
    }
}

private func word(_ bytes: [UInt8], _ start: Int) -> UInt16 { UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8 }

private func half(_ bytes: [UInt8], _ start: Int) -> Float { Float(Float16(bitPattern: word(bytes, start))) }

private func dequantizeBlock(_ block: [UInt8], format: WeightFormat) -> [Float] {
    switch format {
    case .q4_0:
        let scale = half(block, 0)
        return nibbles(block, from: 2).map { scale * Float($0 - 8) }
    case .q4_1:
        let (scale, minimum) = (half(block, 0), half(block, 2))
        return nibbles(block, from: 4).map { scale * Float($0) + minimum }
    case .q5_0:
        let scale = half(block, 0)
        return fiveBits(block, from: 2).map { scale * Float($0 - 16) }
    case .q5_1:
        let (scale, minimum) = (half(block, 0), half(block, 2))
        return fiveBits(block, from: 4).map { scale * Float($0) + minimum }
    case .q8_0:
        let scale = half(block, 0)
        return block[2...].map { scale * Float(Int8(bitPattern: $0)) }
    case .q4_K: return superBlock(block, quants: 16, high: nil)
    case .q5_K: return superBlock(block, quants: 48, high: 16)
    case .q6_K: return sixBitSuperBlock(block)
    case .float32, .float16, .bfloat16: preconditionFailure("\(format) is not a block format")
    }
}

/// Returns 32 codes from 16 bytes: the low nibbles, then the high ones.
private func nibbles(_ block: [UInt8], from start: Int) -> [Int] {
    let bytes = block[start..<start + 16]
    return bytes.map { Int($0 & 15) } + bytes.map { Int($0 >> 4) }
}

/// Returns 32 codes: four bytes hold their fifth bits, the nibbles follow.
private func fiveBits(_ block: [UInt8], from start: Int) -> [Int] {
    nibbles(block, from: start + 4).enumerated().map { index, low in
        low | (Int(block[start + index / 8]) >> (index % 8) & 1) << 4
    }
}

/// Dequantises Q4_K and Q5_K: eight groups of 32 with 6-bit scales and minimums.
private func superBlock(_ block: [UInt8], quants: Int, high: Int?) -> [Float] {
    let (scale, minimum) = (half(block, 0), half(block, 2))
    let packed = block[4..<16].map(Int.init)
    return (0..<256).map { index in
        let (group, offset) = index.quotientAndRemainder(dividingBy: 32)
        let groupScale: Int
        let groupMinimum: Int
        if group < 4 {
            groupScale = packed[group] & 63
            groupMinimum = packed[group + 4] & 63
        } else {
            groupScale = packed[group + 4] & 15 | (packed[group - 4] >> 6) << 4
            groupMinimum = packed[group + 4] >> 4 | (packed[group] >> 6) << 4
        }
        var code = Int(block[quants + group / 2 * 32 + offset]) >> (group % 2 * 4) & 15
        if let high { code |= (Int(block[high + offset]) >> group & 1) << 4 }
        return scale * Float(groupScale) * Float(code) - minimum * Float(groupMinimum)
    }
}

/// Dequantises Q6_K: sixteen groups of 16 with 8-bit scales.
private func sixBitSuperBlock(_ block: [UInt8]) -> [Float] {
    let scale = half(block, 208)
    return (0..<256).map { index in
        let (half, inHalf) = index.quotientAndRemainder(dividingBy: 128)
        let (run, offset) = inHalf.quotientAndRemainder(dividingBy: 32)
        let low = Int(block[half * 64 + run % 2 * 32 + offset]) >> (run / 2 * 4) & 15
        let high = Int(block[128 + half * 32 + offset]) >> (run * 2) & 3
        let groupScale = Float(Int8(bitPattern: block[192 + index / 16]))
        return scale * groupScale * Float((low | high << 4) - 32)
    }
}
