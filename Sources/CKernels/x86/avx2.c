// The kernels for AVX2 with FMA and F16C.

#if defined(__x86_64__)

#include "../kernels.h"
#include "../scalar_math.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "simd_avx2.h"

#include "../kernels/rows_body.h"

#include "../kernels/linear_body.h"

#include "../kernels/attention_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx2 = {
    .name = "avx2",
    .dot_bf16 = false,
#include "../kernels/table_body.h"
    .linear = linear,
};

#else

typedef int nothing_on_this_processor;

#endif
