/*
 * Images to a network's input: a batch agrees with its images one by one in any memory and on any thread, what makes no sense
 * is refused, and a call that fails writes nothing. What the numbers should be, the tests of Python compare with the libraries
 * that have them.
 */
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

#include "arrays.h"

static const kind *const uint8 = &kinds[UINT8];

/* What most of the tests begin with: 0 to 255 become -1 to 1, the shorter edge 12, of which the middle 9 by 11 is the output. */
static rsmp_preprocess_options usual_options(void) {
  return (rsmp_preprocess_options){.struct_size = sizeof(rsmp_preprocess_options),
                                   .mode = RSMP_MODE_BILINEAR,
                                   .antialias = 1,
                                   .resize = RSMP_RESIZE_SHORTEST_EDGE,
                                   .canvas = RSMP_CANVAS_CROP,
                                   .anchor = RSMP_ANCHOR_CENTER,
                                   .channels = 3,
                                   .normalize = 1,
                                   .shortest_edge = 12,
                                   .canvas_height = 9,
                                   .canvas_width = 11,
                                   .rescale = 1 / 255.0,
                                   .mean = {0.5, 0.25, 0.75},
                                   .std = {0.5, 0.25, 0.125}};
}

static rsmp_preprocess *create(const rsmp_preprocess_options *options) {
  rsmp_preprocess *made = NULL;
  CHECK_OK(rsmp_preprocess_create(options, &made, &failure));
  return made;
}

/* (H, W, C), or (H, W) where there are 0 channels. */
static array *new_image(int64_t height, int64_t width, int64_t channels, int memory_format, uint32_t seed) {
  array *image = new_array(uint8, channels > 0 ? 3 : 2, (int64_t[]){height, width, channels}, memory_format);
  fill(image, seed);
  return image;
}

/* ---- A batch and its images -------------------------------------------------------------------------------------- */

static const int64_t sizes[][3] = {{20, 31, 3}, {12, 12, 4}, {50, 7, 1}, {9, 40, 2}, {33, 33, 0}, {1, 5, 3}, {64, 48, 4}};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* The batch, made image by image of contiguous copies. */
static array *one_by_one(const rsmp_preprocess *preprocess, array *const images[], const array *like) {
  array *all = new_array(like->kind, 4, like->shape, CONTIGUOUS);
  for (int index = 0; index < SIZES; index++) {
    array *image = new_array(uint8, images[index]->tensor.ndim, images[index]->shape, CONTIGUOUS);
    copy_elements(images[index], image);
    int64_t shape[4];
    CHECK_OK(rsmp_preprocess_output_shape(preprocess, 1, &image->tensor, shape, &failure));
    CHECK(shape[0] == 1 && memcmp(shape + 1, like->shape + 1, 3 * sizeof *shape) == 0, "image %d has another shape", index);
    rsmp_tensor output = {element(all, index * (all->count / SIZES)), {1, 0}, 4, all->kind->dtype, shape, NULL, 0};
    CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &image->tensor, &output, &failure));
    delete_array(image);
  }
  return all;
}

static void test_a_batch_is_its_images_in_any_memory(void) {
  const int dtypes[] = {FLOAT32, FLOAT16, BFLOAT16, UINT8};
  for (int number = 0; number < 4 * 2 * 2 * 3; number++) {
    if (is_left_out()) continue;
    const kind *kind = &kinds[dtypes[number % 4]];
    rsmp_preprocess_options options = usual_options();
    options.channels_last = number / 4 % 2;
    options.convention = number / 8 % 2;
    options.border = number / 16; /* a level, a value, the edge */
    options.alpha = RSMP_ALPHA_OVER_WHITE;
    options.dtype = kind->dtype;
    options.fill[1] = 200;
    options.canvas_height = 15; /* more than some images have */
    if (kind == uint8) options.normalize = 0, options.rescale = 0;
    rsmp_preprocess *preprocess = create(&options);
    array *images[SIZES];
    rsmp_tensor tensors[SIZES];
    for (int index = 0; index < SIZES; index++) {
      images[index] = new_image(sizes[index][0], sizes[index][1], sizes[index][2], (index + number) % MEMORY_FORMATS,
                                (uint32_t)index);
      tensors[index] = images[index]->tensor;
    }
    int64_t shape[4];
    CHECK_OK(rsmp_preprocess_output_shape(preprocess, SIZES, tensors, shape, &failure));
    const int64_t first[] = {SIZES, 3, 15, 11}, last[] = {SIZES, 15, 11, 3};
    CHECK(memcmp(shape, options.channels_last ? last : first, sizeof shape) == 0, "another shape");
    array *expected = NULL;
    for (int format = 0; format < MEMORY_FORMATS; format++) {
      array *output = new_array(kind, 4, shape, format);
      if (expected == NULL) expected = one_by_one(preprocess, images, output);
      CHECK_OK(rsmp_preprocess_execute(preprocess, SIZES, tensors, &output->tensor, &failure));
      CHECK(first_difference(output, expected) < 0, "%s, convention %d, border %d, channels %s: %s", kind->name,
            (int)options.convention, (int)options.border, options.channels_last ? "last" : "first", memory_formats[format]);
      CHECK(is_blank_around_elements(output), "wrote elsewhere");
      delete_array(output);
    }
    for (int index = 0; index < SIZES; index++) delete_array(images[index]);
    delete_array(expected);
    rsmp_preprocess_destroy(preprocess);
  }
}

