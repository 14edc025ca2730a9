/*
 * Every function of the header is called, and what the library asks the environment for is written down: two variables.
 *
 * The program's own getenv and secure_getenv take the place of the C library's, for the library as well. test_privacy.py
 * runs this program under strace: between the two calls of access(), which name no file, is what the library asks of the
 * kernel.
 */
#include <unistd.h>

#include "arrays.h"

extern char **environ;

/* ---- The environment --------------------------------------------------------------------------------------------- */

enum { MOST_NAMES = 64 };
static char names[MOST_NAMES][64];
static int name_count;

static char *look_up(const char *name) {
  bool is_known = false;
  for (int number = 0; number < name_count; number++) is_known = is_known || strcmp(names[number], name) == 0;
  if (!is_known && name_count < MOST_NAMES) snprintf(names[name_count++], sizeof names[0], "%s", name);
  size_t length = strlen(name);
  for (char **entry = environ; *entry != NULL; entry++) {
    if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
  }
  return NULL;
}

char *getenv(const char *name);
char *secure_getenv(const char *name);
char *getenv(const char *name) { return look_up(name); }
char *secure_getenv(const char *name) { return look_up(name); }

/* ---- Every function ---------------------------------------------------------------------------------------------- */

enum { CHANNELS = 8, LENGTH = 96 };

static const kind *const float32 = &kinds[FLOAT32];

static array *make(int rank, const int64_t *shape) {
  array *made = new_array(float32, rank, shape, CONTIGUOUS);
  fill(made, 3);
  return made;
}

#define MAKE(...) make(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static void call_interpolate(void) {
  const int64_t shape[] = {1, CHANNELS, LENGTH, LENGTH};
  int64_t result[4];
  rsmp_interpolate_options options = {
      .struct_size = sizeof options, .mode = RSMP_MODE_BICUBIC, .size_count = 2, .size = {2 * LENGTH, 2 * LENGTH}};
  CHECK_OK(rsmp_interpolate_shape(4, shape, float32->dtype, &options, result, &failure));
  array *input = make(4, shape), *output = make(4, result);
  CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure));
  CHECK_OK(rsmp_interpolate_backward(&output->tensor, &options, &input->tensor, &failure));
  CHECK_OK(rsmp_logits_to_labels_shape(4, shape, float32->dtype, &options, result, &failure));
  array *labels = new_array(&kinds[UINT8], 3, result, CONTIGUOUS);
  CHECK_OK(rsmp_logits_to_labels(&input->tensor, &options, &labels->tensor, &failure));
  delete_array(labels);

  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create(4, shape, float32->dtype, &options, &plan, &failure))) {
    const rsmp_axis *axis;
    rsmp_axis_info info = {.struct_size = sizeof info};
    int64_t start[2], stop[2];
    CHECK_OK(rsmp_plan_output_shape(plan, result, &failure));
    CHECK_OK(rsmp_plan_source_region(plan, start, stop, &failure));
    CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure));
    CHECK_OK(rsmp_plan_axis(plan, 0, &axis, &failure));
    CHECK_OK(rsmp_axis_describe(axis, &info, &failure));
  }
  rsmp_plan_destroy(plan);
  if (CHECK_OK(rsmp_plan_create_backward(4, shape, float32->dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, &output->tensor, &input->tensor, &failure));
  }
  rsmp_plan_destroy(plan);

  rsmp_axis *axis;
  double coordinates[8];
  options.size_count = 0;
  if (CHECK_OK(rsmp_axis_create(4, 8, float32->dtype, &options, &axis, &failure))) {
    CHECK_OK(rsmp_axis_taps(axis, coordinates, NULL, NULL, &failure));
  }
  rsmp_axis_destroy(axis);
  delete_array(input);
  delete_array(output);
}

/* So large that the library asks for large pages, and stores past the caches. */
static void call_interpolate_of_much(void) {
  rsmp_interpolate_options options = {
      .struct_size = sizeof options, .mode = RSMP_MODE_BILINEAR, .size_count = 2, .size = {3000, 3000}};
  array *input = MAKE(1, 1, 1500, 1500), *output = MAKE(1, 1, 3000, 3000);
  CHECK_OK(rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure));
  delete_array(input);
  delete_array(output);
}

