// The pool's interface for kernels. Work is a number of tiles, and any thread may take any tile.
#pragma once

#include "kernels/kernels.h"

typedef void (*nt_tile_function)(void *context, int64_t tile, int32_t thread);

// Between lock and unlock, only the caller launches work and uses the scratch memory.
void nt_pool_lock(nt_pool *pool);
void nt_pool_unlock(nt_pool *pool);

// Runs `function` for tiles 0..<tiles and returns when all are done; the calling thread works too. Writes of the caller
// before the call are visible to the tiles, and theirs to the caller after it.
void nt_pool_run(nt_pool *pool, nt_tile_function function, void *context, int64_t tiles);

const nt_kernels *nt_pool_kernels(const nt_pool *pool);

// Memory shared by all tiles of a call, and memory per thread, of at least `bytes` and aligned to 64 bytes. Contents
// are undefined and lost on growth. Call these before nt_pool_run, never inside a tile.
void *nt_pool_shared_scratch(nt_pool *pool, size_t bytes);
void nt_pool_reserve_thread_scratch(nt_pool *pool, size_t bytes);
// The memory of thread `thread`; call it inside a tile.
void *nt_pool_thread_scratch(const nt_pool *pool, int32_t thread);
