/*
 * Work for many threads at once: every operator and several plans, forward and backward, on arrays that are large enough
 * for the library's own threads, with the bits that one thread alone gives.
 *
 *   make_works();                          once, while nothing else runs
 *   results *results = new_results();      one for each thread
 *   const char *fault = do_work(n, results); NULL, or what was wrong
 *   delete_works();
 */
#ifndef WORK_H
#define WORK_H

#include "operators.h"

enum { SOURCES = 3, TARGETS = 3, TAPS = 60 };

typedef struct work work;
typedef rsmp_status (*work_function)(const work *work, array *const *targets, rsmp_error *error);

struct work {
  const char *name;
  work_function run;
  const call *call;  /* of interpolate: its mode */
  int32_t factor;    /* 2: the output is twice the input; 3: the input is three times the output */
  const rsmp_plan *plan;
  array *sources[SOURCES];
  array *targets[TARGETS]; /* what one thread gave; NULL: none */
};

/* ---- The calls --------------------------------------------------------------------------------------------------- */

static inline rsmp_interpolate_options work_options(const work *work) {
  rsmp_interpolate_options options = options_of(work->call);
  options.scale_factor_count = work->call->rank - 2;
  for (int axis = 0; axis < options.scale_factor_count; axis++) {
    options.scale_factor[axis] = work->factor == 2 ? 2 : 1.0 / 3;
  }
  return options;
}

static inline rsmp_status run_plan(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_plan_execute(work->plan, &work->sources[0]->tensor, &targets[0]->tensor, error);
}

static inline rsmp_status run_interpolate(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_interpolate_options options = work_options(work);
  return rsmp_interpolate(&work->sources[0]->tensor, &options, &targets[0]->tensor, error);
}

static inline rsmp_status run_interpolate_backward(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_interpolate_options options = work_options(work);
  return rsmp_interpolate_backward(&work->sources[0]->tensor, &options, &targets[0]->tensor, error);
}

/* A plan's life, with its taps in between. */
static inline rsmp_status run_taps(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_interpolate_options options = work_options(work);
  rsmp_plan *plan;
  rsmp_status status = rsmp_plan_create(work->call->rank, work->sources[0]->shape, kinds[FLOAT64].dtype, &options, &plan, error);
  if (status != RSMP_OK) return status;
  const rsmp_axis *axis;
  status = rsmp_plan_axis(plan, 0, &axis, error);
  if (status == RSMP_OK) status = rsmp_axis_taps(axis, NULL, NULL, (double *)targets[0]->tensor.data, error);
  rsmp_plan_destroy(plan);
  if (status != RSMP_OK) return status;
  rsmp_axis *own;
  options.scale_factor_count = 0;
  status = rsmp_axis_create(TAPS, TAPS / 3, kinds[FLOAT64].dtype, &options, &own, error);
  if (status != RSMP_OK) return status;
  status = rsmp_axis_taps(own, (double *)targets[1]->tensor.data, NULL, NULL, error);
  rsmp_axis_destroy(own);
  return status;
}

static inline rsmp_status run_labels(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_interpolate_options options = work_options(work);
  rsmp_tensor labels = targets[0]->tensor; /* as wide as what it was made for */
  labels.dtype = kinds[INT32].dtype;
  return rsmp_logits_to_labels(&work->sources[0]->tensor, &options, &labels, error);
}

/* The life of one, with a batch of two images of unlike sizes in between. */
static inline rsmp_status run_preprocess(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_preprocess_options options = {.struct_size = sizeof options,
                                     .convention = RSMP_CONVENTION_PILLOW,
                                     .mode = RSMP_MODE_BICUBIC,
                                     .antialias = 1,
                                     .resize = RSMP_RESIZE_SHORTEST_EDGE,
                                     .canvas = RSMP_CANVAS_CROP,
                                     .anchor = RSMP_ANCHOR_CENTER,
                                     .alpha = RSMP_ALPHA_OVER_WHITE,
                                     .dtype = kinds[UINT8].dtype,
                                     .shortest_edge = 80,
                                     .canvas_height = 64,
                                     .canvas_width = 72};
  rsmp_preprocess *preprocess;
  rsmp_status status = rsmp_preprocess_create(&options, &preprocess, error);
  if (status != RSMP_OK) return status;
  const rsmp_tensor images[] = {work->sources[0]->tensor, work->sources[1]->tensor};
  status = rsmp_preprocess_execute(preprocess, 2, images, &targets[0]->tensor, error);
  rsmp_preprocess_destroy(preprocess);
  return status;
}