static void test_channels_last_is_the_same_permuted(void) {
  array *image = new_image(20, 31, 3, CONTIGUOUS, 5), *outputs[2];
  for (int is_last = 0; is_last < 2; is_last++) {
    rsmp_preprocess_options options = usual_options();
    options.channels_last = is_last;
    rsmp_preprocess *preprocess = create(&options);
    const int64_t shapes[2][4] = {{1, 3, 9, 11}, {1, 9, 11, 3}};
    outputs[is_last] = new_array(&kinds[FLOAT32], 4, shapes[is_last], CONTIGUOUS);
    CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &image->tensor, &outputs[is_last]->tensor, &failure));
    rsmp_preprocess_destroy(preprocess);
  }
  for (int channel = 0; channel < 3; channel++) {
    for (int pixel = 0; pixel < 99; pixel++) {
      CHECK(memcmp(element(outputs[0], channel * 99 + pixel), element(outputs[1], pixel * 3 + channel), 4) == 0,
            "channel %d, pixel %d", channel, pixel);
    }
  }
  delete_array(image);
  delete_array(outputs[0]);
  delete_array(outputs[1]);
}

/* A crop may show any part of an image, and none: then the border alone is there, and nothing of the image is read. */
static void test_crops_at_the_ends_of_the_numbers(void) {
  const int64_t starts[] = {INT32_MAX, -(int64_t)INT32_MAX, -20, 20, -11, 11, -1, 1, 0};
  rsmp_preprocess_options options = usual_options();
  options.anchor = RSMP_ANCHOR_AT;
  options.border = RSMP_BORDER_VALUE;
  options.fill[0] = options.fill[1] = options.fill[2] = 7;
  float samples[3 * 9 * 11];
  int64_t shape[] = {1, 3, 9, 11}, lengths[] = {12, 12, 3}, strides[] = {(int64_t)1 << 33, (int64_t)1 << 25, 1};
  rsmp_tensor output = {samples, {1, 0}, 4, kinds[FLOAT32].dtype, shape, NULL, 0};
  array *image = new_image(12, 12, 3, CONTIGUOUS, 3);
  for (int number = 0; number < 81; number++) {
    options.top = starts[number / 9], options.left = starts[number % 9];
    bool shows_some = options.top > -9 && options.top < 12 && options.left > -11 && options.left < 12;
    rsmp_preprocess *preprocess = create(&options);
    rsmp_tensor read = image->tensor;
    /* Samples gigabytes apart, most of which are no memory. */
    if (!shows_some) read.shape = lengths, read.strides = strides;
    memset(samples, BLANK, sizeof samples);
    CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &read, &output, &failure));
    for (int place = 0; place < 3 * 99; place++) {
      int64_t y = place % 99 / 11 + options.top, x = place % 11 + options.left;
      float expected = 7;
      if (y >= 0 && y < 12 && x >= 0 && x < 12) {
        int channel = place / 99;
        double level = get(uint8, element(image, (y * 12 + x) * 3 + channel));
        expected = ((float)(level * (1 / 255.0)) - (float)options.mean[channel]) / (float)options.std[channel];
      }
      CHECK(samples[place] == expected, "from %lld and %lld: element %d is %g, not %g", (long long)options.top,
            (long long)options.left, place, (double)samples[place], (double)expected);
    }
    rsmp_preprocess_destroy(preprocess);
  }
  delete_array(image);
}

static void test_zero_strides_and_strides_of_no_meaning(void) {
  rsmp_preprocess_options options = usual_options();
  rsmp_preprocess *preprocess = create(&options);
  unsigned char bytes[40 * 3];
  for (int place = 0; place < 120; place++) bytes[place] = (unsigned char)(place * 37);
  array *copied = new_image(17, 40, 3, CONTIGUOUS, 0);
  for (int64_t place = 0; place < copied->count; place++) *element(copied, place) = bytes[place % 120];
  array *expected = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 3, 9, 11}, CONTIGUOUS);
  array *output = new_array(&kinds[FLOAT32], 4, expected->shape, CONTIGUOUS);
  CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &copied->tensor, &expected->tensor, &failure));
  int64_t lengths[] = {17, 40, 3}, strides[] = {0, 3, 1};
  rsmp_tensor repeated = {bytes, {1, 0}, 3, uint8->dtype, lengths, strides, 0};
  CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &repeated, &output->tensor, &failure));
  CHECK(first_difference(output, expected) < 0, "one row for all");
  /* Of an axis of one. */
  lengths[0] = 1, strides[0] = INT64_MIN;
  copied->tensor.shape = lengths;
  CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &copied->tensor, &expected->tensor, &failure));
  CHECK_OK(rsmp_preprocess_execute(preprocess, 1, &repeated, &output->tensor, &failure));
  CHECK(first_difference(output, expected) < 0, "one row");
  delete_array(copied);
  delete_array(expected);
  delete_array(output);
  rsmp_preprocess_destroy(preprocess);
}

