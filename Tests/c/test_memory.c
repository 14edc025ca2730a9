/*
 * Memory that runs out, at every place where the library asks for some: RSMP_OUT_OF_MEMORY, nothing written, and, which
 * valgrind sees, nothing lost.
 *
 * The program's own malloc and posix_memalign take the place of the C library's, for the library as well.
 */
#include <errno.h>

#include "arrays.h"

/* Memory that no test here needs, and that the machine might not have. */
enum { TOO_MUCH = 1 << 30 };

static bool is_limited;
static long allowed; /* while it is limited: how often memory may be had */
static long asked;

static void *give(size_t alignment, size_t size) {
  if (is_limited) {
    asked++;
    if (allowed-- <= 0 || size >= TOO_MUCH) return NULL;
  }
  return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void *malloc(size_t size) {
  void *memory = give(16, size > 0 ? size : 1);
  if (memory == NULL) errno = ENOMEM;
  return memory;
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = give(alignment, size > 0 ? size : 1);
  return *memory == NULL ? ENOMEM : 0;
}

static void limit(long count) {
  is_limited = true;
  allowed = count;
  asked = 0;
}

static void check_out_of_memory(const char *what, long count, rsmp_status status) {
  is_limited = false;
  CHECK(status == RSMP_OUT_OF_MEMORY, "%s with %ld allocations: status %d", what, count, (int)status);
  CHECK(status == RSMP_OK || strstr(failure.message, "memory") != NULL, "%s: %s", what, failure.message);
}

/* Calls with memory for 0, 1, 2, ... allocations, until it is enough; `prepare` has all that there is. */
#define UNTIL_ENOUGH_AFTER(prepare, what, call, check_nothing_done)                        \
  do {                                                                                     \
    for (long count = 0;; count++) {                                                       \
      prepare;                                                                             \
      limit(count);                                                                        \
      rsmp_status status = (call);                                                         \
      long needed = asked;                                                                 \
      is_limited = false;                                                                  \
      if (status == RSMP_OK) {                                                             \
        CHECK(needed == count, "%s: %ld allocations, %ld allowed", what, needed, count);   \
        break;                                                                             \
      }                                                                                    \
      check_out_of_memory(what, count, status);                                            \
      check_nothing_done;                                                                  \
      if (count > 100) break;                                                              \
    }                                                                                      \
  } while (0)
#define UNTIL_ENOUGH(what, call, check_nothing_done) UNTIL_ENOUGH_AFTER((void)0, what, call, check_nothing_done)

static void test_every_allocation_may_fail(void) {
  const kind *const types[] = {&kinds[FLOAT32], &kinds[UINT8], &kinds[FLOAT16], &kinds[FLOAT64], &kinds[INT32]};
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (int number = 0; number < 5; number++) {
      const kind *kind = types[number];
      rsmp_interpolate_options options = resize(call, output_size(call));
      array *input = new_array(kind, call->rank, input_shape(call), REVERSED);
      array *output = new_array(kind, call->rank, output_shape(call), CHANNELS_LAST);
      fill(input, 9);

      UNTIL_ENOUGH(call->name, rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure),
                   CHECK(is_blank(output), "%s: wrote into the output", call->name));
      memset(output->memory, BLANK, output->size);

      rsmp_plan *plan = NULL;
      UNTIL_ENOUGH(call->name, rsmp_plan_create(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure),
                   CHECK(plan == NULL, "%s: a plan was left", call->name));
      if (plan != NULL) {
        /* A plan keeps what it has made for a memory format, so each execution has a new one. */
        UNTIL_ENOUGH_AFTER(
            {
              rsmp_plan_destroy(plan);
              CHECK_OK(rsmp_plan_create(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure));
            },
            call->name, rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure),
            CHECK(is_blank(output), "%s: wrote into the output", call->name));
        /* What has failed before is made up for: a plan that has run needs no more than one that has not. */
        rsmp_plan_destroy(plan);
        CHECK_OK(rsmp_plan_create(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure));
        array *again = new_array(kind, call->rank, output_shape(call), CHANNELS_LAST);
        for (long count = 0; count < 100; count++) {
          limit(count);
          rsmp_status status = rsmp_plan_execute(plan, &input->tensor, &again->tensor, &failure);
          is_limited = false;
          if (status == RSMP_OK) break;
          check_out_of_memory(call->name, count, status);
        }
        CHECK(first_difference(again, output) < 0, "%s: another result after the failures", call->name);
        delete_array(again);
      }
      rsmp_plan_destroy(plan);

      if (!is_integer(kind)) { /* the other way round: the gradient of the output is read, that of the input written */
        array *gradient = new_array(kind, call->rank, output_shape(call), SPACED);
        array *of_input = new_array(kind, call->rank, input_shape(call), FORTRAN);
        array *expected = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
        fill(gradient, 15);
        CHECK_OK(rsmp_interpolate_backward(&gradient->tensor, &options, &expected->tensor, &failure));
        UNTIL_ENOUGH(call->name, rsmp_interpolate_backward(&gradient->tensor, &options, &of_input->tensor, &failure),
                     CHECK(is_blank(of_input), "%s: wrote into the gradient", call->name));
        CHECK(first_difference(of_input, expected) < 0, "%s: another gradient after the failures", call->name);
        memset(of_input->memory, BLANK, of_input->size);
        plan = NULL;
        UNTIL_ENOUGH(call->name,
                     rsmp_plan_create_backward(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure),
                     CHECK(plan == NULL, "%s: a plan was left", call->name));
        if (plan != NULL) {
          UNTIL_ENOUGH_AFTER(
              {
                rsmp_plan_destroy(plan);
                CHECK_OK(rsmp_plan_create_backward(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure));
              },
              call->name, rsmp_plan_execute(plan, &gradient->tensor, &of_input->tensor, &failure),
              CHECK(is_blank(of_input), "%s: wrote into the gradient", call->name));
          CHECK(first_difference(of_input, expected) < 0, "%s: another gradient after the failures", call->name);
        }
        rsmp_plan_destroy(plan);
        delete_array(gradient);
        delete_array(of_input);
        delete_array(expected);
      }

      rsmp_axis *axis = NULL;
      options.size_count = 0;
      UNTIL_ENOUGH(call->name, rsmp_axis_create(9, 7, kind->dtype, &options, &axis, &failure),
                   CHECK(axis == NULL, "%s: an axis was left", call->name));
      rsmp_axis_destroy(axis);

      delete_array(input);
      delete_array(output);
    }
  }
}

