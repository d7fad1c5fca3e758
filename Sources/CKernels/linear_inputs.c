// Norm and rounding of a linear layer's inputs, in one pass over the rows.

#include "linear_inputs.h"
#include "norm.h"

// Number of elements below which waking other threads costs more than it saves.
enum { SMALL_INPUT = 4096 };

input_form nt_form_for(const linear_inputs *inputs, nt_packing packing) {
    if (inputs->activation == NT_Q8_0 && packed_format(packing).code_bits > 0) return INPUT_GROUPS;
    const bool bf16 = inputs->activation == NT_BF16 || inputs->activation == NT_Q8_0;
    return inputs->kernels->linear_pairs != NULL && bf16 && packing == NT_PACKED_BF16 ? INPUT_PAIRS : INPUT_FLOATS;
}

// Whether the inputs are the source's rows as they are: no delta, no norm and no input order.
NT_INLINE bool is_plain(const linear_inputs *inputs) {
    const nt_row_source *source = inputs->source;
    return source->delta == NULL && source->norm.kind == NT_NORM_NONE && inputs->weights->input_order == NULL;
}

// Returns the rows per block: blocks of nearly equal size, at most `most`, of a size that the kernels support.
static int64_t rows_a_block(int64_t rows, int64_t most) {
    const int64_t wanted = ceil_div(rows, ceil_div(rows, most));
    return wanted <= 3 ? wanted : ceil_div(wanted, 2) * 2;
}

typedef struct prepare_job {
    const linear_inputs *inputs;
    float *floats; // where inputs->floats are written, or NULL
    nt_pool *pool;
} prepare_job;

// Returns rows [first, first + rows) of the source; those that are normalised or reordered are written to `scratch`,
// [rows + 1][inputs].
static const float *source_rows(const linear_inputs *inputs, int64_t first, int64_t rows, float *scratch) {
    const nt_row_source *source = inputs->source;
    const int64_t count = inputs->weights->inputs;
    const int32_t *order = inputs->weights->input_order;
    if (is_plain(inputs)) return source->rows + first * count;
    const float *start = scratch;
    for (int64_t r = 0; r < rows; r++) {
        float *target = scratch + (order != NULL ? rows : r) * count;
        const float *row = nt_source_row(inputs->kernels, source, first + r, count, target);
        if (order != NULL) {
            for (int64_t k = 0; k < count; k++) scratch[r * count + k] = row[order[k]];
        } else if (r == 0) {
            start = row;
        }
    }
    return start;
}

// Prepares one row block. Groups and pairs of its rows are interleaved, so one thread writes them all.
static void prepare_block(void *context, int64_t block, int32_t thread) {
    const prepare_job *job = context;
    const linear_inputs *inputs = job->inputs;
    const int64_t count = inputs->weights->inputs, first = block * inputs->block_rows;
    const int64_t rows = min_i64(inputs->block_rows, inputs->rows - first);
    const float *sources = source_rows(inputs, first, rows, nt_pool_thread_scratch(job->pool, thread));
    if (inputs->groups != NULL) {
        nt_input_group *groups = inputs->groups + first * (count / NT_GROUP);
        for (int64_t r = 0; r < rows; r++) {
            inputs->kernels->quantize_row(sources + r * count, count, groups + r, inputs->block_rows);
        }
    }
    if (job->floats != NULL) {
        const nt_dtype plain = inputs->activation == NT_Q8_0 ? NT_BF16 : inputs->activation;
        inputs->kernels->round_row(plain, sources, rows * count, job->floats + first * count);
    }
    if (inputs->pairs != NULL) {
        uint32_t *pairs = inputs->pairs + first * ceil_div(count, 2);
        inputs->kernels->store_pairs(sources, rows, count, pairs, inputs->block_rows);
    }
}

// Allocates the needed forms in the pool's scratch.
static void place_forms(nt_pool *pool, prepare_job *job, linear_inputs *inputs, const bool *needs) {
    const int64_t count = inputs->weights->inputs;
    const int64_t blocks = ceil_div(inputs->rows, inputs->block_rows), padded = blocks * inputs->block_rows;
    const size_t groups = needs[INPUT_GROUPS] ? (size_t)(padded * (count / NT_GROUP)) : 0;
    const size_t floats = needs[INPUT_FLOATS] ? (size_t)(inputs->rows * count) : 0;
    const size_t pairs = needs[INPUT_PAIRS] ? (size_t)(padded * ceil_div(count, 2)) : 0;
    uint8_t *scratch = nt_pool_shared_scratch(pool, groups * sizeof(nt_input_group) + (floats + pairs) * 4);
    if (groups > 0) inputs->groups = (nt_input_group *)scratch;
    scratch += groups * sizeof(nt_input_group);
    if (floats > 0) inputs->floats = job->floats = (float *)scratch;
    if (pairs > 0) inputs->pairs = (uint32_t *)scratch + floats;
    if (padded == inputs->rows) return;
    const size_t last_groups = groups / (size_t)blocks, last_pairs = pairs / (size_t)blocks;
    if (groups > 0) memset(inputs->groups + groups - last_groups, 0, last_groups * sizeof(nt_input_group));
    if (pairs > 0) memset(inputs->pairs + pairs - last_pairs, 0, last_pairs * 4);
}

void nt_prepare_inputs(nt_pool *pool, linear_inputs *inputs) {
    const nt_linear_weights *weights = inputs->weights;
    bool needs[3] = {false};
    for (int64_t i = 0; i < weights->segment_count; i++)
        needs[nt_form_for(inputs, weights->segments[i].packing)] = true;
    const nt_kernels *kernels = inputs->kernels;
    const int32_t most = inputs->rows <= kernels->alone_byte_rows ? kernels->alone_byte_rows : kernels->byte_rows;
    inputs->block_rows = rows_a_block(inputs->rows, needs[INPUT_GROUPS] ? most : NT_PAIR_ROWS);
    prepare_job job = {.inputs = inputs, .pool = pool};
    if (inputs->activation == NT_F32 && is_plain(inputs)) {
        inputs->floats = inputs->source->rows;
        return;
    }
    place_forms(pool, &job, inputs, needs);
    nt_pool_reserve_thread_scratch(pool, (size_t)((inputs->block_rows + 1) * weights->inputs) * sizeof(float));
    const int64_t blocks = ceil_div(inputs->rows, inputs->block_rows);
    if (inputs->rows * weights->inputs < SMALL_INPUT) {
        for (int64_t block = 0; block < blocks; block++) prepare_block(&job, block, 0);
    } else {
        nt_pool_run(pool, prepare_block, &job, blocks);
    }
}
