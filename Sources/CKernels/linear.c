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
// Numbers of multiplications and of inputs below which waking other threads costs more than it saves.
enum { SMALL_PRODUCT = 16384, SMALL_INPUT = 4096 };

typedef struct linear_job {
    const nt_linear_call *call;
    linear_inputs inputs;
    int64_t addend_stride; // outputs of all segments
    int64_t tile_rows;     // rows per tile
    int64_t panels;        // of all segments; of one segment when gated
    int64_t column_tiles;  // number of column tiles, of nearly equal size
    int64_t first_block;   // number of input blocks of the jobs before this one
    int64_t first_tile;    // number of tiles of the jobs before this one
} linear_job;

// Calls that run together.
typedef struct linear_jobs {
    nt_pool *pool;
    linear_job *jobs;
    int64_t count, blocks, tiles;
} linear_jobs;

typedef struct tile_range {
    int64_t row, rows, panel, panel_end;
} tile_range;

static tile_range range_of_tile(const linear_job *job, int64_t index) {
    const int64_t column_tile = index % job->column_tiles, row = index / job->column_tiles * job->tile_rows;
    return (tile_range){
        .row = row,
        .rows = min_i64(job->tile_rows, job->call->rows - row),
        .panel = job->panels * column_tile / job->column_tiles,
        .panel_end = job->panels * (column_tile + 1) / job->column_tiles,
    };
}

// Multiplies rows [row, row + rows) with `columns` columns of a segment from `column`, a multiple of 16, on.
static void multiply(const linear_job *job, const nt_linear_segment *segment, int64_t row, int64_t rows, int64_t column,
                     int64_t columns, float *output, int64_t stride, float *scratch) {
    const linear_inputs *inputs = &job->inputs;
    const int64_t count = job->call->weights->inputs;
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
    const nt_linear_epilogue *epilogue = job->call->epilogue;
    if (epilogue->addend == NULL) return;
    for (int64_t r = 0; r < range->rows; r++) {
        const int64_t row = range->row + r;
        const int64_t source = epilogue->addend_rows != NULL ? epilogue->addend_rows[row] : row;
        if (source < 0) continue;
        const float *added = epilogue->addend + source * job->addend_stride + column;
        for (int64_t c = 0; c < columns; c++) output[r * stride + c] += added[c];
    }
}

static void scale_tile(const linear_job *job, const tile_range *range, int64_t columns, float *output, int64_t stride) {
    const nt_linear_epilogue *epilogue = job->call->epilogue;
    if (epilogue->scale == 1 && epilogue->soft_cap == 0) return;
    for (int64_t r = 0; r < range->rows; r++) {
        job->inputs.kernels->scale_row(epilogue->scale, epilogue->soft_cap, output + r * stride, columns);
    }
}

static void activate_tile(const linear_job *job, const tile_range *range, int64_t columns, float *output) {
    if (job->call->epilogue->activation == NT_IDENTITY) return;
    for (int64_t r = 0; r < range->rows; r++) {
        float *row = output + r * job->call->output_stride;
        job->inputs.kernels->activate_row(job->call->epilogue->activation, row, NULL, columns, row);
    }
}

// Multiplies a tile, which may span several segments.
static void linear_tile(const linear_job *job, int64_t index, float *scratch) {
    const nt_linear_call *call = job->call;
    const tile_range range = range_of_tile(job, index);
    int64_t first = 0; // the segment's first panel
    for (const nt_linear_segment *segment = call->weights->segments; first < range.panel_end; segment++) {
        const int64_t panels = ceil_div(segment->outputs, NT_PANEL);
        const int64_t column = max_i64(range.panel - first, 0) * NT_PANEL;
        const int64_t end = min_i64((range.panel_end - first) * NT_PANEL, segment->outputs);
        if (column < end) {
            float *output = call->output + range.row * call->output_stride + segment->output_offset + column;
            multiply(job, segment, range.row, range.rows, column, end - column, output, call->output_stride, scratch);
            add_addend(job, &range, segment->output_offset + column, end - column, output, call->output_stride);
            scale_tile(job, &range, end - column, output, call->output_stride);
            activate_tile(job, &range, end - column, output);
        }
        first += panels;
    }
}

