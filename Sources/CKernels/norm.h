// Reading a source row by row.
#pragma once

#include "threadpool.h"

// Adds a row's delta to the stream and normalises the row. Returns the row to read: `output` ([count], overwritten if
// there is a delta or a norm), or the stream itself without a norm.
const float *nt_source_row(const nt_kernels *kernels, const nt_row_source *source, int64_t row, int64_t count,
                           float *output);
