// Element and row kernels, written with the vector operations of simd_<isa>.h.

#include "math_body.h"

static void round_row(nt_dtype dtype, const float *input, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        store_lanes(output + i, v16_round(dtype, load_lanes(input + i, lanes)), lanes);
    }
}

static void quantize_row(const float *input, int64_t count, nt_input_group *output, int64_t stride) {
    for (int64_t i = 0; i < count; i += NT_GROUP, output += stride) {
        const v16 low = v16_load(input + i), high = v16_load(input + i + 16);
        const float largest = v16_largest_magnitude(low, high);
        const v16 inverse = v16_set1(inverse_byte_scale(largest));
        const int32_t low_sum = v16_store_bytes(output->bytes, v16_mul(low, inverse));
        const int32_t sum = low_sum + v16_store_bytes(output->bytes + 16, v16_mul(high, inverse));
        finish_group(output, largest, low_sum, sum);
    }
}

// Adds the scaled delta to a row in place, nothing if it is NULL.
NT_INLINE v16 added_lanes(float *row, const float *delta, float scale, int64_t i, int32_t lanes) {
    const v16 x = load_lanes(row + i, lanes);
    if (delta == NULL) return x;
    const v16 sum = v16_add(x, v16_mul(load_lanes(delta + i, lanes), v16_set1(scale)));
    store_lanes(row + i, sum, lanes);
    return sum;
}

// output = (row - mean) * inverse * weight + bias.
NT_INLINE void write_normal(const nt_norm *norm, const float *row, int64_t count, v16 mean, v16 inverse,
                            float *output) {
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        v16 x = load_lanes(row + i, lanes);
        if (norm->kind == NT_NORM_LAYER) x = v16_sub(x, mean);
        x = v16_mul(x, inverse);
        if (norm->weight != NULL) x = v16_mul(x, load_lanes(norm->weight + i, lanes));
        if (norm->bias != NULL) x = v16_add(x, load_lanes(norm->bias + i, lanes));
        store_lanes(output + i, x, lanes);
    }
}

static void norm_row(const nt_norm *norm, const float *delta, float scale, float *row, int64_t count, float *output) {
    v16 sum = v16_zero(), squares = v16_zero(), mean = v16_zero();
    for (int64_t i = 0; i < count; i += 16) {
        const v16 x = added_lanes(row, delta, scale, i, lanes_at(i, count));
        squares = v16_fma(x, x, squares);
        sum = v16_add(sum, x);
    }
    if (norm->kind == NT_NORM_LAYER) {
        mean = v16_set1(v16_sum(sum) / (float)count);
        squares = v16_zero();
        for (int64_t i = 0; i < count; i += 16) {
            const int32_t lanes = lanes_at(i, count);
            const v16 x = v16_keep(v16_sub(load_lanes(row + i, lanes), mean), 0, lanes, v16_zero());
            squares = v16_fma(x, x, squares);
        }
    }
    const float inverse = 1.0f / __builtin_sqrtf(v16_sum(squares) / (float)count + norm->epsilon);
    write_normal(norm, row, count, mean, v16_set1(inverse), output);
}

NT_INLINE v16 v16_activate(const nt_activation activation, v16 x) {
    switch (activation) {
    case NT_SILU: return v16_silu(x);
    case NT_GELU: return v16_gelu(x);
    case NT_GELU_TANH: return v16_gelu_tanh(x);
    case NT_QUICK_GELU: return v16_quick_gelu(x);
    case NT_RELU: return v16_max(v16_zero(), x);
    case NT_RELU_SQUARED: {
        const v16 positive = v16_max(v16_zero(), x);
        return v16_mul(positive, positive);
    }
    default: return x;
    }
}

NT_INLINE void activate(const nt_activation activation, const float *input, const float *factor, int64_t count,
                        float *output) {
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        v16 x = v16_activate(activation, load_lanes(input + i, lanes));
        if (factor != NULL) x = v16_mul(x, load_lanes(factor + i, lanes));
        store_lanes(output + i, x, lanes);
    }
}

static void activate_row(nt_activation activation, const float *input, const float *factor, int64_t count,
                         float *output) {
    switch (activation) {
    case NT_SILU: activate(NT_SILU, input, factor, count, output); break;
    case NT_GELU: activate(NT_GELU, input, factor, count, output); break;
    case NT_GELU_TANH: activate(NT_GELU_TANH, input, factor, count, output); break;
    case NT_QUICK_GELU: activate(NT_QUICK_GELU, input, factor, count, output); break;
    case NT_RELU: activate(NT_RELU, input, factor, count, output); break;
    case NT_RELU_SQUARED: activate(NT_RELU_SQUARED, input, factor, count, output); break;
    default: activate(NT_IDENTITY, input, factor, count, output); break;
    }
}

static void scale_row(float scale, float soft_cap, float *row, int64_t count) {
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        v16 x = v16_mul(load_lanes(row + i, lanes), v16_set1(scale));
        if (soft_cap > 0) x = v16_soft_cap(x, soft_cap);
        store_lanes(row + i, x, lanes);
    }
}

static void limit_row(float limit, float *gate, float *up, int64_t count) {
    const v16 high = v16_set1(limit), low = v16_set1(-limit), one = v16_set1(1.0f);
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        store_lanes(gate + i, v16_min(high, load_lanes(gate + i, lanes)), lanes);
        store_lanes(up + i, v16_add(v16_min(high, v16_max(low, load_lanes(up + i, lanes))), one), lanes);
    }
}

