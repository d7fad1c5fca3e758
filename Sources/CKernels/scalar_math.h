// exp for one element, bit-equal to the vector form in kernels/math_body.h.
#pragma once

#include "half.h"

// Accurate to 2 units in the last place for x in [-87.3, 88.3]; 0 below, exp(88.376) above, NaN for NaN.
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

// x * Phi(x), with erf by formula 7.1.26 of Abramowitz and Stegun (1964), whose error is at most 1.5e-7. Phi(-|x|) is
// half of erfc(|x| / sqrt 2), so gelu(x) = max(0, x) - |x| * Phi(-|x|).
NT_INLINE float scalar_gelu(float x) {
    const float negated = 0.0f - x, size = negated > x ? negated : x, z = size * NT_SQRT_HALF;
    const float t = 1.0f / __builtin_fmaf(z, NT_ERF_P, 1.0f);
    float p = NT_ERF_A5;
    p = __builtin_fmaf(p, t, NT_ERF_A4);
    p = __builtin_fmaf(p, t, NT_ERF_A3);
    p = __builtin_fmaf(p, t, NT_ERF_A2);
    p = __builtin_fmaf(p, t, NT_ERF_A1);
    const float rest = p * t * scalar_exp(0.0f - z * z);
    return __builtin_fmaf(-(0.5f * size), rest, 0.0f > x ? 0.0f : x);
}

// x / 2 * (1 + tanh(u)) with u = sqrt(2 / pi) * (x + 0.044715 x^3), which equals x / (1 + exp(-2 u)).
NT_INLINE float scalar_gelu_tanh(float x) {
    const float slope = __builtin_fmaf(x * x, NT_GELU_CUBIC, NT_GELU_LINEAR);
    return x / (1.0f + scalar_exp(x * slope));
}

// x * sigmoid(1.702 x).
NT_INLINE float scalar_quick_gelu(float x) { return x / (1.0f + scalar_exp(x * -1.702f)); }

// cap * tanh(x / cap), computed as tanh(y) = 1 - 2 / (exp(2 y) + 1).
NT_INLINE float scalar_soft_cap(float x, float cap) {
    const float y = x / cap;
    return cap * (1.0f - 2.0f / (scalar_exp(y + y) + 1.0f));
}
