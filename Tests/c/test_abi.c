/*
 * Programs that were compiled with another header: structures with a struct_size, smaller and larger than those of this one.
 *
 * Each lies at the end of a page that no readable one follows: to read or write beyond struct_size ends this program.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <sys/mman.h>
#include <unistd.h>

#include "arrays.h"

/* The library's bound: more is no size, but memory that nobody has set. */
enum { LARGEST_SIZE = 1024 };

/* ---- Memory that ends -------------------------------------------------------------------------------------------- */

static unsigned char *end_of_memory;

static void make_memory(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) {
    fprintf(stderr, "the test itself has no pages\n");
    exit(2);
  }
  end_of_memory = pages + page;
}

/* The first `size` bytes of a structure, zeros where it has no more, at the end of memory; struct_size says `stated`. */
static void *place(const void *structure, size_t known, size_t size, uint32_t stated) {
  unsigned char *placed = end_of_memory - size;
  memset(placed, 0, size);
  memcpy(placed, structure, size < known ? size : known);
  memcpy(placed, &stated, size < sizeof stated ? size : sizeof stated);
  return placed;
}

/* ---- Calls with options ------------------------------------------------------------------------------------------ */

/* What the calls write, to be compared. */
static unsigned char results[1024];

static float samples[256];
static rsmp_dtype float32 = {RSMP_FLOAT, 32, 1};

static rsmp_tensor reads(int rank, const int64_t *shape) {
  return (rsmp_tensor){.data = samples, .ndim = rank, .dtype = float32, .shape = (int64_t *)shape};
}

static rsmp_tensor writes(int rank, const int64_t *shape) {
  return (rsmp_tensor){.data = results, .ndim = rank, .dtype = float32, .shape = (int64_t *)shape};
}

static const int64_t small[] = {1, 1, 2, 3}, large[] = {1, 1, 4, 6};

static rsmp_status shape_of_interpolate(const void *options) {
  return rsmp_interpolate_shape(4, small, float32, options, (int64_t *)(void *)results, &failure);
}

static rsmp_status interpolate(const void *options) {
  rsmp_tensor input = reads(4, small), output = writes(4, large);
  return rsmp_interpolate(&input, options, &output, &failure);
}

static rsmp_status interpolate_backward(const void *options) {
  rsmp_tensor input = reads(4, large), output = writes(4, small);
  return rsmp_interpolate_backward(&input, options, &output, &failure);
}

static rsmp_status shape_of_labels(const void *options) {
  return rsmp_logits_to_labels_shape(4, small, float32, options, (int64_t *)(void *)results, &failure);
}

static rsmp_status labels(const void *options) {
  static const int64_t shape[] = {1, 4, 6};
  rsmp_tensor logits = reads(4, small), labels = writes(3, shape);
  labels.dtype = (rsmp_dtype){RSMP_INT, 32, 1};
  return rsmp_logits_to_labels(&logits, options, &labels, &failure);
}

static rsmp_status plan(const void *options) {
  rsmp_plan *plan;
  rsmp_status status = rsmp_plan_create(4, small, float32, options, &plan, &failure);
  CHECK((plan != NULL) == (status == RSMP_OK), "status %d and a plan at %p", (int)status, (void *)plan);
  rsmp_tensor input = reads(4, small), output = writes(4, large);
  if (plan != NULL) status = rsmp_plan_execute(plan, &input, &output, &failure);
  rsmp_plan_destroy(plan);
  return status;
}

static rsmp_status plan_backward(const void *options) {
  rsmp_plan *plan;
  rsmp_status status = rsmp_plan_create_backward(4, small, float32, options, &plan, &failure);
  CHECK((plan != NULL) == (status == RSMP_OK), "status %d and a plan at %p", (int)status, (void *)plan);
  rsmp_tensor input = reads(4, large), output = writes(4, small);
  if (plan != NULL) status = rsmp_plan_execute(plan, &input, &output, &failure);
  rsmp_plan_destroy(plan);
  return status;
}

