/* Pillow's resize and reduce: a call and a plan agree in any memory, and what makes no sense is refused. */
#include <limits.h>
#include <stddef.h>

#include "arrays.h"

static const rsmp_dtype bytes = {RSMP_UINT, 8, 1};
static const int64_t from_shape[] = {8, 9, 4}, to_shape[] = {3, 4, 4}, means_shape[] = {3, 3, 4};

static rsmp_pillow_resize_options options_of_filter(int32_t filter) {
  return (rsmp_pillow_resize_options){
      .struct_size = sizeof(rsmp_pillow_resize_options), .resample = filter, .width = 4, .height = 3};
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

static void test_a_call_and_a_plan_give_the_same_in_any_memory(void) {
  const int numbers[] = {UINT8, UINT16, INT32, FLOAT32};
  for (int32_t filter = RSMP_PILLOW_NEAREST; filter <= RSMP_PILLOW_MKS2021; filter++) {
    for (int number = 0; number < 4; number++) {
      const kind *kind = &kinds[numbers[number]];
      for (int is_boxed = 0; is_boxed < 2; is_boxed++) {
        rsmp_pillow_resize_options options = options_of_filter(filter);
        options.has_alpha = numbers[number] == UINT8;
        options.has_box = is_boxed;
        memcpy(options.box, (const double[]){0.5, 1, 8.25, 8}, sizeof options.box);
        options.reducing_gap = is_boxed && numbers[number] != UINT16 ? 1 : 0;
        array *same = new_array(kind, 3, from_shape, CONTIGUOUS), *expected = new_array(kind, 3, to_shape, CONTIGUOUS);
        fill(same, 7);
        CHECK_OK(rsmp_pillow_resize(&same->tensor, &options, &expected->tensor, &failure));
        rsmp_plan *plan;
        if (!CHECK_OK(rsmp_plan_create_pillow_resize(3, from_shape, kind->dtype, &options, &plan, &failure))) continue;
        int64_t shape[3] = {0};
        CHECK_OK(rsmp_plan_output_shape(plan, shape, &failure));
        CHECK(memcmp(shape, to_shape, sizeof shape) == 0, "%d x %d", (int)shape[0], (int)shape[1]);
        for (int format = 0; format < MEMORY_FORMATS; format++) {
          array *input = new_array(kind, 3, from_shape, format), *output = new_array(kind, 3, to_shape, format);
          copy_elements(same, input);
          CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure));
          CHECK(first_difference(output, expected) < 0, "filter %d, %s, %s", (int)filter, kind->name,
                memory_formats[format]);
          CHECK(is_blank_around_elements(output), "wrote elsewhere");
          delete_array(input);
          delete_array(output);
        }
        rsmp_plan_destroy(plan);
        delete_array(same);
        delete_array(expected);
      }
    }
  }
}

static void test_means(void) {
  const unsigned char samples[] = {0, 100, 200, 250};
  unsigned char result[] = {0, 0};
  int64_t lengths[] = {1, 4}, result_lengths[] = {1, 2}, one[] = {1, 1};
  rsmp_tensor image = {(void *)(uintptr_t)samples, {1, 0}, 2, bytes, lengths, NULL, 0};
  rsmp_tensor output = {result, {1, 0}, 2, bytes, result_lengths, NULL, 0};
  CHECK_OK(rsmp_pillow_reduce(&image, 2, 1, NULL, 0, &output, &failure));
  CHECK(result[0] == 50 && result[1] == 225, "%d %d", result[0], result[1]);
  /* The last cell is smaller. */
  CHECK_OK(rsmp_pillow_reduce(&image, 3, 5, NULL, 0, &output, &failure));
  CHECK(result[0] == 100 && result[1] == 250, "%d %d", result[0], result[1]);
  output.shape = one;
  CHECK_OK(rsmp_pillow_reduce(&image, INT32_MAX, INT32_MAX, (const int64_t[]){1, 0, 3, 1}, 0, &output, &failure));
  CHECK(result[0] == 150, "%d", result[0]);
}

/* ---- What is refused --------------------------------------------------------------------------------------------- */

static void refused(int line, rsmp_status wanted, int32_t rank, const int64_t *shape, rsmp_dtype dtype,
                    const rsmp_pillow_resize_options *options, const char *words) {
  rsmp_plan *plan = (rsmp_plan *)&failure;
  rsmp_status status = rsmp_plan_create_pillow_resize(rank, shape, dtype, options, &plan, &failure);
  CHECK(status == wanted && strstr(failure.message, words) != NULL, "line %d: %d, %s", line, (int)status, failure.message);
  CHECK(plan == NULL, "line %d: a plan was left", line);
  if (shape != from_shape || dtype.bits != 8) return;
  array *image = new_array(&kinds[UINT8], 3, from_shape, CONTIGUOUS), *output = new_array(&kinds[UINT8], 3, to_shape, CONTIGUOUS);
  CHECK(rsmp_pillow_resize(&image->tensor, options, &output->tensor, NULL) == wanted, "line %d: a call", line);
  CHECK(is_blank(output), "line %d: wrote", line);
  delete_array(image);
  delete_array(output);
}

