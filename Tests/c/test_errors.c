/*
 * Every call that must be refused: the right status, a message that says what was expected and what came, and nothing
 * written. Each is made twice, with an error to fill and with none.
 */
#include <limits.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arrays.h"

/* ---- What every failure is checked for --------------------------------------------------------------------------- */

/* The arrays of the calls: nothing here may ever change. */
static array *input, *output;

static void check_failure(int line, const char *call, rsmp_status expected, rsmp_status status,
                          rsmp_status without_error, const rsmp_error *error, const char *const *words) {
  CHECK(status == expected, "line %d: %s: status %d, not %d", line, call, (int)status, (int)expected);
  CHECK(without_error == expected, "line %d: %s: status %d without an error", line, call, (int)without_error);
  CHECK(is_blank(output), "line %d: %s: wrote into the output", line, call);
  if (status == RSMP_OK) return;
  CHECK(error->status == expected, "line %d: %s: status %d in the error", line, call, (int)error->status);
  size_t length = 0;
  while (length < RSMP_MESSAGE_SIZE && error->message[length] != '\0') length++;
  if (!CHECK(length > 0 && length < RSMP_MESSAGE_SIZE, "line %d: %s: a message of %d", line, call, (int)length)) return;
  for (; *words != NULL; words++) {
    CHECK(strstr(error->message, *words) != NULL, "line %d: %s: no \"%s\" in \"%s\"", line, call, *words, error->message);
  }
}

/* `call` passes `error`; the words are what the message must contain. */
#define FAILS(expected, call, ...)                                                                         \
  do {                                                                                                     \
    rsmp_error filled, *error = &filled;                                                                   \
    memset(&filled, BLANK, sizeof filled);                                                                 \
    rsmp_status with_error = (call);                                                                       \
    error = NULL;                                                                                          \
    rsmp_status without_error = (call);                                                                    \
    check_failure(__LINE__, #call, expected, with_error, without_error, &filled,                           \
                  (const char *const[]){__VA_ARGS__, NULL});                                               \
  } while (0)

static rsmp_interpolate_options to_size(int32_t mode, int64_t height, int64_t width) {
  return (rsmp_interpolate_options){.struct_size = sizeof(rsmp_interpolate_options),
                                    .mode = mode,
                                    .size_count = 2,
                                    .size = {height, width}};
}

static rsmp_interpolate_options by_factor(int32_t mode, double height, double width) {
  return (rsmp_interpolate_options){.struct_size = sizeof(rsmp_interpolate_options),
                                    .mode = mode,
                                    .scale_factor_count = 2,
                                    .scale_factor = {height, width}};
}

/* Options that no function may take, tried on each that takes options: of those that resample forwards. */
#define FORWARD_OPTIONS_FAIL(expected, shape_, dtype_, options_, ...)                                              \
  do {                                                                                                             \
    const int64_t *const shape = (shape_);                                                                         \
    int64_t result[4], untouched[4];                                                                               \
    memset(result, BLANK, sizeof result);                                                                          \
    memset(untouched, BLANK, sizeof untouched);                                                                    \
    FAILS(expected, rsmp_interpolate_shape(4, shape, dtype_, options_, result, error), __VA_ARGS__);               \
    CHECK(memcmp(result, untouched, sizeof result) == 0, "line %d: wrote a shape", __LINE__);                      \
    rsmp_plan *plan = (rsmp_plan *)&result;                                                                        \
    FAILS(expected, rsmp_plan_create(4, shape, dtype_, options_, &plan, error), __VA_ARGS__);                      \
    CHECK(plan == NULL, "line %d: a plan was left", __LINE__);                                                     \
    rsmp_tensor tensor = input->tensor;                                                                            \
    tensor.shape = (int64_t *)shape; /* read alone */                                                              \
    tensor.dtype = dtype_;                                                                                         \
    FAILS(expected, rsmp_interpolate(&tensor, options_, &output->tensor, error), __VA_ARGS__);                     \
  } while (0)

/* And of those that go backwards, for which `shape` is that of the gradient to be written. */
#define BACKWARD_OPTIONS_FAIL(expected, shape_, dtype_, options_, ...)                                             \
  do {                                                                                                             \
    const int64_t *const shape = (shape_);                                                                         \
    rsmp_plan *plan = (rsmp_plan *)&failure;                                                                       \
    FAILS(expected, rsmp_plan_create_backward(4, shape, dtype_, options_, &plan, error), __VA_ARGS__);             \
    CHECK(plan == NULL, "line %d: a plan was left", __LINE__);                                                     \
    rsmp_tensor tensor = output->tensor;                                                                           \
    tensor.shape = (int64_t *)shape; /* read alone */                                                              \
    tensor.dtype = dtype_;                                                                                         \
    FAILS(expected, rsmp_interpolate_backward(&input->tensor, options_, &tensor, error), __VA_ARGS__);             \
  } while (0)

#define OPTIONS_FAIL(...)               \
  do {                                  \
    FORWARD_OPTIONS_FAIL(__VA_ARGS__);  \
    BACKWARD_OPTIONS_FAIL(__VA_ARGS__); \
  } while (0)

static const int64_t shape_2x3[] = {1, 1, 2, 3};
static const rsmp_dtype float32 = {RSMP_FLOAT, 32, 1};

/* ---- Pointers ---------------------------------------------------------------------------------------------------- */

static void test_null_pointers(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  const rsmp_tensor *from = &input->tensor, *to = &output->tensor;
  int64_t result[4];
  rsmp_plan *plan;
  rsmp_axis *axis;
  const rsmp_axis *borrowed;
  rsmp_axis_info info = {.struct_size = sizeof info};

  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate_shape(4, NULL, float32, &options, result, error), "shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate_shape(4, shape_2x3, float32, NULL, result, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate_shape(4, shape_2x3, float32, &options, NULL, error), "output_shape", "NULL");

  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(NULL, &options, to, error), "input", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(from, NULL, to, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(from, &options, NULL, error), "output", "NULL");

  FAILS(RSMP_INVALID_VALUE, rsmp_plan_create(4, NULL, float32, &options, &plan, error), "shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_create(4, shape_2x3, float32, NULL, &plan, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_create(4, shape_2x3, float32, &options, NULL, error), "plan", "NULL");

  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate_backward(NULL, &options, to, error), "grad_output", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate_backward(from, NULL, to, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate_backward(from, &options, NULL, error), "grad_input", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_create_backward(4, NULL, float32, &options, &plan, error), "shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_create_backward(4, shape_2x3, float32, NULL, &plan, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_create_backward(4, shape_2x3, float32, &options, NULL, error), "plan", "NULL");

  if (!CHECK_OK(rsmp_plan_create(4, shape_2x3, float32, &options, &plan, &failure))) return;
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_source_region(NULL, result, result, error), "plan", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_source_region(plan, NULL, result, error), "start", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_source_region(plan, result, NULL, error), "stop", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(NULL, from, to, error), "plan", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, NULL, to, error), "input", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, from, NULL, error), "output", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_output_shape(NULL, result, error), "plan", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_output_shape(plan, NULL, error), "output_shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_axis(NULL, 0, &borrowed, error), "plan", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_axis(plan, 0, NULL, error), "axis", "NULL");
  rsmp_plan_destroy(plan);

  options = (rsmp_interpolate_options){.struct_size = sizeof options};
  FAILS(RSMP_INVALID_VALUE, rsmp_axis_create(4, 8, float32, NULL, &axis, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_axis_create(4, 8, float32, &options, NULL, error), "axis", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_axis_describe(NULL, &info, error), "axis", "NULL");
  if (!CHECK_OK(rsmp_axis_create(4, 8, float32, &options, &axis, &failure))) return;
  FAILS(RSMP_INVALID_VALUE, rsmp_axis_describe(axis, NULL, error), "info", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_axis_taps(NULL, NULL, NULL, NULL, error), "axis", "NULL");
  rsmp_axis_destroy(axis);

  FAILS(RSMP_INVALID_VALUE, rsmp_instruction_set(NULL, error), "name", "NULL");

  rsmp_plan_destroy(NULL);
  rsmp_axis_destroy(NULL);
}

static void test_null_pointers_in_tensors(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  rsmp_tensor tensor = input->tensor;
  tensor.data = NULL;
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&tensor, &options, &output->tensor, error), "input", "NULL");
  tensor = input->tensor;
  tensor.shape = NULL;
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&tensor, &options, &output->tensor, error), "NULL");
  tensor = output->tensor;
  tensor.data = NULL;
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&input->tensor, &options, &tensor, error), "output", "NULL");
  tensor = output->tensor;
  tensor.shape = NULL;
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&input->tensor, &options, &tensor, error), "NULL");
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

static void test_struct_sizes(void) {
  /* The first version ended before the region. */
  const uint32_t first_size = offsetof(rsmp_interpolate_options, region_start), sizes[] = {0, 4, first_size - 1};
  for (int number = 0; number < 3; number++) {
    rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 4, 6);
    options.struct_size = sizes[number];
    char given[16];
    snprintf(given, sizeof given, "got %u", (unsigned)sizes[number]);
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "struct_size", "at least 96", given);
    options.size_count = 0;
    rsmp_axis *axis = NULL;
    FAILS(RSMP_INVALID_VALUE, rsmp_axis_create(4, 8, float32, &options, &axis, error), "struct_size", "at least 96", given);
  }
  /* A program of that version has no region, whatever lies behind its options. */
  rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 4, 6);
  int64_t result[4];
  options.struct_size = first_size;
  options.region_start[0] = 77;
  CHECK_OK(rsmp_interpolate_shape(4, shape_2x3, float32, &options, result, &failure));
  CHECK(result[2] == 4 && result[3] == 6, "%lld x %lld", (long long)result[2], (long long)result[3]);
}

static void test_regions(void) {
  const int64_t bad[][2] = {{0, 5}, {4, 0}, {4, 5}, {2, 2}, {3, 2}, {-1, 2}, {-1, 0}, {0, -1}, {INT64_MAX, 0},
                            {0, INT64_MAX}, {INT64_MIN, 0}, {INT64_MIN, INT64_MAX}};
  for (size_t number = 0; number < sizeof bad / sizeof *bad; number++) {
    rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 4, 6);
    options.region_start[0] = bad[number][0];
    options.region_stop[0] = bad[number][1];
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "region", "0 to 4 on axis 2");
  }
}

static void test_unknown_values(void) {
  const int32_t modes[] = {-1, RSMP_MODE_COUNT, INT32_MAX, INT32_MIN};
  for (int number = 0; number < 4; number++) {
    rsmp_interpolate_options options = to_size(modes[number], 4, 6);
    char given[16];
    snprintf(given, sizeof given, "%d", (int)modes[number]);
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "mode", given);
  }
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  options.align_corners = 3;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "align_corners", "3");
  options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  options.antialias = 2;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "antialias", "0 or 1", "got 2");
  options = by_factor(RSMP_MODE_BILINEAR, 2, 2);
  options.recompute_scale_factor = -1;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "recompute_scale_factor", "0 or 1", "got -1");
  options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  options.clamp = 4;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "clamp", "4");
}

