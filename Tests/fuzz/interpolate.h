/* Decodes what interpolate, its backward and plans are asked for. */
#ifndef INTERPOLATE_H
#define INTERPOLATE_H

#include "fuzz.h"

typedef struct {
  int32_t rank;
  rsmp_dtype dtype;
  int64_t shape[SHAPE_ROOM];
  rsmp_interpolate_options options; /* as decoded: what is passed may be shorter, longer or NULL */
  int64_t whole[SHAPE_ROOM];        /* the output's shape without a region, once it has been asked for */
} interpolation;

static inline void take_interpolation(interpolation *call, bool is_backward) {
  memset(call, 0, sizeof *call);
  rsmp_interpolate_options *options = &call->options;
  options->mode = take_choice(RSMP_MODE_COUNT - 1);
  int choice = take();
  int axes = options->mode == RSMP_MODE_LINEAR ? 1 : options->mode == RSMP_MODE_TRILINEAR ? 3 : 2;
  bool has_any_rank = options->mode <= RSMP_MODE_NEAREST_EXACT || options->mode >= RSMP_MODE_AREA;
  if (has_any_rank && choice & 3) axes = choice & 3;
  call->rank = choice < 0xf8 ? axes + 2 : choice < 0xfe ? below(11) - 1 : hostile_int();
  call->dtype = take_dtype(is_backward ? FLOATING_DTYPES : DTYPES);

  int flags = take();
  bool needs_antialias = options->mode >= RSMP_MODE_LANCZOS && options->mode < RSMP_MODE_COUNT;
  bool is_flagged = flags & 0x80 || needs_antialias;
  bool takes_corners = options->mode >= RSMP_MODE_LINEAR && options->mode <= RSMP_MODE_BICUBIC;
  if (takes_corners) options->align_corners = flags % 3;
  options->antialias = needs_antialias || (takes_corners && flags >> 2 & 1);
  if (is_flagged && rarely()) options->align_corners = take_choice(2);
  if (is_flagged && rarely()) options->antialias = take_choice(1);
  bool has_factor = flags >> 3 & 1;
  options->recompute_scale_factor = has_factor && flags >> 4 & 1;
  if (is_flagged && rarely()) options->recompute_scale_factor = take_choice(1);
  if (flags >> 5 & 1) options->clamp = take_choice(3);
  options->size_count = has_factor ? 0 : axes;
  options->scale_factor_count = has_factor ? axes : 0;
  if (is_flagged && rarely()) options->size_count = take_choice(4);
  if (is_flagged && rarely()) options->scale_factor_count = take_choice(4);
  if (options->clamp != 0) {
    options->clamp_low = take_number();
    options->clamp_high = take_number();
  }

  int lengths = take(); /* how long axes are */
  for (int axis = 0; axis < SHAPE_ROOM && axis < call->rank; axis++) {
    call->shape[axis] = take_count(axis < 2 ? 1 : 1 + (lengths & 1) * 16);
    if (axis == 1 && lengths & 2) call->shape[axis] = 17 + take() % 32;
    if (axis == 1 && lengths & 4) call->shape[axis] = 3 + (lengths >> 5 & 1);
  }
  for (int index = 0; index < RSMP_MAX_SPATIAL_AXES; index++) {
    if (has_factor) {
      int factor = take();
      double length = index + 2 < SHAPE_ROOM ? (double)call->shape[index + 2] : 1;
      /* Quarters; a ratio of lengths; a double near enough to one for its last bit to matter; any number. */
      options->scale_factor[index] = factor < 0x80   ? (1 + factor % 32) / 4.0
                                     : factor < 0xc0 ? (1 + take() % 64) / (length == 0 ? 1 : length)
                                     : factor < 0xe0 ? 1 + (factor - 0xd0) * 0x1p-52
                                     : factor < 0xf0 ? (1 + take()) / (double)(1 + take())
                                                     : take_number();
    }
    options->size[index] = has_factor && !rarely() ? 0 : take_count(1 + (lengths >> 3 & 1) * 16);
  }
  if (lengths >> 4 & 1) { /* the same length along the last axis */
    if (call->rank >= 3 && call->rank <= 5) options->size[call->rank - 3] = call->shape[call->rank - 1];
  }
  int region = take();
  for (int index = 0; index < RSMP_MAX_SPATIAL_AXES; index++) {
    if (!(region >> (5 + index) & 1)) continue;
    options->region_start[index] = region & 16 ? take() % 8 : take_count(4);
    uint64_t length = region & 16 ? 1 + (uint64_t)take() % 8 : (uint64_t)take_count(4);
    options->region_stop[index] = region & 8 ? 0 : (int64_t)((uint64_t)options->region_start[index] + length);
  }
  take_options(options, sizeof *options, offsetof(rsmp_interpolate_options, region_start));
}

static const interpolation *shaped_call;
static inline rsmp_status call_interpolate_shape(rsmp_error *error) {
  return rsmp_interpolate_shape(shaped_call->rank, shape_arguments[0], shaped_call->dtype, (void *)options_passed,
                                shape_result, error);
}

static inline rsmp_status interpolation_shape(interpolation *call, int64_t *output_shape) {
  shaped_call = call;
  rsmp_status status = ask_for_shape(call_interpolate_shape, call->rank, call->shape, NULL, output_shape);
  if (status == RSMP_OK) {
    HOLDS(options_are_whole, "options are accepted that are not there");
    HOLDS(output_shape[0] == call->shape[0] && output_shape[1] == call->shape[1], "other images or channels");
    rsmp_interpolate_options all = call->options;
    all.struct_size = sizeof all;
    memset(all.region_start, 0, sizeof all.region_start);
    memset(all.region_stop, 0, sizeof all.region_stop);
    HOLDS(rsmp_interpolate_shape(call->rank, call->shape, call->dtype, &all, call->whole, NULL) == RSMP_OK, "no whole");
    for (int axis = 2; axis < call->rank; axis++) {
      HOLDS(output_shape[axis] <= call->whole[axis] && output_shape[axis] >= (call->whole[axis] > 0), "axis %d: %lld of %lld",
            axis, (long long)output_shape[axis], (long long)call->whole[axis]);
    }
  }
  return status;
}

/* The products of a call, about: as many as the taps of the longer of two axes, times the length of the shorter. */
static inline int64_t interpolation_work(const interpolation *call, const int64_t *output_shape) {
  int64_t work = 4;
  for (int axis = 0; axis < call->rank && axis < 5; axis++) {
    work = product(work, call->shape[axis] > output_shape[axis] ? call->shape[axis] : output_shape[axis]);
  }
  return work;
}

/* Whether tables for these lengths, and what they need to know of the whole axes, are made soon, or are soon found to be larger than ALLOCATION_LIMIT. */
static inline bool length_is_affordable(int64_t length) { return length <= 1 << 14 || length >= 1 << 23; }

static inline bool table_is_affordable(const interpolation *call, const int64_t *output_shape) {
  for (int axis = 2; axis < call->rank && axis < 5; axis++) {
    if (!length_is_affordable(call->shape[axis]) || !length_is_affordable(output_shape[axis])) return false;
    bool is_part = output_shape[axis] < call->whole[axis];
    if (is_part && call->whole[axis] > 1 << 14) return false;
  }
  return true;
}

#endif