static void add_scaled_row(float factor, const float *row, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        const v16 sum = v16_fma(v16_set1(factor), load_lanes(row + i, lanes), load_lanes(output + i, lanes));
        store_lanes(output + i, sum, lanes);
    }
}

static void rotate_head(float *head, const float *cosines, const float *sines, int32_t half, int32_t head_dim,
                        nt_dtype dtype) {
    for (int32_t i = 0; i < half; i += 16) {
        const int32_t lanes = lanes_at(i, half);
        const v16 a = load_lanes(head + i, lanes), b = load_lanes(head + half + i, lanes);
        const v16 cosine = load_lanes(cosines + i, lanes), sine = load_lanes(sines + i, lanes);
        store_lanes(head + i, v16_round(dtype, v16_fnma(b, sine, v16_mul(a, cosine))), lanes);
        store_lanes(head + half + i, v16_round(dtype, v16_fma(a, sine, v16_mul(b, cosine))), lanes);
    }
    if (head_dim > 2 * half) round_row(dtype, head + 2 * half, head_dim - 2 * half, head + 2 * half);
}

static void merge_state(nt_attention_state *state, float maximum, float sum, const float *values, int64_t count) {
    const float joint = maximum > state->maximum ? maximum : state->maximum;
    const v16 a = v16_set1(scalar_exp(state->maximum - joint)), b = v16_set1(scalar_exp(maximum - joint));
    state->maximum = joint;
    float lanes[16];
    v16_store(lanes, v16_fma(a, v16_set1(state->sum), v16_mul(b, v16_set1(sum))));
    state->sum = lanes[0];
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes_left = lanes_at(i, count);
        const v16 added = v16_mul(b, load_lanes(values + i, lanes_left));
        store_lanes(state->values + i, v16_fma(a, load_lanes(state->values + i, lanes_left), added), lanes_left);
    }
}

static void divide_row(const float *input, float divisor, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        store_lanes(output + i, v16_div(load_lanes(input + i, lanes), v16_set1(divisor)), lanes);
    }
}

// MARK: Logits

static float row_maximum(const float *row, int64_t count) {
    const v16 lowest = v16_set1(-INFINITY);
    v16 largest = lowest;
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        largest = v16_max(v16_keep(load_lanes(row + i, lanes), 0, lanes, lowest), largest);
    }
    return v16_largest(largest);
}

static int64_t find_at_least(const float *row, int64_t begin, int64_t end, float value, bool strictly) {
    const v16 limit = v16_set1(value);
    for (int64_t i = begin; i < end; i += 16) {
        const int32_t lanes = lanes_at(i, end);
        const v16 x = load_lanes(row + i, lanes);
        uint32_t bits = strictly ? v16_bits_greater(x, limit) : v16_bits_at_least(x, limit);
        bits &= (1u << lanes) - 1;
        if (bits != 0) return i + __builtin_ctz(bits);
    }
    return end;
}

static int64_t count_at_least(const float *row, int64_t count, float value) {
    const v16 limit = v16_set1(value);
    int64_t found = 0;
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        found += __builtin_popcount(v16_bits_at_least(load_lanes(row + i, lanes), limit) & ((1u << lanes) - 1));
    }
    return found;
}

static float exp_block(const float *row, int64_t count, float maximum, float factor, float threshold, float *output) {
    const v16 limit = v16_set1(threshold), zero = v16_zero();
    v16 sum = zero;
    for (int64_t i = 0; i < count; i += 16) {
        const int32_t lanes = lanes_at(i, count);
        const v16 x = load_lanes(row + i, lanes);
        const v16 power = v16_exp(v16_mul(v16_sub(x, v16_set1(maximum)), v16_set1(factor)));
        const v16 term = v16_keep(v16_where_at_least(x, limit, power, zero), 0, lanes, zero);
        sum = v16_add(sum, term);
        if (output != NULL) store_lanes(output + i, term, lanes);
    }
    return v16_sum(sum);
}

static float sum_block(const float *row, int64_t count) {
    v16 sum = v16_zero();
    for (int64_t i = 0; i < count; i += 16) sum = v16_add(sum, load_lanes(row + i, lanes_at(i, count)));
    return v16_sum(sum);
}

// MARK: Measurement

static double multiply_add(int64_t steps) {
    enum { CHAINS = SIMD_CHAINS };
    v16 chains[CHAINS];
    for (int c = 0; c < CHAINS; c++) chains[c] = v16_set1((float)c);
    const v16 factor = v16_set1(0.5f), term = v16_set1(1.0f);
    for (int64_t i = 0; i < steps; i++) {
#pragma clang loop unroll(full)
        for (int c = 0; c < CHAINS; c++) chains[c] = v16_fma(chains[c], factor, term);
    }
    v16 sum = v16_zero();
    for (int c = 0; c < CHAINS; c++) sum = v16_add(sum, chains[c]);
    volatile float sink = v16_sum(sum);
    (void)sink;
    return (double)steps * CHAINS * 16 * 2;
}

static void read_bytes(const uint8_t *bytes, int64_t count) {
    v16 sums[4] = {v16_zero(), v16_zero(), v16_zero(), v16_zero()};
    for (int64_t i = 0; i + 256 <= count; i += 256) {
        for (int j = 0; j < 4; j++) sums[j] = v16_max(v16_load((const float *)(bytes + i + j * 64)), sums[j]);
    }
    volatile float sink = v16_sum(v16_max(v16_max(sums[0], sums[1]), v16_max(sums[2], sums[3])));
    (void)sink;
}