static rsmp_status axis(const void *options) {
  rsmp_axis *axis;
  rsmp_status status = rsmp_axis_create(4, 8, float32, options, &axis, &failure);
  CHECK((axis != NULL) == (status == RSMP_OK), "status %d and an axis at %p", (int)status, (void *)axis);
  if (axis != NULL) status = rsmp_axis_taps(axis, (double *)(void *)results, NULL, NULL, &failure);
  rsmp_axis_destroy(axis);
  return status;
}

static rsmp_status shape_of_onnx_resize(const void *options) {
  return rsmp_onnx_resize_shape(4, small, float32, options, (int64_t *)(void *)results, &failure);
}

static rsmp_status onnx_resize(const void *options) {
  rsmp_tensor input = reads(4, small), output = writes(4, large);
  return rsmp_onnx_resize(&input, options, &output, &failure);
}

static rsmp_status onnx_plan(const void *options) {
  rsmp_plan *plan;
  rsmp_status status = rsmp_plan_create_onnx_resize(4, small, float32, options, &plan, &failure);
  CHECK((plan != NULL) == (status == RSMP_OK), "status %d and a plan at %p", (int)status, (void *)plan);
  rsmp_tensor input = reads(4, small), output = writes(4, large);
  if (plan != NULL) status = rsmp_plan_execute(plan, &input, &output, &failure);
  rsmp_plan_destroy(plan);
  return status;
}

static const int64_t image[] = {4, 6, 2}, resized[] = {5, 3, 2};

static rsmp_status pillow_resize(const void *options) {
  rsmp_tensor input = reads(3, image), output = writes(3, resized);
  return rsmp_pillow_resize(&input, options, &output, &failure);
}

static rsmp_status pillow_plan(const void *options) {
  rsmp_plan *plan;
  rsmp_status status = rsmp_plan_create_pillow_resize(3, image, float32, options, &plan, &failure);
  CHECK((plan != NULL) == (status == RSMP_OK), "status %d and a plan at %p", (int)status, (void *)plan);
  rsmp_tensor input = reads(3, image), output = writes(3, resized);
  if (plan != NULL) status = rsmp_plan_execute(plan, &input, &output, &failure);
  rsmp_plan_destroy(plan);
  return status;
}

/* The samples' bytes are the image. */
static rsmp_status preprocess(const void *options) {
  rsmp_preprocess *made;
  rsmp_status status = rsmp_preprocess_create(options, &made, &failure);
  CHECK((made != NULL) == (status == RSMP_OK), "status %d and a preprocess at %p", (int)status, (void *)made);
  rsmp_tensor input = reads(3, image), output = writes(4, (int64_t[]){1, 6, 8, 3});
  input.dtype = (rsmp_dtype){RSMP_UINT, 8, 1};
  output.dtype = (rsmp_dtype){RSMP_FLOAT, 16, 1};
  if (made != NULL) status = rsmp_preprocess_execute(made, 1, &input, &output, &failure);
  rsmp_preprocess_destroy(made);
  return status;
}

static const int64_t convolved[] = {1, 2, 5, 7}, weights[] = {2, 1, 3, 3};
static const int64_t convolution[] = {1, 2, 9, 13}; /* two groups, stride 2, padding 1 */

static rsmp_status shape_of_convolution(const void *options) {
  return rsmp_conv_transpose_shape(4, convolved, weights, options, (int64_t *)(void *)results, &failure);
}

static rsmp_status conv_transpose(const void *options) {
  rsmp_tensor input = reads(4, convolved), weight = reads(4, weights), output = writes(4, convolution);
  return rsmp_conv_transpose(&input, &weight, NULL, options, &output, &failure);
}

