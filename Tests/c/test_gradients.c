/*
 * The gradients of every operator: what the transposed operator gives, worked out in float64; and the same bits for every
 * memory format, number of threads and choice of gradients.
 */
#include "operators.h"

/* ---- Operations -------------------------------------------------------------------------------------------------- */

enum { INTERPOLATION, CONVOLUTION, SAMPLING, CARAFE };

/* What a call reads: the gradient of the output, then the operator's inputs. One that is not read is NULL. */
enum { GRADIENT, FIRST, SECOND, READ };
/* What it writes: the gradients of the inputs and, of conv_transpose, that of the bias. One that is not wanted is NULL. */
enum { OF_FIRST, OF_SECOND, OF_BIAS, WRITTEN };
enum { ALL_WANTED = (1 << WRITTEN) - 1 };

typedef struct {
  int operator;
  char name[200];                         /* for messages */
  rsmp_interpolate_options interpolation;
  rsmp_conv_transpose_options convolution;
  rsmp_grid_sample_options sampling;
  int64_t kernel_size, group_size, scale; /* of carafe */
  int ranks[WRITTEN];                     /* 0: there is no such gradient */
  int64_t shapes[WRITTEN][MAX_RANK];
} operation;

static const rsmp_tensor *tensor_of(const array *array) { return array == NULL ? NULL : &array->tensor; }

static rsmp_status run(const operation *operation, array *const *read, array *const *written) {
  const rsmp_tensor *gradient = tensor_of(read[GRADIENT]), *first = tensor_of(read[FIRST]);
  const rsmp_tensor *second = tensor_of(read[SECOND]), *of_first = tensor_of(written[OF_FIRST]);
  const rsmp_tensor *of_second = tensor_of(written[OF_SECOND]), *of_bias = tensor_of(written[OF_BIAS]);
  switch (operation->operator) {
    case INTERPOLATION: return rsmp_interpolate_backward(gradient, &operation->interpolation, of_first, &failure);
    case CONVOLUTION:
      return rsmp_conv_transpose_backward(gradient, first, second, &operation->convolution, of_first, of_second, of_bias,
                                          &failure);
    case SAMPLING:
      return rsmp_grid_sample_backward(gradient, first, second, &operation->sampling, of_first, of_second, &failure);
    default:
      return rsmp_carafe_backward(gradient, first, second, operation->kernel_size, operation->group_size,
                                  operation->scale, of_first, of_second, &failure);
  }
}

/* What the operator itself makes of an input, or of two. */
static rsmp_status run_forward(const operation *operation, const array *first, const array *second, const array *output) {
  const rsmp_tensor *from = &first->tensor, *other = tensor_of(second), *to = &output->tensor;
  switch (operation->operator) {
    case INTERPOLATION: return rsmp_interpolate(from, &operation->interpolation, to, &failure);
    case CONVOLUTION: return rsmp_conv_transpose(from, other, NULL, &operation->convolution, to, &failure);
    case SAMPLING: return rsmp_grid_sample(from, other, &operation->sampling, to, &failure);
    default:
      return rsmp_carafe(from, other, operation->kernel_size, operation->group_size, operation->scale, to, &failure);
  }
}

static void set_shape(operation *operation, int which, int rank, const int64_t *shape) {
  operation->ranks[which] = rank;
  memcpy(operation->shapes[which], shape, (size_t)rank * sizeof *shape);
}

/* Behind the memory formats: contiguous, in memory of the very size of the samples; valgrind sees what is outside. */
enum { TIGHT = MEMORY_FORMATS, FORMATS };

static array *make(const kind *kind, int rank, const int64_t *shape, int format) {
  array *array = new_array(kind, rank, shape, format == TIGHT ? CONTIGUOUS : format);
  if (format != TIGHT) return array;
  free(array->memory);
  array->size = (size_t)array->count * sample_size(kind);
  array->memory = allocate(array->size > 0 ? array->size : 1);
  memset(array->memory, BLANK, array->size);
  array->tensor.data = array->memory;
  return array;
}

static void make_gradients(const operation *operation, const kind *kind, int wanted, int format, int step,
                           array *gradients[WRITTEN]) {
  for (int which = 0; which < WRITTEN; which++) {
    bool is_wanted = operation->ranks[which] > 0 && (wanted >> which & 1);
    int own_format = format == TIGHT ? TIGHT : (format + step * (READ + which)) % MEMORY_FORMATS;
    gradients[which] =
        is_wanted ? make(kind, operation->ranks[which], operation->shapes[which], own_format) : NULL;
  }
}

static void delete_arrays(int count, array *const *arrays) {
  for (int which = 0; which < count; which++) {
    if (arrays[which] != NULL) delete_array(arrays[which]);
  }
}

static const char *const gradient_names[] = {"gradient of the first input", "gradient of the second input",
                                             "gradient of the bias"};

static void check_same_bits(const operation *operation, array *const *gradients, array *const *expected,
                            const char *what) {
  for (int which = 0; which < WRITTEN; which++) {
    const array *gradient = gradients[which];
    if (gradient == NULL) continue;
    int64_t place = first_difference(gradient, expected[which]), shown = place < 0 ? 0 : place;
    bool has_any = gradient->count > 0;
    CHECK(place < 0, "%s, %s, %s, %s: element %d is %.9g, not %.9g", operation->name, gradient->kind->name, what,
          gradient_names[which], (int)shown, has_any ? number(gradient, shown) : 0,
          has_any ? number(expected[which], shown) : 0);
    CHECK(is_blank_around_elements(gradient), "%s, %s, %s: wrote outside the %s", operation->name, gradient->kind->name,
          what, gradient_names[which]);
  }
}

/* All gradients of a call, for contiguous arrays and one thread; with nothing but zeros where it fails. */
static void plain_gradients(const operation *operation, array *const *read, array *gradients[WRITTEN]) {
  make_gradients(operation, read[GRADIENT]->kind, ALL_WANTED, CONTIGUOUS, 0, gradients);
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  bool is_done = check(run(operation, read, gradients) == RSMP_OK, __FILE__, __LINE__, operation->name, "%s",
                       failure.message);
  for (int which = 0; which < WRITTEN; which++) {
    if (gradients[which] == NULL) continue;
    if (!is_done) memset(gradients[which]->memory, 0, gradients[which]->size);
    else CHECK(is_blank_around_elements(gradients[which]), "%s: wrote outside the %s", operation->name,
               gradient_names[which]);
  }
}

/* ---- The same bits ----------------------------------------------------------------------------------------------- */

/* Each array in each memory format: all in the same one, and each in another; and all in tight memory. */
static void check_memory_formats(const operation *operation, array *const *read, array *const *expected) {
  const kind *kind = read[GRADIENT]->kind;
  for (int turn = 0; turn < 2 * FORMATS; turn++) {
    int format = turn % FORMATS, step = turn / FORMATS;
    if (format == TIGHT && step > 0) continue;
    array *copies[READ] = {NULL}, *gradients[WRITTEN];
    for (int which = 0; which < READ; which++) {
      if (read[which] == NULL) continue;
      int own_format = format == TIGHT ? TIGHT : (format + step * which) % MEMORY_FORMATS;
      copies[which] = make(kind, read[which]->tensor.ndim, read[which]->shape, own_format);
      copy_elements(read[which], copies[which]);
    }
    make_gradients(operation, kind, ALL_WANTED, format, step, gradients);
    const char *what = format == TIGHT ? "tight" : memory_formats[format];
    if (CHECK_OK(run(operation, copies, gradients))) check_same_bits(operation, gradients, expected, what);
    for (int which = 0; which < READ; which++) {
      if (copies[which] == NULL) continue;
      CHECK(first_difference(copies[which], read[which]) < 0 && is_blank_around_elements(copies[which]),
            "%s: what is read, %d, changed", operation->name, which);
    }
    delete_arrays(READ, copies);
    delete_arrays(WRITTEN, gradients);
  }
}

