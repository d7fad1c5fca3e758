// Linear layers: inputs are prepared once, then tiles of rows and columns are multiplied.

#include "linear_inputs.h"

// Rows a tile: a multiple of every kernel's row count, small enough that a tile's inputs stay in the second cache.
enum { ROW_TILE = 144, MAX_TILE_PANELS = 4 };
// Multiplications below which waking other threads costs more than it gives.
enum { SMALL_PRODUCT = 16384 };

typedef struct linear_job {
    nt_pool *pool;
    linear_inputs inputs;
    const nt_linear_segment *segments;
    float *output;
    int64_t output_stride;
    int64_t tile_rows;    // rows a tile
    int64_t tile_panels;  // panels a tile
    int64_t column_tiles; // over all segments
} linear_job;

// Multiplies rows [row, row + rows) with `columns` columns of a segment from `column`, a multiple of 16, on.
static void multiply(const linear_job *job, const nt_linear_segment *segment, int64_t row, int64_t rows, int64_t column,
                     int64_t columns, float *output, int64_t stride, float *scratch) {
    const linear_inputs *inputs = &job->inputs;
    const int64_t count = inputs->inputs;
    const size_t panel_bytes = panel_byte_count(segment->dtype, count);
    const input_form form = nt_form_for(inputs, segment->dtype);
    const nt_linear_tile tile = {
        .panels = (const uint8_t *)segment->packed + (size_t)(column / NT_PANEL) * panel_bytes,
        .panel_bytes = panel_bytes,
        .panel_count = ceil_div(columns, NT_PANEL),
        .columns = columns,
        .inputs = count,
        .input = form == INPUT_FLOATS ? inputs->floats + row * count : NULL,
        .pairs = form == INPUT_PAIRS ? inputs->pairs + row * ceil_div(count, 2) : NULL,
        .groups = form == INPUT_GROUPS ? inputs->groups + row * (count / NT_GROUP) : NULL,
        .block_rows = inputs->block_rows,
        .rows = rows,
        .bias = segment->bias != NULL ? segment->bias + column : NULL,
        .output = output,
        .output_stride = stride,
        .dtype = segment->dtype,
    };
    switch (form) {
    case INPUT_GROUPS: inputs->kernels->linear_bytes(&tile); break;
    case INPUT_PAIRS: inputs->kernels->linear_pairs(&tile); break;
    case INPUT_FLOATS: inputs->kernels->linear(&tile, scratch); break;
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
    float *output = job->output + row * job->output_stride + segment->output_offset + column;
    multiply(job, segment, row, min_i64(job->tile_rows, job->inputs.rows - row), column, columns, output,
             job->output_stride, nt_pool_thread_scratch(job->pool, thread));
}

// The same columns of gate and up side by side in scratch memory, then silu(gate) * up.
static void gated_tile(void *context, int64_t index, int32_t thread) {
    const linear_job *job = context;
    const nt_linear_segment *gate = &job->segments[0], *up = &job->segments[1];
    const int64_t column = index % job->column_tiles * job->tile_panels * NT_PANEL;
    const int64_t columns = min_i64(job->tile_panels * NT_PANEL, gate->outputs - column);
    const int64_t row = index / job->column_tiles * job->tile_rows;
    const int64_t rows = min_i64(job->tile_rows, job->inputs.rows - row);
    float *scratch = nt_pool_thread_scratch(job->pool, thread), *both = scratch + NT_LINEAR_SCRATCH / sizeof(float);
    multiply(job, gate, row, rows, column, columns, both, 2 * columns, scratch);
    multiply(job, up, row, rows, column, columns, both + columns, 2 * columns, scratch);
    for (int64_t r = 0; r < rows; r++) {
        const float *pair = both + r * 2 * columns;
        job->inputs.kernels->silu_multiply_row(pair, pair + columns, columns,
                                               job->output + (row + r) * job->output_stride + column);
    }
}

void nt_linear(nt_pool *pool, const nt_linear_source *source, int64_t rows, int64_t inputs,
               const nt_linear_segment *segments, int64_t segment_count, nt_dtype activation, bool gated, float *output,
               int64_t output_stride) {
    if (rows == 0) return;
    nt_pool_lock(pool);
    nt_pool_reserve_thread_scratch(pool, NT_LINEAR_SCRATCH + ROW_TILE * MAX_TILE_PANELS * NT_PANEL * sizeof(float));
    linear_job job = {
        .pool = pool,
        .inputs = {nt_pool_kernels(pool), source, rows, inputs, activation, 0, NULL, NULL, NULL},
        .segments = segments,
        .output = output,
        .output_stride = output_stride,
    };
    nt_prepare_inputs(pool, &job.inputs, segments, segment_count);
    job.tile_rows = ROW_TILE / job.inputs.block_rows * job.inputs.block_rows;
    int64_t outputs = 0;
    for (int64_t i = 0; i < segment_count; i++) outputs += segments[i].outputs;
    // Few columns: smaller tiles, so that threads finish together.
    job.tile_panels = gated || outputs < 96 * NT_PANEL ? MAX_TILE_PANELS / 2 : MAX_TILE_PANELS;
    for (int64_t i = 0; i < (gated ? 1 : segment_count); i++) {
        job.column_tiles += ceil_div(segments[i].outputs, NT_PANEL * job.tile_panels);
    }
    const nt_tile_function tile_function = gated ? gated_tile : linear_tile;
    const int64_t tiles = job.column_tiles * ceil_div(rows, job.tile_rows);
    if (rows * inputs * outputs < SMALL_PRODUCT) {
        for (int64_t tile = 0; tile < tiles; tile++) tile_function(&job, tile, 0);
    } else {
        nt_pool_run(pool, tile_function, &job, tiles);
    }
    nt_pool_unlock(pool);
}