static rsmp_status conv_transpose_backward(const void *options) {
  rsmp_tensor gradient = reads(4, convolution), input = reads(4, convolved), weight = reads(4, weights);
  rsmp_tensor output = writes(4, convolved);
  return rsmp_conv_transpose_backward(&gradient, &input, &weight, options, &output, NULL, NULL, &failure);
}

static const int64_t grid_shape[] = {1, 4, 6, 2};

static rsmp_status grid_sample(const void *options) {
  rsmp_tensor input = reads(4, small), grid = reads(4, grid_shape), output = writes(4, large);
  return rsmp_grid_sample(&input, &grid, options, &output, &failure);
}

static rsmp_status grid_sample_backward(const void *options) {
  rsmp_tensor gradient = reads(4, large), input = reads(4, small), grid = reads(4, grid_shape);
  rsmp_tensor output = writes(4, small);
  return rsmp_grid_sample_backward(&gradient, &input, &grid, options, &output, NULL, &failure);
}

/* Options that use as many fields as they can: one that was read as zero would show. */
static const rsmp_interpolate_options forward = {.mode = RSMP_MODE_BILINEAR,
                                                 .align_corners = RSMP_ALIGN_CORNERS_TRUE,
                                                 .antialias = 1,
                                                 .size_count = 2,
                                                 .clamp = RSMP_CLAMP_LOW | RSMP_CLAMP_HIGH,
                                                 .size = {4, 6},
                                                 .clamp_low = -1,
                                                 .clamp_high = 1};
static const rsmp_interpolate_options by_factor = {.mode = RSMP_MODE_BICUBIC,
                                                   .align_corners = RSMP_ALIGN_CORNERS_FALSE,
                                                   .recompute_scale_factor = 1,
                                                   .scale_factor_count = 2,
                                                   .scale_factor = {2, 2.25}};
static const rsmp_interpolate_options of_axis = {.mode = RSMP_MODE_LINEAR, .scale_factor_count = 1, .scale_factor = {2}};
static const rsmp_onnx_resize_options cropped = {.mode = RSMP_ONNX_CUBIC,
                                                 .coordinate_transformation_mode = RSMP_ONNX_TF_CROP_AND_RESIZE,
                                                 .antialias = 1,
                                                 .exclude_outside = 1,
                                                 .axis_count = 2,
                                                 .size_count = 2,
                                                 .roi_count = 4,
                                                 .has_cubic_coeff_a = 1,
                                                 .cubic_coeff_a = -0.5f,
                                                 .extrapolation_value = 3,
                                                 .axes = {3, 2},
                                                 .sizes = {6, 4},
                                                 .roi = {-0.25, 0, 0.75, 1.25}};
static const rsmp_pillow_resize_options boxed = {.resample = RSMP_PILLOW_LANCZOS,
                                                 .release = 1004,
                                                 .has_box = 1,
                                                 .width = 3,
                                                 .height = 5,
                                                 .box = {0.5, 0, 5.5, 3.75},
                                                 .reducing_gap = 1};
static const rsmp_preprocess_options prepared = {.convention = RSMP_CONVENTION_PILLOW,
                                                 .mode = RSMP_MODE_LANCZOS,
                                                 .antialias = 1,
                                                 .resize = RSMP_RESIZE_SHORTEST_EDGE_ROUNDED,
                                                 .canvas = RSMP_CANVAS_CROP,
                                                 .anchor = RSMP_ANCHOR_AT,
                                                 .alpha = RSMP_ALPHA_OVER_WHITE,
                                                 .border = RSMP_BORDER_VALUE,
                                                 .channels = 3,
                                                 .channels_last = 1,
                                                 .arithmetic = RSMP_ARITHMETIC_FUSED,
                                                 .normalize = 1,
                                                 .dtype = {RSMP_FLOAT, 16, 1},
                                                 .shortest_edge = 5,
                                                 .longest_edge = 7,
                                                 .edge_multiple = 2,
                                                 .canvas_height = 5,
                                                 .canvas_width = 7,
                                                 .canvas_multiple = 2,
                                                 .top = 1,
                                                 .left = -1,
                                                 .rescale = 0.5,
                                                 .mean = {1, 2, 3},
                                                 .std = {4, 5, 6},
                                                 .fill = {7, 8, 9}};
