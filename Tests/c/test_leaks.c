/*
 * 100,000 calls of every function: the memory in use is the same before and after, to the byte, and the process does not
 * grow. Every eighth call is one that the library refuses.
 *
 * Prints a line for each function, by which the Makefile sees that none is missing. The number of calls may be given.
 */
#include <malloc.h>
#include <unistd.h>

#include "arrays.h"

/* What a process may grow by for reasons that are not the library's: pages of the program and the C library touched late. */
enum { SLACK_PAGES = 16, WARM_UP = 1000 };

/* ---- What is passed ------------------------------------------------------------------------------------------------ */

static const rsmp_dtype float32 = {RSMP_FLOAT, 32, 1};
static const rsmp_dtype nonsense = {RSMP_FLOAT, 31, 1};

/* Tensors of float32, contiguous, on memory of their own. */
static rsmp_tensor *tensor(int rank, const int64_t *shape) {
  return &new_array(&kinds[FLOAT32], rank, shape, CONTIGUOUS)->tensor;
}
#define TENSOR(rank, ...) tensor(rank, (const int64_t[]){__VA_ARGS__})

static const int64_t input_lengths[] = {1, 4, 5, 6};
static rsmp_interpolate_options resize_options = {.struct_size = sizeof resize_options,
                                                  .mode = RSMP_MODE_BILINEAR,
                                                  .size_count = 2,
                                                  .size = {9, 4}};
static rsmp_onnx_resize_options onnx_options = {.struct_size = sizeof onnx_options,
                                                .mode = RSMP_ONNX_LINEAR,
                                                .size_count = 4,
                                                .sizes = {1, 4, 9, 4}};
static const int64_t image_lengths[] = {5, 6, 4};
static rsmp_pillow_resize_options pillow_options = {.struct_size = sizeof pillow_options,
                                                    .resample = RSMP_PILLOW_LANCZOS,
                                                    .width = 3,
                                                    .height = 2,
                                                    .reducing_gap = 1};
static rsmp_opencv_resize_options opencv_options = {
    .struct_size = sizeof opencv_options, .interpolation = RSMP_OPENCV_AREA, .width = 3, .height = 2};
static rsmp_tensorflow_resize_options tensorflow_options = {
    .struct_size = sizeof tensorflow_options, .method = RSMP_TENSORFLOW_BICUBIC, .height = 2, .width = 3};
static rsmp_jax_resize_options jax_options = {
    .struct_size = sizeof jax_options, .method = RSMP_JAX_CUBIC, .shape = {2, 3, 4}};
static rsmp_preprocess_options preprocess_options = {.struct_size = sizeof preprocess_options,
                                                     .mode = RSMP_MODE_BILINEAR,
                                                     .antialias = 1,
                                                     .resize = RSMP_RESIZE_EXACT,
                                                     .alpha = RSMP_ALPHA_OVER_WHITE,
                                                     .height = 3,
                                                     .width = 4};
static rsmp_interpolate_options axis_options = {.struct_size = sizeof axis_options, .mode = RSMP_MODE_LINEAR};
static rsmp_conv_transpose_options convolution_options = {.struct_size = sizeof convolution_options,
                                                          .stride_count = 2,
                                                          .stride = {2, 2}};
static rsmp_grid_sample_options sampling_options = {.struct_size = sizeof sampling_options};

static rsmp_tensor *input, *output, *shuffled, *weight, *bias, *convolved, *grid, *sampled, *theta, *masks, *reassembled;
static rsmp_tensor *image, *smaller, *labels;
static rsmp_tensor *grad_input, *grad_weight, *grad_bias, *grad_grid, *grad_masks;
static rsmp_plan *plan;
static rsmp_axis *axis;
static rsmp_preprocess *preprocess;
/* More of them, of other sizes, than a preprocess keeps the tables of. */
enum { PHOTOS = 20 };
static rsmp_tensor photos[PHOTOS], *network_input;

static void make_everything(void) {
  input = TENSOR(4, 1, 4, 5, 6), grad_input = TENSOR(4, 1, 4, 5, 6);
  output = TENSOR(4, 1, 4, 9, 4), shuffled = TENSOR(4, 1, 1, 10, 12);
  weight = TENSOR(4, 4, 2, 3, 3), bias = TENSOR(1, 2), convolved = TENSOR(4, 1, 2, 11, 13);
  grad_weight = TENSOR(4, 4, 2, 3, 3), grad_bias = TENSOR(1, 2);
  grid = TENSOR(4, 1, 3, 3, 2), grad_grid = TENSOR(4, 1, 3, 3, 2);
  sampled = TENSOR(4, 1, 4, 3, 3), theta = TENSOR(3, 1, 2, 3);
  masks = TENSOR(4, 1, 9, 10, 12), grad_masks = TENSOR(4, 1, 9, 10, 12), reassembled = TENSOR(4, 1, 4, 10, 12);
  image = TENSOR(3, 5, 6, 4), smaller = TENSOR(3, 2, 3, 4);
  labels = &new_array(&kinds[INT32], 3, (const int64_t[]){1, 9, 4}, CONTIGUOUS)->tensor;
  network_input = TENSOR(4, 1, 3, 3, 4);
  for (int64_t index = 0; index < PHOTOS; index++) {
    photos[index] = new_array(&kinds[UINT8], 3, (int64_t[]){4 + index, 6, 4}, CONTIGUOUS)->tensor;
  }
  CHECK_OK(rsmp_preprocess_create(&preprocess_options, &preprocess, &failure));
  CHECK_OK(rsmp_plan_create(4, input_lengths, float32, &resize_options, &plan, &failure));
  CHECK_OK(rsmp_axis_create(9, 7, float32, &axis_options, &axis, &failure));
}

