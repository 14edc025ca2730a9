/* Plans and the taps that they are made of. */
#include <pthread.h>

#include "arrays.h"

/* ---- Taps -------------------------------------------------------------------------------------------------------- */

typedef struct {
  rsmp_axis_info info;
  double *coordinates, *weights;
  int64_t *indices;
} taps;

/* Reads an axis of a kind of samples, and checks what is true of every one. */
static bool read_taps(const rsmp_axis *axis, const kind *kind, const char *name, taps *taps) {
  memset(taps, 0, sizeof *taps);
  taps->info = (rsmp_axis_info){.struct_size = sizeof taps->info, .reserved = 77};
  if (!CHECK_OK(rsmp_axis_describe(axis, &taps->info, &failure))) return false;
  CHECK(taps->info.struct_size == sizeof taps->info && taps->info.reserved == 0, "%s", name);
  if (!CHECK(taps->info.output_length > 0 && taps->info.tap_count > 0, "%s: %lld taps", name,
             (long long)taps->info.tap_count)) {
    return false;
  }
  size_t outputs = (size_t)taps->info.output_length, entries = outputs * (size_t)taps->info.tap_count;
  taps->coordinates = allocate(outputs * sizeof *taps->coordinates);
  taps->indices = allocate(entries * sizeof *taps->indices);
  taps->weights = allocate(entries * sizeof *taps->weights);
  CHECK_OK(rsmp_axis_taps(axis, taps->coordinates, taps->indices, taps->weights, &failure));

  for (size_t output = 0; output < outputs; output++) {
    const int64_t *indices = taps->indices + output * (size_t)taps->info.tap_count;
    const double *weights = taps->weights + output * (size_t)taps->info.tap_count;
    double sum = 0;
    for (int64_t tap = 0; tap < taps->info.tap_count; tap++) {
      sum += weights[tap];
      CHECK(indices[tap] >= 0 && indices[tap] < taps->info.input_length, "%s: reads sample %lld", name,
            (long long)indices[tap]);
      if (tap == 0) continue;
      /* In order; behind the last one, its index again with weight 0. */
      CHECK(indices[tap] > indices[tap - 1] || (indices[tap] == indices[tap - 1] && weights[tap] == 0),
            "%s: output %d, tap %d", name, (int)output, (int)tap);
    }
    /* Weights of uint8 have at least 13 fractional bits, those of the half types no more than a sample of them. */
    CHECK(fabs(sum - 1) <= fmax(2 * kind->tolerance, kind - kinds == UINT8 ? 0x1p-11 : 1e-6),
          "%s, %s: the weights of output %d add up to %.9g", name, kind->name, (int)output, sum);
    double last = (double)(taps->info.input_length - 1);
    CHECK(taps->coordinates[output] >= -last - 1 && taps->coordinates[output] <= 2 * last + 1, "%s: coordinate %g", name,
          taps->coordinates[output]);
    if (output > 0) CHECK(taps->coordinates[output] >= taps->coordinates[output - 1], "%s: coordinates fall", name);
  }
  return true;
}

static void delete_taps(taps *taps) {
  free(taps->coordinates);
  free(taps->indices);
  free(taps->weights);
}

/*
 * What the taps of a plan promise for an output sample: the weighted sum along the width, then of these along the height,
 * then the depth. `is_rounded`: the result of every pass is a uint8 again.
 */
static double promised(const array *input, const taps *taps, bool is_rounded, int axes, int64_t *index, int axis) {
  if (axis == axes) {
    int64_t number = 0;
    for (int place = 0; place < axes + 2; place++) number = number * input->shape[place] + index[place];
    return get(input->kind, element(input, number));
  }
  int64_t output = index[axis + 2];
  double sum = 0;
  for (int64_t tap = 0; tap < taps[axis].info.tap_count; tap++) {
    int64_t entry = output * taps[axis].info.tap_count + tap;
    if (taps[axis].weights[entry] == 0) continue;
    index[axis + 2] = taps[axis].indices[entry];
    sum += taps[axis].weights[entry] * promised(input, taps, is_rounded, axes, index, axis + 1);
  }
  index[axis + 2] = output;
  return is_rounded ? fmin(fmax(floor(sum + 0.5), 0), UINT8_MAX) : sum;
}