/* Whatever stands between the samples that are read, NaN for instance. */
static void check_gaps(const operation *operation, array *const *read, array *const *expected) {
  array *copies[READ] = {NULL}, *gradients[WRITTEN];
  for (int which = 0; which < READ; which++) {
    if (read[which] == NULL) continue;
    copies[which] = copy_of(read[which], SPACED);
    memset(copies[which]->memory, 0xff, copies[which]->size);
    copy_elements(read[which], copies[which]);
  }
  make_gradients(operation, read[GRADIENT]->kind, ALL_WANTED, CONTIGUOUS, 0, gradients);
  if (CHECK_OK(run(operation, copies, gradients))) check_same_bits(operation, gradients, expected, "NaN in gaps");
  delete_arrays(READ, copies);
  delete_arrays(WRITTEN, gradients);
}

/* What is read is one sample, row or plane all over. */
static void check_broadcasts(const operation *operation, array *const *read) {
  const kind *kind = read[GRADIENT]->kind;
  for (int which = 0; which < READ; which++) {
    if (read[which] == NULL) continue;
    for (int axis = 0; axis < read[which]->tensor.ndim; axis++) {
      array *broadcast = copy_of(read[which], REVERSED), *given[READ], *expected[WRITTEN], *gradients[WRITTEN];
      broadcast->strides[axis] = 0;
      copy_elements(read[which], broadcast);
      array *copy = copy_of(broadcast, CONTIGUOUS);
      memcpy(given, read, sizeof given);
      given[which] = copy;
      plain_gradients(operation, given, expected);
      given[which] = broadcast;
      make_gradients(operation, kind, ALL_WANTED, CONTIGUOUS, 0, gradients);
      if (CHECK_OK(run(operation, given, gradients))) check_same_bits(operation, gradients, expected, "broadcast");
      delete_array(broadcast);
      delete_array(copy);
      delete_arrays(WRITTEN, expected);
      delete_arrays(WRITTEN, gradients);
    }
  }
}

/* Each gradient alone, every two of them, and none. */
static void check_choices(const operation *operation, array *const *read, array *const *expected) {
  if (operation->ranks[OF_SECOND] == 0) return; /* interpolate has a single one */
  for (int wanted = 0; wanted < ALL_WANTED; wanted++) {
    array *gradients[WRITTEN];
    make_gradients(operation, read[GRADIENT]->kind, wanted, CONTIGUOUS, 0, gradients);
    char what[24];
    snprintf(what, sizeof what, "choice %d", wanted);
    if (CHECK_OK(run(operation, read, gradients))) check_same_bits(operation, gradients, expected, what);
    delete_arrays(WRITTEN, gradients);
  }
}

static void check_the_same_bits(const operation *operation, array *const *read, array *const *expected) {
  check_memory_formats(operation, read, expected);
  check_gaps(operation, read, expected);
  check_choices(operation, read, expected);
}

