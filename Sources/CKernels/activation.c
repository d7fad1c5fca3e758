// Gated activations: silu(gate) * up.

#include "scalar_math.h"
#include "threadpool.h"

void nt_scalar_silu_multiply_row(const float *gate, const float *up, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i++) output[i] = scalar_silu(gate[i]) * up[i];
}

// MARK: Driver

enum { TILE_ELEMENTS = 2048 };

typedef struct silu_job {
    const nt_kernels *kernels;
    const float *gate_up;
    float *output;
    int64_t features, row_tiles;
} silu_job;

static void silu_tile(void *context, int64_t tile, int32_t thread) {
    (void)thread;
    const silu_job *job = context;
    const int64_t row = tile / job->row_tiles, first = tile % job->row_tiles * TILE_ELEMENTS;
    const float *gate = job->gate_up + row * 2 * job->features + first;
    job->kernels->silu_multiply_row(gate, gate + job->features, min_i64(TILE_ELEMENTS, job->features - first),
                                    job->output + row * job->features + first);
}

void nt_silu_multiply(nt_pool *pool, const float *gate_up, int64_t rows, int64_t features, float *output) {
    if (features == 0) return;
    silu_job job = {nt_pool_kernels(pool), gate_up, output, features, ceil_div(features, TILE_ELEMENTS)};
    nt_pool_lock(pool);
    nt_pool_run(pool, silu_tile, &job, rows * job.row_tiles);
    nt_pool_unlock(pool);
}
