// Matrix products: output[r][n] = sum over k, ascending, in one float32 accumulator of fused multiply-adds, + bias[n].

#include "half.h"
#include "threadpool.h"

void nt_scalar_linear(const nt_linear_tile *tile, float *scratch) {
    (void)scratch;
    for (int64_t n = 0; n < tile->columns; n++) {
        const uint8_t *panel = tile->panels + (size_t)(n / NT_PANEL) * tile->panel_bytes;
        const int32_t column = (int32_t)(n % NT_PANEL);
        for (int64_t r = 0; r < tile->rows; r++) tile->output[r * tile->output_stride + n] = 0;
        for (int64_t k = 0; k < tile->inputs; k++) {
            const float weight = nt_panel_weight(tile->dtype, panel, k, column);
            for (int64_t r = 0; r < tile->rows; r++) {
                float *sum = &tile->output[r * tile->output_stride + n];
                *sum = __builtin_fmaf(weight, tile->input[r * tile->inputs + k], *sum);
            }
        }
        if (tile->bias == NULL) continue;
        for (int64_t r = 0; r < tile->rows; r++) tile->output[r * tile->output_stride + n] += tile->bias[n];
    }
}

// Adds the products of one scale group of one column with a row's inputs.
static float add_scale_group(const nt_format *format, nt_dtype dtype, const uint8_t *panel, int64_t k, int32_t column,
                             const nt_input_group *inputs, float sum) {
    float scale, offset;
    nt_panel_scale(dtype, panel, k, column, &scale, &offset);
    int32_t dot = 0;
    for (int32_t i = 0; i < format->group; i++) {
        dot += (nt_panel_code(dtype, panel, k + i, column) - (int32_t)format->bias) * inputs->bytes[k % NT_GROUP + i];
    }
    sum = __builtin_fmaf((float)dot * scale, inputs->scale, sum);
    return format->bias == 0 ? __builtin_fmaf(offset, inputs->scaled_sum, sum) : sum;
}

