// Reductions over rows of logits. A NaN is never the largest element, is never counted, and has no weight.

#include "scalar_math.h"
#include "threadpool.h"

float nt_scalar_row_maximum(const float *row, int64_t count) {
    float maximum = -INFINITY;
    for (int64_t i = 0; i < count; i++) maximum = row[i] > maximum ? row[i] : maximum;
    return maximum;
}

int64_t nt_scalar_find_at_least(const float *row, int64_t begin, int64_t end, float value, bool strictly) {
    for (int64_t i = begin; i < end; i++) {
        if (strictly ? row[i] > value : row[i] >= value) return i;
    }
    return end;
}

int64_t nt_scalar_count_at_least(const float *row, int64_t count, float value) {
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) found += row[i] >= value;
    return found;
}

float nt_scalar_exp_block(const float *row, int64_t count, float maximum, float factor, float threshold,
                          float *output) {
    float lanes[16] = {0};
    for (int64_t i = 0; i < count; i++) {
        const float x = row[i];
        const float term = x >= threshold ? scalar_exp((x - maximum) * factor) : 0;
        lanes[i % 16] += term;
        if (output != NULL) output[i] = term;
    }
    return sum_tree(lanes);
}

float nt_scalar_sum_block(const float *row, int64_t count) {
    float lanes[16] = {0};
    for (int64_t i = 0; i < count; i++) lanes[i % 16] += row[i];
    return sum_tree(lanes);
}

// MARK: Driver

// Adds block sums to a double in order: the only order in which a row is summed.
static double exp_sum(const nt_kernels *kernels, const float *row, int64_t count, float maximum, float factor,
                      float threshold, float *output) {
    double sum = 0;
    for (int64_t first = 0; first < count; first += NT_SUM_BLOCK) {
        sum += (double)kernels->exp_block(row + first, min_i64(NT_SUM_BLOCK, count - first), maximum, factor, threshold,
                                          output != NULL ? output + first : NULL);
    }
    return sum;
}

static int32_t argmax_of(const nt_kernels *kernels, const float *row, int64_t count, float *maximum) {
    *maximum = kernels->row_maximum(row, count);
    const int64_t index = kernels->find_at_least(row, 0, count, *maximum, false);
    return index < count ? (int32_t)index : 0;
}

int32_t nt_argmax(nt_pool *pool, const float *row, int64_t count, float *maximum) {
    return argmax_of(nt_pool_kernels(pool), row, count, maximum);
}

typedef struct statistics_job {
    const nt_kernels *kernels;
    const float *logits;
    int64_t count;
    nt_row_statistics *output;
} statistics_job;

// Computed once per row, so the C library's logarithm is used.
static void statistics_tile(void *context, int64_t index, int32_t thread) {
    (void)thread;
    const statistics_job *job = context;
    const float *row = job->logits + index * job->count;
    float maximum;
    const int32_t argmax = argmax_of(job->kernels, row, job->count, &maximum);
    float log_sum = maximum;
    if (isfinite(maximum)) {
        const double sum = exp_sum(job->kernels, row, job->count, maximum, 1, -INFINITY, NULL);
        log_sum = (float)((double)maximum + log(sum));
    }
    job->output[index] = (nt_row_statistics){argmax, maximum, log_sum};
}

void nt_row_statistics_of(nt_pool *pool, const float *logits, int64_t rows, int64_t count, nt_row_statistics *output) {
    statistics_job job = {nt_pool_kernels(pool), logits, count, output};
    // A single row uses no other thread, because this may be called inside nt_for_each_row.
    if (rows == 1) {
        statistics_tile(&job, 0, 0);
        return;
    }
    nt_pool_lock(pool);
    nt_pool_run(pool, statistics_tile, &job, rows);
    nt_pool_unlock(pool);
}

int64_t nt_count_at_least(nt_pool *pool, const float *row, int64_t count, float value) {
    return nt_pool_kernels(pool)->count_at_least(row, count, value);
}

double nt_exponentiate(nt_pool *pool, float *row, int64_t count, float maximum, float inverse_temperature,
                       float threshold) {
    return exp_sum(nt_pool_kernels(pool), row, count, maximum, inverse_temperature, threshold, row);
}

int64_t nt_pick_weighted(nt_pool *pool, const float *weights, int64_t count, double target) {
    const nt_kernels *kernels = nt_pool_kernels(pool);
    double sum = 0;
    for (int64_t first = 0; first < count; first += NT_SUM_BLOCK) {
        const int64_t end = min_i64(first + NT_SUM_BLOCK, count);
        const double after = sum + (double)kernels->sum_block(weights + first, end - first);
        int64_t last = -1;
        for (int64_t i = first; i < end && after > target; i++) {
            if (!(weights[i] > 0)) continue;
            last = i;
            sum += (double)weights[i];
            if (sum > target) return i;
        }
        // The block's sum passed the target, but its elements, added one by one, did not.
        if (last >= 0) return last;
        sum = after;
    }
    for (int64_t i = count - 1; i > 0; i--) {
        if (weights[i] > 0) return i;
    }
    return 0;
}
