/* rsmp_onnx_resize_shape, rsmp_onnx_resize and rsmp_plan_create_onnx_resize. */
#include "interpolate.h"

static int32_t rank;
static rsmp_dtype dtype;
static int64_t *shape;
static rsmp_plan *plan;

static const rsmp_onnx_resize_options *options(void) { return (void *)options_passed; }

static rsmp_status ask(rsmp_error *error) {
  return rsmp_onnx_resize_shape(rank, shape_arguments[0], dtype, options(), shape_result, error);
}

static rsmp_status resize(rsmp_error *error) { return rsmp_onnx_resize(tensor(0), options(), tensor(1), error); }

static rsmp_status create(rsmp_error *error) {
  return rsmp_plan_create_onnx_resize(rank, shape, dtype, options(), &plan, error);
}

static rsmp_status execute(rsmp_error *error) { return rsmp_plan_execute(plan, tensor(0), tensor(1), error); }

static rsmp_onnx_resize_options take_call(void) {
  rsmp_onnx_resize_options call = {.mode = take_choice(2), .coordinate_transformation_mode = take_choice(6)};
  call.nearest_mode = take_choice(3);
  int flags = take();
  bool is_flagged = flags & 0x80;
  if (call.mode != RSMP_ONNX_NEAREST || (is_flagged && rarely())) {
    call.antialias = flags & 1;
    call.exclude_outside = flags >> 1 & 1;
  }
  if (is_flagged && rarely()) call.antialias = take_choice(1);
  bool has_scales = flags >> 2 & 1, names_axes = flags >> 3 & 1;
  if (!has_scales && flags & 16) call.keep_aspect_ratio_policy = take_choice(2);
  int32_t named = names_axes ? 1 + below(4) : rank;
  if (names_axes) call.axis_count = named;
  if (is_flagged && rarely()) call.axis_count = take_choice(9);
  call.scale_count = has_scales ? named : 0;
  call.size_count = has_scales ? 0 : named;
  if (is_flagged && rarely()) call.scale_count = take_choice(9);
  if (is_flagged && rarely()) call.size_count = take_choice(9);
  if (call.coordinate_transformation_mode == RSMP_ONNX_TF_CROP_AND_RESIZE || (is_flagged && rarely())) {
    call.roi_count = named > RSMP_MAX_AXES ? 0 : 2 * named;
    if (is_flagged && rarely()) call.roi_count = take_choice(17);
    call.extrapolation_value = (float)take_number();
  }
  if (flags & 32) {
    call.has_cubic_coeff_a = 1;
    call.cubic_coeff_a = flags & 64 ? (float)take_number() : -0.5f;
  }
  for (int index = 0; index < RSMP_MAX_AXES; index++) {
    if (index >= named) break;
    int choice = names_axes ? take() : 0;
    if (names_axes) call.axes[index] = choice < 0xf0 ? (index + choice) % (rank > 0 ? rank : 1) - (choice & 0x40 ? rank : 0)
                                                     : hostile_number();
    int length = index < SHAPE_ROOM ? index : 0;
    if (names_axes && call.axes[index] >= 0 && call.axes[index] < SHAPE_ROOM) length = (int)call.axes[index];
    choice = take();
    /* Three axes that change are the most: half of them keep their length. */
    bool is_kept = choice & 1 && !is_flagged;
    call.scales[index] = is_kept ? 1 : choice < 0xe0 ? (float)(1 + choice % 24) / 8 : (float)take_number();
    call.sizes[index] = is_kept ? shape[length] : take_count(1);
    call.roi[index] = choice < 0xf0 ? (choice & 15) / 8.0 - 0.5 : take_number();
    if (named < 2 * RSMP_MAX_AXES - index) call.roi[named + index] = choice & 2 ? (choice >> 4) / 8.0 - 0.25 : 1;
    if (is_kept) call.roi[index] = 0;
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
  int choice = take();
  rank = choice < 0xf8 ? 1 + choice % 5 : choice < 0xfe ? below(11) - 1 : hostile_int();
  dtype = take_dtype(DTYPES);
  int64_t lengths[SHAPE_ROOM] = {0}, output_shape[SHAPE_ROOM] = {0};
  int many = take();
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) lengths[axis] = take_count(axis == 0 ? many & 1 : 1 + (many & 2) * 8);
  shape = lengths;
  rsmp_onnx_resize_options call = take_call();
  take_options(&call, sizeof call, sizeof call);

  rsmp_status shaped = ask_for_shape(ask, rank, lengths, NULL, output_shape);
  HOLDS(shaped != RSMP_OK || options_are_whole, "options are accepted that are not there");
  view *input = new_view(READ, dtype, rank, lengths);
  view *output = new_view(WRITTEN, dtype, rank, shaped == RSMP_OK ? output_shape : lengths);
  maybe_spoil(output, false);
  take_memory(input);
  take_memory(output);
  want(input, rank, lengths, dtype);
  want(output, rank, output_shape, dtype);
  int64_t work = 4;
  bool is_affordable = true;
  for (int axis = 0; axis < rank && axis < RSMP_MAX_AXES; axis++) {
    work = product(work, lengths[axis] > output_shape[axis] ? lengths[axis] : output_shape[axis]);
    if (!length_is_affordable(lengths[axis]) || !length_is_affordable(output_shape[axis])) is_affordable = false;
  }
  verdict verdict = settle(shaped == RSMP_OK, work);
  fill_views();
  rsmp_status status = exercise(resize, verdict);
  if (input->rank == rank && is_affordable) check_plan(status);
  finish();
  return 0;
}
