/*
 * TensorFlow's and JAX's resize: results that one can work out, the dtypes that become float32, the same bits for every memory
 * format, for plans and for calls on their own, and what is refused.
 */
#include "arrays.h"

static rsmp_tensorflow_resize_options tensorflow(int32_t method, int64_t height, int64_t width) {
  return (rsmp_tensorflow_resize_options){
      .struct_size = sizeof(rsmp_tensorflow_resize_options), .method = method, .height = height, .width = width};
}

static rsmp_jax_resize_options jax(int32_t method, const int64_t *shape, int rank) {
  rsmp_jax_resize_options options = {.struct_size = sizeof options, .method = method, .antialias = 1};
  memcpy(options.shape, shape, (size_t)rank * sizeof *shape);
  return options;
}

/* ---- Results ------------------------------------------------------------------------------------------------------- */

static void check_row(const char *name, const float *row, const float *expected, int count) {
  for (int x = 0; x < count; x++) {
    CHECK(fabsf(row[x] - expected[x]) <= 1e-6f * 4, "%s: sample %d is %g, not %g", name, x, (double)row[x],
          (double)expected[x]);
  }
}

static void test_results(void) {
  uint8_t samples[] = {1, 2, 3, 4};
  float row[8];
  rsmp_tensor images = {.data = samples, .ndim = 3, .dtype = {RSMP_UINT, 8, 1}, .shape = (int64_t[]){1, 4, 1}};
  rsmp_tensor output = {.data = row, .ndim = 3, .dtype = {RSMP_FLOAT, 32, 1}, .shape = (int64_t[]){1, 2, 1}};
  rsmp_tensorflow_resize_options options = tensorflow(RSMP_TENSORFLOW_BILINEAR, 1, 2);
  CHECK_OK(rsmp_tensorflow_resize(&images, &options, &output, &failure));
  check_row("half pixel", row, (float[]){1.5f, 3.5f}, 2);
  options.coordinates = RSMP_TENSORFLOW_LEGACY;
  CHECK_OK(rsmp_tensorflow_resize(&images, &options, &output, &failure));
  check_row("legacy", row, (float[]){1, 3}, 2);
  options.coordinates = RSMP_TENSORFLOW_ALIGN_CORNERS;
  CHECK_OK(rsmp_tensorflow_resize(&images, &options, &output, &failure));
  check_row("align corners", row, (float[]){1, 4}, 2);
  options.method = RSMP_TENSORFLOW_AREA;
  options.coordinates = RSMP_TENSORFLOW_HALF_PIXEL;
  CHECK_OK(rsmp_tensorflow_resize(&images, &options, &output, &failure));
  check_row("area", row, (float[]){1.5f, 3.5f}, 2);

  rsmp_tensor image = {.data = samples, .ndim = 1, .dtype = {RSMP_UINT, 8, 1}, .shape = (int64_t[]){4}};
  rsmp_tensor result = {.data = row, .ndim = 1, .dtype = {RSMP_FLOAT, 32, 1}, .shape = (int64_t[]){2}};
  rsmp_jax_resize_options jax_options = jax(RSMP_JAX_LINEAR, (int64_t[]){2}, 1);
  CHECK_OK(rsmp_jax_resize(&image, &jax_options, &result, &failure));
  check_row("JAX", row, (float[]){12 / 7.0f, 23 / 7.0f}, 2);
  jax_options.antialias = 0;
  CHECK_OK(rsmp_jax_resize(&image, &jax_options, &result, &failure));
  check_row("JAX without antialias", row, (float[]){1.5f, 3.5f}, 2);

  jax_options = jax(RSMP_JAX_LINEAR, (int64_t[]){6}, 1);
  jax_options.scales_and_translates = 1;
  jax_options.axis_count = 1;
  jax_options.axes[0] = -1;
  jax_options.scales[0] = 1;
  jax_options.translations[0] = 1.5;
  result.shape = (int64_t[]){6};
  CHECK_OK(rsmp_jax_resize(&image, &jax_options, &result, &failure));
  check_row("scale_and_translate", row, (float[]){0, 1, 1.5f, 2.5f, 3.5f, 4}, 6);
}

static void test_the_shape_of_an_aspect_ratio(void) {
  rsmp_tensorflow_resize_options options = tensorflow(RSMP_TENSORFLOW_BICUBIC, 50, 40);
  int64_t shape[4];
  CHECK_OK(rsmp_tensorflow_resize_shape(4, (int64_t[]){2, 30, 60, 3}, kinds[UINT8].dtype, &options, shape, &failure));
  CHECK(shape[0] == 2 && shape[1] == 50 && shape[2] == 40 && shape[3] == 3, "%lld rows", (long long)shape[1]);
  options.preserve_aspect_ratio = 1;
  CHECK_OK(rsmp_tensorflow_resize_shape(4, (int64_t[]){2, 30, 60, 3}, kinds[UINT8].dtype, &options, shape, &failure));
  CHECK(shape[1] == 20 && shape[2] == 40, "%lld rows, %lld columns", (long long)shape[1], (long long)shape[2]);
}