static inline rsmp_status run_pixel_shuffle(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_pixel_shuffle(&work->sources[0]->tensor, 2, &targets[0]->tensor, error);
}

static inline rsmp_status run_pixel_unshuffle(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_pixel_unshuffle(&work->sources[0]->tensor, 2, &targets[0]->tensor, error);
}

static inline rsmp_conv_transpose_options work_convolution(void) {
  return (rsmp_conv_transpose_options){.struct_size = sizeof(rsmp_conv_transpose_options),
                                       .stride_count = 2,
                                       .stride = {2, 2},
                                       .padding_count = 2,
                                       .padding = {1, 1}};
}

static inline rsmp_status run_conv_transpose(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_conv_transpose_options options = work_convolution();
  return rsmp_conv_transpose(&work->sources[0]->tensor, &work->sources[1]->tensor, &work->sources[2]->tensor, &options,
                             &targets[0]->tensor, error);
}

static inline rsmp_status run_conv_transpose_backward(const work *work, array *const *targets, rsmp_error *error) {
  rsmp_conv_transpose_options options = work_convolution();
  return rsmp_conv_transpose_backward(&work->sources[0]->tensor, &work->sources[1]->tensor, &work->sources[2]->tensor,
                                      &options, &targets[0]->tensor, &targets[1]->tensor, &targets[2]->tensor, error);
}

static const rsmp_grid_sample_options work_sampling = {.struct_size = sizeof(rsmp_grid_sample_options),
                                                       .mode = RSMP_SAMPLE_BICUBIC,
                                                       .padding_mode = RSMP_PADDING_REFLECTION};

static inline rsmp_status run_grid_sample(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_grid_sample(&work->sources[0]->tensor, &work->sources[1]->tensor, &work_sampling, &targets[0]->tensor,
                          error);
}

static inline rsmp_status run_grid_sample_backward(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_grid_sample_backward(&work->sources[0]->tensor, &work->sources[1]->tensor, &work->sources[2]->tensor,
                                   &work_sampling, &targets[0]->tensor, &targets[1]->tensor, error);
}

static inline rsmp_status run_affine_grid(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_affine_grid(&work->sources[0]->tensor, 1, &targets[0]->tensor, error);
}

static inline rsmp_status run_carafe(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_carafe(&work->sources[0]->tensor, &work->sources[1]->tensor, 3, 2, 2, &targets[0]->tensor, error);
}

