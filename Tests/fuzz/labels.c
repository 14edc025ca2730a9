/* rsmp_logits_to_labels and its shape. */
#include "interpolate.h"

static const interpolation *labelled_call;

/* The shape has three entries, where that of the logits has four: the last is 0 here. */
static rsmp_status ask(rsmp_error *error) {
  int64_t *entries = shape_result == NULL ? NULL : allocate(3 * sizeof *entries);
  rsmp_status status = rsmp_logits_to_labels_shape(labelled_call->rank, shape_arguments[0], labelled_call->dtype,
                                                   (void *)options_passed, entries, error);
  if (status == RSMP_OK) {
    memcpy(shape_result, entries, 3 * sizeof *entries);
    shape_result[3] = 0;
  }
  free(entries);
  return status;
}

static rsmp_status label(rsmp_error *error) {
  return rsmp_logits_to_labels(tensor(1), (void *)options_passed, tensor(0), error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  static const rsmp_dtype label_dtypes[] = {{RSMP_UINT, 8, 1}, {RSMP_INT, 32, 1}, {RSMP_INT, 64, 1}};
  int choice = take();
  interpolation call;
  take_interpolation(&call, true);
  rsmp_dtype dtype = choice < 0xf0 ? label_dtypes[choice % 3] : take_dtype(DTYPES);

  int64_t resampled[SHAPE_ROOM] = {0}, labels_shape[SHAPE_ROOM] = {0};
  labelled_call = &call;
  rsmp_status shaped = ask_for_shape(ask, call.rank, call.shape, NULL, labels_shape);
  if (shaped == RSMP_OK) {
    HOLDS(interpolation_shape(&call, resampled) == RSMP_OK && call.rank == 4, "labels of what cannot be resampled");
    HOLDS(labels_shape[0] == resampled[0] && labels_shape[1] == resampled[2] && labels_shape[2] == resampled[3],
          "labels of another shape");
  }
  /* The logits last: what has to be refused is given uint8 there, which labels may be. */
  view *labels = new_view(WRITTEN, dtype, 3, labels_shape);
  view *logits = new_view(READ, call.dtype, call.rank, call.shape);
  maybe_spoil(labels, false);
  dtype = labels->dtype; /* another may do as well */
  take_memory(labels);
  take_memory(logits);
  want(logits, call.rank, call.shape, call.dtype);
  want(labels, 3, labels_shape, dtype);
  bool is_label = same_dtype(dtype, label_dtypes[1]) || same_dtype(dtype, label_dtypes[2]) ||
                  (same_dtype(dtype, label_dtypes[0]) && call.shape[1] <= 256);
  verdict verdict = settle(shaped == RSMP_OK && is_label, interpolation_work(&call, resampled));
  fill_views();
  exercise(label, verdict);
  finish();
  return 0;
}