/* Beside images smaller than the largest the border is. */
static void test_the_largest_of_a_batch(void) {
  rsmp_preprocess_options options = usual_options();
  options.resize = RSMP_RESIZE_NONE;
  options.canvas = RSMP_CANVAS_LARGEST;
  options.anchor = RSMP_ANCHOR_TOP_LEFT;
  options.canvas_multiple = 4;
  options.border = RSMP_BORDER_VALUE;
  options.fill[0] = options.fill[1] = options.fill[2] = -3;
  rsmp_preprocess *preprocess = create(&options);
  array *images[] = {new_image(5, 9, 3, REVERSED, 1), new_image(13, 2, 3, MISALIGNED, 2)};
  rsmp_tensor tensors[] = {images[0]->tensor, images[1]->tensor};
  int64_t shape[4];
  CHECK_OK(rsmp_preprocess_output_shape(preprocess, 2, tensors, shape, &failure));
  CHECK(shape[2] == 16 && shape[3] == 12, "%d x %d", (int)shape[2], (int)shape[3]);
  array *output = new_array(&kinds[FLOAT32], 4, shape, SPACED);
  CHECK_OK(rsmp_preprocess_execute(preprocess, 2, tensors, &output->tensor, &failure));
  for (int64_t place = 0; place < output->count; place++) {
    int64_t x = place % 12, y = place / 12 % 16, channel = place / 192 % 3;
    const array *image = images[place / 576];
    double expected = -3;
    if (y < image->shape[0] && x < image->shape[1]) {
      double level = get(uint8, element(image, (y * image->shape[1] + x) * 3 + channel));
      expected = ((float)(level * (1 / 255.0)) - (float)options.mean[channel]) / (float)options.std[channel];
    }
    CHECK(get(&kinds[FLOAT32], element(output, place)) == expected, "element %d", (int)place);
  }
  CHECK(is_blank_around_elements(output), "wrote elsewhere");
  delete_array(images[0]);
  delete_array(images[1]);
  delete_array(output);
  rsmp_preprocess_destroy(preprocess);
}

static void test_where_an_image_lies(void) {
  rsmp_preprocess_options options = usual_options();
  rsmp_placement placement = {.struct_size = sizeof placement, .reserved = -1};
  rsmp_preprocess *preprocess = create(&options);
  CHECK_OK(rsmp_preprocess_placement(preprocess, 20, 31, &placement, &failure));
  const rsmp_placement expected = {.struct_size = sizeof placement, .height = 20, .width = 31, .resized_height = 12,
                                   .resized_width = 18, .canvas_height = 9, .canvas_width = 11, .top = 2, .left = 4};
  CHECK(memcmp(&placement, &expected, sizeof placement) == 0, "%d x %d from %d and %d", (int)placement.resized_height,
        (int)placement.resized_width, (int)placement.top, (int)placement.left);
  /* What cannot be placed leaves the structure as it is. */
  const int64_t edges[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)INT32_MAX + 1};
  for (int number = 0; number < 10; number++) {
    int64_t height = number < 5 ? edges[number] : 5, width = number < 5 ? 5 : edges[number - 5];
    CHECK(rsmp_preprocess_placement(preprocess, height, width, &placement, &failure) == RSMP_INVALID_VALUE &&
              strstr(failure.message, "an image must have from 1 to 2147483647 rows and columns") != NULL,
          "%s", failure.message);
  }
  CHECK(rsmp_preprocess_placement(preprocess, 1, INT32_MAX, &placement, &failure) == RSMP_INVALID_VALUE &&
            strstr(failure.message, "would be resized to 12 and 25769803764") != NULL,
        "%s", failure.message);
  CHECK(memcmp(&placement, &expected, sizeof placement) == 0, "a failure changed it");
  rsmp_preprocess_destroy(preprocess);

  options.canvas = RSMP_CANVAS_PAD;
  preprocess = create(&options);
  CHECK(rsmp_preprocess_placement(preprocess, 5, 5, &placement, &failure) == RSMP_INVALID_VALUE &&
            strstr(failure.message, "resized to 12 by 12 is too large to be padded to 9 by 11") != NULL,
        "%s", failure.message);
  rsmp_preprocess_destroy(preprocess);
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

/* More sizes than an object keeps the tables of, in another order in every thread, and threads of the library's own. */
enum { THREADS = 6, EXECUTED = 23, ROUNDS = 3 };
static struct {
  const rsmp_preprocess *preprocess;
  array *images[EXECUTED], *expected[EXECUTED];
} shared;

static void *execute_all(void *context) {
  long number = (long)(intptr_t)context, wrong = 0;
  rsmp_error error;
  array *output = new_array(&kinds[FLOAT32], 4, shared.expected[0]->shape, CONTIGUOUS);
  for (int round = 0; round < ROUNDS; round++) {
    for (int turn = 0; turn < EXECUTED; turn++) {
      /* 23 is prime: every step comes by all of them. */
      int index = (int)((turn + 1) * (number + 1) + round) % EXECUTED;
      rsmp_status status = rsmp_preprocess_execute(shared.preprocess, 1, &shared.images[index]->tensor, &output->tensor, &error);
      wrong += status != RSMP_OK || first_difference(output, shared.expected[index]) >= 0;
    }
  }
  delete_array(output);
  return (void *)(intptr_t)wrong;
}

