/* ONNX's Resize: the three functions agree with one another and with the formulas, and refuse what makes no sense. */
#include <limits.h>
#include <stddef.h>

#include "arrays.h"

static const rsmp_dtype float32 = {RSMP_FLOAT, 32, 1};

/* Axes 1 and 3 of four, by scales: the other two are no axes of the plan, or copied ones. */
static const int64_t from_shape[] = {2, 4, 3, 6}, to_shape[] = {2, 6, 3, 4};

static rsmp_onnx_resize_options options_of_mode(int32_t mode) {
  return (rsmp_onnx_resize_options){.struct_size = sizeof(rsmp_onnx_resize_options),
                                    .mode = mode,
                                    .axis_count = 2,
                                    .scale_count = 2,
                                    .axes = {1, -1},
                                    .scales = {1.5f, 0.7f}};
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

/* The weight of source sample `source` in output sample `output`: half_pixel, linear or nearest. */
static double weight(int32_t mode, double scale, int64_t length, int64_t output, int64_t source) {
  double x = fmin(fmax(((double)output + 0.5) / scale - 0.5, 0), (double)(length - 1));
  if (mode == RSMP_ONNX_NEAREST) return (double)source == ceil(x - 0.5); /* round_prefer_floor */
  return fmax(1 - fabs(x - (double)source), 0);
}

/* The formulas, of the sample with this number of an output. */
static double expected(int32_t mode, const array *input, int64_t number) {
  int64_t w = number % to_shape[3], h = number / to_shape[3] % to_shape[2];
  int64_t c = number / (to_shape[3] * to_shape[2]) % to_shape[1], n = number / (to_shape[3] * to_shape[2] * to_shape[1]);
  double sum = 0;
  for (int64_t i = 0; i < from_shape[1]; i++) {
    for (int64_t j = 0; j < from_shape[3]; j++) {
      double share = weight(mode, 1.5, from_shape[1], c, i) * weight(mode, (double)0.7f, from_shape[3], w, j);
      int64_t source = ((n * from_shape[1] + i) * from_shape[2] + h) * from_shape[3] + j;
      if (share != 0) sum += share * get(input->kind, element(input, source));
    }
  }
  return sum;
}

static void test_a_call_and_a_plan_give_the_formulas(void) {
  for (int32_t mode = RSMP_ONNX_NEAREST; mode <= RSMP_ONNX_LINEAR; mode++) {
    rsmp_onnx_resize_options options = options_of_mode(mode);
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (mode != RSMP_ONNX_NEAREST && !kind->is_weighted) continue;
      int64_t shape[4] = {0};
      CHECK_OK(rsmp_onnx_resize_shape(4, from_shape, kind->dtype, &options, shape, &failure));
      CHECK(memcmp(shape, to_shape, sizeof shape) == 0, "%s: %d x %d", kind->name, (int)shape[1], (int)shape[3]);
      rsmp_plan *plan;
      if (!CHECK_OK(rsmp_plan_create_onnx_resize(4, from_shape, kind->dtype, &options, &plan, &failure))) continue;
      memset(shape, 0, sizeof shape);
      CHECK_OK(rsmp_plan_output_shape(plan, shape, &failure));
      CHECK(memcmp(shape, to_shape, sizeof shape) == 0, "%s: the plan's shape", kind->name);
      for (int format = 0; format < MEMORY_FORMATS; format++) {
        if (is_left_out()) continue;
        array *input = new_array(kind, 4, from_shape, format), *output = new_array(kind, 4, to_shape, CONTIGUOUS);
        array *planned = new_array(kind, 4, to_shape, MEMORY_FORMATS - 1 - format);
        fill(input, 3);
        CHECK_OK(rsmp_onnx_resize(&input->tensor, &options, &output->tensor, &failure));
        CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &planned->tensor, &failure));
        CHECK(first_difference(output, planned) < 0, "%s, %s: call and plan", kind->name, memory_formats[format]);
        CHECK(is_blank_around_elements(output) && is_blank_around_elements(planned), "%s: wrote elsewhere", kind->name);
        for (int64_t number = 0; number < output->count; number++) {
          double value = get(kind, element(output, number)), wanted = expected(mode, input, number);
          double tolerance = is_integer(kind) ? 0.5 + 1e-9 : kind->tolerance * 100;
          if (mode == RSMP_ONNX_NEAREST) tolerance = 0;
          CHECK(fabs(value - wanted) <= tolerance, "%s, %s, number %d: %.17g, not %.17g", kind->name,
                memory_formats[format], (int)number, value, wanted);
        }
        delete_array(input);
        delete_array(output);
        delete_array(planned);
      }
      rsmp_plan_destroy(plan);
    }
  }
}

