// The thread pool: the caller and its workers take tiles from an atomic counter.
//
// A launch opens a generation. Workers that are awake enter it; late ones find it closed and wait again, so a launch
// never waits for a thread that has not begun. `gate` holds the generation and the number of workers inside.

#include "threadpool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Time for which an idle worker spins before it sleeps: longer than the gaps between the operations of a step.
enum { SPIN_NANOSECONDS = 50000, PAUSES_PER_CLOCK_READ = 32 };

#define GATE_OPEN ((uint64_t)1 << 31)
#define GATE_INSIDE (GATE_OPEN - 1)

typedef struct worker {
    pthread_t thread;
    nt_pool *pool;
    int32_t index;
} worker;

struct nt_pool {
    _Alignas(64) _Atomic uint64_t gate; // generation << 32 | open << 31 | workers inside
    _Alignas(64) _Atomic int64_t next_tile;
    _Alignas(64) nt_tile_function function;
    void *context;
    int64_t tiles;
    _Alignas(64) _Atomic int32_t sleepers;
    _Atomic bool stopping;
    pthread_mutex_t sleep_mutex;
    pthread_cond_t wake;
    pthread_mutex_t owner;
    const nt_kernels *kernels;
    int32_t thread_count;
    worker *workers; // [thread_count - 1]
    void *shared_scratch;
    size_t shared_bytes;
    void **thread_scratch; // [thread_count]
    size_t thread_bytes;
};

NT_INLINE void relax(void) {
#if defined(__x86_64__)
    _mm_pause();
#else
    sched_yield();
#endif
}

NT_INLINE int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

NT_INLINE uint32_t generation_of(uint64_t gate) { return (uint32_t)(gate >> 32); }

static void work(nt_pool *pool, int32_t thread) {
    for (;;) {
        const int64_t tile = atomic_fetch_add_explicit(&pool->next_tile, 1, memory_order_relaxed);
        if (tile >= pool->tiles) return;
        pool->function(pool->context, tile, thread);
    }
}

// Sleeps until the generation differs from `seen`.
static void sleep_after(nt_pool *pool, uint32_t seen) {
    pthread_mutex_lock(&pool->sleep_mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (generation_of(atomic_load(&pool->gate)) == seen && !atomic_load(&pool->stopping)) {
        pthread_cond_wait(&pool->wake, &pool->sleep_mutex);
    }
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->sleep_mutex);
}

// Waits until the generation differs from `seen`, first spinning, then asleep.
static void wait_after(nt_pool *pool, uint32_t seen) {
    const int64_t deadline = now() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < PAUSES_PER_CLOCK_READ; i++) {
            if (generation_of(atomic_load_explicit(&pool->gate, memory_order_relaxed)) != seen) return;
            relax();
        }
    } while (now() < deadline && !atomic_load_explicit(&pool->stopping, memory_order_relaxed));
    sleep_after(pool, seen);
}

// Enters the open generation, unless it is closed or was already entered.
static bool enter(nt_pool *pool, uint32_t *seen) {
    uint64_t gate = atomic_load(&pool->gate);
    while (generation_of(gate) != *seen && (gate & GATE_OPEN)) {
        if (atomic_compare_exchange_weak(&pool->gate, &gate, gate + 1)) {
            *seen = generation_of(gate);
            return true;
        }
    }
    *seen = generation_of(gate);
    return false;
}

static void *worker_main(void *argument) {
    worker *self = argument;
    nt_pool *pool = self->pool;
    uint32_t seen = 0;
    while (!atomic_load(&pool->stopping)) {
        wait_after(pool, seen);
        if (enter(pool, &seen)) {
            work(pool, self->index);
            atomic_fetch_sub(&pool->gate, 1);
        }
    }
    return NULL;
}

static void wake_sleepers(nt_pool *pool) {
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->sleep_mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->sleep_mutex);
}

