/* rsmp_opencv_resize, rsmp_tensorflow_resize and rsmp_jax_resize, their shapes, and the same by plans. */
#include "interpolate.h"

enum { OPENCV, TENSORFLOW, JAX, LIBRARIES };
static const rsmp_dtype image_dtypes[] = {
    {RSMP_UINT, 8, 1}, {RSMP_FLOAT, 32, 1}, {RSMP_INT, 16, 1}, {RSMP_UINT, 16, 1}, {RSMP_FLOAT, 64, 1}, {RSMP_FLOAT, 16, 1}};
static int library;
static int32_t rank;
static rsmp_dtype dtype;
static int64_t *shape;
static int64_t found_shape[SHAPE_ROOM];
static rsmp_plan *plan;

static rsmp_status resize(rsmp_error *error) {
  switch (library) {
    case OPENCV: return rsmp_opencv_resize(tensor(0), (void *)options_passed, tensor(1), error);
    case TENSORFLOW: return rsmp_tensorflow_resize(tensor(0), (void *)options_passed, tensor(1), error);
    default: return rsmp_jax_resize(tensor(0), (void *)options_passed, tensor(1), error);
  }
}

/* JAX has no shape to find: that of the output is an argument. */
static rsmp_status find_shape(rsmp_error *error) {
  return library == OPENCV
             ? rsmp_opencv_resize_shape(rank, shape, dtype, (void *)options_passed, found_shape, error)
             : rsmp_tensorflow_resize_shape(rank, shape, dtype, (void *)options_passed, found_shape, error);
}

static rsmp_status create(rsmp_error *error) {
  switch (library) {
    case OPENCV: return rsmp_plan_create_opencv_resize(rank, shape, dtype, (void *)options_passed, &plan, error);
    case TENSORFLOW: return rsmp_plan_create_tensorflow_resize(rank, shape, dtype, (void *)options_passed, &plan, error);
    default: return rsmp_plan_create_jax_resize(rank, shape, dtype, (void *)options_passed, &plan, error);
  }
}

static rsmp_status execute(rsmp_error *error) { return rsmp_plan_execute(plan, tensor(0), tensor(1), error); }

static rsmp_opencv_resize_options take_opencv(void) {
  rsmp_opencv_resize_options call = {.interpolation = take_choice(6), .width = take_count(1), .height = take_count(1)};
  int flags = take();
  static const int32_t releases[] = {0, 405, 407, 408, 500};
  if (flags & 1) call.release = flags >= 0xf0 ? hostile_int() : releases[below(5)];
  call.without_ipp = flags & 2 ? 1 : 0;
  if (flags & 4) call.width = 0, call.fx = take_number(), call.fy = take_number();
  return call;
}

static rsmp_tensorflow_resize_options take_tensorflow(void) {
  rsmp_tensorflow_resize_options call = {.method = take_choice(7), .height = take_count(1), .width = take_count(1)};
  int flags = take();
  call.antialias = flags & 1;
  call.coordinates = flags & 2 ? take_choice(2) : 0;
  call.preserve_aspect_ratio = flags & 4 ? 1 : 0;
  return call;
}

static rsmp_jax_resize_options take_jax(void) {
  rsmp_jax_resize_options call = {.method = take_choice(6)};
  int flags = take();
  call.antialias = flags & 1;
  for (int axis = 0; axis < RSMP_MAX_AXES && axis < rank; axis++) {
    call.shape[axis] = take() & 1 ? shape[axis] : take_count(1);
  }
  if (flags & 2) {
    call.scales_and_translates = 1;
    call.axis_count = flags & 4 ? take_choice(RSMP_MAX_AXES) : 1;
    for (int entry = 0; entry < RSMP_MAX_AXES; entry++) {
      call.axes[entry] = below(9) - 4;
      call.scales[entry] = take_number();
      call.translations[entry] = take_number();
    }
  }
  return call;
}