static void test_options_that_a_mode_does_not_have(void) {
  rsmp_interpolate_options options;
  const struct { int32_t mode; const char *name; } without[] = {
      {RSMP_MODE_NEAREST, "nearest"}, {RSMP_MODE_NEAREST_EXACT, "nearest-exact"}, {RSMP_MODE_AREA, "area"}};
  for (int number = 0; number < 3; number++) {
    for (int32_t stated = RSMP_ALIGN_CORNERS_FALSE; stated <= RSMP_ALIGN_CORNERS_TRUE; stated++) {
      options = to_size(without[number].mode, 4, 6);
      options.align_corners = stated;
      OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "align_corners", without[number].name);
    }
    options = to_size(without[number].mode, 4, 6);
    options.antialias = 1;
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "antialias", without[number].name);
  }
  options = to_size(RSMP_MODE_LANCZOS, 4, 6);
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "lanczos", "antialias");
  options.antialias = 1;
  options.align_corners = RSMP_ALIGN_CORNERS_TRUE;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "lanczos", "align_corners");
}

static void test_sizes_and_factors(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options};
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "size", "scale_factor", "neither");
  options = by_factor(RSMP_MODE_NEAREST, 2, 2);
  options.size_count = 2;
  options.size[0] = options.size[1] = 4;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "size", "scale_factor", "both");
  options = to_size(RSMP_MODE_NEAREST, 4, 6);
  options.recompute_scale_factor = 1;
  OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "recompute_scale_factor", "scale_factor", "size");

  const struct { int32_t count; const char *words; } counts[] = {
      {1, "got 1"}, {3, "got 3"}, {4, "got 4"}, {INT32_MAX, "got 2147483647"}, {-1, "got -1"}};
  for (int number = 0; number < 5; number++) {
    options = to_size(RSMP_MODE_NEAREST, 4, 6);
    options.size_count = counts[number].count;
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "size must have 2 entries for a 4-D input",
                 counts[number].words);
    options = by_factor(RSMP_MODE_NEAREST, 2, 2);
    options.scale_factor_count = counts[number].count;
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "scale_factor must have 2 entries for a 4-D input",
                 counts[number].words);
  }

  const struct { int64_t size; const char *words; } sizes[] = {{0, "got 0"},
                                                               {-1, "got -1"},
                                                               {INT64_MIN, "-9223372036854775808"},
                                                               {INT64_MAX, "9223372036854775807"},
                                                               {(int64_t)INT32_MAX + 1, "2147483648"}};
  for (int number = 0; number < 5; number++) {
    options = to_size(RSMP_MODE_BILINEAR, 4, sizes[number].size);
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, sizes[number].words);
    options = to_size(RSMP_MODE_NEAREST, sizes[number].size, 6);
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, sizes[number].words);
  }

  const struct { double factor; const char *words; } factors[] = {{0, "got 0"},       {-2.5, "got -2.5"},
                                                                  {-0.0, "got"},      {NAN, "got nan"},
                                                                  {INFINITY, "inf"},  {-INFINITY, "got -inf"},
                                                                  {1e300, "1e300"},   {1e-300, "1e-300"},
                                                                  {0.3, "0.3"},       {2e9, "2000000000"}};
  for (int number = 0; number < 10; number++) {
    options = by_factor(RSMP_MODE_BICUBIC, factors[number].factor, 2);
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "scale_factor", factors[number].words);
    options.recompute_scale_factor = 1;
    OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "scale_factor", factors[number].words);
  }
}

static void test_clamp_bounds(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  options.clamp = RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH;
  options.clamp_low = 2.5;
  options.clamp_high = -1;
  FORWARD_OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "clamp", "2.5", "-1");
  options.clamp_high = NAN;
  FORWARD_OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "clamp", "nan");
  options.clamp_low = NAN;
  options.clamp = RSMP_CLAMP_LOW;
  FORWARD_OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "clamp", "nan");
  options = to_size(RSMP_MODE_NEAREST, 4, 6);
  options.clamp = RSMP_CLAMP_LOW;
  FORWARD_OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, kinds[COMPLEX64].dtype, &options, "clamp", "complex64");
}

/* Where the result is bounded the gradient is 0, which the samples alone tell. */
static void test_clamp_has_no_gradient(void) {
  for (int32_t clamp = RSMP_CLAMP_LOW; clamp <= (RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH); clamp++) {
    for (int32_t mode = RSMP_MODE_NEAREST; mode <= RSMP_MODE_AREA; mode++) {
      rsmp_interpolate_options options = to_size(mode, 4, 6);
      if (mode == RSMP_MODE_LINEAR || mode == RSMP_MODE_TRILINEAR) continue;
      options.clamp = clamp;
      options.clamp_high = 1;
      BACKWARD_OPTIONS_FAIL(RSMP_INVALID_VALUE, shape_2x3, float32, &options, "clamp");
    }
  }
}

/* ---- Shapes ------------------------------------------------------------------------------------------------------ */

static void test_ranks(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 4, 6);
  const int64_t shape[] = {1, 1, 2, 3, 4, 5, 6};
  const int32_t ranks[] = {INT32_MIN, -1, 0, 1, 2, 6, 7, INT32_MAX};
  int64_t result[8];
  rsmp_plan *plan;
  for (int number = 0; number < 8; number++) {
    char given[24];
    snprintf(given, sizeof given, "got %d-D", (int)ranks[number]);
    FAILS(RSMP_NOT_IMPLEMENTED, rsmp_interpolate_shape(ranks[number], shape, float32, &options, result, error),
          "(N, C, H, W)", given);
    FAILS(RSMP_NOT_IMPLEMENTED, rsmp_plan_create(ranks[number], shape, float32, &options, &plan, error),
          "(N, C, H, W)", given);
    FAILS(RSMP_NOT_IMPLEMENTED, rsmp_plan_create_backward(ranks[number], shape, float32, &options, &plan, error),
          "(N, C, H, W)", given);
    rsmp_tensor tensor = input->tensor;
    tensor.ndim = ranks[number];
    FAILS(RSMP_NOT_IMPLEMENTED, rsmp_interpolate(&tensor, &options, &output->tensor, error), "(N, C, H, W)", given);
  }

  const struct { int32_t mode, rank; const char *name, *expected; } fits[] = {
      {RSMP_MODE_LINEAR, 4, "linear", "3-D"},     {RSMP_MODE_LINEAR, 5, "linear", "3-D"},
      {RSMP_MODE_BILINEAR, 3, "bilinear", "4-D"}, {RSMP_MODE_BILINEAR, 5, "bilinear", "4-D"},
      {RSMP_MODE_TRILINEAR, 4, "trilinear", "5-D"}, {RSMP_MODE_BICUBIC, 5, "bicubic", "4-D"},
      {RSMP_MODE_BICUBIC, 3, "bicubic", "4-D"}};
  for (int number = 0; number < 7; number++) {
    char given[16];
    snprintf(given, sizeof given, "got %d-D", (int)fits[number].rank);
    options = (rsmp_interpolate_options){.struct_size = sizeof options, .mode = fits[number].mode, .size = {4, 4, 4}};
    options.size_count = fits[number].rank - 2;
    FAILS(RSMP_NOT_IMPLEMENTED, rsmp_interpolate_shape(fits[number].rank, shape, float32, &options, result, error),
          fits[number].name, fits[number].expected, given);
    FAILS(RSMP_NOT_IMPLEMENTED, rsmp_plan_create_backward(fits[number].rank, shape, float32, &options, &plan, error),
          fits[number].name, fits[number].expected, given);
  }
}

static void test_input_shapes(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 4, 6);
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1, 0, 2, 3}), float32, &options, "(1, 0, 2, 3)", "channels");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1, 1, 0, 3}), float32, &options, "(1, 1, 0, 3)", "empty");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1, 1, 2, 0}), float32, &options, "(1, 1, 2, 0)", "empty");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){0, 1, 0, 3}), float32, &options, "(0, 1, 0, 3)", "empty");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1, 1, 2, -3}), float32, &options, "(1, 1, 2, -3)", "negative");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){INT64_MIN, 1, 2, 3}), float32, &options, "-9223372036854775808", "negative");
}

/* Products that do not fit in 64 bits, of the input and of the output. */
static void test_shapes_that_overflow(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 4, 6);
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){INT64_MAX, 2, 2, 3}), float32, &options, "9223372036854775807", "large");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){INT64_MAX / 4, 1, 2, 2}), float32, &options, "large");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1LL << 32, 1LL << 32, 1, 1}), float32, &options, "4294967296", "large");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){0, 1LL << 62, 1LL << 20, 3}), float32, &options, "large");
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1, 1, (int64_t)INT32_MAX + 1, 1}), float32, &options, "2147483648");
  FORWARD_OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1, 1, 1, INT64_MAX}), kinds[UINT8].dtype, &options, "9223372036854775807");
  options = to_size(RSMP_MODE_NEAREST, INT32_MAX, INT32_MAX);
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){8, 1, 2, 3}), float32, &options, "(8, 1, 2147483647, 2147483647)", "large");
  options = by_factor(RSMP_MODE_BILINEAR, 1e9, 1e9);
  OPTIONS_FAIL(RSMP_INVALID_VALUE, ((int64_t[]){1LL << 40, 1, 1, 1}), float32, &options, "1000000000", "large");
}

/* ---- Dtypes ------------------------------------------------------------------------------------------------------ */

static void test_dtypes(void) {
  rsmp_interpolate_options weighted = to_size(RSMP_MODE_BILINEAR, 4, 6), nearest = to_size(RSMP_MODE_NEAREST, 4, 6);
  for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
    if (kind->is_weighted) continue;
    OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, kind->dtype, &weighted, "bilinear", kind->name, "float32", "nearest");
  }
  const struct { rsmp_dtype dtype; const char *words; } unknown[] = {
      {{RSMP_FLOAT, 24, 1}, "{2, 24, 1}"}, {{RSMP_FLOAT, 32, 4}, "{2, 32, 4}"}, {{RSMP_FLOAT, 32, 0}, "{2, 32, 0}"},
      {{RSMP_UINT, 4, 1}, "{1, 4, 1}"},    {{RSMP_FLOAT, 0, 1}, "{2, 0, 1}"},   {{RSMP_INT, 255, 65535}, "{0, 255, 65535}"}};
  for (int number = 0; number < 6; number++) {
    OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, unknown[number].dtype, &weighted, unknown[number].words);
    OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, unknown[number].dtype, &nearest, unknown[number].words);
  }
  /* Integers may be resampled, but have no gradient. */
  rsmp_interpolate_options area = to_size(RSMP_MODE_AREA, 4, 6);
  for (const kind *kind = kinds + UINT8; kind < kinds + KINDS; kind++) {
    BACKWARD_OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, kind->dtype, &nearest, "float32", kind->name);
    if (!kind->is_weighted) continue;
    BACKWARD_OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, kind->dtype, &weighted, "float32", kind->name);
    BACKWARD_OPTIONS_FAIL(RSMP_INVALID_TYPE, shape_2x3, kind->dtype, &area, "float32", kind->name);
  }
}

