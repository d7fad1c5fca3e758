// exp for one element, bit-equal to the vector form in kernels/math_body.h.
#pragma once

#include "half.h"

// Within 2 units in the last place for x in [-87.3, 88.3]; 0 below, exp(88.376) above, NaN for NaN.
NT_INLINE float scalar_exp(float x) {
    const float clamped = NT_EXP_HIGH < x ? NT_EXP_HIGH : x;
    const float shifted = __builtin_fmaf(clamped, NT_LOG2E, NT_ROUND_MAGIC);
    const float n = shifted - NT_ROUND_MAGIC;
    const float r = __builtin_fmaf(n, -NT_LN2_LOW, __builtin_fmaf(n, -NT_LN2_HIGH, clamped));
    float p = NT_EXP_P0;
    p = __builtin_fmaf(p, r, NT_EXP_P1);
    p = __builtin_fmaf(p, r, NT_EXP_P2);
    p = __builtin_fmaf(p, r, NT_EXP_P3);
    p = __builtin_fmaf(p, r, NT_EXP_P4);
    p = __builtin_fmaf(p, r, NT_EXP_P5);
    const float y = __builtin_fmaf(p, r * r, r) + 1.0f;
    const float power = float_of((bits_of(shifted) + (127u - NT_ROUND_MAGIC_BITS)) << 23);
    return x < NT_EXP_LOW ? 0.0f : y * power;
}

NT_INLINE float scalar_silu(float x) { return x / (1.0f + scalar_exp(0.0f - x)); }

// cap * tanh(x / cap), from tanh(y) = 1 - 2 / (exp(2 y) + 1).
NT_INLINE float scalar_soft_cap(float x, float cap) {
    const float y = x / cap;
    return cap * (1.0f - 2.0f / (scalar_exp(y + y) + 1.0f));
}
