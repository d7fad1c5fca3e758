// Sixteen float32 lanes as one 512-bit vector. Included inside a region with
// target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c,avx2").
#pragma once

#include <immintrin.h>

#include "../half.h"

typedef __m512 v16;

// Sixteen 32-bit words.
typedef __m512i w16;

// Number of panels that the matrix kernel takes at once for a number of rows (of plain weights, and of weights it
// decodes), and maximum number of rows. SIMD_CHAINS: independent accumulators that keep the multipliers busy.
enum { SIMD_MAX_ROWS = 6, SIMD_CHAINS = 12 };
#define SIMD_PANELS(rows) 4
#define SIMD_DECODED_PANELS(rows) 4

// Maximum rows that linear_bytes takes at once, and with their integers in two parts.
#define SIMD_BYTE_ROWS 12
#define SIMD_ALONE_BYTE_ROWS 16

NT_INLINE v16 v16_zero(void) { return _mm512_setzero_ps(); }
NT_INLINE v16 v16_set1(float x) { return _mm512_set1_ps(x); }
NT_INLINE v16 v16_load(const float *p) { return _mm512_loadu_ps(p); }
NT_INLINE void v16_store(float *p, v16 a) { _mm512_storeu_ps(p, a); }

// One bit per lane, set in the lanes below `count` (any value).
NT_INLINE __mmask16 lanes_below(int32_t count) {
    return count <= 0 ? 0 : count >= 16 ? 0xFFFF : (__mmask16)((1u << count) - 1);
}

// Loads the first `count` lanes, 0 in the others; touches no other memory.
NT_INLINE v16 v16_load_first(const float *p, int32_t count) { return _mm512_maskz_loadu_ps(lanes_below(count), p); }
NT_INLINE void v16_store_first(float *p, v16 a, int32_t count) { _mm512_mask_storeu_ps(p, lanes_below(count), a); }

NT_INLINE v16 v16_add(v16 a, v16 b) { return _mm512_add_ps(a, b); }
NT_INLINE v16 v16_sub(v16 a, v16 b) { return _mm512_sub_ps(a, b); }
NT_INLINE v16 v16_mul(v16 a, v16 b) { return _mm512_mul_ps(a, b); }
NT_INLINE v16 v16_div(v16 a, v16 b) { return _mm512_div_ps(a, b); }

// a * b + c, and c - a * b, rounded once.
NT_INLINE v16 v16_fma(v16 a, v16 b, v16 c) { return _mm512_fmadd_ps(a, b, c); }
NT_INLINE v16 v16_fnma(v16 a, v16 b, v16 c) { return _mm512_fnmadd_ps(a, b, c); }

// a > b ? a : b, and a < b ? a : b; b if either is NaN.
NT_INLINE v16 v16_max(v16 a, v16 b) { return _mm512_max_ps(a, b); }
NT_INLINE v16 v16_min(v16 a, v16 b) { return _mm512_min_ps(a, b); }

// a < b ? yes : no, and a >= b ? yes : no; `no` if either is NaN.
NT_INLINE v16 v16_where_less(v16 a, v16 b, v16 yes, v16 no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
NT_INLINE v16 v16_where_at_least(v16 a, v16 b, v16 yes, v16 no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GE_OQ), no, yes);
}

// One bit per lane: a >= b, and a > b; 0 if either is NaN.
NT_INLINE uint32_t v16_bits_at_least(v16 a, v16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
NT_INLINE uint32_t v16_bits_greater(v16 a, v16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }

// Lanes first <= i < last of a, `other` elsewhere.
NT_INLINE v16 v16_keep(v16 a, int32_t first, int32_t last, v16 other) {
    const __mmask16 kept = (__mmask16)(lanes_below(last) & ~lanes_below(first));
    return _mm512_mask_blend_ps(kept, other, a);
}

// (bits of a + addend) << 23 as float32.
NT_INLINE v16 v16_exponent(v16 a, uint32_t addend) {
    const __m512i sum = _mm512_add_epi32(_mm512_castps_si512(a), _mm512_set1_epi32((int32_t)addend));
    return _mm512_castsi512_ps(_mm512_slli_epi32(sum, 23));
}

// MARK: Stored formats

NT_INLINE v16 v16_load_f16(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256(p)); }

NT_INLINE void v16_store_f16(void *p, v16 a) {
    _mm256_storeu_si256(p, _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

NT_INLINE v16 v16_load_bf16(const void *p) {
    const __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
}

// The bfloat16 nearest to each lane, in the lower half of its word. (The AVX512_BF16 instruction would flush
// subnormals.)
NT_INLINE __m512i nearest_bf16(__m512 a) {
    const __m512i bits = _mm512_castps_si512(a);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
    const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    const __mmask16 nan = _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
    return _mm512_srli_epi32(_mm512_mask_blend_epi32(nan, rounded, quiet), 16);
}

NT_INLINE void v16_store_bf16(void *p, v16 a) { _mm256_storeu_si256(p, _mm512_cvtepi32_epi16(nearest_bf16(a))); }

NT_INLINE v16 v16_round_f16(v16 a) {
    return _mm512_cvtph_ps(_mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

NT_INLINE v16 v16_round_bf16(v16 a) { return _mm512_castsi512_ps(_mm512_slli_epi32(nearest_bf16(a), 16)); }

// Loads sixteen unsigned or signed bytes.
NT_INLINE v16 v16_load_u8(const void *p) { return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(p))); }
NT_INLINE v16 v16_load_i8(const void *p) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(p))); }