static void test_threads_may_execute_one_object_at_once(void) {
  int32_t before = rsmp_get_num_threads();
  CHECK_OK(rsmp_set_num_threads(3, &failure));
  for (int32_t convention = 0; convention < 2; convention++) {
    rsmp_preprocess_options options = usual_options();
    options.convention = convention;
    options.alpha = RSMP_ALPHA_OVER_WHITE;
    rsmp_preprocess *preprocess = create(&options);
    shared.preprocess = preprocess;
    for (int index = 0; index < EXECUTED; index++) {
      shared.images[index] = new_image(14 + index, 40 - index, index % 2 == 0 ? 3 : 4, index % MEMORY_FORMATS, (uint32_t)index);
      shared.expected[index] = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 3, 9, 11}, CONTIGUOUS);
      rsmp_preprocess *own = create(&options);
      CHECK_OK(rsmp_preprocess_execute(own, 1, &shared.images[index]->tensor, &shared.expected[index]->tensor, &failure));
      rsmp_preprocess_destroy(own);
    }
    pthread_t threads[THREADS];
    for (intptr_t number = 0; number < THREADS; number++) {
      CHECK(pthread_create(&threads[number], NULL, execute_all, (void *)number) == 0, "the test itself has no threads");
    }
    for (int number = 0; number < THREADS; number++) {
      void *wrong = NULL;
      pthread_join(threads[number], &wrong);
      CHECK(wrong == NULL, "convention %d, thread %d: %ld calls were wrong", (int)convention, number, (long)(intptr_t)wrong);
    }
    for (int index = 0; index < EXECUTED; index++) {
      delete_array(shared.images[index]);
      delete_array(shared.expected[index]);
    }
    rsmp_preprocess_destroy(preprocess);
  }
  CHECK_OK(rsmp_set_num_threads(before, &failure));
}

/* ---- Options that are refused ------------------------------------------------------------------------------------ */

static void refused(int line, rsmp_status wanted, const rsmp_preprocess_options *options, const char *words) {
  rsmp_preprocess *made = (rsmp_preprocess *)&failure;
  rsmp_status status = rsmp_preprocess_create(options, &made, &failure);
  CHECK(status == wanted && strstr(failure.message, words) != NULL, "line %d: %d, %s", line, (int)status, failure.message);
  CHECK(made == NULL, "line %d: one was left", line);
  CHECK(rsmp_preprocess_create(options, &made, NULL) == wanted, "line %d: without an error", line);
}

#define REFUSED(...) refused(__LINE__, RSMP_INVALID_VALUE, &options, __VA_ARGS__)

static void test_unknown_values(void) {
#define FIELD(name) {offsetof(rsmp_preprocess_options, name), #name}
  const struct {
    size_t place;
    const char *name;
  } fields[] = {FIELD(convention), FIELD(mode), FIELD(antialias), FIELD(resize), FIELD(edge_rounding), FIELD(canvas),
                FIELD(anchor), FIELD(alpha), FIELD(border), FIELD(channels), FIELD(reverse_channels), FIELD(channels_last),
                FIELD(arithmetic), FIELD(normalize)};
  const int32_t values[] = {-1, 17, 1 << 16, INT32_MIN, INT32_MAX};
  for (size_t field = 0; field < sizeof fields / sizeof fields[0]; field++) {
    for (int number = 0; number < 5; number++) {
      rsmp_preprocess_options options = usual_options();
      memcpy((char *)&options + fields[field].place, &values[number], sizeof values[number]);
      REFUSED(fields[field].name);
    }
  }
  rsmp_preprocess_options options = usual_options();
  options.channels = 2;
  REFUSED("channels must be 1 or 3");
  options = usual_options();
  const int32_t of_other_ranks[] = {RSMP_MODE_LINEAR, RSMP_MODE_TRILINEAR};
  for (int number = 0; number < 2; number++) {
    options.mode = of_other_ranks[number];
    REFUSED("there is no mode");
  }
  const rsmp_dtype dtypes[] = {kinds[FLOAT64].dtype, kinds[INT8].dtype, kinds[BOOL].dtype, {RSMP_FLOAT, 32, 2},
                               {RSMP_FLOAT, 32, 0}, {RSMP_FLOAT, 0, 1}, {0, 0, 1}, {9, 0, 0}};
  for (size_t number = 0; number < sizeof dtypes / sizeof dtypes[0]; number++) {
    options = usual_options();
    options.dtype = dtypes[number];
    refused(__LINE__, RSMP_INVALID_TYPE, &options, "dtype must be float32, float16, bfloat16 or uint8");
  }
  const uint32_t struct_sizes[] = {0, 4, sizeof(rsmp_preprocess_options) - 1, 1025, UINT32_MAX};
  for (int number = 0; number < 5; number++) {
    options = usual_options();
    options.struct_size = struct_sizes[number];
    REFUSED("options.struct_size must be at ");
  }
}

static void test_values_that_exclude_one_another(void) {
  rsmp_preprocess_options options = usual_options();
  options.convention = RSMP_CONVENTION_PILLOW;
  options.mode = RSMP_MODE_AREA;
  REFUSED("Pillow has no filter area");
  options = usual_options();
  options.convention = RSMP_CONVENTION_PILLOW;
  options.antialias = 0;
  REFUSED("always antialias");
  options = usual_options();
  options.mode = RSMP_MODE_LANCZOS;
  options.antialias = 0;
  REFUSED("lanczos needs antialias");
  options = usual_options();
  options.dtype = uint8->dtype;
  REFUSED("uint8 takes neither rescale nor mean and std");
  options = usual_options();
  options.canvas = RSMP_CANVAS_LARGEST;
  REFUSED("lie at its top and its left");
}

