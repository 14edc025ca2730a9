/*
 * For benchmarks/instructions.py, which counts the instructions of `counted`: the second execution of one plan, because the
 * first one makes what the plan keeps for a memory format; or, where the size is new, a plan and its execution.
 *
 *   driver LIBRARY DTYPE MODE ALIGN_CORNERS ANTIALIAS CHANNELS_LAST IS_NEW FACTOR NDIM SHAPE... [SIZE...]
 *
 * DTYPE and MODE are PyTorch's names, the next four 0 or 1. The spatial SIZE is given if FACTOR is 0.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiftresample.h>

enum { MOST_AXES = 2 + RSMP_MAX_SPATIAL_AXES };

static void fail(const char *what) {
  fprintf(stderr, "driver: %s\n", what);
  exit(EXIT_FAILURE);
}

static void *symbol(void *library, const char *name) {
  void *address = dlsym(library, name);
  if (!address) fail(dlerror());
  return address;
}

/* Strides of (N, C, ...spatial) that lie in memory as such, or as (N, ...spatial, C); returns the number of elements. */
static int64_t set_strides(int32_t ndim, const int64_t *shape, int channels_last, int64_t *strides) {
  int64_t reach = 1;
  if (channels_last) {
    strides[1] = reach;
    reach *= shape[1];
  }
  for (int32_t axis = ndim - 1; axis >= 0; axis--) {
    if (channels_last && axis == 1) continue;
    strides[axis] = reach;
    reach *= shape[axis];
  }
  return reach;
}

static const struct {
  const char *name;
  rsmp_dtype dtype;
} dtypes[] = {
    {"float32", {RSMP_FLOAT, 32, 1}},   {"float64", {RSMP_FLOAT, 64, 1}}, {"float16", {RSMP_FLOAT, 16, 1}},
    {"bfloat16", {RSMP_BFLOAT, 16, 1}}, {"uint8", {RSMP_UINT, 8, 1}},     {"int64", {RSMP_INT, 64, 1}},
};

static const struct {
  const char *name;
  int32_t mode;
} modes[] = {
    {"nearest", RSMP_MODE_NEAREST},     {"nearest-exact", RSMP_MODE_NEAREST_EXACT},
    {"linear", RSMP_MODE_LINEAR},       {"bilinear", RSMP_MODE_BILINEAR},
    {"trilinear", RSMP_MODE_TRILINEAR}, {"bicubic", RSMP_MODE_BICUBIC},
    {"area", RSMP_MODE_AREA},           {"lanczos", RSMP_MODE_LANCZOS},
};

static rsmp_dtype dtype_named(const char *name) {
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    if (!strcmp(dtypes[i].name, name)) return dtypes[i].dtype;
  fail("unknown dtype");
  return (rsmp_dtype){0};
}

static int32_t mode_named(const char *name) {
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (!strcmp(modes[i].name, name)) return modes[i].mode;
  fail("unknown mode");
  return -1;
}

/* The same byte everywhere: valid in every dtype, and no instruction more or less for it. */
static void *filled(int64_t samples, rsmp_dtype dtype) {
  size_t size = (size_t)(samples * dtype.bits / 8 + 63) / 64 * 64;
  void *memory = aligned_alloc(64, size);
  if (!memory) fail("out of memory");
  return memset(memory, 0x3c, size);
}

typedef rsmp_status execution(const rsmp_plan *, const rsmp_tensor *, const rsmp_tensor *, rsmp_error *);

typedef rsmp_status interpolation(const rsmp_tensor *, const rsmp_interpolate_options *, const rsmp_tensor *, rsmp_error *);

typedef struct {
  const rsmp_plan *plan;
  execution *execute;
  const rsmp_interpolate_options *options;
  interpolation *interpolate; /* NULL if the plan is executed */
} work;

/* A name that valgrind finds. */
__attribute__((noinline)) rsmp_status counted(const work *work, const rsmp_tensor *input, const rsmp_tensor *output,
                                              rsmp_error *error) {
  rsmp_status status = work->interpolate ? work->interpolate(input, work->options, output, error)
                                         : work->execute(work->plan, input, output, error);
  /* Keeps this a call and not a jump. */
  __asm__ volatile("");
  return status;
}

int main(int count, char **arguments) {
  if (count < 10) fail("too few arguments; the comment in driver.c says which");
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (!library) fail(dlerror());
  rsmp_status (*create)(int32_t, const int64_t *, rsmp_dtype, const rsmp_interpolate_options *, rsmp_plan **,
                        rsmp_error *) = symbol(library, "rsmp_plan_create");
  rsmp_status (*output_shape)(const rsmp_plan *, int64_t *, rsmp_error *) = symbol(library, "rsmp_plan_output_shape");
  execution *execute = symbol(library, "rsmp_plan_execute");
  void (*destroy)(rsmp_plan *) = symbol(library, "rsmp_plan_destroy");

  rsmp_dtype dtype = dtype_named(arguments[2]);
  rsmp_interpolate_options options = {
      .struct_size = sizeof options,
      .mode = mode_named(arguments[3]),
      .align_corners = atoi(arguments[4]) ? RSMP_ALIGN_CORNERS_TRUE : RSMP_ALIGN_CORNERS_NOT_GIVEN,
      .antialias = atoi(arguments[5]),
  };
  int channels_last = atoi(arguments[6]), is_new = atoi(arguments[7]);
  double factor = atof(arguments[8]);
  int32_t ndim = atoi(arguments[9]), spatial = ndim - 2;
  char **lengths = arguments + 10;
  if (ndim < 3 || ndim > MOST_AXES || count != 10 + ndim + (factor > 0 ? 0 : spatial)) fail("wrong number of lengths");
  int64_t shape[MOST_AXES], result_shape[MOST_AXES], strides[MOST_AXES], result_strides[MOST_AXES];
  for (int axis = 0; axis < ndim; axis++) shape[axis] = atoll(lengths[axis]);
  for (int axis = 0; axis < spatial; axis++) {
    if (factor > 0) options.scale_factor[axis] = factor;
    else options.size[axis] = atoll(lengths[ndim + axis]);
  }
  *(factor > 0 ? &options.scale_factor_count : &options.size_count) = spatial;

  rsmp_error error;
  rsmp_plan *plan;
  if (create(ndim, shape, dtype, &options, &plan, &error) != RSMP_OK) fail(error.message);
  if (output_shape(plan, result_shape, &error) != RSMP_OK) fail(error.message);
  int64_t samples = set_strides(ndim, shape, channels_last, strides);
  int64_t results = set_strides(ndim, result_shape, channels_last, result_strides);
  rsmp_tensor input = {
      .data = filled(samples, dtype), .ndim = ndim, .dtype = dtype, .shape = shape, .strides = strides};
  rsmp_tensor output = {
      .data = filled(results, dtype), .ndim = ndim, .dtype = dtype, .shape = result_shape, .strides = result_strides};
  if (execute(plan, &input, &output, &error) != RSMP_OK) fail(error.message);
  work work = {plan, execute, &options, is_new ? symbol(library, "rsmp_interpolate") : NULL};
  if (counted(&work, &input, &output, &error) != RSMP_OK) fail(error.message);
  /* Where the library is, for a counter that knows addresses alone. */
  printf("%lld %p\n", (long long)results, *(void **)&execute);
  destroy(plan);
  free(input.data);
  free(output.data);
  return EXIT_SUCCESS;
}