static void check_promise(const call *call, const kind *kind, const rsmp_plan *plan, const taps *taps) {
  int axes = call->rank - 2;
  array *input = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
  array *output = new_array(kind, call->rank, output_shape(call), CONTIGUOUS);
  fill(input, 8);
  /* Fixed point is exact, and its weights are fractions that float64 has. */
  bool is_fixed_point = kind - kinds == UINT8 && call->mode != RSMP_MODE_AREA;
  double largest = 0;
  for (int64_t number = 0; number < input->count; number++) {
    largest = fmax(largest, fabs(get(kind, element(input, number))));
  }
  if (CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &output->tensor, &failure))) {
    for (int64_t number = 0; number < output->count; number++) {
      int64_t index[MAX_RANK], rest = number;
      for (int axis = call->rank - 1; axis >= 0; axis--) {
        index[axis] = rest % output->shape[axis];
        rest /= output->shape[axis];
      }
      double expected = promised(input, taps, is_fixed_point, axes, index, 0), value = get(kind, element(output, number));
      double tolerance = kind->tolerance * fmax(largest, fabs(expected));
      if (is_integer(kind) && !is_fixed_point) {
        expected = fmin(fmax(expected, kind->low), kind->high);
        tolerance = 0.5 + 3e-6 * largest; /* rounded once, from a float32 at worst */
      }
      if (is_nearest(call) || is_fixed_point) tolerance = 0;
      CHECK(fabs(value - expected) <= tolerance, "%s, %s, number %d: %.17g, the taps promise %.17g", call->name,
            kind->name, (int)number, value, expected);
    }
  }
  delete_array(input);
  delete_array(output);
}

static void test_the_taps_of_a_plan_are_what_it_does(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (is_left_out()) continue;
      if (!takes(call, kind)) continue;
      rsmp_interpolate_options options = resize(call, output_size(call));
      rsmp_plan *plan;
      if (!CHECK_OK(rsmp_plan_create(call->rank, input_shape(call), kind->dtype, &options, &plan, &failure))) continue;
      int axes = call->rank - 2;
      taps taps[3] = {{.coordinates = NULL}};
      bool is_read = true;
      for (int32_t index = 0; index < axes; index++) {
        const rsmp_axis *axis;
        is_read = CHECK_OK(rsmp_plan_axis(plan, index, &axis, &failure)) && read_taps(axis, kind, call->name, &taps[index]) &&
                  CHECK(taps[index].info.input_length == input_shape(call)[index + 2] &&
                            taps[index].info.output_length == output_shape(call)[index + 2],
                        "%s, axis %d: %lld -> %lld", call->name, (int)index, (long long)taps[index].info.input_length,
                        (long long)taps[index].info.output_length) &&
                  is_read;
      }
      if (is_read) check_promise(call, kind, plan, taps);
      for (int index = 0; index < axes; index++) delete_taps(&taps[index]);
      rsmp_plan_destroy(plan);
    }
  }
}

static void check_same_taps(const taps *a, const taps *b, const char *name) {
  if (!CHECK(a->info.tap_count == b->info.tap_count && a->info.output_length == b->info.output_length, "%s", name)) return;
  size_t outputs = (size_t)a->info.output_length, entries = outputs * (size_t)a->info.tap_count;
  CHECK(memcmp(a->coordinates, b->coordinates, outputs * sizeof *a->coordinates) == 0, "%s: coordinates", name);
  CHECK(memcmp(a->indices, b->indices, entries * sizeof *a->indices) == 0, "%s: indices", name);
  CHECK(memcmp(a->weights, b->weights, entries * sizeof *a->weights) == 0, "%s: weights", name);
}

static void test_an_axis_of_its_own_has_the_taps_of_the_plan(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    if (call->rank != 3) continue; /* on which PyTorch has no rule of its own for small images */
    rsmp_interpolate_options options = resize(call, output_size(call));
    rsmp_plan *plan;
    rsmp_axis *own;
    const rsmp_axis *planned;
    taps a, b;
    if (!CHECK_OK(rsmp_plan_create(3, input_shape(call), kinds[FLOAT64].dtype, &options, &plan, &failure))) continue;
    CHECK_OK(rsmp_plan_axis(plan, 0, &planned, &failure));
    options.size_count = 0;
    CHECK_OK(rsmp_axis_create(17, 11, kinds[FLOAT64].dtype, &options, &own, &failure));
    if (read_taps(planned, &kinds[FLOAT64], call->name, &a)) {
      if (read_taps(own, &kinds[FLOAT64], call->name, &b)) check_same_taps(&a, &b, call->name);
      delete_taps(&b);
    }
    delete_taps(&a);
    rsmp_axis_destroy(own);
    rsmp_plan_destroy(plan);
  }
}