static const rsmp_conv_transpose_options strided = {.stride_count = 2, .padding_count = 2, .groups = 2,
                                                    .stride = {2, 2}, .padding = {1, 1}};
static const rsmp_grid_sample_options bicubic = {.mode = RSMP_SAMPLE_BICUBIC,
                                                 .padding_mode = RSMP_PADDING_REFLECTION,
                                                 .align_corners = 1};

static const struct {
  const char *name;
  rsmp_status (*make)(const void *options);
  const void *options;
  size_t first; /* the size that the structure had in the first header */
  size_t size;
} uses[] = {
    {"rsmp_interpolate_shape", shape_of_interpolate, &forward, 96, sizeof forward},
    {"rsmp_interpolate", interpolate, &forward, 96, sizeof forward},
    {"rsmp_interpolate by factors", interpolate, &by_factor, 96, sizeof by_factor},
    {"rsmp_interpolate_backward", interpolate_backward, &by_factor, 96, sizeof by_factor},
    {"rsmp_logits_to_labels_shape", shape_of_labels, &forward, 96, sizeof forward},
    {"rsmp_logits_to_labels", labels, &by_factor, 96, sizeof by_factor},
    {"rsmp_plan_create", plan, &forward, 96, sizeof forward},
    {"rsmp_plan_create_backward", plan_backward, &by_factor, 96, sizeof by_factor},
    {"rsmp_axis_create", axis, &of_axis, 96, sizeof of_axis},
    {"rsmp_onnx_resize_shape", shape_of_onnx_resize, &cropped, 344, sizeof cropped},
    {"rsmp_onnx_resize", onnx_resize, &cropped, 344, sizeof cropped},
    {"rsmp_plan_create_onnx_resize", onnx_plan, &cropped, 344, sizeof cropped},
    {"rsmp_pillow_resize", pillow_resize, &boxed, 80, sizeof boxed},
    {"rsmp_plan_create_pillow_resize", pillow_plan, &boxed, 80, sizeof boxed},
    {"rsmp_preprocess_create", preprocess, &prepared, 224, sizeof prepared},
    {"rsmp_conv_transpose_shape", shape_of_convolution, &strided, 128, sizeof strided},
    {"rsmp_conv_transpose", conv_transpose, &strided, 128, sizeof strided},
    {"rsmp_conv_transpose_backward", conv_transpose_backward, &strided, 128, sizeof strided},
    {"rsmp_grid_sample", grid_sample, &bicubic, 16, sizeof bicubic},
    {"rsmp_grid_sample_backward", grid_sample_backward, &bicubic, 16, sizeof bicubic},
};
enum { USES = sizeof uses / sizeof uses[0] };

static void blank_results(void) {
  memset(results, BLANK, sizeof results);
  memset(&failure, 0, sizeof failure);
}

static void check_refused(int use, uint32_t stated, rsmp_status status, const char *words, const char *more) {
  const char *name = uses[use].name;
  CHECK(status == RSMP_INVALID_VALUE, "%s with struct_size %u: status %d", name, (unsigned)stated, (int)status);
  CHECK(strstr(failure.message, words) != NULL && strstr(failure.message, more) != NULL, "%s with struct_size %u: %s",
        name, (unsigned)stated, failure.message);
  size_t byte = 0;
  while (byte < sizeof results && results[byte] == BLANK) byte++;
  CHECK(byte == sizeof results, "%s with struct_size %u: wrote a result", name, (unsigned)stated);
}

/* ---- Options that are too small or too large --------------------------------------------------------------------- */

