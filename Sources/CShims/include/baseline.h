/* The baseline: vectors of 16 bytes, without instructions that any processor of the architecture might lack. */
#ifndef CSHIMS_BASELINE_H
#define CSHIMS_BASELINE_H
#include <stdbool.h>

#include "kernels.h"

static inline bool rsk_has_baseline(void) { return true; }
void rsk_fill_baseline(rsk_table *table);

#if defined(RESAMPLE_BASELINE)
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#define RSI_VECTOR_BYTES 16
#include "vectors.h"

/* Whole numbers, or the nearest ones, as integers: the least or the greatest one for what is none of 32 bits. */
#if defined(__SSE2__)
RSI rsi_float_indices rsi_truncated_floats(rsi_floats a) { return (rsi_float_indices)_mm_cvttps_epi32(a); }
RSI rsi_double_indices rsi_truncated_doubles(rsi_doubles a) {
  rsi_float_indices both = (rsi_float_indices)_mm_cvttpd_epi32(a);
  return __builtin_shufflevector(both, both, 0, 1);
}
RSI rsi_float_indices rsi_rounded_floats(rsi_floats a) { return (rsi_float_indices)_mm_cvtps_epi32(a); }
RSI rsi_double_indices rsi_rounded_doubles(rsi_doubles a) {
  rsi_float_indices both = (rsi_float_indices)_mm_cvtpd_epi32(a);
  return __builtin_shufflevector(both, both, 0, 1);
}
#else
RSI rsi_float_indices rsi_truncated_floats(rsi_floats a) {
  rsi_float_indices indices;
  for (int i = 0; i < 4; i++) indices[i] = a[i] >= -0x1p31f && a[i] < 0x1p31f ? (int32_t)a[i] : INT32_MIN;
  return indices;
}
RSI rsi_double_indices rsi_truncated_doubles(rsi_doubles a) {
  rsi_double_indices indices;
  for (int i = 0; i < 2; i++) indices[i] = a[i] > -0x1p31 && a[i] < 0x1p31 ? (int32_t)a[i] : INT32_MIN;
  return indices;
}
RSI rsi_float_indices rsi_rounded_floats(rsi_floats a) { return rsi_truncated_floats(rsi_nearest_floats(a)); }
RSI rsi_double_indices rsi_rounded_doubles(rsi_doubles a) { return rsi_truncated_doubles(rsi_nearest_doubles(a)); }
#endif
#endif
#endif