/* ---- Outputs ----------------------------------------------------------------------------------------------------- */

/* Refused by the one-shot call and by a plan alike. */
#define EXECUTION_FAILS(expected, from, to, options, ...)                                                      \
  do {                                                                                                         \
    FAILS(expected, rsmp_interpolate(from, options, to, error), __VA_ARGS__);                                  \
    rsmp_plan *plan;                                                                                           \
    if (CHECK_OK(rsmp_plan_create(4, shape_2x3, float32, options, &plan, &failure))) {                         \
      FAILS(expected, rsmp_plan_execute(plan, from, to, error), __VA_ARGS__);                                  \
      rsmp_plan_destroy(plan);                                                                                 \
    }                                                                                                          \
  } while (0)

static void test_outputs_that_do_not_fit(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  rsmp_tensor tensor = output->tensor;
  tensor.shape = (int64_t[]){1, 1, 4, 5};
  EXECUTION_FAILS(RSMP_INVALID_VALUE, &input->tensor, &tensor, &options, "output", "(1, 1, 4, 6)", "(1, 1, 4, 5)");
  tensor.shape = (int64_t[]){1, 1, 24};
  tensor.ndim = 3;
  EXECUTION_FAILS(RSMP_INVALID_VALUE, &input->tensor, &tensor, &options, "output", "(1, 1, 4, 6)", "(1, 1, 24)");
  tensor = output->tensor;
  tensor.dtype = kinds[INT32].dtype;
  EXECUTION_FAILS(RSMP_INVALID_TYPE, &input->tensor, &tensor, &options, "output", "float32", "int32");
  tensor.dtype = (rsmp_dtype){RSMP_FLOAT, 32, 2};
  EXECUTION_FAILS(RSMP_INVALID_TYPE, &input->tensor, &tensor, &options, "output", "{2, 32, 2}");
}

static void test_inputs_that_are_not_the_plans(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  rsmp_plan *plan;
  if (!CHECK_OK(rsmp_plan_create(4, shape_2x3, float32, &options, &plan, &failure))) return;
  rsmp_tensor tensor = input->tensor;
  tensor.shape = (int64_t[]){1, 1, 3, 2};
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, &tensor, &output->tensor, error), "input", "(1, 1, 2, 3)",
        "(1, 1, 3, 2)");
  tensor = input->tensor;
  tensor.dtype = kinds[FLOAT64].dtype;
  FAILS(RSMP_INVALID_TYPE, rsmp_plan_execute(plan, &tensor, &output->tensor, error), "input", "float32", "float64");
  rsmp_plan_destroy(plan);
}

/* The plan of a backward reads what has the shape of the output, and writes what has that of the input. */
static void test_gradients_that_are_not_the_plans(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 2, 3);
  const int64_t shape_4x6[] = {1, 1, 4, 6};
  rsmp_plan *plan;
  if (!CHECK_OK(rsmp_plan_create_backward(4, shape_4x6, float32, &options, &plan, &failure))) return;
  const rsmp_tensor *gradient = &input->tensor, *of_input = &output->tensor;
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, NULL, of_input, error), "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, gradient, NULL, error), "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, of_input, gradient, error), "grad_output", "(1, 1, 2, 3)",
        "(1, 1, 4, 6)");
  rsmp_tensor tensor = *gradient;
  tensor.shape = (int64_t[]){1, 1, 3, 2};
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, &tensor, of_input, error), "grad_output", "(1, 1, 2, 3)",
        "(1, 1, 3, 2)");
  tensor = *gradient;
  tensor.dtype = kinds[FLOAT64].dtype;
  FAILS(RSMP_INVALID_TYPE, rsmp_plan_execute(plan, &tensor, of_input, error), "grad_output", "float32", "float64");
  tensor = *of_input;
  tensor.shape = (int64_t[]){1, 1, 6, 4};
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, gradient, &tensor, error), "grad_input", "(1, 1, 4, 6)",
        "(1, 1, 6, 4)");
  tensor = *of_input;
  tensor.dtype = kinds[INT32].dtype;
  FAILS(RSMP_INVALID_TYPE, rsmp_plan_execute(plan, gradient, &tensor, error), "grad_input", "float32", "int32");
  tensor = *of_input;
  tensor.strides = (int64_t[]){24, 24, 0, 1};
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, gradient, &tensor, error), "share memory");
  tensor = *gradient;
  tensor.data = of_input->data;
  FAILS(RSMP_INVALID_VALUE, rsmp_plan_execute(plan, &tensor, of_input, error), "overlaps", "grad_output");
  rsmp_plan_destroy(plan);
}

static void test_devices(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  const int32_t devices[] = {2, 3, 10, -1}; /* CUDA, memory of CUDA on the host, ROCm, nothing */
  for (int number = 0; number < 4; number++) {
    char given[24];
    snprintf(given, sizeof given, "device type %d", (int)devices[number]);
    rsmp_tensor tensor = input->tensor;
    tensor.device.type = devices[number];
    EXECUTION_FAILS(RSMP_INVALID_VALUE, &tensor, &output->tensor, &options, "input", given, "CPU");
    tensor = output->tensor;
    tensor.device.type = devices[number];
    EXECUTION_FAILS(RSMP_INVALID_VALUE, &input->tensor, &tensor, &options, "output", given, "CPU");
  }
  rsmp_tensor unstated = input->tensor;
  unstated.device.type = 0;
  array *other = new_array(&kinds[FLOAT32], 4, output->shape, CONTIGUOUS);
  CHECK_OK(rsmp_interpolate(&unstated, &options, &other->tensor, &failure));
  delete_array(other);
}

static void test_strides_that_overflow(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  const int64_t strides[][4] = {{6, 6, 3, INT64_MAX},      {6, 6, INT64_MIN, 1},         {6, 6, INT64_MAX / 4, 1},
                                {6, 6, INT64_MAX / 8, INT64_MAX / 8}, {6, 6, 1LL << 61, -(1LL << 60)}};
  for (int number = 0; number < 5; number++) {
    rsmp_tensor tensor = input->tensor;
    tensor.strides = (int64_t *)strides[number]; /* read alone */
    EXECUTION_FAILS(RSMP_INVALID_VALUE, &tensor, &output->tensor, &options, "input");
    tensor = output->tensor;
    tensor.strides = (int64_t *)strides[number];
    EXECUTION_FAILS(RSMP_INVALID_VALUE, &input->tensor, &tensor, &options, "output");
  }
  rsmp_tensor tensor = input->tensor;
  tensor.byte_offset = UINT64_MAX;
  EXECUTION_FAILS(RSMP_INVALID_VALUE, &tensor, &output->tensor, &options, "input", "offset");
  tensor = output->tensor;
  tensor.byte_offset = INT64_MAX;
  EXECUTION_FAILS(RSMP_INVALID_VALUE, &input->tensor, &tensor, &options, "output");
}

/* An output whose elements are not apart: the result would depend on the order in which they are written. */
static void test_outputs_that_overlap_themselves(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  const int64_t strides[][4] = {{24, 24, 6, 0}, {24, 24, 0, 1}, {24, 24, 5, 1}, {24, 24, -5, 1}, {24, 24, 1, 3}};
  for (int number = 0; number < 5; number++) {
    rsmp_tensor tensor = output->tensor;
    tensor.strides = (int64_t *)strides[number];
    if (number == 3) tensor.byte_offset = 20 * sizeof(float);
    EXECUTION_FAILS(RSMP_INVALID_VALUE, &input->tensor, &tensor, &options, "output", "share memory");
  }
  /* The stride of an axis of one element says nothing. */
  array *other = new_array(&kinds[FLOAT32], 4, output->shape, SPACED);
  other->strides[0] = other->strides[1] = 0;
  CHECK_OK(rsmp_interpolate(&input->tensor, &options, &other->tensor, &failure));
  delete_array(other);
}

static void test_outputs_that_overlap_the_input(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_NEAREST, 2, 3);
  float memory[64], before[64];
  for (int index = 0; index < 64; index++) memory[index] = before[index] = (float)index;
  int64_t shape[] = {1, 1, 2, 3}, spread[] = {48, 48, 6, 2}, backwards[] = {6, 6, -3, -1};
  rsmp_tensor from = {.data = memory + 16, .device = {1, 0}, .ndim = 4, .dtype = float32, .shape = shape}, to = from;

  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&from, &options, &to, error), "overlaps");
  for (int shift = -5; shift <= 5; shift++) {
    to.data = memory + 16 + shift;
    FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&from, &options, &to, error), "overlaps");
  }
  to.data = (char *)(memory + 16 + 6) - 1; /* by one byte */
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&from, &options, &to, error), "overlaps");
  to.data = memory + 16 + 5 + 5; /* the last of the output, counted backwards, is the last of the input */
  to.strides = backwards;
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&from, &options, &to, error), "overlaps");
  from.strides = to.strides = spread;
  to.data = memory + 16 + 2;
  FAILS(RSMP_INVALID_VALUE, rsmp_interpolate(&from, &options, &to, error), "overlaps");
  CHECK(memcmp(memory, before, sizeof memory) == 0, "memory changed");

  /* Neighbours, and columns in turn, are no overlap. */
  from.strides = to.strides = NULL;
  to.data = memory + 16 + 6;
  CHECK_OK(rsmp_interpolate(&from, &options, &to, &failure));
  CHECK(memcmp(to.data, from.data, 6 * sizeof(float)) == 0, "not copied");
  to.data = memory + 16 - 6;
  CHECK_OK(rsmp_interpolate(&from, &options, &to, &failure));
  from.strides = to.strides = spread;
  to.data = memory + 16 + 1;
  CHECK_OK(rsmp_interpolate(&from, &options, &to, &failure));
}

/* ---- Axes -------------------------------------------------------------------------------------------------------- */

#define AXIS_FAILS(expected, input_length, output_length, dtype, options, ...)                                       \
  do {                                                                                                               \
    rsmp_axis *axis = (rsmp_axis *)&failure;                                                                         \
    FAILS(expected, rsmp_axis_create(input_length, output_length, dtype, options, &axis, error), __VA_ARGS__);       \
    CHECK(axis == NULL, "line %d: an axis was left", __LINE__);                                                      \
  } while (0)