static void test_arrays_that_are_not_wanted(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options, .mode = RSMP_MODE_BICUBIC};
  rsmp_axis *axis;
  if (!CHECK_OK(rsmp_axis_create(9, 7, kinds[FLOAT32].dtype, &options, &axis, &failure))) return;
  taps all;
  if (read_taps(axis, &kinds[FLOAT32], "bicubic", &all)) {
    double coordinates[7], weights[7 * 4];
    int64_t indices[7 * 4];
    CHECK(all.info.tap_count == 4, "%d taps", (int)all.info.tap_count);
    CHECK_OK(rsmp_axis_taps(axis, NULL, NULL, NULL, &failure));
    CHECK_OK(rsmp_axis_taps(axis, coordinates, NULL, NULL, &failure));
    CHECK_OK(rsmp_axis_taps(axis, NULL, indices, NULL, &failure));
    CHECK_OK(rsmp_axis_taps(axis, NULL, NULL, weights, &failure));
    CHECK(memcmp(coordinates, all.coordinates, sizeof coordinates) == 0, "coordinates");
    CHECK(memcmp(indices, all.indices, sizeof indices) == 0, "indices");
    CHECK(memcmp(weights, all.weights, sizeof weights) == 0, "weights");
  }
  delete_taps(&all);
  rsmp_axis_destroy(axis);
}

/* (0, 1, ..., 3) read at -0.25, 0.25, ...: the taps of the documentation's own example. */
static void test_known_taps(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_MODE_BILINEAR, /* means linear here */
                                      .scale_factor_count = 1,
                                      .scale_factor = {2}};
  rsmp_axis *axis;
  if (!CHECK_OK(rsmp_axis_create(2, 4, kinds[FLOAT32].dtype, &options, &axis, &failure))) return;
  taps taps;
  if (read_taps(axis, &kinds[FLOAT32], "linear", &taps) && CHECK(taps.info.tap_count == 2, "%d taps", (int)taps.info.tap_count)) {
    const double coordinates[] = {-0.25, 0.25, 0.75, 1.25}, of_sample_1[] = {0, 0.25, 0.75, 1};
    for (int output = 0; output < 4; output++) {
      double weight = 0;
      for (int tap = 0; tap < 2; tap++) weight += taps.indices[2 * output + tap] == 1 ? taps.weights[2 * output + tap] : 0;
      CHECK(taps.coordinates[output] == coordinates[output], "output %d: %g", output, taps.coordinates[output]);
      CHECK(weight == of_sample_1[output], "output %d: %g", output, weight);
    }
  }
  delete_taps(&taps);
  rsmp_axis_destroy(axis);
}

static void test_a_larger_info_is_taken(void) {
  rsmp_interpolate_options options = {.struct_size = sizeof options};
  rsmp_axis *axis;
  if (!CHECK_OK(rsmp_axis_create(3, 5, kinds[UINT8].dtype, &options, &axis, &failure))) return;
  struct {
    rsmp_axis_info known;
    unsigned char later[32];
  } info;
  memset(&info, BLANK, sizeof info);
  info.known.struct_size = sizeof info;
  CHECK_OK(rsmp_axis_describe(axis, &info.known, &failure));
  CHECK(info.known.input_length == 3 && info.known.output_length == 5 && info.known.tap_count == 1, "other lengths");
  CHECK(info.known.struct_size == sizeof info, "struct_size written");
  CHECK(info.later[0] == BLANK, "wrote behind what it knows");
  rsmp_axis_destroy(axis);
}

/* ---- Regions ----------------------------------------------------------------------------------------------------- */

/* From `start` on, as large as `part`: that part of an array. */
static rsmp_tensor part_of(const array *whole, const int64_t *start, int64_t *shape) {
  rsmp_tensor tensor = whole->tensor;
  for (int axis = 0; axis < whole->tensor.ndim - 2; axis++) {
    tensor.data = (char *)tensor.data + start[axis] * whole->strides[axis + 2] * tensor.dtype.bits / 8;
  }
  tensor.strides = (int64_t *)whole->strides;
  tensor.shape = shape;
  return tensor;
}