void nt_scalar_linear_bytes(const nt_linear_tile *tile) {
    const nt_format format = format_of(tile->dtype);
    const int64_t group_count = tile->inputs / NT_GROUP;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t block = r / tile->block_rows, inner = r % tile->block_rows;
        const nt_input_group *groups = tile->groups + block * group_count * tile->block_rows + inner;
        for (int64_t n = 0; n < tile->columns; n++) {
            const uint8_t *panel = tile->panels + (size_t)(n / NT_PANEL) * tile->panel_bytes;
            float sum = 0;
            for (int64_t k = 0; k < tile->inputs; k += format.group) {
                const nt_input_group *group = groups + k / NT_GROUP * tile->block_rows;
                sum = add_scale_group(&format, tile->dtype, panel, k, (int32_t)(n % NT_PANEL), group, sum);
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

// MARK: Driver

// Rows a tile: a multiple of every kernel's row count, small enough that a tile's inputs stay in the second cache.
enum { ROW_TILE = 144 };
// Multiplications below which waking other threads costs more than it gives.
enum { SMALL_PRODUCT = 16384 };

typedef struct linear_job {
    const nt_kernels *kernels;
    nt_pool *pool;
    const nt_linear_segment *segments;
    int64_t segment_count;
    int64_t inputs, rows;
    const float *source; // [rows][inputs]
    float *rounded;      // [rows][inputs] or NULL
    uint32_t *pairs;     // [rows][inputs / 2 rounded up] or NULL
    nt_input_group *groups; // [row blocks][inputs / 32][block_rows] or NULL
    int64_t block_rows;
    nt_dtype activation;
    float *output;
    int64_t output_stride;
    int64_t tile_rows;    // rows a tile
    int64_t tile_panels;  // panels a tile
    int64_t column_tiles; // over all segments
} linear_job;

// Which form of the inputs a segment's weights are multiplied with.
typedef enum input_form { INPUT_FLOATS, INPUT_PAIRS, INPUT_GROUPS } input_form;

static input_form form_for(const linear_job *job, nt_dtype weights) {
    if (job->activation == NT_Q8_0 && format_of(weights).code_bits > 0) return INPUT_GROUPS;
    const bool bf16 = job->activation == NT_BF16 || job->activation == NT_Q8_0;
    return job->kernels->linear_pairs != NULL && bf16 && weights == NT_BF16 ? INPUT_PAIRS : INPUT_FLOATS;
}

// Row blocks of nearly equal size, of one of the sizes that the kernels have.
static int64_t rows_a_block(const nt_kernels *kernels, int64_t rows) {
    static const int64_t sizes[] = {1, 2, 3, 4, 6, 8, 10, 12};
    const int64_t wanted = ceil_div(rows, ceil_div(rows, kernels->byte_rows));
    int i = 0;
    while (sizes[i] < wanted) i++;
    return sizes[i];
}

static void round_tile(void *context, int64_t row, int32_t thread) {
    (void)thread;
    const linear_job *job = context;
    const int64_t inputs = job->inputs, pair_count = ceil_div(inputs, 2);
    const float *source = job->source + row * inputs;
    if (job->groups != NULL) {
        const int64_t block = row / job->block_rows, inner = row % job->block_rows;
        nt_input_group *groups = job->groups + block * job->block_rows * (inputs / NT_GROUP) + inner;
        job->kernels->quantize_row(source, inputs, groups, job->block_rows);
    }
    const nt_dtype plain = job->activation == NT_Q8_0 ? NT_BF16 : job->activation;
    if (job->rounded != NULL) job->kernels->round_row(plain, source, inputs, job->rounded + row * inputs);
    if (job->pairs != NULL) {
        uint32_t *pairs = job->pairs + row * pair_count;
        pairs[pair_count - 1] = 0;
        job->kernels->store_row(NT_BF16, source, inputs, pairs);
    }
}

static void linear_tile(void *context, int64_t index, int32_t thread) {
    const linear_job *job = context;
    int64_t column_tile = index % job->column_tiles;
    const nt_linear_segment *segment = job->segments;
    for (;; segment++) {
        const int64_t tiles = ceil_div(segment->outputs, NT_PANEL * job->tile_panels);
        if (column_tile < tiles) break;
        column_tile -= tiles;
    }
    const int64_t column = column_tile * job->tile_panels * NT_PANEL, row = index / job->column_tiles * job->tile_rows;
    const int64_t columns = min_i64(job->tile_panels * NT_PANEL, segment->outputs - column);
    const size_t panel_bytes = panel_byte_count(segment->dtype, job->inputs);
    const float *input = job->rounded != NULL ? job->rounded : job->source;
    const input_form form = form_for(job, segment->dtype);
    const nt_linear_tile tile = {
        .panels = (const uint8_t *)segment->packed + (size_t)(column / NT_PANEL) * panel_bytes,
        .panel_bytes = panel_bytes,
        .panel_count = ceil_div(columns, NT_PANEL),
        .columns = columns,
        .inputs = job->inputs,
        .input = input + row * job->inputs,
        .pairs = form == INPUT_PAIRS ? job->pairs + row * ceil_div(job->inputs, 2) : NULL,
        .groups = form == INPUT_GROUPS ? job->groups + row * (job->inputs / NT_GROUP) : NULL,
        .block_rows = job->block_rows,
        .rows = min_i64(job->tile_rows, job->rows - row),
        .bias = segment->bias != NULL ? segment->bias + column : NULL,
        .output = job->output + row * job->output_stride + segment->output_offset + column,
        .output_stride = job->output_stride,
        .dtype = segment->dtype,
    };
    if (form == INPUT_GROUPS) {
        job->kernels->linear_bytes(&tile);
    } else if (form == INPUT_PAIRS) {
        job->kernels->linear_pairs(&tile);
    } else {
        job->kernels->linear(&tile, nt_pool_thread_scratch(job->pool, thread));
    }
}

// Places the rounded inputs in the pool's scratch and fills them.
static void round_inputs(linear_job *job) {
    bool needs[3] = {false};
    for (int64_t i = 0; i < job->segment_count; i++) needs[form_for(job, job->segments[i].dtype)] = true;
    const int64_t blocks = ceil_div(job->rows, job->block_rows), padded = blocks * job->block_rows;
    const size_t groups = needs[INPUT_GROUPS] ? (size_t)(padded * (job->inputs / NT_GROUP)) : 0;
    const size_t floats = needs[INPUT_FLOATS] ? (size_t)(job->rows * job->inputs) : 0;
    const size_t pairs = needs[INPUT_PAIRS] ? (size_t)(job->rows * ceil_div(job->inputs, 2)) : 0;
    uint8_t *scratch = nt_pool_shared_scratch(job->pool, groups * sizeof(nt_input_group) + (floats + pairs) * 4);
    if (groups > 0) job->groups = (nt_input_group *)scratch;
    if (floats > 0) job->rounded = (float *)(scratch + groups * sizeof(nt_input_group));
    if (pairs > 0) job->pairs = (uint32_t *)(scratch + groups * sizeof(nt_input_group)) + floats;
    if (groups > 0 && padded > job->rows) {
        const size_t block_groups = (size_t)(job->block_rows * (job->inputs / NT_GROUP));
        memset(job->groups + (size_t)(blocks - 1) * block_groups, 0, block_groups * sizeof(nt_input_group));
    }
    if (job->rows * job->inputs < SMALL_PRODUCT) {
        for (int64_t row = 0; row < job->rows; row++) round_tile(job, row, 0);
    } else {
        nt_pool_run(job->pool, round_tile, job, job->rows);
    }
}

void nt_linear(nt_pool *pool, const float *input, int64_t rows, int64_t inputs, const nt_linear_segment *segments,
               int64_t segment_count, nt_dtype activation, float *output, int64_t output_stride) {
    if (rows == 0) return;
    nt_pool_lock(pool);
    nt_pool_reserve_thread_scratch(pool, NT_LINEAR_SCRATCH);
    linear_job job = {
        .kernels = nt_pool_kernels(pool),
        .pool = pool,
        .segments = segments,
        .segment_count = segment_count,
        .inputs = inputs,
        .rows = rows,
        .source = input,
        .activation = activation,
        .output = output,
        .output_stride = output_stride,
    };
    job.block_rows = rows_a_block(job.kernels, rows);
    job.tile_rows = ROW_TILE / job.block_rows * job.block_rows;
    if (activation != NT_F32) round_inputs(&job);
    int64_t outputs = 0;
    for (int64_t i = 0; i < segment_count; i++) outputs += segments[i].outputs;
    // Few columns: smaller tiles, so that threads finish together.
    job.tile_panels = outputs >= 96 * NT_PANEL ? 4 : 2;
    for (int64_t i = 0; i < segment_count; i++) {
        job.column_tiles += ceil_div(segments[i].outputs, NT_PANEL * job.tile_panels);
    }
    const int64_t tiles = job.column_tiles * ceil_div(rows, job.tile_rows);
    if (rows * inputs * outputs < SMALL_PRODUCT) {
        for (int64_t tile = 0; tile < tiles; tile++) linear_tile(&job, tile, 0);
    } else {
        nt_pool_run(pool, linear_tile, &job, tiles);
    }
    nt_pool_unlock(pool);
}
