/* x86-64-v3: vectors of 32 bytes. Shuffles and packings stay within 128 bits. */
#ifndef CSHIMS_AVX2_H
#define CSHIMS_AVX2_H
#include <stdbool.h>

#include "kernels.h"

#if defined(__x86_64__)
static inline bool rsk_has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v3");
}
void rsk_fill_avx2(rsk_table *table);
#endif

#if defined(RESAMPLE_AVX2)
#include <immintrin.h>
#define RSI_VECTOR_BYTES 32
#include "vectors.h"

/* first[0], first[1], ... as a permutation of a window of samples that starts at sample `base`. */
typedef __m256i rsi_permutation;
RSI rsi_permutation rsi_permutation_of_floats(const int32_t *first, int32_t base) {
  return _mm256_sub_epi32(_mm256_loadu_si256((const __m256i_u *)first), _mm256_set1_epi32(base));
}
/* That of the halves of the doubles: there is no permutation of doubles by a variable. */
RSI rsi_permutation rsi_permutation_of_doubles(const int32_t *first, int32_t base) {
  __m128i doubles = _mm_sub_epi32(_mm_loadu_si128((const __m128i_u *)first), _mm_set1_epi32(base));
  __m256i even = _mm256_slli_epi64(_mm256_cvtepu32_epi64(doubles), 1);
  return _mm256_or_si256(even, _mm256_slli_epi64(_mm256_add_epi64(even, _mm256_set1_epi64x(1)), 32));
}

/* The samples of one window, and of two adjacent ones. */
RSI rsi_floats rsi_permute_floats(rsi_floats window, rsi_permutation permutation) {
  return _mm256_permutevar8x32_ps(window, permutation);
}
RSI rsi_doubles rsi_permute_doubles(rsi_doubles window, rsi_permutation permutation) {
  return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(window), permutation));
}
/* The instruction takes the low three bits of an index; the fourth says which window. */
RSI rsi_floats rsi_permute_float_pairs(rsi_floats low, rsi_floats high, rsi_permutation permutation) {
  __m256 isHigh = _mm256_castsi256_ps(_mm256_slli_epi32(permutation, 28));
  return _mm256_blendv_ps(rsi_permute_floats(low, permutation), rsi_permute_floats(high, permutation), isHigh);
}
RSI rsi_doubles rsi_permute_double_pairs(rsi_doubles low, rsi_doubles high, rsi_permutation permutation) {
  return _mm256_castps_pd(rsi_permute_float_pairs(_mm256_castpd_ps(low), _mm256_castpd_ps(high), permutation));
}

/* The same of 16 bytes, for pixels of 16 and of 8 bits. */
RSI __m128i rsi_4_indices(const int32_t *first, int32_t base) {
  return _mm_sub_epi32(_mm_loadu_si128((const __m128i_u *)first), _mm_set1_epi32(base));
}
RSI __m128i rsi_8_indices(const int32_t *first, int32_t base) {
  return _mm_packs_epi32(rsi_4_indices(first, base), rsi_4_indices(first + 4, base));
}
RSI __m128i rsi_permutation_of_16_bits(const int32_t *first, int32_t base) {
  __m128i even = _mm_slli_epi16(rsi_8_indices(first, base), 1);
  return _mm_or_si128(even, _mm_slli_epi16(_mm_add_epi16(even, _mm_set1_epi16(1)), 8));
}
/* `first`: the low bytes; those of a window differ in nothing else. */
RSI __m128i rsi_permutation_of_8_bits(const uint8_t *first, int32_t base) {
  return _mm_sub_epi8(_mm_loadu_si128((const __m128i_u *)first), _mm_set1_epi8((char)base));
}
RSI __m128i rsi_permute(__m128i window, __m128i permutation) { return _mm_shuffle_epi8(window, permutation); }

/* Whole numbers, or the nearest ones, as integers: the least one for what is none of 32 bits. */
RSI rsi_float_indices rsi_rounded_floats(rsi_floats a) { return (rsi_float_indices)_mm256_cvtps_epi32(a); }
RSI rsi_double_indices rsi_rounded_doubles(rsi_doubles a) { return (rsi_double_indices)_mm256_cvtpd_epi32(a); }
RSI rsi_float_indices rsi_truncated_floats(rsi_floats a) { return (rsi_float_indices)_mm256_cvttps_epi32(a); }
RSI rsi_double_indices rsi_truncated_doubles(rsi_doubles a) { return (rsi_double_indices)_mm256_cvttpd_epi32(a); }

/* In each element: count > tap ? a : b. */
RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  __m256i mask = _mm256_cmpgt_epi32(_mm256_loadu_si256((const __m256i_u *)count), _mm256_set1_epi32(tap));
  return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(mask));
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  __m128i mask = _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i_u *)count), _mm_set1_epi32(tap));
  return _mm256_blendv_pd(b, a, _mm256_castsi256_pd(_mm256_cvtepi32_epi64(mask)));
}

