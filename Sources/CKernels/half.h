// Scalar conversions between float32 and the 16-bit types, rounding to nearest even.
#pragma once

#include "common.h"

NT_INLINE uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

NT_INLINE float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

NT_INLINE uint16_t load_u16(const void *address) {
    uint16_t value;
    memcpy(&value, address, sizeof value);
    return value;
}

NT_INLINE float float_from_f16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7FFF;
    if (magnitude >= 0x7C00) {
        const uint32_t quiet = magnitude > 0x7C00 ? 0x400000 : 0;
        return float_of(sign | 0x7F800000 | (magnitude << 13) | quiet);
    }
    // The exact multiplication turns subnormal halves into normal numbers.
    return float_of(sign | bits_of(float_of(magnitude << 13) * 0x1p112f));
}

NT_INLINE uint16_t f16_from_float(float value) {
    uint32_t bits = bits_of(value);
    const uint32_t sign = (bits >> 16) & 0x8000;
    bits &= 0x7FFFFFFF;
    if (bits > 0x7F800000) return (uint16_t)(sign | 0x7E00 | ((bits >> 13) & 0x3FF));
    if (bits >= 0x47800000) return (uint16_t)(sign | 0x7C00);
    if (bits < 0x38800000) {
        // Below the smallest normal half, adding 0.5 rounds at the last place of a half, 2^-24.
        return (uint16_t)(sign | (bits_of(float_of(bits) + 0.5f) - 0x3F000000));
    }
    return (uint16_t)(sign | ((bits - 0x38000000 + 0xFFF + ((bits >> 13) & 1)) >> 13));
}

NT_INLINE float float_from_bf16(uint16_t value) { return float_of((uint32_t)value << 16); }

NT_INLINE uint16_t bf16_from_float(float value) {
    const uint32_t bits = bits_of(value);
    if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)((bits >> 16) | 0x40);
    return (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

// Rounds to float32, float16 or bfloat16.
NT_INLINE float round_to(nt_dtype dtype, float value) {
    switch (dtype) {
    case NT_F16: return float_from_f16(f16_from_float(value));
    case NT_BF16: return float_from_bf16(bf16_from_float(value));
    default: return value;
    }
}

// Factor by which a group of inputs with this largest magnitude is multiplied before rounding to bytes.
NT_INLINE float inverse_byte_scale(float largest) { return largest >= 0x1p-100f ? 127.0f / largest : 0.0f; }