static void test_hostile_edges(void) {
  const int64_t edges[] = {0, -1, INT64_MIN, INT64_MAX, (1 << 20) + 1, (int64_t)1 << 32};
  const int32_t of_two[] = {RSMP_RESIZE_EXACT, RSMP_RESIZE_WITHIN, RSMP_RESIZE_COVERING};
  rsmp_preprocess_options options;
  for (int number = 0; number < 6; number++) {
    int64_t edge = edges[number];
    for (int rule = 0; rule < 6; rule++) {
      options = usual_options();
      options.resize = of_two[rule / 2];
      options.height = rule % 2 == 0 ? edge : 5;
      options.width = rule % 2 == 0 ? 5 : edge;
      REFUSED("size must be from 1 to 1048576 on every axis");
    }
    for (int32_t rule = RSMP_RESIZE_SHORTEST_EDGE; rule <= RSMP_RESIZE_SHORTEST_EDGE_ROUNDED; rule++) {
      options = usual_options();
      options.resize = rule;
      options.shortest_edge = edge;
      REFUSED("shortest_edge must be from 1 to 1048576");
      options.shortest_edge = 12;
      options.longest_edge = edge;
      if (edge != 0) REFUSED("longest_edge must be from 1 to 1048576");
      options.longest_edge = 0;
      options.edge_multiple = edge;
      if (edge != 0 && rule == RSMP_RESIZE_SHORTEST_EDGE_ROUNDED) REFUSED("edge_multiple must be from 1 to 1048576");
    }
    options = usual_options();
    options.resize = RSMP_RESIZE_LONGEST_EDGE;
    options.longest_edge = edge;
    REFUSED("longest_edge must be from 1 to 1048576");
    for (int side = 0; side < 4; side++) {
      options = usual_options();
      options.canvas = side / 2 == 0 ? RSMP_CANVAS_CROP : RSMP_CANVAS_PAD;
      *(side % 2 == 0 ? &options.canvas_height : &options.canvas_width) = edge;
      REFUSED(side / 2 == 0 ? "crop must be from 1" : "pad must be from 1");
    }
    options = usual_options();
    options.canvas_multiple = edge;
    if (edge != 0) REFUSED("multiple must be from 1 to 1048576");
  }
  const int64_t starts[] = {INT64_MIN, INT64_MAX, (int64_t)INT32_MAX + 1, -(int64_t)INT32_MAX - 1};
  for (int number = 0; number < 8; number++) {
    options = usual_options();
    options.anchor = RSMP_ANCHOR_AT;
    *(number < 4 ? &options.top : &options.left) = starts[number % 4];
    REFUSED("a crop must begin within 2147483647 samples");
  }
}

static void test_hostile_numbers(void) {
  const double none[] = {NAN, INFINITY, -INFINITY};
  rsmp_preprocess_options options;
  for (int number = 0; number < 3; number++) {
    options = usual_options();
    options.rescale = none[number];
    REFUSED("rescale must be positive and finite");
    for (int channel = 0; channel < 3; channel++) {
      options = usual_options();
      options.mean[channel] = none[number];
      REFUSED("mean must be finite");
      options = usual_options();
      options.std[channel] = none[number];
      REFUSED("mean must be finite, and std too");
      for (int32_t border = RSMP_BORDER_LEVEL; border <= RSMP_BORDER_VALUE; border++) {
        options = usual_options();
        options.border = border;
        options.fill[channel] = none[number];
        REFUSED(border == RSMP_BORDER_LEVEL ? "fill must be a level from 0 to 255" : "fill must be finite");
      }
    }
  }
  /* float32, in which all is computed, has no such numbers. */
  const double rescales[] = {-1, -5e-324, 1e-60, 1e60, 1e-300, 1e300};
  for (int number = 0; number < 6; number++) {
    options = usual_options();
    options.rescale = rescales[number];
    REFUSED("rescale must be positive and finite");
  }
  const double levels[] = {-1, 256, 0.5, 1e300, -1e300};
  for (int number = 0; number < 5; number++) {
    options = usual_options();
    options.fill[number % 3] = levels[number];
    REFUSED("fill must be a level from 0 to 255");
  }
  options = usual_options();
  options.mean[2] = 1e300;
  REFUSED("mean must be finite");
  const double stds[] = {0, 1e-60, 1e300};
  for (int number = 0; number < 3; number++) {
    options = usual_options();
    options.std[1] = stds[number];
    REFUSED("std too and not 0");
  }
}

