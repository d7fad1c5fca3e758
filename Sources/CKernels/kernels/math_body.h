// exp and functions built on it, rounding and reductions, written with the vector operations of simd_<isa>.h.

#include "lanes_body.h"

// Accurate to 2 units in the last place; see scalar_exp.
NT_INLINE v16 v16_exp(v16 x) {
    const v16 clamped = v16_min(v16_set1(NT_EXP_HIGH), x);
    const v16 magic = v16_set1(NT_ROUND_MAGIC);
    const v16 shifted = v16_fma(clamped, v16_set1(NT_LOG2E), magic);
    const v16 n = v16_sub(shifted, magic);
    const v16 r = v16_fma(n, v16_set1(-NT_LN2_LOW), v16_fma(n, v16_set1(-NT_LN2_HIGH), clamped));
    v16 p = v16_set1(NT_EXP_P0);
    p = v16_fma(p, r, v16_set1(NT_EXP_P1));
    p = v16_fma(p, r, v16_set1(NT_EXP_P2));
    p = v16_fma(p, r, v16_set1(NT_EXP_P3));
    p = v16_fma(p, r, v16_set1(NT_EXP_P4));
    p = v16_fma(p, r, v16_set1(NT_EXP_P5));
    const v16 y = v16_add(v16_fma(p, v16_mul(r, r), r), v16_set1(1.0f));
    const v16 power = v16_exponent(shifted, 127u - NT_ROUND_MAGIC_BITS);
    return v16_where_less(x, v16_set1(NT_EXP_LOW), v16_zero(), v16_mul(y, power));
}

NT_INLINE v16 v16_silu(v16 x) { return v16_div(x, v16_add(v16_set1(1.0f), v16_exp(v16_sub(v16_zero(), x)))); }

// See scalar_gelu.
NT_INLINE v16 v16_gelu(v16 x) {
    const v16 size = v16_max(v16_sub(v16_zero(), x), x), z = v16_mul(size, v16_set1(NT_SQRT_HALF));
    const v16 t = v16_div(v16_set1(1.0f), v16_fma(z, v16_set1(NT_ERF_P), v16_set1(1.0f)));
    v16 p = v16_set1(NT_ERF_A5);
    p = v16_fma(p, t, v16_set1(NT_ERF_A4));
    p = v16_fma(p, t, v16_set1(NT_ERF_A3));
    p = v16_fma(p, t, v16_set1(NT_ERF_A2));
    p = v16_fma(p, t, v16_set1(NT_ERF_A1));
    const v16 rest = v16_mul(v16_mul(p, t), v16_exp(v16_sub(v16_zero(), v16_mul(z, z))));
    return v16_fnma(v16_mul(v16_set1(0.5f), size), rest, v16_max(v16_zero(), x));
}

// See scalar_gelu_tanh.
NT_INLINE v16 v16_gelu_tanh(v16 x) {
    const v16 slope = v16_fma(v16_mul(x, x), v16_set1(NT_GELU_CUBIC), v16_set1(NT_GELU_LINEAR));
    return v16_div(x, v16_add(v16_set1(1.0f), v16_exp(v16_mul(x, slope))));
}

NT_INLINE v16 v16_quick_gelu(v16 x) {
    return v16_div(x, v16_add(v16_set1(1.0f), v16_exp(v16_mul(x, v16_set1(-1.702f)))));
}

NT_INLINE v16 v16_soft_cap(v16 x, float cap) {
    const v16 y = v16_div(x, v16_set1(cap)), one = v16_set1(1.0f);
    const v16 e = v16_add(v16_exp(v16_add(y, y)), one);
    return v16_mul(v16_set1(cap), v16_sub(one, v16_div(v16_set1(2.0f), e)));
}

NT_INLINE v16 v16_round(nt_dtype dtype, v16 a) {
    return dtype == NT_F16 ? v16_round_f16(a) : dtype == NT_BF16 ? v16_round_bf16(a) : a;
}

NT_INLINE float v16_sum(v16 a) {
    float lanes[16];
    v16_store(lanes, a);
    return sum_tree(lanes);
}

// Writes `count` elements as `dtype`.
__attribute__((unused)) static void store_row(nt_dtype dtype, const float *input, int64_t count, void *output) {
    if (dtype == NT_F32) {
        memcpy(output, input, (size_t)count * 4);
        return;
    }
    uint16_t *halves = output;
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        const v16 a = load_lanes(input + i, lanes);
        uint16_t rest[16];
        uint16_t *target = lanes == 16 ? halves + i : rest;
        if (dtype == NT_F16) {
            v16_store_f16(target, a);
        } else {
            v16_store_bf16(target, a);
        }
        if (lanes < 16) memcpy(halves + i, rest, (size_t)lanes * 2);
    }
}