static void check_thread_counts(const operation *operation, array *const *read) {
  array *expected[WRITTEN];
  plain_gradients(operation, read, expected);
  for (int32_t threads = 2; threads <= 5; threads += 3) {
    array *gradients[WRITTEN];
    make_gradients(operation, read[GRADIENT]->kind, ALL_WANTED, CHANNELS_LAST, 0, gradients);
    CHECK_OK(rsmp_set_num_threads(threads, &failure));
    if (CHECK_OK(run(operation, read, gradients))) check_same_bits(operation, gradients, expected, "threads");
    delete_arrays(WRITTEN, gradients);
  }
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  delete_arrays(WRITTEN, expected);
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

/* The samples of a contiguous array. */
static double *numbers(const array *array) {
  double *numbers = allocate((size_t)(array->count + 1) * sizeof *numbers);
  const unsigned char *samples = element(array, 0);
  for (int64_t place = 0; place < array->count; place++) {
    numbers[place] = get(array->kind, samples + (size_t)place * sample_size(array->kind));
  }
  return numbers;
}

static double *zeros(int64_t count) {
  double *numbers = allocate((size_t)(count + 1) * sizeof *numbers);
  for (int64_t place = 0; place < count; place++) numbers[place] = 0;
  return numbers;
}

/* What is added up for the elements of an array, and the magnitudes of it: the measure of rounding errors. */
typedef struct {
  double *sum, *magnitude;
} sums;

static sums new_sums(int64_t count) { return (sums){zeros(count), zeros(count)}; }

static void delete_sums(sums sums) {
  free(sums.sum);
  free(sums.magnitude);
}

static void add(sums sums, int64_t place, double product) {
  sums.sum[place] += product;
  sums.magnitude[place] += fabs(product);
}

static void check_sums(const operation *operation, const array *gradient, sums expected, double tolerance,
                       const char *what) {
  double underflow = gradient->kind == &kinds[FLOAT16] ? 0x1p-25 : 0; /* of the smallest numbers, half a place */
  for (int64_t place = 0; place < gradient->count; place++) {
    double value = number(gradient, place), error = tolerance * expected.magnitude[place];
    if (error > 0) error += underflow;
    CHECK(fabs(value - expected.sum[place]) <= error, "%s, %s, %s: element %d is %.17g, not %.17g +- %.2g",
          operation->name, gradient->kind->name, what, (int)place, value, expected.sum[place], error);
  }
}

/* <a, b> */
static double product_of(const array *a, const array *b) {
  double sum = 0;
  for (int64_t place = 0; place < a->count; place++) sum += number(a, place) * number(b, place);
  return sum;
}

static double total(const double *numbers, int64_t count) {
  double sum = 0;
  for (int64_t place = 0; place < count; place++) sum += numbers[place];
  return sum;
}

/* <g, A x> = <A' g, x>, up to roundings of the sum of magnitudes. */
static void check_adjoint(const operation *operation, const kind *kind, double forward, double backward,
                          double magnitude, const char *what) {
  double tolerance = kind == &kinds[FLOAT64] ? 1e-12 : 2e-6;
  CHECK(fabs(forward - backward) <= tolerance * magnitude, "%s, %s, %s: %.17g forwards, %.17g backwards, of %.2g",
        operation->name, kind->name, what, forward, backward, magnitude);
}

/* The nearest number of a half type, ties to even. */
static double rounded(const kind *kind, double value) {
  if (value == 0 || !isfinite(value)) return value;
  int exponent, digits = kind == &kinds[FLOAT16] ? 11 : 8, lowest = kind == &kinds[FLOAT16] ? -13 : -125;
  frexp(value, &exponent);
  if (exponent < lowest) exponent = lowest;
  return ldexp(rint(ldexp(value, digits - exponent)), exponent - digits);
}

/* The gradients of half types are those of the same numbers in float32, rounded once. */
static void check_halves(const operation *operation, array *const *read, array *const *gradients) {
  const kind *kind = read[GRADIENT]->kind;
  array *widened[READ] = {NULL}, *expected[WRITTEN];
  if (kind->dtype.bits != 16) return;
  for (int which = 0; which < READ; which++) {
    if (read[which] == NULL) continue;
    widened[which] = new_array(&kinds[FLOAT32], read[which]->tensor.ndim, read[which]->shape, CONTIGUOUS);
    for (int64_t place = 0; place < read[which]->count; place++) {
      put(&kinds[FLOAT32], number(read[which], place), element(widened[which], place));
    }
  }
  plain_gradients(operation, widened, expected);
  for (int which = 0; which < WRITTEN; which++) {
    if (expected[which] == NULL) continue;
    for (int64_t place = 0; place < expected[which]->count; place++) {
      double value = number(gradients[which], place), exact = number(expected[which], place);
      CHECK(value == rounded(kind, exact), "%s, %s, %s: element %d is %.9g, not %.9g rounded once", operation->name,
            kind->name, gradient_names[which], (int)place, value, exact);
    }
  }
  delete_arrays(READ, widened);
  delete_arrays(WRITTEN, expected);
}

/* ---- Interpolate ------------------------------------------------------------------------------------------------- */

/* An input for each rank, and how it is resized: to a size, or by factors with and without recompute_scale_factor. */
typedef struct {
  const char *name;
  int64_t shapes[3][MAX_RANK];
  int64_t sizes[3][3]; /* 0: by the factors */
  double factors[3];
} resizing;

static const resizing resizings[] = {
    {"longer and shorter", {{2, 5, 17}, {2, 5, 7, 9}, {2, 5, 4, 5, 6}}, {{11}, {4, 23}, {7, 3, 9}}, {0}},
    {"wide", {{1, 3, 70}, {1, 3, 5, 67}, {1, 2, 2, 4, 37}}, {{33}, {7, 34}, {3, 2, 19}}, {0}},
    {"wider", {{1, 3, 33}, {1, 3, 6, 35}, {1, 2, 3, 3, 18}}, {{71}, {2, 66}, {2, 5, 37}}, {0}},
    {"from one", {{2, 3, 1}, {2, 3, 1, 1}, {1, 2, 1, 1, 1}}, {{40}, {3, 21}, {2, 3, 20}}, {0}},
    {"to one", {{2, 3, 40}, {2, 3, 3, 21}, {1, 2, 2, 3, 20}}, {{1}, {1, 1}, {1, 1, 1}}, {0}},
    {"the same", {{2, 3, 19}, {2, 3, 5, 20}, {1, 2, 3, 4, 5}}, {{19}, {5, 20}, {3, 4, 5}}, {0}},
    {"long windows", {{1, 2, 2}, {1, 2, 2, 3}, {1, 1, 2, 2, 2}}, {{900}, {40, 150}, {3, 20, 60}}, {0}},
    {"any factors", {{2, 3, 17}, {2, 3, 7, 19}, {1, 2, 5, 7, 6}}, {{0}}, {2.6, 1.3, 0.7}},
    {"factors that keep the lengths", {{2, 3, 17}, {2, 3, 7, 19}, {1, 2, 5, 7, 6}}, {{0}}, {1.05, 1.05, 1.05}},
    {"factor 1", {{2, 3, 17}, {2, 3, 7, 19}, {1, 2, 5, 7, 6}}, {{0}}, {1, 1, 1}},
    {"a little more than twice", {{2, 3, 70}, {2, 3, 7, 66}, {1, 2, 3, 4, 18}}, {{0}}, {2.005, 2.005, 2.005}},
    {"twice", {{2, 3, 35}, {2, 3, 6, 17}, {1, 2, 3, 4, 9}}, {{0}}, {2, 2, 2}},
    {"three times", {{2, 3, 17}, {2, 3, 4, 18}, {1, 2, 2, 3, 7}}, {{0}}, {3, 3, 3}},
    {"half", {{2, 3, 70}, {2, 3, 8, 67}, {1, 2, 4, 6, 34}}, {{0}}, {0.5, 0.5, 0.5}},
    {"a third", {{2, 3, 70}, {2, 3, 8, 65}, {1, 2, 4, 6, 34}}, {{0}}, {0.34, 0.34, 0.34}},
};
enum { RESIZINGS = sizeof resizings / sizeof resizings[0] };

static operation interpolation(const call *call, const resizing *resizing, bool recomputes, int64_t result[MAX_RANK]) {
  operation operation = {.operator = INTERPOLATION};
  const int64_t *shape = resizing->shapes[call->rank - 3], *size = resizing->sizes[call->rank - 3];
  operation.interpolation = options_of(call);
  if (size[0] > 0) {
    operation.interpolation = resize(call, size);
  } else {
    operation.interpolation.scale_factor_count = call->rank - 2;
    memcpy(operation.interpolation.scale_factor, resizing->factors, sizeof resizing->factors);
    operation.interpolation.recompute_scale_factor = recomputes;
  }
  snprintf(operation.name, sizeof operation.name, "%s, %s%s", call->name, resizing->name,
           recomputes ? ", recompute_scale_factor" : "");
  set_shape(&operation, OF_FIRST, call->rank, shape);
  CHECK_OK(rsmp_interpolate_shape(call->rank, shape, kinds[FLOAT32].dtype, &operation.interpolation, result, &failure));
  return operation;
}

static int64_t spatial_count(int rank, const int64_t *shape) {
  int64_t count = 1;
  for (int axis = 2; axis < rank; axis++) count *= shape[axis];
  return count;
}

/* Image or channel `number` is 1 at sample `number`, and 0 elsewhere. */
static array *identity(const kind *kind, int rank, const int64_t *shape) {
  array *identity = new_array(kind, rank, shape, CONTIGUOUS);
  int64_t samples = spatial_count(rank, shape);
  memset(identity->tensor.data, 0, (size_t)identity->count * sample_size(kind));
  for (int64_t place = 0; place < identity->count; place += samples) {
    put(kind, 1, element(identity, place + place / samples % samples));
  }
  return identity;
}

/* What interpolate does: the weight of input sample i in output sample o is element i * outputs + o. */
static double *matrix_of(const operation *operation, const kind *kind, int rank, const int64_t *result) {
  int64_t from[MAX_RANK], to[MAX_RANK];
  memcpy(from, operation->shapes[OF_FIRST], sizeof from);
  memcpy(to, result, sizeof to);
  from[0] = to[0] = spatial_count(rank, from);
  from[1] = to[1] = 1;
  array *input = identity(kind, rank, from), *output = new_array(kind, rank, to, CONTIGUOUS);
  CHECK_OK(run_forward(operation, input, NULL, output));
  double *matrix = numbers(output);
  delete_array(input);
  delete_array(output);
  return matrix;
}

/* The weights of a half type are rounded in the forward direction alone: docs/exactness.md#gradients. */
static const kind *kind_of_weights(const kind *kind) { return kind->dtype.bits == 16 ? &kinds[FLOAT32] : kind; }

/* Rounding one product of weights (the matrix), or several in turn, and the sum. */
static double matrix_tolerance(const kind *kind) {
  return kind->dtype.bits == 16 ? 2e-6 + sum_tolerance(kind) : 2e-6;
}

static void check_transposed(const operation *operation, const kind *kind, int rank, const int64_t *result,
                             array *const *read, array *const *gradients) {
  double *matrix = matrix_of(operation, kind_of_weights(kind), rank, result), *gradient = numbers(read[GRADIENT]);
  int64_t planes = result[0] * result[1], outputs = spatial_count(rank, result);
  int64_t inputs = spatial_count(rank, operation->shapes[OF_FIRST]);
  sums expected = new_sums(planes * inputs);
  for (int64_t plane = 0; plane < planes; plane++) {
    for (int64_t input = 0; input < inputs; input++) {
      for (int64_t output = 0; output < outputs; output++) {
        double weight = matrix[input * outputs + output];
        double value = gradient[plane * outputs + output];
        if (weight == 0) continue;
        add(expected, plane * inputs + input, weight * value);
      }
    }
  }
  double tolerance = kind == &kinds[FLOAT64] ? 1e-13 : matrix_tolerance(kind);
  check_sums(operation, gradients[OF_FIRST], expected, tolerance, "transposed");

  if (kind->dtype.bits > 16) {
    array *input = random_array(kind, rank, operation->shapes[OF_FIRST], 31);
    array *output = new_array(kind, rank, result, CONTIGUOUS);
    CHECK_OK(run_forward(operation, input, NULL, output));
    double magnitude = 0;
    for (int64_t place = 0; place < input->count; place++) {
      magnitude += expected.magnitude[place] * fabs(number(input, place));
    }
    check_adjoint(operation, kind, product_of(read[GRADIENT], output), product_of(gradients[OF_FIRST], input), magnitude,
                  "adjoint");
    delete_array(input);
    delete_array(output);
  }
  delete_sums(expected);
  free(matrix);
  free(gradient);
}

/* The weights of an axis of a plan, each where it belongs: output by output, a row of the input each. */
static double *dense_taps(const operation *operation, const rsmp_plan *plan, int axis, bool is_backward,
                          rsmp_axis_info *info) {
  const rsmp_axis *taps;
  *info = (rsmp_axis_info){.struct_size = sizeof *info};
  if (!CHECK_OK(rsmp_plan_axis(plan, axis, &taps, &failure))) return zeros(0);
  if (!CHECK_OK(rsmp_axis_describe(taps, info, &failure))) return zeros(0);
  size_t entries = (size_t)(info->output_length * info->tap_count);
  double *weights = allocate(entries * sizeof *weights), *coordinates = zeros(info->output_length);
  int64_t *indices = allocate(entries * sizeof *indices);
  double *dense = zeros(info->output_length * info->input_length);
  CHECK_OK(rsmp_axis_taps(taps, coordinates, indices, weights, &failure));
  for (int64_t output = 0; output < info->output_length; output++) {
    CHECK(!!isnan(coordinates[output]) == is_backward, "%s: coordinate %g", operation->name, coordinates[output]);
    for (int64_t tap = output * info->tap_count; tap < (output + 1) * info->tap_count; tap++) {
      if (!CHECK(indices[tap] >= 0 && indices[tap] < info->input_length, "%s: reads sample %lld", operation->name,
                 (long long)indices[tap])) {
        continue;
      }
      dense[output * info->input_length + indices[tap]] += weights[tap];
    }
  }
  free(weights);
  free(coordinates);
  free(indices);
  return dense;
}

/* The plan of the backward gives the same bits, and its taps are those of the forward's, the other way round. */
static void check_plan(const operation *operation, const kind *kind, int rank, const int64_t *result,
                       array *const *read, array *const *expected) {
  rsmp_interpolate_options options = operation->interpolation;
  const int64_t *shape = operation->shapes[OF_FIRST];
  rsmp_plan *plan, *forward;
  if (!CHECK_OK(rsmp_plan_create_backward(rank, shape, kind->dtype, &options, &plan, &failure))) return;
  if (CHECK_OK(rsmp_plan_create(rank, shape, kind_of_weights(kind)->dtype, &options, &forward, &failure))) {
    for (int axis = 0; axis < rank - 2; axis++) {
      rsmp_axis_info forwards, backwards;
      double *weights = dense_taps(operation, forward, axis, false, &forwards);
      double *transposed = dense_taps(operation, plan, axis, true, &backwards);
      if (CHECK(forwards.input_length == shape[axis + 2] && forwards.output_length == result[axis + 2] &&
                    backwards.input_length == result[axis + 2] && backwards.output_length == shape[axis + 2],
                "%s, axis %d: lengths", operation->name, axis)) {
        /* Means of long windows have weights in float64, and spreading what comes of them has none to add up. */
        int64_t wrong = -1, place = 0;
        for (int64_t input = 0; input < shape[axis + 2]; input++) {
          for (int64_t output = 0; output < result[axis + 2]; output++, place++) {
            double weight = weights[output * shape[axis + 2] + input];
            if (transposed[place] != weight && transposed[place] != (float)weight && wrong < 0) wrong = place;
          }
        }
        CHECK(wrong < 0, "%s, %s, axis %d, input %d, output %d: weight %.17g", operation->name, kind->name, axis,
              (int)(wrong / result[axis + 2]), (int)(wrong % result[axis + 2]), wrong < 0 ? 0 : transposed[wrong]);
      }
      free(weights);
      free(transposed);
    }
    rsmp_plan_destroy(forward);
  }
  int64_t written[MAX_RANK + 1];
  memset(written, BLANK, sizeof written);
  CHECK_OK(rsmp_plan_output_shape(plan, written, &failure));
  CHECK(memcmp(written, shape, (size_t)rank * sizeof *shape) == 0, "%s: another shape", operation->name);
  const unsigned char *behind = (const unsigned char *)&written[rank];
  CHECK(*behind == BLANK, "%s: wrote behind the shape", operation->name);

  memset(&options, 0xff, sizeof options); /* the plan keeps nothing of the caller's */
  for (int turn = 0; turn < 2; turn++) {
    array *gradients[WRITTEN];
    make_gradients(operation, kind, ALL_WANTED, turn == 0 ? SPACED : REVERSED, 0, gradients);
    if (CHECK_OK(rsmp_plan_execute(plan, tensor_of(read[GRADIENT]), tensor_of(gradients[OF_FIRST]), &failure))) {
      check_same_bits(operation, gradients, expected, "plan");
    }
    delete_arrays(WRITTEN, gradients);
  }
  rsmp_plan_destroy(plan);
}

static const int float_kinds[] = {FLOAT32, FLOAT64, FLOAT16, BFLOAT16};

static void test_interpolate(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (int row = 0; row < RESIZINGS; row++) {
      for (int recomputes = 0; recomputes <= (resizings[row].factors[0] > 0); recomputes++) {
        int64_t result[MAX_RANK];
        operation operation = interpolation(call, &resizings[row], recomputes, result);
        for (int type = 0; type < 4; type++) {
          if (is_left_out()) continue;
          const kind *kind = &kinds[float_kinds[type]];
          array *read[READ] = {random_array(kind, call->rank, result, 32)}, *gradients[WRITTEN];
          plain_gradients(&operation, read, gradients);
          check_transposed(&operation, kind, call->rank, result, read, gradients);
          check_plan(&operation, kind, call->rank, result, read, gradients);
          check_halves(&operation, read, gradients);
          /* The first in every way, and the others now and then. */
          if (row == 0 || ((call - calls) + row + type) % 12 == 0) check_the_same_bits(&operation, read, gradients);
          if (type == 0 && row == 0) check_broadcasts(&operation, read);
          delete_arrays(READ, read);
          delete_arrays(WRITTEN, gradients);
        }
      }
    }
  }
}

