// Activations, including those of gated layers: activation(gate) * up.

#include "kernels/kernels.h"
#include "scalar_math.h"

static float activated(nt_activation activation, float x) {
    switch (activation) {
    case NT_SILU: return scalar_silu(x);
    case NT_GELU: return scalar_gelu(x);
    case NT_GELU_TANH: return scalar_gelu_tanh(x);
    case NT_QUICK_GELU: return scalar_quick_gelu(x);
    case NT_RELU: return 0.0f > x ? 0.0f : x;
    case NT_RELU_SQUARED: return 0.0f > x ? 0.0f : x * x;
    default: return x;
    }
}

void nt_scalar_activate_row(nt_activation activation, const float *input, const float *factor, int64_t count,
                            float *output) {
    for (int64_t i = 0; i < count; i++) {
        const float value = activated(activation, input[i]);
        output[i] = factor != NULL ? value * factor[i] : value;
    }
}

void nt_scalar_scale_row(float scale, float soft_cap, float *row, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        row[i] *= scale;
        if (soft_cap > 0) row[i] = scalar_soft_cap(row[i], soft_cap);
    }
}

void nt_scalar_limit_row(float limit, float *gate, float *up, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        gate[i] = limit < gate[i] ? limit : gate[i];
        const float low = -limit > up[i] ? -limit : up[i];
        up[i] = (limit < low ? limit : low) + 1.0f;
    }
}

void nt_scalar_add_scaled_row(float factor, const float *row, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i++) output[i] = __builtin_fmaf(factor, row[i], output[i]);
}
