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
    nt_dtype activation;
    float *output;
    int64_t output_stride;
    int64_t tile_panels;  // panels a tile
    int64_t column_tiles; // over all segments
} linear_job;

static void round_tile(void *context, int64_t row, int32_t thread) {
    (void)thread;
    const linear_job *job = context;
    const int64_t inputs = job->inputs, pair_count = ceil_div(inputs, 2);
    const float *source = job->source + row * inputs;
    if (job->rounded != NULL) job->kernels->round_row(job->activation, source, inputs, job->rounded + row * inputs);
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
    const int64_t column = column_tile * job->tile_panels * NT_PANEL, row = index / job->column_tiles * ROW_TILE;
    const int64_t columns = min_i64(job->tile_panels * NT_PANEL, segment->outputs - column);
    const size_t panel_bytes = panel_byte_count(segment->dtype, job->inputs);
    const float *input = job->rounded != NULL ? job->rounded : job->source;
    const bool dot = job->pairs != NULL && segment->dtype == NT_BF16;
    const nt_linear_tile tile = {
        .panels = (const uint8_t *)segment->packed + (size_t)(column / NT_PANEL) * panel_bytes,
        .panel_bytes = panel_bytes,
        .panel_count = ceil_div(columns, NT_PANEL),
        .columns = columns,
        .inputs = job->inputs,
        .input = input + row * job->inputs,
        .pairs = dot ? job->pairs + row * ceil_div(job->inputs, 2) : NULL,
        .rows = min_i64(ROW_TILE, job->rows - row),
        .bias = segment->bias != NULL ? segment->bias + column : NULL,
        .output = job->output + row * job->output_stride + segment->output_offset + column,
        .output_stride = job->output_stride,
        .dtype = segment->dtype,
    };
    job->kernels->linear(&tile, nt_pool_thread_scratch(job->pool, thread));
}

// Places the rounded inputs in the pool's scratch and fills them.
static void round_inputs(linear_job *job) {
    bool needs_floats = false, needs_pairs = false;
    for (int64_t i = 0; i < job->segment_count; i++) {
        const bool dot = job->kernels->dot_bf16 && job->activation == NT_BF16 && job->segments[i].dtype == NT_BF16;
        needs_pairs = needs_pairs || dot;
        needs_floats = needs_floats || !dot;
    }
    const size_t float_count = needs_floats ? (size_t)(job->rows * job->inputs) : 0;
    const size_t pair_count = needs_pairs ? (size_t)(job->rows * ceil_div(job->inputs, 2)) : 0;
    float *scratch = nt_pool_shared_scratch(job->pool, (float_count + pair_count) * 4);
    if (needs_floats) job->rounded = scratch;
    if (needs_pairs) job->pairs = (uint32_t *)(scratch + float_count);
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
    if (activation != NT_F32) round_inputs(&job);
    int64_t outputs = 0;
    for (int64_t i = 0; i < segment_count; i++) outputs += segments[i].outputs;
    // Few columns: smaller tiles, so that threads finish together.
    job.tile_panels = outputs >= 96 * NT_PANEL ? 4 : 2;
    for (int64_t i = 0; i < segment_count; i++) {
        job.column_tiles += ceil_div(segments[i].outputs, NT_PANEL * job.tile_panels);
    }
    const int64_t tiles = job.column_tiles * ceil_div(rows, ROW_TILE);
    if (rows * inputs * outputs < SMALL_PRODUCT) {
        for (int64_t tile = 0; tile < tiles; tile++) linear_tile(&job, tile, 0);
    } else {
        nt_pool_run(pool, linear_tile, &job, tiles);
    }
    nt_pool_unlock(pool);
}