#define REFUSED(...) refused(__LINE__, RSMP_INVALID_VALUE, 3, from_shape, bytes, &options, __VA_ARGS__)

static void test_unknown_values(void) {
  const size_t fields[] = {offsetof(rsmp_pillow_resize_options, resample), offsetof(rsmp_pillow_resize_options, has_alpha),
                           offsetof(rsmp_pillow_resize_options, has_box), offsetof(rsmp_pillow_resize_options, release)};
  const char *const names[] = {"resample", "has_alpha", "has_box", "release"};
  const int32_t values[] = {-1, 17, 904, INT32_MIN};
  for (int field = 0; field < 4; field++) {
    for (int number = 0; number < 4; number++) {
      rsmp_pillow_resize_options options = options_of_filter(RSMP_PILLOW_BICUBIC);
      memcpy((char *)&options + fields[field], &values[number], sizeof values[number]);
      REFUSED(names[field]);
    }
  }
  const uint32_t sizes[] = {0, 4, sizeof(rsmp_pillow_resize_options) - 1, 1025, UINT32_MAX};
  for (int number = 0; number < 5; number++) {
    rsmp_pillow_resize_options options = options_of_filter(RSMP_PILLOW_BICUBIC);
    options.struct_size = sizes[number];
    REFUSED("options.struct_size must be at ");
  }
}

static void test_null_pointers(void) {
  rsmp_pillow_resize_options options = options_of_filter(RSMP_PILLOW_BICUBIC);
  array *image = new_array(&kinds[UINT8], 3, from_shape, CONTIGUOUS), *output = new_array(&kinds[UINT8], 3, to_shape, CONTIGUOUS);
  rsmp_plan *plan;
#define IS_NULL(call, name)                                                                   \
  do {                                                                                        \
    CHECK((call) == RSMP_INVALID_VALUE, "%s", name);                                          \
    CHECK(strstr(failure.message, name " is NULL") != NULL, "%s: %s", name, failure.message); \
  } while (0)
  IS_NULL(rsmp_pillow_resize(NULL, &options, &output->tensor, &failure), "image");
  IS_NULL(rsmp_pillow_resize(&image->tensor, NULL, &output->tensor, &failure), "options");
  IS_NULL(rsmp_pillow_resize(&image->tensor, &options, NULL, &failure), "output");
  IS_NULL(rsmp_plan_create_pillow_resize(3, NULL, bytes, &options, &plan, &failure), "shape");
  IS_NULL(rsmp_plan_create_pillow_resize(3, from_shape, bytes, NULL, &plan, &failure), "options");
  IS_NULL(rsmp_plan_create_pillow_resize(3, from_shape, bytes, &options, NULL, &failure), "plan");
  IS_NULL(rsmp_pillow_reduce(NULL, 2, 2, NULL, 0, &output->tensor, &failure), "image");
  IS_NULL(rsmp_pillow_reduce(&image->tensor, 2, 2, NULL, 0, NULL, &failure), "output");
  CHECK(is_blank(output), "wrote");
  delete_array(image);
  delete_array(output);
}

static const int64_t lengths[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)1 << 31, (int64_t)1 << 62};
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

static void test_hostile_numbers(void) {
  rsmp_pillow_resize_options options;
  for (int number = 0; number < LENGTHS; number++) {
    options = options_of_filter(RSMP_PILLOW_LANCZOS);
    options.width = lengths[number];
    REFUSED("size must be from 1");
    options.height = lengths[(number + 2) % LENGTHS];
    REFUSED("size must be from 1");
  }
  const double edges[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, -1, 1e9};
  for (size_t number = 0; number < sizeof edges / sizeof *edges; number++) {
    for (int edge = 0; edge < 4; edge++) {
      for (int gap = 0; gap < 2; gap++) {
        options = options_of_filter(RSMP_PILLOW_MKS2021);
        options.has_box = 1;
        options.box[2] = 9;
        options.box[3] = 8;
        options.box[edge] = edges[number];
        options.reducing_gap = gap;
        REFUSED("box must not ");
      }
    }
  }
  options = options_of_filter(RSMP_PILLOW_BOX);
  options.has_box = 1;
  options.box[2] = 5e-324; /* float32 has no such number */
  options.box[3] = 8;
  REFUSED("box must not be empty");
  const double gaps[] = {NAN, -INFINITY, 0.5, 1e-300, -1};
  for (size_t number = 0; number < sizeof gaps / sizeof *gaps; number++) {
    options = options_of_filter(RSMP_PILLOW_BOX);
    options.reducing_gap = gaps[number];
    REFUSED("reducing_gap must be at least 1");
  }
}