static void test_a_crop_has_surroundings(void) {
  rsmp_onnx_resize_options options = {.struct_size = sizeof options,
                                      .coordinate_transformation_mode = RSMP_ONNX_TF_CROP_AND_RESIZE,
                                      .size_count = 1,
                                      .roi_count = 2,
                                      .extrapolation_value = -7,
                                      .sizes = {5},
                                      .roi = {-0.5, 1.5}};
  /* From the last sample to the first as well. */
  for (int turned = 0; turned < 2; turned++) {
    float samples[] = {1, 2, 3}, result[5] = {0};
    const float wanted[] = {-7, turned ? 3 : 1, 2, turned ? 1 : 3, -7};
    int64_t lengths[] = {3}, result_lengths[] = {5};
    if (turned) options.roi[0] = 1.5, options.roi[1] = -0.5;
    rsmp_tensor input = {samples, {1, 0}, 1, float32, lengths, NULL, 0}, output = {result, {1, 0}, 1, float32, result_lengths, NULL, 0};
    CHECK_OK(rsmp_onnx_resize(&input, &options, &output, &failure));
    for (int number = 0; number < 5; number++) CHECK(result[number] == wanted[number], "%d: %g", number, (double)result[number]);
  }
}

/* A plan takes the part that it reads, in any memory, in place of the whole. */
static void test_a_part_of_the_input(void) {
  const int64_t shape[] = {2, 3, 4, 9, 8}, result[] = {2, 3, 4, 5, 6};
  for (int32_t mode = RSMP_ONNX_NEAREST; mode <= RSMP_ONNX_CUBIC; mode++) {
    rsmp_onnx_resize_options options = {.struct_size = sizeof options,
                                        .mode = mode,
                                        .coordinate_transformation_mode = RSMP_ONNX_TF_CROP_AND_RESIZE,
                                        .axis_count = 2,
                                        .size_count = 2,
                                        .roi_count = 4,
                                        .axes = {3, 4},
                                        .sizes = {5, 6},
                                        .roi = {0.5, 0.375, 1.5, 1.25}};
    array *input = new_array(&kinds[FLOAT32], 5, shape, CONTIGUOUS), *whole = new_array(&kinds[FLOAT32], 5, result, CONTIGUOUS);
    fill(input, 6);
    CHECK_OK(rsmp_onnx_resize(&input->tensor, &options, &whole->tensor, &failure));
    rsmp_plan *plan;
    if (!CHECK_OK(rsmp_plan_create_onnx_resize(5, shape, float32, &options, &plan, &failure))) return;
    int64_t start[3] = {0}, stop[3] = {0};
    CHECK_OK(rsmp_plan_source_region(plan, start, stop, &failure));
    CHECK(start[0] > 0 && stop[0] <= 9 && start[1] > 0 && stop[1] <= 8, "%d to %d, %d to %d", (int)start[0], (int)stop[0],
          (int)start[1], (int)stop[1]);
    const int64_t read[] = {2, 3, 4, stop[0] - start[0], stop[1] - start[1]};
    for (int format = 0; format < MEMORY_FORMATS; format++) {
      array *part = new_array(&kinds[FLOAT32], 5, read, format), *output = new_array(&kinds[FLOAT32], 5, result, format);
      for (int64_t number = 0; number < part->count; number++) {
        int64_t w = number % read[4], h = number / read[4] % read[3], image = number / (read[4] * read[3]);
        memcpy(element(part, number), element(input, (image * 9 + start[0] + h) * 8 + start[1] + w), 4);
      }
      CHECK_OK(rsmp_plan_execute(plan, &part->tensor, &output->tensor, &failure));
      CHECK(first_difference(output, whole) < 0, "mode %d, %s: the part gives other bits", (int)mode, memory_formats[format]);
      delete_array(part);
      delete_array(output);
    }
    rsmp_plan_destroy(plan);
    delete_array(input);
    delete_array(whole);
  }
}