// Multiplies the same columns of gate and up into scratch memory, then writes activation(gate) * up.
static void gated_tile(const linear_job *job, int64_t index, float *scratch) {
    const nt_linear_call *call = job->call;
    const nt_linear_segment *gate = &call->weights->segments[0], *up = gate + 1;
    const tile_range range = range_of_tile(job, index);
    const int64_t column = range.panel * NT_PANEL;
    const int64_t columns = min_i64(range.panel_end * NT_PANEL, gate->outputs) - column;
    float *both = scratch + NT_LINEAR_SCRATCH / sizeof(float);
    multiply(job, gate, range.row, range.rows, column, columns, both, 2 * columns, scratch);
    multiply(job, up, range.row, range.rows, column, columns, both + columns, 2 * columns, scratch);
    add_addend(job, &range, column, columns, both, 2 * columns);
    add_addend(job, &range, up->output_offset + column, columns, both + columns, 2 * columns);
    scale_tile(job, &range, 2 * columns, both, 2 * columns);
    for (int64_t r = 0; r < range.rows; r++) {
        float *pair = both + r * 2 * columns;
        const float limit = call->epilogue->gate_limit;
        if (limit > 0) job->inputs.kernels->limit_row(limit, pair, pair + columns, columns);
        job->inputs.kernels->activate_row(call->epilogue->activation, pair, pair + columns, columns,
                                          call->output + (range.row + r) * call->output_stride + column);
    }
}

