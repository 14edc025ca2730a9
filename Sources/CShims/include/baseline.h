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

/* Elements 0 and 2 of two adjacent vectors, and 1 and 3. */
RSI rsi_floats rsi_even_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 0, 2, 4, 6));
}
RSI rsi_floats rsi_odd_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 1, 3, 5, 7));
}
RSI rsi_floats rsi_floats_in_order(rsi_floats a) { return a; }
RSI rsi_doubles rsi_even_doubles(rsi_doubles a, rsi_doubles b) { return rsi_low_doubles(a, b); }
RSI rsi_doubles rsi_odd_doubles(rsi_doubles a, rsi_doubles b) { return rsi_high_doubles(a, b); }
RSI rsi_doubles rsi_doubles_in_order(rsi_doubles a) { return a; }

/* 8 bytes at each of p + f[0], p + f[1]; and of two such vectors each second sample. */
RSI rsi_floats rsi_pairs_of_floats(const float *p, const int32_t *f) {
  float pairs[4];
  __builtin_memcpy(pairs, p + f[0], 8);
  __builtin_memcpy(pairs + 2, p + f[1], 8);
  return (rsi_floats){pairs[0], pairs[1], pairs[2], pairs[3]};
}
RSI rsi_floats rsi_even_float_pairs(rsi_floats a, rsi_floats b) { return rsi_even_floats(a, b); }
RSI rsi_floats rsi_odd_float_pairs(rsi_floats a, rsi_floats b) { return rsi_odd_floats(a, b); }

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
