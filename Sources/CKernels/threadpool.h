// The pool as the kernels use it. Work is a number of tiles; which thread takes a tile is free.
#pragma once

#include "kernels/kernels.h"

typedef void (*nt_tile_function)(void *context, int64_t tile, int32_t thread);

// Between lock and unlock the caller alone launches work and uses the scratch memory.
void nt_pool_lock(nt_pool *pool);
void nt_pool_unlock(nt_pool *pool);

// Runs `function` for tiles 0..<tiles and returns when all are done; the caller works too. Every write of the caller
// before the call is visible to the tiles, and theirs to the caller after it.
void nt_pool_run(nt_pool *pool, nt_tile_function function, void *context, int64_t tiles);

const nt_kernels *nt_pool_kernels(const nt_pool *pool);

// Memory shared by all tiles of a call, and memory of each thread, aligned to 64 bytes, at least this large. Contents
// are undefined; growing one keeps nothing. Call before nt_pool_run, never inside a tile.
void *nt_pool_shared_scratch(nt_pool *pool, size_t bytes);
void nt_pool_reserve_thread_scratch(nt_pool *pool, size_t bytes);
// The memory of thread `thread`; inside a tile.
void *nt_pool_thread_scratch(const nt_pool *pool, int32_t thread);