/* What no output reads has a gradient of 0, whatever the gradient of the output is. */
static void test_samples_that_no_output_reads(void) {
  static const double factors[] = {0.25, 1.0 / 8, 1.0 / 6, 0.3};
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (int row = 0; row < 4; row++) {
      resizing resizing = {"", {{1, 2, 150}, {1, 2, 9, 50}, {1, 1, 9, 9, 10}}, {{0}}, {0}};
      for (int axis = 0; axis < 3; axis++) resizing.factors[axis] = factors[row];
      int64_t result[MAX_RANK], samples = spatial_count(call->rank, resizing.shapes[call->rank - 3]), unread = 0;
      operation operation = interpolation(call, &resizing, false, result);
      int64_t outputs = spatial_count(call->rank, result);
      double *matrix = matrix_of(&operation, &kinds[FLOAT64], call->rank, result);
      bool *is_read = allocate((size_t)samples * sizeof *is_read);
      for (int64_t sample = 0; sample < samples; sample++) {
        is_read[sample] = false;
        for (int64_t output = 0; output < outputs; output++) {
          if (matrix[sample * outputs + output] != 0) is_read[sample] = true;
        }
        if (!is_read[sample]) unread++;
      }
      bool leaves_some = !call->antialias && call->mode != RSMP_MODE_AREA &&
                         !(call->mode == RSMP_MODE_BICUBIC && factors[row] >= 0.25);
      CHECK(!leaves_some || unread > 0, "%s: every sample is read", operation.name);
      for (int type = 0; type < 4; type++) {
        if (is_left_out()) continue;
        const kind *kind = &kinds[float_kinds[type]];
        for (int turn = 0; turn < 3; turn++) {
          double value = turn == 0 ? NAN : turn == 1 ? INFINITY : -INFINITY;
          array *read[READ] = {new_array(kind, call->rank, result, CONTIGUOUS)}, *gradients[WRITTEN];
          for (int64_t place = 0; place < read[GRADIENT]->count; place++) put(kind, value, element(read[GRADIENT], place));
          plain_gradients(&operation, read, gradients);
          for (int64_t place = 0; place < gradients[OF_FIRST]->count; place++) {
            double gradient = number(gradients[OF_FIRST], place);
            /* A weight may be too small for a half type. */
            if (is_read[place % samples] && kind->dtype.bits == 16) continue;
            CHECK(is_read[place % samples] ? !isfinite(gradient) : gradient == 0, "%s, %s, %g: sample %d is %g",
                  operation.name, kind->name, value, (int)place, gradient);
          }
          delete_arrays(READ, read);
          delete_arrays(WRITTEN, gradients);
        }
      }
      free(matrix);
      free(is_read);
    }
  }
}

/* ---- Transposed convolution -------------------------------------------------------------------------------------- */