/* Images of two axes that are not one in memory: several views, none of which may fail when another has been written. */
static void test_every_allocation_of_labels_may_fail(void) {
  const kind *const types[] = {&kinds[FLOAT32], &kinds[FLOAT16], &kinds[FLOAT64]};
  for (const call *call = calls; call < calls + CALLS; call++) {
    if (call->rank != 4) continue;
    for (int number = 0; number < 3; number++) {
      rsmp_interpolate_options options = resize(call, output_size(call));
      const int64_t shape[] = {output_shape(call)[0], output_shape(call)[2], output_shape(call)[3]};
      array *logits = new_array(types[number], 4, input_shape(call), number == 1 ? CHANNELS_LAST : CONTIGUOUS);
      array *labels = new_array(&kinds[number == 0 ? UINT8 : INT64], 3, shape, SPACED);
      fill(logits, 9);
      UNTIL_ENOUGH(call->name, rsmp_logits_to_labels(&logits->tensor, &options, &labels->tensor, &failure),
                   CHECK(is_blank(labels), "%s: wrote into the labels", call->name));
      delete_array(logits);
      delete_array(labels);
    }
  }
}

static void test_every_allocation_of_onnx_resize_may_fail(void) {
  const int64_t shape[] = {2, 3, 4, 5, 6}, result[] = {2, 3, 4, 9, 4};
  const kind *const types[] = {&kinds[FLOAT32], &kinds[UINT8], &kinds[FLOAT16], &kinds[FLOAT64], &kinds[INT32]};
  for (int number = 0; number < 5; number++) {
    for (int32_t mode = RSMP_ONNX_NEAREST; mode <= RSMP_ONNX_CUBIC; mode++) {
      rsmp_onnx_resize_options options = {
          .struct_size = sizeof options, .mode = mode, .axis_count = 2, .size_count = 2, .axes = {3, 4}, .sizes = {9, 4}};
      array *input = new_array(types[number], 5, shape, FORTRAN), *same = new_array(types[number], 5, shape, CONTIGUOUS);
      array *output = new_array(types[number], 5, result, SPACED), *expected = new_array(types[number], 5, result, CONTIGUOUS);
      fill(input, 5);
      copy_elements(input, same);
      CHECK_OK(rsmp_onnx_resize(&same->tensor, &options, &expected->tensor, &failure));
      UNTIL_ENOUGH("onnx_resize", rsmp_onnx_resize(&input->tensor, &options, &output->tensor, &failure),
                   CHECK(is_blank(output), "onnx_resize, %s: wrote into the output", types[number]->name));
      CHECK(first_difference(output, expected) < 0, "onnx_resize, %s: other bits in other memory", types[number]->name);
      CHECK(is_blank_around_elements(output), "onnx_resize, %s: wrote elsewhere", types[number]->name);
      delete_array(input);
      delete_array(same);
      delete_array(output);
      delete_array(expected);
    }
  }
}