static void call_onnx_resize(void) {
  rsmp_onnx_resize_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_ONNX_CUBIC,
                                      .coordinate_transformation_mode = RSMP_ONNX_TF_CROP_AND_RESIZE,
                                      .axis_count = 2,
                                      .size_count = 2,
                                      .roi_count = 4,
                                      .axes = {2, 3},
                                      .sizes = {LENGTH, LENGTH},
                                      .roi = {-0.5, -0.5, 1, 1}};
  int64_t result[4];
  array *input = MAKE(2, CHANNELS, 20, 30);
  CHECK_OK(rsmp_onnx_resize_shape(4, input->shape, input->kind->dtype, &options, result, &failure));
  array *output = make(4, result);
  CHECK_OK(rsmp_onnx_resize(&input->tensor, &options, &output->tensor, &failure));
  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create_onnx_resize(4, input->shape, input->kind->dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure));
  }
  rsmp_plan_destroy(plan);
  delete_array(input);
  delete_array(output);
}

static void call_pillow(void) {
  rsmp_pillow_resize_options options = {.struct_size = sizeof options,
                                        .resample = RSMP_PILLOW_BICUBIC,
                                        .width = LENGTH,
                                        .height = LENGTH / 4,
                                        .reducing_gap = 1};
  array *image = MAKE(LENGTH, LENGTH, 3), *output = MAKE(LENGTH / 4, LENGTH, 3), *means = MAKE(LENGTH / 4, LENGTH, 3);
  CHECK_OK(rsmp_pillow_resize(&image->tensor, &options, &output->tensor, &failure));
  CHECK_OK(rsmp_pillow_reduce(&image->tensor, 1, 4, NULL, 0, &means->tensor, &failure));
  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create_pillow_resize(3, image->shape, image->kind->dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, &image->tensor, &output->tensor, &failure));
  }
  rsmp_plan_destroy(plan);
  delete_array(image);
  delete_array(output);
  delete_array(means);
}

static void call_opencv(void) {
  rsmp_opencv_resize_options options = {
      .struct_size = sizeof options, .interpolation = RSMP_OPENCV_CUBIC, .width = LENGTH, .height = LENGTH / 4};
  int64_t result[3];
  array *image = MAKE(LENGTH, LENGTH, 3);
  CHECK_OK(rsmp_opencv_resize_shape(3, image->shape, image->kind->dtype, &options, result, &failure));
  array *output = make(3, result);
  CHECK_OK(rsmp_opencv_resize(&image->tensor, &options, &output->tensor, &failure));
  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create_opencv_resize(3, image->shape, image->kind->dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, &image->tensor, &output->tensor, &failure));
  }
  rsmp_plan_destroy(plan);
  delete_array(image);
  delete_array(output);
}

static void call_tensorflow(void) {
  rsmp_tensorflow_resize_options options = {
      .struct_size = sizeof options, .method = RSMP_TENSORFLOW_BICUBIC, .height = LENGTH / 4, .width = LENGTH};
  int64_t result[3];
  array *images = MAKE(LENGTH, LENGTH, 3);
  CHECK_OK(rsmp_tensorflow_resize_shape(3, images->shape, images->kind->dtype, &options, result, &failure));
  array *output = make(3, result);
  CHECK_OK(rsmp_tensorflow_resize(&images->tensor, &options, &output->tensor, &failure));
  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create_tensorflow_resize(3, images->shape, images->kind->dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, &images->tensor, &output->tensor, &failure));
  }
  rsmp_plan_destroy(plan);
  delete_array(images);
  delete_array(output);
}

static void call_jax(void) {
  rsmp_jax_resize_options options = {
      .struct_size = sizeof options, .method = RSMP_JAX_CUBIC, .shape = {LENGTH / 4, LENGTH, 3}};
  array *image = MAKE(LENGTH, LENGTH, 3), *output = MAKE(LENGTH / 4, LENGTH, 3);
  CHECK_OK(rsmp_jax_resize(&image->tensor, &options, &output->tensor, &failure));
  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create_jax_resize(3, image->shape, image->kind->dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, &image->tensor, &output->tensor, &failure));
  }
  rsmp_plan_destroy(plan);
  delete_array(image);
  delete_array(output);
}

