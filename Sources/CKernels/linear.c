// Linear layers: prepares the inputs once, then multiplies tiles of rows and columns.

#include "linear_inputs.h"

// Rows per tile: a multiple of every kernel's row count, and small enough to keep a tile's inputs in the second-level
// cache.
enum { ROW_TILE = 144 };
// Panels per call of the float kernel: all rows are multiplied with them before the next ones.
enum { MAX_KERNEL_PANELS = 4 };
// Column tiles per thread. With a single block of rows, reading weights dominates, and a few long reads are fastest;
// with more blocks, small tiles balance the load.
enum { LONG_TILES = 2, EVEN_TILES = 8, MIN_TILE_PANELS = 2 };
// Number of multiplications below which waking other threads costs more than it saves.
enum { SMALL_PRODUCT = 16384 };

typedef struct linear_job {
    nt_pool *pool;
    linear_inputs inputs;
    const nt_linear_weights *weights;
    const nt_linear_epilogue *epilogue;
    int64_t addend_stride; // outputs of all segments
    float *output;
    int64_t output_stride;
    int64_t tile_rows;    // rows per tile
    int64_t panels;       // of all segments; of one segment when gated
    int64_t column_tiles; // number of column tiles, of nearly equal size
} linear_job;

typedef struct tile_range {
    int64_t row, rows, panel, panel_end;
} tile_range;

static tile_range range_of_tile(const linear_job *job, int64_t index) {
    const int64_t column_tile = index % job->column_tiles, row = index / job->column_tiles * job->tile_rows;
    return (tile_range){
        .row = row,
        .rows = min_i64(job->tile_rows, job->inputs.rows - row),
        .panel = job->panels * column_tile / job->column_tiles,
        .panel_end = job->panels * (column_tile + 1) / job->column_tiles,
    };
}

// Multiplies rows [row, row + rows) with `columns` columns of a segment from `column`, a multiple of 16, on.
static void multiply(const linear_job *job, const nt_linear_segment *segment, int64_t row, int64_t rows, int64_t column,
                     int64_t columns, float *output, int64_t stride, float *scratch) {
    const linear_inputs *inputs = &job->inputs;
    const int64_t count = job->weights->inputs;
    const size_t panel_bytes = panel_byte_count(segment->packing, count);
    const input_form form = nt_form_for(inputs, segment->packing);
    nt_linear_tile tile = {
        .panel_bytes = panel_bytes,
        .inputs = count,
        .input = form == INPUT_FLOATS ? inputs->floats + row * count : NULL,
        .pairs = form == INPUT_PAIRS ? inputs->pairs + row * ceil_div(count, 2) : NULL,
        .groups = form == INPUT_GROUPS ? inputs->groups + row * (count / NT_GROUP) : NULL,
        .block_rows = inputs->block_rows,
        .rows = rows,
        .output_stride = stride,
        .packing = segment->packing,
    };
    const int64_t end = column + columns, step = form == INPUT_FLOATS ? MAX_KERNEL_PANELS * NT_PANEL : columns;
    for (; column < end; column += step, output += step) {
        tile.panels = (const uint8_t *)segment->packed + (size_t)(column / NT_PANEL) * panel_bytes;
        tile.columns = min_i64(step, end - column);
        tile.panel_count = ceil_div(tile.columns, NT_PANEL);
        tile.bias = segment->bias != NULL ? segment->bias + column : NULL;
        tile.output = output;
        switch (form) {
        case INPUT_GROUPS: inputs->kernels->linear_bytes(&tile); break;
        case INPUT_PAIRS: inputs->kernels->linear_pairs(&tile); break;
        case INPUT_FLOATS: inputs->kernels->linear(&tile, scratch); break;
        }
    }
}

// Adds the mapped rows of the addend to `columns` columns of a tile's rows, from column `column` of all outputs on.
static void add_addend(const linear_job *job, const tile_range *range, int64_t column, int64_t columns, float *output,
                       int64_t stride) {
    const nt_linear_epilogue *epilogue = job->epilogue;
    if (epilogue->addend == NULL) return;
    for (int64_t r = 0; r < range->rows; r++) {
        const int64_t row = range->row + r;
        const int64_t source = epilogue->addend_rows != NULL ? epilogue->addend_rows[row] : row;
        if (source < 0) continue;
        const float *added = epilogue->addend + source * job->addend_stride + column;
        for (int64_t c = 0; c < columns; c++) output[r * stride + c] += added[c];
    }
}

static void activate_tile(const linear_job *job, const tile_range *range, int64_t columns, float *output) {
    if (job->epilogue->activation == NT_IDENTITY) return;
    for (int64_t r = 0; r < range->rows; r++) {
        float *row = output + r * job->output_stride;
        job->inputs.kernels->activate_row(job->epilogue->activation, row, NULL, columns, row);
    }
}