/* Images that take up to four steps, with memory between them: the last one alone writes, and it must not fail half-way. */
static void test_every_allocation_of_pillow_may_fail(void) {
  const int64_t shape[] = {23, 31, 4}, result[] = {9, 40, 4}, means[] = {5, 10, 4};
  const int64_t box[] = {1, 2, 31, 22};
  static const struct {
    int kind, has_alpha;
    bool is_reduced;
  } images[] = {{UINT8, 0, true}, {UINT8, 1, true}, {UINT16, 0, false}, {INT32, 0, true}, {FLOAT32, 0, true}};
  for (size_t number = 0; number < sizeof images / sizeof images[0]; number++) {
    const kind *kind = &kinds[images[number].kind];
    array *input = new_array(kind, 3, shape, FORTRAN), *same = new_array(kind, 3, shape, CONTIGUOUS);
    fill(input, 6);
    copy_elements(input, same);
    for (int32_t filter = RSMP_PILLOW_NEAREST; filter <= RSMP_PILLOW_MKS2021; filter++) {
      rsmp_pillow_resize_options options = {.struct_size = sizeof options,
                                            .resample = filter,
                                            .has_alpha = images[number].has_alpha,
                                            .has_box = 1,
                                            .width = 40,
                                            .height = 9,
                                            .box = {0.5, 1.25, 30, 23},
                                            .reducing_gap = images[number].is_reduced ? 1 : 0};
      array *output = new_array(kind, 3, result, SPACED), *expected = new_array(kind, 3, result, CONTIGUOUS);
      CHECK_OK(rsmp_pillow_resize(&same->tensor, &options, &expected->tensor, &failure));
      UNTIL_ENOUGH("pillow_resize", rsmp_pillow_resize(&input->tensor, &options, &output->tensor, &failure),
                   CHECK(is_blank(output), "pillow_resize, %s: wrote into the output", kind->name));
      CHECK(first_difference(output, expected) < 0, "pillow_resize, %s: other bits in other memory", kind->name);
      CHECK(is_blank_around_elements(output), "pillow_resize, %s: wrote elsewhere", kind->name);
      memset(output->memory, BLANK, output->size);
      rsmp_plan *plan = NULL;
      UNTIL_ENOUGH("pillow_resize", rsmp_plan_create_pillow_resize(3, shape, kind->dtype, &options, &plan, &failure),
                   CHECK(plan == NULL, "pillow_resize: a plan was left"));
      if (plan != NULL) {
        UNTIL_ENOUGH_AFTER(
            {
              rsmp_plan_destroy(plan);
              CHECK_OK(rsmp_plan_create_pillow_resize(3, shape, kind->dtype, &options, &plan, &failure));
            },
            "a plan of pillow_resize", rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure),
            CHECK(is_blank(output), "a plan of pillow_resize, %s: wrote into the output", kind->name));
        CHECK(first_difference(output, expected) < 0, "a plan of pillow_resize, %s: other bits", kind->name);
      }
      rsmp_plan_destroy(plan);
      delete_array(output);
      delete_array(expected);
    }
    if (images[number].is_reduced) {
      int32_t has_alpha = images[number].has_alpha;
      array *output = new_array(kind, 3, means, SPACED), *expected = new_array(kind, 3, means, CONTIGUOUS);
      CHECK_OK(rsmp_pillow_reduce(&same->tensor, 3, 4, box, has_alpha, &expected->tensor, &failure));
      UNTIL_ENOUGH("pillow_reduce",
                   rsmp_pillow_reduce(&input->tensor, 3, 4, box, has_alpha, &output->tensor, &failure),
                   CHECK(is_blank(output), "pillow_reduce, %s: wrote into the output", kind->name));
      CHECK(first_difference(output, expected) < 0, "pillow_reduce, %s: other bits in other memory", kind->name);
      CHECK(is_blank_around_elements(output), "pillow_reduce, %s: wrote elsewhere", kind->name);
      delete_array(output);
      delete_array(expected);
    }
    delete_array(input);
    delete_array(same);
  }
}

