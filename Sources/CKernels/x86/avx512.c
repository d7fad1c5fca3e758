// The kernels for AVX-512 F, BW, DQ, VL, and the tables that add VNNI (avx512_vnni.c) and BF16 (avx512_bf16.c).

#if defined(__x86_64__)

#include "../kernels/kernels.h"
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

#define ATTEND_GROUP_LINKAGE static
#define ATTEND_GROUP_NAME attend_group
#include "../kernels/attention_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx512 = {
    .name = "avx512",
    .byte_rows = SIMD_BYTE_ROWS,
    .alone_byte_rows = SIMD_ALONE_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear,
    .linear_bytes = linear_bytes,
    .attend_group = attend_group,
};

const nt_kernels nt_kernels_avx512vnni = {
    .name = "avx512vnni",
    .byte_rows = SIMD_BYTE_ROWS,
    .alone_byte_rows = SIMD_ALONE_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear,
    .linear_bytes = nt_vnni_linear_bytes,
    .multiply_add_bytes = nt_vnni_multiply_add,
    .attend_group = attend_group,
};

const nt_kernels nt_kernels_avx512bf16 = {
    .name = "avx512bf16",
    .byte_rows = SIMD_BYTE_ROWS,
    .alone_byte_rows = SIMD_ALONE_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear,
    .linear_pairs = nt_bf16_linear_pairs,
    .store_pairs = nt_bf16_store_pairs,
    .linear_bytes = nt_vnni_linear_bytes,
    .multiply_add_pairs = nt_bf16_multiply_add,
    .multiply_add_bytes = nt_vnni_multiply_add,
    .attend_group = nt_bf16_attend_group,
};

#else

typedef int nothing_on_this_processor;

#endif
