// Norm and rounding of a linear layer's inputs, in one pass over the rows.

#include "linear_inputs.h"

// Elements below which waking other threads costs more than it gives.
enum { SMALL_INPUT = 4096 };

input_form nt_form_for(const linear_inputs *inputs, nt_dtype weights) {
    if (inputs->activation == NT_Q8_0 && format_of(weights).code_bits > 0) return INPUT_GROUPS;
    const bool bf16 = inputs->activation == NT_BF16 || inputs->activation == NT_Q8_0;
    return inputs->kernels->linear_pairs != NULL && bf16 && weights == NT_BF16 ? INPUT_PAIRS : INPUT_FLOATS;
}

// Row blocks of nearly equal size, of one of the sizes that the kernels have.
static int64_t rows_a_block(const nt_kernels *kernels, int64_t rows) {
    static const int64_t sizes[] = {1, 2, 3, 4, 6, 8, 10, 12};
    const int64_t wanted = ceil_div(rows, ceil_div(rows, kernels->byte_rows));
    int i = 0;
    while (sizes[i] < wanted) i++;
    return sizes[i];
}

typedef struct prepare_job {
    const linear_inputs *inputs;
    float *floats; // where inputs->floats are written, or NULL
    nt_pool *pool;
} prepare_job;

// Row `row` of the source; a norm leaves it in `scratch`.
static const float *source_row(const linear_inputs *inputs, int64_t row, float *scratch) {
    const nt_linear_source *source = inputs->source;
    const int64_t at = row * inputs->inputs;
    if (source->norm_weight == NULL) return source->rows + at;
    inputs->kernels->rms_norm_row(source->delta != NULL ? source->delta + at : NULL, source->residual + at,
                                  inputs->inputs, source->norm_weight, source->epsilon, scratch);
    return scratch;
}

static void prepare_row(const prepare_job *job, int64_t row, int32_t thread) {
    const linear_inputs *inputs = job->inputs;
    const int64_t count = inputs->inputs;
    const float *source = source_row(inputs, row, nt_pool_thread_scratch(job->pool, thread));
    if (inputs->groups != NULL) {
        const int64_t block = row / inputs->block_rows, inner = row % inputs->block_rows;
        nt_input_group *groups = inputs->groups + block * inputs->block_rows * (count / NT_GROUP) + inner;
        inputs->kernels->quantize_row(source, count, groups, inputs->block_rows);
    }
    if (job->floats != NULL) {
        const nt_dtype plain = inputs->activation == NT_Q8_0 ? NT_BF16 : inputs->activation;
        inputs->kernels->round_row(plain, source, count, job->floats + row * count);
    }
    if (inputs->pairs != NULL) {
        uint32_t *pairs = inputs->pairs + row * ceil_div(count, 2);
        pairs[ceil_div(count, 2) - 1] = 0;
        inputs->kernels->store_row(NT_BF16, source, count, pairs);
    }
}

// A row block's groups lie between each other: one thread writes them all.
static void prepare_block(void *context, int64_t block, int32_t thread) {
    const prepare_job *job = context;
    const int64_t first = block * job->inputs->block_rows;
    const int64_t end = min_i64(first + job->inputs->block_rows, job->inputs->rows);
    for (int64_t row = first; row < end; row++) prepare_row(job, row, thread);
}

// Places the forms in the pool's scratch.
static void place_forms(nt_pool *pool, prepare_job *job, linear_inputs *inputs, const bool *needs) {
    const int64_t blocks = ceil_div(inputs->rows, inputs->block_rows), padded = blocks * inputs->block_rows;
    const int64_t block_groups = inputs->block_rows * (inputs->inputs / NT_GROUP);
    const size_t group_bytes = needs[INPUT_GROUPS] ? (size_t)(blocks * block_groups) * sizeof(nt_input_group) : 0;
    const size_t floats = needs[INPUT_FLOATS] ? (size_t)(inputs->rows * inputs->inputs) : 0;
    const size_t pairs = needs[INPUT_PAIRS] ? (size_t)(inputs->rows * ceil_div(inputs->inputs, 2)) : 0;
    uint8_t *scratch = nt_pool_shared_scratch(pool, group_bytes + (floats + pairs) * 4);
    if (needs[INPUT_GROUPS]) inputs->groups = (nt_input_group *)scratch;
    if (needs[INPUT_FLOATS]) inputs->floats = job->floats = (float *)(scratch + group_bytes);
    if (needs[INPUT_PAIRS]) inputs->pairs = (uint32_t *)(scratch + group_bytes) + floats;
    if (needs[INPUT_GROUPS] && padded > inputs->rows) {
        memset(inputs->groups + (blocks - 1) * block_groups, 0, (size_t)block_groups * sizeof(nt_input_group));
    }
}

void nt_prepare_inputs(nt_pool *pool, linear_inputs *inputs, const nt_linear_segment *segments, int64_t segment_count) {
    bool needs[3] = {false};
    for (int64_t i = 0; i < segment_count; i++) needs[nt_form_for(inputs, segments[i].dtype)] = true;
    inputs->block_rows = rows_a_block(inputs->kernels, inputs->rows);
    prepare_job job = {.inputs = inputs, .pool = pool};
    if (inputs->activation == NT_F32 && inputs->source->norm_weight == NULL) {
        inputs->floats = inputs->source->rows;
        return;
    }
    place_forms(pool, &job, inputs, needs);
    nt_pool_reserve_thread_scratch(pool, (size_t)inputs->inputs * sizeof(float));
    const int64_t blocks = ceil_div(inputs->rows, inputs->block_rows);
    if (inputs->rows * inputs->inputs < SMALL_INPUT) {
        for (int64_t block = 0; block < blocks; block++) prepare_block(&job, block, 0);
    } else {
        nt_pool_run(pool, prepare_block, &job, blocks);
    }
}