/* `volume` has depth, height and width. */
static void check_convolution_sums(const operation *operation, const convolution *volume, array *const *read,
                                   array *const *gradients) {
  const kind *kind = read[GRADIENT]->kind;
  double *gradient = numbers(read[GRADIENT]), *input = numbers(read[FIRST]), *weight = numbers(read[SECOND]);
  sums of_input = new_sums(read[FIRST]->count), of_weight = new_sums(read[SECOND]->count);
  sums of_bias = new_sums(gradients[OF_BIAS]->count);
  double magnitude = 0;
  int64_t lengths[3], outputs = volume->groups * volume->outputs, per_group = volume->channels / volume->groups;
  spatial_lengths(read[GRADIENT], lengths);
  int64_t kernel = volume->kernel[0] * volume->kernel[1] * volume->kernel[2];
  for (int64_t place = 0; place < read[GRADIENT]->count; place++) {
    int64_t x = place % lengths[2], y = place / lengths[2] % lengths[1], z = place / lengths[2] / lengths[1] % lengths[0];
    int64_t plane = place / lengths[2] / lengths[1] / lengths[0], output = plane % outputs, image = plane / outputs;
    add(of_bias, output, gradient[place]);
    for (int64_t k = 0; k < kernel; k++) {
      int64_t from_z = convolution_source(volume, 0, z, k / volume->kernel[2] / volume->kernel[1]);
      int64_t from_y = convolution_source(volume, 1, y, k / volume->kernel[2] % volume->kernel[1]);
      int64_t from_x = convolution_source(volume, 2, x, k % volume->kernel[2]);
      if (from_z < 0 || from_y < 0 || from_x < 0) continue;
      int64_t group = output / volume->outputs;
      for (int64_t channel = group * per_group; channel < (group + 1) * per_group; channel++) {
        int64_t sample = (image * volume->channels + channel) * volume->lengths[0] + from_z;
        sample = (sample * volume->lengths[1] + from_y) * volume->lengths[2] + from_x;
        int64_t factor = (channel * volume->outputs + output % volume->outputs) * kernel + k;
        add(of_input, sample, gradient[place] * weight[factor]);
        add(of_weight, factor, gradient[place] * input[sample]);
        magnitude += fabs(gradient[place] * weight[factor] * input[sample]);
      }
    }
  }
  check_sums(operation, gradients[OF_FIRST], of_input, sum_tolerance(kind), "grad_input");
  check_sums(operation, gradients[OF_SECOND], of_weight, sum_tolerance(kind), "grad_weight");
  check_sums(operation, gradients[OF_BIAS], of_bias, sum_tolerance(kind), "grad_bias");

  if (kind->dtype.bits > 16) {
    array *output = new_array(kind, read[GRADIENT]->tensor.ndim, read[GRADIENT]->shape, CONTIGUOUS);
    CHECK_OK(run_forward(operation, read[FIRST], read[SECOND], output));
    double forward = product_of(read[GRADIENT], output);
    check_adjoint(operation, kind, forward, product_of(gradients[OF_FIRST], read[FIRST]), magnitude, "input");
    check_adjoint(operation, kind, forward, product_of(gradients[OF_SECOND], read[SECOND]), magnitude, "weight");
    check_adjoint(operation, kind, total(gradient, read[GRADIENT]->count), total(of_bias.sum, gradients[OF_BIAS]->count),
                  total(of_bias.magnitude, gradients[OF_BIAS]->count), "bias");
    delete_array(output);
  }
  free(gradient);
  free(input);
  free(weight);
  delete_sums(of_input);
  delete_sums(of_weight);
  delete_sums(of_bias);
}

static void check_convolution(const convolution *call, const kind *kind, uint32_t seed, bool in_every_way) {
  operation operation = {.operator = CONVOLUTION, .convolution = convolution_options(call, seed % 2 == 0)};
  name_convolution(call, operation.name, sizeof operation.name);
  int64_t from[MAX_RANK] = {call->images, call->channels}, weights[MAX_RANK] = {call->channels, call->outputs};
  int64_t to[MAX_RANK] = {call->images, call->groups * call->outputs};
  memcpy(from + 2, call->lengths, sizeof call->lengths);
  memcpy(weights + 2, call->kernel, sizeof call->kernel);
  convolution_lengths(call, to + 2);
  set_shape(&operation, OF_FIRST, call->rank, from);
  set_shape(&operation, OF_SECOND, call->rank, weights);
  set_shape(&operation, OF_BIAS, 1, to + 1);
  array *read[READ] = {random_array(kind, call->rank, to, seed), random_array(kind, call->rank, from, seed + 1),
                       random_array(kind, call->rank, weights, seed + 2)};
  array *gradients[WRITTEN];
  plain_gradients(&operation, read, gradients);
  convolution volume = as_volume(call);
  check_convolution_sums(&operation, &volume, read, gradients);
  check_halves(&operation, read, gradients);
  if (in_every_way) {
    check_the_same_bits(&operation, read, gradients);
    if (kind == &kinds[FLOAT32]) check_broadcasts(&operation, read);
  }
  delete_arrays(READ, read);
  delete_arrays(WRITTEN, gradients);
}

/* Others that go about it in other ways: many channels, depthwise, long rows, kernels of one sample. */
static const convolution more_convolutions[] = {
    {4, 2, 19, {5, 37}, 1, {3, 3}, 19, {1, 1}, {1, 1}, {0, 0}, {1, 1}, true},
    {4, 3, 33, {4, 5}, 18, {1, 1}, 1, {1, 1}, {0, 0}, {0, 0}, {1, 1}, true},
    {4, 1, 34, {3, 4}, 35, {4, 4}, 2, {2, 2}, {1, 1}, {1, 0}, {1, 1}, true},
    {3, 2, 5, {70}, 6, {9}, 1, {4}, {3}, {3}, {2}, true},
    {3, 1, 64, {18}, 2, {2}, 32, {2}, {0}, {0}, {1}, true},
    {5, 1, 6, {2, 3, 20}, 5, {1, 3, 3}, 1, {1, 2, 2}, {0, 1, 1}, {0, 1, 1}, {1, 1, 1}, true},
};

static void test_conv_transpose(void) {
  for (int type = 0; type < 4; type++) {
    const kind *kind = &kinds[float_kinds[type]];
    for (int row = 0; row < CONVOLUTIONS; row++) {
      if (!is_left_out()) check_convolution(&convolutions[row], kind, (uint32_t)(row + type), true);
    }
    for (int row = 0; row < 6; row++) {
      if (!is_left_out()) check_convolution(&more_convolutions[row], kind, (uint32_t)(row + type), true);
    }
  }
  uint32_t state = 33;
  for (int turn = 0; turn < 200; turn++) {
    if (is_left_out()) continue;
    convolution call = random_convolution(&state);
    check_convolution(&call, &kinds[float_kinds[turn % 4]], (uint32_t)turn, false);
  }
}

/* ---- Grid sampling ----------------------------------------------------------------------------------------------- */

static operation sampling_operation(int32_t mode, int32_t padding_mode, int32_t align_corners, int row) {
  operation operation = {.operator = SAMPLING};
  operation.sampling = (rsmp_grid_sample_options){sizeof(rsmp_grid_sample_options), mode, padding_mode, align_corners};
  snprintf(operation.name, sizeof operation.name, "grid_sample %d, %s, %s%s", row, sample_modes[mode],
           padding_modes[padding_mode], align_corners ? ", align_corners" : "");
  return operation;
}

/*
 * Points whose positions are no nearer than 0.05 to a multiple of one half, where formulas change: half of them about the
 * input, the others far around it. They are numbers that float32 has.
 */
static array *smooth_grid(const kind *kind, const operation *operation, int rank, const int64_t *shape,
                          const int64_t *input_shape) {
  array *grid = new_array(kind, rank, shape, CONTIGUOUS);
  int dimensions = rank - 2;
  uint32_t state = 34;
  for (int64_t place = 0; place < grid->count; place++) {
    int64_t length = input_shape[rank - 1 - place % dimensions]; /* x is the first coordinate, and the last axis */
    bool is_near = place / dimensions % 2 == 0;
    int64_t lowest = is_near ? -3 : -4 * length, highest = is_near ? 2 * length + 1 : 6 * length;
    double half = (double)(lowest + next(&state) % (highest - lowest)) + 0.1 + 0.8 * (next(&state) * 0x1p-24);
    double position = half / 2, value = (2 * position + 1) / (double)length - 1;
    if (operation->sampling.align_corners) value = length > 1 ? 2 * position / (double)(length - 1) - 1 : position;
    put(kind, (float)value, element(grid, place));
  }
  return grid;
}