/*
 * A call with some inputs and options, and the shape of its output: one for each operator, several for those that go about
 * it in several ways.
 */
enum { SHUFFLE, UNSHUFFLE, CONVOLUTION, SAMPLING, AFFINE, CARAFE };
static const struct {
  const char *name;
  int operator, rank, kinds;     /* the first so many of the dtypes */
  int32_t mode;                  /* of grid_sample */
  int64_t factor;                /* of shuffles and carafe, and the stride of conv_transpose */
  int64_t input[5], other[5], bias, output[5]; /* no other input: 0; no bias: 0 */
} operators[] = {
    {"pixel_shuffle", SHUFFLE, 4, 5, 0, 2, {2, 8, 3, 5}, {0}, 0, {2, 2, 6, 10}},
    {"pixel_unshuffle", UNSHUFFLE, 4, 5, 0, 2, {2, 2, 6, 10}, {0}, 0, {2, 8, 3, 5}},
    {"conv_transpose 1-D", CONVOLUTION, 3, 5, 0, 3, {2, 4, 9}, {4, 3, 5}, 3, {2, 3, 29}},
    {"conv_transpose 2-D", CONVOLUTION, 4, 5, 0, 2, {2, 17, 5, 6}, {17, 9, 3, 4}, 9, {2, 9, 11, 14}},
    {"conv_transpose 2-D, stride 1", CONVOLUTION, 4, 5, 0, 1, {1, 3, 5, 40}, {3, 2, 3, 3}, 0, {1, 2, 7, 42}},
    {"conv_transpose 3-D", CONVOLUTION, 5, 5, 0, 2, {1, 2, 3, 4, 5}, {2, 2, 2, 2, 2}, 2, {1, 2, 6, 8, 10}},
    {"grid_sample", SAMPLING, 4, 4, RSMP_SAMPLE_BILINEAR, 0, {2, 3, 5, 6}, {2, 4, 7, 2}, 0, {2, 3, 4, 7}},
    {"grid_sample, nearest", SAMPLING, 4, 4, RSMP_SAMPLE_NEAREST, 0, {2, 3, 5, 6}, {2, 4, 7, 2}, 0, {2, 3, 4, 7}},
    {"grid_sample, many channels", SAMPLING, 4, 4, RSMP_SAMPLE_BICUBIC, 0, {1, 19, 5, 6}, {1, 8, 9, 2}, 0, {1, 19, 8, 9}},
    {"grid_sample 3-D", SAMPLING, 5, 4, RSMP_SAMPLE_BILINEAR, 0, {1, 18, 2, 3, 4}, {1, 3, 4, 5, 3}, 0, {1, 18, 3, 4, 5}},
    {"affine_grid", AFFINE, 4, 2, 0, 0, {2, 2, 3}, {0}, 0, {2, 4, 5, 2}},
    {"carafe", CARAFE, 4, 4, 0, 2, {1, 4, 5, 6}, {1, 18, 10, 12}, 0, {1, 4, 10, 12}},
};
enum { OPERATORS = sizeof operators / sizeof operators[0] };