static void run_tile(void *context, int64_t tile, int32_t thread) {
    const linear_jobs *jobs = context;
    int64_t low = 0, high = jobs->count - 1;
    while (low < high) {
        const int64_t middle = (low + high + 1) / 2;
        if (jobs->jobs[middle].first_tile <= tile) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    const linear_job *job = &jobs->jobs[low];
    float *scratch = nt_pool_thread_scratch(jobs->pool, thread);
    if (job->call->epilogue->gated) {
        gated_tile(job, tile - job->first_tile, scratch);
    } else {
        linear_tile(job, tile - job->first_tile, scratch);
    }
}

static void run_block(void *context, int64_t block, int32_t thread) {
    const linear_jobs *jobs = context;
    int64_t low = 0, high = jobs->count - 1;
    while (low < high) {
        const int64_t middle = (low + high + 1) / 2;
        if (jobs->jobs[middle].first_block <= block) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    const linear_job *job = &jobs->jobs[low];
    nt_prepare_inputs(&job->inputs, block - job->first_block, nt_pool_thread_scratch(jobs->pool, thread));
}

// Divides rows and columns into tiles, as many as keep all threads busy beside those of the other calls.
static void place_tiles(linear_job *job, int64_t threads, int64_t call_count) {
    const nt_linear_weights *weights = job->call->weights;
    job->tile_rows = ROW_TILE / job->inputs.block_rows * job->inputs.block_rows;
    for (int64_t i = 0; i < weights->segment_count; i++) {
        const int64_t outputs = weights->segments[i].outputs;
        job->addend_stride += outputs;
        if (i == 0 || !job->call->epilogue->gated) job->panels += ceil_div(outputs, NT_PANEL);
    }
    const int64_t a_thread = job->call->rows <= job->inputs.block_rows ? LONG_TILES : EVEN_TILES;
    const int64_t wanted = ceil_div(a_thread * threads, call_count);
    job->column_tiles = max_i64(min_i64(wanted, job->panels / MIN_TILE_PANELS), 1);
}

// Bytes of thread scratch that a job's tiles and blocks need.
static size_t thread_bytes(const linear_job *job) {
    const int64_t columns = ceil_div(job->panels, job->column_tiles) * NT_PANEL;
    const int64_t pairs = job->call->epilogue->gated ? min_i64(job->call->rows, job->tile_rows) * 2 * columns : 0;
    const size_t tile = NT_LINEAR_SCRATCH + (size_t)pairs * sizeof(float);
    const size_t block = (size_t)nt_input_scratch_floats(&job->inputs) * sizeof(float);
    return tile > block ? tile : block;
}

// Plans all jobs in the pool's shared scratch: the jobs themselves, then their inputs.
static void plan_jobs(linear_jobs *jobs, const nt_linear_call *calls, nt_dtype activation) {
    const nt_kernels *kernels = nt_pool_kernels(jobs->pool);
    const size_t job_bytes = ((size_t)jobs->count * sizeof(linear_job) + 63) / 64 * 64;
    size_t input_bytes = 0, scratch_bytes = 0;
    for (int64_t i = 0; i < jobs->count; i++) {
        linear_inputs inputs = {.kernels = kernels, .call = &calls[i], .activation = activation};
        input_bytes += nt_plan_inputs(&inputs);
    }
    uint8_t *memory = nt_pool_shared_scratch(jobs->pool, job_bytes + input_bytes);
    jobs->jobs = (linear_job *)memory;
    memory += job_bytes;
    for (int64_t i = 0; i < jobs->count; i++) {
        linear_job *job = &jobs->jobs[i];
        *job = (linear_job){
            .call = &calls[i],
            .inputs = {.kernels = kernels, .call = &calls[i], .activation = activation},
            .first_block = jobs->blocks,
            .first_tile = jobs->tiles,
        };
        const size_t bytes = nt_plan_inputs(&job->inputs);
        nt_place_inputs(&job->inputs, memory);
        memory += bytes;
        place_tiles(job, nt_pool_thread_count(jobs->pool), jobs->count);
        if (!job->inputs.is_direct) jobs->blocks += job->inputs.blocks;
        jobs->tiles += job->column_tiles * ceil_div(calls[i].rows, job->tile_rows);
        if (thread_bytes(job) > scratch_bytes) scratch_bytes = thread_bytes(job);
    }
    nt_pool_reserve_thread_scratch(jobs->pool, scratch_bytes);
}

// Runs tiles on all threads, or on the calling one if the work is small.
static void run(linear_jobs *jobs, nt_tile_function function, int64_t tiles, bool small) {
    if (!small) {
        nt_pool_run(jobs->pool, function, jobs, tiles);
        return;
    }
    for (int64_t tile = 0; tile < tiles; tile++) function(jobs, tile, 0);
}

void nt_linear(nt_pool *pool, const nt_linear_call *calls, int64_t count, nt_dtype activation) {
    int64_t elements = 0, products = 0;
    for (int64_t i = 0; i < count; i++) {
        elements += calls[i].rows * calls[i].weights->inputs;
        for (int64_t s = 0; s < calls[i].weights->segment_count; s++) {
            products += calls[i].rows * calls[i].weights->inputs * calls[i].weights->segments[s].outputs;
        }
    }
    if (products == 0) return;
    nt_pool_lock(pool);
    linear_jobs jobs = {.pool = pool, .count = count};
    plan_jobs(&jobs, calls, activation);
    run(&jobs, run_block, jobs.blocks, elements < SMALL_INPUT);
    run(&jobs, run_tile, jobs.tiles, products < SMALL_PRODUCT);
    nt_pool_unlock(pool);
}

// MARK: Combination

typedef struct combine_job {
    const nt_kernels *kernels;
    const float *rows;
    const int32_t *places;
    const float *weights;
    const float *addend, *addend_weights;
    float *output;
    int64_t features, width;
} combine_job;

static void combine_token(void *context, int64_t token, int32_t thread) {
    (void)thread;
    const combine_job *job = context;
    float *output = job->output + token * job->features;
    if (job->addend != NULL) {
        const float *added = job->addend + token * job->features;
        const float weight = job->addend_weights != NULL ? job->addend_weights[token] : 1;
        for (int64_t f = 0; f < job->features; f++) output[f] = weight * added[f];
    } else {
        memset(output, 0, (size_t)job->features * sizeof(float));
    }
    for (int64_t i = 0; i < job->width; i++) {
        const float weight = job->weights[token * job->width + i];
        const float *row = job->rows + (int64_t)job->places[token * job->width + i] * job->features;
        job->kernels->add_scaled_row(weight, row, job->features, output);
    }
}

void nt_combine(nt_pool *pool, const float *rows, int64_t features, const int32_t *places, const float *weights,
                int64_t tokens, int64_t width, const float *addend, const float *addend_weights, float *output) {
    combine_job job = {nt_pool_kernels(pool), rows, places, weights, addend, addend_weights, output, features, width};
    nt_pool_lock(pool);
    nt_pool_run(pool, combine_token, &job, tokens);
    nt_pool_unlock(pool);
}
