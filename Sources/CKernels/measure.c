// The machine's limits, measured with the simplest possible loops.

#include "threadpool.h"

#include <time.h>

enum { ROUNDS = 5, FLOP_STEPS = 1 << 16, READ_TILE = 1 << 20 };

double nt_scalar_multiply_add(int64_t steps) {
    float lanes[8] = {0};
    for (int64_t i = 0; i < steps; i++) {
        for (int lane = 0; lane < 8; lane++) lanes[lane] = __builtin_fmaf(lanes[lane], 0.5f, 1.0f);
        __asm__ volatile("" : : "r"(lanes) : "memory");
    }
    return (double)steps * 8 * 2;
}

void nt_scalar_read_bytes(const uint8_t *bytes, int64_t count) {
    uint64_t sum = 0, word;
    for (int64_t i = 0; i + 8 <= count; i += 8) {
        memcpy(&word, bytes + i, sizeof word);
        sum ^= word;
    }
    __asm__ volatile("" : : "r"(sum));
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

typedef struct measure_job {
    const nt_kernels *kernels;
    const uint8_t *bytes;
    size_t count;
    double (*multiply_add)(int64_t steps);
} measure_job;

static void flop_tile(void *context, int64_t tile, int32_t thread) {
    (void)tile, (void)thread;
    ((const measure_job *)context)->multiply_add(FLOP_STEPS);
}

static void read_tile(void *context, int64_t tile, int32_t thread) {
    (void)thread;
    const measure_job *job = context;
    const size_t first = (size_t)tile * READ_TILE;
    job->kernels->read_bytes(job->bytes + first, READ_TILE);
}

double nt_measure_peak(nt_pool *pool, nt_dtype dtype) {
    measure_job job = {.kernels = nt_pool_kernels(pool)};
    job.multiply_add = dtype == NT_Q8_0   ? job.kernels->multiply_add_bytes
                       : dtype == NT_BF16 ? job.kernels->multiply_add_pairs
                                          : job.kernels->multiply_add;
    if (job.multiply_add == NULL) return 0;
    const int64_t tiles = 8 * nt_pool_thread_count(pool);
    const double operations = job.multiply_add(FLOP_STEPS);
    double best = 0;
    nt_pool_lock(pool);
    for (int i = 0; i < ROUNDS; i++) {
        const double start = seconds();
        nt_pool_run(pool, flop_tile, &job, tiles);
        const double rate = (double)tiles * operations / (seconds() - start);
        best = rate > best ? rate : best;
    }
    nt_pool_unlock(pool);
    return best;
}

double nt_measure_read_bandwidth(nt_pool *pool, const void *bytes, size_t count) {
    measure_job job = {.kernels = nt_pool_kernels(pool), .bytes = bytes, .count = count};
    const int64_t tiles = (int64_t)(count / READ_TILE);
    double best = 0;
    nt_pool_lock(pool);
    for (int i = 0; i < ROUNDS; i++) {
        const double start = seconds();
        nt_pool_run(pool, read_tile, &job, tiles);
        const double rate = (double)tiles * READ_TILE / (seconds() - start);
        best = rate > best ? rate : best;
    }
    nt_pool_unlock(pool);
    return best;
}
