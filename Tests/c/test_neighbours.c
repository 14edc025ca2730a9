/*
 * pixel_shuffle, conv_transpose, grid_sample, affine_grid and carafe: against nested loops over what the header says, in
 * float64, and the same bits for every memory format and number of threads.
 */
#include "operators.h"

/* ---- Operations -------------------------------------------------------------------------------------------------- */

enum { SHUFFLE, UNSHUFFLE, CONVOLUTION, SAMPLING, AFFINE, CARAFE };

/* What a call is given besides its arrays. */
typedef struct {
  int operator;
  char name[200];                            /* for messages */
  int64_t factor;                            /* of a shuffle, or the scale of carafe */
  int64_t kernel_size, group_size;           /* of carafe */
  rsmp_conv_transpose_options convolution;
  rsmp_grid_sample_options sampling;         /* its align_corners is affine_grid's, too */
} operation;

/* An input that is not there, the bias, is NULL; unless it is, its place in the list belongs to none. */
enum { MAX_INPUTS = 3 };

static rsmp_status run(const operation *operation, array *const *inputs, const array *output) {
  const rsmp_tensor *first = &inputs[0]->tensor, *second = inputs[1] == NULL ? NULL : &inputs[1]->tensor;
  const rsmp_tensor *third = inputs[2] == NULL ? NULL : &inputs[2]->tensor, *to = &output->tensor;
  switch (operation->operator) {
    case SHUFFLE: return rsmp_pixel_shuffle(first, operation->factor, to, &failure);
    case UNSHUFFLE: return rsmp_pixel_unshuffle(first, operation->factor, to, &failure);
    case CONVOLUTION: return rsmp_conv_transpose(first, second, third, &operation->convolution, to, &failure);
    case SAMPLING: return rsmp_grid_sample(first, second, &operation->sampling, to, &failure);
    case AFFINE: return rsmp_affine_grid(first, operation->sampling.align_corners, to, &failure);
    default:
      return rsmp_carafe(first, second, operation->kernel_size, operation->group_size, operation->factor, to, &failure);
  }
}

/* Asks the library for the shape of the output, and whether it is the one that was worked out here. */
static void check_shape(const operation *operation, array *const *inputs, int rank, const int64_t *expected) {
  int64_t shape[MAX_RANK + 1];
  memset(shape, BLANK, sizeof shape);
  const int64_t *first = inputs[0]->shape, *second = inputs[1] == NULL ? NULL : inputs[1]->shape;
  switch (operation->operator) {
    case SHUFFLE: CHECK_OK(rsmp_pixel_shuffle_shape(rank, first, operation->factor, shape, &failure)); break;
    case UNSHUFFLE: CHECK_OK(rsmp_pixel_unshuffle_shape(rank, first, operation->factor, shape, &failure)); break;
    case CONVOLUTION:
      CHECK_OK(rsmp_conv_transpose_shape(rank, first, second, &operation->convolution, shape, &failure));
      break;
    case SAMPLING: CHECK_OK(rsmp_grid_sample_shape(rank, first, second, shape, &failure)); break;
    case AFFINE: return;
    default:
      CHECK_OK(rsmp_carafe_shape(first, second, operation->kernel_size, operation->group_size, operation->factor, shape,
                                 &failure));
  }
  for (int axis = 0; axis < rank; axis++) {
    CHECK(shape[axis] == expected[axis], "%s, axis %d: %lld, not %lld", operation->name, axis, (long long)shape[axis],
          (long long)expected[axis]);
  }
  const unsigned char *behind = (const unsigned char *)&shape[rank];
  CHECK(*behind == BLANK, "%s: wrote behind the shape", operation->name);
}

static void check_same_bits(const operation *operation, const array *output, const array *expected, const char *what) {
  int64_t number = first_difference(output, expected), shown = number < 0 ? 0 : number;
  CHECK(number < 0, "%s, %s, %s: element %d is %.9g, not %.9g", operation->name, output->kind->name, what, (int)shown,
        get(output->kind, element(output, shown)), get(output->kind, element(expected, shown)));
  CHECK(is_blank_around_elements(output), "%s, %s, %s: wrote outside the output", operation->name, output->kind->name,
        what);
}

/* The result of a call for contiguous arrays and one thread. */
static array *plain_result(const operation *operation, array *const *inputs, int rank, const int64_t *shape) {
  array *output = new_array(inputs[0]->kind, rank, shape, CONTIGUOUS);
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  if (!CHECK_OK(run(operation, inputs, output))) memset(output->memory, 0, output->size);
  else CHECK(is_blank_around_elements(output), "%s: wrote outside the output", operation->name);
  return output;
}

/* The same bits with each array in each memory format: all in the same one, and each in another. */
static void check_memory_formats(const operation *operation, array *const *inputs, const array *expected) {
  for (int turn = 0; turn < 2 * MEMORY_FORMATS; turn++) {
    int format = turn % MEMORY_FORMATS, step = turn / MEMORY_FORMATS;
    array *copies[MAX_INPUTS] = {NULL};
    for (int input = 0; input < MAX_INPUTS; input++) {
      if (inputs[input] != NULL) copies[input] = copy_of(inputs[input], (format + step * (input + 1)) % MEMORY_FORMATS);
    }
    array *output = new_array(expected->kind, expected->tensor.ndim, expected->shape, format);
    if (CHECK_OK(run(operation, copies, output))) check_same_bits(operation, output, expected, memory_formats[format]);
    for (int input = 0; input < MAX_INPUTS; input++) {
      if (copies[input] == NULL) continue;
      CHECK(first_difference(copies[input], inputs[input]) < 0 && is_blank_around_elements(copies[input]),
            "%s: input %d changed", operation->name, input);
      delete_array(copies[input]);
    }
    delete_array(output);
  }
}

