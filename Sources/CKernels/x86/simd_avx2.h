// Sixteen float32 lanes as two 256-bit vectors. Included inside a region with target("avx2,fma,f16c").
#pragma once

#include <immintrin.h>

#include "../half.h"

typedef struct v16 {
    __m256 low, high;
} v16;

// Sixteen 32-bit words.
typedef struct w16 {
    __m256i low, high;
} w16;

// Number of panels that the matrix kernel takes at once for a number of rows (of plain weights, and of weights it
// decodes), and maximum number of rows. SIMD_CHAINS: independent accumulators that keep the multipliers busy.
enum { SIMD_MAX_ROWS = 6, SIMD_CHAINS = 6 };
#define SIMD_PANELS(rows) ((rows) == 1 ? 4 : (rows) <= 3 ? 2 : 1)
#define SIMD_DECODED_PANELS(rows) ((rows) == 1 ? 4 : (rows) == 2 ? 2 : 1)

// Maximum rows that linear_bytes takes at once.
#define SIMD_BYTE_ROWS 4
#define SIMD_ALONE_BYTE_ROWS 4

NT_INLINE v16 v16_zero(void) { return (v16){_mm256_setzero_ps(), _mm256_setzero_ps()}; }
NT_INLINE v16 v16_set1(float x) { return (v16){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
NT_INLINE v16 v16_load(const float *p) { return (v16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }

NT_INLINE void v16_store(float *p, v16 a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
}

// All bits set in the lanes below `count`.
NT_INLINE w16 w16_below(int32_t count) {
    const __m256i limit = _mm256_set1_epi32(count);
    return (w16){_mm256_cmpgt_epi32(limit, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)),
                 _mm256_cmpgt_epi32(limit, _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15))};
}

// Loads the first `count` lanes, 0 in the others; touches no other memory.
NT_INLINE v16 v16_load_first(const float *p, int32_t count) {
    const w16 mask = w16_below(count);
    return (v16){_mm256_maskload_ps(p, mask.low), _mm256_maskload_ps(p + 8, mask.high)};
}

NT_INLINE void v16_store_first(float *p, v16 a, int32_t count) {
    const w16 mask = w16_below(count);
    _mm256_maskstore_ps(p, mask.low, a.low);
    _mm256_maskstore_ps(p + 8, mask.high, a.high);
}

NT_INLINE v16 v16_add(v16 a, v16 b) { return (v16){_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
NT_INLINE v16 v16_sub(v16 a, v16 b) { return (v16){_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
NT_INLINE v16 v16_mul(v16 a, v16 b) { return (v16){_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
NT_INLINE v16 v16_div(v16 a, v16 b) { return (v16){_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }

// a * b + c, and c - a * b, rounded once.
NT_INLINE v16 v16_fma(v16 a, v16 b, v16 c) {
    return (v16){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
NT_INLINE v16 v16_fnma(v16 a, v16 b, v16 c) {
    return (v16){_mm256_fnmadd_ps(a.low, b.low, c.low), _mm256_fnmadd_ps(a.high, b.high, c.high)};
}

// a > b ? a : b, and a < b ? a : b; b if either is NaN.
NT_INLINE v16 v16_max(v16 a, v16 b) { return (v16){_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
NT_INLINE v16 v16_min(v16 a, v16 b) { return (v16){_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }

// a < b ? yes : no, and a >= b ? yes : no; `no` if either is NaN.
NT_INLINE v16 v16_where_less(v16 a, v16 b, v16 yes, v16 no) {
    return (v16){_mm256_blendv_ps(no.low, yes.low, _mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ)),
                 _mm256_blendv_ps(no.high, yes.high, _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ))};
}
NT_INLINE v16 v16_where_at_least(v16 a, v16 b, v16 yes, v16 no) {
    return (v16){_mm256_blendv_ps(no.low, yes.low, _mm256_cmp_ps(a.low, b.low, _CMP_GE_OQ)),
                 _mm256_blendv_ps(no.high, yes.high, _mm256_cmp_ps(a.high, b.high, _CMP_GE_OQ))};
}

// One bit per lane: a >= b, and a > b; 0 if either is NaN.
NT_INLINE uint32_t v16_bits_at_least(v16 a, v16 b) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a.low, b.low, _CMP_GE_OQ)) |
           (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a.high, b.high, _CMP_GE_OQ)) << 8;
}
NT_INLINE uint32_t v16_bits_greater(v16 a, v16 b) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a.low, b.low, _CMP_GT_OQ)) |
           (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a.high, b.high, _CMP_GT_OQ)) << 8;
}

// Lanes first <= i < last of a, `other` elsewhere.
NT_INLINE v16 v16_keep(v16 a, int32_t first, int32_t last, v16 other) {
    const w16 below = w16_below(last), before = w16_below(first);
    const __m256i low = _mm256_andnot_si256(before.low, below.low);
    const __m256i high = _mm256_andnot_si256(before.high, below.high);
    return (v16){_mm256_blendv_ps(other.low, a.low, _mm256_castsi256_ps(low)),
                 _mm256_blendv_ps(other.high, a.high, _mm256_castsi256_ps(high))};
}

// (bits of a + addend) << 23 as float32.
NT_INLINE v16 v16_exponent(v16 a, uint32_t addend) {
    const __m256i add = _mm256_set1_epi32((int32_t)addend);
    const __m256i low = _mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(a.low), add), 23);
    const __m256i high = _mm256_slli_epi32(_mm256_add_epi32(_mm256_castps_si256(a.high), add), 23);
    return (v16){_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)};
}

