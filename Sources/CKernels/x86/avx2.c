// The kernels for AVX2 with FMA and F16C.

#if defined(__x86_64__)

#include "../kernels/kernels.h"
#include "../scalar_math.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "simd_avx2.h"

#include "../kernels/rows_body.h"

#include "../kernels/linear_body.h"

#define LINEAR_BYTES_LINKAGE static
#define LINEAR_BYTES_NAME linear_bytes
#include "../kernels/linear_q8_body.h"

#define ATTEND_GROUP_LINKAGE static
#define ATTEND_GROUP_NAME attend_group
#include "../kernels/attention_body.h"

#pragma clang attribute pop

const nt_kernels nt_kernels_avx2 = {
    .name = "avx2",
    .byte_rows = SIMD_BYTE_ROWS,
    .alone_byte_rows = SIMD_ALONE_BYTE_ROWS,
#include "../kernels/table_body.h"
    .linear = linear,
    .attend_group = attend_group,
    .linear_bytes = linear_bytes,
};

#else

typedef int nothing_on_this_processor;

#endif
