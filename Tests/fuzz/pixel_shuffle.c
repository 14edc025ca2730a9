/* rsmp_pixel_shuffle, rsmp_pixel_unshuffle and the functions for their shapes. */
#include "fuzz.h"

static bool is_unshuffle;
static int32_t rank;
static int64_t factor;

static rsmp_status ask(rsmp_error *error) {
  return is_unshuffle ? rsmp_pixel_unshuffle_shape(rank, shape_arguments[0], factor, shape_result, error)
                      : rsmp_pixel_shuffle_shape(rank, shape_arguments[0], factor, shape_result, error);
}

static rsmp_status shuffle(rsmp_error *error) {
  return is_unshuffle ? rsmp_pixel_unshuffle(tensor(0), factor, tensor(1), error)
                      : rsmp_pixel_shuffle(tensor(0), factor, tensor(1), error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  int flags = take();
  is_unshuffle = flags & 1;
  int choice = take();
  rank = choice < 0xc0 ? 4 : choice < 0xf0 ? 3 + choice % 6 : choice < 0xfc ? below(11) - 1 : hostile_int();
  rsmp_dtype dtype = take_dtype(DTYPES);
  factor = take_count(1);
  bool fits = !(flags & 0x80) || !rarely();
  int64_t shape[SHAPE_ROOM] = {0}, output_shape[SHAPE_ROOM] = {0}, length = take_count(1);
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) {
    int64_t least = axis < rank - 3 ? 1 : 1 + (flags >> 1 & 1) * 16 * (axis == rank - 1);
    /* Axes before the channels are short, and there are many of them. */
    shape[axis] = axis < rank - 3 && rank > 4 ? 1 + take() % 3 : take_count(least);
    bool is_multiple = is_unshuffle ? axis > rank - 3 : axis == rank - 3;
    if (fits && is_multiple) shape[axis] = product(product(shape[axis], factor), is_unshuffle ? 1 : factor);
  }
  if (flags >> 2 & 1 && rank >= 3 && rank <= RSMP_MAX_AXES) shape[below(rank)] = length;

  rsmp_status shaped = ask_for_shape(ask, rank, shape, NULL, output_shape);
  view *input = new_view(READ, dtype, rank, shape);
  view *output = new_view(WRITTEN, dtype, rank, shaped == RSMP_OK ? output_shape : shape);
  maybe_spoil(output, false);
  take_memory(input);
  take_memory(output);
  want(input, rank, shape, dtype);
  want(output, rank, output_shape, dtype);
  verdict verdict = settle(shaped == RSMP_OK, 0);
  fill_views();
  exercise(shuffle, verdict);
  finish();
  return 0;
}
