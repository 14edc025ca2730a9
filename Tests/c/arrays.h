/* Arrays of every dtype and memory format to try the library on, and what stands around their elements. */
#ifndef ARRAYS_H
#define ARRAYS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"

enum { MAX_RANK = RSMP_MAX_AXES };

/* ---- Dtypes ----------------------------------------------------------------------------------------------------- */

typedef struct {
  const char *name;
  rsmp_dtype dtype;
  bool is_weighted;  /* taken by every mode, not by the nearest ones alone */
  double tolerance;  /* of a weighted sum, relative to the largest sample: the design's "exactness"; integers: 0 */
  double low, high;  /* the range of an integer */
} kind;

static const kind kinds[] = {
    {"float32", {RSMP_FLOAT, 32, 1}, true, 3e-6, 0, 0},
    {"float64", {RSMP_FLOAT, 64, 1}, true, 1e-13, 0, 0},
    {"float16", {RSMP_FLOAT, 16, 1}, true, 0x1p-10, 0, 0},
    {"bfloat16", {RSMP_BFLOAT, 16, 1}, true, 0x1p-7, 0, 0},
    {"uint8", {RSMP_UINT, 8, 1}, true, 0, 0, UINT8_MAX},
    {"int8", {RSMP_INT, 8, 1}, true, 0, INT8_MIN, INT8_MAX},
    {"int16", {RSMP_INT, 16, 1}, true, 0, INT16_MIN, INT16_MAX},
    {"uint16", {RSMP_UINT, 16, 1}, true, 0, 0, UINT16_MAX},
    {"int32", {RSMP_INT, 32, 1}, true, 0, INT32_MIN, INT32_MAX},
    {"uint32", {RSMP_UINT, 32, 1}, false, 0, 0, UINT32_MAX},
    {"int64", {RSMP_INT, 64, 1}, false, 0, INT32_MIN, INT32_MAX},
    {"uint64", {RSMP_UINT, 64, 1}, false, 0, 0, UINT32_MAX},
    {"bool", {RSMP_BOOL, 8, 1}, false, 0, 0, 1},
    {"complex64", {RSMP_COMPLEX, 64, 1}, false, 0, 0, 0},
    {"complex128", {RSMP_COMPLEX, 128, 1}, false, 0, 0, 0},
};
enum { FLOAT32, FLOAT64, FLOAT16, BFLOAT16, UINT8, INT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, BOOL, COMPLEX64,
       COMPLEX128, KINDS };

static inline size_t sample_size(const kind *kind) { return kind->dtype.bits / 8; }

static inline bool is_integer(const kind *kind) { return kind->dtype.code == RSMP_INT || kind->dtype.code == RSMP_UINT; }

/* Stores a number that the dtype has exactly, NaN and infinities too; of a complex one, the real part. */
static inline void put(const kind *kind, double value, void *sample) {
  union { float f; uint32_t bits; } single = {.f = (float)value};
  double fraction;
  int exponent;
  uint16_t half;
  switch (kind - kinds) {
    case FLOAT32: memcpy(sample, &single.f, 4); return;
    case FLOAT64: memcpy(sample, &value, 8); return;
    case FLOAT16:
      if (!isfinite(value)) {
        half = isnan(value) ? 0x7e00 : 0x7c00;
      } else {
        fraction = frexp(fabs(value), &exponent); /* in [0.5, 1), and only normal numbers are asked for */
        half = value == 0 ? 0 : (uint16_t)(((exponent + 14) << 10) + (int)(fraction * 2048) - 1024);
      }
      if (value < 0) half |= 0x8000;
      memcpy(sample, &half, 2);
      return;
    case BFLOAT16: half = (uint16_t)(single.bits >> 16); memcpy(sample, &half, 2); return;
    case COMPLEX64: memset(sample, 0, 8); memcpy(sample, &single.f, 4); return;
    case COMPLEX128: memset(sample, 0, 16); memcpy(sample, &value, 8); return;
    default: break;
  }
  int64_t whole = (int64_t)value;
  memcpy(sample, &whole, sample_size(kind)); /* the low bytes come first */
}

static inline double get(const kind *kind, const void *sample) {
  union { float f; uint32_t bits; } single;
  double value;
  uint16_t half;
  int64_t whole = 0;
  switch (kind - kinds) {
    case FLOAT32: case COMPLEX64: memcpy(&single.f, sample, 4); return single.f;
    case FLOAT64: case COMPLEX128: memcpy(&value, sample, 8); return value;
    case FLOAT16:
      memcpy(&half, sample, 2);
      value = (half & 0x7c00) == 0      ? ldexp(half & 0x3ff, -24)
              : (half & 0x7c00) != 0x7c00 ? ldexp((half & 0x3ff) | 0x400, ((half >> 10) & 31) - 25)
              : (half & 0x3ff) == 0       ? INFINITY
                                          : NAN;
      return half & 0x8000 ? -value : value;
    case BFLOAT16: memcpy(&half, sample, 2); single.bits = (uint32_t)half << 16; return single.f;
    default: break;
  }
  memcpy(&whole, sample, sample_size(kind));
  if (kind->dtype.code == RSMP_INT) { /* brings the sign down */
    int unused = 64 - kind->dtype.bits;
    whole = (int64_t)((uint64_t)whole << unused) >> unused;
  }
  return (double)whole;
}