static void test_hostile_shapes(void) {
  rsmp_pillow_resize_options options = options_of_filter(RSMP_PILLOW_BICUBIC);
  for (int number = 0; number < LENGTHS; number++) {
    for (int axis = 0; axis < 3; axis++) {
      int64_t shape[] = {8, 9, 4};
      shape[axis] = lengths[number];
      if (axis < 2 || lengths[number] < 0 || lengths[number] > INT64_MAX / 72) {
        refused(__LINE__, RSMP_INVALID_VALUE, 3, shape, bytes, &options, "");
      }
    }
  }
  refused(__LINE__, RSMP_INVALID_VALUE, 1, from_shape + 1, bytes, &options, "image must be (H, W)");
  refused(__LINE__, RSMP_INVALID_VALUE, 4, (const int64_t[]){1, 2, 3, 4}, bytes, &options, "image must be (H, W)");
  refused(__LINE__, RSMP_INVALID_TYPE, 3, from_shape, (rsmp_dtype){RSMP_FLOAT, 64, 1}, &options, "image must be uint8");
  options.has_alpha = 1;
  refused(__LINE__, RSMP_INVALID_VALUE, 2, (const int64_t[]){8, 9}, bytes, &options, "alpha is the last");

  /* An axis that keeps its samples needs no table, whatever the other does. */
  options.has_alpha = 0;
  options.width = INT32_MAX;
  rsmp_plan *plan;
  for (int number = 0; number < 2; number++) {
    rsmp_dtype dtype = kinds[number == 0 ? UINT8 : FLOAT32].dtype;
    CHECK_OK(rsmp_plan_create_pillow_resize(2, (const int64_t[]){8, INT32_MAX}, dtype, &options, &plan, &failure));
    rsmp_plan_destroy(plan);
  }
}

static void test_refusals_of_reduce(void) {
  array *image = new_array(&kinds[UINT8], 3, from_shape, CONTIGUOUS);
  array *output = new_array(&kinds[UINT8], 3, means_shape, CONTIGUOUS);
  for (int number = 0; number < LENGTHS; number++) {
    int64_t other = lengths[(number + 1) % LENGTHS];
    CHECK(rsmp_pillow_reduce(&image->tensor, lengths[number], 3, NULL, 0, &output->tensor, NULL) == RSMP_INVALID_VALUE, "x");
    CHECK(rsmp_pillow_reduce(&image->tensor, 3, lengths[number], NULL, 0, &output->tensor, NULL) == RSMP_INVALID_VALUE, "y");
    CHECK(rsmp_pillow_reduce(&image->tensor, lengths[number], other, NULL, 0, &output->tensor, NULL) == RSMP_INVALID_VALUE,
          "both");
    for (int edge = 0; edge < 4; edge++) {
      int64_t box[] = {0, 0, 9, 8};
      if (lengths[number] == box[edge]) continue;
      box[edge] = lengths[number];
      CHECK(rsmp_pillow_reduce(&image->tensor, 3, 3, box, 0, &output->tensor, &failure) == RSMP_INVALID_VALUE &&
                strstr(failure.message, "box must be a part") != NULL,
            "edge %d at %lld: %s", edge, (long long)lengths[number], failure.message);
    }
  }
  CHECK(rsmp_pillow_reduce(&image->tensor, 3, 3, NULL, 2, &output->tensor, &failure) == RSMP_INVALID_VALUE, "alpha");
  CHECK(is_blank(output), "wrote");
  delete_array(image);
  delete_array(output);

  /* Nothing is made of no channels, and it is made at once. */
  int64_t empty[] = {1 << 20, 1 << 20, 0}, nowhere[] = {0, 0, 0}, half[] = {1 << 19, 1 << 19, 0};
  unsigned char nothing = 0;
  rsmp_tensor from = {&nothing, {1, 0}, 3, bytes, empty, nowhere, 0}, to = {&nothing, {1, 0}, 3, bytes, half, nowhere, 0};
  CHECK_OK(rsmp_pillow_reduce(&from, 2, 2, NULL, 0, &to, &failure));
}

static void test_a_plan_of_several_steps_has_no_axes(void) {
  rsmp_pillow_resize_options options = options_of_filter(RSMP_PILLOW_BICUBIC);
  options.has_alpha = 1;
  rsmp_plan *plan;
  if (!CHECK_OK(rsmp_plan_create_pillow_resize(3, from_shape, bytes, &options, &plan, &failure))) return;
  const rsmp_axis *axis = NULL;
  int64_t start[3], stop[3];
  CHECK(rsmp_plan_axis(plan, 0, &axis, &failure) == RSMP_INVALID_VALUE, "an axis");
  CHECK(strstr(failure.message, "several steps") != NULL, "%s", failure.message);
  CHECK(rsmp_plan_source_region(plan, start, stop, &failure) == RSMP_INVALID_VALUE, "a region");
  rsmp_plan_destroy(plan);
}

int main(void) {
  if (!can_run("test_pillow")) return 0;
  test_a_call_and_a_plan_give_the_same_in_any_memory();
  test_means();
  test_unknown_values();
  test_null_pointers();
  test_hostile_numbers();
  test_hostile_shapes();
  test_refusals_of_reduce();
  test_a_plan_of_several_steps_has_no_axes();
  return report("test_pillow");
}
