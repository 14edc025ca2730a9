/* Calls of the operators other than interpolate, and numbers to try them on. */
#ifndef OPERATORS_H
#define OPERATORS_H

#include "arrays.h"

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

static inline uint32_t next(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

/* From -1 to 1, all bits of the larger floats used; of the halves, what they have exactly. */
static inline double next_number(const kind *kind, uint32_t *state) {
  uint32_t high = next(state), low = next(state);
  if (kind == &kinds[FLOAT32]) return high * 0x1p-23 - 1;
  if (kind == &kinds[FLOAT64]) return (high + low * 0x1p-24) * 0x1p-23 - 1;
  return (int)(high >> 16) / 128.0 - 1;
}

static inline array *random_array(const kind *kind, int rank, const int64_t *shape, uint32_t seed) {
  array *array = new_array(kind, rank, shape, CONTIGUOUS);
  uint32_t state = seed * 2654435761u + 1;
  for (int64_t number = 0; number < array->count; number++) {
    if (kind->dtype.code == RSMP_FLOAT || kind->dtype.code == RSMP_BFLOAT) {
      put(kind, next_number(kind, &state), element(array, number));
      continue;
    }
    /* Any bits, of integers of 64 bits all of them: sums and products shall wrap. */
    for (size_t byte = 0; byte < sample_size(kind); byte++) {
      element(array, number)[byte] = (unsigned char)(next(&state) >> 12);
    }
    if (kind == &kinds[BOOL]) *element(array, number) &= 1;
  }
  return array;
}

static inline double number(const array *array, int64_t number) { return get(array->kind, element(array, number)); }

static inline array *copy_of(const array *from, int memory_format) {
  array *to = new_array(from->kind, from->tensor.ndim, from->shape, memory_format);
  copy_elements(from, to);
  return to;
}

/* What rounding a result, and adding it up, may cost: relative to the sum of the magnitudes of what is added up. */
static inline double sum_tolerance(const kind *kind) {
  switch (kind - kinds) {
    case FLOAT32: return 2e-6;
    case FLOAT64: return 1e-13;
    case FLOAT16: return 0x1p-11 + 2e-6;
    default: return 0x1p-8 + 2e-6;
  }
}

/* Depth, height and width; an axis that the array does not have is of length 1. */
static inline void spatial_lengths(const array *array, int64_t lengths[3]) {
  lengths[0] = lengths[1] = lengths[2] = 1;
  for (int axis = 2; axis < array->tensor.ndim; axis++) lengths[3 + axis - array->tensor.ndim] = array->shape[axis];
}

/* ---- Transposed convolution -------------------------------------------------------------------------------------- */

typedef struct {
  int rank;
  int64_t images, channels, lengths[3]; /* of the input */
  int64_t outputs, kernel[3];           /* of the weight: channels of the output in each group */
  int64_t groups, stride[3], padding[3], output_padding[3], dilation[3];
  bool has_bias;
} convolution;

static const convolution convolutions[] = {
    {3, 1, 1, {1}, 1, {1}, 1, {1}, {0}, {0}, {1}, false},
    {3, 2, 3, {7}, 2, {3}, 1, {1}, {0}, {0}, {1}, true},
    {3, 1, 2, {40}, 3, {5}, 1, {3}, {2}, {1}, {2}, true},
    {3, 1, 4, {6}, 1, {2}, 4, {5}, {0}, {4}, {1}, true},          /* depthwise, with holes that only the bias fills */
    {3, 1, 2, {6}, 2, {4}, 1, {2}, {4}, {0}, {1}, false},         /* padding beyond the kernel */
    {3, 1, 1, {5}, 1, {2}, 1, {1}, {0}, {2}, {3}, true},          /* output_padding below dilation alone */
    {4, 2, 3, {5, 6}, 4, {3, 3}, 1, {2, 2}, {1, 1}, {1, 1}, {1, 1}, true},
    {4, 1, 4, {4, 33}, 2, {4, 4}, 2, {2, 2}, {1, 1}, {0, 0}, {1, 1}, true},
    {4, 1, 17, {3, 5}, 19, {2, 2}, 1, {2, 2}, {0, 0}, {0, 0}, {1, 1}, false},
    {4, 1, 6, {3, 4}, 3, {2, 3}, 3, {1, 3}, {1, 0}, {0, 2}, {2, 1}, true},
    {4, 2, 2, {1, 9}, 2, {1, 5}, 1, {4, 1}, {0, 2}, {3, 0}, {1, 3}, true},
    {4, 1, 3, {70, 2}, 1, {3, 2}, 1, {1, 2}, {2, 1}, {0, 1}, {1, 2}, false},
    {4, 1, 40, {2, 3}, 33, {3, 3}, 1, {1, 1}, {1, 1}, {0, 0}, {1, 1}, true},
    {5, 1, 2, {3, 4, 5}, 3, {2, 3, 2}, 1, {2, 1, 3}, {1, 0, 1}, {1, 0, 2}, {1, 2, 1}, true},
    {5, 2, 4, {2, 3, 18}, 2, {3, 3, 3}, 2, {2, 2, 2}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, false},
};
enum { CONVOLUTIONS = sizeof convolutions / sizeof convolutions[0] };

static inline void convolution_lengths(const convolution *call, int64_t *lengths) {
  for (int axis = 0; axis < call->rank - 2; axis++) {
    lengths[axis] = (call->lengths[axis] - 1) * call->stride[axis] - 2 * call->padding[axis] +
                    call->dilation[axis] * (call->kernel[axis] - 1) + call->output_padding[axis] + 1;
  }
}

/* The input sample that output sample `output` reads with weight `k`, or -1. */
static inline int64_t convolution_source(const convolution *call, int axis, int64_t output, int64_t k) {
  int64_t reached = output + call->padding[axis] - k * call->dilation[axis];
  if (reached < 0 || reached % call->stride[axis] != 0) return -1;
  return reached / call->stride[axis] < call->lengths[axis] ? reached / call->stride[axis] : -1;
}

/* With depth, height and width; those that are missing come before the others. */
static inline convolution as_volume(const convolution *call) {
  convolution volume = *call;
  for (int axis = 0; axis < 3; axis++) {
    int own = axis - (5 - call->rank);
    volume.lengths[axis] = own < 0 ? 1 : call->lengths[own];
    volume.kernel[axis] = own < 0 ? 1 : call->kernel[own];
    volume.stride[axis] = own < 0 ? 1 : call->stride[own];
    volume.padding[axis] = own < 0 ? 0 : call->padding[own];
    volume.dilation[axis] = own < 0 ? 1 : call->dilation[own];
  }
  return volume;
}

/* Options that state everything, or only what is not PyTorch's default. */
static inline rsmp_conv_transpose_options convolution_options(const convolution *call, bool states_everything) {
  rsmp_conv_transpose_options options = {.struct_size = sizeof options};
  int axes = call->rank - 2;
  bool has_stride = states_everything, has_padding = states_everything, has_dilation = states_everything;
  bool has_output_padding = states_everything;
  for (int axis = 0; axis < axes; axis++) {
    if (call->stride[axis] != 1) has_stride = true;
    if (call->padding[axis] != 0) has_padding = true;
    if (call->output_padding[axis] != 0) has_output_padding = true;
    if (call->dilation[axis] != 1) has_dilation = true;
  }
  options.groups = states_everything || call->groups > 1 ? call->groups : 0;
  if (has_stride) options.stride_count = axes, memcpy(options.stride, call->stride, sizeof options.stride);
  if (has_padding) options.padding_count = axes, memcpy(options.padding, call->padding, sizeof options.padding);
  if (has_output_padding) {
    options.output_padding_count = axes;
    memcpy(options.output_padding, call->output_padding, sizeof options.output_padding);
  }
  if (has_dilation) options.dilation_count = axes, memcpy(options.dilation, call->dilation, sizeof options.dilation);
  return options;
}

/* For messages. */
static inline void name_convolution(const convolution *call, char *name, size_t size) {
  snprintf(name, size,
           "conv_transpose (%d, %d, %d, %d, %d) * (%d, %d, %d), groups %d of %d, stride (%d, %d, %d), "
           "padding (%d, %d, %d) + (%d, %d, %d), dilation (%d, %d, %d)",
           (int)call->images, (int)call->channels, (int)call->lengths[0], (int)call->lengths[1], (int)call->lengths[2],
           (int)call->kernel[0], (int)call->kernel[1], (int)call->kernel[2], (int)call->groups, (int)call->outputs,
           (int)call->stride[0], (int)call->stride[1], (int)call->stride[2], (int)call->padding[0], (int)call->padding[1],
           (int)call->padding[2], (int)call->output_padding[0], (int)call->output_padding[1],
           (int)call->output_padding[2], (int)call->dilation[0], (int)call->dilation[1], (int)call->dilation[2]);
}

/* A small call of any sort. */
static inline convolution random_convolution(uint32_t *state) {
  convolution call = {.rank = 3 + (int)(next(state) % 3),
                      .images = 1 + next(state) % 2,
                      .groups = 1 + next(state) % 3,
                      .outputs = 1 + next(state) % 5,
                      .has_bias = next(state) % 2};
  call.channels = call.groups * (1 + next(state) % 4);
  int64_t longest = call.rank == 5 ? 4 : call.rank == 4 ? 8 : 40, lengths[3];
  for (int axis = 0; axis < call.rank - 2; axis++) {
    call.lengths[axis] = 1 + next(state) % longest;
    call.kernel[axis] = 1 + next(state) % 4;
    call.stride[axis] = 1 + next(state) % 4;
    call.dilation[axis] = 1 + next(state) % 3;
    int64_t larger = call.stride[axis] > call.dilation[axis] ? call.stride[axis] : call.dilation[axis];
    call.output_padding[axis] = next(state) % larger;
    convolution_lengths(&call, lengths);
    call.padding[axis] = next(state) % ((lengths[axis] + 1) / 2);
  }
  return call;
}

/* ---- Grid sampling ----------------------------------------------------------------------------------------------- */

static const char *const sample_modes[] = {"bilinear", "nearest", "bicubic"};
static const char *const padding_modes[] = {"zeros", "border", "reflection"};

/* A number in the type that coordinates are computed in; an operation in float64 and this round once, as float32 does. */
static inline double in_type(const kind *kind, double value) { return kind == &kinds[FLOAT64] ? value : (float)value; }

/* Shapes of inputs, and the spatial lengths of their outputs. */
static const struct {
  int rank;
  int64_t input[5], output[3];
} samplings[] = {
    {4, {2, 3, 5, 7}, {4, 9}},
    {4, {1, 2, 1, 1}, {2, 3}},
    {4, {1, 1, 6, 40}, {2, 37}},
    {4, {1, 19, 4, 5}, {6, 11}}, /* many channels and points: read as pixels */
    {5, {2, 2, 3, 4, 5}, {2, 3, 4}},
    {5, {1, 1, 1, 2, 9}, {1, 2, 20}},
    {5, {1, 18, 2, 3, 3}, {2, 3, 4}},
};
enum { SAMPLINGS = sizeof samplings / sizeof samplings[0] };
static const int sampling_kinds[] = {FLOAT32, FLOAT64, FLOAT16, BFLOAT16};

/* Points from -1.75 to 1.75, and first of all edges, centres and what is half-way between them. */
static inline array *random_grid(const kind *kind, int rank, const int64_t *shape, uint32_t seed) {
  array *grid = random_array(kind, rank, shape, seed);
  static const double special[] = {-1, 1, 0, 1, 1, -1, -1.5, 1.5, 0.5, -0.5, 0.75, -0.25, 1.25, -1.25, -0.75, 0.25};
  for (int64_t place = 0; place < grid->count; place++) {
    double value = place < 16 ? special[place] : in_type(kind, number(grid, place) * 1.75);
    put(kind, kind->dtype.bits == 16 ? floor(value * 64) / 64 : value, element(grid, place));
  }
  return grid;
}

/* ---- CARAFE ------------------------------------------------------------------------------------------------------ */

static const struct {
  int64_t features[4], kernel_size, group_size, scale;
} reassemblies[] = {
    {{1, 1, 1, 1}, 1, 1, 1},   {{2, 3, 4, 5}, 3, 1, 2},   {{1, 4, 5, 6}, 5, 2, 2},  {{1, 6, 3, 4}, 3, 6, 3},
    {{2, 2, 2, 3}, 5, 1, 1},   {{1, 2, 2, 2}, 7, 1, 4},   {{1, 2, 3, 35}, 3, 1, 2}, {{1, 19, 3, 3}, 3, 1, 2},
    {{1, 2, 1, 20}, 5, 2, 5},  {{1, 3, 9, 1}, 1, 3, 2},
};
enum { REASSEMBLIES = sizeof reassemblies / sizeof reassemblies[0] };

#endif
