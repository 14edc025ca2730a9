/* AArch64, every processor of which has NEON: vectors of 16 bytes. */
#ifndef CSHIMS_NEON_H
#define CSHIMS_NEON_H
#include <stdbool.h>

#include "kernels.h"

static inline bool rsk_has_neon(void) { return true; }
void rsk_fill_neon(rsk_table *table);

#if defined(RESAMPLE_NEON)
#include <arm_neon.h>
#include "sixteen_bytes.h"

/* first[0], first[1], ... as a permutation of a window of samples that starts at sample `base`. */
RSI int32x4_t rsi_4_indices(const int32_t *first, int32_t base) {
  return vsubq_s32(vld1q_s32(first), vdupq_n_s32(base));
}
RSI rsi_permutation rsi_permutation_of_floats(const int32_t *first, int32_t base) {
  return (rsi_permutation)vmlaq_s32(vdupq_n_s32(0x03020100), rsi_4_indices(first, base), vdupq_n_s32(0x04040404));
}
RSI rsi_permutation rsi_permutation_of_doubles(const int32_t *first, int32_t base) {
  int32x2_t indices = vmul_n_s32(vsub_s32(vld1_s32(first), vdup_n_s32(base)), 0x08080808);
  int32x4_t both = vcombine_s32(vzip1_s32(indices, indices), vzip2_s32(indices, indices));
  return (rsi_permutation)vaddq_s32(both, (int32x4_t)vdupq_n_s64(0x0706050403020100));
}
RSI rsi_permutation rsi_permutation_of_16_bits(const int32_t *first, int32_t base) {
  int16x8_t indices = vuzp1q_s16((int16x8_t)rsi_4_indices(first, base), (int16x8_t)rsi_4_indices(first + 4, base));
  return (rsi_permutation)vmlaq_s16(vdupq_n_s16(0x0100), indices, vdupq_n_s16(0x0202));
}
/* `first`: the low bytes; those of a window differ in nothing else. */
RSI rsi_permutation rsi_permutation_of_8_bits(const uint8_t *first, int32_t base) {
  return (rsi_permutation)vsubq_u8(vld1q_u8(first), vdupq_n_u8((uint8_t)base));
}

RSI rsi_longs rsi_permute(rsi_longs window, rsi_permutation permutation) {
  return (rsi_longs)vqtbl1q_u8((uint8x16_t)window, (uint8x16_t)permutation);
}
RSI rsi_longs rsi_permute_pair(rsi_longs low, rsi_longs high, rsi_permutation permutation) {
  uint8x16x2_t windows = {{(uint8x16_t)low, (uint8x16_t)high}};
  return (rsi_longs)vqtbl2q_u8(windows, (uint8x16_t)permutation);
}

/*
 * Whole numbers, or the nearest ones, as integers: the least one for what is none of 32 bits. The instructions have the
 * greatest for what is too large, and 0 for NaN.
 */
RSI rsi_float_indices rsi_if_small(rsi_floats a, int32x4_t indices) {
  return (rsi_float_indices)vbslq_s32(vcltq_f32((float32x4_t)a, vdupq_n_f32(0x1p31f)), indices, vdupq_n_s32(INT32_MIN));
}
RSI rsi_double_indices rsi_if_small_doubles(rsi_doubles a, int64x2_t indices) {
  return (rsi_double_indices)vbsl_s32(vmovn_u64(vcltq_f64((float64x2_t)a, vdupq_n_f64(0x1p31))), vqmovn_s64(indices),
                                      vdup_n_s32(INT32_MIN));
}
RSI rsi_float_indices rsi_rounded_floats(rsi_floats a) { return rsi_if_small(a, vcvtnq_s32_f32((float32x4_t)a)); }
RSI rsi_double_indices rsi_rounded_doubles(rsi_doubles a) {
  return rsi_if_small_doubles(a, vcvtnq_s64_f64((float64x2_t)a));
}
RSI rsi_float_indices rsi_truncated_floats(rsi_floats a) { return rsi_if_small(a, vcvtq_s32_f32((float32x4_t)a)); }
RSI rsi_double_indices rsi_truncated_doubles(rsi_doubles a) {
  return rsi_if_small_doubles(a, vcvtq_s64_f64((float64x2_t)a));
}

