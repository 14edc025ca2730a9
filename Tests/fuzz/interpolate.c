/* rsmp_interpolate_shape, rsmp_interpolate and rsmp_interpolate_backward; and the same by plans. */
#include "interpolate.h"

static const rsmp_interpolate_options *options(void) { return (void *)options_passed; }

static rsmp_status interpolate(rsmp_error *error) { return rsmp_interpolate(tensor(0), options(), tensor(1), error); }

static rsmp_status interpolate_backward(rsmp_error *error) {
  return rsmp_interpolate_backward(tensor(0), options(), tensor(1), error);
}

static rsmp_plan *plan;
static rsmp_status execute(rsmp_error *error) { return rsmp_plan_execute(plan, tensor(0), tensor(1), error); }

static int64_t *plan_shape;
static view *plan_view; /* has the shape that the plan is for */
static bool is_backward;
static rsmp_status create(rsmp_error *error) {
  return is_backward ? rsmp_plan_create_backward(plan_view->rank, plan_shape, plan_view->dtype, options(), &plan, error)
                     : rsmp_plan_create(plan_view->rank, plan_shape, plan_view->dtype, options(), &plan, error);
}

/* A plan gives what the one call gives: `status`, and the results of the views. */
static void check_plan(rsmp_status status) {
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
  is_backward = take() & 1;
  interpolation call;
  take_interpolation(&call, is_backward);

  int64_t output_shape[SHAPE_ROOM] = {0};
  rsmp_status shaped = interpolation_shape(&call, output_shape);
  view *input = new_view(is_backward ? WRITTEN : READ, call.dtype, call.rank, call.shape);
  /* Where there is no shape of an output, one like the input does as well. */
  view *output = new_view(is_backward ? READ : WRITTEN, call.dtype, call.rank,
                          shaped == RSMP_OK ? output_shape : call.shape);
  if (is_backward) { /* what is read comes first */
    view swapped = *input;
    *input = *output;
    *output = swapped;
    input = &views[1];
    output = &views[0];
  }
  maybe_spoil(output, false);
  take_memory(&views[0]);
  take_memory(&views[1]);
  want(input, call.rank, call.shape, call.dtype);
  want(output, call.rank, output_shape, call.dtype);
  bool is_accepted = shaped == RSMP_OK;
  if (is_backward && (!is_floating(call.dtype) || call.options.clamp != 0)) is_accepted = false;
  verdict verdict = settle(is_accepted, interpolation_work(&call, output_shape));
  fill_views();
  rsmp_status status = exercise(is_backward ? interpolate_backward : interpolate, verdict);
  plan_view = input;
  plan_shape = copy_of(call.shape, sizeof call.shape);
  if (input->rank == call.rank && table_is_affordable(&call, output_shape)) check_plan(status);
  free(plan_shape);
  finish();
  return 0;
}