/* grid_sample is linear in its input: what it makes of a channel for each sample says how. */
static void check_sampling_sums(const operation *operation, array *const *read, array *const *gradients) {
  const kind *kind = read[GRADIENT]->kind;
  const array *input = read[FIRST];
  int rank = input->tensor.ndim;
  int64_t samples = spatial_count(rank, input->shape), points = spatial_count(rank, read[GRADIENT]->shape);
  int64_t channels = input->shape[1], from[MAX_RANK], to[MAX_RANK];
  memcpy(from, input->shape, sizeof from);
  memcpy(to, read[GRADIENT]->shape, sizeof to);
  from[1] = to[1] = samples;
  array *every_sample = identity(kind, rank, from), *weights = new_array(kind, rank, to, CONTIGUOUS);
  CHECK_OK(run_forward(operation, every_sample, read[SECOND], weights));
  double *matrix = numbers(weights), *gradient = numbers(read[GRADIENT]), magnitude = 0;
  sums expected = new_sums(input->count);
  for (int64_t place = 0; place < input->count; place++) {
    int64_t sample = place % samples, plane = place / samples, image = plane / channels;
    for (int64_t point = 0; point < points; point++) {
      double weight = matrix[(image * samples + sample) * points + point];
      if (weight != 0) add(expected, place, weight * gradient[plane * points + point]);
    }
    magnitude += expected.magnitude[place] * fabs(number(input, place));
  }
  /* Weights that are rounded to a half type are those of the matrix alone. */
  double tolerance = kind->dtype.bits == 16 ? 2.01 * sum_tolerance(kind) : sum_tolerance(kind);
  check_sums(operation, gradients[OF_FIRST], expected, tolerance, "grad_input");
  if (kind->dtype.bits > 16) {
    array *output = new_array(kind, rank, read[GRADIENT]->shape, CONTIGUOUS);
    CHECK_OK(run_forward(operation, input, read[SECOND], output));
    check_adjoint(operation, kind, product_of(read[GRADIENT], output), product_of(gradients[OF_FIRST], input), magnitude,
                  "input");
    delete_array(output);
  }
  delete_array(every_sample);
  delete_array(weights);
  free(matrix);
  free(gradient);
  delete_sums(expected);
}

/*
 * The gradient of the grid, by the difference of what grid_sample makes of points a little to each side in float64. `read`
 * is in float64; `gradients` may be those of the same numbers in float32.
 */
static void check_sampling_slopes(const operation *operation, array *const *read, array *const *gradients) {
  const kind *kind = gradients[OF_SECOND]->kind;
  const array *input = read[FIRST], *grid = read[SECOND], *gradient = read[GRADIENT];
  int rank = input->tensor.ndim, dimensions = rank - 2;
  int64_t points = spatial_count(rank, gradient->shape), channels = input->shape[1];
  double largest = 0;
  for (int64_t place = 0; place < input->count; place++) largest = fmax(largest, fabs(number(input, place)));
  for (int dimension = 0; dimension < dimensions; dimension++) {
    int64_t length = input->shape[rank - 1 - dimension];
    double step = 1e-4 / (double)length;
    array *sides[2];
    for (int side = 0; side < 2; side++) {
      array *moved = copy_of(grid, CONTIGUOUS);
      for (int64_t place = dimension; place < moved->count; place += dimensions) {
        put(grid->kind, number(grid, place) + (side == 0 ? -step : step), element(moved, place));
      }
      sides[side] = new_array(grid->kind, rank, gradient->shape, CONTIGUOUS);
      CHECK_OK(run_forward(operation, input, moved, sides[side]));
      delete_array(moved);
    }
    for (int64_t point = 0; point < points * input->shape[0]; point++) {
      double sum = 0, magnitude = 0, distance = 0;
      for (int64_t channel = 0; channel < channels; channel++) {
        int64_t place = (point / points * channels + channel) * points + point % points;
        double slope = (number(sides[1], place) - number(sides[0], place)) / (2 * step);
        sum += slope * number(gradient, place);
        magnitude += fabs(number(gradient, place)) * largest * (double)length;
      }
      for (int other = 0; other < dimensions; other++) {
        distance = fmax(distance, fabs(number(grid, point * dimensions + other)));
      }
      /* A float32 position is off by a rounding of its own size, and with it, of a cubic, the slope. */
      double error = kind == &kinds[FLOAT64] ? 1e-7 : 2e-6 * (double)(length + 2) * (1 + distance);
      double value = number(gradients[OF_SECOND], point * dimensions + dimension);
      bool is_flat = operation->sampling.mode == RSMP_SAMPLE_NEAREST;
      CHECK(is_flat ? value == 0 : fabs(value - sum) <= error * magnitude,
            "%s, %s: the gradient of point %d along %d is %.9g, not %.9g +- %.2g", operation->name, kind->name,
            (int)point, dimension, value, sum, error * magnitude);
    }
    delete_array(sides[0]);
    delete_array(sides[1]);
  }
}

static void test_grid_sample(void) {
  for (int row = 0; row < SAMPLINGS; row++) {
    int rank = samplings[row].rank;
    const int64_t *from = samplings[row].input;
    int64_t points[MAX_RANK] = {from[0]}, to[MAX_RANK] = {from[0], from[1]};
    memcpy(points + 1, samplings[row].output, sizeof samplings[row].output);
    memcpy(to + 2, samplings[row].output, sizeof samplings[row].output);
    points[rank - 1] = rank - 2;
    for (int option = 0; option < 18; option++) {
      operation operation = sampling_operation(option % 3, option / 3 % 3, option / 9, row);
      set_shape(&operation, OF_FIRST, rank, from);
      set_shape(&operation, OF_SECOND, rank, points);
      for (int type = 0; type < 4; type++) {
        if (is_left_out()) continue;
        const kind *kind = &kinds[float_kinds[type]];
        array *read[READ] = {random_array(kind, rank, to, 35), random_array(kind, rank, from, 36),
                             random_grid(kind, rank, points, 37)};
        array *gradients[WRITTEN];
        plain_gradients(&operation, read, gradients);
        check_sampling_sums(&operation, read, gradients);
        check_halves(&operation, read, gradients);
        if (type == 0 || (option + row) % 4 == 0) check_the_same_bits(&operation, read, gradients);
        if (type == 0 && option % 5 == 0 && (row == 0 || row == 4)) check_broadcasts(&operation, read);
        delete_arrays(READ, read);
        delete_arrays(WRITTEN, gradients);
      }

      /* The same numbers in float64 and in float32. */
      array *exact[READ] = {new_array(&kinds[FLOAT64], rank, to, CONTIGUOUS),
                            new_array(&kinds[FLOAT64], rank, from, CONTIGUOUS),
                            smooth_grid(&kinds[FLOAT64], &operation, rank, points, from)};
      fill(exact[GRADIENT], 38);
      fill(exact[FIRST], 39);
      array *read[READ], *gradients[WRITTEN];
      for (int which = 0; which < READ; which++) {
        read[which] = new_array(&kinds[FLOAT32], rank, exact[which]->shape, CONTIGUOUS);
        for (int64_t place = 0; place < read[which]->count; place++) {
          put(&kinds[FLOAT32], number(exact[which], place), element(read[which], place));
        }
      }
      plain_gradients(&operation, exact, gradients);
      check_sampling_sums(&operation, exact, gradients);
      check_sampling_slopes(&operation, exact, gradients);
      delete_arrays(WRITTEN, gradients);
      plain_gradients(&operation, read, gradients);
      check_sampling_slopes(&operation, exact, gradients);
      delete_arrays(READ, exact);
      delete_arrays(READ, read);
      delete_arrays(WRITTEN, gradients);
    }
  }
}

