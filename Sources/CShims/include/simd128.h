/* WebAssembly's vectors of 16 bytes. There is no multiply-add that rounds once. */
#ifndef CSHIMS_SIMD128_H
#define CSHIMS_SIMD128_H
#include <stdbool.h>

#include "kernels.h"

static inline bool rsk_has_simd128(void) { return true; }
void rsk_fill_simd128(rsk_table *table);

#if defined(RESAMPLE_SIMD128)
#include <wasm_simd128.h>
#include "sixteen_bytes.h"

/* first[0], first[1], ... as a permutation of a window of samples that starts at sample `base`. */
RSI v128_t rsi_4_indices(const int32_t *first, int32_t base) {
  return wasm_i32x4_sub(wasm_v128_load(first), wasm_i32x4_splat(base));
}
RSI rsi_permutation rsi_permutation_of_floats(const int32_t *first, int32_t base) {
  v128_t places = wasm_i32x4_mul(rsi_4_indices(first, base), wasm_i32x4_const_splat(0x04040404));
  return (rsi_permutation)wasm_i32x4_add(places, wasm_i32x4_const_splat(0x03020100));
}
RSI rsi_permutation rsi_permutation_of_doubles(const int32_t *first, int32_t base) {
  v128_t indices = wasm_i32x4_sub(wasm_v128_load64_zero(first), wasm_i32x4_splat(base));
  v128_t places = wasm_i32x4_mul(wasm_i32x4_shuffle(indices, indices, 0, 0, 1, 1), wasm_i32x4_const_splat(0x08080808));
  return (rsi_permutation)wasm_i32x4_add(places, wasm_i64x2_const_splat(0x0706050403020100));
}
RSI rsi_permutation rsi_permutation_of_16_bits(const int32_t *first, int32_t base) {
  v128_t indices = wasm_i16x8_narrow_i32x4(rsi_4_indices(first, base), rsi_4_indices(first + 4, base));
  v128_t places = wasm_i16x8_mul(indices, wasm_i16x8_const_splat(0x0202));
  return (rsi_permutation)wasm_i16x8_add(places, wasm_i16x8_const_splat(0x0100));
}
/* `first`: the low bytes; those of a window differ in nothing else. */
RSI rsi_permutation rsi_permutation_of_8_bits(const uint8_t *first, int32_t base) {
  return (rsi_permutation)wasm_i8x16_sub(wasm_v128_load(first), wasm_i8x16_splat((int8_t)base));
}

RSI rsi_longs rsi_permute(rsi_longs window, rsi_permutation permutation) {
  return (rsi_longs)wasm_i8x16_swizzle((v128_t)window, (v128_t)permutation);
}
RSI rsi_longs rsi_permute_pair(rsi_longs low, rsi_longs high, rsi_permutation permutation) {
  v128_t second = wasm_i8x16_sub((v128_t)permutation, wasm_i8x16_const_splat(16));
  return rsi_permute(low, permutation) | (rsi_longs)wasm_i8x16_swizzle((v128_t)high, second);
}

/*
 * Whole numbers, or the nearest ones, as integers: the least one for what is none of 32 bits. The instructions have the
 * greatest for what is too large, and 0 for NaN.
 */
RSI rsi_float_indices rsi_truncated_floats(rsi_floats a) {
  v128_t isSmall = wasm_f32x4_lt((v128_t)a, wasm_f32x4_const_splat(0x1p31f));
  v128_t indices = wasm_i32x4_trunc_sat_f32x4((v128_t)a);
  return (rsi_float_indices)wasm_v128_bitselect(indices, wasm_i32x4_const_splat(INT32_MIN), isSmall);
}
RSI rsi_double_indices rsi_truncated_doubles(rsi_doubles a) {
  v128_t isSmall = wasm_f64x2_lt((v128_t)a, wasm_f64x2_const_splat(0x1p31));
  v128_t indices = wasm_i32x4_trunc_sat_f64x2_zero((v128_t)a);
  v128_t halves = wasm_i32x4_shuffle(isSmall, isSmall, 0, 2, 0, 2);
  rsi_float_indices both = (rsi_float_indices)wasm_v128_bitselect(indices, wasm_i32x4_const_splat(INT32_MIN), halves);
  return __builtin_shufflevector(both, both, 0, 1);
}
RSI rsi_float_indices rsi_rounded_floats(rsi_floats a) { return rsi_truncated_floats(rsi_nearest_floats(a)); }
RSI rsi_double_indices rsi_rounded_doubles(rsi_doubles a) { return rsi_truncated_doubles(rsi_nearest_doubles(a)); }

/* In each element: count > tap ? a : b. */
RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  v128_t mask = wasm_i32x4_gt(wasm_v128_load(count), wasm_i32x4_splat(tap));
  return (rsi_floats)wasm_v128_bitselect((v128_t)a, (v128_t)b, mask);
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  v128_t mask = wasm_i32x4_gt(wasm_v128_load64_zero(count), wasm_i32x4_splat(tap));
  return (rsi_doubles)wasm_v128_bitselect((v128_t)a, (v128_t)b, wasm_i64x2_extend_low_i32x4(mask));
}