static void test_zeros_are_the_defaults(void) {
  /* nearest, half_pixel, round_prefer_floor, all axes; what stands in the fields that do not count is not read. */
  rsmp_onnx_resize_options options = {.struct_size = sizeof options, .scale_count = 1, .scales = {2.5f}};
  float samples[] = {1, 2}, result[5] = {0};
  int64_t lengths[] = {2}, result_lengths[] = {5};
  rsmp_tensor input = {samples, {1, 0}, 1, float32, lengths, NULL, 0}, output = {result, {1, 0}, 1, float32, result_lengths, NULL, 0};
  memset(options.axes, BLANK, sizeof options.axes);
  memset(options.sizes, BLANK, sizeof options.sizes);
  memset(options.roi, BLANK, sizeof options.roi);
  options.cubic_coeff_a = NAN;
  CHECK_OK(rsmp_onnx_resize(&input, &options, &output, &failure));
  CHECK(result[0] == 1 && result[2] == 1 && result[3] == 2 && result[4] == 2, "%g %g", (double)result[2], (double)result[3]);
}

/* ---- What is refused --------------------------------------------------------------------------------------------- */

static void refused(int line, rsmp_status wanted, int32_t rank, const int64_t *shape, rsmp_dtype dtype,
                    const rsmp_onnx_resize_options *options, const char *words) {
  int64_t result[RSMP_MAX_AXES];
  memset(result, BLANK, sizeof result);
  int64_t first = result[0];
  rsmp_status status = rsmp_onnx_resize_shape(rank, shape, dtype, options, result, &failure);
  CHECK(status == wanted && strstr(failure.message, words) != NULL, "line %d: %d, %s", line, (int)status, failure.message);
  CHECK(result[0] == first, "line %d: wrote a shape", line);
  rsmp_plan *plan = (rsmp_plan *)&failure;
  CHECK(rsmp_plan_create_onnx_resize(rank, shape, dtype, options, &plan, NULL) == wanted, "line %d: a plan", line);
  CHECK(plan == NULL, "line %d: a plan was left", line);
  array *input = new_array(&kinds[FLOAT32], 4, from_shape, CONTIGUOUS), *output = new_array(&kinds[FLOAT32], 4, to_shape, CONTIGUOUS);
  if (rank == 4 && shape == from_shape && dtype.bits == 32 && dtype.code == RSMP_FLOAT) {
    CHECK(rsmp_onnx_resize(&input->tensor, options, &output->tensor, NULL) == wanted, "line %d: a call", line);
    CHECK(is_blank(output), "line %d: wrote", line);
  }
  delete_array(input);
  delete_array(output);
}

#define REFUSED(...) refused(__LINE__, RSMP_INVALID_VALUE, 4, from_shape, float32, &options, __VA_ARGS__)

static void test_unknown_values(void) {
  const size_t fields[] = {offsetof(rsmp_onnx_resize_options, mode),
                           offsetof(rsmp_onnx_resize_options, coordinate_transformation_mode),
                           offsetof(rsmp_onnx_resize_options, nearest_mode),
                           offsetof(rsmp_onnx_resize_options, antialias),
                           offsetof(rsmp_onnx_resize_options, exclude_outside),
                           offsetof(rsmp_onnx_resize_options, keep_aspect_ratio_policy),
                           offsetof(rsmp_onnx_resize_options, axis_count),
                           offsetof(rsmp_onnx_resize_options, scale_count),
                           offsetof(rsmp_onnx_resize_options, size_count),
                           offsetof(rsmp_onnx_resize_options, roi_count),
                           offsetof(rsmp_onnx_resize_options, has_cubic_coeff_a)};
  const char *const names[] = {"mode", "coordinate_transformation_mode", "nearest_mode", "antialias", "exclude_outside",
                               "keep_aspect_ratio_policy", "axis_count", "scale_count", "size_count", "roi_count",
                               "has_cubic_coeff_a"};
  const int32_t values[] = {-1, 17, INT32_MAX, INT32_MIN};
  for (size_t field = 0; field < sizeof fields / sizeof *fields; field++) {
    for (int number = 0; number < 4; number++) {
      rsmp_onnx_resize_options options = options_of_mode(RSMP_ONNX_LINEAR);
      memcpy((char *)&options + fields[field], &values[number], sizeof values[number]);
      REFUSED(names[field]);
    }
  }
}