/* ---- Arrays ----------------------------------------------------------------------------------------------------- */

enum {
  CONTIGUOUS,    /* strides not given */
  CHANNELS_LAST,
  FORTRAN,       /* the first axis fastest */
  REVERSED,      /* every stride negative */
  SPACED,        /* gaps between the samples, the rows, the images */
  MISALIGNED,    /* an odd address */
  MEMORY_FORMATS
};
static const char *const memory_formats[] = {"contiguous", "channels last", "Fortran",
                                             "reversed",   "spaced",        "misaligned"};

/* The byte that stands wherever there is no element, and in the elements of an output that nobody has written. */
enum { BLANK = 0xa5, MARGIN = 64 };

typedef struct {
  rsmp_tensor tensor;
  const kind *kind;
  int64_t shape[MAX_RANK], strides[MAX_RANK];
  int64_t count;
  unsigned char *memory;
  size_t size;
} array;

static inline void *allocate(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) {
    fprintf(stderr, "the test itself is out of memory\n");
    exit(2);
  }
  return memory;
}

static inline array *new_array(const kind *kind, int rank, const int64_t *shape, int memory_format) {
  array *array = allocate(sizeof *array);
  memset(array, 0, sizeof *array);
  array->kind = kind;
  array->count = 1;
  /* The axes from the fastest to the slowest, and the elements that one step along each passes over. */
  int64_t span = memory_format == SPACED ? 2 : 1, lowest = 0;
  for (int place = 0; place < rank; place++) {
    int axis = rank - 1 - place;
    if (memory_format == FORTRAN) axis = place;
    if (memory_format == CHANNELS_LAST && place < rank - 1) axis = place == 0 ? 1 : rank - place;
    int64_t length = shape[axis] > 0 ? shape[axis] : 1;
    array->shape[axis] = shape[axis];
    array->strides[axis] = memory_format == REVERSED ? -span : span;
    if (memory_format == REVERSED) lowest += span * (length - 1);
    span = span * length + (memory_format == SPACED ? 3 : 0);
    array->count *= shape[axis];
  }
  array->size = (size_t)span * sample_size(kind) + 2 * MARGIN + 1;
  array->memory = allocate(array->size);
  memset(array->memory, BLANK, array->size);

  size_t start = MARGIN + (size_t)lowest * sample_size(kind) + (memory_format == MISALIGNED ? 1 : 0);
  bool is_plain = memory_format == CONTIGUOUS;
  array->tensor = (rsmp_tensor){.data = array->memory + (is_plain ? start : 0),
                                .device = {1, 0},
                                .ndim = rank,
                                .dtype = kind->dtype,
                                .shape = array->shape,
                                .strides = is_plain ? NULL : array->strides,
                                .byte_offset = is_plain ? 0 : start};
  return array;
}

static inline void delete_array(array *array) {
  free(array->memory);
  free(array);
}

/* Element `number` in the order of a contiguous array. */
static inline unsigned char *element(const array *array, int64_t number) {
  int64_t offset = 0;
  for (int axis = array->tensor.ndim - 1; axis >= 0; axis--) {
    offset += number % array->shape[axis] * array->strides[axis];
    number /= array->shape[axis];
  }
  return (unsigned char *)array->tensor.data + array->tensor.byte_offset + offset * (int64_t)sample_size(array->kind);
}

/* Samples that look random, the same for the same seed: eighths that every float has exactly, or any integers. */
static inline void fill(const array *array, uint32_t seed) {
  uint32_t state = seed * 2654435761u + 1;
  for (int64_t number = 0; number < array->count; number++) {
    state = state * 1664525u + 1013904223u;
    double value = (int)(state >> 16) % 201 - 100;
    if (is_integer(array->kind)) {
      value = array->kind->low + floor((state >> 8) * 0x1p-24 * (array->kind->high - array->kind->low + 1));
    } else if (array->kind - kinds == BOOL) {
      value = state >> 31;
    } else {
      value /= 8;
    }
    put(array->kind, value, element(array, number));
  }
}

static inline void copy_elements(const array *from, const array *to) {
  for (int64_t number = 0; number < from->count; number++) {
    memcpy(element(to, number), element(from, number), sample_size(from->kind));
  }
}

/* The first element that is not the same in both, bit by bit; -1 if there is none. */
static inline int64_t first_difference(const array *a, const array *b) {
  if (a->count != b->count) return 0;
  for (int64_t number = 0; number < a->count; number++) {
    if (memcmp(element(a, number), element(b, number), sample_size(a->kind)) != 0) return number;
  }
  return -1;
}

/* Whether every byte that belongs to no element is as it was made. */
static inline bool is_blank_around_elements(const array *array) {
  unsigned char *taken = allocate(array->size);
  memset(taken, 0, array->size);
  for (int64_t number = 0; number < array->count; number++) {
    memset(taken + (element(array, number) - array->memory), 1, sample_size(array->kind));
  }
  bool is_blank = true;
  for (size_t byte = 0; byte < array->size; byte++) {
    if (!taken[byte] && array->memory[byte] != BLANK) is_blank = false;
  }
  free(taken);
  return is_blank;
}

