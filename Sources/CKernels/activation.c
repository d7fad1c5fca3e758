// Gated activations: silu(gate) * up.

#include "kernels.h"
#include "scalar_math.h"

void nt_scalar_silu_multiply_row(const float *gate, const float *up, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i++) output[i] = scalar_silu(gate[i]) * up[i];
}