static void check_region(const call *call, const kind *kind, const array *input, const array *whole, uint32_t seed) {
  rsmp_interpolate_options options = resize(call, output_size(call));
  int64_t shape[MAX_RANK], part_shape[MAX_RANK], start[3], stop[3];
  for (int axis = 0; axis < call->rank; axis++) part_shape[axis] = shape[axis] = whole->shape[axis];
  for (int axis = 0; axis < call->rank - 2; axis++) {
    int64_t length = whole->shape[axis + 2];
    seed = seed * 1664525 + 1013904223;
    options.region_start[axis] = seed >> 8 & 1 ? 0 : (seed >> 9) % length;
    int64_t rest = length - options.region_start[axis];
    options.region_stop[axis] = seed >> 7 & 1 ? 0 : options.region_start[axis] + 1 + (seed >> 20) % rest;
    shape[axis + 2] = (options.region_stop[axis] == 0 ? length : options.region_stop[axis]) - options.region_start[axis];
  }
  array *from_whole = new_array(kind, call->rank, shape, CONTIGUOUS), *from_part = new_array(kind, call->rank, shape, CONTIGUOUS);
  array *expected = new_array(kind, call->rank, shape, CONTIGUOUS);
  rsmp_tensor wanted = part_of(whole, options.region_start, shape);
  rsmp_interpolate_options copying = {
      .struct_size = sizeof copying, .scale_factor_count = call->rank - 2, .scale_factor = {1, 1, 1}};
  CHECK_OK(rsmp_interpolate(&wanted, &copying, &expected->tensor, &failure));
  rsmp_plan *plan;
  if (CHECK_OK(rsmp_plan_create(call->rank, input->shape, kind->dtype, &options, &plan, &failure)) &&
      CHECK_OK(rsmp_plan_source_region(plan, start, stop, &failure))) {
    for (int axis = 0; axis < call->rank - 2; axis++) {
      part_shape[axis + 2] = stop[axis] - start[axis];
      CHECK(start[axis] >= 0 && start[axis] < stop[axis] && stop[axis] <= input->shape[axis + 2], "%s: reads %lld to %lld",
            call->name, (long long)start[axis], (long long)stop[axis]);
    }
    rsmp_tensor part = part_of(input, start, part_shape);
    CHECK_OK(rsmp_plan_execute(plan, &input->tensor, &from_whole->tensor, &failure));
    CHECK_OK(rsmp_plan_execute(plan, &part, &from_part->tensor, &failure));
    CHECK(first_difference(from_whole, expected) < 0, "%s, %s: a region has other bits", call->name, kind->name);
    CHECK(first_difference(from_part, expected) < 0, "%s, %s: from a part it has other bits", call->name, kind->name);
    /* One sample less or more is no part of it. */
    part_shape[2]--;
    CHECK(rsmp_plan_execute(plan, &part, &from_part->tensor, &failure) == RSMP_INVALID_VALUE, "a part too short");
    part_shape[2] += 2;
    if (part_shape[2] != input->shape[2]) {
      CHECK(rsmp_plan_execute(plan, &part, &from_part->tensor, &failure) == RSMP_INVALID_VALUE, "a part too long");
    }
    CHECK(first_difference(from_part, expected) < 0, "%s: a refused part is written", call->name);
    rsmp_plan_destroy(plan);
  }
  delete_array(from_whole);
  delete_array(from_part);
  delete_array(expected);
}

static void test_regions_have_the_bits_of_the_whole(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (is_left_out() || !takes(call, kind)) continue;
      array *input = new_array(kind, call->rank, input_shape(call), CONTIGUOUS);
      array *whole = new_array(kind, call->rank, output_shape(call), CONTIGUOUS);
      fill(input, 9);
      rsmp_interpolate_options options = resize(call, output_size(call));
      if (CHECK_OK(rsmp_interpolate(&input->tensor, &options, &whole->tensor, &failure))) {
        for (uint32_t seed = 0; seed < 4; seed++) check_region(call, kind, input, whole, seed * 77 + (uint32_t)(call - calls));
      }
      delete_array(input);
      delete_array(whole);
    }
  }
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 6 };