/* ---- Calls of every function --------------------------------------------------------------------------------------- */

/* Each returns a status; `bad` asks for a call that is refused. */
#define CALL(name, ...) \
  static rsmp_status call_##name(bool bad) { (void)bad; __VA_ARGS__ }

static int64_t lengths[MAX_RANK], indices[64];
static double coordinates[64], weights[64];

CALL(abi_version, return rsmp_abi_version() == RSMP_ABI_VERSION ? RSMP_OK : RSMP_INVALID_VALUE;)
CALL(version, return rsmp_version() != NULL ? RSMP_OK : RSMP_INVALID_VALUE;)
CALL(interpolate_shape,
     return rsmp_interpolate_shape(bad ? 9 : 4, input_lengths, float32, &resize_options, lengths, &failure);)
CALL(interpolate, return rsmp_interpolate(input, &resize_options, bad ? input : output, &failure);)
CALL(interpolate_backward, return rsmp_interpolate_backward(output, &resize_options, bad ? output : grad_input, &failure);)
CALL(logits_to_labels_shape,
     return rsmp_logits_to_labels_shape(bad ? 9 : 4, input_lengths, float32, &resize_options, lengths, &failure);)
CALL(logits_to_labels, return rsmp_logits_to_labels(input, &resize_options, bad ? input : labels, &failure);)
CALL(plan_create, rsmp_plan *made;
     rsmp_status status = rsmp_plan_create(4, input_lengths, bad ? nonsense : float32, &resize_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
CALL(plan_create_backward, rsmp_plan *made;
     rsmp_status status =
         rsmp_plan_create_backward(4, input_lengths, bad ? nonsense : float32, &resize_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
CALL(onnx_resize_shape, return rsmp_onnx_resize_shape(bad ? 9 : 4, input_lengths, float32, &onnx_options, lengths, &failure);)
CALL(onnx_resize, return rsmp_onnx_resize(input, &onnx_options, bad ? input : output, &failure);)
CALL(plan_create_onnx_resize, rsmp_plan *made;
     rsmp_status status = rsmp_plan_create_onnx_resize(4, input_lengths, bad ? nonsense : float32, &onnx_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
CALL(pillow_resize, return rsmp_pillow_resize(image, &pillow_options, bad ? image : smaller, &failure);)
CALL(pillow_reduce, return rsmp_pillow_reduce(image, 2, 3, NULL, 0, bad ? image : smaller, &failure);)
CALL(plan_create_pillow_resize, rsmp_plan *made;
     rsmp_status status =
         rsmp_plan_create_pillow_resize(3, image_lengths, bad ? nonsense : float32, &pillow_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
CALL(opencv_resize_shape, return rsmp_opencv_resize_shape(bad ? 9 : 3, image_lengths, float32, &opencv_options, lengths, &failure);)
CALL(opencv_resize, return rsmp_opencv_resize(image, &opencv_options, bad ? image : smaller, &failure);)
CALL(plan_create_opencv_resize, rsmp_plan *made;
     rsmp_status status =
         rsmp_plan_create_opencv_resize(3, image_lengths, bad ? nonsense : float32, &opencv_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
CALL(tensorflow_resize_shape,
     return rsmp_tensorflow_resize_shape(bad ? 9 : 3, image_lengths, float32, &tensorflow_options, lengths, &failure);)
CALL(tensorflow_resize, return rsmp_tensorflow_resize(image, &tensorflow_options, bad ? image : smaller, &failure);)
CALL(plan_create_tensorflow_resize, rsmp_plan *made;
     rsmp_status status = rsmp_plan_create_tensorflow_resize(3, image_lengths, bad ? nonsense : float32,
                                                             &tensorflow_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
CALL(jax_resize, return rsmp_jax_resize(image, &jax_options, bad ? image : smaller, &failure);)
CALL(plan_create_jax_resize, rsmp_plan *made;
     rsmp_status status =
         rsmp_plan_create_jax_resize(3, image_lengths, bad ? nonsense : float32, &jax_options, &made, &failure);
     rsmp_plan_destroy(made); return status;)
/* What an object keeps goes with it. */
CALL(preprocess_create, rsmp_preprocess *made;
     preprocess_options.mode = bad ? -1 : RSMP_MODE_BILINEAR;
     rsmp_status status = rsmp_preprocess_create(&preprocess_options, &made, &failure);
     for (int index = 0; index < 3 && status == RSMP_OK; index++) {
       status = rsmp_preprocess_execute(made, 1, &photos[index], network_input, &failure);
     }
     rsmp_preprocess_destroy(made); return status;)
CALL(preprocess_placement, rsmp_placement placement = {.struct_size = sizeof placement};
     return rsmp_preprocess_placement(preprocess, bad ? 0 : 5, 6, &placement, &failure);)
CALL(preprocess_output_shape, return rsmp_preprocess_output_shape(preprocess, bad ? 0 : PHOTOS, photos, lengths, &failure);)
CALL(preprocess_execute, static int turn;
     return rsmp_preprocess_execute(preprocess, 1, &photos[turn++ % PHOTOS], bad ? input : network_input, &failure);)
CALL(preprocess_destroy, rsmp_preprocess_destroy(NULL); return bad ? RSMP_INVALID_VALUE : RSMP_OK;)
CALL(plan_execute, return rsmp_plan_execute(plan, input, bad ? input : output, &failure);)
CALL(plan_output_shape, return rsmp_plan_output_shape(bad ? NULL : plan, lengths, &failure);)
CALL(plan_source_region, return rsmp_plan_source_region(plan, lengths, bad ? NULL : indices, &failure);)
CALL(plan_axis, const rsmp_axis *found; return rsmp_plan_axis(plan, bad ? 7 : 1, &found, &failure);)
CALL(plan_destroy, rsmp_plan_destroy(NULL); return bad ? RSMP_INVALID_VALUE : RSMP_OK;)
CALL(pixel_shuffle_shape, return rsmp_pixel_shuffle_shape(4, input_lengths, bad ? 3 : 2, lengths, &failure);)
CALL(pixel_shuffle, return rsmp_pixel_shuffle(input, bad ? 3 : 2, shuffled, &failure);)
CALL(pixel_unshuffle_shape, return rsmp_pixel_unshuffle_shape(4, shuffled->shape, bad ? 5 : 2, lengths, &failure);)
CALL(pixel_unshuffle, return rsmp_pixel_unshuffle(shuffled, bad ? 5 : 2, grad_input, &failure);)
CALL(conv_transpose_shape,
     return rsmp_conv_transpose_shape(bad ? 2 : 4, input_lengths, weight->shape, &convolution_options, lengths, &failure);)
CALL(conv_transpose,
     return rsmp_conv_transpose(input, weight, bias, &convolution_options, bad ? output : convolved, &failure);)
CALL(conv_transpose_backward,
     return rsmp_conv_transpose_backward(bad ? output : convolved, input, weight, &convolution_options, grad_input,
                                         grad_weight, grad_bias, &failure);)
CALL(grid_sample_shape, return rsmp_grid_sample_shape(bad ? 3 : 4, input_lengths, grid->shape, lengths, &failure);)
CALL(grid_sample, return rsmp_grid_sample(input, grid, &sampling_options, bad ? output : sampled, &failure);)
CALL(grid_sample_backward,
     return rsmp_grid_sample_backward(bad ? output : sampled, input, grid, &sampling_options, grad_input, grad_grid,
                                      &failure);)
CALL(affine_grid, return rsmp_affine_grid(theta, 0, bad ? output : grid, &failure);)
CALL(carafe_shape, return rsmp_carafe_shape(input_lengths, masks->shape, bad ? 4 : 3, 1, 2, lengths, &failure);)
CALL(carafe, return rsmp_carafe(input, masks, 3, 1, 2, bad ? output : reassembled, &failure);)
CALL(carafe_backward,
     return rsmp_carafe_backward(bad ? output : reassembled, input, masks, 3, 1, 2, grad_input, grad_masks, &failure);)
CALL(axis_create, rsmp_axis *made;
     rsmp_status status = rsmp_axis_create(9, bad ? -1 : 7, float32, &axis_options, &made, &failure);
     rsmp_axis_destroy(made); return status;)
CALL(axis_describe, rsmp_axis_info info = {.struct_size = sizeof info};
     return rsmp_axis_describe(bad ? NULL : axis, &info, &failure);)
CALL(axis_taps, return rsmp_axis_taps(bad ? NULL : axis, coordinates, indices, weights, &failure);)
CALL(axis_destroy, rsmp_axis_destroy(NULL); return bad ? RSMP_INVALID_VALUE : RSMP_OK;)
CALL(instruction_set, const char *name; return rsmp_instruction_set(bad ? NULL : &name, &failure);)
CALL(get_num_threads, return rsmp_get_num_threads() > 0 && !bad ? RSMP_OK : RSMP_INVALID_VALUE;)
CALL(set_num_threads, return rsmp_set_num_threads(bad ? 0 : 2, &failure);)
CALL(limit_threads, return rsmp_limit_threads(bad ? -1 : 0, &failure);)

#define ROW(name) {"rsmp_" #name, call_##name}
static const struct {
  const char *name;
  rsmp_status (*call)(bool bad);
} functions[] = {
    ROW(interpolate_shape), ROW(interpolate), ROW(interpolate_backward), ROW(logits_to_labels_shape), ROW(logits_to_labels),
    ROW(onnx_resize_shape), ROW(onnx_resize), ROW(plan_create_onnx_resize),
    ROW(pillow_resize), ROW(pillow_reduce), ROW(plan_create_pillow_resize),
    ROW(opencv_resize_shape), ROW(opencv_resize), ROW(plan_create_opencv_resize),
    ROW(tensorflow_resize_shape), ROW(tensorflow_resize), ROW(plan_create_tensorflow_resize),
    ROW(jax_resize), ROW(plan_create_jax_resize),
    ROW(preprocess_create), ROW(preprocess_placement), ROW(preprocess_output_shape), ROW(preprocess_execute),
    ROW(preprocess_destroy),
    ROW(plan_create), ROW(plan_create_backward), ROW(plan_execute), ROW(plan_output_shape), ROW(plan_source_region), ROW(plan_axis),
    ROW(plan_destroy), ROW(pixel_shuffle_shape), ROW(pixel_shuffle), ROW(pixel_unshuffle_shape), ROW(pixel_unshuffle),
    ROW(conv_transpose_shape), ROW(conv_transpose), ROW(conv_transpose_backward), ROW(grid_sample_shape),
    ROW(grid_sample), ROW(grid_sample_backward), ROW(affine_grid), ROW(carafe_shape), ROW(carafe), ROW(carafe_backward),
    ROW(axis_create), ROW(axis_describe), ROW(axis_taps), ROW(axis_destroy), ROW(instruction_set), ROW(get_num_threads),
    ROW(set_num_threads), ROW(limit_threads), ROW(abi_version), ROW(version),
};
/* Those that cannot be refused. */
static bool never_fails(const char *name) {
  return strcmp(name, "rsmp_abi_version") == 0 || strcmp(name, "rsmp_version") == 0;
}

/* ---- Memory -------------------------------------------------------------------------------------------------------- */

static size_t bytes_in_use(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static long resident_pages(void) {
  long total, resident = -1;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL) return -1;
  if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = -1;
  fclose(file);
  return resident;
}

static void test_calls(const char *name, rsmp_status (*call)(bool), long count) {
  long refused = 0, wrong = 0;
  size_t used = 0;
  long pages = 0;
  for (long number = -WARM_UP; number < count; number++) {
    /* In this order: a file that was open leaves a piece of memory to malloc, which counts it as in use. */
    if (number == 0) pages = resident_pages(), used = bytes_in_use();
    bool bad = (number & 7) == 7 && !never_fails(name);
    rsmp_status status = call(bad);
    refused += bad && number >= 0;
    wrong += (status != RSMP_OK) != bad;
  }
  long grown = (long)(bytes_in_use() - used), more = resident_pages() - pages;
  CHECK(wrong == 0, "%s: %ld calls had another status than expected", name, wrong);
  CHECK(grown == 0, "%s: %ld calls left %ld bytes", name, count, grown);
  CHECK(pages > 0 && more <= SLACK_PAGES, "%s: %ld calls, and %ld more pages are resident", name, count, more);
  printf("%-28s %ld calls, %ld refused: %ld bytes, %ld pages\n", name, count, refused, grown, more);
}

/* A measure that never sees a leak would pass everything. */
static void test_the_measure_sees_a_leak(void) {
  size_t used = bytes_in_use();
  void *lost = allocate(16);
  CHECK(bytes_in_use() > used, "a block is not seen");
  free(lost);
}

int main(int argc, char **argv) {
  if (!can_run("test_leaks")) return 0;
  long count = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
  printf("%ld calls of every function\n", count); /* which makes the buffers of stdio, as a first look at the pages does */
  CHECK(resident_pages() > 0, "/proc/self/statm cannot be read");
  test_the_measure_sees_a_leak();
  make_everything();
  for (size_t row = 0; row < sizeof functions / sizeof functions[0]; row++) {
    test_calls(functions[row].name, functions[row].call, count);
  }
  rsmp_plan_destroy(plan);
  rsmp_axis_destroy(axis);
  rsmp_preprocess_destroy(preprocess);
  return report("test_leaks");
}