static void test_axes(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options, .mode = RSMP_MODE_LINEAR};
  AXIS_FAILS(RSMP_INVALID_VALUE, 0, 8, float32, &options, "got 0");
  AXIS_FAILS(RSMP_INVALID_VALUE, 8, 0, float32, &options, "got 0");
  AXIS_FAILS(RSMP_INVALID_VALUE, -4, 8, float32, &options, "got -4");
  AXIS_FAILS(RSMP_INVALID_VALUE, INT64_MAX, 8, float32, &options, "2147483647", "got 9223372036854775807");
  AXIS_FAILS(RSMP_INVALID_VALUE, 8, INT64_MIN, float32, &options, "got -9223372036854775808");
  AXIS_FAILS(RSMP_INVALID_TYPE, 4, 8, kinds[INT64].dtype, &options, "linear", "int64");
  AXIS_FAILS(RSMP_INVALID_TYPE, 4, 8, ((rsmp_dtype){9, 32, 1}), &options, "{9, 32, 1}");
  options.mode = 99;
  AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "mode", "99");
  options.mode = RSMP_MODE_NEAREST;
  options.align_corners = RSMP_ALIGN_CORNERS_TRUE;
  AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "align_corners", "nearest");
  options.align_corners = RSMP_ALIGN_CORNERS_NOT_GIVEN;
  options.antialias = 1;
  AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "antialias", "nearest");
  options.mode = RSMP_MODE_LANCZOS;
  options.antialias = 0;
  AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "antialias", "lanczos");
  options.mode = RSMP_MODE_LINEAR;
  options.scale_factor_count = 2;
  AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "one scale_factor", "got 2");
  options.scale_factor_count = -1;
  AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "scale_factor", "got -1");
  options.scale_factor_count = 1;
  const double factors[] = {3, 0, -2, NAN, INFINITY, 1e300};
  for (int number = 0; number < 6; number++) {
    options.scale_factor[0] = factors[number];
    AXIS_FAILS(RSMP_INVALID_VALUE, 4, 8, float32, &options, "scale_factor", "8", "4");
  }
}

static void test_axes_of_plans(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  rsmp_plan *plan;
  if (!CHECK_OK(rsmp_plan_create(4, shape_2x3, float32, &options, &plan, &failure))) return;
  const int32_t indices[] = {-1, 2, INT32_MAX, INT32_MIN};
  for (int number = 0; number < 4; number++) {
    const rsmp_axis *axis = (const rsmp_axis *)&failure;
    char given[16];
    snprintf(given, sizeof given, "%d", (int)indices[number]);
    FAILS(RSMP_INVALID_VALUE, rsmp_plan_axis(plan, indices[number], &axis, error), "axis", given);
    CHECK(axis == NULL, "an axis was left");
  }
  const rsmp_axis *axis;
  if (CHECK_OK(rsmp_plan_axis(plan, 0, &axis, &failure))) {
    rsmp_axis_info info = {.struct_size = sizeof info - 1, .tap_count = 77};
    FAILS(RSMP_INVALID_VALUE, rsmp_axis_describe(axis, &info, error), "struct_size", "at least 32", "got 31");
    info.struct_size = 0;
    FAILS(RSMP_INVALID_VALUE, rsmp_axis_describe(axis, &info, error), "struct_size", "at least 32", "got 0");
    CHECK(info.tap_count == 77, "wrote into the info");
  }
  rsmp_plan_destroy(plan);
}

/* ---- The other operators ----------------------------------------------------------------------------------------- */

enum { SHUFFLE, UNSHUFFLE, CONVOLUTION, SAMPLING, AFFINE, CARAFE, INTERPOLATION_BACK, CONVOLUTION_BACK, SAMPLING_BACK,
       CARAFE_BACK, OPERATORS };
/* What is read, then what is written: an output, or the gradients of what is read. Those read that of the output third. */
enum { FROM, OTHER, BIAS, TO, OF_OTHER, OF_BIAS, TENSORS, GRADIENT = BIAS };

/* A call of each that would be fine. A tensor that it does not take has no name. */
static const struct {
  const char *name, *tensors[TENSORS];
  int ranks[TENSORS];
  int64_t shapes[TENSORS][4];
} operators[OPERATORS] = {
    {"pixel_shuffle", {"input", NULL, NULL, "output"}, {4, 0, 0, 4}, {{1, 4, 2, 3}, {0}, {0}, {1, 1, 4, 6}}},
    {"pixel_unshuffle", {"input", NULL, NULL, "output"}, {4, 0, 0, 4}, {{1, 1, 4, 6}, {0}, {0}, {1, 4, 2, 3}}},
    {"conv_transpose", {"input", "weight", "bias", "output"}, {4, 4, 1, 4},
     {{1, 4, 2, 3}, {4, 3, 2, 2}, {6}, {1, 6, 3, 4}}},
    {"grid_sample", {"input", "grid", NULL, "output"}, {4, 4, 0, 4},
     {{1, 4, 2, 3}, {1, 3, 5, 2}, {0}, {1, 4, 3, 5}}},
    {"affine_grid", {"theta", NULL, NULL, "grid"}, {3, 0, 0, 4}, {{1, 2, 3}, {0}, {0}, {1, 3, 5, 2}}},
    {"carafe", {"features", "masks", NULL, "output"}, {4, 4, 0, 4},
     {{1, 4, 2, 3}, {1, 18, 4, 6}, {0}, {1, 4, 4, 6}}},
    {"interpolate_backward", {NULL, NULL, "grad_output", "grad_input"}, {0, 0, 4, 4},
     {{0}, {0}, {1, 4, 4, 6}, {1, 4, 2, 3}}},
    {"conv_transpose_backward", {"input", "weight", "grad_output", "grad_input", "grad_weight", "grad_bias"},
     {4, 4, 4, 4, 4, 1},
     {{1, 4, 2, 3}, {4, 3, 2, 2}, {1, 6, 3, 4}, {1, 4, 2, 3}, {4, 3, 2, 2}, {6}}},
    {"grid_sample_backward", {"input", "grid", "grad_output", "grad_input", "grad_grid"}, {4, 4, 4, 4, 4},
     {{1, 4, 2, 3}, {1, 3, 5, 2}, {1, 4, 3, 5}, {1, 4, 2, 3}, {1, 3, 5, 2}}},
    {"carafe_backward", {"features", "masks", "grad_output", "grad_features", "grad_masks"}, {4, 4, 4, 4, 4},
     {{1, 4, 2, 3}, {1, 18, 4, 6}, {1, 4, 4, 6}, {1, 4, 2, 3}, {1, 18, 4, 6}}},
};

static bool is_backward(int operator) { return operator >= INTERPOLATION_BACK; }

/* The bias, and gradients that are not wanted; interpolate has a single one. */
static bool is_optional(int operator, int number) {
  return is_backward(operator) ? number >= TO && operator != INTERPOLATION_BACK : number == BIAS;
}

/* The one whose dtype the others must have. */
static int leader(int operator) {
  return operator == INTERPOLATION_BACK ? TO : is_backward(operator) ? GRADIENT : FROM;
}

static rsmp_conv_transpose_options convolution_of_groups(void) {
  return (rsmp_conv_transpose_options){.struct_size = sizeof(rsmp_conv_transpose_options), .groups = 2};
}

static rsmp_grid_sample_options sampling_options(void) {
  return (rsmp_grid_sample_options){.struct_size = sizeof(rsmp_grid_sample_options)};
}

static rsmp_status call_operator(int operator, const rsmp_tensor *const *tensors, rsmp_error *error) {
  const rsmp_tensor *from = tensors[FROM], *other = tensors[OTHER], *to = tensors[TO];
  rsmp_conv_transpose_options convolution = convolution_of_groups();
  rsmp_grid_sample_options sampling = sampling_options();
  switch (operator) {
    case SHUFFLE: return rsmp_pixel_shuffle(from, 2, to, error);
    case UNSHUFFLE: return rsmp_pixel_unshuffle(from, 2, to, error);
    case CONVOLUTION: return rsmp_conv_transpose(from, other, tensors[BIAS], &convolution, to, error);
    case SAMPLING: return rsmp_grid_sample(from, other, &sampling, to, error);
    case AFFINE: return rsmp_affine_grid(from, 0, to, error);
    case CARAFE: return rsmp_carafe(from, other, 3, 2, 2, to, error);
    default: break;
  }
  const rsmp_tensor *gradient = tensors[GRADIENT], *of_other = tensors[OF_OTHER];
  rsmp_interpolate_options interpolation = by_factor(RSMP_MODE_BILINEAR, 2, 2);
  switch (operator) {
    case INTERPOLATION_BACK: return rsmp_interpolate_backward(gradient, &interpolation, to, error);
    case CONVOLUTION_BACK:
      return rsmp_conv_transpose_backward(gradient, from, other, &convolution, to, of_other, tensors[OF_BIAS], error);
    case SAMPLING_BACK: return rsmp_grid_sample_backward(gradient, from, other, &sampling, to, of_other, error);
    default: return rsmp_carafe_backward(gradient, from, other, 3, 2, 2, to, of_other, error);
  }
}

/* The arrays of a call; `output`, which the checks look at, is the first that is written. */
static void make_arrays(int operator, array *arrays[TENSORS]) {
  for (int number = 0; number < TENSORS; number++) {
    arrays[number] = NULL;
    if (operators[operator].tensors[number] == NULL) continue;
    arrays[number] =
        new_array(&kinds[FLOAT32], operators[operator].ranks[number], operators[operator].shapes[number], CONTIGUOUS);
    if (number < TO) fill(arrays[number], (uint32_t)number);
  }
  output = arrays[TO];
}

/* What a call is given; NULL for a tensor that it does not take. */
static void tensors_of(array *const *arrays, const rsmp_tensor *tensors[TENSORS]) {
  for (int number = 0; number < TENSORS; number++) {
    tensors[number] = arrays[number] == NULL ? NULL : &arrays[number]->tensor;
  }
}

static void delete_arrays(array *arrays[TENSORS]) {
  for (int number = 0; number < TENSORS; number++) {
    if (arrays[number] != NULL) delete_array(arrays[number]);
  }
}

/* The call with one of its tensors replaced, which nothing may come of. */
static void check_refused(int operator, array *const *arrays, int replaced, const rsmp_tensor *tensor, const char *what,
                          rsmp_status expected, const char *word, const char *other_word) {
  const rsmp_tensor *tensors[TENSORS];
  tensors_of(arrays, tensors);
  tensors[replaced] = tensor;
  char call[120];
  snprintf(call, sizeof call, "%s, %s: %s", operators[operator].name, operators[operator].tensors[replaced], what);
  rsmp_error error;
  memset(&error, BLANK, sizeof error);
  rsmp_status with_error = call_operator(operator, tensors, &error);
  rsmp_status without_error = call_operator(operator, tensors, NULL);
  check_failure(__LINE__, call, expected, with_error, without_error, &error, (const char *const[]){word, other_word, NULL});
}

