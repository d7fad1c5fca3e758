// Dot products of bfloat16 pairs for AVX-512 with BF16.

#if defined(__x86_64__)

#include "../kernels/kernels.h"
#include "../scalar_math.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),   \
                             apply_to = function)

#define SIMD_BF16 1
#include "simd_avx512.h"

#include "../kernels/math_body.h"

#include "../kernels/products_body.h"

#include "../kernels/dot_bf16_body.h"

#define ATTEND_GROUP_LINKAGE
#define ATTEND_GROUP_NAME nt_bf16_attend_group
#include "../kernels/attention_body.h"

double nt_bf16_multiply_add(int64_t steps) {
    v16 chains[SIMD_CHAINS];
    for (int c = 0; c < SIMD_CHAINS; c++) chains[c] = v16_set1((float)c);
    const w16 factors = w16_set1(0x3F003F00); // 0.5, 0.5
    for (int64_t i = 0; i < steps; i++) {
        UNROLL for (int c = 0; c < SIMD_CHAINS; c++) chains[c] = v16_dot_pairs(chains[c], factors, factors);
    }
    v16 sum = v16_zero();
    for (int c = 0; c < SIMD_CHAINS; c++) sum = v16_add(sum, chains[c]);
    __asm__ volatile("" : : "x"(sum));
    return (double)steps * SIMD_CHAINS * 32 * 2;
}

#pragma clang attribute pop

#else

typedef int nothing_on_this_processor;

#endif