/* ---- Dtypes, memory formats, plans --------------------------------------------------------------------------------- */

static const int64_t from[] = {2, 9, 13, 3}, to[] = {2, 6, 17, 3};

static const kind *result_kind(const kind *kind, bool is_nearest, bool keeps_floats) {
  if (is_nearest || (keeps_floats && !is_integer(kind))) return kind;
  return &kinds[FLOAT32];
}

/* One call, and a plan of the same, from and to a memory format: their bits are `expected`'s. */
static void check_call(const kind *kind, bool is_jax, int32_t method, int format, const array *expected) {
  rsmp_tensorflow_resize_options of_tensorflow = tensorflow(method, to[1], to[2]);
  rsmp_jax_resize_options of_jax = jax(method, to, 4);
  array *input = new_array(kind, 4, from, format);
  fill(input, 7);
  for (int by_plan = 0; by_plan < 2; by_plan++) {
    array *output = new_array(expected->kind, 4, to, format);
    if (by_plan) {
      rsmp_plan *plan;
      rsmp_status status =
          is_jax ? rsmp_plan_create_jax_resize(4, from, kind->dtype, &of_jax, &plan, &failure)
                 : rsmp_plan_create_tensorflow_resize(4, from, kind->dtype, &of_tensorflow, &plan, &failure);
      CHECK(status == RSMP_OK, "%s", failure.message);
      int64_t shape[4] = {0};
      CHECK_OK(rsmp_plan_output_shape(plan, shape, &failure));
      CHECK(memcmp(shape, to, sizeof to) == 0, "a plan for %lld rows", (long long)shape[1]);
      CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure));
      rsmp_plan_destroy(plan);
    } else if (is_jax) {
      CHECK_OK(rsmp_jax_resize(&input->tensor, &of_jax, &output->tensor, &failure));
    } else {
      CHECK_OK(rsmp_tensorflow_resize(&input->tensor, &of_tensorflow, &output->tensor, &failure));
    }
    int64_t different = first_difference(output, expected);
    CHECK(different < 0, "%s, %s, method %d, %s: element %lld", is_jax ? "JAX" : "TensorFlow", kind->name, (int)method,
          memory_formats[format], (long long)different);
    CHECK(is_blank_around_elements(output), "%s, method %d: wrote between elements", kind->name, (int)method);
    delete_array(output);
  }
  delete_array(input);
}

static void test_memory_formats_and_plans(void) {
  for (int is_jax = 0; is_jax < 2; is_jax++) {
    int32_t nearest = is_jax ? RSMP_JAX_NEAREST : RSMP_TENSORFLOW_NEAREST;
    for (int32_t method = 0; method <= (is_jax ? RSMP_JAX_AREA : RSMP_TENSORFLOW_MITCHELLCUBIC); method++) {
      for (int number = 0; number < KINDS; number++) {
        const kind *kind = &kinds[number];
        if (!kind->is_weighted && method != nearest) continue;
        array *input = new_array(kind, 4, from, CONTIGUOUS);
        array *expected = new_array(result_kind(kind, method == nearest, is_jax), 4, to, CONTIGUOUS);
        fill(input, 7);
        rsmp_tensorflow_resize_options of_tensorflow = tensorflow(method, to[1], to[2]);
        rsmp_jax_resize_options of_jax = jax(method, to, 4);
        CHECK((is_jax ? rsmp_jax_resize(&input->tensor, &of_jax, &expected->tensor, &failure)
                      : rsmp_tensorflow_resize(&input->tensor, &of_tensorflow, &expected->tensor, &failure)) == RSMP_OK,
              "%s", failure.message);
        for (int format = 0; format < MEMORY_FORMATS; format++) check_call(kind, is_jax, method, format, expected);
        delete_array(input);
        delete_array(expected);
      }
    }
  }
}

/* ---- What is refused ----------------------------------------------------------------------------------------------- */

static void refuse_tensorflow(int line, rsmp_status expected, const kind *kind, rsmp_tensorflow_resize_options options,
                              int rank, const int64_t *shape) {
  rsmp_plan *plan = (rsmp_plan *)&options;
  rsmp_status status = rsmp_plan_create_tensorflow_resize(rank, shape, kind->dtype, &options, &plan, &failure);
  CHECK(status == expected && plan == NULL, "line %d: status %d", line, (int)status);
}