/* A plan gives what the one call gives. */
static void check_plan(rsmp_status status) {
  plan = (rsmp_plan *)nowhere;
  rsmp_status made = call_checked(create);
  if (made != RSMP_OK) {
    HOLDS(plan == NULL, "a plan that could not be made");
    HOLDS(status != RSMP_OK || made == RSMP_OUT_OF_MEMORY, "plan_create %d", (int)made);
    return;
  }
  write_blanks(0xa5);
  take_snapshots();
  rsmp_status executed = call_checked(execute);
  check_memory(executed == RSMP_OK);
  HOLDS(executed == status || executed == RSMP_OUT_OF_MEMORY || status == RSMP_OUT_OF_MEMORY,
        "by a plan %d, without %d", (int)executed, (int)status);
  if (executed == RSMP_OK && status == RSMP_OK) compare_results("by a plan", false);
  rsmp_plan_destroy(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  library = take() % LIBRARIES;
  int choice = take();
  rank = choice < 0xf8 ? 2 + choice % 3 : choice < 0xfe ? below(11) - 1 : hostile_int();
  int kind = take();
  dtype = kind < 0xe0 ? image_dtypes[kind % 6] : take_dtype(DTYPES);
  int64_t lengths[SHAPE_ROOM] = {0}, output_shape[SHAPE_ROOM] = {0};
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) lengths[axis] = take_count(1);
  shape = lengths;
  memcpy(output_shape, lengths, sizeof lengths);
  memset(found_shape, 0, sizeof found_shape);
  rsmp_dtype written = dtype;
  rsmp_opencv_resize_options opencv;
  rsmp_tensorflow_resize_options tensorflow;
  rsmp_jax_resize_options jax;
  if (library == OPENCV) {
    opencv = take_opencv();
    take_options(&opencv, sizeof opencv, sizeof opencv);
  } else if (library == TENSORFLOW) {
    tensorflow = take_tensorflow();
    if (tensorflow.method != RSMP_TENSORFLOW_NEAREST) written = image_dtypes[1];
    take_options(&tensorflow, sizeof tensorflow, sizeof tensorflow);
  } else {
    jax = take_jax();
    if (jax.method != RSMP_JAX_NEAREST && dtype.code != RSMP_FLOAT && dtype.code != RSMP_BFLOAT) written = image_dtypes[1];
    for (int axis = 0; axis < RSMP_MAX_AXES && axis < rank; axis++) output_shape[axis] = jax.shape[axis];
    take_options(&jax, sizeof jax, sizeof jax);
  }
  if (library != JAX && call_checked(find_shape) == RSMP_OK) {
    HOLDS(rank >= 2 && rank <= RSMP_MAX_AXES, "a shape of %d axes", (int)rank);
    memcpy(output_shape, found_shape, sizeof found_shape);
  }

  view *input = new_view(READ, dtype, rank, lengths);
  view *output = new_view(WRITTEN, written, rank, output_shape);
  maybe_spoil(output, false);
  take_memory(input);
  take_memory(output);
  want(input, rank, lengths, dtype);
  want(output, rank, output_shape, written);
  int64_t work = 40;
  bool is_affordable = true;
  for (int axis = 0; axis < rank && axis < RSMP_MAX_AXES; axis++) {
    work = product(work, lengths[axis] > output_shape[axis] ? lengths[axis] : output_shape[axis]);
    if (!length_is_affordable(lengths[axis]) || !length_is_affordable(output_shape[axis])) is_affordable = false;
  }
  /* What else is wrong with the arguments, the library says. */
  verdict verdict = settle(true, work);
  if (verdict == MUST_ACCEPT) verdict = MAY_REFUSE;
  fill_views();
  rsmp_status status = exercise(resize, verdict);
  HOLDS(status != RSMP_OK || options_are_whole, "options are accepted that are not there");
  if (input->rank == rank && is_affordable) check_plan(status);
  finish();
  return 0;
}