/* In each element: count > tap ? a : b. */
RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  uint32x4_t mask = vcgtq_s32(vld1q_s32(count), vdupq_n_s32(tap));
  return (rsi_floats)vbslq_f32(mask, (float32x4_t)a, (float32x4_t)b);
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  uint32x2_t mask = vcgt_s32(vld1_s32(count), vdup_n_s32(tap));
  return (rsi_doubles)vbslq_f64((uint64x2_t)vmovl_s32((int32x2_t)mask), (float64x2_t)a, (float64x2_t)b);
}

/* The first `count` elements; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI rsi_floats rsi_load_floats(const float *p, intptr_t count) {
  if (count >= 4) return (rsi_floats)vld1q_f32(p);
  if (count >= 2) {
    float32x4_t two = vcombine_f32(vld1_f32(p), vdup_n_f32(0));
    return (rsi_floats)(count == 3 ? vld1q_lane_f32(p + 2, two, 2) : two);
  }
  return count == 1 ? (rsi_floats){p[0]} : (rsi_floats){0};
}
RSI rsi_doubles rsi_load_doubles(const double *p, intptr_t count) {
  if (count >= 2) return (rsi_doubles)vld1q_f64(p);
  return count == 1 ? (rsi_doubles){p[0]} : (rsi_doubles){0};
}
RSI void rsi_store_floats(float *p, intptr_t count, rsi_floats vector) {
  if (count >= 4) {
    vst1q_f32(p, (float32x4_t)vector);
  } else if (count >= 2) {
    vst1_f32(p, vget_low_f32((float32x4_t)vector));
    if (count == 3) p[2] = vector[2];
  } else if (count == 1) {
    p[0] = vector[0];
  }
}
RSI void rsi_store_doubles(double *p, intptr_t count, rsi_doubles vector) {
  if (count >= 2) {
    vst1q_f64(p, (float64x2_t)vector);
  } else if (count == 1) {
    p[0] = vector[0];
  }
}

/* float16 as floats, and back: to nearest, ties to even, NaN stays NaN. */
RSI rsi_floats rsi_widened_float16(rsi_halves halves) { return (rsi_floats)vcvt_f32_f16((float16x4_t)halves); }
RSI rsi_halves rsi_narrowed_float16(rsi_floats floats) { return (rsi_halves)vcvt_f16_f32((float32x4_t)floats); }

/*
 * Pairs of int16 as the sums of their products want them: the first of four pairs, and then the second of these. Those of
 * bytes of two vectors in turn, four and four.
 */
RSI rsi_longs rsi_low_pairs(rsi_longs first, rsi_longs second) {
  return (rsi_longs)vzip1q_u32((uint32x4_t)first, (uint32x4_t)second);
}
RSI rsi_longs rsi_high_pairs(rsi_longs first, rsi_longs second) {
  return (rsi_longs)vzip2q_u32((uint32x4_t)first, (uint32x4_t)second);
}
RSI rsi_longs rsi_low_words(rsi_longs bytes) { return (rsi_longs)vmovl_u8(vget_low_u8((uint8x16_t)bytes)); }
RSI rsi_longs rsi_high_words(rsi_longs bytes) { return (rsi_longs)vmovl_high_u8((uint8x16_t)bytes); }