static void call_preprocess(void) {
  rsmp_preprocess_options options = {.struct_size = sizeof options,
                                     .convention = RSMP_CONVENTION_PILLOW,
                                     .mode = RSMP_MODE_BICUBIC,
                                     .antialias = 1,
                                     .resize = RSMP_RESIZE_SHORTEST_EDGE,
                                     .canvas = RSMP_CANVAS_CROP,
                                     .anchor = RSMP_ANCHOR_CENTER,
                                     .alpha = RSMP_ALPHA_OVER_WHITE,
                                     .shortest_edge = LENGTH,
                                     .canvas_height = LENGTH,
                                     .canvas_width = LENGTH};
  rsmp_preprocess *preprocess;
  if (!CHECK_OK(rsmp_preprocess_create(&options, &preprocess, &failure))) return;
  rsmp_placement placement = {.struct_size = sizeof placement};
  CHECK_OK(rsmp_preprocess_placement(preprocess, 2 * LENGTH, 3 * LENGTH, &placement, &failure));
  enum { IMAGES = 8 }; /* for several threads */
  rsmp_tensor images[IMAGES];
  array *arrays[IMAGES];
  for (int index = 0; index < IMAGES; index++) {
    arrays[index] = new_array(&kinds[UINT8], 3, (int64_t[]){2 * LENGTH + index, 3 * LENGTH, 4}, CONTIGUOUS);
    fill(arrays[index], 4);
    images[index] = arrays[index]->tensor;
  }
  int64_t result[4];
  CHECK_OK(rsmp_preprocess_output_shape(preprocess, IMAGES, images, result, &failure));
  array *output = make(4, result);
  CHECK_OK(rsmp_preprocess_execute(preprocess, IMAGES, images, &output->tensor, &failure));
  for (int index = 0; index < IMAGES; index++) delete_array(arrays[index]);
  delete_array(output);
  rsmp_preprocess_destroy(preprocess);
}

static void call_pixel_shuffle(void) {
  const int64_t shape[] = {1, CHANNELS, 5, 6}, shuffled[] = {1, CHANNELS / 4, 10, 12};
  int64_t result[4];
  array *input = make(4, shape), *output = make(4, shuffled);
  CHECK_OK(rsmp_pixel_shuffle_shape(4, shape, 2, result, &failure));
  CHECK_OK(rsmp_pixel_shuffle(&input->tensor, 2, &output->tensor, &failure));
  CHECK_OK(rsmp_pixel_unshuffle_shape(4, shuffled, 2, result, &failure));
  CHECK_OK(rsmp_pixel_unshuffle(&output->tensor, 2, &input->tensor, &failure));
  delete_array(input);
  delete_array(output);
}

static void call_conv_transpose(void) {
  rsmp_conv_transpose_options options = {.struct_size = sizeof options, .stride_count = 2, .stride = {2, 2}};
  int64_t result[4];
  array *input = MAKE(1, CHANNELS, LENGTH, LENGTH), *weight = MAKE(CHANNELS, CHANNELS, 3, 3), *bias = MAKE(CHANNELS);
  array *of_input = MAKE(1, CHANNELS, LENGTH, LENGTH), *of_weight = MAKE(CHANNELS, CHANNELS, 3, 3);
  CHECK_OK(rsmp_conv_transpose_shape(4, input->shape, weight->shape, &options, result, &failure));
  array *output = make(4, result);
  CHECK_OK(rsmp_conv_transpose(&input->tensor, &weight->tensor, &bias->tensor, &options, &output->tensor, &failure));
  CHECK_OK(rsmp_conv_transpose_backward(&output->tensor, &input->tensor, &weight->tensor, &options, &of_input->tensor,
                                        &of_weight->tensor, &bias->tensor, &failure));
  array *const arrays[] = {input, weight, bias, of_input, of_weight, output};
  for (int number = 0; number < 6; number++) delete_array(arrays[number]);
}

