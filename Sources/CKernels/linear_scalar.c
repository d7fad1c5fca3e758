// Scalar matrix products: output[r][n] = bias[n] + sum over ascending k, in one float32 accumulator of fused
// multiply-adds.

#include "half.h"
#include "kernels/kernels.h"

void nt_scalar_linear(const nt_linear_tile *tile, float *scratch) {
    (void)scratch;
    for (int64_t n = 0; n < tile->columns; n++) {
        const uint8_t *panel = tile->panels + (size_t)(n / NT_PANEL) * tile->panel_bytes;
        const int32_t column = (int32_t)(n % NT_PANEL);
        for (int64_t r = 0; r < tile->rows; r++) tile->output[r * tile->output_stride + n] = 0;
        for (int64_t k = 0; k < tile->inputs; k++) {
            const float weight = nt_panel_weight(tile->packing, panel, k, column);
            for (int64_t r = 0; r < tile->rows; r++) {
                float *sum = &tile->output[r * tile->output_stride + n];
                *sum = __builtin_fmaf(weight, tile->input[r * tile->inputs + k], *sum);
            }
        }
        if (tile->bias == NULL) continue;
        for (int64_t r = 0; r < tile->rows; r++) tile->output[r * tile->output_stride + n] += tile->bias[n];
    }
}

// Adds the products of a row's inputs with one scale group of one column.
static float add_scale_group(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column,
                             const nt_input_group *inputs, float sum) {
    const nt_packed_format format = packed_format(packing);
    float scale, offset;
    nt_panel_scale(packing, panel, k, column, &scale, &offset);
    int32_t dot = 0;
    for (int32_t i = 0; i < format.group; i++) {
        dot += (nt_panel_code(packing, panel, k + i, column) - (int32_t)format.zero) * inputs->bytes[k % NT_GROUP + i];
    }
    sum = __builtin_fmaf((float)dot * scale, inputs->scale, sum);
    if (!has_offset(format.scales)) return sum;
    // The integer sum already has `zero` subtracted.
    if (format.zero != 0) offset = __builtin_fmaf(scale, format.zero, offset);
    return __builtin_fmaf(offset, inputs->scaled_sum, sum);
}

void nt_scalar_linear_bytes(const nt_linear_tile *tile) {
    const int64_t step = packed_format(tile->packing).group;
    const int64_t group_count = tile->inputs / NT_GROUP;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t block = r / tile->block_rows, inner = r % tile->block_rows;
        const nt_input_group *groups = tile->groups + block * group_count * tile->block_rows + inner;
        for (int64_t n = 0; n < tile->columns; n++) {
            const uint8_t *panel = tile->panels + (size_t)(n / NT_PANEL) * tile->panel_bytes;
            float sum = 0;
            for (int64_t k = 0; k < tile->inputs; k += step) {
                const nt_input_group *group = groups + k / NT_GROUP * tile->block_rows;
                sum = add_scale_group(tile->packing, panel, k, (int32_t)(n % NT_PANEL), group, sum);
            }
            tile->output[r * tile->output_stride + n] = tile->bias != NULL ? sum + tile->bias[n] : sum;
        }
    }
}

void nt_scalar_quantize_row(const float *input, int64_t count, nt_input_group *output, int64_t stride) {
    for (int64_t i = 0; i < count; i += NT_GROUP, output += stride) {
        float largest = 0;
        for (int j = 0; j < NT_GROUP; j++) largest = __builtin_fmaxf(__builtin_fabsf(input[i + j]), largest);
        const float inverse = inverse_byte_scale(largest);
        int32_t sums[2] = {0};
        for (int j = 0; j < NT_GROUP; j++) {
            const float nearest = __builtin_rintf(input[i + j] * inverse);
            output->bytes[j] = nearest >= -128.0f ? (int8_t)(nearest <= 127.0f ? nearest : 127.0f) : -128;
            sums[j / 16] += output->bytes[j];
        }
        finish_group(output, largest, sums[0], sums[0] + sums[1]);
    }
}

void nt_scalar_round_row(nt_dtype dtype, const float *input, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i++) output[i] = round_to(dtype, input[i]);
}