static void test_struct_sizes(void) {
  const uint32_t sizes[] = {0, 4, sizeof(rsmp_onnx_resize_options) - 1, 1025, UINT32_MAX};
  for (int number = 0; number < 5; number++) {
    rsmp_onnx_resize_options options = options_of_mode(RSMP_ONNX_LINEAR);
    options.struct_size = sizes[number];
    REFUSED("options.struct_size must be at ");
  }
  /* Of a newer header: fields that are 0 ask for nothing, others for what is not known here. */
  struct {
    rsmp_onnx_resize_options options;
    int64_t more;
  } newer = {options_of_mode(RSMP_ONNX_LINEAR), 0};
  int64_t result[4];
  newer.options.struct_size = sizeof newer;
  CHECK_OK(rsmp_onnx_resize_shape(4, from_shape, float32, &newer.options, result, &failure));
  newer.more = 1;
  refused(__LINE__, RSMP_INVALID_VALUE, 4, from_shape, float32, &newer.options, "newer header");
}

static void test_null_pointers(void) {
  rsmp_onnx_resize_options options = options_of_mode(RSMP_ONNX_LINEAR);
  array *input = new_array(&kinds[FLOAT32], 4, from_shape, CONTIGUOUS), *output = new_array(&kinds[FLOAT32], 4, to_shape, CONTIGUOUS);
  int64_t result[4];
  rsmp_plan *plan;
#define IS_NULL(call, name)                                                                                     \
  do {                                                                                                          \
    CHECK((call) == RSMP_INVALID_VALUE, "%s", name);                                                            \
    CHECK(strstr(failure.message, name " is NULL") != NULL, "%s: %s", name, failure.message);                   \
  } while (0)
  IS_NULL(rsmp_onnx_resize_shape(4, NULL, float32, &options, result, &failure), "shape");
  IS_NULL(rsmp_onnx_resize_shape(4, from_shape, float32, NULL, result, &failure), "options");
  IS_NULL(rsmp_onnx_resize_shape(4, from_shape, float32, &options, NULL, &failure), "output_shape");
  IS_NULL(rsmp_onnx_resize(NULL, &options, &output->tensor, &failure), "input");
  IS_NULL(rsmp_onnx_resize(&input->tensor, NULL, &output->tensor, &failure), "options");
  IS_NULL(rsmp_onnx_resize(&input->tensor, &options, NULL, &failure), "output");
  IS_NULL(rsmp_plan_create_onnx_resize(4, NULL, float32, &options, &plan, &failure), "shape");
  IS_NULL(rsmp_plan_create_onnx_resize(4, from_shape, float32, NULL, &plan, &failure), "options");
  IS_NULL(rsmp_plan_create_onnx_resize(4, from_shape, float32, &options, NULL, &failure), "plan");
  CHECK(is_blank(output), "wrote");
  delete_array(input);
  delete_array(output);
}

static void test_hostile_numbers(void) {
  rsmp_onnx_resize_options options = options_of_mode(RSMP_ONNX_CUBIC);
  const float scales[] = {0, -1, NAN, INFINITY, -INFINITY, 0x1p-126f, 0x1.fffffep127f, -0.0f};
  for (size_t number = 0; number < sizeof scales / sizeof *scales; number++) {
    options.scales[1] = scales[number];
    REFUSED(scales[number] > 0 && isfinite(scales[number]) ? "must get from 1" : "scales must be positive and finite");
  }
  options = options_of_mode(RSMP_ONNX_CUBIC);
  options.scale_count = 0;
  options.size_count = 2;
  options.sizes[0] = 3;
  const int64_t sizes[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)INT32_MAX + 1};
  for (size_t number = 0; number < sizeof sizes / sizeof *sizes; number++) {
    for (int32_t policy = RSMP_ONNX_STRETCH; policy <= RSMP_ONNX_NOT_SMALLER; policy++) {
      options.sizes[1] = sizes[number];
      options.keep_aspect_ratio_policy = policy;
      REFUSED("sizes must be from 1");
    }
  }
  options = options_of_mode(RSMP_ONNX_CUBIC);
  const int64_t axes[] = {4, -5, INT64_MIN, INT64_MAX, 1, -3};
  for (size_t number = 0; number < sizeof axes / sizeof *axes; number++) {
    options.axes[1] = axes[number];
    REFUSED("axes ");
  }
  options = options_of_mode(RSMP_ONNX_CUBIC);
  options.has_cubic_coeff_a = 1;
  options.cubic_coeff_a = INFINITY;
  REFUSED("cubic_coeff_a must be finite");
  options = options_of_mode(RSMP_ONNX_CUBIC);
  options.coordinate_transformation_mode = RSMP_ONNX_TF_CROP_AND_RESIZE;
  REFUSED("roi must be given");
  options.roi_count = 4;
  const double bounds[] = {NAN, INFINITY, -INFINITY, 1e300, 1e7};
  for (size_t number = 0; number < sizeof bounds / sizeof *bounds; number++) {
    options.roi[3] = bounds[number];
    REFUSED("roi must be finite");
  }
}

