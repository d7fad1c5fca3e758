// Activations, including those of gated layers: activation(gate) * up.

#include "kernels/kernels.h"
#include "scalar_math.h"

static float activated(nt_activation activation, float x) {
    switch (activation) {
    case NT_SILU: return scalar_silu(x);
    case NT_GELU: return scalar_gelu(x);
    case NT_GELU_TANH: return scalar_gelu_tanh(x);
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