/* Entries that no output has, and what is filled where nothing is, may be anything. */
static void test_numbers_that_are_not_read(void) {
  const double numbers[] = {NAN, INFINITY, 1e300, -1e300, -1, 0.5, 0};
  rsmp_preprocess *made;
  for (int number = 0; number < 7; number++) {
    rsmp_preprocess_options options = usual_options();
    options.channels = 1;
    for (int channel = 1; channel < 3; channel++) {
      options.mean[channel] = options.std[channel] = options.fill[channel] = numbers[number];
    }
    for (int32_t border = RSMP_BORDER_LEVEL; border <= RSMP_BORDER_EDGE; border++) {
      options.border = border;
      CHECK_OK(rsmp_preprocess_create(&options, &made, &failure));
      rsmp_preprocess_destroy(made);
    }
    options = usual_options();
    options.border = RSMP_BORDER_EDGE;
    options.fill[0] = numbers[number];
    CHECK_OK(rsmp_preprocess_create(&options, &made, &failure));
    rsmp_preprocess_destroy(made);
  }
}

/* ---- Images that are refused ------------------------------------------------------------------------------------- */

static void test_null_pointers(void) {
  rsmp_preprocess_options options = usual_options();
  rsmp_preprocess *preprocess = create(&options), *made = NULL;
  array *image = new_image(20, 31, 3, CONTIGUOUS, 1);
  array *output = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 3, 9, 11}, CONTIGUOUS);
  rsmp_placement placement = {.struct_size = sizeof placement};
  int64_t shape[4];
#define IS_NULL(call, name)                                                                   \
  do {                                                                                        \
    CHECK((call) == RSMP_INVALID_VALUE, "%s", name);                                          \
    CHECK(strstr(failure.message, name " is NULL") != NULL, "%s: %s", name, failure.message); \
  } while (0)
  IS_NULL(rsmp_preprocess_create(NULL, &made, &failure), "options");
  IS_NULL(rsmp_preprocess_create(&options, NULL, &failure), "preprocess");
  IS_NULL(rsmp_preprocess_placement(NULL, 20, 31, &placement, &failure), "preprocess");
  IS_NULL(rsmp_preprocess_placement(preprocess, 20, 31, NULL, &failure), "placement");
  IS_NULL(rsmp_preprocess_output_shape(NULL, 1, &image->tensor, shape, &failure), "preprocess");
  IS_NULL(rsmp_preprocess_output_shape(preprocess, 1, NULL, shape, &failure), "images");
  IS_NULL(rsmp_preprocess_output_shape(preprocess, 1, &image->tensor, NULL, &failure), "output_shape");
  IS_NULL(rsmp_preprocess_execute(NULL, 1, &image->tensor, &output->tensor, &failure), "preprocess");
  IS_NULL(rsmp_preprocess_execute(preprocess, 1, NULL, &output->tensor, &failure), "images");
  IS_NULL(rsmp_preprocess_execute(preprocess, 1, &image->tensor, NULL, &failure), "output");
  rsmp_tensor without = image->tensor;
  without.data = NULL;
  CHECK_OK(rsmp_preprocess_output_shape(preprocess, 1, &without, shape, &failure));
  IS_NULL(rsmp_preprocess_execute(preprocess, 1, &without, &output->tensor, &failure), "an image has no data: its pointer");
  without = image->tensor;
  without.shape = NULL;
  CHECK(rsmp_preprocess_output_shape(preprocess, 1, &without, shape, &failure) == RSMP_INVALID_VALUE, "no shape");
  CHECK(rsmp_preprocess_execute(preprocess, 1, &without, &output->tensor, &failure) == RSMP_INVALID_VALUE, "no shape");
  rsmp_preprocess_destroy(NULL);
  CHECK(is_blank(output), "wrote");
  delete_array(image);
  delete_array(output);
  rsmp_preprocess_destroy(preprocess);
}

/* A batch whose last image is refused: no shape and nothing of the output is written. */
static void refused_image(int line, const rsmp_preprocess_options *options, rsmp_status wanted, const rsmp_tensor *last,
                          const char *words) {
  rsmp_preprocess *preprocess = create(options);
  array *image = new_image(20, 31, 3, CONTIGUOUS, 1);
  array *output = new_array(&kinds[FLOAT32], 4, (int64_t[]){2, 3, 9, 11}, SPACED);
  const rsmp_tensor images[] = {image->tensor, *last};
  int64_t shape[] = {-1, -1, -1, -1};
  rsmp_status status = rsmp_preprocess_output_shape(preprocess, 2, images, shape, &failure);
  /* Data, strides and dtypes are not looked at for a shape. */
  if (status != RSMP_OK) {
    CHECK(status == wanted && strstr(failure.message, words) != NULL, "line %d: %d, %s", line, (int)status, failure.message);
    CHECK(shape[0] == -1 && shape[3] == -1, "line %d: wrote a shape", line);
  }
  status = rsmp_preprocess_execute(preprocess, 2, images, &output->tensor, &failure);
  CHECK(status == wanted && strstr(failure.message, words) != NULL, "line %d: %d, %s", line, (int)status, failure.message);
  CHECK(is_blank(output), "line %d: wrote", line);
  delete_array(image);
  delete_array(output);
  rsmp_preprocess_destroy(preprocess);
}

#define REFUSED_IMAGE(...) refused_image(__LINE__, &options, RSMP_INVALID_VALUE, &last, __VA_ARGS__)