typedef struct {
  const rsmp_plan *plan;
  const call *call;
  array *input, *expected, *output;
  pthread_barrier_t *start;
  int number;
  const char *fault; /* found by the thread, counted after it has ended */
} worker;

static void *execute_at_once(void *context) {
  worker *worker = context;
  rsmp_error error;
  pthread_barrier_wait(worker->start);
  for (int round = 0; round < ROUNDS; round++) {
    memset(worker->output->memory, BLANK, worker->output->size);
    /* Another thread may set the number of threads meanwhile: results do not depend on it. */
    if (worker->number == 0) rsmp_set_num_threads(1 + round % 4, &error);
    if (rsmp_plan_execute(worker->plan, &worker->input->tensor, &worker->output->tensor, &error) != RSMP_OK) {
      worker->fault = "failed";
    } else if (first_difference(worker->output, worker->expected) >= 0) {
      worker->fault = "gave other bits";
    }
  }
  return NULL;
}

static void test_threads_execute_one_plan_at_once(void) {
  const call *const some[] = {&calls[9], &calls[16], &calls[18], &calls[13], &calls[1]};
  const kind *const types[] = {&kinds[FLOAT32], &kinds[UINT8], &kinds[FLOAT16], &kinds[FLOAT64], &kinds[INT64]};
  int32_t before = rsmp_get_num_threads();
  for (int number = 0; number < 5; number++) {
    const call *call = some[number];
    /* Large enough for the pool of threads to be used. */
    int64_t shape[MAX_RANK] = {2, 8, 40, 50, 6}, result[MAX_RANK] = {2, 8, 60, 70, 9};
    if (call->rank == 5) shape[2] = 6, shape[3] = 20, shape[4] = 30, result[2] = 9, result[3] = 31, result[4] = 41;
    rsmp_interpolate_options options = resize(call, result + 2);
    rsmp_plan *plan;
    if (!CHECK_OK(rsmp_plan_create(call->rank, shape, types[number]->dtype, &options, &plan, &failure))) continue;

    pthread_barrier_t start;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    CHECK_OK(rsmp_set_num_threads(1, &failure));
    for (int index = 0; index < THREADS; index++) {
      worker *worker = &workers[index];
      memset(worker, 0, sizeof *worker);
      worker->plan = plan;
      worker->start = &start;
      worker->number = index;
      worker->input = new_array(types[number], call->rank, shape, index % 2 == 0 ? CONTIGUOUS : CHANNELS_LAST);
      worker->expected = new_array(types[number], call->rank, result, CONTIGUOUS);
      worker->output = new_array(types[number], call->rank, result, CONTIGUOUS);
      fill(worker->input, (uint32_t)index);
      CHECK_OK(rsmp_plan_execute(plan, &worker->input->tensor, &worker->expected->tensor, &failure));
    }
    CHECK_OK(rsmp_set_num_threads(4, &failure));
    int started = 0;
    while (started < THREADS && pthread_create(&threads[started], NULL, execute_at_once, &workers[started]) == 0) started++;
    if (started < THREADS) {
      fprintf(stderr, "the test itself cannot start %d threads\n", THREADS);
      exit(2);
    }
    for (int index = 0; index < THREADS; index++) {
      pthread_join(threads[index], NULL);
      CHECK(workers[index].fault == NULL, "%s, %s: thread %d %s", call->name, types[number]->name, index,
            workers[index].fault);
      delete_array(workers[index].input);
      delete_array(workers[index].expected);
      delete_array(workers[index].output);
    }
    pthread_barrier_destroy(&start);
    rsmp_plan_destroy(plan);
  }
  rsmp_set_num_threads(before, NULL);
}

int main(void) {
  if (!can_run("test_plan")) return 0;
  test_the_taps_of_a_plan_are_what_it_does();
  test_an_axis_of_its_own_has_the_taps_of_the_plan();
  test_arrays_that_are_not_wanted();
  test_known_taps();
  test_a_larger_info_is_taken();
  test_regions_have_the_bits_of_the_whole();
  test_threads_execute_one_plan_at_once();
  rsmp_plan_destroy(NULL);
  rsmp_axis_destroy(NULL);
  return report("test_plan");
}