/* Whether, of all arrays but the replaced one, these bytes reach into array `input` alone: the next may be named as well. */
static bool reaches_only(array *const *arrays, int input, int replaced, const void *data, int64_t size) {
  for (int other = 0; other < TENSORS; other++) {
    if (arrays[other] == NULL || other == input || other == replaced) continue;
    const char *start = arrays[other]->tensor.data;
    if (start < (const char *)data + size && (const char *)data < start + arrays[other]->count * (int64_t)sizeof(float))
      return false;
  }
  return true;
}

/* More axes than any tensor has here, or fewer than none, are not implemented; the others only do not fit. */
static rsmp_status status_of_rank(int32_t rank) {
  return rank < 0 || rank > RSMP_MAX_AXES ? RSMP_NOT_IMPLEMENTED : RSMP_INVALID_VALUE;
}

/* Everything that can be wrong with a tensor, of every tensor of every operator. */
static void check_refused_tensors(int operator, array *const *arrays, int number) {
  const char *name = operators[operator].tensors[number];
  const rsmp_tensor whole = arrays[number]->tensor;
  const int own_rank = whole.ndim;
  int64_t shape[12], strides[12];
  rsmp_tensor tensor = whole;
#define REFUSED(what, expected, ...) check_refused(operator, arrays, number, &tensor, what, expected, __VA_ARGS__)

  if (!is_optional(operator, number)) {
    check_refused(operator, arrays, number, NULL, "NULL", RSMP_INVALID_VALUE, name, "NULL");
  }
  tensor.data = NULL;
  REFUSED("no data", RSMP_INVALID_VALUE, name, "NULL");
  tensor = whole;
  tensor.shape = NULL;
  REFUSED("no shape", RSMP_INVALID_VALUE, "NULL", NULL);
  tensor = whole;
  tensor.device.type = 2;
  REFUSED("memory of a GPU", RSMP_INVALID_VALUE, name, "device type 2");

  tensor = whole;
  tensor.dtype = kinds[INT32].dtype;
  REFUSED("another dtype", RSMP_INVALID_TYPE, "int32", NULL);
  tensor.dtype = kinds[FLOAT64].dtype;
  REFUSED("another dtype", RSMP_INVALID_TYPE, "float64", number == leader(operator) ? NULL : name);
  tensor.dtype = (rsmp_dtype){RSMP_FLOAT, 24, 1};
  REFUSED("no dtype", RSMP_INVALID_TYPE, name, "{2, 24, 1}");
  tensor.dtype = (rsmp_dtype){RSMP_FLOAT, 32, 2};
  REFUSED("lanes", RSMP_INVALID_TYPE, name, "{2, 32, 2}");

  const int32_t ranks[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, INT32_MIN, INT32_MAX};
  tensor = whole;
  tensor.shape = shape;
  for (int axis = 0; axis < 12; axis++) shape[axis] = axis < own_rank ? whole.shape[axis] : 1;
  for (int rank = 0; rank < 13; rank++) {
    tensor.ndim = ranks[rank];
    rsmp_status expected = status_of_rank(ranks[rank]);
    if (operator == INTERPOLATION_BACK && number == TO && (ranks[rank] < 3 || ranks[rank] > 5)) {
      expected = RSMP_NOT_IMPLEMENTED;
    }
    if (ranks[rank] != own_rank) REFUSED("another rank", expected, "", NULL);
  }
  tensor.ndim = own_rank;
  for (int axis = 0; axis < own_rank; axis++) {
    const int64_t lengths[] = {whole.shape[axis] + 1, -3, INT64_MIN, INT64_MAX, 1LL << 31, 1LL << 62};
    for (int length = 0; length < 6; length++) {
      /* Shapes that would be fine: a grid has any number of points, and an image any size that there is. */
      if (operator == AFFINE && number == TO && (axis == 1 || axis == 2) && length != 1 && length != 2) continue;
      if (operator == SAMPLING && number == FROM && axis >= 2 && length == 0) continue;
      shape[axis] = lengths[length];
      REFUSED("another shape", RSMP_INVALID_VALUE, lengths[length] < 0 ? "negative" : "", NULL);
    }
    shape[axis] = whole.shape[axis];
  }

  tensor = whole;
  tensor.strides = strides;
  const int64_t steps[] = {INT64_MAX, INT64_MIN, INT64_MAX / 4, 1LL << 45, -(1LL << 45)};
  for (int step = 0; step < 5; step++) {
    for (int axis = 0; axis < own_rank; axis++) strides[axis] = steps[step];
    REFUSED("strides", RSMP_INVALID_VALUE, name, "too large");
  }
  tensor = whole;
  tensor.byte_offset = UINT64_MAX;
  REFUSED("byte_offset", RSMP_INVALID_VALUE, name, "offset");
  tensor.byte_offset = INT64_MAX;
  REFUSED("byte_offset", RSMP_INVALID_VALUE, name, NULL);

  if (number >= TO) {
    tensor = whole;
    tensor.strides = strides;
    for (int axis = 0; axis < own_rank; axis++) strides[axis] = 0;
    REFUSED("strides of 0", RSMP_INVALID_VALUE, "share memory", NULL);
    for (int axis = 0; axis < own_rank; axis++) strides[axis] = 1;
    if (own_rank > 1) REFUSED("strides of 1", RSMP_INVALID_VALUE, "share memory", NULL);
    for (int input = 0; input < TENSORS; input++) {
      if (arrays[input] == NULL || input == number) continue;
      const rsmp_tensor *from = &arrays[input]->tensor;
      /* Of two gradients either may be named. */
      const char *word = is_backward(operator) ? NULL : operators[operator].tensors[input];
      int64_t size = arrays[number]->count * (int64_t)sizeof(float);
      tensor = whole;
      tensor.data = from->data;
      REFUSED("another's memory", RSMP_INVALID_VALUE, "overlaps",
              !reaches_only(arrays, input, number, tensor.data, size) ? NULL
              : input < TO                                            ? operators[operator].tensors[input]
                                                                      : "grad_");
      tensor.data = (char *)from->data + arrays[input]->count * (int64_t)sizeof(float) - 1;
      REFUSED("another's last byte", RSMP_INVALID_VALUE, "overlaps",
              reaches_only(arrays, input, number, tensor.data, size) ? word : NULL);
      tensor.data = (char *)from->data - size + 1;
      REFUSED("another's first byte", RSMP_INVALID_VALUE, "overlaps",
              reaches_only(arrays, input, number, tensor.data, size) ? word : NULL);
    }
  }
#undef REFUSED
}

static void test_tensors_of_the_other_operators(void) {
  for (int operator = 0; operator < OPERATORS; operator++) {
    array *arrays[TENSORS], *before[TENSORS];
    make_arrays(operator, arrays);
    make_arrays(operator, before);
    output = arrays[TO];
    for (int number = 0; number < TENSORS; number++) {
      if (arrays[number] != NULL) check_refused_tensors(operator, arrays, number);
    }
    for (int number = 0; number < TENSORS; number++) {
      if (arrays[number] == NULL) continue;
      CHECK(memcmp(arrays[number]->memory, before[number]->memory, arrays[number]->size) == 0, "%s: %s changed",
            operators[operator].name, operators[operator].tensors[number]);
    }

    /* Nothing is wrong with it as it is. */
    const rsmp_tensor *tensors[TENSORS];
    tensors_of(arrays, tensors);
    CHECK_OK(call_operator(operator, tensors, &failure));
    for (int number = 0; number < TENSORS; number++) {
      if (!is_optional(operator, number)) continue;
      tensors[number] = NULL;
      CHECK_OK(call_operator(operator, tensors, &failure));
    }
    delete_arrays(arrays);
    delete_arrays(before);
  }
}

/* Arrays that share bytes but no element: gradients in turn with one another, and with what is read. */
static void test_gradients_in_turn(void) {
  float memory[4 * 128], before[4 * 128];
  for (int place = 0; place < 4 * 128; place++) memory[place] = before[place] = (float)(place % 7) - 3;
  int64_t image[] = {1, 4, 2, 3}, images[] = {4 * 24, 4 * 6, 4 * 3, 4}, points[] = {1, 2, 3, 2}, steps[] = {48, 24, 8, 4};
  rsmp_tensor from = {.data = memory, .device = {1, 0}, .ndim = 4, .dtype = float32, .shape = image, .strides = images};
  rsmp_tensor gradient = from, of_input = from, grid = from;
  gradient.data = memory + 1;
  of_input.data = memory + 2;
  grid.data = memory + 3;
  grid.shape = points;
  grid.strides = steps;
  rsmp_grid_sample_options options = sampling_options();
  array *of_grid = new_array(&kinds[FLOAT32], 4, points, CONTIGUOUS);
  CHECK_OK(rsmp_grid_sample_backward(&gradient, &from, &grid, &options, &of_input, &of_grid->tensor, &failure));
  for (int place = 0; place < 4 * 128; place++) {
    bool is_gradient = place % 4 == 2 && place < 4 * 24;
    CHECK(is_gradient || memory[place] == before[place], "place %d changed", place);
  }
  delete_array(of_grid);
}

/* Tensors of one dtype that the operator does not take. */
static void test_dtypes_of_the_other_operators(void) {
  for (int operator = CONVOLUTION; operator < OPERATORS; operator++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      bool is_float = kind->dtype.code == RSMP_FLOAT || kind->dtype.code == RSMP_BFLOAT;
      if (operator == AFFINE ? kind <= kinds + FLOAT64 : is_float) continue;
      if (operator == CONVOLUTION && kind == &kinds[INT64]) continue;
      array *arrays[TENSORS];
      make_arrays(operator, arrays);
      for (int number = 0; number < TENSORS; number++) {
        if (arrays[number] == NULL) continue;
        delete_array(arrays[number]);
        arrays[number] =
            new_array(kind, operators[operator].ranks[number], operators[operator].shapes[number], CONTIGUOUS);
      }
      output = arrays[TO];
      int first = leader(operator);
      check_refused(operator, arrays, first, &arrays[first]->tensor, "dtype", RSMP_INVALID_TYPE,
                    is_backward(operator) ? "float32" : operators[operator].tensors[FROM], kind->name);
      delete_arrays(arrays);
    }
  }
}

/* A call that would write a shape to `result`. */
#define SHAPE_FAILS(expected, call, ...)                                                          \
  do {                                                                                            \
    int64_t result[RSMP_MAX_AXES + 2], untouched[RSMP_MAX_AXES + 2];                              \
    memset(result, BLANK, sizeof result);                                                         \
    memset(untouched, BLANK, sizeof untouched);                                                   \
    FAILS(expected, call, __VA_ARGS__);                                                           \
    CHECK(memcmp(result, untouched, sizeof result) == 0, "line %d: wrote a shape", __LINE__);     \
  } while (0)

