// The rows of a source, one by one.
#pragma once

#include "threadpool.h"

// Adds a row's delta to the stream and normalises it. Returns what is to be read: `output` ([count], overwritten in any
// case where there is a delta or a norm), or the stream itself where there is no norm.
const float *nt_source_row(const nt_kernels *kernels, const nt_row_source *source, int64_t row, int64_t count,
                           float *output);
