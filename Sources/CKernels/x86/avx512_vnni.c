// Byte products for AVX-512 with VNNI.

#if defined(__x86_64__)

#include "../kernels/kernels.h"
#include "../scalar_math.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),   \
                             apply_to = function)

#define SIMD_VNNI
#include "simd_avx512.h"

#include "../kernels/lanes_body.h"

#include "../kernels/scales_body.h"

#define LINEAR_BYTES_LINKAGE
#define LINEAR_BYTES_NAME nt_vnni_linear_bytes
#include "../kernels/linear_q8_body.h"

double nt_vnni_multiply_add(int64_t steps) {
    w16 chains[SIMD_CHAINS];
    for (int c = 0; c < SIMD_CHAINS; c++) chains[c] = w16_set1(c);
    const w16 codes = w16_set1(0x01020304), bytes = w16_set1(0x04030201);
    for (int64_t i = 0; i < steps; i++) {
        UNROLL for (int c = 0; c < SIMD_CHAINS; c++) chains[c] = w16_dot(chains[c], codes, bytes);
    }
    w16 sum = w16_set1(0);
    for (int c = 0; c < SIMD_CHAINS; c++) sum = w16_sub(sum, chains[c]);
    __asm__ volatile("" : : "x"(sum));
    return (double)steps * SIMD_CHAINS * 64 * 2;
}

#pragma clang attribute pop

#else

typedef int nothing_on_this_processor;

#endif
