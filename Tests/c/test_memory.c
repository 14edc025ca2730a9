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

/* Calls with memory for 0, 1, 2, ... allocations, until it is enough. */
#define UNTIL_ENOUGH(what, call, check_nothing_done)                                       \
  do {                                                                                     \
    for (long count = 0;; count++) {                                                       \
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
        UNTIL_ENOUGH(call->name, rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure),
                     CHECK(is_blank(output), "%s: wrote into the output", call->name));
      }
      rsmp_plan_destroy(plan);

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
}

/* What is wrong with the arrays is found before the tables of two thousand million samples are made. */
static void test_a_refusal_needs_no_memory(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_MODE_BICUBIC,
                                      .scale_factor_count = 2,
                                      .scale_factor = {1e9, 2}};
  array *input = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 2, 3}, CONTIGUOUS);
  array *output = new_array(&kinds[FLOAT32], 4, (int64_t[]){1, 1, 4, 6}, CONTIGUOUS);
  fill(input, 10);
  limit(1000);
  rsmp_status status = rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure);
  long needed = asked;
  is_limited = false;
  CHECK(status == RSMP_INVALID_VALUE && needed == 0, "status %d after %ld allocations", (int)status, needed);
  CHECK(is_blank(output), "wrote into the output");
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
    test_large_requests();
    test_a_refusal_needs_no_memory();
  }
  return report("test_memory");
}
