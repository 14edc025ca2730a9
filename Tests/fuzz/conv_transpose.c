/* rsmp_conv_transpose_shape, rsmp_conv_transpose and rsmp_conv_transpose_backward. */
#include "fuzz.h"

static int32_t rank;
static bool has_bias;

static const rsmp_conv_transpose_options *options(void) { return (void *)options_passed; }

static rsmp_status ask(rsmp_error *error) {
  return rsmp_conv_transpose_shape(rank, shape_arguments[0], shape_arguments[1], options(), shape_result, error);
}

static rsmp_status convolve(rsmp_error *error) {
  return rsmp_conv_transpose(tensor(0), tensor(1), has_bias ? tensor(2) : NULL, options(), tensor(has_bias ? 3 : 2),
                             error);
}

static rsmp_status convolve_backward(rsmp_error *error) {
  return rsmp_conv_transpose_backward(tensor(0), tensor(1), tensor(2), options(), tensor(3), tensor(4), tensor(5),
                                      error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  int flags = take();
  bool is_backward = flags & 1;
  has_bias = !is_backward && flags >> 1 & 1;
  bool is_spoiled = flags & 0x80;
  int choice = take();
  rank = choice < 0xf8 ? 3 + (choice + 1) % 3 : choice < 0xfe ? below(11) - 1 : hostile_int();
  rsmp_dtype dtype = take_dtype(is_backward ? FLOATING_DTYPES : FLOATING_DTYPES + 1);

  rsmp_conv_transpose_options call = {.struct_size = 0};
  int axes = rank >= 3 && rank <= 5 ? rank - 2 : 2, stated = take();
  call.groups = stated & 1 ? take_count(1) : 0;
  call.stride_count = stated & 2 ? axes : 0;
  call.padding_count = stated & 4 ? axes : 0;
  call.output_padding_count = stated & 8 ? axes : 0;
  call.dilation_count = stated & 16 ? axes : 0;
  for (int axis = 0; axis < RSMP_MAX_SPATIAL_AXES; axis++) {
    call.stride[axis] = stated & 2 ? take_count(1) : 0;
    call.padding[axis] = stated & 4 ? take_count(0) : 0;
    call.dilation[axis] = stated & 16 ? take_count(1) : 0;
    int64_t larger = call.stride[axis] > call.dilation[axis] ? call.stride[axis] : call.dilation[axis];
    bool fits = larger > 0 && !(is_spoiled && rarely());
    if (stated & 8) call.output_padding[axis] = fits ? take() % larger : take_count(0);
  }
  if (is_spoiled) {
    int32_t *counts[] = {&call.stride_count, &call.padding_count, &call.output_padding_count, &call.dilation_count,
                         &call.reserved};
    int spoiled = take();
    if (spoiled < 5) *counts[spoiled] = take_choice(4);
  }
  take_options(&call, sizeof call, sizeof call);

  int64_t shape[SHAPE_ROOM] = {0}, weight_shape[SHAPE_ROOM] = {0}, output_shape[SHAPE_ROOM] = {0};
  int64_t groups = call.groups == 0 ? 1 : call.groups;
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) {
    shape[axis] = take_count(1);
    weight_shape[axis] = axis == 0 ? 0 : axis == 1 ? take_count(1) : 1 + take_count(0) % 8;
    if (axis == 1) shape[1] = product(shape[1], groups);
  }
  weight_shape[0] = shape[1];
  if (flags >> 2 & 1 && rank >= 3) shape[rank <= 5 ? rank - 1 : 2] = 17 + take() % 64;
  if (flags >> 3 & 1) shape[0] = 1;
  if (is_spoiled && rarely()) weight_shape[below(6)] = take_count(0);

  rsmp_status shaped = ask_for_shape(ask, rank, shape, weight_shape, output_shape);
  if (shaped == RSMP_OK) HOLDS(options_are_whole, "options are accepted that are not there");
  int64_t *likely_shape = shaped == RSMP_OK ? output_shape : shape;
  view *input, *weight, *bias = NULL, *output;
  if (is_backward) {
    output = new_view(READ, dtype, rank, likely_shape);
    input = new_view(READ, dtype, rank, shape);
    weight = new_view(READ, dtype, rank, weight_shape);
    view *gradients[] = {new_view(WRITTEN, dtype, rank, shape), new_view(WRITTEN, dtype, rank, weight_shape),
                         new_view(WRITTEN, dtype, 1, likely_shape + 1)};
    for (int index = 0; index < 3; index++) gradients[index]->is_optional = true;
  } else {
    input = new_view(READ, dtype, rank, shape);
    weight = new_view(READ, dtype, rank, weight_shape);
    if (has_bias) {
      bias = new_view(READ, dtype, 1, likely_shape + 1);
      bias->is_optional = true;
    }
    output = new_view(WRITTEN, dtype, rank, likely_shape);
  }
  if (is_spoiled) {
    int index = below(view_count);
    maybe_spoil(&views[index], is_backward ? index == 1 || index == 2 : index < 2);
  }
  for (int index = 0; index < view_count; index++) take_memory(&views[index]);
  want(input, rank, shape, dtype);
  want(weight, rank, weight_shape, dtype);
  want(output, rank, output_shape, dtype);
  if (bias != NULL) want(bias, 1, output_shape + 1, dtype);
  if (is_backward) {
    want(&views[3], rank, shape, dtype);
    want(&views[4], rank, weight_shape, dtype);
    want(&views[5], 1, output_shape + 1, dtype);
  }
  bool is_accepted =
      shaped == RSMP_OK && (is_floating(dtype) || (!is_backward && same_dtype(dtype, dtypes[FLOATING_DTYPES])));
  /* Every sample of the input meets every weight of its channel. */
  int64_t work = 1;
  for (int axis = 0; axis < rank && is_accepted; axis++) {
    work = product(work, product(shape[axis], axis > 0 ? weight_shape[axis] : 1));
  }
  verdict verdict = settle(is_accepted, work);
  fill_views();
  exercise(is_backward ? convolve_backward : convolve, verdict);
  finish();
  return 0;
}
