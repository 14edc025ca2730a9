/* The baseline: vectors of 16 bytes, without instructions that any processor of the architecture might lack. */
#ifndef CSHIMS_BASELINE_H
#define CSHIMS_BASELINE_H
#include <stdbool.h>

#include "kernels.h"

static inline bool rsk_has_baseline(void) { return true; }
void rsk_fill_baseline(rsk_table *table);

#if defined(RESAMPLE_BASELINE)
#define RSI_VECTOR_BYTES 16
#include "vectors.h"

/* The samples, or pairs of them, of the lower, or upper, halves of two vectors in turn. */
RSI rsi_floats rsi_low_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 0, 4, 1, 5));
}
RSI rsi_floats rsi_high_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 2, 6, 3, 7));
}
RSI rsi_floats rsi_low_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 0, 1, 4, 5));
}
RSI rsi_floats rsi_high_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 2, 3, 6, 7));
}
RSI rsi_doubles rsi_low_doubles(rsi_doubles a, rsi_doubles b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 0, 2));
}
RSI rsi_doubles rsi_high_doubles(rsi_doubles a, rsi_doubles b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 1, 3));
}

/* 16 bytes at p + f[0]. */
RSI rsi_floats rsi_fours_of_floats(const float *p, const int32_t *f) {
  rsi_floats vector;
  __builtin_memcpy(&vector, p + f[0], sizeof vector);
  return RSI_OPAQUE(vector);
}
RSI rsi_doubles rsi_pairs_of_doubles(const double *p, const int32_t *f) {
  rsi_floats vector;
  __builtin_memcpy(&vector, p + f[0], sizeof vector);
  return (rsi_doubles)RSI_OPAQUE(vector);
}
#endif
#endif