static void test_images_that_are_refused(void) {
  rsmp_preprocess_options options = usual_options();
  array *image = new_image(20, 31, 3, CONTIGUOUS, 1), *floats = new_array(&kinds[FLOAT32], 3, image->shape, CONTIGUOUS);
  rsmp_tensor last = floats->tensor;
  refused_image(__LINE__, &options, RSMP_INVALID_TYPE, &last, "images must be uint8, got float32");
  last = image->tensor;
  last.dtype = kinds[BOOL].dtype;
  refused_image(__LINE__, &options, RSMP_INVALID_TYPE, &last, "images must be uint8, got bool");
  last.dtype = (rsmp_dtype){RSMP_UINT, 8, 3};
  refused_image(__LINE__, &options, RSMP_INVALID_TYPE, &last, "no dtype");

  const int64_t lengths[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)1 << 31, (int64_t)1 << 62};
  for (int number = 0; number < 6; number++) {
    for (int axis = 0; axis < 3; axis++) {
      int64_t shape[] = {20, 31, 3};
      shape[axis] = lengths[number];
      last = image->tensor;
      last.shape = shape;
      REFUSED_IMAGE("");
    }
  }
  int64_t shape[] = {20, 31, 5, 1, 1, 1, 1, 1, 1};
  last = image->tensor;
  last.shape = shape;
  REFUSED_IMAGE("an image must be (H, W) or (H, W, C) with 1 to 4 channels");
  const int32_t ranks[] = {0, 1, 4, 8, 9, -1, INT32_MIN, INT32_MAX};
  for (int number = 0; number < 8; number++) {
    last.ndim = ranks[number];
    refused_image(__LINE__, &options, number < 4 ? RSMP_INVALID_VALUE : RSMP_NOT_IMPLEMENTED, &last, "");
  }
  last = image->tensor;
  int64_t strides[] = {INT64_MAX, 3, 1};
  last.strides = strides;
  REFUSED_IMAGE("a stride of 9223372036854775807 elements");
  last.strides = NULL;
  last.byte_offset = UINT64_MAX;
  REFUSED_IMAGE("");

  options.channels = 0; /* those of the images */
  array *grey = new_image(20, 31, 0, CONTIGUOUS, 1);
  last = grey->tensor;
  REFUSED_IMAGE("images must have channels alike, got 3 of the first and 1 of image 1");
  options.canvas = RSMP_CANVAS_RESIZED;
  array *other = new_image(31, 20, 3, CONTIGUOUS, 1);
  last = other->tensor;
  REFUSED_IMAGE("image 0 becomes 12 by 18 and image 1 18 by 12: a batch needs a crop or padding");
  options = usual_options();
  options.alpha = RSMP_ALPHA_REFUSE;
  array *transparent = new_image(20, 31, 4, CONTIGUOUS, 1);
  last = transparent->tensor;
  REFUSED_IMAGE("an image must have 1 or 3 channels, got 4");
  options.channels = 1;
  last = image->tensor;
  REFUSED_IMAGE("an image of 3 colours cannot become one of 1 channels");
  /* The first image is resized to 12 by 18, of which something is shown; of this one there is no edge. */
  options = usual_options();
  options.border = RSMP_BORDER_EDGE;
  options.anchor = RSMP_ANCHOR_AT;
  options.left = 17;
  last = other->tensor;
  REFUSED_IMAGE("the crop has nothing of image 1: there is no edge to repeat");
  array *const arrays[] = {image, floats, grey, other, transparent};
  for (int number = 0; number < 5; number++) delete_array(arrays[number]);
}

static void test_counts(void) {
  rsmp_preprocess_options options = usual_options();
  rsmp_preprocess *preprocess = create(&options);
  array *image = new_image(20, 31, 3, CONTIGUOUS, 1);
  array *output = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 3, 9, 11}, CONTIGUOUS);
  const int64_t counts[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)INT32_MAX + 1};
  int64_t shape[] = {-1, -1, -1, -1};
  for (int number = 0; number < 5; number++) {
    CHECK(rsmp_preprocess_output_shape(preprocess, counts[number], &image->tensor, shape, &failure) == RSMP_INVALID_VALUE &&
              strstr(failure.message, "count must be from 1 to 2147483647") != NULL,
          "%s", failure.message);
    CHECK(rsmp_preprocess_execute(preprocess, counts[number], &image->tensor, &output->tensor, &failure) ==
                  RSMP_INVALID_VALUE &&
              strstr(failure.message, "count must be from 1 to 2147483647") != NULL,
          "%s", failure.message);
  }
  CHECK(shape[0] == -1 && is_blank(output), "wrote");
  delete_array(image);
  delete_array(output);
  rsmp_preprocess_destroy(preprocess);
}