static void refuse_jax(int line, rsmp_status expected, rsmp_jax_resize_options options, const int64_t *shape) {
  rsmp_plan *plan = (rsmp_plan *)&options;
  rsmp_status status = rsmp_plan_create_jax_resize(4, shape, kinds[FLOAT32].dtype, &options, &plan, &failure);
  CHECK(status == expected && plan == NULL, "line %d: status %d", line, (int)status);
}

static void test_refusals(void) {
  const kind *bytes = &kinds[UINT8];
  rsmp_tensorflow_resize_options good = tensorflow(RSMP_TENSORFLOW_BILINEAR, 3, 4), bad = good;
#define REFUSE(field, value)                                                    \
  bad = good;                                                                   \
  bad.field = value;                                                            \
  refuse_tensorflow(__LINE__, RSMP_INVALID_VALUE, bytes, bad, 4, from)
  REFUSE(height, 0);
  REFUSE(width, -1);
  REFUSE(width, INT64_MAX);
  REFUSE(method, 8);
  REFUSE(antialias, 2);
  REFUSE(coordinates, 3);
  REFUSE(preserve_aspect_ratio, -1);
  REFUSE(struct_size, 39);
#undef REFUSE
  bad = good;
  bad.antialias = 1;
  bad.coordinates = RSMP_TENSORFLOW_LEGACY;
  refuse_tensorflow(__LINE__, RSMP_INVALID_VALUE, bytes, bad, 4, from);
  refuse_tensorflow(__LINE__, RSMP_INVALID_VALUE, bytes, good, 2, from);
  refuse_tensorflow(__LINE__, RSMP_INVALID_VALUE, bytes, good, 4, (int64_t[]){1, 0, 3, 1});
  refuse_tensorflow(__LINE__, RSMP_INVALID_TYPE, &kinds[INT64], good, 4, from);
  refuse_tensorflow(__LINE__, RSMP_INVALID_TYPE, &kinds[COMPLEX64], good, 4, from);

  rsmp_jax_resize_options moved = jax(RSMP_JAX_CUBIC, from, 4), other;
  moved.scales_and_translates = 1;
  moved.axis_count = 2;
  moved.axes[0] = 1;
  moved.axes[1] = 2;
  moved.scales[0] = moved.scales[1] = 1;
#define REFUSE(field, value)                                 \
  other = moved;                                             \
  other.field = value;                                       \
  refuse_jax(__LINE__, RSMP_INVALID_VALUE, other, from)
  REFUSE(scales[1], 0);
  REFUSE(scales[1], -1);
  REFUSE(scales[1], NAN);
  REFUSE(scales[1], INFINITY);
  REFUSE(translations[0], NAN);
  REFUSE(translations[0], -INFINITY);
  REFUSE(axes[1], 1);
  REFUSE(axes[1], 4);
  REFUSE(axes[1], -5);
  REFUSE(axis_count, 9);
  REFUSE(axis_count, -1);
  REFUSE(shape[3], 4);
  REFUSE(shape[1], 0);
  REFUSE(method, RSMP_JAX_NEAREST);
  REFUSE(method, 7);
  REFUSE(scales_and_translates, 2);
#undef REFUSE
  other = jax(RSMP_JAX_CUBIC, (int64_t[]){3, 8, 12, 4}, 4);
  refuse_jax(__LINE__, RSMP_NOT_IMPLEMENTED, other, from);
  CHECK(rsmp_jax_resize(NULL, &moved, NULL, &failure) == RSMP_INVALID_VALUE, "took no image");
  CHECK(rsmp_tensorflow_resize(NULL, NULL, NULL, NULL) == RSMP_INVALID_VALUE, "took no images");
}

static void test_results_have_their_own_dtype(void) {
  array *input = new_array(&kinds[UINT8], 4, from, CONTIGUOUS), *output = new_array(&kinds[UINT8], 4, to, CONTIGUOUS);
  fill(input, 1);
  rsmp_tensorflow_resize_options of_tensorflow = tensorflow(RSMP_TENSORFLOW_AREA, to[1], to[2]);
  rsmp_jax_resize_options of_jax = jax(RSMP_JAX_AREA, to, 4);
  CHECK(rsmp_tensorflow_resize(&input->tensor, &of_tensorflow, &output->tensor, &failure) == RSMP_INVALID_TYPE, "uint8");
  CHECK(rsmp_jax_resize(&input->tensor, &of_jax, &output->tensor, &failure) == RSMP_INVALID_TYPE, "uint8");
  CHECK(is_blank(output), "wrote something");
  delete_array(input);
  delete_array(output);
}

int main(void) {
  if (!can_run("test_float_conventions")) return 0;
  test_results();
  test_the_shape_of_an_aspect_ratio();
  test_memory_formats_and_plans();
  test_refusals();
  test_results_have_their_own_dtype();
  return report("test_float_conventions");
}