static void call_grid_sample(void) {
  rsmp_grid_sample_options options = {.struct_size = sizeof options};
  int64_t result[4];
  array *theta = MAKE(1, 2, 3), *grid = MAKE(1, LENGTH, LENGTH, 2), *of_grid = MAKE(1, LENGTH, LENGTH, 2);
  array *input = MAKE(1, 32, LENGTH, LENGTH), *of_input = MAKE(1, 32, LENGTH, LENGTH);
  CHECK_OK(rsmp_affine_grid(&theta->tensor, 0, &grid->tensor, &failure));
  CHECK_OK(rsmp_grid_sample_shape(4, input->shape, grid->shape, result, &failure));
  array *output = make(4, result);
  CHECK_OK(rsmp_grid_sample(&input->tensor, &grid->tensor, &options, &output->tensor, &failure));
  CHECK_OK(rsmp_grid_sample_backward(&output->tensor, &input->tensor, &grid->tensor, &options, &of_input->tensor,
                                     &of_grid->tensor, &failure));
  array *const arrays[] = {theta, grid, of_grid, input, of_input, output};
  for (int number = 0; number < 6; number++) delete_array(arrays[number]);
}

static void call_carafe(void) {
  int64_t result[4];
  array *features = MAKE(1, CHANNELS, 12, 12), *masks = MAKE(1, 9, 24, 24);
  array *of_features = MAKE(1, CHANNELS, 12, 12), *of_masks = MAKE(1, 9, 24, 24);
  CHECK_OK(rsmp_carafe_shape(features->shape, masks->shape, 3, 1, 2, result, &failure));
  array *output = make(4, result);
  CHECK_OK(rsmp_carafe(&features->tensor, &masks->tensor, 3, 1, 2, &output->tensor, &failure));
  CHECK_OK(rsmp_carafe_backward(&output->tensor, &features->tensor, &masks->tensor, 3, 1, 2, &of_features->tensor,
                                &of_masks->tensor, &failure));
  array *const arrays[] = {features, masks, of_features, of_masks, output};
  for (int number = 0; number < 5; number++) delete_array(arrays[number]);
}

static void call_all(void) {
  const char *name;
  CHECK(rsmp_abi_version() == RSMP_ABI_VERSION && rsmp_version() != NULL, "no version");
  CHECK_OK(rsmp_instruction_set(&name, &failure));
  CHECK(rsmp_get_num_threads() >= 1, "no threads");
  CHECK_OK(rsmp_set_num_threads(4, &failure));
  CHECK_OK(rsmp_limit_threads(0, &failure));
  for (int time = 0; time < 2; time++) {
    call_interpolate();
    call_interpolate_of_much();
    call_onnx_resize();
    call_pillow();
    call_opencv();
    call_tensorflow();
    call_jax();
    call_preprocess();
    call_pixel_shuffle();
    call_conv_transpose();
    call_grid_sample();
    call_carafe();
  }
  /* Failures are told to the caller alone. */
  CHECK(rsmp_interpolate(NULL, NULL, NULL, &failure) == RSMP_INVALID_VALUE, "%s", failure.message);
  CHECK(rsmp_set_num_threads(0, NULL) == RSMP_INVALID_VALUE, "took 0 threads");
}

/* When the library is loaded it asks for its three variables, once; nothing reads the environment later. */
static void test_what_loading_asked_for(void) {
  const char *const variables[] = {"RESAMPLE_INSTRUCTION_SET", "RESAMPLE_NUM_THREADS", "OMP_NUM_THREADS"};
  bool was_asked[3] = {false};
  for (int number = 0; number < name_count; number++) {
    int variable = 0;
    while (variable < 3 && strcmp(names[number], variables[variable]) != 0) variable++;
    CHECK(variable < 3, "asked the environment for %s", names[number]);
    if (variable < 3) was_asked[variable] = true;
  }
  CHECK(was_asked[0] && was_asked[1] && was_asked[2] && name_count == 3, "%d names: was getenv the program's own?",
        name_count);
  name_count = 0;
}

int main(void) {
  test_what_loading_asked_for();
  if (!can_run("test_privacy")) return 0;
  access("marker: calls begin", F_OK);
  call_all();
  access("marker: calls end", F_OK);
  CHECK(name_count == 0, "a call asked the environment for %s", names[0]);
  return report("test_privacy");
}
