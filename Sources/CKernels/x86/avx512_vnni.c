// Byte products for AVX-512 with VNNI.

#if defined(__x86_64__)

#include "../kernels.h"
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

#pragma clang attribute pop

#else

typedef int nothing_on_this_processor;

#endif