/* The first `count` elements; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI __m256i rsi_mask_of_first(intptr_t count) {
  int32_t bounded = count < 0 ? 0 : count > 8 ? 8 : (int32_t)count;
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(bounded), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
RSI rsi_floats rsi_load_floats(const float *p, intptr_t count) {
  return _mm256_maskload_ps(p, rsi_mask_of_first(count));
}
RSI rsi_doubles rsi_load_doubles(const double *p, intptr_t count) {
  return _mm256_castps_pd(_mm256_maskload_ps((const float *)p, rsi_mask_of_first(2 * count)));
}
RSI rsi_halves rsi_load_halves(const uint16_t *p, intptr_t count) {
  rsi_halves halves = {0};
  for (int i = 0; i < 8; i++) {
    if (i < count) halves[i] = p[i];
  }
  return halves;
}
RSI void rsi_store_floats(float *p, intptr_t count, rsi_floats vector) {
  _mm256_maskstore_ps(p, rsi_mask_of_first(count), vector);
}
RSI void rsi_store_doubles(double *p, intptr_t count, rsi_doubles vector) {
  _mm256_maskstore_ps((float *)p, rsi_mask_of_first(2 * count), _mm256_castpd_ps(vector));
}
RSI void rsi_store_halves(uint16_t *p, intptr_t count, rsi_halves halves) {
  for (int i = 0; i < 8; i++) {
    if (i < count) p[i] = halves[i];
  }
}

/* The samples, or pairs of them, of the lower, or upper, halves of two vectors in turn. */
RSI rsi_floats rsi_low_floats(rsi_floats a, rsi_floats b) { return RSI_OPAQUE(_mm256_unpacklo_ps(a, b)); }
RSI rsi_floats rsi_high_floats(rsi_floats a, rsi_floats b) { return RSI_OPAQUE(_mm256_unpackhi_ps(a, b)); }
RSI rsi_floats rsi_low_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(1, 0, 1, 0)));
}
RSI rsi_floats rsi_high_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 2, 3, 2)));
}
RSI rsi_doubles rsi_low_doubles(rsi_doubles a, rsi_doubles b) { return RSI_OPAQUE(_mm256_unpacklo_pd(a, b)); }
RSI rsi_doubles rsi_high_doubles(rsi_doubles a, rsi_doubles b) { return RSI_OPAQUE(_mm256_unpackhi_pd(a, b)); }

/* Elements 0, 2, 4, ... of two adjacent vectors, and 1, 3, 5, ...: first those of the lower halves. */
RSI rsi_floats rsi_even_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
}
RSI rsi_floats rsi_odd_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
}
RSI rsi_floats rsi_floats_in_order(rsi_floats a) {
  return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(a), _MM_SHUFFLE(3, 1, 2, 0)));
}
RSI rsi_doubles rsi_even_doubles(rsi_doubles a, rsi_doubles b) { return rsi_low_doubles(a, b); }
RSI rsi_doubles rsi_odd_doubles(rsi_doubles a, rsi_doubles b) { return rsi_high_doubles(a, b); }
RSI rsi_doubles rsi_doubles_in_order(rsi_doubles a) { return _mm256_permute4x64_pd(a, _MM_SHUFFLE(3, 1, 2, 0)); }

/* 16 bytes at each of p + f[0], p + f[stride], ...: as many as a vector holds. */
RSI rsi_floats rsi_quarters(const char *p, const int32_t *f, intptr_t stride, intptr_t size) {
  __m256 vector = _mm256_castps128_ps256(_mm_loadu_ps((const float *)(p + f[0] * size)));
  return RSI_OPAQUE(_mm256_insertf128_ps(vector, _mm_loadu_ps((const float *)(p + f[stride] * size)), 1));
}
/* 8 bytes at each of f[0], f[1], f[4], f[5], ...; and of two such vectors, as wide as the places were, each second sample. */
RSI __m128 rsi_two_pairs(const float *p, const int32_t *f) {
  return _mm_loadh_pi(_mm_castpd_ps(_mm_load_sd((const double *)(p + f[0]))), (const __m64 *)(p + f[1]));
}
RSI rsi_floats rsi_pairs_of_floats(const float *p, const int32_t *f) {
  return RSI_OPAQUE(_mm256_insertf128_ps(_mm256_castps128_ps256(rsi_two_pairs(p, f)), rsi_two_pairs(p, f + 4), 1));
}
RSI rsi_floats rsi_even_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
}
RSI rsi_floats rsi_odd_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
}
RSI rsi_floats rsi_fours_of_floats(const float *p, const int32_t *f) {
  return rsi_quarters((const char *)p, f, 4, sizeof(float));
}
RSI rsi_doubles rsi_pairs_of_doubles(const double *p, const int32_t *f) {
  return _mm256_castps_pd(rsi_quarters((const char *)p, f, 2, sizeof(double)));
}

/* float16 as floats, and back: to nearest, ties to even, NaN stays NaN. */
RSI rsi_floats rsi_widened_float16(rsi_halves halves) { return _mm256_cvtph_ps((__m128i)halves); }
RSI rsi_halves rsi_narrowed_float16(rsi_floats floats) {
  return (rsi_halves)_mm256_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT);
}

/* Two int32, repeated, and either of them alone; the compiler would make two loads of one. */
RSI __m256i rsi_repeated_pairs(int64_t pair) { return RSI_OPAQUE(_mm256_set1_epi64x(pair)); }
RSI __m256i rsi_repeated_first(__m256i pairs) { return _mm256_shuffle_epi32(pairs, 0x00); }
RSI __m256i rsi_repeated_second(__m256i pairs) { return _mm256_shuffle_epi32(pairs, 0x55); }

/* int32 shifted to the right, as bytes: what unpacking bytes made four of a, as one. */
RSI __m256i rsi_shifted_bytes(__m256i a, __m256i b, __m256i c, __m256i d, int32_t shift) {
  __m128i count = _mm_cvtsi32_si128(shift);
  __m256i low = _mm256_packs_epi32(_mm256_sra_epi32(a, count), _mm256_sra_epi32(b, count));
  __m256i high = _mm256_packs_epi32(_mm256_sra_epi32(c, count), _mm256_sra_epi32(d, count));
  return _mm256_packus_epi16(low, high);
}
#endif
#endif