/* Of shapes alone: there are no such images. */
static void test_outputs_too_large_to_be(void) {
  int64_t lengths[] = {INT32_MAX, INT32_MAX, 3}, shape[4] = {-1, -1, -1, -1};
  rsmp_tensor images[2] = {{.ndim = 3, .dtype = uint8->dtype, .shape = lengths}};
  images[1] = images[0];
  rsmp_preprocess_options options = {.struct_size = sizeof options};
  rsmp_preprocess *preprocess = create(&options);
  CHECK(rsmp_preprocess_output_shape(preprocess, 1, images, shape, &failure) == RSMP_INVALID_VALUE &&
            strstr(failure.message, "an output of shape (1, 3, 2147483647, 2147483647) is too large") != NULL,
        "%s", failure.message);
  rsmp_preprocess_destroy(preprocess);

  /* Edges beyond those that an image may have. */
  options.canvas_multiple = 1 << 20;
  preprocess = create(&options);
  lengths[1] = 1;
  CHECK(rsmp_preprocess_output_shape(preprocess, 1, images, shape, &failure) == RSMP_INVALID_VALUE &&
            strstr(failure.message, "too large") != NULL,
        "%s", failure.message);
  rsmp_preprocess_destroy(preprocess);

  /* Each could be, the batch cannot. */
  options = (rsmp_preprocess_options){.struct_size = sizeof options, .resize = RSMP_RESIZE_EXACT, .height = 1 << 20, .width = 1 << 20};
  options.canvas = RSMP_CANVAS_LARGEST;
  options.dtype = uint8->dtype;
  preprocess = create(&options);
  enum { MANY = 50 };
  rsmp_tensor many[MANY];
  for (int index = 0; index < MANY; index++) many[index] = images[0];
  CHECK_OK(rsmp_preprocess_output_shape(preprocess, 1, many, shape, &failure));
  CHECK(shape[0] == 1 && shape[1] == 3 && shape[2] == 1 << 20 && shape[3] == 1 << 20, "another shape");
  CHECK(rsmp_preprocess_output_shape(preprocess, MANY, many, shape, &failure) == RSMP_INVALID_VALUE, "50 * 3 TB");
  CHECK(shape[0] == 1, "wrote a shape");
  rsmp_preprocess_destroy(preprocess);
}

static void test_outputs_that_are_refused(void) {
  rsmp_preprocess_options options = usual_options();
  rsmp_preprocess *preprocess = create(&options);
  array *image = new_image(20, 31, 3, CONTIGUOUS, 1);
  array *output = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 3, 9, 11}, CONTIGUOUS);
  const int64_t shapes[][4] = {{2, 3, 9, 11}, {1, 1, 9, 11}, {1, 3, 11, 9}, {1, 9, 11, 3}, {0, 3, 9, 11}};
  for (int number = 0; number < 5; number++) {
    rsmp_tensor other = output->tensor;
    other.shape = (int64_t *)(uintptr_t)shapes[number];
    CHECK(rsmp_preprocess_execute(preprocess, 1, &image->tensor, &other, &failure) == RSMP_INVALID_VALUE &&
              strstr(failure.message, "output must have shape (1, 3, 9, 11)") != NULL,
          "%s", failure.message);
  }
  rsmp_tensor other = output->tensor;
  other.dtype = kinds[FLOAT16].dtype;
  CHECK(rsmp_preprocess_execute(preprocess, 1, &image->tensor, &other, &failure) == RSMP_INVALID_TYPE &&
            strstr(failure.message, "output must be float32, got float16") != NULL,
        "%s", failure.message);
  other = output->tensor;
  int64_t strides[] = {297, 98, 11, 1};
  other.strides = strides;
  CHECK(rsmp_preprocess_execute(preprocess, 1, &image->tensor, &other, &failure) == RSMP_INVALID_VALUE &&
            strstr(failure.message, "elements of the output share memory") != NULL,
        "%s", failure.message);
  /* The second of two images has the last byte of the output, or the one after it. */
  array *two = new_array(&kinds[FLOAT32], 4, (int64_t[]){2, 3, 9, 11}, CONTIGUOUS);
  for (int after = 0; after < 2; after++) {
    rsmp_tensor images[] = {image->tensor, image->tensor};
    int64_t lengths[] = {1, 1, 3};
    images[1].shape = lengths;
    images[1].data = element(two, two->count - 1) + 3 + after;
    rsmp_status status = rsmp_preprocess_execute(preprocess, 2, images, &two->tensor, &failure);
    if (after == 1) {
      CHECK_OK(status);
      continue;
    }
    CHECK(status == RSMP_INVALID_VALUE && strstr(failure.message, "the output overlaps the images") != NULL, "%s",
          failure.message);
    CHECK(is_blank(two), "wrote");
  }
  /* Images may share memory with each other. */
  const rsmp_tensor same[] = {image->tensor, image->tensor};
  CHECK_OK(rsmp_preprocess_execute(preprocess, 2, same, &two->tensor, &failure));
  CHECK(memcmp(element(two, 0), element(two, two->count / 2), 4 * (size_t)two->count / 2) == 0, "one image, two results");
  CHECK(is_blank(output), "wrote");
  delete_array(image);
  delete_array(output);
  delete_array(two);
  rsmp_preprocess_destroy(preprocess);
}

int main(void) {
  if (!can_run("test_preprocess")) return 0;
  test_a_batch_is_its_images_in_any_memory();
  test_channels_last_is_the_same_permuted();
  test_crops_at_the_ends_of_the_numbers();
  test_zero_strides_and_strides_of_no_meaning();
  test_the_largest_of_a_batch();
  test_where_an_image_lies();
  test_threads_may_execute_one_object_at_once();
  test_unknown_values();
  test_values_that_exclude_one_another();
  test_hostile_edges();
  test_hostile_numbers();
  test_numbers_that_are_not_read();
  test_null_pointers();
  test_images_that_are_refused();
  test_counts();
  test_outputs_too_large_to_be();
  test_outputs_that_are_refused();
  return report("test_preprocess");
}
