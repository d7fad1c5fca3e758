// The inputs of a linear layer in the forms that its weights require.
#pragma once

#include "threadpool.h"

typedef enum input_form { INPUT_FLOATS, INPUT_PAIRS, INPUT_GROUPS } input_form;
enum { INPUT_FORMS = 3 };

typedef struct linear_inputs {
    const nt_kernels *kernels;
    const nt_linear_call *call;
    nt_dtype activation;
    int64_t block_rows; // rows per block of groups and pairs
    int64_t blocks;
    bool needs[INPUT_FORMS];
    bool is_direct; // the source's rows serve as they are
    // Only the forms that are needed; the others are NULL.
    const float *floats;    // [rows][inputs], rounded
    uint32_t *pairs;        // [row blocks][inputs / 2 rounded up][block_rows], bfloat16; missing rows are zero
    nt_input_group *groups; // [row blocks][inputs / 32][block_rows]; missing rows are zero
} linear_inputs;

// Returns the form of inputs that weights of a layout are multiplied with.
input_form nt_form_for(const linear_inputs *inputs, nt_packing packing);

// Decides forms and blocks; returns the bytes that the forms need, a multiple of 64.
size_t nt_plan_inputs(linear_inputs *inputs);

// Places the forms in memory of the planned size.
void nt_place_inputs(linear_inputs *inputs, uint8_t *memory);

// Floats of scratch per thread for preparing a block.
int64_t nt_input_scratch_floats(const linear_inputs *inputs);

// Writes one block of rows in all forms.
void nt_prepare_inputs(const linear_inputs *inputs, int64_t block, float *scratch);
