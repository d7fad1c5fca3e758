// RMS and layer norm, preceded by the addition to a residual stream.

#include "norm.h"

void nt_scalar_norm_row(const nt_norm *norm, const float *delta, float scale, float *row, int64_t count,
                        float *output) {
    float sums[16] = {0}, squares[16] = {0}, mean = 0;
    for (int64_t i = 0; i < count; i++) {
        if (delta != NULL) row[i] += delta[i] * scale;
        squares[i % 16] = __builtin_fmaf(row[i], row[i], squares[i % 16]);
        sums[i % 16] += row[i];
    }
    if (norm->kind == NT_NORM_LAYER) {
        mean = sum_tree(sums) / (float)count;
        memset(squares, 0, sizeof squares);
        for (int64_t i = 0; i < count; i++) {
            squares[i % 16] = __builtin_fmaf(row[i] - mean, row[i] - mean, squares[i % 16]);
        }
    }
    const float inverse = 1.0f / __builtin_sqrtf(sum_tree(squares) / (float)count + norm->epsilon);
    for (int64_t i = 0; i < count; i++) {
        float value = norm->kind == NT_NORM_LAYER ? row[i] - mean : row[i];
        value *= inverse;
        if (norm->weight != NULL) value *= norm->weight[i];
        output[i] = norm->bias != NULL ? value + norm->bias[i] : value;
    }
}

// MARK: Driver

// Number of elements per tile, approximately; tiles are runs of rows.
enum { TILE_ELEMENTS = 8192 };

const float *nt_source_row(const nt_kernels *kernels, const nt_row_source *source, int64_t row, int64_t count,
                           float *output) {
    float *stream = source->rows + row * source->stride;
    const float *delta = source->delta != NULL ? source->delta + row * count : NULL;
    if (delta != NULL && source->delta_norm.kind != NT_NORM_NONE) {
        kernels->norm_row(&source->delta_norm, NULL, 1, (float *)delta, count, output);
        delta = output;
    }
    if (source->norm.kind != NT_NORM_NONE) {
        kernels->norm_row(&source->norm, delta, source->delta_scale, stream, count, output);
        return output;
    }
    if (delta != NULL) {
        for (int64_t i = 0; i < count; i++) stream[i] += delta[i] * source->delta_scale;
    }
    return stream;
}

typedef struct norm_job {
    const nt_kernels *kernels;
    const nt_row_source *source;
    float *output;
    int64_t rows, features, tile_rows;
} norm_job;

static void norm_tile(void *context, int64_t tile, int32_t thread) {
    (void)thread;
    const norm_job *job = context;
    const int64_t first = tile * job->tile_rows, end = min_i64(first + job->tile_rows, job->rows);
    for (int64_t row = first; row < end; row++) {
        float *output = job->output + row * job->features;
        const float *made = nt_source_row(job->kernels, job->source, row, job->features, output);
        if (made != output) memcpy(output, made, (size_t)job->features * sizeof(float));
    }
}

void nt_normalize(nt_pool *pool, const nt_row_source *source, int64_t rows, int64_t features, float *output) {
    if (features == 0) return;
    norm_job job = {
        .kernels = nt_pool_kernels(pool),
        .source = source,
        .output = output,
        .rows = rows,
        .features = features,
        .tile_rows = max_i64(1, TILE_ELEMENTS / features),
    };
    nt_pool_lock(pool);
    nt_pool_run(pool, norm_tile, &job, ceil_div(rows, job.tile_rows));
    nt_pool_unlock(pool);
}
