// RMS norm, with the addition of a residual before it.

#include "threadpool.h"

void nt_scalar_rms_norm_row(const float *delta, float *residual, int64_t count, const float *weight, float epsilon,
                            float *output) {
    float lanes[16] = {0};
    for (int64_t i = 0; i < count; i++) {
        if (delta != NULL) residual[i] += delta[i];
        lanes[i % 16] = __builtin_fmaf(residual[i], residual[i], lanes[i % 16]);
    }
    const float inverse = 1.0f / __builtin_sqrtf(sum_tree(lanes) / (float)count + epsilon);
    for (int64_t i = 0; i < count; i++) output[i] = residual[i] * inverse * weight[i];
}

// MARK: Driver

// Rows are handed out in runs of about this many elements.
enum { TILE_ELEMENTS = 8192 };

typedef struct norm_job {
    const nt_kernels *kernels;
    const float *delta;
    float *residual;
    const float *weight;
    float *output;
    int64_t rows, features, tile_rows;
    float epsilon;
} norm_job;

static void norm_tile(void *context, int64_t tile, int32_t thread) {
    (void)thread;
    const norm_job *job = context;
    const int64_t first = tile * job->tile_rows, end = min_i64(first + job->tile_rows, job->rows);
    for (int64_t at = first * job->features; at < end * job->features; at += job->features) {
        job->kernels->rms_norm_row(job->delta != NULL ? job->delta + at : NULL, job->residual + at, job->features,
                                   job->weight, job->epsilon, job->output + at);
    }
}

void nt_rms_norm(nt_pool *pool, const float *delta, float *residual, int64_t rows, int64_t features,
                 const float *weight, float epsilon, float *output) {
    if (features == 0) return;
    norm_job job = {
        .kernels = nt_pool_kernels(pool),
        .delta = delta,
        .residual = residual,
        .weight = weight,
        .output = output,
        .rows = rows,
        .features = features,
        .tile_rows = max_i64(1, TILE_ELEMENTS / features),
        .epsilon = epsilon,
    };
    nt_pool_lock(pool);
    nt_pool_run(pool, norm_tile, &job, ceil_div(rows, job.tile_rows));
    nt_pool_unlock(pool);
}
