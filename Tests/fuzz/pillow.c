/* rsmp_pillow_resize, rsmp_plan_create_pillow_resize and rsmp_pillow_reduce. */
#include "interpolate.h"

static const rsmp_dtype image_dtypes[] = {
    {RSMP_UINT, 8, 1}, {RSMP_FLOAT, 32, 1}, {RSMP_INT, 32, 1}, {RSMP_UINT, 16, 1}};
static int32_t rank;
static rsmp_dtype dtype;
static int64_t *shape;
static rsmp_plan *plan;
static int64_t factor_x, factor_y, box[4];
static bool has_box;
static int32_t has_alpha;

static rsmp_status resize(rsmp_error *error) {
  return rsmp_pillow_resize(tensor(0), (void *)options_passed, tensor(1), error);
}

static rsmp_status reduce(rsmp_error *error) {
  return rsmp_pillow_reduce(tensor(0), factor_x, factor_y, has_box ? box : NULL, has_alpha, tensor(1), error);
}

static rsmp_status create(rsmp_error *error) {
  return rsmp_plan_create_pillow_resize(rank, shape, dtype, (void *)options_passed, &plan, error);
}

static rsmp_status execute(rsmp_error *error) { return rsmp_plan_execute(plan, tensor(0), tensor(1), error); }

/* An edge of a box on an axis, in eighths; sometimes any number. */
static double take_edge(int64_t length, bool is_end) {
  int choice = take();
  if (choice >= 0xf0) return take_number();
  return is_end ? (double)length - (choice & 7) / 8.0 : (choice & 15) / 8.0;
}

static rsmp_pillow_resize_options take_call(void) {
  rsmp_pillow_resize_options call = {.resample = take_choice(7), .width = take_count(1), .height = take_count(1)};
  int flags = take();
  call.has_alpha = flags & 1 && dtype.bits == 8 && rank == 3 ? 1 : 0;
  if (flags >= 0xf0) call.has_alpha = take_choice(1);
  static const int32_t releases[] = {0, 905, 1200, 1202, 1300};
  call.release = flags & 2 ? releases[below(5)] : 0;
  if (flags >= 0xf0) call.release = hostile_int();
  if (flags & 4) {
    call.has_box = take_choice(1) ^ 1;
    for (int edge = 0; edge < 4; edge++) call.box[edge] = take_edge(shape[edge % 2 == 0 ? 1 : 0], edge >= 2);
  }
  if (flags & 8) call.reducing_gap = flags & 16 ? take_number() : 1 + below(4) / 2.0;
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

/* The calls have no shape of their own: that of the output is in their arguments. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  int choice = take();
  bool is_reduction = choice & 1;
  rank = choice < 0xf8 ? 2 + (choice >> 1 & 1) : choice < 0xfe ? below(11) - 1 : hostile_int();
  int kind = take();
  dtype = kind < 0xe0 ? image_dtypes[kind % 4] : take_dtype(DTYPES);
  int64_t lengths[SHAPE_ROOM] = {0}, output_shape[SHAPE_ROOM] = {0};
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) lengths[axis] = take_count(1);
  shape = lengths;
  memcpy(output_shape, lengths, sizeof lengths);
  rsmp_pillow_resize_options call = {0};
  if (is_reduction) {
    factor_x = take_count(1), factor_y = take_count(1);
    int flags = take();
    has_alpha = flags & 1 && dtype.bits == 8 && rank == 3 ? 1 : 0;
    if (flags >= 0xf0) has_alpha = take_choice(1);
    has_box = flags & 2;
    int64_t edges[] = {0, 0, lengths[1], lengths[0]};
    for (int edge = 0; edge < 4; edge++) {
      box[edge] = edges[edge];
      if (has_box) box[edge] = take() < 0xf0 ? (edge < 2 ? below(3) : bounded((__int128)edges[edge] - below(3))) : hostile_number();
    }
    memcpy(edges, box, sizeof box);
    if (factor_x > 0 && edges[2] > edges[0] && edges[0] >= 0) output_shape[1] = 1 + (edges[2] - edges[0] - 1) / factor_x;
    if (factor_y > 0 && edges[3] > edges[1] && edges[1] >= 0) output_shape[0] = 1 + (edges[3] - edges[1] - 1) / factor_y;
  } else {
    call = take_call();
    output_shape[0] = call.height, output_shape[1] = call.width;
  }
  take_options(&call, sizeof call, sizeof call);

  view *input = new_view(READ, dtype, rank, lengths);
  view *output = new_view(WRITTEN, dtype, rank, output_shape);
  maybe_spoil(output, false);
  take_memory(input);
  take_memory(output);
  want(input, rank, lengths, dtype);
  want(output, rank, output_shape, dtype);
  int64_t work = 40;
  bool is_affordable = true;
  for (int axis = 0; axis < rank && axis < RSMP_MAX_AXES; axis++) {
    work = product(work, lengths[axis] > output_shape[axis] ? lengths[axis] : output_shape[axis]);
    if (!length_is_affordable(lengths[axis]) || !length_is_affordable(output_shape[axis])) is_affordable = false;
  }
  /* What else is wrong with a box or a dtype, the library says. */
  verdict verdict = settle(true, work);
  if (verdict == MUST_ACCEPT) verdict = MAY_REFUSE;
  fill_views();
  rsmp_status status = exercise(is_reduction ? reduce : resize, verdict);
  HOLDS(is_reduction || status != RSMP_OK || options_are_whole, "options are accepted that are not there");
  if (!is_reduction && input->rank == rank && is_affordable) check_plan(status);
  finish();
  return 0;
}
