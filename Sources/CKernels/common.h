// Definitions that all kernel files share.
#pragma once

#include "include/ckernels.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

// Products and sums round separately unless a fused multiply-add is written out.
#pragma STDC FP_CONTRACT OFF

#define NT_INLINE static inline __attribute__((always_inline))

NT_INLINE int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
NT_INLINE int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
NT_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Runs `statement` with the constant `name` instead of `count` (1 to 6), so that it is compiled once per value.
// clang-format off: one case per line.
#define WITH_ROW_COUNT(count, name, statement) \
    switch (count) { \
    case 1: { enum { name = 1 }; statement; break; } \
    case 2: { enum { name = 2 }; statement; break; } \
    case 3: { enum { name = 3 }; statement; break; } \
    case 4: { enum { name = 4 }; statement; break; } \
    case 5: { enum { name = 5 }; statement; break; } \
    default: { enum { name = 6 }; statement; break; } \
    }

// Like WITH_ROW_COUNT, for the width of packed codes.
#define WITH_CODE_BITS(bits, name, statement) \
    switch (bits) { \
    case 4: { enum { name = 4 }; statement; break; } \
    case 5: { enum { name = 5 }; statement; break; } \
    case 6: { enum { name = 6 }; statement; break; } \
    default: { enum { name = 8 }; statement; break; } \
    }
// clang-format on

// The only order in which 16 partial sums are reduced.
NT_INLINE float sum_tree(float lanes[16]) {
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
    }
    return lanes[0];
}

// Constants of exp: x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) is a polynomial of degree 7 (Cephes expf).
#define NT_EXP_LOW (-87.33654f)
#define NT_EXP_HIGH 88.37626f
#define NT_LOG2E 1.44269504f
#define NT_LN2_HIGH 0.693359375f
#define NT_LN2_LOW (-2.12194440e-4f)
// Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
#define NT_ROUND_MAGIC 12582912.0f
#define NT_ROUND_MAGIC_BITS 0x4B400000
#define NT_EXP_P0 1.9875691500e-4f
#define NT_EXP_P1 1.3981999507e-3f
#define NT_EXP_P2 8.3334519073e-3f
#define NT_EXP_P3 4.1665795894e-2f
#define NT_EXP_P4 1.6666665459e-1f
#define NT_EXP_P5 5.0000001201e-1f

// Constants of gelu: erfc(z) = (A1 t + ... + A5 t^5) exp(-z^2) with t = 1 / (1 + P z); then -2 sqrt(2 / pi), and that
// times 0.044715.
#define NT_SQRT_HALF 0.70710678f
#define NT_ERF_P 0.3275911f
#define NT_ERF_A1 0.254829592f
#define NT_ERF_A2 (-0.284496736f)
#define NT_ERF_A3 1.421413741f
#define NT_ERF_A4 (-1.453152027f)
#define NT_ERF_A5 1.061405429f
#define NT_GELU_LINEAR (-1.5957691216f)
#define NT_GELU_CUBIC (-0.0713548162726f)