/* The same bits for an input that is one sample, row or plane all over. */
static void check_broadcast_inputs(const operation *operation, array *const *inputs, const array *like) {
  for (int input = 0; input < MAX_INPUTS; input++) {
    if (inputs[input] == NULL) continue;
    for (int axis = 0; axis < inputs[input]->tensor.ndim; axis++) {
      array *broadcast = new_array(like->kind, inputs[input]->tensor.ndim, inputs[input]->shape, REVERSED);
      broadcast->strides[axis] = 0;
      copy_elements(inputs[input], broadcast);
      array *copy = copy_of(broadcast, CONTIGUOUS), *given[MAX_INPUTS];
      memcpy(given, inputs, sizeof given);
      given[input] = copy;
      array *expected = plain_result(operation, given, like->tensor.ndim, like->shape);
      array *output = new_array(like->kind, like->tensor.ndim, like->shape, CONTIGUOUS);
      given[input] = broadcast;
      if (CHECK_OK(run(operation, given, output))) check_same_bits(operation, output, expected, "broadcast");
      delete_array(broadcast);
      delete_array(copy);
      delete_array(expected);
      delete_array(output);
    }
  }
}

/* The same bits for 1, 2 and 5 threads. */
static void check_thread_counts(const operation *operation, array *const *inputs, int rank, const int64_t *shape) {
  array *expected = plain_result(operation, inputs, rank, shape);
  for (int32_t threads = 2; threads <= 5; threads += 3) {
    array *output = new_array(expected->kind, rank, shape, CHANNELS_LAST);
    CHECK_OK(rsmp_set_num_threads(threads, &failure));
    if (CHECK_OK(run(operation, inputs, output))) check_same_bits(operation, output, expected, "threads");
    delete_array(output);
  }
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  delete_array(expected);
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

static uint64_t whole_number(const array *array, int64_t number) {
  uint64_t value;
  memcpy(&value, element(array, number), sizeof value);
  return value;
}

static void check_number(const operation *operation, const array *output, int64_t place, double expected, double error) {
  double value = number(output, place);
  CHECK(fabs(value - expected) <= error, "%s, %s: element %d is %.17g, not %.17g +- %.2g", operation->name,
        output->kind->name, (int)place, value, expected, error);
}

/* Which image, channel, depth, row and column the element is of an array with spatial axes. */
static void indices(const array *array, int64_t number, int64_t lengths[3], int64_t index[5]) {
  for (int axis = 2; axis >= 0; axis--) {
    index[axis + 2] = number % lengths[axis];
    number /= lengths[axis];
  }
  index[1] = number % array->shape[1];
  index[0] = number / array->shape[1];
}

/* ---- Pixel shuffle ----------------------------------------------------------------------------------------------- */

/* The shape with channels for each factor, and what stands before the channels. */
static const struct {
  int rank;
  int64_t factor;
  int64_t shape[MAX_RANK]; /* of what is shuffled: (..., C, H * r, W * r) */
} shuffles[] = {
    {3, 1, {3, 2, 5}},          {3, 2, {1, 2, 2}},          {3, 2, {3, 6, 10}},          {4, 2, {2, 3, 4, 6}},
    {4, 3, {2, 2, 3, 9}},       {4, 4, {1, 3, 8, 12}},      {4, 5, {1, 1, 5, 15}},       {4, 2, {1, 2, 4, 70}},
    {5, 2, {2, 1, 2, 4, 6}},    {6, 3, {1, 2, 1, 1, 3, 6}}, {7, 2, {2, 1, 1, 2, 1, 2, 4}},
    {8, 2, {1, 2, 1, 1, 2, 2, 2, 2}},
    {4, 8, {1, 1, 16, 24}},     {4, 7, {1, 1, 7, 7}},
};
enum { SHUFFLES = sizeof shuffles / sizeof shuffles[0] };

/* The element of (..., C * r * r, H, W) that element `place` of (..., C, H * r, W * r) comes from. */
static int64_t shuffled_from(int64_t place, int64_t channels, int64_t height, int64_t width, int64_t factor) {
  int64_t x = place % width, y = place / width % height, channel = place / width / height % channels;
  int64_t image = place / width / height / channels;
  int64_t from = channel * factor * factor + y % factor * factor + x % factor;
  return ((image * channels * factor * factor + from) * (height / factor) + y / factor) * (width / factor) + x / factor;
}

static void test_pixel_shuffle(void) {
  for (int row = 0; row < SHUFFLES; row++) {
    int rank = shuffles[row].rank;
    const int64_t *shuffled = shuffles[row].shape, r = shuffles[row].factor;
    const int64_t channels = shuffled[rank - 3], height = shuffled[rank - 2], width = shuffled[rank - 1];
    int64_t packed[MAX_RANK];
    memcpy(packed, shuffled, sizeof packed);
    packed[rank - 3] = channels * r * r;
    packed[rank - 2] = height / r;
    packed[rank - 1] = width / r;
    for (const kind *kind = kinds; kind < kinds + KINDS; kind++) {
      if (is_left_out()) continue;
      operation shuffle = {.operator = SHUFFLE, .factor = r}, unshuffle = {.operator = UNSHUFFLE, .factor = r};
      snprintf(shuffle.name, sizeof shuffle.name, "pixel_shuffle %d", row);
      snprintf(unshuffle.name, sizeof unshuffle.name, "pixel_unshuffle %d", row);
      array *input = random_array(kind, rank, packed, 1), *expected = new_array(kind, rank, shuffled, CONTIGUOUS);
      for (int64_t place = 0; place < expected->count; place++) {
        int64_t from = shuffled_from(place, channels, height, width, r);
        memcpy(element(expected, place), element(input, from), sample_size(kind));
      }
      check_shape(&shuffle, (array *[MAX_INPUTS]){input}, rank, shuffled);
      check_shape(&unshuffle, (array *[MAX_INPUTS]){expected}, rank, packed);
      array *output = plain_result(&shuffle, (array *[MAX_INPUTS]){input}, rank, shuffled);
      check_same_bits(&shuffle, output, expected, "contiguous");
      array *back = plain_result(&unshuffle, (array *[MAX_INPUTS]){output}, rank, packed);
      check_same_bits(&unshuffle, back, input, "contiguous");
      check_memory_formats(&shuffle, (array *[MAX_INPUTS]){input}, expected);
      check_memory_formats(&unshuffle, (array *[MAX_INPUTS]){expected}, input);
      if (row == 3) {
        check_broadcast_inputs(&shuffle, (array *[MAX_INPUTS]){input}, expected);
        check_broadcast_inputs(&unshuffle, (array *[MAX_INPUTS]){expected}, input);
      }
      delete_array(input);
      delete_array(expected);
      delete_array(output);
      delete_array(back);
    }
  }
}

/* ---- Transposed convolution -------------------------------------------------------------------------------------- */

/* `call` has depth, height and width here, whatever its rank. */
static void check_convolved(const operation *operation, const convolution *call, array *const *inputs,
                            const array *output) {
  const array *input = inputs[0], *weight = inputs[1], *bias = inputs[2];
  const kind *kind = output->kind;
  int64_t lengths[3], index[5], per_group = call->channels / call->groups;
  spatial_lengths(output, lengths);
  for (int64_t place = 0; place < output->count; place++) {
    indices(output, place, lengths, index);
    int64_t group = index[1] / call->outputs;
    double sum = 0, magnitude = 0;
    uint64_t whole = 0;
    if (bias != NULL) {
      sum = kind == &kinds[INT64] ? 0 : number(bias, index[1]);
      whole = kind == &kinds[INT64] ? whole_number(bias, index[1]) : 0;
      magnitude = fabs(sum);
    }
    for (int64_t channel = group * per_group; channel < (group + 1) * per_group; channel++) {
      for (int64_t k = 0; k < call->kernel[0] * call->kernel[1] * call->kernel[2]; k++) {
        int64_t z = convolution_source(call, 0, index[2], k / call->kernel[2] / call->kernel[1]);
        int64_t y = convolution_source(call, 1, index[3], k / call->kernel[2] % call->kernel[1]);
        int64_t x = convolution_source(call, 2, index[4], k % call->kernel[2]);
        if (z < 0 || y < 0 || x < 0) continue;
        int64_t sample = (index[0] * call->channels + channel) * call->lengths[0] + z;
        sample = (sample * call->lengths[1] + y) * call->lengths[2] + x;
        int64_t factor = (channel * call->outputs + index[1] % call->outputs) * call->kernel[0] * call->kernel[1] *
                             call->kernel[2] + k;
        if (kind == &kinds[INT64]) {
          whole += whole_number(input, sample) * whole_number(weight, factor);
        } else {
          double product = number(input, sample) * number(weight, factor);
          sum += product;
          magnitude += fabs(product);
        }
      }
    }
    if (kind == &kinds[INT64]) {
      CHECK(whole_number(output, place) == whole, "%s, int64: element %d is %llu, not %llu", operation->name, (int)place,
            (unsigned long long)whole_number(output, place), (unsigned long long)whole);
    } else {
      check_number(operation, output, place, sum, magnitude * sum_tolerance(kind));
    }
  }
}

static void check_convolution(const convolution *call, const kind *kind, uint32_t seed, bool in_every_format) {
  operation operation = {.operator = CONVOLUTION, .convolution = convolution_options(call, seed % 2 == 0)};
  name_convolution(call, operation.name, sizeof operation.name);
  int64_t from[MAX_RANK] = {call->images, call->channels}, weights[MAX_RANK] = {call->channels, call->outputs};
  int64_t to[MAX_RANK] = {call->images, call->groups * call->outputs};
  memcpy(from + 2, call->lengths, sizeof call->lengths);
  memcpy(weights + 2, call->kernel, sizeof call->kernel);
  convolution_lengths(call, to + 2);
  array *inputs[MAX_INPUTS] = {random_array(kind, call->rank, from, seed),
                               random_array(kind, call->rank, weights, seed + 1)};
  if (call->has_bias) inputs[2] = random_array(kind, 1, to + 1, seed + 2);
  check_shape(&operation, inputs, call->rank, to);
  array *output = plain_result(&operation, inputs, call->rank, to);

  convolution volume = as_volume(call);
  check_convolved(&operation, &volume, inputs, output);
  if (in_every_format) {
    check_memory_formats(&operation, inputs, output);
    if (kind == &kinds[FLOAT32]) check_broadcast_inputs(&operation, inputs, output);
  }
  for (int input = 0; input < MAX_INPUTS; input++) {
    if (inputs[input] != NULL) delete_array(inputs[input]);
  }
  delete_array(output);
}

static const int convolution_kinds[] = {FLOAT32, FLOAT64, INT64, FLOAT16, BFLOAT16};

static void test_conv_transpose(void) {
  for (int row = 0; row < CONVOLUTIONS; row++) {
    for (int type = 0; type < 5; type++) {
      if (is_left_out()) continue;
      check_convolution(&convolutions[row], &kinds[convolution_kinds[type]], (uint32_t)(row + type), true);
    }
  }
}

/* Small calls of every sort, the same each time. */
static void test_conv_transpose_of_random_calls(void) {
  uint32_t state = 20;
  for (int turn = 0; turn < 300; turn++) {
    if (is_left_out()) continue;
    convolution call = random_convolution(&state);
    check_convolution(&call, &kinds[convolution_kinds[turn % 5]], (uint32_t)turn, false);
  }
}

/* Kernels of r * r samples with stride r, each weight for a channel of its own: pixel_shuffle. */
static void test_conv_transpose_with_ones_is_pixel_shuffle(void) {
  for (int type = 0; type < 5; type++) {
    const kind *kind = &kinds[convolution_kinds[type]];
    operation convolve = {.operator = CONVOLUTION, .name = "conv_transpose as pixel_shuffle"};
    convolve.convolution = (rsmp_conv_transpose_options){
        .struct_size = sizeof(rsmp_conv_transpose_options), .stride_count = 2, .stride = {3, 3}, .groups = 2};
    operation shuffle = {.operator = SHUFFLE, .factor = 3, .name = "pixel_shuffle"};
    array *inputs[MAX_INPUTS] = {random_array(kind, 4, (int64_t[]){2, 18, 3, 4}, 3),
                                 new_array(kind, 4, (int64_t[]){18, 1, 3, 3}, CONTIGUOUS)};
    for (int64_t place = 0; place < inputs[1]->count; place++) {
      put(kind, place / 9 % 9 == place % 9 ? 1 : 0, element(inputs[1], place));
    }
    array *output = plain_result(&convolve, inputs, 4, (int64_t[]){2, 2, 9, 12});
    array *expected = plain_result(&shuffle, (array *[MAX_INPUTS]){inputs[0]}, 4, (int64_t[]){2, 2, 9, 12});
    for (int64_t place = 0; place < output->count; place++) { /* numbers, because 0 may be -0 */
      bool is_same = kind == &kinds[INT64] ? whole_number(output, place) == whole_number(expected, place)
                                           : number(output, place) == number(expected, place);
      CHECK(is_same, "%s: element %d", kind->name, (int)place);
    }
    delete_array(inputs[0]);
    delete_array(inputs[1]);
    delete_array(output);
    delete_array(expected);
  }
}

/* ---- Grid sampling ----------------------------------------------------------------------------------------------- */

/* The position of a coordinate on an axis of a plane or a volume, in samples. */
static double position_of(const kind *kind, bool is_plane, bool align_corners, double coordinate, int64_t length) {
  double moved = in_type(kind, coordinate + 1);
  if (is_plane && align_corners) return in_type(kind, moved * ((double)(length - 1) / 2));
  if (is_plane && kind == &kinds[FLOAT64]) return fma(moved, (double)length / 2, -0.5);
  if (is_plane) return fmaf((float)moved, (float)length / 2, -0.5f);
  if (align_corners) return in_type(kind, in_type(kind, moved / 2) * (double)(length - 1));
  return in_type(kind, in_type(kind, in_type(kind, moved * (double)length) - 1) / 2);
}

/* The position that is read instead of one outside. */
static double padded(const kind *kind, const rsmp_grid_sample_options *options, double position, int64_t length) {
  if (options->padding_mode == RSMP_PADDING_ZEROS) return position;
  if (options->padding_mode == RSMP_PADDING_REFLECTION) {
    double low = options->align_corners ? 0 : -0.5, span = (double)(options->align_corners ? length - 1 : length);
    if (span == 0) return 0;
    double distance = fabs(in_type(kind, position - low)), rest = fmod(distance, 2 * span);
    position = in_type(kind, (rest < span ? rest : in_type(kind, 2 * span - rest)) + low);
  }
  return position > 0 ? position < (double)(length - 1) ? position : (double)(length - 1) : 0;
}

/* Keys' cubic filter with A = -0.75. */
static double cubic(double distance) {
  double x = fabs(distance), a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* The taps of a point along an axis. A weight of a sample outside is 0. */
typedef struct {
  int count;
  int64_t index[4];
  double weight[4];
} point_taps;

static point_taps taps_of(const kind *kind, const rsmp_grid_sample_options *options, bool is_plane, double coordinate,
                          int64_t length) {
  double position = position_of(kind, is_plane, options->align_corners, coordinate, length), places[4];
  point_taps taps = {.count = 1, .weight = {1}};
  if (options->mode == RSMP_SAMPLE_BICUBIC) {
    taps.count = 4;
    for (int tap = 0; tap < 4; tap++) {
      taps.weight[tap] = cubic(position - (floor(position) + tap - 1));
      places[tap] = padded(kind, options, floor(position) + tap - 1, length);
    }
  } else if (options->mode == RSMP_SAMPLE_NEAREST) {
    places[0] = rint(padded(kind, options, position, length));
  } else {
    position = padded(kind, options, position, length);
    taps.count = 2;
    places[0] = floor(position);
    places[1] = places[0] + 1;
    taps.weight[1] = position - places[0];
    taps.weight[0] = 1 - taps.weight[1];
  }
  for (int tap = 0; tap < taps.count; tap++) {
    bool is_inside = places[tap] >= 0 && places[tap] <= (double)(length - 1);
    taps.index[tap] = is_inside ? (int64_t)places[tap] : 0;
    if (!is_inside) taps.weight[tap] = 0;
  }
  return taps;
}

static void check_sampled(const operation *operation, array *const *inputs, const array *output) {
  const array *input = inputs[0], *grid = inputs[1];
  const kind *kind = output->kind;
  bool is_plane = output->tensor.ndim == 4;
  int dimensions = output->tensor.ndim - 2;
  int64_t lengths[3], from[3], index[5];
  spatial_lengths(output, lengths);
  spatial_lengths(input, from);
  double largest = 0;
  for (int64_t place = 0; place < input->count; place++) largest = fmax(largest, fabs(number(input, place)));
  double tolerance = kind == &kinds[FLOAT32] ? 3e-6 : kind->tolerance;
  for (int64_t place = 0; place < output->count; place++) {
    indices(output, place, lengths, index);
    int64_t point = ((index[0] * lengths[0] + index[2]) * lengths[1] + index[3]) * lengths[2] + index[4];
    point_taps taps[3] = {{.count = 1, .weight = {1}}};
    for (int axis = is_plane; axis < 3; axis++) { /* x is the first coordinate, and the last axis */
      taps[axis] = taps_of(kind, &operation->sampling, is_plane, number(grid, point * dimensions + 2 - axis), from[axis]);
    }
    double sum = 0;
    for (int z = 0; z < taps[0].count; z++) {
      for (int y = 0; y < taps[1].count; y++) {
        for (int x = 0; x < taps[2].count; x++) {
          int64_t sample = (index[0] * input->shape[1] + index[1]) * from[0] + taps[0].index[z];
          sample = (sample * from[1] + taps[1].index[y]) * from[2] + taps[2].index[x];
          sum += taps[0].weight[z] * taps[1].weight[y] * taps[2].weight[x] * number(input, sample);
        }
      }
    }
    check_number(operation, output, place, sum, largest * tolerance);
  }
}

static operation sampling_operation(int32_t mode, int32_t padding_mode, int32_t align_corners, int row) {
  operation operation = {.operator = SAMPLING};
  operation.sampling = (rsmp_grid_sample_options){sizeof(rsmp_grid_sample_options), mode, padding_mode, align_corners};
  snprintf(operation.name, sizeof operation.name, "grid_sample %d, %s, %s%s", row, sample_modes[mode],
           padding_modes[padding_mode], align_corners ? ", align_corners" : "");
  return operation;
}

static void test_grid_sample(void) {
  for (int row = 0; row < SAMPLINGS; row++) {
    int rank = samplings[row].rank;
    int64_t points[MAX_RANK] = {samplings[row].input[0]}, to[MAX_RANK] = {points[0], samplings[row].input[1]};
    memcpy(points + 1, samplings[row].output, sizeof samplings[row].output);
    memcpy(to + 2, samplings[row].output, sizeof samplings[row].output);
    points[rank - 1] = rank - 2;
    for (int type = 0; type < 4; type++) {
      const kind *kind = &kinds[sampling_kinds[type]];
      array *inputs[MAX_INPUTS] = {random_array(kind, rank, samplings[row].input, 4), random_grid(kind, rank, points, 5)};
      for (int option = 0; option < 18; option++) {
        if (is_left_out()) continue;
        operation operation = sampling_operation(option % 3, option / 3 % 3, option / 9, row);
        check_shape(&operation, inputs, rank, to);
        array *output = plain_result(&operation, inputs, rank, to);
        check_sampled(&operation, inputs, output);
        /* Every mode and every rule in some format, and all options in all of them for some shapes. */
        if (type == 0 || (option + row) % 4 == 0) check_memory_formats(&operation, inputs, output);
        if (type == 0 && option % 5 == 0 && (row == 0 || row == 4)) check_broadcast_inputs(&operation, inputs, output);
        delete_array(output);
      }
      delete_array(inputs[0]);
      delete_array(inputs[1]);
    }
  }
}

/* Memory of the very size of its samples, so that valgrind sees any read outside. */
static rsmp_tensor tight_copy(const array *array) {
  rsmp_tensor tensor = array->tensor;
  tensor.data = allocate((size_t)array->count * sample_size(array->kind));
  tensor.byte_offset = 0;
  tensor.strides = NULL;
  for (int64_t place = 0; place < array->count; place++) {
    memcpy((char *)tensor.data + (size_t)place * sample_size(array->kind), element(array, place), sample_size(array->kind));
  }
  return tensor;
}

/*
 * What a wild coordinate on every axis gives: with zeros 0, with border the first or the last sample, wherever the formulas
 * have a number for it. Only nearest and the bilinear border need no fraction of an infinite one, and no tap of a volume
 * that is outside.
 */
static void check_wild_sample(const operation *operation, double coordinate, double value, double first, double last,
                              bool is_single, bool is_volume, double largest) {
  int32_t mode = operation->sampling.mode, padding_mode = operation->sampling.padding_mode;
  if (padding_mode == RSMP_PADDING_ZEROS && (isfinite(coordinate) || mode == RSMP_SAMPLE_NEAREST || is_volume)) {
    /* The centres of a single sample are one point, which every finite coordinate means. */
    double expected = is_single && operation->sampling.align_corners && isfinite(coordinate) ? first : 0;
    CHECK(value == expected, "%s at %g: %g, not %g", operation->name, coordinate, value, expected);
  }
  if (padding_mode == RSMP_PADDING_BORDER && (isfinite(coordinate) || mode != RSMP_SAMPLE_BICUBIC)) {
    /* NaN: the first sample of an image, the last of a volume */
    double expected = coordinate > 0 || (isnan(coordinate) && is_volume) ? last : first;
    /* A cubic has weights that add up to 1. */
    double error = mode == RSMP_SAMPLE_BICUBIC ? 3e-6 * largest : 0;
    CHECK(fabs(value - expected) <= error, "%s at %g: %g, not %g", operation->name, coordinate, value, expected);
  }
  CHECK(isnan(value) || fabs(value) <= 8 * largest, "%s at %g: %g", operation->name, coordinate, value);
}

static void test_grid_sample_of_wild_coordinates(void) {
  static const double wild[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30, 3e9, -3e9, 1e5, -1e5};
  enum { WILD = sizeof wild / sizeof wild[0], POINTS = 4 * WILD };
  for (int row = 0; row < SAMPLINGS; row++) {
    int rank = samplings[row].rank, dimensions = rank - 2;
    int64_t shape[MAX_RANK], points[MAX_RANK] = {1, 1, 1, POINTS, POINTS}, to[MAX_RANK] = {1, 1, 1, 1, POINTS};
    memcpy(shape, samplings[row].input, sizeof samplings[row].input);
    shape[0] = 1;
    points[rank - 2] = to[rank - 1] = POINTS;
    points[rank - 1] = dimensions;
    to[1] = shape[1];
    for (int type = 0; type < 4; type++) {
      const kind *kind = &kinds[sampling_kinds[type]];
      array *input = random_array(kind, rank, shape, 6), *grid = random_grid(kind, rank, points, 7);
      array *wild_grid = copy_of(grid, CONTIGUOUS), *inputs[MAX_INPUTS] = {input, grid};
      /* Every second point is wild: every other one of them on all axes, the others on one. */
      for (int point = 1; point < POINTS; point += 2) {
        for (int axis = 0; axis < dimensions; axis++) {
          if (point % 4 == 1 || axis == point / 4 % dimensions) {
            double value = wild[point / 4];
            if (kind == &kinds[FLOAT16] && isfinite(value)) value = copysign(60000, value);
            if (isnan(value) || isinf(value)) {
              uint16_t half = kind == &kinds[FLOAT16] ? 0x7c00 : 0x7f80;
              half |= (uint16_t)(isnan(value) ? 0x40 : value < 0 ? 0x8000 : 0);
              if (kind->dtype.bits == 16) memcpy(element(wild_grid, point * dimensions + axis), &half, 2);
              else put(kind, value, element(wild_grid, point * dimensions + axis));
            } else {
              put(kind, value, element(wild_grid, point * dimensions + axis));
            }
          }
        }
      }
      rsmp_tensor tight = tight_copy(input), tight_grid = tight_copy(wild_grid);
      double largest = 0;
      for (int64_t place = 0; place < input->count; place++) largest = fmax(largest, fabs(number(input, place)));
      int64_t plane = input->count / shape[1];
      for (int option = 0; option < 18; option++) {
        if (is_left_out()) continue;
        operation operation = sampling_operation(option % 3, option / 3 % 3, option / 9, row);
        array *expected = plain_result(&operation, inputs, rank, to), *output = new_array(kind, rank, to, SPACED);
        if (CHECK_OK(rsmp_grid_sample(&tight, &tight_grid, &operation.sampling, &output->tensor, &failure))) {
          CHECK(is_blank_around_elements(output), "%s: wrote outside the output", operation.name);
          for (int64_t place = 0; place < output->count; place++) {
            int64_t point = place % POINTS, first = place / POINTS * plane;
            if (point % 2 == 0) {
              CHECK(memcmp(element(output, place), element(expected, place), sample_size(kind)) == 0,
                    "%s, %s: point %d is not what it is without wild ones beside it", operation.name, kind->name,
                    (int)point);
            } else if (point % 4 == 1) {
              check_wild_sample(&operation, number(wild_grid, point * dimensions), number(output, place),
                                number(input, first), number(input, first + plane - 1), plane == 1, rank == 5, largest);
            }
          }
        }
        delete_array(expected);
        delete_array(output);
      }
      free(tight.data);
      free(tight_grid.data);
      delete_array(input);
      delete_array(grid);
      delete_array(wild_grid);
    }
  }
}

/* ---- Affine grids ------------------------------------------------------------------------------------------------ */

/* The `index`-th of the points from -1 to 1. */
static double line_point(int64_t index, int64_t length, bool align_corners) {
  if (length == 1) return 0;
  double position = -1 + 2.0 * (double)index / (double)(length - 1);
  return align_corners ? position : position * (double)(length - 1) / (double)length;
}

static void test_affine_grid(void) {
  static const struct { int rank; int64_t shape[5]; } grids[] = {
      {4, {1, 1, 1, 2}}, {4, {2, 3, 5, 2}},    {4, {1, 40, 37, 2}},
      {4, {3, 1, 2, 2}}, {5, {2, 3, 4, 5, 3}}, {5, {1, 1, 7, 1, 3}}};
  for (int row = 0; row < 6; row++) {
    int rank = grids[row].rank, dimensions = rank - 2;
    for (int type = 0; type < 4; type++) {
      const kind *kind = &kinds[type % 2 == 0 ? FLOAT32 : FLOAT64];
      operation operation = {.operator = AFFINE, .sampling = {.align_corners = type / 2}};
      snprintf(operation.name, sizeof operation.name, "affine_grid %d%s", row, type / 2 ? ", align_corners" : "");
      int64_t matrix[] = {grids[row].shape[0], dimensions, dimensions + 1};
      array *inputs[MAX_INPUTS] = {random_array(kind, 3, matrix, 8)};
      array *output = plain_result(&operation, inputs, rank, grids[row].shape);
      for (int64_t place = 0; place < output->count; place++) {
        int64_t point = place / dimensions, coordinate = place % dimensions;
        double point_of[4] = {1, 1, 1, 1}; /* x, y, z, 1 */
        for (int dimension = 0; dimension < dimensions; dimension++) {
          int64_t length = grids[row].shape[rank - 2 - dimension];
          point_of[dimension] = line_point(point % length, length, type / 2);
          point /= length;
        }
        double sum = 0, magnitude = 0;
        for (int dimension = 0; dimension <= dimensions; dimension++) {
          double entry = number(inputs[0], (point * dimensions + coordinate) * (dimensions + 1) + dimension);
          sum += entry * (dimension == dimensions ? 1 : point_of[dimension]);
          magnitude += fabs(entry);
        }
        check_number(&operation, output, place, sum, magnitude * sum_tolerance(kind));
      }
      check_memory_formats(&operation, inputs, output);
      check_broadcast_inputs(&operation, inputs, output);
      delete_array(inputs[0]);
      delete_array(output);
    }
  }
}

/* A matrix that changes nothing leaves an image where it is. */
static void test_the_grid_of_the_identity_samples_the_input(void) {
  const kind *kind = &kinds[FLOAT64];
  for (int32_t align_corners = 0; align_corners <= 1; align_corners++) {
    array *theta = new_array(kind, 3, (int64_t[]){1, 2, 3}, CONTIGUOUS);
    for (int place = 0; place < 6; place++) put(kind, place % 4 == 0, element(theta, place));
    array *grid = new_array(kind, 4, (int64_t[]){1, 6, 7, 2}, FORTRAN);
    array *input = random_array(kind, 4, (int64_t[]){1, 3, 6, 7}, 9), *output = copy_of(input, SPACED);
    operation operation = sampling_operation(RSMP_SAMPLE_BICUBIC, RSMP_PADDING_BORDER, align_corners, 0);
    CHECK_OK(rsmp_affine_grid(&theta->tensor, align_corners, &grid->tensor, &failure));
    CHECK_OK(rsmp_grid_sample(&input->tensor, &grid->tensor, &operation.sampling, &output->tensor, &failure));
    for (int64_t place = 0; place < output->count; place++) {
      check_number(&operation, output, place, number(input, place), 1e-13);
    }
    delete_array(theta);
    delete_array(grid);
    delete_array(input);
    delete_array(output);
  }
}

/* ---- CARAFE ------------------------------------------------------------------------------------------------------ */

static operation carafe_operation(int64_t kernel_size, int64_t group_size, int64_t scale) {
  operation operation = {.operator = CARAFE, .factor = scale, .kernel_size = kernel_size, .group_size = group_size};
  snprintf(operation.name, sizeof operation.name, "carafe, kernel_size %d, group_size %d, scale_factor %d",
           (int)kernel_size, (int)group_size, (int)scale);
  return operation;
}

static void check_reassembled(const operation *operation, array *const *inputs, const array *output) {
  const array *features = inputs[0], *masks = inputs[1];
  int64_t channels = features->shape[1], rows = features->shape[2], columns = features->shape[3];
  int64_t k = operation->kernel_size, s = operation->factor, groups = operation->group_size;
  for (int64_t place = 0; place < output->count; place++) {
    int64_t x = place % (columns * s), y = place / (columns * s) % (rows * s);
    int64_t channel = place / (columns * s) / (rows * s) % channels, image = place / (columns * s) / (rows * s) / channels;
    int64_t group = channel / (channels / groups);
    double sum = 0, magnitude = 0;
    for (int64_t i = 0; i < k; i++) {
      for (int64_t j = 0; j < k; j++) {
        int64_t row = y / s + i - k / 2, column = x / s + j - k / 2;
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        int64_t mask = (image * groups * k * k + (group * k + i) * k + j) * rows * s + y;
        double product = number(masks, mask * columns * s + x) *
                         number(features, ((image * channels + channel) * rows + row) * columns + column);
        sum += product;
        magnitude += fabs(product);
      }
    }
    check_number(operation, output, place, sum, magnitude * sum_tolerance(output->kind));
  }
}

static void test_carafe(void) {
  for (int row = 0; row < REASSEMBLIES; row++) {
    const int64_t *shape = reassemblies[row].features, k = reassemblies[row].kernel_size, s = reassemblies[row].scale;
    int64_t groups = reassemblies[row].group_size;
    int64_t mask_shape[] = {shape[0], groups * k * k, shape[2] * s, shape[3] * s};
    int64_t to[MAX_RANK] = {shape[0], shape[1], shape[2] * s, shape[3] * s};
    for (int type = 0; type < 4; type++) {
      if (is_left_out()) continue;
      const kind *kind = &kinds[sampling_kinds[type]];
      operation operation = carafe_operation(k, groups, s);
      array *inputs[MAX_INPUTS] = {random_array(kind, 4, shape, 10), random_array(kind, 4, mask_shape, 11)};
      check_shape(&operation, inputs, 4, to);
      array *output = plain_result(&operation, inputs, 4, to);
      check_reassembled(&operation, inputs, output);
      check_memory_formats(&operation, inputs, output);
      if (type == 0 && row < 4) check_broadcast_inputs(&operation, inputs, output);
      delete_array(inputs[0]);
      delete_array(inputs[1]);
      delete_array(output);
    }
  }
}

/* The mean of 5 * 5 ones: outside there are none, 3 of 5 are inside at an edge, 9 of 25 in a corner. */
static void test_carafe_of_uniform_masks(void) {
  for (int type = 0; type < 2; type++) {
    const kind *kind = &kinds[type];
    operation operation = carafe_operation(5, 1, 2);
    array *inputs[MAX_INPUTS] = {new_array(kind, 4, (int64_t[]){1, 2, 6, 7}, SPACED),
                                 new_array(kind, 4, (int64_t[]){1, 25, 12, 14}, CONTIGUOUS)};
    for (int64_t place = 0; place < inputs[0]->count; place++) put(kind, 1, element(inputs[0], place));
    for (int64_t place = 0; place < inputs[1]->count; place++) put(kind, 0.04, element(inputs[1], place));
    array *output = plain_result(&operation, inputs, 4, (int64_t[]){1, 2, 12, 14});
    static const double inside[] = {0.6, 0.8, 1, 1, 1, 1, 1}; /* from the nearer edge */
    for (int64_t place = 0; place < output->count; place++) {
      int64_t x = place % 14 / 2, y = place / 14 % 12 / 2;
      double expected = inside[x < 6 - x ? x : 6 - x] * inside[y < 5 - y ? y : 5 - y];
      check_number(&operation, output, place, expected, sum_tolerance(kind));
    }
    check_number(&operation, output, 0, 0.36, sum_tolerance(kind));
    check_number(&operation, output, 6, 0.6, sum_tolerance(kind));
    check_number(&operation, output, 6 * 14 + 6, 1, sum_tolerance(kind));
    delete_array(inputs[0]);
    delete_array(inputs[1]);
    delete_array(output);
  }
}

/* Masks that have a 1 in the middle and are 0 elsewhere repeat each sample. */
static void test_carafe_of_the_centre_is_nearest(void) {
  for (int type = 0; type < 4; type++) {
    const kind *kind = &kinds[sampling_kinds[type]];
    for (int64_t k = 1; k <= 5; k += 2) {
      operation operation = carafe_operation(k, 2, 3);
      array *inputs[MAX_INPUTS] = {random_array(kind, 4, (int64_t[]){1, 4, 5, 6}, 12),
                                   new_array(kind, 4, (int64_t[]){1, 2 * k * k, 15, 18}, CONTIGUOUS)};
      for (int64_t place = 0; place < inputs[1]->count; place++) {
        put(kind, place / 15 / 18 % (k * k) == k * k / 2, element(inputs[1], place));
      }
      array *output = plain_result(&operation, inputs, 4, (int64_t[]){1, 4, 15, 18});
      array *expected = new_array(kind, 4, (int64_t[]){1, 4, 15, 18}, CONTIGUOUS);
      rsmp_interpolate_options options = {.struct_size = sizeof options, .scale_factor_count = 2, .scale_factor = {3, 3}};
      CHECK_OK(rsmp_interpolate(&inputs[0]->tensor, &options, &expected->tensor, &failure));
      for (int64_t place = 0; place < output->count; place++) { /* numbers, because 0 may be -0 */
        CHECK(number(output, place) == number(expected, place), "%s: element %d", operation.name, (int)place);
      }
      delete_array(inputs[0]);
      delete_array(inputs[1]);
      delete_array(output);
      delete_array(expected);
    }
  }
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

/* Arrays that are large enough for several threads. */
static void test_thread_counts_do_not_matter(void) {
  static const int types[] = {FLOAT32, FLOAT64, FLOAT16};
  for (int type = 0; type < 3; type++) {
    const kind *kind = &kinds[types[type]];
    array *input = random_array(kind, 4, (int64_t[]){2, 16, 48, 40}, 13);
    operation shuffle = {.operator = SHUFFLE, .factor = 2, .name = "pixel_shuffle"};
    check_thread_counts(&shuffle, (array *[MAX_INPUTS]){input}, 4, (int64_t[]){2, 4, 96, 80});
    operation unshuffle = {.operator = UNSHUFFLE, .factor = 4, .name = "pixel_unshuffle"};
    check_thread_counts(&unshuffle, (array *[MAX_INPUTS]){input}, 4, (int64_t[]){2, 256, 12, 10});

    operation convolve = {.operator = CONVOLUTION, .name = "conv_transpose"};
    convolve.convolution = (rsmp_conv_transpose_options){.struct_size = sizeof(rsmp_conv_transpose_options),
                                                         .stride_count = 2, .stride = {2, 2},
                                                         .padding_count = 2, .padding = {1, 1}};
    array *weight = random_array(kind, 4, (int64_t[]){16, 7, 4, 4}, 14), *bias = random_array(kind, 1, (int64_t[]){7}, 15);
    check_thread_counts(&convolve, (array *[MAX_INPUTS]){input, weight, bias}, 4, (int64_t[]){2, 7, 96, 80});
    delete_array(weight);
    delete_array(bias);

    array *grid = random_grid(kind, 4, (int64_t[]){2, 50, 45, 2}, 16);
    array *sparse = random_grid(kind, 4, (int64_t[]){2, 9, 20, 2}, 17);
    for (int32_t mode = RSMP_SAMPLE_BILINEAR; mode <= RSMP_SAMPLE_BICUBIC; mode++) {
      operation sample = sampling_operation(mode, RSMP_PADDING_REFLECTION, 0, -1);
      check_thread_counts(&sample, (array *[MAX_INPUTS]){input, grid}, 4, (int64_t[]){2, 16, 50, 45});
      check_thread_counts(&sample, (array *[MAX_INPUTS]){input, sparse}, 4, (int64_t[]){2, 16, 9, 20});
    }
    delete_array(grid);
    delete_array(sparse);

    operation carafe = carafe_operation(3, 2, 2);
    array *masks = random_array(kind, 4, (int64_t[]){2, 18, 96, 80}, 18);
    check_thread_counts(&carafe, (array *[MAX_INPUTS]){input, masks}, 4, (int64_t[]){2, 16, 96, 80});
    delete_array(masks);
    delete_array(input);
  }
  operation affine = {.operator = AFFINE, .name = "affine_grid"};
  array *theta = random_array(&kinds[FLOAT32], 3, (int64_t[]){4, 2, 3}, 19);
  check_thread_counts(&affine, (array *[MAX_INPUTS]){theta}, 4, (int64_t[]){4, 60, 70, 2});
  delete_array(theta);
}

/* ---- Empty arrays, structures and errors ------------------------------------------------------------------------- */

static void test_an_empty_output_needs_no_data(void) {
  const rsmp_dtype dtype = kinds[FLOAT32].dtype;
  rsmp_tensor none = {.ndim = 4, .dtype = dtype, .shape = (int64_t[]){0, 4, 6, 8}}, to = none;
  to.shape = (int64_t[]){0, 1, 12, 16};
  CHECK_OK(rsmp_pixel_shuffle(&none, 2, &to, &failure));
  CHECK_OK(rsmp_pixel_unshuffle(&to, 2, &none, &failure));
  rsmp_tensor flat = {.ndim = 4, .dtype = dtype, .shape = (int64_t[]){2, 4, 0, 8}}, flat_to = flat;
  flat_to.shape = (int64_t[]){2, 1, 0, 16};
  CHECK_OK(rsmp_pixel_shuffle(&flat, 2, &flat_to, &failure));
  CHECK_OK(rsmp_pixel_unshuffle(&flat_to, 2, &flat, &failure));

  array *weight = random_array(&kinds[FLOAT32], 4, (int64_t[]){4, 3, 2, 2}, 1);
  rsmp_conv_transpose_options convolution = {.struct_size = sizeof convolution};
  to.shape = (int64_t[]){0, 3, 7, 9};
  CHECK_OK(rsmp_conv_transpose(&none, &weight->tensor, NULL, &convolution, &to, &failure));
  delete_array(weight);

  rsmp_grid_sample_options sampling = {.struct_size = sizeof sampling};
  rsmp_tensor grid = {.ndim = 4, .dtype = dtype, .shape = (int64_t[]){0, 5, 5, 2}};
  to.shape = (int64_t[]){0, 4, 5, 5};
  CHECK_OK(rsmp_grid_sample(&none, &grid, &sampling, &to, &failure));
  rsmp_tensor theta = {.ndim = 3, .dtype = dtype, .shape = (int64_t[]){0, 2, 3}};
  CHECK_OK(rsmp_affine_grid(&theta, 0, &grid, &failure));

  rsmp_tensor masks = {.ndim = 4, .dtype = dtype, .shape = (int64_t[]){0, 9, 12, 16}};
  to.shape = (int64_t[]){0, 4, 12, 16};
  CHECK_OK(rsmp_carafe(&none, &masks, 3, 1, 2, &to, &failure));

  /* No points of an input that is there. */
  array *input = random_array(&kinds[FLOAT32], 4, (int64_t[]){1, 2, 3, 4}, 1);
  grid.shape = (int64_t[]){1, 0, 5, 2};
  to.shape = (int64_t[]){1, 2, 0, 5};
  CHECK_OK(rsmp_grid_sample(&input->tensor, &grid, &sampling, &to, &failure));
  delete_array(input);
}

static void test_success_leaves_the_error_alone(void) {
  rsmp_error error, untouched;
  memset(&error, BLANK, sizeof error);
  memset(&untouched, BLANK, sizeof untouched);
  int64_t result[4];
  CHECK(rsmp_pixel_shuffle_shape(4, (int64_t[]){1, 4, 2, 3}, 2, result, &error) == RSMP_OK, "refused");
  CHECK(rsmp_carafe_shape((int64_t[]){1, 4, 2, 3}, (int64_t[]){1, 9, 4, 6}, 3, 1, 2, result, &error) == RSMP_OK, "refused");
  CHECK(memcmp(&error, &untouched, sizeof error) == 0, "wrote into the error");
}

int main(void) {
  if (!can_run("test_neighbours")) return 0;
  test_pixel_shuffle();
  test_conv_transpose();
  test_conv_transpose_of_random_calls();
  test_conv_transpose_with_ones_is_pixel_shuffle();
  test_grid_sample();
  test_grid_sample_of_wild_coordinates();
  test_affine_grid();
  test_the_grid_of_the_identity_samples_the_input();
  test_carafe();
  test_carafe_of_uniform_masks();
  test_carafe_of_the_centre_is_nearest();
  test_thread_counts_do_not_matter();
  test_an_empty_output_needs_no_data();
  test_success_leaves_the_error_alone();
  return report("test_neighbours");
}