// MARK: Stored formats

NT_INLINE v16 v16_load_f16(const void *p) {
    const __m128i *halves = p;
    return (v16){_mm256_cvtph_ps(_mm_loadu_si128(halves)), _mm256_cvtph_ps(_mm_loadu_si128(halves + 1))};
}

NT_INLINE void v16_store_f16(void *p, v16 a) {
    __m128i *halves = p;
    _mm_storeu_si128(halves, _mm256_cvtps_ph(a.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    _mm_storeu_si128(halves + 1, _mm256_cvtps_ph(a.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

NT_INLINE v16 v16_load_bf16(const void *p) {
    const __m128i *halves = p;
    const __m256i low = _mm256_cvtepu16_epi32(_mm_loadu_si128(halves));
    const __m256i high = _mm256_cvtepu16_epi32(_mm_loadu_si128(halves + 1));
    return (v16){_mm256_castsi256_ps(_mm256_slli_epi32(low, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(high, 16))};
}

// The bfloat16 nearest to each lane, in the lower half of its word.
NT_INLINE __m256i nearest_bf16(__m256 a) {
    const __m256i bits = _mm256_castps_si256(a);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256 nan = _mm256_cmp_ps(a, a, _CMP_UNORD_Q);
    const __m256 chosen = _mm256_blendv_ps(_mm256_castsi256_ps(rounded), _mm256_castsi256_ps(quiet), nan);
    return _mm256_srli_epi32(_mm256_castps_si256(chosen), 16);
}

NT_INLINE void v16_store_bf16(void *p, v16 a) {
    // The pack instruction works within 128-bit halves: reorders low0 high0 low1 high1 to low0 low1 high0 high1.
    const __m256i packed = _mm256_packus_epi32(nearest_bf16(a.low), nearest_bf16(a.high));
    _mm256_storeu_si256(p, _mm256_permute4x64_epi64(packed, 0xD8));
}

NT_INLINE v16 v16_round_f16(v16 a) {
    return (v16){_mm256_cvtph_ps(_mm256_cvtps_ph(a.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)),
                 _mm256_cvtph_ps(_mm256_cvtps_ph(a.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))};
}

NT_INLINE v16 v16_round_bf16(v16 a) {
    return (v16){_mm256_castsi256_ps(_mm256_slli_epi32(nearest_bf16(a.low), 16)),
                 _mm256_castsi256_ps(_mm256_slli_epi32(nearest_bf16(a.high), 16))};
}

// Loads sixteen unsigned or signed bytes.
NT_INLINE v16 v16_load_u8(const void *p) {
    const __m256i low = _mm256_cvtepu8_epi32(_mm_loadl_epi64(p));
    const __m256i high = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)((const uint8_t *)p + 8)));
    return (v16){_mm256_cvtepi32_ps(low), _mm256_cvtepi32_ps(high)};
}
NT_INLINE v16 v16_load_i8(const void *p) {
    const __m256i low = _mm256_cvtepi8_epi32(_mm_loadl_epi64(p));
    const __m256i high = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)((const uint8_t *)p + 8)));
    return (v16){_mm256_cvtepi32_ps(low), _mm256_cvtepi32_ps(high)};
}

NT_INLINE w16 w16_load(const void *p) {
    const __m256i *words = p;
    return (w16){_mm256_loadu_si256(words), _mm256_loadu_si256(words + 1)};
}

NT_INLINE w16 w16_load_lanes(const void *p, int32_t lanes) {
    const v16 bits = v16_load_first(p, lanes);
    return (w16){_mm256_castps_si256(bits.low), _mm256_castps_si256(bits.high)};
}