/* No header ever had them: more likely sizeof a pointer, or a size that was not set. */
static void test_options_smaller_than_those_of_the_first_header(void) {
  for (int use = 0; use < USES; use++) {
    for (uint32_t stated = 0; stated < uses[use].first; stated++) {
      /* struct_size itself is always there to be read. */
      const void *options = place(uses[use].options, uses[use].size, stated < 4 ? 4 : stated, stated);
      if ((uintptr_t)options % 4 != 0) continue; /* the program itself could not have it */
      char least[32], given[32];
      snprintf(least, sizeof least, "struct_size must be at least %d", (int)uses[use].first);
      snprintf(given, sizeof given, "got %u", (unsigned)stated);
      blank_results();
      check_refused(use, stated, uses[use].make(options), least, given);
    }
  }
}

static void test_sizes_that_no_options_have(void) {
  const uint32_t sizes[] = {LARGEST_SIZE + 1, LARGEST_SIZE + 8, 4096, 65536, INT32_MAX, UINT32_C(1) << 31, UINT32_MAX};
  for (int use = 0; use < USES; use++) {
    for (int number = 0; number < 7; number++) {
      char given[32];
      snprintf(given, sizeof given, "got %u", (unsigned)sizes[number]);
      blank_results();
      const void *options = place(uses[use].options, uses[use].size, uses[use].size, sizes[number]);
      check_refused(use, sizes[number], uses[use].make(options), "struct_size must be at most 1024", given);
    }
  }
}

/* ---- Options of this header and of a newer one -------------------------------------------------------------------- */

static void test_options_of_a_newer_header(void) {
  for (int use = 0; use < USES; use++) {
    const char *name = uses[use].name;
    size_t known = uses[use].size;
    unsigned char expected[sizeof results];
    blank_results();
    const void *options = place(uses[use].options, known, known, (uint32_t)known);
    if (!CHECK_OK(uses[use].make(options))) continue;
    memcpy(expected, results, sizeof results);
    size_t written = sizeof results;
    while (written > 0 && results[written - 1] == BLANK) written--;
    CHECK(written > 0, "%s: wrote nothing", name);

    const size_t more[] = {4, 8, 16, 24, LARGEST_SIZE - known};
    for (int number = 0; number < 5; number++) {
      size_t size = known + more[number];
      unsigned char *placed = place(uses[use].options, known, size, (uint32_t)size);
      blank_results();
      CHECK_OK(uses[use].make(placed));
      CHECK(memcmp(results, expected, sizeof results) == 0, "%s: another result with %d bytes more", name,
            (int)more[number]);
      /* The program asks for something that this library has never heard of. */
      size_t step = more[number] > 24 ? 101 : 1;
      for (size_t unknown = known; unknown < size; unknown += step) {
        placed[unknown] = unknown % 2 == 0 ? 1 : 0x80;
        char words[80];
        snprintf(words, sizeof words, "behind the %d bytes that this library knows", (int)known);
        blank_results();
        check_refused(use, (uint32_t)size, uses[use].make(placed), words, "newer header");
        placed[unknown] = 0;
      }
      placed[size - 1] = 1;
      blank_results();
      check_refused(use, (uint32_t)size, uses[use].make(placed), "0 behind", "newer header");
    }
  }
}

/* ---- What the library fills in ------------------------------------------------------------------------------------ */