NT_INLINE w16 w16_load(const void *p) { return _mm512_loadu_si512(p); }

NT_INLINE w16 w16_load_lanes(const void *p, int32_t lanes) { return _mm512_maskz_loadu_epi32(lanes_below(lanes), p); }

NT_INLINE w16 w16_set1(int32_t x) { return _mm512_set1_epi32(x); }
NT_INLINE w16 w16_broadcast(const void *p) {
    int32_t word;
    memcpy(&word, p, sizeof word);
    return _mm512_set1_epi32(word);
}
// Keeps the broadcast: otherwise the compiler shifts the number first and broadcasts it from a register.
NT_INLINE w16 w16_spread(int32_t x) {
    __m512i words = _mm512_set1_epi32(x);
    __asm__("" : "+v"(words));
    return words;
}
NT_INLINE w16 w16_sub(w16 a, w16 b) { return _mm512_sub_epi32(a, b); }
NT_INLINE w16 w16_and(w16 a, w16 b) { return _mm512_and_si512(a, b); }
// a | (b & c).
NT_INLINE w16 w16_and_or(w16 a, w16 b, w16 c) { return _mm512_ternarylogic_epi32(a, b, c, 0xF8); }
NT_INLINE w16 w16_left(w16 a, const int bits) { return _mm512_slli_epi32(a, (unsigned)bits); }
NT_INLINE w16 w16_right(w16 a, const int bits) { return _mm512_srli_epi32(a, (unsigned)bits); }
NT_INLINE v16 v16_from_words(w16 a) { return _mm512_cvtepi32_ps(a); }

// The largest lane; no lane may be NaN.
NT_INLINE float v16_largest(v16 a) { return _mm512_reduce_max_ps(a); }

// The largest magnitude of two vectors.
NT_INLINE float v16_largest_magnitude(v16 a, v16 b) {
    return _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
}

// Stores the nearest integers, clamped to the range of signed bytes, and returns their sum.
NT_INLINE int32_t v16_store_bytes(int8_t *p, v16 a) {
    const __m128i bytes = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(a));
    _mm_storeu_si128((__m128i *)p, bytes);
    const __m128i sums = _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8((char)0x80)), _mm_setzero_si128());
    return _mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4) - 16 * 128;
}

NT_INLINE w16 w16_shift_right(w16 a, int32_t bits) { return _mm512_srl_epi32(a, _mm_cvtsi32_si128(bits)); }

// The `width` bits from bit `first` of each word as a number; both are constants.
NT_INLINE v16 v16_bits(w16 a, const int first, const int width) {
    const __m512i shifted = _mm512_srli_epi32(a, (unsigned)first);
    const __m512i mask = _mm512_set1_epi32((1 << width) - 1);
    return _mm512_cvtepi32_ps(first + width < 32 ? _mm512_and_si512(shifted, mask) : shifted);
}

// The bfloat16 in the lower half, and in the upper half, of each word.
NT_INLINE v16 v16_low_bf16(w16 a) { return _mm512_castsi512_ps(_mm512_slli_epi32(a, 16)); }
NT_INLINE v16 v16_high_bf16(w16 a) {
    return _mm512_castsi512_ps(_mm512_and_si512(a, _mm512_set1_epi32((int32_t)0xFFFF0000)));
}

// MARK: Pair products

#if !defined(SIMD_BF16)
#define SIMD_BF16 0
#else
// Adds the two products of each word's bfloat16 pairs, with the instruction's own rounding.
NT_INLINE v16 v16_dot_pairs(v16 sum, w16 a, w16 b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }

// Stores the lanes as bfloat16, with the instruction's rounding (subnormals become 0), and returns the stored words.
NT_INLINE v16 v16_store_pairs(void *p, v16 a) {
    const __m256i rounded = (__m256i)_mm512_cvtneps_pbh(a);
    _mm256_storeu_si256(p, rounded);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded), 16));
}
#endif

// MARK: Byte products

// Adds to each word of `sum` the products of its four unsigned bytes in `codes` (at most 127) with its signed bytes in
// `bytes`. The biased variant takes 8-bit codes, which count from 128 if SIMD_SIGNED_BYTES is 1.
#if defined(SIMD_VNNI)
#define SIMD_SIGNED_BYTES 0
NT_INLINE w16 w16_dot(w16 sum, w16 codes, w16 bytes) { return _mm512_dpbusd_epi32(sum, codes, bytes); }
NT_INLINE w16 w16_dot_biased(w16 sum, w16 codes, w16 bytes) { return _mm512_dpbusd_epi32(sum, codes, bytes); }
#else
#define SIMD_SIGNED_BYTES 1
NT_INLINE w16 w16_dot(w16 sum, w16 codes, w16 bytes) {
    const __m512i pairs = _mm512_maddubs_epi16(codes, bytes);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
NT_INLINE w16 w16_dot_biased(w16 sum, w16 codes, w16 bytes) {
    // |code| * (sign of code * byte): magnitudes are at most 128, so pairs fit into 16 bits.
    const __m512i number = _mm512_xor_si512(codes, _mm512_set1_epi8((char)0x80));
    const __m512i negated = _mm512_mask_sub_epi8(bytes, _mm512_movepi8_mask(number), _mm512_setzero_si512(), bytes);
    return w16_dot(sum, _mm512_abs_epi8(number), negated);
}
#endif