static rsmp_status run(int row, const array *input, const array *other, const array *bias, const array *output) {
  const rsmp_tensor *from = &input->tensor, *to = &output->tensor, *second = other == NULL ? NULL : &other->tensor;
  int64_t factor = operators[row].factor;
  rsmp_conv_transpose_options convolution = {.struct_size = sizeof convolution,
                                             .stride_count = operators[row].rank - 2,
                                             .stride = {factor, factor, factor}};
  rsmp_grid_sample_options sampling = {.struct_size = sizeof sampling, .mode = operators[row].mode};
  switch (operators[row].operator) {
    case SHUFFLE: return rsmp_pixel_shuffle(from, factor, to, &failure);
    case UNSHUFFLE: return rsmp_pixel_unshuffle(from, factor, to, &failure);
    case CONVOLUTION:
      return rsmp_conv_transpose(from, second, bias == NULL ? NULL : &bias->tensor, &convolution, to, &failure);
    case SAMPLING: return rsmp_grid_sample(from, second, &sampling, to, &failure);
    case AFFINE: return rsmp_affine_grid(from, 0, to, &failure);
    default: return rsmp_carafe(from, second, 3, 2, factor, to, &failure);
  }
}

static void test_every_allocation_of_the_other_operators_may_fail(void) {
  const kind *const types[] = {&kinds[FLOAT32], &kinds[FLOAT64], &kinds[FLOAT16], &kinds[BFLOAT16], &kinds[INT64]};
  for (int row = 0; row < OPERATORS; row++) {
    const char *name = operators[row].name;
    for (int number = 0; number < operators[row].kinds; number++) {
      const kind *kind = types[number];
      int rank = operators[row].rank;
      array *input = new_array(kind, operators[row].operator == AFFINE ? 3 : rank, operators[row].input, REVERSED);
      array *other = operators[row].other[0] == 0 ? NULL : new_array(kind, rank, operators[row].other, SPACED);
      array *bias = operators[row].bias == 0 ? NULL : new_array(kind, 1, &operators[row].bias, CONTIGUOUS);
      array *output = new_array(kind, rank, operators[row].output, CHANNELS_LAST);
      array *expected = new_array(kind, rank, operators[row].output, CONTIGUOUS);
      fill(input, 11);
      if (other != NULL) fill(other, 12);
      if (bias != NULL) fill(bias, 13);
      CHECK_OK(run(row, input, other, bias, expected));

      UNTIL_ENOUGH(name, run(row, input, other, bias, output),
                   CHECK(is_blank(output), "%s: wrote into the output", name));
      CHECK(first_difference(output, expected) < 0, "%s, %s: another result after the failures", name, kind->name);
      CHECK(is_blank_around_elements(output), "%s: wrote outside the output", name);

      delete_array(input);
      if (other != NULL) delete_array(other);
      if (bias != NULL) delete_array(bias);
      delete_array(output);
      delete_array(expected);
    }
  }
}

/* The gradients of a call: those of its inputs, and that of the bias, of conv_transpose. */
enum { OF_INPUT, OF_OTHER, OF_BIAS, GRADIENTS, ALL_WANTED = (1 << GRADIENTS) - 1 };

static rsmp_status run_backward(int row, const array *gradient, const array *input, const array *other,
                                array *const *gradients) {
  const rsmp_tensor *to[GRADIENTS], *from = &input->tensor, *second = &other->tensor;
  for (int which = 0; which < GRADIENTS; which++) to[which] = gradients[which] == NULL ? NULL : &gradients[which]->tensor;
  int64_t factor = operators[row].factor;
  rsmp_conv_transpose_options convolution = {.struct_size = sizeof convolution,
                                             .stride_count = operators[row].rank - 2,
                                             .stride = {factor, factor, factor}};
  rsmp_grid_sample_options sampling = {.struct_size = sizeof sampling, .mode = operators[row].mode};
  switch (operators[row].operator) {
    case CONVOLUTION:
      return rsmp_conv_transpose_backward(&gradient->tensor, from, second, &convolution, to[OF_INPUT], to[OF_OTHER],
                                          to[OF_BIAS], &failure);
    case SAMPLING:
      return rsmp_grid_sample_backward(&gradient->tensor, from, second, &sampling, to[OF_INPUT], to[OF_OTHER], &failure);
    default:
      return rsmp_carafe_backward(&gradient->tensor, from, second, 3, 2, factor, to[OF_INPUT], to[OF_OTHER], &failure);
  }
}

