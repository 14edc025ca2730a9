/* rsmp_grid_sample_shape, rsmp_grid_sample, rsmp_grid_sample_backward and rsmp_affine_grid. */
#include "fuzz.h"

static int32_t rank, align_corners;

static const rsmp_grid_sample_options *options(void) { return (void *)options_passed; }

static rsmp_status ask(rsmp_error *error) {
  return rsmp_grid_sample_shape(rank, shape_arguments[0], shape_arguments[1], shape_result, error);
}

static rsmp_status sample(rsmp_error *error) {
  return rsmp_grid_sample(tensor(0), tensor(1), options(), tensor(2), error);
}

static rsmp_status sample_backward(rsmp_error *error) {
  return rsmp_grid_sample_backward(tensor(0), tensor(1), tensor(2), options(), tensor(3), tensor(4), error);
}

static rsmp_status fill_grid(rsmp_error *error) { return rsmp_affine_grid(tensor(0), align_corners, tensor(1), error); }

static void fuzz_affine_grid(void) {
  int choice = take();
  int64_t dimensions = 2 + (choice & 1);
  rank = (int32_t)dimensions + 2;
  rsmp_dtype dtype = take_dtype(2);
  align_corners = take_choice(1);
  int64_t images = take_count(1), shape[SHAPE_ROOM] = {images}, theta_shape[SHAPE_ROOM] = {images, dimensions,
                                                                                            dimensions + 1};
  for (int axis = 1; axis < rank - 1; axis++) shape[axis] = take_count(1);
  shape[rank - 1] = dimensions;
  view *theta = new_view(READ, dtype, 3, theta_shape);
  view *grid = new_view(WRITTEN, dtype, rank, shape);
  maybe_spoil(theta, false);
  maybe_spoil(grid, false);
  take_memory(theta);
  take_memory(grid);
  /* The shape of the grid is that of nothing else: what it says is what theta has to be. */
  bool has_dimensions = (grid->rank == 4 || grid->rank == 5) && grid->shape[grid->rank - 1] == grid->rank - 2;
  int64_t expected[] = {grid->shape[0], grid->rank - 2, grid->rank - 1};
  want(theta, 3, expected, grid->dtype);
  want(grid, grid->rank, grid->shape, grid->dtype);
  bool is_accepted = (align_corners == 0 || align_corners == 1) && has_dimensions &&
                     (same_dtype(grid->dtype, dtypes[0]) || same_dtype(grid->dtype, dtypes[1]));
  verdict verdict = settle(is_accepted, 0);
  fill_views();
  exercise(fill_grid, verdict);
}

static void fuzz_grid_sample(bool is_backward, int flags) {
  bool is_spoiled = flags & 0x80;
  int choice = take();
  rank = choice < 0xf8 ? 4 + choice % 2 : choice < 0xfe ? below(11) - 1 : hostile_int();
  rsmp_dtype dtype = take_dtype(FLOATING_DTYPES);
  rsmp_grid_sample_options call = {
      .mode = take_choice(2), .padding_mode = take_choice(2), .align_corners = take_choice(1)};
  take_options(&call, sizeof call, sizeof call);
  bool options_are_valid = options_are_whole && call.mode >= 0 && call.mode <= 2 && call.padding_mode >= 0 &&
                           call.padding_mode <= 2 && (call.align_corners == 0 || call.align_corners == 1);

  int64_t shape[SHAPE_ROOM] = {0}, grid_shape[SHAPE_ROOM] = {0}, output_shape[SHAPE_ROOM] = {0};
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) {
    shape[axis] = take_count(axis == 1 && flags & 4 ? 15 : 1);
    if (axis > 0 && axis < rank - 1) grid_shape[axis] = take_count(flags & 8 && axis == rank - 2 ? 17 : 1);
  }
  grid_shape[0] = shape[0];
  if (rank >= 1 && rank <= SHAPE_ROOM) grid_shape[rank - 1] = rank - 2;
  if (flags & 16) grid_shape[0] = shape[0] = 1;
  if (is_spoiled && rarely()) grid_shape[below(6)] = take_count(0);

  rsmp_status shaped = ask_for_shape(ask, rank, shape, grid_shape, output_shape);
  view *input, *grid, *output;
  if (is_backward) {
    output = new_view(READ, dtype, rank, shaped == RSMP_OK ? output_shape : shape);
    input = new_view(READ, dtype, rank, shape);
    grid = new_view(READ, dtype, rank, grid_shape);
    new_view(WRITTEN, dtype, rank, shape)->is_optional = true;
    new_view(WRITTEN, dtype, rank, grid_shape)->is_optional = true;
  } else {
    input = new_view(READ, dtype, rank, shape);
    grid = new_view(READ, dtype, rank, grid_shape);
    output = new_view(WRITTEN, dtype, rank, shaped == RSMP_OK ? output_shape : shape);
  }
  if (is_spoiled) {
    int index = below(view_count);
    maybe_spoil(&views[index], is_backward ? index == 1 || index == 2 : index < 2);
  }
  for (int index = 0; index < view_count; index++) take_memory(&views[index]);
  want(input, rank, shape, dtype);
  want(grid, rank, grid_shape, dtype);
  want(output, rank, output_shape, dtype);
  if (is_backward) {
    want(&views[3], rank, shape, dtype);
    want(&views[4], rank, grid_shape, dtype);
  }
  bool is_accepted = shaped == RSMP_OK && options_are_valid && is_floating(dtype);
  verdict verdict = settle(is_accepted, 0);
  /* The library has 32 bits for the distance of two samples of a channel. */
  if (verdict == MUST_ACCEPT && input->high - input->low > INT32_MAX) verdict = MAY_REFUSE;
  fill_views();
  exercise(is_backward ? sample_backward : sample, verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  int flags = take();
  if ((flags & 3) == 3) {
    fuzz_affine_grid();
  } else {
    fuzz_grid_sample(flags & 1, flags);
  }
  finish();
  return 0;
}