/* Where border or reflection bounds a coordinate, moving it changes nothing. */
static void test_bounded_coordinates_have_no_gradient(void) {
  for (int type = 0; type < 4; type++) {
    const kind *kind = &kinds[float_kinds[type]];
    for (int32_t align_corners = 0; align_corners <= 1; align_corners++) {
      /* Below, beyond and, with align_corners, at the centres of the last samples; the second coordinate is inside. */
      static const double outside[] = {-1.5, 1.5, -8, 8, -100, 100, -1, 1};
      operation operation = sampling_operation(RSMP_SAMPLE_BILINEAR, RSMP_PADDING_BORDER, align_corners, -1);
      int64_t from[] = {1, 3, 4, 5}, points[] = {1, 2, 8, 2}, to[] = {1, 3, 2, 8};
      set_shape(&operation, OF_FIRST, 4, from);
      set_shape(&operation, OF_SECOND, 4, points);
      array *read[READ] = {random_array(kind, 4, to, 40), random_array(kind, 4, from, 41),
                           new_array(kind, 4, points, CONTIGUOUS)};
      array *gradients[WRITTEN];
      for (int64_t point = 0; point < 16; point++) {
        int64_t bounded = 2 * point + point / 8;
        put(kind, outside[point % 8], element(read[SECOND], bounded));
        put(kind, 0.125, element(read[SECOND], bounded ^ 1));
      }
      plain_gradients(&operation, read, gradients);
      for (int64_t point = 0; point < 16; point++) {
        int64_t bounded = 2 * point + point / 8;
        double value = number(gradients[OF_SECOND], bounded), other = number(gradients[OF_SECOND], bounded ^ 1);
        CHECK(value == 0, "%s, %s: %g at %g", operation.name, kind->name, value, outside[point % 8]);
        CHECK(other != 0, "%s, %s: 0 beside %g", operation.name, kind->name, outside[point % 8]);
      }
      delete_arrays(READ, read);
      delete_arrays(WRITTEN, gradients);
    }
  }
}

/* ---- CARAFE ------------------------------------------------------------------------------------------------------ */

static operation carafe_operation(int64_t kernel_size, int64_t group_size, int64_t scale, const int64_t *features,
                                  const int64_t *masks) {
  operation operation = {.operator = CARAFE, .kernel_size = kernel_size, .group_size = group_size, .scale = scale};
  snprintf(operation.name, sizeof operation.name, "carafe, kernel_size %d, group_size %d, scale_factor %d",
           (int)kernel_size, (int)group_size, (int)scale);
  set_shape(&operation, OF_FIRST, 4, features);
  set_shape(&operation, OF_SECOND, 4, masks);
  return operation;
}

static void check_reassembly_sums(const operation *operation, array *const *read, array *const *gradients) {
  const kind *kind = read[GRADIENT]->kind;
  const int64_t *shape = read[FIRST]->shape;
  int64_t channels = shape[1], rows = shape[2], columns = shape[3];
  int64_t k = operation->kernel_size, s = operation->scale, groups = operation->group_size;
  double *gradient = numbers(read[GRADIENT]), *features = numbers(read[FIRST]), *masks = numbers(read[SECOND]);
  sums of_features = new_sums(read[FIRST]->count), of_masks = new_sums(read[SECOND]->count);
  double magnitude = 0;
  for (int64_t place = 0; place < read[GRADIENT]->count; place++) {
    int64_t x = place % (columns * s), y = place / (columns * s) % (rows * s);
    int64_t plane = place / (columns * s) / (rows * s), group = plane % channels / (channels / groups);
    for (int64_t i = 0; i < k; i++) {
      for (int64_t j = 0; j < k; j++) {
        int64_t row = y / s + i - k / 2, column = x / s + j - k / 2;
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        int64_t mask = (plane / channels * groups * k * k + (group * k + i) * k + j) * rows * s + y;
        int64_t feature = (plane * rows + row) * columns + column;
        mask = mask * columns * s + x;
        add(of_features, feature, gradient[place] * masks[mask]);
        add(of_masks, mask, gradient[place] * features[feature]);
        magnitude += fabs(gradient[place] * masks[mask] * features[feature]);
      }
    }
  }
  check_sums(operation, gradients[OF_FIRST], of_features, sum_tolerance(kind), "grad_features");
  check_sums(operation, gradients[OF_SECOND], of_masks, sum_tolerance(kind), "grad_masks");
  if (kind->dtype.bits > 16) {
    array *output = new_array(kind, 4, read[GRADIENT]->shape, CONTIGUOUS);
    CHECK_OK(run_forward(operation, read[FIRST], read[SECOND], output));
    double forward = product_of(read[GRADIENT], output);
    check_adjoint(operation, kind, forward, product_of(gradients[OF_FIRST], read[FIRST]), magnitude, "features");
    check_adjoint(operation, kind, forward, product_of(gradients[OF_SECOND], read[SECOND]), magnitude, "masks");
    delete_array(output);
  }
  free(gradient);
  free(features);
  free(masks);
  delete_sums(of_features);
  delete_sums(of_masks);
}