static void make_gradients(int row, const kind *kind, int wanted, array *gradients[GRADIENTS]) {
  int rank = operators[row].rank;
  gradients[OF_INPUT] = wanted & 1 << OF_INPUT ? new_array(kind, rank, operators[row].input, SPACED) : NULL;
  gradients[OF_OTHER] = wanted & 1 << OF_OTHER ? new_array(kind, rank, operators[row].other, CHANNELS_LAST) : NULL;
  bool has_bias = operators[row].operator == CONVOLUTION;
  gradients[OF_BIAS] =
      has_bias && wanted & 1 << OF_BIAS ? new_array(kind, 1, &operators[row].output[1], REVERSED) : NULL;
}

static bool are_blank(array *const *gradients) {
  for (int which = 0; which < GRADIENTS; which++) {
    if (gradients[which] != NULL && !is_blank(gradients[which])) return false;
  }
  return true;
}

static void delete_gradients(array *const *gradients) {
  for (int which = 0; which < GRADIENTS; which++) {
    if (gradients[which] != NULL) delete_array(gradients[which]);
  }
}

static void test_every_allocation_of_the_gradients_may_fail(void) {
  const kind *const types[] = {&kinds[FLOAT32], &kinds[FLOAT64], &kinds[FLOAT16], &kinds[BFLOAT16]};
  for (int row = 0; row < OPERATORS; row++) {
    const char *name = operators[row].name;
    int operator = operators[row].operator, rank = operators[row].rank;
    if (operator != CONVOLUTION && operator != SAMPLING && operator != CARAFE) continue;
    for (int number = 0; number < 4; number++) {
      const kind *kind = types[number];
      array *gradient = new_array(kind, rank, operators[row].output, FORTRAN);
      array *input = new_array(kind, rank, operators[row].input, REVERSED);
      array *other = new_array(kind, rank, operators[row].other, SPACED);
      array *expected[GRADIENTS];
      fill(gradient, 16);
      fill(input, 17);
      fill(other, 18);
      make_gradients(row, kind, ALL_WANTED, expected);
      CHECK_OK(run_backward(row, gradient, input, other, expected));
      for (int wanted = 0; wanted <= ALL_WANTED; wanted++) {
        array *gradients[GRADIENTS];
        make_gradients(row, kind, wanted, gradients);
        UNTIL_ENOUGH(name, run_backward(row, gradient, input, other, gradients),
                     CHECK(are_blank(gradients), "%s: wrote into a gradient", name));
        for (int which = 0; which < GRADIENTS; which++) {
          if (gradients[which] == NULL) continue;
          CHECK(first_difference(gradients[which], expected[which]) < 0, "%s, %s: another gradient after the failures",
                name, kind->name);
          CHECK(is_blank_around_elements(gradients[which]), "%s: wrote outside a gradient", name);
        }
        delete_gradients(gradients);
      }
      delete_array(gradient);
      delete_array(input);
      delete_array(other);
      delete_gradients(expected);
    }
  }
}