/* `fill` is a call that fills a structure of which it knows `known` bytes, the first header `first`, so that it is `expected`. */
static void test_sizes_of(const char *name, rsmp_status (*fill)(void *structure), const void *expected, size_t first, size_t known) {
  unsigned char blank[LARGEST_SIZE];
  memset(blank, BLANK, sizeof blank);
  char least[48];
  snprintf(least, sizeof least, "%s.struct_size must be at least %d", name, (int)first);

  for (uint32_t stated = 0; stated < first; stated += 4) {
    size_t size = stated < 4 ? 4 : stated;
    unsigned char *placed = place(blank, sizeof blank, size, stated);
    CHECK(fill(placed) == RSMP_INVALID_VALUE, "%s: struct_size %u", name, (unsigned)stated);
    CHECK(strstr(failure.message, least) != NULL, "%s", failure.message);
    CHECK(memcmp(placed + 4, blank, size - 4) == 0, "%s: struct_size %u: wrote", name, (unsigned)stated);
  }
  const uint32_t odd[] = {1, 2, 3, (uint32_t)first - 1, LARGEST_SIZE + 1, INT32_MAX, UINT32_MAX};
  for (int number = 0; number < 7; number++) {
    unsigned char *placed = place(blank, sizeof blank, first, odd[number]);
    CHECK(fill(placed) == RSMP_INVALID_VALUE, "%s: struct_size %u", name, (unsigned)odd[number]);
    CHECK(strstr(failure.message, number < 4 ? least : "at most 1024") != NULL, "%s", failure.message);
    CHECK(memcmp(placed + 4, blank, first - 4) == 0, "%s: struct_size %u: wrote", name, (unsigned)odd[number]);
  }

  /* Of a newer header: what this library does not know stays as it was, whatever it is. */
  const size_t sizes[] = {known, known + 4, known + 8, LARGEST_SIZE};
  for (int number = 0; number < 4; number++) {
    uint32_t stated = (uint32_t)sizes[number];
    unsigned char *placed = place(blank, sizeof blank, stated, stated);
    if (!CHECK_OK(fill(placed))) continue;
    CHECK(memcmp(placed, &stated, sizeof stated) == 0 &&
              memcmp(placed + 4, (const unsigned char *)expected + 4, known - 4) == 0,
          "another %s with struct_size %u", name, (unsigned)stated);
    CHECK(memcmp(placed + known, blank, stated - known) == 0, "%s: wrote behind the fields it knows", name);
  }
}

static rsmp_axis *described;
static rsmp_status describe(void *info) { return rsmp_axis_describe(described, info, &failure); }

static void test_sizes_of_axis_info(void) {
  rsmp_interpolate_options options = of_axis;
  options.struct_size = sizeof options;
  if (!CHECK_OK(rsmp_axis_create(4, 8, float32, &options, &described, &failure))) return;
  const rsmp_axis_info expected = {.input_length = 4, .output_length = 8, .tap_count = 2};
  test_sizes_of("info", describe, &expected, 32, sizeof expected);
  rsmp_axis_destroy(described);
}

static rsmp_preprocess *placing;
static rsmp_status place_image(void *placement) { return rsmp_preprocess_placement(placing, 4, 6, placement, &failure); }

static void test_sizes_of_placement(void) {
  rsmp_preprocess_options options = prepared;
  options.struct_size = sizeof options;
  if (!CHECK_OK(rsmp_preprocess_create(&options, &placing, &failure))) return;
  const rsmp_placement expected = {.height = 4, .width = 6, .resized_height = 4, .resized_width = 6, .canvas_height = 6,
                                   .canvas_width = 8, .top = 1, .left = -1};
  test_sizes_of("placement", place_image, &expected, 72, sizeof expected);
  rsmp_preprocess_destroy(placing);
}

/* ---- Versions ------------------------------------------------------------------------------------------------------ */

static void test_versions(void) {
  CHECK(rsmp_abi_version() == RSMP_ABI_VERSION, "%u", (unsigned)rsmp_abi_version());
  CHECK(strcmp(rsmp_version(), RSMP_VERSION) == 0, "%s", rsmp_version());
}

int main(void) {
  if (!can_run("test_abi")) return 0;
  make_memory();
  for (int number = 0; number < 256; number++) samples[number] = (float)(number % 17) / 8 - 1;
  test_versions();
  test_options_smaller_than_those_of_the_first_header();
  test_sizes_that_no_options_have();
  test_options_of_a_newer_header();
  test_sizes_of_axis_info();
  test_sizes_of_placement();
  return report("test_abi");
}