/* Whether every byte is as it was made. */
static inline bool is_blank(const array *array) {
  for (size_t byte = 0; byte < array->size; byte++) {
    if (array->memory[byte] != BLANK) return false;
  }
  return true;
}

/* ---- Calls ------------------------------------------------------------------------------------------------------ */

/* Every mode and rank, with and without align_corners and antialias. */
typedef struct {
  const char *name;
  int32_t mode;
  int32_t rank;
  int32_t align_corners;
  int32_t antialias;
} call;

static const call calls[] = {
    {"nearest 1-D", RSMP_MODE_NEAREST, 3, 0, 0},
    {"nearest 2-D", RSMP_MODE_NEAREST, 4, 0, 0},
    {"nearest 3-D", RSMP_MODE_NEAREST, 5, 0, 0},
    {"nearest-exact 1-D", RSMP_MODE_NEAREST_EXACT, 3, 0, 0},
    {"nearest-exact 2-D", RSMP_MODE_NEAREST_EXACT, 4, 0, 0},
    {"nearest-exact 3-D", RSMP_MODE_NEAREST_EXACT, 5, 0, 0},
    {"linear", RSMP_MODE_LINEAR, 3, RSMP_ALIGN_CORNERS_FALSE, 0},
    {"linear, align_corners", RSMP_MODE_LINEAR, 3, RSMP_ALIGN_CORNERS_TRUE, 0},
    {"linear, antialias", RSMP_MODE_LINEAR, 3, 0, 1},
    {"bilinear", RSMP_MODE_BILINEAR, 4, 0, 0},
    {"bilinear, align_corners", RSMP_MODE_BILINEAR, 4, RSMP_ALIGN_CORNERS_TRUE, 0},
    {"bilinear, antialias", RSMP_MODE_BILINEAR, 4, RSMP_ALIGN_CORNERS_FALSE, 1},
    {"bilinear, align_corners, antialias", RSMP_MODE_BILINEAR, 4, RSMP_ALIGN_CORNERS_TRUE, 1},
    {"trilinear", RSMP_MODE_TRILINEAR, 5, 0, 0},
    {"trilinear, align_corners", RSMP_MODE_TRILINEAR, 5, RSMP_ALIGN_CORNERS_TRUE, 0},
    {"trilinear, antialias", RSMP_MODE_TRILINEAR, 5, 0, 1},
    {"bicubic", RSMP_MODE_BICUBIC, 4, 0, 0},
    {"bicubic, align_corners", RSMP_MODE_BICUBIC, 4, RSMP_ALIGN_CORNERS_TRUE, 0},
    {"bicubic, antialias", RSMP_MODE_BICUBIC, 4, 0, 1},
    {"area 1-D", RSMP_MODE_AREA, 3, 0, 0},
    {"area 2-D", RSMP_MODE_AREA, 4, 0, 0},
    {"area 3-D", RSMP_MODE_AREA, 5, 0, 0},
    {"lanczos 1-D", RSMP_MODE_LANCZOS, 3, 0, 1},
    {"lanczos 2-D", RSMP_MODE_LANCZOS, 4, RSMP_ALIGN_CORNERS_FALSE, 1},
    {"lanczos 3-D", RSMP_MODE_LANCZOS, 5, 0, 1},
};
enum { CALLS = sizeof calls / sizeof calls[0] };

static inline bool is_nearest(const call *call) {
  return call->mode == RSMP_MODE_NEAREST || call->mode == RSMP_MODE_NEAREST_EXACT;
}

static inline bool takes(const call *call, const kind *kind) { return kind->is_weighted || is_nearest(call); }

/* The options of a call, without a size. */
static inline rsmp_interpolate_options options_of(const call *call) {
  return (rsmp_interpolate_options){.struct_size = sizeof(rsmp_interpolate_options),
                                    .mode = call->mode,
                                    .align_corners = call->align_corners,
                                    .antialias = call->antialias};
}

/* The same with a size: `size` has an entry for each spatial axis. */
static inline rsmp_interpolate_options resize(const call *call, const int64_t *size) {
  rsmp_interpolate_options options = options_of(call);
  options.size_count = call->rank - 2;
  memcpy(options.size, size, (size_t)options.size_count * sizeof *size);
  return options;
}

/* A small input of each rank, and the shape of an output that is longer on some axes and shorter on others. */
static const int64_t input_shapes[][MAX_RANK] = {{2, 5, 17}, {2, 5, 7, 9}, {2, 5, 4, 5, 6}};
static const int64_t output_shapes[][MAX_RANK] = {{2, 5, 11}, {2, 5, 4, 23}, {2, 5, 7, 3, 9}};

static inline const int64_t *input_shape(const call *call) { return input_shapes[call->rank - 3]; }
static inline const int64_t *output_shape(const call *call) { return output_shapes[call->rank - 3]; }
static inline const int64_t *output_size(const call *call) { return output_shapes[call->rank - 3] + 2; }

#endif
