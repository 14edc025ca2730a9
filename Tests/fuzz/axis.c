/*
 * rsmp_axis_create, rsmp_axis_describe, rsmp_axis_taps, rsmp_axis_destroy; and what is left: rsmp_set_num_threads,
 * rsmp_limit_threads, rsmp_get_num_threads, rsmp_instruction_set, rsmp_version and rsmp_abi_version.
 */
#include "taps.h"

static interpolation call;
static int64_t lengths[2];
static rsmp_axis *axis, **axis_result;
static int32_t thread_count;
static const char **name_result;

static rsmp_status create(rsmp_error *error) {
  return rsmp_axis_create(lengths[0], lengths[1], call.dtype, (void *)options_passed, axis_result, error);
}

static rsmp_status set_threads(rsmp_error *error) { return rsmp_set_num_threads(thread_count, error); }
static rsmp_status limit_threads(rsmp_error *error) { return rsmp_limit_threads(thread_count, error); }
static rsmp_status ask_name(rsmp_error *error) { return rsmp_instruction_set(name_result, error); }

static void check_machine(void) {
  int32_t before = rsmp_get_num_threads();
  thread_count = rarely() ? hostile_int() : (int32_t)take_bytes(2) - 8;
  bool is_count = thread_count >= 1 && thread_count <= 1024;
  HOLDS(call_twice(set_threads) == (is_count ? RSMP_OK : RSMP_INVALID_VALUE), "%d threads", (int)thread_count);
  HOLDS(rsmp_get_num_threads() == (is_count ? thread_count : before), "another number of threads");
  int32_t count = rsmp_get_num_threads();
  is_count = thread_count >= 0 && thread_count <= 1024;
  HOLDS(call_twice(limit_threads) == (is_count ? RSMP_OK : RSMP_INVALID_VALUE), "a limit of %d", (int)thread_count);
  bool is_limited = is_count && thread_count != 0 && thread_count < count;
  HOLDS(rsmp_get_num_threads() == (is_limited ? thread_count : count), "another limit of threads");
  HOLDS(rsmp_limit_threads(0, NULL) == RSMP_OK && rsmp_get_num_threads() == count, "a limit that stays");
  const char *name = NULL;
  name_result = &name;
  HOLDS(call_twice(ask_name) == RSMP_OK, "instruction_set");
  HOLDS(strcmp(name, "baseline") == 0 || strcmp(name, "avx2") == 0 || strcmp(name, "avx512") == 0, "%s", name);
  name_result = NULL;
  HOLDS(call_twice(ask_name) == RSMP_INVALID_VALUE, "no place for a name");
  HOLDS(strcmp(rsmp_version(), RSMP_VERSION) == 0 && rsmp_abi_version() == RSMP_ABI_VERSION, "%s", rsmp_version());
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  int flags = take();
  take_interpolation(&call, false);
  /* The lengths are those of a call that has a factor, or any. */
  int64_t output_shape[SHAPE_ROOM] = {0};
  lengths[0] = call.shape[2];
  lengths[1] = call.options.size[0];
  if (call.options.scale_factor_count != 0 && !(flags & 2)) {
    interpolation_shape(&call, output_shape);
    lengths[1] = output_shape[2];
    if (options_passed != NULL && options_size >= sizeof call.options) { /* one axis, one factor */
      int32_t one = 1;
      size_t offset = offsetof(rsmp_interpolate_options, scale_factor_count);
      memcpy(options_passed + offset, &one, sizeof one);
      memcpy(options_before + offset, &one, sizeof one);
    }
  }
  if (flags & 1) lengths[0] = take_count(1), lengths[1] = take_count(1);
  if (length_is_affordable(lengths[0]) && length_is_affordable(lengths[1])) {
    axis = (rsmp_axis *)nowhere;
    axis_result = &axis;
    rsmp_status status = call_checked(create);
    if (status == RSMP_OK) {
      HOLDS(options_are_whole && lengths[0] > 0 && lengths[1] > 0, "an axis of nothing");
      if (allocations > 0) {
        rsmp_axis *whole = axis;
        HOLDS(check_refused_allocation(create) != RSMP_OK && axis == NULL, "an axis without memory");
        axis = whole;
      }
      check_axis(axis, lengths[0], lengths[1], false);
    } else {
      HOLDS(axis == NULL, "an axis although there is none");
      HOLDS(enter(create, NULL) == status, "another status without an error");
    }
    rsmp_axis_destroy(axis);
    axis_result = NULL;
    HOLDS(enter(create, NULL) != RSMP_OK, "no place for an axis");
  }
  check_machine();
  finish();
  return 0;
}