/* Images as they are, blended, resized, both, and beside the output: the output is written last, and that must not fail. */
static void test_every_allocation_of_preprocess_may_fail(void) {
  const int64_t shapes[][3] = {{12, 12, 3}, {12, 12, 4}, {31, 23, 4}, {2, 90, 1}};
  enum { IMAGES = sizeof shapes / sizeof shapes[0] };
  array *images[IMAGES];
  rsmp_tensor tensors[IMAGES];
  for (int index = 0; index < IMAGES; index++) {
    images[index] = new_array(&kinds[UINT8], 3, shapes[index], index % MEMORY_FORMATS);
    fill(images[index], (uint32_t)index);
    tensors[index] = images[index]->tensor;
  }
  array *output = new_array(&kinds[FLOAT16], 4, (int64_t[]){IMAGES, 3, 9, 14}, SPACED);
  array *expected = new_array(&kinds[FLOAT16], 4, output->shape, CONTIGUOUS);
  for (int number = 0; number < 4; number++) {
    rsmp_preprocess_options options = {.struct_size = sizeof options,
                                       .convention = number % 2,
                                       .mode = RSMP_MODE_BICUBIC,
                                       .antialias = 1,
                                       .resize = number / 2 == 0 ? RSMP_RESIZE_SHORTEST_EDGE : RSMP_RESIZE_NONE,
                                       .canvas = RSMP_CANVAS_CROP,
                                       .anchor = RSMP_ANCHOR_AT,
                                       .alpha = RSMP_ALPHA_OVER_WHITE,
                                       .channels = 3,
                                       .dtype = kinds[FLOAT16].dtype,
                                       .shortest_edge = 12,
                                       .canvas_height = 9,
                                       .canvas_width = 14,
                                       .top = 2,
                                       .left = -1};
    rsmp_preprocess *preprocess = NULL;
    UNTIL_ENOUGH("preprocess", rsmp_preprocess_create(&options, &preprocess, &failure),
                 CHECK(preprocess == NULL, "a preprocess was left"));
    CHECK_OK(rsmp_preprocess_execute(preprocess, IMAGES, tensors, &expected->tensor, &failure));
    memset(output->memory, BLANK, output->size);
    /* One keeps the tables of the sizes that it has met, so each execution has a new one. */
    UNTIL_ENOUGH_AFTER(
        {
          rsmp_preprocess_destroy(preprocess);
          CHECK_OK(rsmp_preprocess_create(&options, &preprocess, &failure));
        },
        "preprocess", rsmp_preprocess_execute(preprocess, IMAGES, tensors, &output->tensor, &failure),
        CHECK(is_blank(output), "preprocess: wrote into the output"));
    CHECK(first_difference(output, expected) < 0, "preprocess: other bits after failures");
    CHECK(is_blank_around_elements(output), "preprocess: wrote elsewhere");
    rsmp_preprocess_destroy(preprocess);

    /* What was kept before a failure is used after it. */
    CHECK_OK(rsmp_preprocess_create(&options, &preprocess, &failure));
    memset(output->memory, BLANK, output->size);
    rsmp_status status = RSMP_OUT_OF_MEMORY;
    for (long count = 0; count < 100 && status == RSMP_OUT_OF_MEMORY; count++) {
      limit(count);
      status = rsmp_preprocess_execute(preprocess, IMAGES, tensors, &output->tensor, &failure);
      is_limited = false;
      CHECK(status == RSMP_OK || is_blank(output), "preprocess: wrote into the output");
    }
    CHECK_OK(status);
    CHECK(first_difference(output, expected) < 0, "preprocess: other bits after failures of one object");
    rsmp_preprocess_destroy(preprocess);
  }
  for (int index = 0; index < IMAGES; index++) delete_array(images[index]);
  delete_array(output);
  delete_array(expected);
}