// Multiplies a tile, which may span several segments.
static void linear_tile(void *context, int64_t index, int32_t thread) {
    const linear_job *job = context;
    const tile_range range = range_of_tile(job, index);
    int64_t first = 0; // the segment's first panel
    for (const nt_linear_segment *segment = job->weights->segments; first < range.panel_end; segment++) {
        const int64_t panels = ceil_div(segment->outputs, NT_PANEL);
        const int64_t column = max_i64(range.panel - first, 0) * NT_PANEL;
        const int64_t end = min_i64((range.panel_end - first) * NT_PANEL, segment->outputs);
        if (column < end) {
            float *output = job->output + range.row * job->output_stride + segment->output_offset + column;
            multiply(job, segment, range.row, range.rows, column, end - column, output, job->output_stride,
                     nt_pool_thread_scratch(job->pool, thread));
            add_addend(job, &range, segment->output_offset + column, end - column, output, job->output_stride);
            activate_tile(job, &range, end - column, output);
        }
        first += panels;
    }
}

// Multiplies the same columns of gate and up into scratch memory, then writes activation(gate) * up.
static void gated_tile(void *context, int64_t index, int32_t thread) {
    const linear_job *job = context;
    const nt_linear_segment *gate = &job->weights->segments[0], *up = gate + 1;
    const tile_range range = range_of_tile(job, index);
    const int64_t column = range.panel * NT_PANEL;
    const int64_t columns = min_i64(range.panel_end * NT_PANEL, gate->outputs) - column;
    float *scratch = nt_pool_thread_scratch(job->pool, thread), *both = scratch + NT_LINEAR_SCRATCH / sizeof(float);
    multiply(job, gate, range.row, range.rows, column, columns, both, 2 * columns, scratch);
    multiply(job, up, range.row, range.rows, column, columns, both + columns, 2 * columns, scratch);
    add_addend(job, &range, column, columns, both, 2 * columns);
    add_addend(job, &range, up->output_offset + column, columns, both + columns, 2 * columns);
    for (int64_t r = 0; r < range.rows; r++) {
        const float *pair = both + r * 2 * columns;
        job->inputs.kernels->activate_row(job->epilogue->activation, pair, pair + columns, columns,
                                          job->output + (range.row + r) * job->output_stride + column);
    }
}

// Divides rows and columns into tiles.
static void place_tiles(linear_job *job) {
    const nt_linear_weights *weights = job->weights;
    job->tile_rows = ROW_TILE / job->inputs.block_rows * job->inputs.block_rows;
    for (int64_t i = 0; i < (job->epilogue->gated ? 1 : weights->segment_count); i++) {
        job->panels += ceil_div(weights->segments[i].outputs, NT_PANEL);
    }
    const int64_t a_thread = job->inputs.rows <= job->inputs.block_rows ? LONG_TILES : EVEN_TILES;
    const int64_t wanted = a_thread * nt_pool_thread_count(job->pool);
    job->column_tiles = max_i64(min_i64(wanted, job->panels / MIN_TILE_PANELS), 1);
}

void nt_linear(nt_pool *pool, const nt_row_source *source, int64_t rows, const nt_linear_weights *weights,
               nt_dtype activation, const nt_linear_epilogue *epilogue, float *output, int64_t output_stride) {
    if (rows == 0) return;
    nt_pool_lock(pool);
    linear_job job = {
        .pool = pool,
        .inputs = {nt_pool_kernels(pool), source, weights, rows, activation, 0, NULL, NULL, NULL},
        .weights = weights,
        .epilogue = epilogue,
        .output = output,
        .output_stride = output_stride,
    };
    for (int64_t i = 0; i < weights->segment_count; i++) job.addend_stride += weights->segments[i].outputs;
    nt_prepare_inputs(pool, &job.inputs);
    place_tiles(&job);
    const int64_t tile_columns = ceil_div(job.panels, job.column_tiles) * NT_PANEL;
    const int64_t pairs = epilogue->gated ? min_i64(rows, job.tile_rows) * 2 * tile_columns : 0;
    nt_pool_reserve_thread_scratch(pool, NT_LINEAR_SCRATCH + (size_t)pairs * sizeof(float));
    const nt_tile_function tile_function = epilogue->gated ? gated_tile : linear_tile;
    const int64_t tiles = job.column_tiles * ceil_div(rows, job.tile_rows);
    if (rows * weights->inputs * job.panels * NT_PANEL < SMALL_PRODUCT) {
        for (int64_t tile = 0; tile < tiles; tile++) tile_function(&job, tile, 0);
    } else {
        nt_pool_run(pool, tile_function, &job, tiles);
    }
    nt_pool_unlock(pool);
}