static void test_hostile_shapes(void) {
  rsmp_onnx_resize_options options = options_of_mode(RSMP_ONNX_NEAREST);
  const int64_t huge = (int64_t)1 << 40;
  const struct { int64_t shape[4]; const char *words; } shapes[] = {
      {{huge, 4, huge, 6}, "too large"},
      {{INT64_MAX, 2, INT64_MAX, 6}, "too large"},
      {{huge, 0, huge, 6}, "too large"},
      {{huge, huge, huge, 6}, "axis 1 of 1099511627776 samples"},
      {{1, 4, 1, 1}, "axis 3 of 1 samples must get from 1"},
      {{1, 4, 1, (int64_t)1 << 31}, "axis 3 has 2147483648 samples"},
      {{2, -1, 3, 4}, "negative length"},
      {{INT64_MIN, 4, 3, 4}, "negative length"}};
  for (size_t number = 0; number < sizeof shapes / sizeof *shapes; number++) {
    refused(__LINE__, RSMP_INVALID_VALUE, 4, shapes[number].shape, float32, &options, shapes[number].words);
  }
  /* Images of more than one axis: their lengths are multiplied. */
  rsmp_onnx_resize_options last = {
      .struct_size = sizeof last, .axis_count = 1, .scale_count = 1, .axes = {-1}, .scales = {2}};
  refused(__LINE__, RSMP_INVALID_VALUE, 4, (const int64_t[]){huge, huge, 1, 6}, float32, &last, "too large");
  refused(__LINE__, RSMP_INVALID_VALUE, 4, (const int64_t[]){INT64_MAX, 3, 0, 6}, float32, &last, "too large");
  refused(__LINE__, RSMP_INVALID_VALUE, 0, from_shape + 4, float32, &options, "at least one axis");
  refused(__LINE__, RSMP_NOT_IMPLEMENTED, 9, shapes[0].shape, float32, &options, "at most 8 axes");
  refused(__LINE__, RSMP_NOT_IMPLEMENTED, INT32_MIN, shapes[0].shape, float32, &options, "at most 8 axes");
  options.mode = RSMP_ONNX_LINEAR;
  refused(__LINE__, RSMP_INVALID_TYPE, 4, from_shape, (rsmp_dtype){RSMP_INT, 64, 1}, &options, "linear does not take int64");
  refused(__LINE__, RSMP_INVALID_TYPE, 4, from_shape, (rsmp_dtype){77, 32, 1}, &options, "");

  /* An axis that is left alone may be as long as memory goes, and needs no table. */
  options = (rsmp_onnx_resize_options){
      .struct_size = sizeof options, .axis_count = 1, .scale_count = 1, .axes = {0}, .scales = {2}};
  rsmp_plan *plan;
  CHECK_OK(rsmp_plan_create_onnx_resize(3, (int64_t[]){1, (int64_t)1 << 33, 3}, (rsmp_dtype){RSMP_UINT, 8, 1}, &options, &plan,
                                        &failure));
  rsmp_plan_destroy(plan);
  options.scales[0] = 1;
  CHECK_OK(rsmp_plan_create_onnx_resize(2, (int64_t[]){3, (int64_t)1 << 33}, (rsmp_dtype){RSMP_UINT, 8, 1}, &options, &plan,
                                        &failure));
  rsmp_plan_destroy(plan);
}

int main(void) {
  if (!can_run("test_onnx")) return 0;
  test_a_call_and_a_plan_give_the_formulas();
  test_a_crop_has_surroundings();
  test_a_part_of_the_input();
  test_zeros_are_the_defaults();
  test_unknown_values();
  test_struct_sizes();
  test_null_pointers();
  test_hostile_numbers();
  test_hostile_shapes();
  return report("test_onnx");
}
