// The kernels for AVX-512 F, BW, DQ, VL, and the tables that add AVX512_VNNI (avx512_vnni.c) and AVX512_BF16.

#if defined(__x86_64__)

#include "../kernels.h"
#include "../scalar_math.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),              \
                             apply_to = function)

#include "simd_avx512.h"

#include "../kernels/rows_body.h"

#include "../kernels/linear_body.h"

#define LINEAR_BYTES_LINKAGE static
#define LINEAR_BYTES_NAME linear_bytes
#include "../kernels/linear_q8_body.h"

#include "../kernels/attention_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx512 = {
    .name = "avx512",
    .dot_bf16 = false,
    .byte_rows = SIMD_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear,
    .linear_bytes = linear_bytes,
};

const nt_kernels nt_kernels_avx512vnni = {
    .name = "avx512vnni",
    .dot_bf16 = false,
    .byte_rows = SIMD_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear,
    .linear_bytes = nt_vnni_linear_bytes,
};

#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),   \
                             apply_to = function)

#include "../kernels/dot_bf16_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx512bf16 = {
    .name = "avx512bf16",
    .dot_bf16 = true,
    .byte_rows = SIMD_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear_dot_bf16,
    .linear_bytes = nt_vnni_linear_bytes,
};

#else

typedef int nothing_on_this_processor;

#endif