static const int64_t shape_of_ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* Counts and factors that are never right, and what is said of them. */
static const struct { int64_t value; const char *words; } wrong_values[] = {
    {-1, "-1"},
    {INT64_MIN, "-9223372036854775808"},
    {1LL << 31, "2147483648"},
    {1LL << 32, "4294967296"},
    {1LL << 62, "4611686018427387904"},
    {INT64_MAX, "9223372036854775807"}};
enum { WRONG_VALUES = sizeof wrong_values / sizeof wrong_values[0] };

static void test_pixel_shuffle(void) {
  const int64_t packed[] = {1, 4, 2, 3}, shuffled[] = {1, 1, 4, 6};
  array *arrays[TENSORS], *backwards[TENSORS];
  make_arrays(UNSHUFFLE, backwards);
  make_arrays(SHUFFLE, arrays);
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, NULL, 2, result, error), "shape", "NULL");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(4, NULL, 2, result, error), "shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, packed, 2, NULL, error), "output_shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(4, shuffled, 2, NULL, error), "output_shape", "NULL");
  const int32_t ranks[] = {0, 1, 2, 9, -1, INT32_MIN, INT32_MAX};
  for (int rank = 0; rank < 7; rank++) {
    rsmp_status expected = status_of_rank(ranks[rank]);
    SHAPE_FAILS(expected, rsmp_pixel_shuffle_shape(ranks[rank], shape_of_ones, 1, result, error), "axes");
    SHAPE_FAILS(expected, rsmp_pixel_unshuffle_shape(ranks[rank], shape_of_ones, 1, result, error), "axes");
  }
  for (int64_t factor = -1; factor <= 5; factor++) {
    if (factor == 1 || factor == 2) continue; /* 3 and 5 do not divide 4, nor 4 and 5 all of 4 and 6 */
    SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, packed, factor, result, error), "upscale_factor");
    if (factor != 3) {
      SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(4, shuffled, factor, result, error), "downscale_factor");
    }
  }
  for (int number = 0; number < WRONG_VALUES; number++) {
    int64_t factor = wrong_values[number].value;
    const char *words = wrong_values[number].words;
    SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, packed, factor, result, error), "upscale_factor", words);
    SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(4, shuffled, factor, result, error), "downscale_factor",
                words);
    SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, (int64_t[]){1, 0, 2, 3}, factor, result, error), "");
    SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(4, (int64_t[]){1, 1, 0, 0}, factor, result, error), "");
    FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle(&arrays[FROM]->tensor, factor, &arrays[TO]->tensor, error), words);
    FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle(&backwards[FROM]->tensor, factor, &arrays[TO]->tensor, error), words);
  }
  delete_arrays(backwards);
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, (int64_t[]){1, 4, 2, -3}, 2, result, error), "negative");
  /* Products that do not fit in 64 bits, or in any memory. */
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(3, (int64_t[]){4, 1, INT64_MAX}, 2, result, error), "large");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(3, (int64_t[]){4, 1LL << 31, 1LL << 31}, 2, result, error),
              "large");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_shuffle_shape(4, (int64_t[]){0, 4, 1LL << 61, 8}, 2, result, error), "large");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(3, (int64_t[]){1LL << 62, 2, 2}, 2, result, error), "large");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_pixel_unshuffle_shape(3, (int64_t[]){INT64_MAX, 1, 1}, 1, result, error), "large");
  delete_arrays(arrays);
}

/* Options that no function may take. */
#define CONVOLUTION_FAILS(options, ...)                                                                          \
  do {                                                                                                           \
    SHAPE_FAILS(RSMP_INVALID_VALUE,                                                                              \
                rsmp_conv_transpose_shape(4, arrays[FROM]->shape, arrays[OTHER]->shape, options, result, error), \
                __VA_ARGS__);                                                                                    \
    FAILS(RSMP_INVALID_VALUE,                                                                                    \
          rsmp_conv_transpose(&arrays[FROM]->tensor, &arrays[OTHER]->tensor, &arrays[BIAS]->tensor, options,     \
                              &arrays[TO]->tensor, error),                                                       \
          __VA_ARGS__);                                                                                          \
    FAILS(RSMP_INVALID_VALUE,                                                                                    \
          rsmp_conv_transpose_backward(&back[GRADIENT]->tensor, &back[FROM]->tensor, &back[OTHER]->tensor,       \
                                       options, &back[TO]->tensor, &back[OF_OTHER]->tensor,                      \
                                       &back[OF_BIAS]->tensor, error),                                           \
          __VA_ARGS__);                                                                                          \
    CHECK(is_blank(back[TO]) && is_blank(back[OF_OTHER]) && is_blank(back[OF_BIAS]), "wrote into a gradient");   \
  } while (0)

/* One of the options that have an entry for each axis. */
static void set_per_axis(rsmp_conv_transpose_options *options, int option, int32_t count, int64_t first, int64_t second) {
  int32_t *const counts[] = {&options->stride_count, &options->padding_count, &options->output_padding_count,
                             &options->dilation_count};
  int64_t *const values[] = {options->stride, options->padding, options->output_padding, options->dilation};
  *counts[option] = count;
  values[option][0] = first;
  values[option][1] = second;
}

static void test_conv_transpose(void) {
  static const char *const names[] = {"stride", "padding", "output_padding", "dilation"};
  array *arrays[TENSORS], *back[TENSORS];
  make_arrays(CONVOLUTION_BACK, back);
  make_arrays(CONVOLUTION, arrays);
  CONVOLUTION_FAILS(NULL, "options", "NULL");
  const uint32_t sizes[] = {0, 4, sizeof(rsmp_conv_transpose_options) - 1};
  rsmp_conv_transpose_options options;
  for (int number = 0; number < 3; number++) {
    options = convolution_of_groups();
    options.struct_size = sizes[number];
    CONVOLUTION_FAILS(&options, "struct_size", "at least 128");
  }
  for (int option = 0; option < 4; option++) {
    bool is_from_1 = option == 0 || option == 3;
    const int32_t counts[] = {-1, 1, 3, 4, INT32_MAX, INT32_MIN};
    for (int number = 0; number < 6; number++) {
      options = convolution_of_groups();
      set_per_axis(&options, option, counts[number], is_from_1, is_from_1);
      CONVOLUTION_FAILS(&options, names[option], "2 entries");
    }
    for (int number = is_from_1 ? -1 : 0; number < WRONG_VALUES; number++) {
      int64_t value = number < 0 ? 0 : wrong_values[number].value;
      const char *words = number < 0 ? "got 0" : wrong_values[number].words;
      for (int axis = 0; axis < 2; axis++) {
        options = convolution_of_groups();
        set_per_axis(&options, option, 2, axis == 0 ? value : is_from_1, axis == 1 ? value : is_from_1);
        CONVOLUTION_FAILS(&options, names[option], words);
      }
    }
  }
  const int64_t groups[] = {-1, 3, 5, 8, INT64_MIN, INT64_MAX, 1LL << 31, 1LL << 62};
  for (int number = 0; number < 8; number++) {
    options = convolution_of_groups();
    options.groups = groups[number];
    CONVOLUTION_FAILS(&options, "groups");
  }
  options = convolution_of_groups();
  options.reserved = 1;
  CONVOLUTION_FAILS(&options, "reserved", "got 1");

  /* output_padding is below the larger of stride and dilation, axis by axis. */
  const int64_t paddings[][3] = {{1, 1, 1}, {2, 1, 2}, {1, 3, 3}, {3, 2, 7}, {1, 1, INT32_MAX}};
  for (int number = 0; number < 5; number++) {
    options = convolution_of_groups();
    set_per_axis(&options, 0, 2, 9, paddings[number][0]);
    set_per_axis(&options, 3, 2, 9, paddings[number][1]);
    set_per_axis(&options, 2, 2, 8, paddings[number][2]);
    CONVOLUTION_FAILS(&options, "output_padding");
  }
  /* Of three rows and four columns of output. */
  options = convolution_of_groups();
  set_per_axis(&options, 1, 2, 0, 2);
  CONVOLUTION_FAILS(&options, "padding 2");
  set_per_axis(&options, 1, 2, 2, 0);
  CONVOLUTION_FAILS(&options, "padding 2");
  set_per_axis(&options, 1, 2, 0, INT32_MAX);
  CONVOLUTION_FAILS(&options, "padding 2147483647");

  /* Options that are fine, for another output. */
  options = convolution_of_groups();
  set_per_axis(&options, 0, 2, 2, 1);
  FAILS(RSMP_INVALID_VALUE, rsmp_conv_transpose(&arrays[FROM]->tensor, &arrays[OTHER]->tensor, NULL, &options,
                                                &arrays[TO]->tensor, error), "output", "(1, 6, 4, 4)", "(1, 6, 3, 4)");
  output = back[TO];
  FAILS(RSMP_INVALID_VALUE, rsmp_conv_transpose_backward(&back[GRADIENT]->tensor, &back[FROM]->tensor,
                                                         &back[OTHER]->tensor, &options, &back[TO]->tensor, NULL, NULL,
                                                         error), "grad_output", "(1, 6, 4, 4)", "(1, 6, 3, 4)");
  delete_arrays(arrays);
  delete_arrays(back);
}

static void test_shapes_of_conv_transpose(void) {
  array *arrays[TENSORS];
  make_arrays(CONVOLUTION, arrays);
  rsmp_conv_transpose_options options = convolution_of_groups();
#define CONVOLUTION_SHAPE_FAILS(rank, from, weight, ...) \
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_conv_transpose_shape(rank, from, weight, &options, result, error), __VA_ARGS__)
  const int64_t from[] = {1, 4, 2, 3}, weight[] = {4, 3, 2, 2};
  FAILS(RSMP_INVALID_VALUE, rsmp_conv_transpose_shape(4, from, weight, &options, NULL, error), "output_shape", "NULL");
  CONVOLUTION_SHAPE_FAILS(4, NULL, weight, "shape", "NULL");
  CONVOLUTION_SHAPE_FAILS(4, from, NULL, "shape", "NULL");
  const int32_t ranks[] = {0, 1, 2, 6, 7, 8, 9, -1, INT32_MIN, INT32_MAX};
  for (int rank = 0; rank < 10; rank++) {
    SHAPE_FAILS(status_of_rank(ranks[rank]),
                rsmp_conv_transpose_shape(ranks[rank], shape_of_ones, shape_of_ones, &options, result, error), "axes");
  }
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){3, 3, 2, 2}), "weight", "(3, 3, 2, 2)", "(1, 4, 2, 3)");
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 0, 2, 2}), "channels");
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 3, 0, 2}), "weight", "empty");
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 3, 2, -2}), "negative");
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1, 0, 2, 3}), ((int64_t[]){0, 3, 2, 2}), "channels");
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1, 4, 0, 3}), weight, "input", "empty");
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){-1, 4, 2, 3}), weight, "negative");
  /* Products that do not fit in 64 bits, or in any memory. */
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 1LL << 62, 2, 2}), "4611686018427387904");
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 1LL << 46, 2, 2}), "large");
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 3, INT64_MAX, 2}), "long");
  CONVOLUTION_SHAPE_FAILS(4, from, ((int64_t[]){4, 3, INT64_MAX / 2, 2}), "long");
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1, 4, 2, INT64_MAX}), weight, "9223372036854775807");
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1LL << 62, 4, 2, 3}), weight, "large");
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1, 4, 1LL << 32, 1LL << 32}), weight, "large");
  set_per_axis(&options, 0, 2, INT32_MAX, 1);
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1, 4, 1LL << 33, 3}), weight, "8589934592", "2147483647");
  set_per_axis(&options, 0, 2, 1, INT32_MAX);
  set_per_axis(&options, 3, 2, 1, INT32_MAX);
  CONVOLUTION_SHAPE_FAILS(4, ((int64_t[]){1, 4, 2, 1LL << 32}), ((int64_t[]){4, 3, 2, 1LL << 32}), "4294967296");
  delete_arrays(arrays);
}