static void test_carafe(void) {
  for (int row = 0; row < REASSEMBLIES; row++) {
    const int64_t *from = reassemblies[row].features, k = reassemblies[row].kernel_size, s = reassemblies[row].scale;
    int64_t masks[] = {from[0], reassemblies[row].group_size * k * k, from[2] * s, from[3] * s};
    int64_t to[] = {from[0], from[1], from[2] * s, from[3] * s};
    operation operation = carafe_operation(k, reassemblies[row].group_size, s, from, masks);
    for (int type = 0; type < 4; type++) {
      if (is_left_out()) continue;
      const kind *kind = &kinds[float_kinds[type]];
      array *read[READ] = {random_array(kind, 4, to, 42), random_array(kind, 4, from, 43),
                           random_array(kind, 4, masks, 44)};
      array *gradients[WRITTEN];
      plain_gradients(&operation, read, gradients);
      check_reassembly_sums(&operation, read, gradients);
      check_halves(&operation, read, gradients);
      check_the_same_bits(&operation, read, gradients);
      if (type == 0 && row < 4) check_broadcasts(&operation, read);
      delete_arrays(READ, read);
      delete_arrays(WRITTEN, gradients);
    }
  }
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

/* Arrays that are large enough for several threads. */
static void test_thread_counts_do_not_matter(void) {
  static const int types[] = {FLOAT32, FLOAT64, FLOAT16};
  resizing large = {"large", {{3, 4, 7000}, {3, 4, 91, 97}, {3, 4, 24, 24, 24}}, {{5001}, {60, 130}, {16, 31, 17}}, {0}};
  for (const call *call = calls; call < calls + CALLS; call++) {
    int64_t result[MAX_RANK];
    operation operation = interpolation(call, &large, false, result);
    array *plain = random_array(&kinds[types[(call - calls) % 3]], call->rank, result, 45);
    array *read[READ] = {copy_of(plain, CHANNELS_LAST)};
    check_thread_counts(&operation, read);
    delete_array(plain);
    delete_arrays(READ, read);
  }
  for (int type = 0; type < 3; type++) {
    const kind *kind = &kinds[types[type]];
    int64_t from[] = {2, 18, 28, 26}, weights[] = {18, 7, 4, 4}, bias[] = {14}, to[] = {2, 14, 56, 52};
    operation convolve = {.operator = CONVOLUTION, .name = "conv_transpose"};
    convolve.convolution = (rsmp_conv_transpose_options){.struct_size = sizeof(rsmp_conv_transpose_options),
                                                         .stride_count = 2, .stride = {2, 2},
                                                         .padding_count = 2, .padding = {1, 1}, .groups = 2};
    set_shape(&convolve, OF_FIRST, 4, from);
    set_shape(&convolve, OF_SECOND, 4, weights);
    set_shape(&convolve, OF_BIAS, 1, bias);
    array *input = random_array(kind, 4, from, 46), *gradient = random_array(kind, 4, to, 47);
    array *weight = random_array(kind, 4, weights, 48);
    check_thread_counts(&convolve, (array *[READ]){gradient, input, weight});
    delete_array(gradient);
    delete_array(weight);

    int64_t points[] = {2, 50, 45, 2}, sampled[] = {2, 18, 50, 45};
    array *grid = random_grid(kind, 4, points, 49);
    gradient = random_array(kind, 4, sampled, 50);
    for (int option = 0; option < 3; option++) {
      operation sample = sampling_operation(option, option, 0, -1);
      set_shape(&sample, OF_FIRST, 4, from);
      set_shape(&sample, OF_SECOND, 4, points);
      check_thread_counts(&sample, (array *[READ]){gradient, input, grid});
    }
    delete_array(grid);
    delete_array(gradient);

    int64_t masks[] = {2, 18, 56, 52}, reassembled[] = {2, 18, 56, 52};
    operation carafe = carafe_operation(3, 2, 2, from, masks);
    array *mask = random_array(kind, 4, masks, 51);
    gradient = random_array(kind, 4, reassembled, 52);
    check_thread_counts(&carafe, (array *[READ]){gradient, input, mask});
    delete_array(mask);
    delete_array(gradient);
    delete_array(input);
  }
}

/* ---- Empty arrays and structures --------------------------------------------------------------------------------- */

static rsmp_tensor without_data(int rank, int64_t *shape) {
  return (rsmp_tensor){.ndim = rank, .dtype = kinds[FLOAT32].dtype, .shape = shape};
}

static void check_zeros(const array *array, const char *what) {
  for (int64_t place = 0; place < array->count; place++) {
    CHECK(number(array, place) == 0, "%s: element %d is %g", what, (int)place, number(array, place));
  }
  CHECK(is_blank_around_elements(array), "%s: wrote outside", what);
}

static void test_empty_batches(void) {
  for (const call *call = calls; call < calls + CALLS; call++) {
    int64_t shape[MAX_RANK], result[MAX_RANK];
    memcpy(shape, input_shape(call), sizeof shape);
    memcpy(result, output_shape(call), sizeof result);
    shape[0] = result[0] = 0;
    rsmp_interpolate_options options = resize(call, output_size(call));
    rsmp_tensor gradient = without_data(call->rank, result), of_input = without_data(call->rank, shape);
    CHECK_OK(rsmp_interpolate_backward(&gradient, &options, &of_input, &failure));
    rsmp_plan *plan;
    if (!CHECK_OK(rsmp_plan_create_backward(call->rank, shape, kinds[FLOAT32].dtype, &options, &plan, &failure))) continue;
    CHECK_OK(rsmp_plan_execute(plan, &gradient, &of_input, &failure));
    rsmp_plan_destroy(plan);
  }

  /* Sums of nothing: the gradients of what all images share. */
  for (int type = 0; type < 4; type++) {
    const kind *kind = &kinds[float_kinds[type]];
    for (int format = 0; format < MEMORY_FORMATS; format++) {
      array *weight = random_array(kind, 4, (int64_t[]){4, 3, 2, 2}, 53), *of_weight = make(kind, 4, weight->shape, format);
      array *of_bias = make(kind, 1, (int64_t[]){3}, format);
      rsmp_conv_transpose_options convolution = {.struct_size = sizeof convolution};
      rsmp_tensor gradient = without_data(4, (int64_t[]){0, 3, 7, 9}), input = without_data(4, (int64_t[]){0, 4, 6, 8});
      gradient.dtype = input.dtype = kind->dtype;
      rsmp_tensor of_input = input;
      CHECK_OK(rsmp_conv_transpose_backward(&gradient, &input, &weight->tensor, &convolution, &of_input,
                                            &of_weight->tensor, &of_bias->tensor, &failure));
      check_zeros(of_weight, "grad_weight of no images");
      check_zeros(of_bias, "grad_bias of no images");
      delete_array(weight);
      delete_array(of_weight);
      delete_array(of_bias);
    }
  }

  rsmp_grid_sample_options sampling = {.struct_size = sizeof sampling};
  rsmp_tensor gradient = without_data(4, (int64_t[]){0, 4, 5, 3}), input = without_data(4, (int64_t[]){0, 4, 6, 8});
  rsmp_tensor grid = without_data(4, (int64_t[]){0, 5, 3, 2}), of_input = input, of_grid = grid;
  CHECK_OK(rsmp_grid_sample_backward(&gradient, &input, &grid, &sampling, &of_input, &of_grid, &failure));

  rsmp_tensor masks = without_data(4, (int64_t[]){0, 9, 12, 16}), of_masks = masks;
  gradient.shape = (int64_t[]){0, 4, 12, 16};
  CHECK_OK(rsmp_carafe_backward(&gradient, &input, &masks, 3, 1, 2, &of_input, &of_masks, &failure));
  input.shape = of_input.shape = (int64_t[]){2, 4, 0, 8};
  gradient.shape = (int64_t[]){2, 4, 0, 16};
  masks.shape = of_masks.shape = (int64_t[]){2, 9, 0, 16};
  CHECK_OK(rsmp_carafe_backward(&gradient, &input, &masks, 3, 1, 2, &of_input, &of_masks, &failure));
}

/* A grid without points moves nothing to the input, nor channels that are not there to the grid. */
static void test_grids_without_points_and_inputs_without_channels(void) {
  for (int type = 0; type < 4; type++) {
    const kind *kind = &kinds[float_kinds[type]];
    for (int option = 0; option < 18; option++) {
      operation operation = sampling_operation(option % 3, option / 3 % 3, option / 9, -1);
      for (int rank = 4; rank <= 5; rank++) {
        for (int axis = 1; axis < rank - 1; axis++) {
          int64_t from[] = {2, 3, 4, 5, 6}, points[] = {2, 7, 8, 9, rank - 2}, to[MAX_RANK] = {2, 3};
          points[rank - 1] = rank - 2;
          points[axis] = 0;
          memcpy(to + 2, points + 1, (size_t)(rank - 2) * sizeof *to);
          set_shape(&operation, OF_FIRST, rank, from);
          set_shape(&operation, OF_SECOND, rank, points);
          array *read[READ] = {new_array(kind, rank, to, CONTIGUOUS), random_array(kind, rank, from, 54),
                               new_array(kind, rank, points, CONTIGUOUS)};
          array *gradients[WRITTEN];
          make_gradients(&operation, kind, ALL_WANTED, CHANNELS_LAST, 0, gradients);
          if (CHECK_OK(run(&operation, read, gradients))) {
            check_zeros(gradients[OF_FIRST], "grad_input of a grid without points");
            CHECK(is_blank(gradients[OF_SECOND]), "wrote into an empty gradient");
          }
          delete_arrays(READ, read);
          delete_arrays(WRITTEN, gradients);
        }
        int64_t from[] = {2, 0, 4, 5, 6}, points[] = {2, 3, 4, 5, 3}, to[MAX_RANK] = {2, 0, 3, 4, 5};
        points[rank - 1] = rank - 2;
        set_shape(&operation, OF_FIRST, rank, from);
        set_shape(&operation, OF_SECOND, rank, points);
        array *read[READ] = {new_array(kind, rank, to, CONTIGUOUS), new_array(kind, rank, from, CONTIGUOUS),
                             random_grid(kind, rank, points, 55)};
        array *gradients[WRITTEN];
        make_gradients(&operation, kind, ALL_WANTED, FORTRAN, 0, gradients);
        if (CHECK_OK(run(&operation, read, gradients))) {
          check_zeros(gradients[OF_SECOND], "grad_grid of an input without channels");
          CHECK(is_blank(gradients[OF_FIRST]), "wrote into an empty gradient");
        }
        delete_arrays(READ, read);
        delete_arrays(WRITTEN, gradients);
      }
    }
  }
}

int main(void) {
  if (!can_run("test_gradients")) return 0;
  test_interpolate();
  test_samples_that_no_output_reads();
  test_conv_transpose();
  test_grid_sample();
  test_bounded_coordinates_have_no_gradient();
  test_carafe();
  test_thread_counts_do_not_matter();
  test_empty_batches();
  test_grids_without_points_and_inputs_without_channels();
  return report("test_gradients");
}