NT_INLINE w16 w16_set1(int32_t x) { return (w16){_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
NT_INLINE w16 w16_broadcast(const void *p) {
    int32_t word;
    memcpy(&word, p, sizeof word);
    return w16_set1(word);
}
NT_INLINE w16 w16_spread(int32_t x) { return w16_set1(x); }
NT_INLINE w16 w16_sub(w16 a, w16 b) { return (w16){_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)}; }
NT_INLINE w16 w16_and(w16 a, w16 b) { return (w16){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)}; }
// a | (b & c).
NT_INLINE w16 w16_and_or(w16 a, w16 b, w16 c) {
    const w16 bits = w16_and(b, c);
    return (w16){_mm256_or_si256(a.low, bits.low), _mm256_or_si256(a.high, bits.high)};
}
NT_INLINE w16 w16_left(w16 a, const int bits) {
    return (w16){_mm256_slli_epi32(a.low, bits), _mm256_slli_epi32(a.high, bits)};
}
NT_INLINE w16 w16_right(w16 a, const int bits) {
    return (w16){_mm256_srli_epi32(a.low, bits), _mm256_srli_epi32(a.high, bits)};
}
NT_INLINE v16 v16_from_words(w16 a) { return (v16){_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }

// The largest lane; no lane may be NaN.
NT_INLINE float v16_largest(v16 a) {
    float lanes[16];
    v16_store(lanes, a);
    float largest = lanes[0];
    for (int i = 1; i < 16; i++) largest = lanes[i] > largest ? lanes[i] : largest;
    return largest;
}

// The largest magnitude of two vectors.
NT_INLINE float v16_largest_magnitude(v16 a, v16 b) {
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
    const __m256 low = _mm256_max_ps(_mm256_and_ps(a.low, magnitude), _mm256_and_ps(b.low, magnitude));
    const __m256 high = _mm256_max_ps(_mm256_and_ps(a.high, magnitude), _mm256_and_ps(b.high, magnitude));
    const __m256 eight = _mm256_max_ps(low, high);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

// Stores the nearest integers, clamped to the range of signed bytes, and returns their sum.
NT_INLINE int32_t v16_store_bytes(int8_t *p, v16 a) {
    const __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high));
    const __m256i ordered = _mm256_permute4x64_epi64(words, 0xD8);
    const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
    _mm_storeu_si128((__m128i *)p, bytes);
    const __m128i sums = _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8((char)0x80)), _mm_setzero_si128());
    return _mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4) - 16 * 128;
}

NT_INLINE w16 w16_shift_right(w16 a, int32_t bits) {
    const __m128i count = _mm_cvtsi32_si128(bits);
    return (w16){_mm256_srl_epi32(a.low, count), _mm256_srl_epi32(a.high, count)};
}

// The `width` bits from bit `first` of each word as a number; both are constants.
NT_INLINE v16 v16_bits(w16 a, const int first, const int width) {
    const __m256i mask = _mm256_set1_epi32((1 << width) - 1);
    __m256i low = _mm256_srli_epi32(a.low, first), high = _mm256_srli_epi32(a.high, first);
    if (first + width < 32) {
        low = _mm256_and_si256(low, mask);
        high = _mm256_and_si256(high, mask);
    }
    return (v16){_mm256_cvtepi32_ps(low), _mm256_cvtepi32_ps(high)};
}

// The bfloat16 in the lower half, and in the upper half, of each word.
NT_INLINE v16 v16_low_bf16(w16 a) {
    return (v16){_mm256_castsi256_ps(_mm256_slli_epi32(a.low, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(a.high, 16))};
}
NT_INLINE v16 v16_high_bf16(w16 a) {
    const __m256i mask = _mm256_set1_epi32((int32_t)0xFFFF0000);
    return (v16){_mm256_castsi256_ps(_mm256_and_si256(a.low, mask)),
                 _mm256_castsi256_ps(_mm256_and_si256(a.high, mask))};
}

// AVX2 has no dot product of bfloat16 pairs.
#define SIMD_BF16 0

// MARK: Byte products

// Adds to each word of `sum` the products of its four unsigned bytes in `codes` (at most 127) with its signed bytes in
// `bytes`. The biased variant takes 8-bit codes, which count from 128 if SIMD_SIGNED_BYTES is 1.
#define SIMD_SIGNED_BYTES 1
NT_INLINE __m256i dot_half(__m256i sum, __m256i codes, __m256i bytes) {
    const __m256i pairs = _mm256_maddubs_epi16(codes, bytes);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
NT_INLINE w16 w16_dot(w16 sum, w16 codes, w16 bytes) {
    return (w16){dot_half(sum.low, codes.low, bytes.low), dot_half(sum.high, codes.high, bytes.high)};
}
NT_INLINE __m256i dot_biased_half(__m256i sum, __m256i codes, __m256i bytes) {
    // |code| * (sign of code * byte): magnitudes are at most 128, so pairs fit into 16 bits.
    const __m256i number = _mm256_xor_si256(codes, _mm256_set1_epi8((char)0x80));
    return dot_half(sum, _mm256_abs_epi8(number), _mm256_sign_epi8(bytes, number));
}
NT_INLINE w16 w16_dot_biased(w16 sum, w16 codes, w16 bytes) {
    return (w16){dot_biased_half(sum.low, codes.low, bytes.low), dot_biased_half(sum.high, codes.high, bytes.high)};
}
