/* rsmp_carafe_shape, rsmp_carafe and rsmp_carafe_backward. */
#include "fuzz.h"

static int64_t kernel_size, group_size, scale_factor;

static rsmp_status ask(rsmp_error *error) {
  return rsmp_carafe_shape(shape_arguments[0], shape_arguments[1], kernel_size, group_size, scale_factor, shape_result,
                           error);
}

static rsmp_status reassemble(rsmp_error *error) {
  return rsmp_carafe(tensor(0), tensor(1), kernel_size, group_size, scale_factor, tensor(2), error);
}

static rsmp_status reassemble_backward(rsmp_error *error) {
  return rsmp_carafe_backward(tensor(0), tensor(1), tensor(2), kernel_size, group_size, scale_factor, tensor(3),
                              tensor(4), error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  int flags = take();
  bool is_backward = flags & 1, is_spoiled = flags & 0x80;
  rsmp_dtype dtype = take_dtype(FLOATING_DTYPES);
  int choice = take();
  kernel_size = choice < 0xf0 ? 1 + 2 * (choice % 5) : take_count(0);
  group_size = take_count(1);
  scale_factor = take_count(1);
  int64_t shape[SHAPE_ROOM], masks_shape[SHAPE_ROOM], output_shape[SHAPE_ROOM] = {0};
  for (int axis = 0; axis < 4; axis++) {
    shape[axis] = take_count(axis == 3 && flags & 4 ? 16 : 1);
    if (axis == 1 && !(is_spoiled && rarely())) shape[1] = product(shape[1], group_size);
    masks_shape[axis] = axis == 0   ? shape[0]
                        : axis == 1 ? product(product(kernel_size, kernel_size), group_size)
                                    : product(shape[axis], scale_factor);
  }
  if (is_spoiled && rarely()) masks_shape[below(4)] = take_count(0);

  rsmp_status shaped = ask_for_shape(ask, 4, shape, masks_shape, output_shape);
  view *features, *masks, *output;
  if (is_backward) {
    output = new_view(READ, dtype, 4, shaped == RSMP_OK ? output_shape : shape);
    features = new_view(READ, dtype, 4, shape);
    masks = new_view(READ, dtype, 4, masks_shape);
    new_view(WRITTEN, dtype, 4, shape)->is_optional = true;
    new_view(WRITTEN, dtype, 4, masks_shape)->is_optional = true;
  } else {
    features = new_view(READ, dtype, 4, shape);
    masks = new_view(READ, dtype, 4, masks_shape);
    output = new_view(WRITTEN, dtype, 4, shaped == RSMP_OK ? output_shape : shape);
  }
  if (is_spoiled) {
    int index = below(view_count);
    maybe_spoil(&views[index], is_backward ? index == 1 || index == 2 : index < 2);
  }
  for (int index = 0; index < view_count; index++) take_memory(&views[index]);
  want(features, 4, shape, dtype);
  want(masks, 4, masks_shape, dtype);
  want(output, 4, output_shape, dtype);
  if (is_backward) {
    want(&views[3], 4, shape, dtype);
    want(&views[4], 4, masks_shape, dtype);
  }
  bool is_accepted = shaped == RSMP_OK && is_floating(dtype);
  int64_t work = is_accepted ? product(kernel_size, kernel_size) : 0;
  for (int axis = 0; axis < 4; axis++) work = product(work, output_shape[axis]);
  verdict verdict = settle(is_accepted, work);
  fill_views();
  exercise(is_backward ? reassemble_backward : reassemble, verdict);
  finish();
  return 0;
}