void nt_pool_run(nt_pool *pool, nt_tile_function function, void *context, int64_t tiles) {
    if (tiles <= 1 || pool->thread_count == 1) {
        for (int64_t tile = 0; tile < tiles; tile++) function(context, tile, 0);
        return;
    }
    pool->function = function;
    pool->context = context;
    pool->tiles = tiles;
    atomic_store_explicit(&pool->next_tile, 0, memory_order_relaxed);
    const uint64_t generation = (uint64_t)generation_of(atomic_load(&pool->gate)) + 1;
    atomic_store(&pool->gate, generation << 32 | GATE_OPEN);
    wake_sleepers(pool);
    work(pool, 0);
    atomic_fetch_and(&pool->gate, ~GATE_OPEN);
    for (int64_t spins = 0; atomic_load(&pool->gate) & GATE_INSIDE; spins++) {
        // A worker inside has lost its processor, so yield this one.
        if (spins > 10000) sched_yield();
        relax();
    }
}

void nt_for_each_row(nt_pool *pool, int64_t count, nt_row_function function, void *context) {
    nt_pool_lock(pool);
    nt_pool_run(pool, function, context, count);
    nt_pool_unlock(pool);
}

void nt_pool_lock(nt_pool *pool) { pthread_mutex_lock(&pool->owner); }
void nt_pool_unlock(nt_pool *pool) { pthread_mutex_unlock(&pool->owner); }
const nt_kernels *nt_pool_kernels(const nt_pool *pool) { return pool->kernels; }
int32_t nt_pool_thread_count(const nt_pool *pool) { return pool->thread_count; }

static void *allocate(size_t bytes) {
    void *memory = NULL;
    if (posix_memalign(&memory, 64, bytes) != 0) abort();
    return memory;
}

void *nt_pool_shared_scratch(nt_pool *pool, size_t bytes) {
    if (bytes > pool->shared_bytes) {
        free(pool->shared_scratch);
        pool->shared_scratch = allocate(bytes);
        pool->shared_bytes = bytes;
    }
    return pool->shared_scratch;
}

void nt_pool_reserve_thread_scratch(nt_pool *pool, size_t bytes) {
    if (bytes <= pool->thread_bytes) return;
    for (int32_t i = 0; i < pool->thread_count; i++) {
        free(pool->thread_scratch[i]);
        pool->thread_scratch[i] = allocate(bytes);
    }
    pool->thread_bytes = bytes;
}

void *nt_pool_thread_scratch(const nt_pool *pool, int32_t thread) { return pool->thread_scratch[thread]; }

nt_pool *nt_pool_create(int32_t thread_count, nt_isa isa) {
    nt_pool *pool = allocate(sizeof *pool);
    memset(pool, 0, sizeof *pool);
    pool->kernels = nt_kernels_for(isa);
    pthread_mutex_init(&pool->owner, NULL);
    pthread_mutex_init(&pool->sleep_mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    if (thread_count < 1) thread_count = 1;
    pool->workers = allocate(sizeof(worker) * (size_t)thread_count);
    pool->thread_scratch = allocate(sizeof(void *) * (size_t)thread_count);
    memset(pool->thread_scratch, 0, sizeof(void *) * (size_t)thread_count);
    int32_t started = 1;
    while (started < thread_count) {
        worker *next = &pool->workers[started - 1];
        *next = (worker){.pool = pool, .index = started};
        if (pthread_create(&next->thread, NULL, worker_main, next) != 0) break;
        started++;
    }
    pool->thread_count = started;
    return pool;
}

void nt_pool_destroy(nt_pool *pool) {
    atomic_store(&pool->stopping, true);
    pthread_mutex_lock(&pool->sleep_mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->sleep_mutex);
    for (int32_t i = 0; i + 1 < pool->thread_count; i++) pthread_join(pool->workers[i].thread, NULL);
    for (int32_t i = 0; i < pool->thread_count; i++) free(pool->thread_scratch[i]);
    free(pool->shared_scratch);
    free(pool->thread_scratch);
    free(pool->workers);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->sleep_mutex);
    pthread_mutex_destroy(&pool->owner);
    free(pool);
}