/* The first `count` elements; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI rsi_floats rsi_load_floats(const float *p, intptr_t count) {
  if (count >= 4) return (rsi_floats)wasm_v128_load(p);
  if (count >= 2) {
    v128_t two = wasm_v128_load64_zero(p);
    return (rsi_floats)(count == 3 ? wasm_v128_load32_lane(p + 2, two, 2) : two);
  }
  return count == 1 ? (rsi_floats)wasm_v128_load32_zero(p) : (rsi_floats){0};
}
RSI rsi_doubles rsi_load_doubles(const double *p, intptr_t count) {
  if (count >= 2) return (rsi_doubles)wasm_v128_load(p);
  return count == 1 ? (rsi_doubles)wasm_v128_load64_zero(p) : (rsi_doubles){0};
}
RSI void rsi_store_floats(float *p, intptr_t count, rsi_floats vector) {
  if (count >= 4) {
    wasm_v128_store(p, (v128_t)vector);
  } else if (count >= 2) {
    wasm_v128_store64_lane(p, (v128_t)vector, 0);
    if (count == 3) p[2] = vector[2];
  } else if (count == 1) {
    p[0] = vector[0];
  }
}
RSI void rsi_store_doubles(double *p, intptr_t count, rsi_doubles vector) {
  if (count >= 2) {
    wasm_v128_store(p, (v128_t)vector);
  } else if (count == 1) {
    p[0] = vector[0];
  }
}

/* Bytes as int16, of the lower and of the upper half; and the even and the odd ones. */
RSI rsi_longs rsi_low_words(rsi_longs bytes) { return (rsi_longs)wasm_u16x8_extend_low_u8x16((v128_t)bytes); }
RSI rsi_longs rsi_high_words(rsi_longs bytes) { return (rsi_longs)wasm_u16x8_extend_high_u8x16((v128_t)bytes); }
RSI rsi_longs rsi_even_bytes(rsi_longs bytes) { return bytes & 0x00ff00ff00ff00ff; }
RSI rsi_longs rsi_odd_bytes(rsi_longs bytes) { return (rsi_longs)wasm_u16x8_shr((v128_t)bytes, 8); }

/* Two weights for every pair: these, the first two of four, and the other two. */
RSI rsi_longs rsi_pair_weights(int32_t weights) { return (rsi_longs)wasm_i32x4_splat(weights); }
RSI rsi_longs rsi_first_pair_weights(int64_t weights) { return rsi_pair_weights((int32_t)weights); }
RSI rsi_longs rsi_second_pair_weights(int64_t weights) { return rsi_pair_weights((int32_t)(weights >> 32)); }

/* The products of int16, those of two neighbours added up; and sum + these. */
RSI rsi_longs rsi_pair_products(rsi_longs a, rsi_longs b) {
  return (rsi_longs)wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b);
}
RSI rsi_longs rsi_neighbour_products(rsi_longs a, rsi_longs b) { return rsi_pair_products(a, b); }
RSI rsi_longs rsi_add_pair_products(rsi_longs sum, rsi_longs a, rsi_longs b) {
  return (rsi_longs)wasm_i32x4_add((v128_t)sum, wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b));
}

/* Of int32: repeated, added up, the sums of two neighbours, shifted to the right. */
RSI rsi_longs rsi_repeated(int32_t value) { return (rsi_longs)wasm_i32x4_splat(value); }
RSI rsi_longs rsi_sum(rsi_longs a, rsi_longs b) { return (rsi_longs)wasm_i32x4_add((v128_t)a, (v128_t)b); }
RSI rsi_longs rsi_neighbour_sums(rsi_longs a, rsi_longs b) {
  v128_t x = (v128_t)a, y = (v128_t)b;
  return (rsi_longs)wasm_i32x4_add(wasm_i32x4_shuffle(x, y, 0, 2, 4, 6), wasm_i32x4_shuffle(x, y, 1, 3, 5, 7));
}
RSI rsi_longs rsi_shifted(rsi_longs a, int32_t shift) { return (rsi_longs)wasm_i32x4_shr((v128_t)a, (uint32_t)shift); }
/* The same as int16, and as bytes: both saturate. */
RSI v128_t rsi_shifted_words(rsi_longs a, rsi_longs b, int32_t shift) {
  return wasm_i16x8_narrow_i32x4((v128_t)rsi_shifted(a, shift), (v128_t)rsi_shifted(b, shift));
}
RSI rsi_longs rsi_shifted_bytes(rsi_longs a, rsi_longs b, rsi_longs c, rsi_longs d, int32_t shift) {
  return (rsi_longs)wasm_u8x16_narrow_i16x8(rsi_shifted_words(a, b, shift), rsi_shifted_words(c, d, shift));
}
RSI uint64_t rsi_shifted_eight(rsi_longs a, rsi_longs b, int32_t shift) {
  v128_t words = rsi_shifted_words(a, b, shift);
  return (uint64_t)wasm_i64x2_extract_lane(wasm_u8x16_narrow_i16x8(words, words), 0);
}

/* The bytes of the lower, or upper, halves of two vectors in turn. */
RSI rsi_longs rsi_low_bytes(rsi_longs a, rsi_longs b) {
  return (rsi_longs)wasm_i8x16_shuffle((v128_t)a, (v128_t)b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
RSI rsi_longs rsi_high_bytes(rsi_longs a, rsi_longs b) {
  return (rsi_longs)wasm_i8x16_shuffle((v128_t)a, (v128_t)b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                       31);
}
#endif
#endif