static inline rsmp_status run_carafe_backward(const work *work, array *const *targets, rsmp_error *error) {
  return rsmp_carafe_backward(&work->sources[0]->tensor, &work->sources[1]->tensor, &work->sources[2]->tensor, 3, 2, 2,
                              &targets[0]->tensor, &targets[1]->tensor, error);
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

/* An array of a work; of rank 0: none. */
typedef struct {
  int rank;
  int64_t shape[5];
  int memory_format;
} work_array;

static const struct {
  const char *name;
  work_function run;
  int kind;
  const call *call;
  int32_t factor;
  work_array sources[SOURCES], targets[TARGETS];
} work_table[] = {
    {"plan of bilinear", run_plan, FLOAT32, &calls[9], 2, {{4, {2, 8, 40, 50}, 0}}, {{4, {2, 8, 80, 100}, 0}}},
    {"plan of bicubic, uint8", run_plan, UINT8, &calls[16], 2,
     {{4, {2, 4, 60, 70}, CHANNELS_LAST}}, {{4, {2, 4, 120, 140}, CHANNELS_LAST}}},
    {"plan of bicubic, antialias, float16", run_plan, FLOAT16, &calls[18], 3,
     {{4, {2, 5, 120, 150}, 0}}, {{4, {2, 5, 40, 50}, 0}}},
    {"plan of trilinear, float64", run_plan, FLOAT64, &calls[13], 2,
     {{5, {1, 3, 6, 20, 30}, 0}}, {{5, {1, 3, 12, 40, 60}, 0}}},
    {"plan of nearest, int64", run_plan, INT64, &calls[1], 2, {{4, {2, 8, 40, 40}, 0}}, {{4, {2, 8, 80, 80}, 0}}},
    {"plan of area, int16", run_plan, INT16, &calls[20], 3,
     {{4, {2, 8, 120, 90}, REVERSED}}, {{4, {2, 8, 40, 30}, 0}}},
    {"plan of bilinear, backward", run_plan, FLOAT32, &calls[9], -2,
     {{4, {2, 8, 80, 100}, 0}}, {{4, {2, 8, 40, 50}, 0}}},
    {"plan of bicubic, antialias, backward", run_plan, FLOAT64, &calls[18], -3,
     {{4, {2, 4, 20, 30}, 0}}, {{4, {2, 4, 60, 90}, 0}}},
    {"plan of nearest, backward", run_plan, BFLOAT16, &calls[1], -2,
     {{4, {2, 8, 80, 100}, 0}}, {{4, {2, 8, 40, 50}, 0}}},
    {"interpolate", run_interpolate, FLOAT32, &calls[16], 2, {{4, {2, 8, 40, 50}, 0}}, {{4, {2, 8, 80, 100}, 0}}},
    {"interpolate, antialias, uint8", run_interpolate, UINT8, &calls[11], 3,
     {{4, {2, 3, 180, 240}, CHANNELS_LAST}}, {{4, {2, 3, 60, 80}, CHANNELS_LAST}}},
    {"interpolate_backward", run_interpolate_backward, FLOAT32, &calls[16], 2,
     {{4, {2, 8, 80, 100}, 0}}, {{4, {2, 8, 40, 50}, 0}}},
    {"logits_to_labels", run_labels, FLOAT32, &calls[9], 2, {{4, {2, 8, 40, 50}, 0}}, {{3, {2, 80, 100}, 0}}},
    {"taps", run_taps, FLOAT64, &calls[8], 3, {{3, {1, 1, TAPS}, 0}}, {{3, {1, TAPS / 3, 7}, 0}, {3, {1, 1, TAPS / 3}, 0}}},
    {"preprocess", run_preprocess, UINT8, NULL, 0,
     {{3, {150, 210, 3}, 0}, {3, {120, 90, 4}, REVERSED}}, {{4, {2, 3, 64, 72}, 0}}},
    {"pixel_shuffle", run_pixel_shuffle, FLOAT32, NULL, 0, {{4, {2, 32, 40, 50}, 0}}, {{4, {2, 8, 80, 100}, 0}}},
    {"pixel_unshuffle", run_pixel_unshuffle, UINT8, NULL, 0, {{4, {2, 8, 160, 200}, 0}}, {{4, {2, 32, 80, 100}, 0}}},
    {"conv_transpose", run_conv_transpose, FLOAT32, NULL, 0,
     {{4, {1, 16, 24, 30}, 0}, {4, {16, 12, 4, 4}, 0}, {1, {12}, 0}}, {{4, {1, 12, 48, 60}, 0}}},
    {"conv_transpose_backward", run_conv_transpose_backward, FLOAT32, NULL, 0,
     {{4, {1, 8, 48, 60}, 0}, {4, {1, 12, 24, 30}, 0}, {4, {12, 8, 4, 4}, 0}},
     {{4, {1, 12, 24, 30}, 0}, {4, {12, 8, 4, 4}, 0}, {1, {8}, 0}}},
    {"grid_sample", run_grid_sample, FLOAT32, NULL, 0,
     {{4, {2, 12, 30, 40}, 0}, {4, {2, 40, 50, 2}, 0}}, {{4, {2, 12, 40, 50}, 0}}},
    {"grid_sample_backward", run_grid_sample_backward, FLOAT32, NULL, 0,
     {{4, {2, 20, 24, 30}, 0}, {4, {2, 20, 20, 30}, 0}, {4, {2, 24, 30, 2}, 0}},
     {{4, {2, 20, 20, 30}, 0}, {4, {2, 24, 30, 2}, 0}}},
    {"affine_grid", run_affine_grid, FLOAT32, NULL, 0, {{3, {4, 2, 3}, 0}}, {{4, {4, 90, 120, 2}, 0}}},
    {"carafe", run_carafe, FLOAT32, NULL, 0,
     {{4, {1, 16, 30, 40}, 0}, {4, {1, 18, 60, 80}, 0}}, {{4, {1, 16, 60, 80}, 0}}},
    {"carafe_backward", run_carafe_backward, FLOAT32, NULL, 0,
     {{4, {1, 16, 48, 60}, 0}, {4, {1, 16, 24, 30}, 0}, {4, {1, 18, 48, 60}, 0}},
     {{4, {1, 16, 24, 30}, 0}, {4, {1, 18, 48, 60}, 0}}},
};
enum { WORKS = sizeof work_table / sizeof work_table[0] };

static work works[WORKS];

/* The outputs that a thread writes. */
typedef struct {
  array *targets[WORKS][TARGETS];
} results;

static inline results *new_results(void) {
  results *results = allocate(sizeof *results);
  memset(results, 0, sizeof *results);
  for (int number = 0; number < WORKS; number++) {
    for (int target = 0; target < TARGETS; target++) {
      const work_array *array = &work_table[number].targets[target];
      if (array->rank == 0) continue;
      results->targets[number][target] =
          new_array(&kinds[work_table[number].kind], array->rank, array->shape, array->memory_format);
    }
  }
  return results;
}

static inline void delete_results(results *results) {
  for (int number = 0; number < WORKS; number++) {
    for (int target = 0; target < TARGETS; target++) {
      if (results->targets[number][target] != NULL) delete_array(results->targets[number][target]);
    }
  }
  free(results);
}

/* Does a work with the threads that are set now. NULL, or what was wrong: for the thread that counts the checks. */
static inline const char *do_work(int number, results *results) {
  const work *work = &works[number];
  array *const *targets = results->targets[number];
  rsmp_error error = {0};
  for (int target = 0; target < TARGETS; target++) {
    if (targets[target] != NULL) memset(targets[target]->memory, BLANK, targets[target]->size);
  }
  if (work->run(work, targets, &error) != RSMP_OK) return "failed";
  for (int target = 0; target < TARGETS; target++) {
    if (targets[target] == NULL) continue;
    if (memcmp(targets[target]->memory, work->targets[target]->memory, targets[target]->size) != 0) return "gave other bits";
  }
  return NULL;
}

/* All of them, from the one named on; NULL, or the name of what went wrong. */
static inline const char *do_all_work(int first, results *results) {
  for (int count = 0; count < WORKS; count++) {
    int number = (first + count) % WORKS;
    if (do_work(number, results) != NULL) return works[number].name;
  }
  return NULL;
}

/* Computes on one thread what all others shall give; whether that is possible. */
static inline bool make_works(void) {
  bool is_made = true;
  int32_t before = rsmp_get_num_threads();
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  results *expected = new_results();
  for (int number = 0; number < WORKS; number++) {
    work *work = &works[number];
    const kind *kind = &kinds[work_table[number].kind];
    work->name = work_table[number].name;
    work->run = work_table[number].run;
    work->call = work_table[number].call;
    work->factor = abs(work_table[number].factor);
    for (int source = 0; source < SOURCES; source++) {
      const work_array *from = &work_table[number].sources[source];
      if (from->rank == 0) continue;
      array *array = random_array(kind, from->rank, from->shape, (uint32_t)(number * SOURCES + source));
      work->sources[source] = copy_of(array, from->memory_format);
      delete_array(array);
    }
    memcpy(work->targets, expected->targets[number], sizeof work->targets);
    if (work->run == run_plan) {
      rsmp_interpolate_options options = work_options(work);
      rsmp_plan *plan = NULL;
      array *input = work_table[number].factor > 0 ? work->sources[0] : work->targets[0];
      is_made = CHECK_OK((work_table[number].factor > 0 ? rsmp_plan_create : rsmp_plan_create_backward)(
                    work->call->rank, input->shape, kind->dtype, &options, &plan, &failure)) &&
                is_made;
      work->plan = plan;
    }
    is_made = is_made && check(work->run(work, work->targets, &failure) == RSMP_OK, __FILE__, __LINE__, work->name, "%s",
                               failure.message);
    for (int target = 0; target < TARGETS; target++) {
      array *array = work->targets[target];
      if (array != NULL) is_made = CHECK(!is_blank(array), "%s wrote nothing", work->name) && is_made;
    }
  }
  free(expected);
  CHECK_OK(rsmp_set_num_threads(before, &failure));
  return is_made;
}

static inline void delete_works(void) {
  for (int number = 0; number < WORKS; number++) {
    work *work = &works[number];
    rsmp_plan_destroy((rsmp_plan *)work->plan);
    for (int source = 0; source < SOURCES; source++) {
      if (work->sources[source] != NULL) delete_array(work->sources[source]);
    }
    for (int target = 0; target < TARGETS; target++) {
      if (work->targets[target] != NULL) delete_array(work->targets[target]);
    }
  }
  memset(works, 0, sizeof works);
}

#endif
