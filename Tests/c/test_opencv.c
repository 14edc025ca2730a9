/* OpenCV's resize from C: options, shapes, plans, and what is refused. The numbers are those of Tests/python/test_opencv.py. */
#include "check.h"

static rsmp_tensor image(void *data, int64_t *shape, int32_t ndim, rsmp_dtype dtype) {
  return (rsmp_tensor){.data = data, .device = {1, 0}, .ndim = ndim, .dtype = dtype, .shape = shape};
}

static const rsmp_dtype uint8 = {RSMP_UINT, 8, 1};

static rsmp_opencv_resize_options options_of(int32_t interpolation, int64_t width, int64_t height) {
  return (rsmp_opencv_resize_options){
      .struct_size = sizeof(rsmp_opencv_resize_options), .interpolation = interpolation, .width = width, .height = height};
}

/* Four samples become two, by every interpolation, in one call and with a plan. */
static void test_numbers(void) {
  static const struct {
    const char *name;
    int32_t interpolation;
    uint8_t expected[2];
  } cases[] = {
      {"nearest", RSMP_OPENCV_NEAREST, {0, 200}},         {"linear", RSMP_OPENCV_LINEAR, {50, 225}},
      {"area", RSMP_OPENCV_AREA, {50, 225}},              {"linear exact", RSMP_OPENCV_LINEAR_EXACT, {50, 225}},
      {"nearest exact", RSMP_OPENCV_NEAREST_EXACT, {100, 250}},
  };
  uint8_t samples[4] = {0, 100, 200, 250};
  int64_t shape[2] = {1, 4}, output_shape[2];
  rsmp_tensor input = image(samples, shape, 2, uint8);
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    rsmp_opencv_resize_options options = options_of(cases[index].interpolation, 2, 1);
    CHECK_OK(rsmp_opencv_resize_shape(2, shape, uint8, &options, output_shape, &failure));
    CHECK(output_shape[0] == 1 && output_shape[1] == 2, "%s", cases[index].name);
    uint8_t result[2] = {7, 7}, planned[2] = {7, 7};
    rsmp_tensor output = image(result, output_shape, 2, uint8);
    CHECK_OK(rsmp_opencv_resize(&input, &options, &output, &failure));
    CHECK(!memcmp(result, cases[index].expected, 2), "%s: %d %d", cases[index].name, result[0], result[1]);
    rsmp_plan *plan;
    if (!CHECK_OK(rsmp_plan_create_opencv_resize(2, shape, uint8, &options, &plan, &failure))) continue;
    output.data = planned;
    CHECK_OK(rsmp_plan_execute(plan, &input, &output, &failure));
    CHECK(!memcmp(planned, result, 2), "%s", cases[index].name);
    rsmp_plan_destroy(plan);
  }
}

static void test_factors(void) {
  int64_t shape[3] = {5, 9, 3}, output_shape[3];
  rsmp_opencv_resize_options options = options_of(RSMP_OPENCV_LINEAR, 0, 0);
  options.fx = options.fy = 0.5; /* 4.5 and 2.5: to even */
  CHECK_OK(rsmp_opencv_resize_shape(3, shape, uint8, &options, output_shape, &failure));
  CHECK(output_shape[0] == 2 && output_shape[1] == 4 && output_shape[2] == 3, "%d", (int)output_shape[0]);
}

static void test_refusals(void) {
  uint8_t samples[12] = {0}, result[12] = {0};
  int64_t shape[2] = {3, 4}, output_shape[2] = {1, 2};
  rsmp_tensor input = image(samples, shape, 2, uint8), output = image(result, output_shape, 2, uint8);
  rsmp_opencv_resize_options good = options_of(RSMP_OPENCV_LINEAR, 2, 1), bad[6];
  for (int index = 0; index < 6; index++) bad[index] = good;
  bad[0].struct_size = 40;
  bad[1].interpolation = 7;
  bad[2].release = 404;
  bad[3].without_ipp = 2;
  bad[4].width = 0;
  bad[5].width = 3; /* not the output's */
  for (int index = 0; index < 6; index++) {
    CHECK(rsmp_opencv_resize(&input, &bad[index], &output, &failure) == RSMP_INVALID_VALUE, "%d", index);
  }
  CHECK(rsmp_opencv_resize(&input, NULL, &output, &failure) == RSMP_INVALID_VALUE, "no options");
  CHECK(rsmp_opencv_resize(NULL, &good, &output, &failure) == RSMP_INVALID_VALUE, "no image");
  CHECK(rsmp_opencv_resize(&input, &good, NULL, &failure) == RSMP_INVALID_VALUE, "no output");
  CHECK(rsmp_opencv_resize_shape(2, shape, uint8, &good, NULL, &failure) == RSMP_INVALID_VALUE, "no shape");
  CHECK(rsmp_plan_create_opencv_resize(2, shape, uint8, &good, NULL, &failure) == RSMP_INVALID_VALUE, "no plan");
  rsmp_dtype int32 = {RSMP_INT, 32, 1};
  rsmp_plan *plan = (rsmp_plan *)result;
  CHECK(rsmp_plan_create_opencv_resize(2, shape, int32, &good, &plan, &failure) == RSMP_INVALID_TYPE, "int32");
  CHECK(plan == NULL, "a plan that was not made");
}

int main(void) {
  if (!can_run("test_opencv")) return 0;
  test_numbers();
  test_factors();
  test_refusals();
  return report("test_opencv");
}
