// Dot products of bfloat16 pairs for AVX-512 with BF16.

#if defined(__x86_64__)

#include "../kernels.h"
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

#pragma clang attribute pop

#else

typedef int nothing_on_this_processor;

#endif
