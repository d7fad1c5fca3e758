// Norm and rounding of a linear layer's inputs, in one pass over the rows.

#include "linear_inputs.h"
#include "norm.h"

input_form nt_form_for(const linear_inputs *inputs, nt_packing packing) {
    if (inputs->activation == NT_Q8_0 && packed_format(packing).code_bits > 0) return INPUT_GROUPS;
    const bool bf16 = inputs->activation == NT_BF16 || inputs->activation == NT_Q8_0;
    return inputs->kernels->linear_pairs != NULL && bf16 && packing == NT_PACKED_BF16 ? INPUT_PAIRS : INPUT_FLOATS;
}

// Whether the inputs are the source's rows as they are: no delta, no norm and no order of rows or inputs.
NT_INLINE bool is_plain(const linear_inputs *inputs) {
    const nt_linear_call *call = inputs->call;
    return call->source->stride == call->weights->inputs && call->source->delta == NULL &&
           call->source->norm.kind == NT_NORM_NONE && call->row_map == NULL && call->weights->input_order == NULL;
}

// Returns the rows per block: blocks of nearly equal size, at most `most`, of a size that the kernels support.
static int64_t rows_a_block(int64_t rows, int64_t most) {
    const int64_t wanted = ceil_div(rows, ceil_div(rows, most));
    return wanted <= 3 ? wanted : ceil_div(wanted, 2) * 2;
}

// Bytes of one form.
static size_t form_bytes(const linear_inputs *inputs, input_form form) {
    const int64_t count = inputs->call->weights->inputs, padded = inputs->blocks * inputs->block_rows;
    if (!inputs->needs[form] || inputs->is_direct) return 0;
    size_t bytes = 0;
    switch (form) {
    case INPUT_GROUPS: bytes = (size_t)(padded * (count / NT_GROUP)) * sizeof(nt_input_group); break;
    case INPUT_PAIRS: bytes = (size_t)(padded * ceil_div(count, 2)) * 4; break;
    default: bytes = (size_t)(inputs->call->rows * count) * 4; break;
    }
    return (bytes + 63) / 64 * 64;
}

size_t nt_plan_inputs(linear_inputs *inputs) {
    const nt_linear_call *call = inputs->call;
    const nt_linear_weights *weights = call->weights;
    for (int64_t i = 0; i < weights->segment_count; i++) {
        inputs->needs[nt_form_for(inputs, weights->segments[i].packing)] = true;
    }
    const nt_kernels *kernels = inputs->kernels;
    const int32_t most = call->rows <= kernels->alone_byte_rows ? kernels->alone_byte_rows : kernels->byte_rows;
    inputs->block_rows = rows_a_block(call->rows, inputs->needs[INPUT_GROUPS] ? most : NT_PAIR_ROWS);
    inputs->blocks = ceil_div(call->rows, inputs->block_rows);
    inputs->is_direct = inputs->activation == NT_F32 && is_plain(inputs);
    return form_bytes(inputs, INPUT_FLOATS) + form_bytes(inputs, INPUT_PAIRS) + form_bytes(inputs, INPUT_GROUPS);
}

void nt_place_inputs(linear_inputs *inputs, uint8_t *memory) {
    if (inputs->is_direct) {
        inputs->floats = inputs->call->source->rows;
        return;
    }
    if (inputs->needs[INPUT_GROUPS]) inputs->groups = (nt_input_group *)memory;
    memory += form_bytes(inputs, INPUT_GROUPS);
    if (inputs->needs[INPUT_FLOATS]) inputs->floats = (float *)memory;
    memory += form_bytes(inputs, INPUT_FLOATS);
    if (inputs->needs[INPUT_PAIRS]) inputs->pairs = (uint32_t *)memory;
}

int64_t nt_input_scratch_floats(const linear_inputs *inputs) {
    return inputs->is_direct ? 0 : (inputs->block_rows + 1) * inputs->call->weights->inputs;
}

// Returns rows [first, first + rows) of the call; those that are normalised or reordered are written to `scratch`,
// [rows + 1][inputs].
static const float *source_rows(const linear_inputs *inputs, int64_t first, int64_t rows, float *scratch) {
    const nt_linear_call *call = inputs->call;
    const int64_t count = call->weights->inputs;
    const int32_t *order = call->weights->input_order;
    if (is_plain(inputs)) return call->source->rows + first * count;
    const float *start = scratch;
    for (int64_t r = 0; r < rows; r++) {
        float *own = scratch + r * count, *target = order != NULL ? scratch + rows * count : own;
        const int64_t index = call->row_map != NULL ? call->row_map[first + r] : first + r;
        const float *row = nt_source_row(inputs->kernels, call->source, index, count, target);
        if (order != NULL) {
            for (int64_t k = 0; k < count; k++) own[k] = row[order[k]];
        } else if (row != own && (call->row_map != NULL || call->source->stride != count)) {
            memcpy(own, row, (size_t)count * sizeof(float));
        } else if (r == 0) {
            start = row;
        }
    }
    return start;
}

// Clears the unused rows of a short block.
static void clear_rest(const linear_inputs *inputs, int64_t block) {
    const int64_t count = inputs->call->weights->inputs, rows = inputs->block_rows;
    const size_t groups = (size_t)(rows * (count / NT_GROUP)), pairs = (size_t)(rows * ceil_div(count, 2));
    if (inputs->groups != NULL) memset(inputs->groups + groups * (size_t)block, 0, groups * sizeof(nt_input_group));
    if (inputs->pairs != NULL) memset(inputs->pairs + pairs * (size_t)block, 0, pairs * 4);
}

void nt_prepare_inputs(const linear_inputs *inputs, int64_t block, float *scratch) {
    const int64_t count = inputs->call->weights->inputs, first = block * inputs->block_rows;
    const int64_t rows = min_i64(inputs->block_rows, inputs->call->rows - first);
    if (rows < inputs->block_rows) clear_rest(inputs, block);
    const float *sources = source_rows(inputs, first, rows, scratch);
    if (inputs->groups != NULL) {
        nt_input_group *groups = inputs->groups + first * (count / NT_GROUP);
        for (int64_t r = 0; r < rows; r++) {
            inputs->kernels->quantize_row(sources + r * count, count, groups + r, inputs->block_rows);
        }
    }
    if (inputs->floats != NULL) {
        const nt_dtype plain = inputs->activation == NT_Q8_0 ? NT_BF16 : inputs->activation;
        inputs->kernels->round_row(plain, sources, rows * count, (float *)inputs->floats + first * count);
    }
    if (inputs->pairs != NULL) {
        uint32_t *pairs = inputs->pairs + first * ceil_div(count, 2);
        inputs->kernels->store_pairs(sources, rows, count, pairs, inputs->block_rows);
    }
}