/* Two weights for every pair. */
RSI rsi_longs rsi_pair_weights(int32_t weights) {
  int16x8_t pairs = (int16x8_t)vdupq_n_s32(weights);
  return (rsi_longs)__builtin_shufflevector(pairs, pairs, 0, 0, 0, 0, 1, 1, 1, 1);
}
/* The first two of four, and the other two. */
RSI rsi_longs rsi_first_pair_weights(int64_t weights) {
  int16x4_t pairs = vcreate_s16((uint64_t)weights);
  return (rsi_longs)__builtin_shufflevector(pairs, pairs, 0, 0, 0, 0, 1, 1, 1, 1);
}
RSI rsi_longs rsi_second_pair_weights(int64_t weights) {
  int16x4_t pairs = vcreate_s16((uint64_t)weights);
  return (rsi_longs)__builtin_shufflevector(pairs, pairs, 2, 2, 2, 2, 3, 3, 3, 3);
}
/* sum + the products of pairs */
RSI rsi_longs rsi_add_pair_products(rsi_longs sum, rsi_longs a, rsi_longs b) {
  int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
  return (rsi_longs)vmlal_high_s16(vmlal_s16((int32x4_t)sum, vget_low_s16(x), vget_low_s16(y)), x, y);
}
RSI rsi_longs rsi_pair_products(rsi_longs a, rsi_longs b) {
  int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
  return (rsi_longs)vmlal_high_s16(vmull_s16(vget_low_s16(x), vget_low_s16(y)), x, y);
}
/* The products of int16, those of two neighbours added up. */
RSI rsi_longs rsi_neighbour_products(rsi_longs a, rsi_longs b) {
  int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
  return (rsi_longs)vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y));
}

/* Of int32: repeated, added up, the sums of two neighbours, shifted to the right. */
RSI rsi_longs rsi_repeated(int32_t value) { return (rsi_longs)vdupq_n_s32(value); }
RSI rsi_longs rsi_sum(rsi_longs a, rsi_longs b) { return (rsi_longs)vaddq_s32((int32x4_t)a, (int32x4_t)b); }
RSI rsi_longs rsi_neighbour_sums(rsi_longs a, rsi_longs b) { return (rsi_longs)vpaddq_s32((int32x4_t)a, (int32x4_t)b); }
RSI rsi_longs rsi_shifted(rsi_longs a, int32_t shift) {
  return (rsi_longs)vshlq_s32((int32x4_t)a, vdupq_n_s32(-shift));
}
/* The same as int16, and as bytes: both saturate. */
RSI int16x8_t rsi_shifted_words(rsi_longs a, rsi_longs b, int32_t shift) {
  return vqmovn_high_s32(vqmovn_s32((int32x4_t)rsi_shifted(a, shift)), (int32x4_t)rsi_shifted(b, shift));
}
RSI rsi_longs rsi_shifted_bytes(rsi_longs a, rsi_longs b, rsi_longs c, rsi_longs d, int32_t shift) {
  return (rsi_longs)vqmovun_high_s16(vqmovun_s16(rsi_shifted_words(a, b, shift)), rsi_shifted_words(c, d, shift));
}
RSI uint64_t rsi_shifted_eight(rsi_longs a, rsi_longs b, int32_t shift) {
  return vget_lane_u64((uint64x1_t)vqmovun_s16(rsi_shifted_words(a, b, shift)), 0);
}

/* Bytes, and pairs of them, of the lower, or upper, halves of two vectors in turn. */
RSI rsi_longs rsi_low_bytes(rsi_longs a, rsi_longs b) {
  return (rsi_longs)RSI_OPAQUE(vzip1q_u8((uint8x16_t)a, (uint8x16_t)b));
}
RSI rsi_longs rsi_high_bytes(rsi_longs a, rsi_longs b) {
  return (rsi_longs)RSI_OPAQUE(vzip2q_u8((uint8x16_t)a, (uint8x16_t)b));
}
RSI rsi_longs rsi_low_byte_pairs(rsi_longs a, rsi_longs b) {
  return (rsi_longs)RSI_OPAQUE(vzip1q_u16((uint16x8_t)a, (uint16x8_t)b));
}
RSI rsi_longs rsi_high_byte_pairs(rsi_longs a, rsi_longs b) {
  return (rsi_longs)RSI_OPAQUE(vzip2q_u16((uint16x8_t)a, (uint16x8_t)b));
}
#endif
#endif