static void test_grid_sample(void) {
  array *arrays[TENSORS], *back[TENSORS];
  make_arrays(SAMPLING_BACK, back);
  make_arrays(SAMPLING, arrays);
#define SAMPLING_FAILS(options, ...)                                                                                   \
  do {                                                                                                                 \
    FAILS(RSMP_INVALID_VALUE,                                                                                          \
          rsmp_grid_sample(&arrays[FROM]->tensor, &arrays[OTHER]->tensor, options, &arrays[TO]->tensor, error),        \
          __VA_ARGS__);                                                                                                \
    FAILS(RSMP_INVALID_VALUE,                                                                                          \
          rsmp_grid_sample_backward(&back[GRADIENT]->tensor, &back[FROM]->tensor, &back[OTHER]->tensor, options,       \
                                    &back[TO]->tensor, &back[OF_OTHER]->tensor, error),                                \
          __VA_ARGS__);                                                                                                \
    CHECK(is_blank(back[TO]) && is_blank(back[OF_OTHER]), "wrote into a gradient");                                    \
  } while (0)
  SAMPLING_FAILS(NULL, "options", "NULL");
  const uint32_t sizes[] = {0, 4, sizeof(rsmp_grid_sample_options) - 1};
  for (int number = 0; number < 3; number++) {
    rsmp_grid_sample_options options = sampling_options();
    options.struct_size = sizes[number];
    SAMPLING_FAILS(&options, "struct_size", "at least 16");
  }
  const int32_t unknown[] = {-1, 3, INT32_MAX, INT32_MIN};
  for (int number = 0; number < 4; number++) {
    char given[16];
    snprintf(given, sizeof given, "%d", (int)unknown[number]);
    rsmp_grid_sample_options options = sampling_options();
    options.mode = unknown[number];
    SAMPLING_FAILS(&options, "mode", given);
    options = sampling_options();
    options.padding_mode = unknown[number];
    SAMPLING_FAILS(&options, "padding_mode", given);
    options = sampling_options();
    options.align_corners = unknown[number];
    SAMPLING_FAILS(&options, "align_corners", "0 or 1", given);
  }
  delete_arrays(arrays);
  delete_arrays(back);

  make_arrays(AFFINE, arrays);
  const int32_t flags[] = {-1, 2, INT32_MAX};
  for (int number = 0; number < 3; number++) {
    FAILS(RSMP_INVALID_VALUE, rsmp_affine_grid(&arrays[FROM]->tensor, flags[number], &arrays[TO]->tensor, error),
          "align_corners", "0 or 1");
  }
  /* Theta of a volume for the grid of a plane, and the reverse. */
  rsmp_tensor tensor = arrays[FROM]->tensor;
  tensor.shape = (int64_t[]){1, 3, 4};
  FAILS(RSMP_INVALID_VALUE, rsmp_affine_grid(&tensor, 0, &arrays[TO]->tensor, error), "theta", "(1, 2, 3)", "(1, 3, 4)");
  tensor = arrays[TO]->tensor;
  tensor.shape = (int64_t[]){1, 1, 2, 5, 3};
  tensor.ndim = 5;
  FAILS(RSMP_INVALID_VALUE, rsmp_affine_grid(&arrays[FROM]->tensor, 0, &tensor, error), "theta", "(1, 3, 4)", "(1, 2, 3)");
  tensor.shape = (int64_t[]){1, 2, 5, 3};
  tensor.ndim = 4;
  FAILS(RSMP_INVALID_VALUE, rsmp_affine_grid(&arrays[FROM]->tensor, 0, &tensor, error), "grid", "(1, 2, 5, 3)");
  delete_arrays(arrays);
}

static void test_labels(void) {
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  int64_t result[4], shape[] = {1, 4, 6}, wide[] = {1, 257, 2, 3}, none[] = {1, 0, 2, 3}, cube[] = {1, 1, 2, 3, 4};
  array *labels = new_array(&kinds[UINT8], 3, shape, CONTIGUOUS), *logits = new_array(&kinds[FLOAT32], 4, wide, CONTIGUOUS);
  array *floats = new_array(&kinds[FLOAT32], 3, shape, CONTIGUOUS), *volume = new_array(&kinds[FLOAT32], 5, cube, CONTIGUOUS);
  array *small = new_array(&kinds[FLOAT32], 4, shape_2x3, CONTIGUOUS);
  const rsmp_tensor *from = &small->tensor, *to = &labels->tensor;
  output = floats; /* which nothing is written to */
  fill(small, 3);

  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels_shape(4, NULL, float32, &options, result, error), "shape", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels_shape(4, shape_2x3, float32, NULL, result, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels_shape(4, shape_2x3, float32, &options, NULL, error), "output_shape", "NULL");
  FAILS(RSMP_NOT_IMPLEMENTED, rsmp_logits_to_labels_shape(5, cube, float32, &options, result, error), "4-D", "5-D");
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels_shape(4, none, float32, &options, result, error), "channels", "(1, 0, 2, 3)");
  FAILS(RSMP_INVALID_TYPE, rsmp_logits_to_labels_shape(4, shape_2x3, kinds[UINT8].dtype, &options, result, error), "uint8");
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels(NULL, &options, to, error), "logits", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels(from, NULL, to, error), "options", "NULL");
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels(from, &options, NULL, error), "labels", "NULL");
  FAILS(RSMP_NOT_IMPLEMENTED, rsmp_logits_to_labels(&volume->tensor, &options, to, error), "4-D");
  FAILS(RSMP_INVALID_TYPE, rsmp_logits_to_labels(from, &options, &floats->tensor, error), "int32", "float32");
  FAILS(RSMP_INVALID_TYPE, rsmp_logits_to_labels(&logits->tensor, &options, to, error), "256", "uint8", "257");
  rsmp_interpolate_options larger = to_size(RSMP_MODE_BILINEAR, 4, 7);
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels(from, &larger, to, error), "(1, 4, 7)", "(1, 4, 6)");
  rsmp_tensor within = labels->tensor;
  within.data = (char *)small->tensor.data + small->tensor.byte_offset;
  FAILS(RSMP_INVALID_VALUE, rsmp_logits_to_labels(from, &options, &within, error), "overlaps");
  CHECK(is_blank(labels), "wrote labels");

  CHECK_OK(rsmp_logits_to_labels_shape(4, shape_2x3, float32, &options, result, &failure));
  CHECK(memcmp(result, shape, sizeof shape) == 0, "another shape");
  CHECK_OK(rsmp_logits_to_labels(from, &options, to, &failure));
  delete_array(small);
  delete_array(labels);
  delete_array(logits);
  delete_array(floats);
  delete_array(volume);
}

static void test_shapes_of_grid_sample(void) {
  array *arrays[TENSORS];
  make_arrays(SAMPLING, arrays);
#define SAMPLING_SHAPE_FAILS(rank, from, grid, ...)                                                           \
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_grid_sample_shape(rank, from, grid, result, error), __VA_ARGS__)
  const int64_t from[] = {1, 4, 2, 3}, grid[] = {1, 3, 5, 2}, volume[] = {1, 4, 2, 3, 5};
  FAILS(RSMP_INVALID_VALUE, rsmp_grid_sample_shape(4, from, grid, NULL, error), "output_shape", "NULL");
  SAMPLING_SHAPE_FAILS(4, NULL, grid, "shape", "NULL");
  SAMPLING_SHAPE_FAILS(4, from, NULL, "shape", "NULL");
  const int32_t ranks[] = {0, 1, 2, 3, 6, 7, 8, 9, -1, INT32_MIN, INT32_MAX};
  for (int rank = 0; rank < 11; rank++) {
    rsmp_status expected = status_of_rank(ranks[rank]);
    SHAPE_FAILS(expected, rsmp_grid_sample_shape(ranks[rank], shape_of_ones, shape_of_ones, result, error),
                expected == RSMP_INVALID_VALUE ? "4-D" : "axes");
  }
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){1, 3, 5, 3}), "2 coordinates", "(1, 3, 5, 3)");
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){1, 3, 5, 0}), "2 coordinates", "(1, 3, 5, 0)");
  SAMPLING_SHAPE_FAILS(5, volume, ((int64_t[]){1, 3, 5, 2, 2}), "3 coordinates", "(1, 3, 5, 2, 2)");
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){2, 3, 5, 2}), "batch", "(1, 4, 2, 3)", "(2, 3, 5, 2)");
  SAMPLING_SHAPE_FAILS(4, ((int64_t[]){1, 4, 0, 3}), grid, "(1, 4, 0, 3)");
  SAMPLING_SHAPE_FAILS(4, ((int64_t[]){1, 4, 2, 0}), ((int64_t[]){1, 0, 5, 2}), "(1, 4, 2, 0)");
  SAMPLING_SHAPE_FAILS(4, ((int64_t[]){1, 4, 2, 1LL << 31}), grid, "2147483648");
  SAMPLING_SHAPE_FAILS(5, ((int64_t[]){1, 4, 1LL << 62, 2, 2}), ((int64_t[]){1, 1, 1, 1, 3}), "4611686018427387904");
  SAMPLING_SHAPE_FAILS(4, ((int64_t[]){1, -4, 2, 3}), grid, "negative");
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){1, -3, 5, 2}), "negative");
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){1, 1LL << 40, 1LL << 40, 2}), "large");
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){1, 1LL << 62, 2, 2}), "large");
  SAMPLING_SHAPE_FAILS(4, from, ((int64_t[]){1, INT64_MAX, 1, 2}), "large");
  SAMPLING_SHAPE_FAILS(4, ((int64_t[]){1LL << 62, 4, 2, 3}), ((int64_t[]){1LL << 62, 3, 5, 2}), "large");
  delete_arrays(arrays);
}

