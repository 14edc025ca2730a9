/*
 * What the headers of instruction sets have in common whose vectors have 16 bytes, moved by a variable: SixteenBytes.swift.
 * They have rsi_permute and rsi_permute_pair.
 */
#if (defined(RESAMPLE_NEON) || defined(RESAMPLE_SIMD128)) && !defined(CSHIMS_SIXTEEN_BYTES_H)
#define CSHIMS_SIXTEEN_BYTES_H
#define RSI_VECTOR_BYTES 16
#include "vectors.h"

/* The places of the bytes of each sample, one after the other. */
typedef rsi_longs rsi_permutation;

/* Bytes of a window, and of two adjacent ones; 0 for a place that it does not have. */
RSI rsi_longs rsi_permute(rsi_longs window, rsi_permutation permutation);
RSI rsi_longs rsi_permute_pair(rsi_longs low, rsi_longs high, rsi_permutation permutation);

RSI rsi_floats rsi_permute_floats(rsi_floats window, rsi_permutation permutation) {
  return (rsi_floats)rsi_permute((rsi_longs)window, permutation);
}
RSI rsi_doubles rsi_permute_doubles(rsi_doubles window, rsi_permutation permutation) {
  return (rsi_doubles)rsi_permute((rsi_longs)window, permutation);
}
RSI rsi_floats rsi_permute_float_pairs(rsi_floats low, rsi_floats high, rsi_permutation permutation) {
  return (rsi_floats)rsi_permute_pair((rsi_longs)low, (rsi_longs)high, permutation);
}
RSI rsi_doubles rsi_permute_double_pairs(rsi_doubles low, rsi_doubles high, rsi_permutation permutation) {
  return (rsi_doubles)rsi_permute_pair((rsi_longs)low, (rsi_longs)high, permutation);
}

/* The first `count` of 4; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI rsi_halves rsi_load_halves(const uint16_t *p, intptr_t count) {
  rsi_halves halves = {0};
  for (int i = 0; i < 4; i++) {
    if (i < count) halves[i] = p[i];
  }
  return halves;
}
RSI void rsi_store_halves(uint16_t *p, intptr_t count, rsi_halves halves) {
  for (int i = 0; i < 4; i++) {
    if (i < count) p[i] = halves[i];
  }
}
#endif
