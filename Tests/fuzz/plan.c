/*
 * rsmp_plan_create, rsmp_plan_create_backward, rsmp_plan_execute, rsmp_plan_output_shape, rsmp_plan_source_region,
 * rsmp_plan_axis, rsmp_plan_destroy.
 */
#include "taps.h"

static interpolation call;
static bool is_backward;
static int64_t *shape;
static rsmp_plan *plan, **plan_result;
static const rsmp_axis *axis, **axis_result;
static int32_t axis_index;

static rsmp_status create(rsmp_error *error) {
  const rsmp_interpolate_options *options = (void *)options_passed;
  return is_backward ? rsmp_plan_create_backward(call.rank, shape, call.dtype, options, plan_result, error)
                     : rsmp_plan_create(call.rank, shape, call.dtype, options, plan_result, error);
}

static int64_t *start_result, *stop_result;
static rsmp_status ask_source(rsmp_error *error) {
  return rsmp_plan_source_region(plan, start_result, stop_result, error);
}

static rsmp_status ask_plan(rsmp_error *error) { return rsmp_plan_output_shape(plan, shape_result, error); }

static rsmp_status take_axis(rsmp_error *error) { return rsmp_plan_axis(plan, axis_index, axis_result, error); }

static rsmp_status execute(rsmp_error *error) { return rsmp_plan_execute(plan, tensor(0), tensor(1), error); }

/* The part that is read is a part of the input; it is exactly the axes' samples. */
static void check_source(const int64_t *output_shape) {
  int axes = call.rank - 2;
  start_result = allocate((size_t)axes * sizeof *start_result);
  stop_result = allocate((size_t)axes * sizeof *stop_result);
  HOLDS(call_twice(ask_source) == RSMP_OK, "source_region");
  for (int index = 0; index < axes; index++) {
    int64_t length = is_backward ? call.whole[index + 2] : call.shape[index + 2];
    int64_t start = start_result[index], stop = stop_result[index];
    HOLDS(start >= 0 && start <= stop && stop <= length, "axis %d reads %lld to %lld", index, (long long)start,
          (long long)stop);
    HOLDS(!is_backward || stop - start == output_shape[index + 2], "axis %d: another part of the gradient", index);
  }
  free(start_result);
  free(stop_result);
  start_result = stop_result = NULL;
  HOLDS(call_twice(ask_source) == RSMP_INVALID_VALUE, "no place for a region");
}

static void check_axes(const int64_t *output_shape) {
  for (int index = 0; index < call.rank - 2; index++) {
    axis_index = index;
    axis_result = &axis;
    HOLDS(call_twice(take_axis) == RSMP_OK && axis != NULL, "axis %d", index);
    int64_t length = call.shape[index + 2];
    check_axis(axis, is_backward ? call.whole[index + 2] : length, is_backward ? length : output_shape[index + 2],
               is_backward);
  }
  axis_index = rarely() ? hostile_int() : below(8) - 2;
  HOLDS(call_twice(take_axis) == (axis_index >= 0 && axis_index < call.rank - 2 ? RSMP_OK : RSMP_INVALID_VALUE),
        "axis %d of %d", (int)axis_index, (int)call.rank - 2);
  axis_result = NULL;
  HOLDS(call_twice(take_axis) == RSMP_INVALID_VALUE, "no place for an axis");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  is_backward = take() & 1;
  take_interpolation(&call, is_backward);
  int64_t output_shape[SHAPE_ROOM] = {0}, asked_shape[SHAPE_ROOM];
  rsmp_status shaped = interpolation_shape(&call, output_shape);
  if (!table_is_affordable(&call, output_shape)) {
    finish();
    return 0;
  }
  size_t size = entries_of(call.rank) * sizeof *shape;
  shape = copy_of(call.shape, size);
  plan = (rsmp_plan *)nowhere;
  plan_result = &plan;
  rsmp_status status = call_checked(create);
  HOLDS(memcmp(shape, call.shape, size) == 0, "the shape is written");
  if (status != RSMP_OK) {
    HOLDS(plan == NULL, "a plan although there is none");
    HOLDS(shaped != RSMP_OK || status == RSMP_OUT_OF_MEMORY || is_backward, "no plan of a shape that is right");
    if (is_backward && shaped == RSMP_OK && status != RSMP_OUT_OF_MEMORY) {
      HOLDS(!is_floating(call.dtype) || call.options.clamp != 0, "no plan of gradients that there are");
    }
    HOLDS(enter(create, NULL) == status, "another status without an error");
    plan_result = NULL;
    HOLDS(enter(create, NULL) != RSMP_OK, "no place for a plan");
    /* Nothing works without a plan. */
    HOLDS(call_twice(ask_plan) == RSMP_INVALID_VALUE && call_twice(take_axis) == RSMP_INVALID_VALUE &&
              call_twice(execute) == RSMP_INVALID_VALUE, "no plan");
    rsmp_plan_destroy(plan);
    free(shape);
    finish();
    return 0;
  }
  HOLDS(shaped == RSMP_OK, "a plan of a shape that is refused");
  if (allocations > 0) {
    rsmp_plan *whole = plan;
    HOLDS(check_refused_allocation(create) != RSMP_OK && plan == NULL, "a plan without memory");
    plan = whole;
  }
  memset(shape, 0xa5, size); /* the plan keeps no pointer to it */
  memset(options_passed, 0xa5, options_size);
  memcpy(options_before, options_passed, options_size);

  int64_t *result = allocate(size);
  shape_result = result;
  HOLDS(call_twice(ask_plan) == RSMP_OK, "output_shape");
  memcpy(asked_shape, result, size);
  HOLDS(memcmp(asked_shape, is_backward ? call.shape : output_shape, size) == 0, "another shape");
  free(result);
  shape_result = NULL;
  HOLDS(call_twice(ask_plan) == RSMP_INVALID_VALUE, "no place for a shape");
  check_source(output_shape);
  check_axes(output_shape);

  const int64_t *shapes[2] = {is_backward ? output_shape : call.shape, is_backward ? call.shape : output_shape};
  for (int index = 0; index < 2; index++) new_view(index == 0 ? READ : WRITTEN, call.dtype, call.rank, shapes[index]);
  maybe_spoil(&views[0], false);
  maybe_spoil(&views[1], false);
  for (int index = 0; index < 2; index++) {
    take_memory(&views[index]);
    want(&views[index], call.rank, shapes[index], call.dtype);
  }
  verdict verdict = settle(true, interpolation_work(&call, output_shape));
  fill_views();
  exercise(execute, verdict);
  rsmp_plan_destroy(plan);
  free(shape);
  finish();
  return 0;
}