static void test_carafe(void) {
  array *arrays[TENSORS], *back[TENSORS];
  make_arrays(CARAFE_BACK, back);
  make_arrays(CARAFE, arrays);
  const int64_t features[] = {1, 4, 2, 3}, masks[] = {1, 18, 4, 6};
#define CARAFE_FAILS(kernel, groups, scale, ...)                                                                 \
  do {                                                                                                           \
    SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_carafe_shape(features, masks, kernel, groups, scale, result, error),    \
                __VA_ARGS__);                                                                                    \
    FAILS(RSMP_INVALID_VALUE,                                                                                    \
          rsmp_carafe(&arrays[FROM]->tensor, &arrays[OTHER]->tensor, kernel, groups, scale, &arrays[TO]->tensor, \
                      error),                                                                                    \
          __VA_ARGS__);                                                                                          \
    FAILS(RSMP_INVALID_VALUE,                                                                                    \
          rsmp_carafe_backward(&back[GRADIENT]->tensor, &back[FROM]->tensor, &back[OTHER]->tensor, kernel,       \
                               groups, scale, &back[TO]->tensor, &back[OF_OTHER]->tensor, error),                \
          __VA_ARGS__);                                                                                          \
    CHECK(is_blank(back[TO]) && is_blank(back[OF_OTHER]), "wrote into a gradient");                              \
  } while (0)
  FAILS(RSMP_INVALID_VALUE, rsmp_carafe_shape(features, masks, 3, 2, 2, NULL, error), "output_shape", "NULL");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_carafe_shape(NULL, masks, 3, 2, 2, result, error), "shape", "NULL");
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_carafe_shape(features, NULL, 3, 2, 2, result, error), "shape", "NULL");
  const int64_t even[] = {0, 2, 4, -2, -3};
  for (int number = 0; number < 5; number++) CARAFE_FAILS(even[number], 2, 2, "kernel_size", "odd");
  CARAFE_FAILS(5, 2, 2, "masks", "(1, 50, 4, 6)", "(1, 18, 4, 6)");
  CARAFE_FAILS(1, 2, 2, "masks", "(1, 2, 4, 6)");
  CARAFE_FAILS(3, 0, 2, "group_size", "got 0");
  CARAFE_FAILS(3, 3, 2, "group_size", "4 channels", "got 3");
  CARAFE_FAILS(3, 1, 2, "masks", "(1, 9, 4, 6)");
  CARAFE_FAILS(3, 2, 0, "scale_factor", "got 0");
  CARAFE_FAILS(3, 2, 1, "masks", "(1, 18, 2, 3)");
  CARAFE_FAILS(3, 2, 3, "masks", "(1, 18, 6, 9)");
  for (int number = 0; number < WRONG_VALUES; number++) {
    const char *words = wrong_values[number].words;
    CARAFE_FAILS(wrong_values[number].value, 2, 2, "kernel_size", words);
    CARAFE_FAILS(3, wrong_values[number].value, 2, "group_size", words);
    CARAFE_FAILS(3, 2, wrong_values[number].value, "");
  }
  CARAFE_FAILS((1LL << 32) + 1, 2, 2, "kernel_size 4294967297", "large");
  CARAFE_FAILS((1LL << 31) + 1, 4, 2, "kernel_size 2147483649", "large");

  /* The same for shapes alone. */
#define CARAFE_SHAPE_FAILS(features, masks, groups, scale, ...) \
  SHAPE_FAILS(RSMP_INVALID_VALUE, rsmp_carafe_shape(features, masks, 3, groups, scale, result, error), __VA_ARGS__)
  CARAFE_SHAPE_FAILS(((int64_t[]){1, 0, 2, 3}), ((int64_t[]){1, 9, 2, 3}), 1, 1, "channels");
  CARAFE_SHAPE_FAILS(((int64_t[]){1, 4, 2, -3}), ((int64_t[]){1, 9, 2, 3}), 1, 1, "negative");
  CARAFE_SHAPE_FAILS(((int64_t[]){2, 4, 2, 3}), ((int64_t[]){1, 9, 2, 3}), 1, 1, "masks", "(2, 9, 2, 3)");
  CARAFE_SHAPE_FAILS(((int64_t[]){1, 4, 2, 3}), ((int64_t[]){1, 9, 2, 4}), 1, 1, "masks", "(1, 9, 2, 3)");
  CARAFE_SHAPE_FAILS(((int64_t[]){1, 4, INT64_MAX, 3}), ((int64_t[]){1, 9, 2, 3}), 1, 2, "large");
  CARAFE_SHAPE_FAILS(((int64_t[]){1LL << 62, 4, 2, 3}), ((int64_t[]){1LL << 62, 9, 2, 3}), 1, 1, "large");
  CARAFE_SHAPE_FAILS(((int64_t[]){1, 4, 1, 1LL << 31}), ((int64_t[]){1, 9, 1, 1LL << 31}), 1, 1, "large");
  CARAFE_SHAPE_FAILS(((int64_t[]){1, 4, 1, 1LL << 30}), ((int64_t[]){1, 9, 4, 1LL << 32}), 1, 4, "large");
  delete_arrays(arrays);
  delete_arrays(back);
}

/* ---- The machine ------------------------------------------------------------------------------------------------- */

static void test_numbers_of_threads(void) {
  const int32_t counts[] = {0, -1, 1025, INT32_MAX, INT32_MIN};
  int32_t before = rsmp_get_num_threads();
  for (int number = 0; number < 5; number++) {
    char given[24];
    snprintf(given, sizeof given, "got %d", (int)counts[number]);
    FAILS(RSMP_INVALID_VALUE, rsmp_set_num_threads(counts[number], error), "from 1 to 1024", given);
    if (counts[number] == 0) continue; /* no limit */
    FAILS(RSMP_INVALID_VALUE, rsmp_limit_threads(counts[number], error), "from 0 to 1024", given);
  }
  CHECK(rsmp_get_num_threads() == before, "%d threads, not %d", (int)rsmp_get_num_threads(), (int)before);
}

/* ---- Instruction sets -------------------------------------------------------------------------------------------- */

static const char *const variable = "RESAMPLE_INSTRUCTION_SET";

/* The environment is read when the library is loaded: a process of its own for each wish. */
static int status_of_a_process_with(const char *program, const char *wish, const char *part) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    setenv(variable, wish, 1);
    execl(program, program, part, (char *)NULL);
    _exit(100);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What a process does whose environment asks for an instruction set that does not exist. */
static void test_refusal_by_the_environment(void) {
  char given[16] = "";
  snprintf(given, sizeof given, "%s", getenv(variable));
  rsmp_interpolate_options options = to_size(RSMP_MODE_BILINEAR, 4, 6);
  const char *name = "untouched";
  rsmp_plan *plan;
  FAILS(RSMP_UNSUPPORTED_CPU, rsmp_instruction_set(&name, error), variable, "baseline, avx2 or avx512", given);
  CHECK(strcmp(name, "untouched") == 0, "%s", name);
  FAILS(RSMP_UNSUPPORTED_CPU, rsmp_plan_create(4, shape_2x3, float32, &options, &plan, error), variable);
  CHECK(plan == NULL, "a plan was left");
  FAILS(RSMP_UNSUPPORTED_CPU, rsmp_interpolate(&input->tensor, &options, &output->tensor, error), variable);
  FAILS(RSMP_UNSUPPORTED_CPU, rsmp_plan_create_backward(4, shape_2x3, float32, &options, &plan, error), variable);
  CHECK(plan == NULL, "a plan was left");
  delete_array(input); /* the others have their own */
  delete_array(output);
  for (int operator = 0; operator < OPERATORS; operator++) {
    if (operator == AFFINE) continue; /* which has no kernels */
    array *arrays[TENSORS];
    make_arrays(operator, arrays);
    check_refused(operator, arrays, TO, &arrays[TO]->tensor, variable, RSMP_UNSUPPORTED_CPU, variable, given);
    delete_arrays(arrays);
  }
  /* What the host does to its environment later has no effect. */
  setenv(variable, "baseline", 1);
  CHECK(rsmp_instruction_set(&name, NULL) == RSMP_UNSUPPORTED_CPU, "the environment was read again");
}

/* The baseline is there on every processor, and an empty wish is none. */
static void test_acceptance_of_the_environment(void) {
  const char *name = NULL;
  bool is_accepted = CHECK_OK(rsmp_instruction_set(&name, &failure));
  if (is_accepted && getenv(variable)[0] != '\0') CHECK(strcmp(name, getenv(variable)) == 0, "%s", name);
  delete_array(input);
  delete_array(output);
}

static void test_instruction_sets(const char *program) {
  char endless[1000]; /* longer than a message */
  memset(endless, 'x', sizeof endless - 1);
  endless[sizeof endless - 1] = '\0';
  const char *const unknown[] = {"sse9", "AVX2", "avx", "avx2 ", "avx5121", endless}, *const known[] = {"baseline", ""};
  for (int number = 0; number < 6; number++) {
    int status = status_of_a_process_with(program, unknown[number], "refused");
    CHECK(status == 0, "%.10s: the process ended with %d", unknown[number], status);
  }
  for (int number = 0; number < 2; number++) {
    int status = status_of_a_process_with(program, known[number], "accepted");
    CHECK(status == 0, "%s: the process ended with %d", known[number], status);
  }
}

int main(int count, char **arguments) {
  input = new_array(&kinds[FLOAT32], 4, shape_2x3, CONTIGUOUS);
  output = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 4, 6}, CONTIGUOUS);
  fill(input, 1);
  if (count == 2) { /* a process that status_of_a_process_with started */
    if (strcmp(arguments[1], "refused") == 0) test_refusal_by_the_environment();
    if (strcmp(arguments[1], "accepted") == 0) test_acceptance_of_the_environment();
    return checks_failed == 0 && checks_passed > 0 ? 0 : 1;
  }
  if (!can_run("test_errors")) return 0;
  test_null_pointers();
  test_null_pointers_in_tensors();
  test_struct_sizes();
  test_regions();
  test_unknown_values();
  test_options_that_a_mode_does_not_have();
  test_sizes_and_factors();
  test_clamp_bounds();
  test_clamp_has_no_gradient();
  test_ranks();
  test_input_shapes();
  test_shapes_that_overflow();
  test_dtypes();
  test_outputs_that_do_not_fit();
  test_inputs_that_are_not_the_plans();
  test_gradients_that_are_not_the_plans();
  test_devices();
  test_strides_that_overflow();
  test_outputs_that_overlap_themselves();
  test_outputs_that_overlap_the_input();
  test_axes();
  test_axes_of_plans();
  test_numbers_of_threads();
  test_instruction_sets(arguments[0]);
  delete_array(input);
  delete_array(output);
  test_tensors_of_the_other_operators();
  test_gradients_in_turn();
  test_dtypes_of_the_other_operators();
  test_pixel_shuffle();
  test_conv_transpose();
  test_shapes_of_conv_transpose();
  test_grid_sample();
  test_shapes_of_grid_sample();
  test_carafe();
  test_labels();
  return report("test_errors");
}
