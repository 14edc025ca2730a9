/* Checks of an axis' description and taps, for axes of plans and those of their own. */
#ifndef TAPS_H
#define TAPS_H

#include "interpolate.h"

static const rsmp_axis *described_axis;
static rsmp_axis_info *described_info;
static double *axis_coordinates, *axis_weights;
static int64_t *axis_indices;

static inline rsmp_status describe(rsmp_error *error) {
  return rsmp_axis_describe(described_axis, described_info, error);
}

static inline rsmp_status copy_taps(rsmp_error *error) {
  return rsmp_axis_taps(described_axis, axis_coordinates, axis_indices, axis_weights, error);
}

/* `is_transposed`: of a plan for gradients. */
static inline void check_axis(const rsmp_axis *axis, int64_t input_length, int64_t output_length, bool is_transposed) {
  described_axis = axis;
  int choice = take();
  /* Of the caller's own size: what its struct_size does not cover is not written. */
  static const uint32_t sizes[] = {0, 4, 31, 33, 64, UINT32_MAX, 8, 28};
  uint32_t struct_size = choice < 0xd0 ? (uint32_t)sizeof *described_info : sizes[choice % 8];
  size_t room = struct_size < 4 ? 4 : struct_size > 96 ? 96 : struct_size;
  described_info = allocate(room);
  memset(described_info, 0xa5, room);
  memcpy(described_info, &struct_size, 4);
  unsigned char *before = copy_of(described_info, room);
  rsmp_status status = call_twice(describe);
  bool is_size = struct_size >= sizeof *described_info && struct_size <= LARGEST_STRUCTURE;
  HOLDS(status == (is_size ? RSMP_OK : RSMP_INVALID_VALUE), "describe: %d", (int)status);
  size_t covered = status == RSMP_OK ? sizeof *described_info : 0;
  HOLDS(memcmp(described_info, &struct_size, 4) == 0, "struct_size is written");
  HOLDS(memcmp((unsigned char *)described_info + covered, before + covered, room - covered) == 0, "info is written");
  free(before);
  free(described_info);

  rsmp_axis_info info = {.struct_size = sizeof info};
  HOLDS(rsmp_axis_describe(axis, &info, NULL) == RSMP_OK && info.reserved == 0, "describe");
  HOLDS(info.input_length == input_length && info.output_length == output_length, "lengths %lld and %lld",
        (long long)info.input_length, (long long)info.output_length);
  /* The gradient of an area of length 0 reads an axis without samples. */
  HOLDS(info.tap_count >= (input_length > 0) && info.tap_count <= input_length, "%lld taps",
        (long long)info.tap_count);
  HOLDS(rsmp_axis_describe(axis, NULL, NULL) == RSMP_INVALID_VALUE, "no info");
  HOLDS(rsmp_axis_describe(NULL, &info, NULL) == RSMP_INVALID_VALUE, "no axis");

  /* Arrays of exactly their entries; those that are not wanted are NULL. */
  size_t entries = (size_t)info.output_length * (size_t)info.tap_count;
  if (entries > 1 << 18) return;
  int wanted = take();
  axis_coordinates = wanted & 1 ? NULL : allocate((size_t)info.output_length * sizeof *axis_coordinates);
  axis_indices = wanted & 2 ? NULL : allocate(entries * sizeof *axis_indices);
  axis_weights = wanted & 4 ? NULL : allocate(entries * sizeof *axis_weights);
  if (axis_coordinates != NULL) memset(axis_coordinates, 0xa5, (size_t)info.output_length * sizeof *axis_coordinates);
  if (axis_indices != NULL) memset(axis_indices, 0xa5, entries * sizeof *axis_indices);
  if (axis_weights != NULL) memset(axis_weights, 0xa5, entries * sizeof *axis_weights);
  HOLDS(call_twice(copy_taps) == RSMP_OK, "taps");
  uint64_t unwritten = 0xa5a5a5a5a5a5a5a5u;
  for (size_t output = 0; axis_coordinates != NULL && output < (size_t)info.output_length; output++) {
    HOLDS(memcmp(&axis_coordinates[output], &unwritten, 8) != 0, "coordinate %zu is not written", output);
    HOLDS(!is_transposed == !isnan(axis_coordinates[output]), "coordinate %zu is %g", output, axis_coordinates[output]);
  }
  for (size_t entry = 0; axis_indices != NULL && entry < entries; entry++) {
    HOLDS(axis_indices[entry] >= 0 && axis_indices[entry] < info.input_length, "tap %zu reads sample %lld of %lld",
          entry, (long long)axis_indices[entry], (long long)info.input_length);
  }
  for (size_t entry = 0; axis_weights != NULL && entry < entries; entry++) {
    HOLDS(memcmp(&axis_weights[entry], &unwritten, 8) != 0, "weight %zu is not written", entry);
    HOLDS(isfinite(axis_weights[entry]), "weight %zu is %g", entry, axis_weights[entry]);
  }
  free(axis_coordinates);
  free(axis_indices);
  free(axis_weights);
  described_axis = NULL;
  axis_coordinates = axis_weights = NULL;
  axis_indices = NULL;
  HOLDS(call_twice(copy_taps) == RSMP_INVALID_VALUE, "taps of no axis");
}

#endif
