// The kernels for AVX-512 F, BW, DQ, VL, without and with AVX512_BF16.

#if defined(__x86_64__)

#include "../kernels.h"
#include "../scalar_math.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),              \
                             apply_to = function)

#include "simd_avx512.h"

#include "../kernels/rows_body.h"

#include "../kernels/linear_body.h"

#include "../kernels/attention_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx512 = {
    .name = "avx512",
    .dot_bf16 = false,
#include "../kernels/table_body.h"
    .linear = linear,
};

#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),   \
                             apply_to = function)

#include "../kernels/dot_bf16_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx512bf16 = {
    .name = "avx512bf16",
    .dot_bf16 = true,
#include "../kernels/table_body.h"
    .linear = linear_dot_bf16,
};

#else

typedef int nothing_on_this_processor;

#endif