/* Sizes that are possible, for a machine with more memory. */
static void test_large_requests(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options, .mode = RSMP_MODE_LINEAR};
  rsmp_axis *axis;
  limit(1000);
  check_out_of_memory("a long axis", 1000, rsmp_axis_create(1, INT32_MAX, kinds[FLOAT64].dtype, &options, &axis, &failure));
  CHECK(axis == NULL, "an axis was left");

  rsmp_plan *plan;
  options.size_count = 1;
  options.size[0] = INT32_MAX;
  limit(1000);
  check_out_of_memory("a long plan", 1000,
                      rsmp_plan_create(3, (int64_t[]){1, 1, 2}, kinds[UINT8].dtype, &options, &plan, &failure));
  CHECK(plan == NULL, "a plan was left");

  /* A weight that is the same for every two of 32768 channels, and would be copied for each. */
  enum { CHANNELS = 1 << 15 };
  array *samples = new_array(&kinds[FLOAT32], 3, (int64_t[]){1, CHANNELS, 1}, CONTIGUOUS);
  array *result = new_array(&kinds[FLOAT32], 3, (int64_t[]){1, CHANNELS, 1}, CONTIGUOUS);
  fill(samples, 14);
  rsmp_tensor weight = samples->tensor;
  weight.shape = (int64_t[]){CHANNELS, CHANNELS, 1};
  weight.strides = (int64_t[]){0, 0, 0};
  rsmp_conv_transpose_options convolution = {.struct_size = sizeof convolution};
  limit(1000);
  check_out_of_memory("many weights", 1000,
                      rsmp_conv_transpose(&samples->tensor, &weight, NULL, &convolution, &result->tensor, &failure));
  CHECK(is_blank(result), "many weights: wrote into the output");
  array *of_bias = new_array(&kinds[FLOAT32], 1, (int64_t[]){CHANNELS}, CONTIGUOUS);
  limit(1000);
  check_out_of_memory("many weights, backward", 1000,
                      rsmp_conv_transpose_backward(&samples->tensor, &samples->tensor, &weight, &convolution,
                                                   &result->tensor, NULL, &of_bias->tensor, &failure));
  CHECK(is_blank(result) && is_blank(of_bias), "many weights, backward: wrote into a gradient");
  delete_array(samples);
  delete_array(result);
  delete_array(of_bias);

  /* One sample all over a large image, of which there would be a copy. */
  array *grid = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 1, 2}, CONTIGUOUS);
  array *of_grid = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 1, 2}, CONTIGUOUS);
  fill(grid, 19);
  float sample = 1;
  rsmp_tensor image = {.data = &sample, .ndim = 4, .dtype = kinds[FLOAT32].dtype,
                       .shape = (int64_t[]){1, 1, 1 << 15, 1 << 15}, .strides = (int64_t[]){0, 0, 0, 0}};
  rsmp_tensor gradient = image;
  gradient.shape = (int64_t[]){1, 1, 1, 1};
  rsmp_grid_sample_options sampling = {.struct_size = sizeof sampling};
  limit(1000);
  check_out_of_memory("a large image, backward", 1000,
                      rsmp_grid_sample_backward(&gradient, &image, &grid->tensor, &sampling, NULL, &of_grid->tensor,
                                                &failure));
  CHECK(is_blank(of_grid), "a large image, backward: wrote into the gradient");
  delete_array(grid);
  delete_array(of_grid);
}

/*
 * What is wrong with the arrays is found before the tables of two thousand million samples are made: all that is asked for is
 * memory for the sentence that says it, and without any the status does.
 */
static void test_a_refusal_needs_no_memory(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_MODE_BICUBIC,
                                      .scale_factor_count = 2,
                                      .scale_factor = {1e9, 2}};
  array *input = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 2, 3}, CONTIGUOUS);
  array *output = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 4, 6}, CONTIGUOUS);
  fill(input, 10);
  for (long count = 0; count < 2; count++) {
    limit(count);
    rsmp_status status = rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure);
    long needed = asked;
    is_limited = false;
    CHECK(status == RSMP_INVALID_VALUE && needed == 1, "status %d after %ld allocations", (int)status, needed);
    CHECK(strstr(failure.message, count == 0 ? "no memory is left" : "must have shape") != NULL, "%s", failure.message);
    CHECK(is_blank(output), "wrote into the output");
  }
  delete_array(input);
  delete_array(output);
}

int main(void) {
  if (!can_run("test_memory")) return 0;
  CHECK_OK(rsmp_set_num_threads(1, &failure));

  /* Otherwise nothing here would be tested, and the large requests would be served. */
  rsmp_interpolate_options options = {.struct_size = sizeof options};
  rsmp_axis *axis = NULL;
  limit(1000);
  rsmp_axis_create(9, 7, kinds[FLOAT32].dtype, &options, &axis, NULL);
  is_limited = false;
  rsmp_axis_destroy(axis);
  if (CHECK(asked > 0, "the library does not use the program's allocator")) {
    test_every_allocation_may_fail();
    test_every_allocation_of_labels_may_fail();
    test_every_allocation_of_onnx_resize_may_fail();
    test_every_allocation_of_pillow_may_fail();
    test_every_allocation_of_preprocess_may_fail();
    test_every_allocation_of_the_other_operators_may_fail();
    test_every_allocation_of_the_gradients_may_fail();
    test_large_requests();
    test_a_refusal_needs_no_memory();
  }
  return report("test_memory");
}
