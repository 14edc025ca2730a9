/* x86-64-v4 with VBMI and VNNI: vectors of 64 bytes. Shuffles and packings stay within 128 bits. */
#ifndef CSHIMS_AVX512_H
#define CSHIMS_AVX512_H
#include <stdbool.h>

#include "kernels.h"

#if defined(__x86_64__)
/* Byte permutations and products came with Ice Lake and Zen 4; earlier AVX-512 is no gain over AVX2 here. */
static inline bool rsk_has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vnni");
}
void rsk_fill_avx512(rsk_table *table);
#endif

#if defined(RESAMPLE_AVX512)
#include <immintrin.h>
#define RSI_VECTOR_BYTES 64
#include "vectors.h"

/* first[0], first[1], ... as a permutation of a window of samples that starts at sample `base`. */
typedef __m512i rsi_permutation;
RSI rsi_permutation rsi_permutation_of_floats(const int32_t *first, int32_t base) {
  return _mm512_sub_epi32(_mm512_loadu_si512(first), _mm512_set1_epi32(base));
}
RSI rsi_permutation rsi_permutation_of_doubles(const int32_t *first, int32_t base) {
  __m256i indices = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i_u *)first), _mm256_set1_epi32(base));
  return _mm512_cvtepi32_epi64(indices);
}

/* The samples of one window, and of two adjacent ones. */
RSI rsi_floats rsi_permute_floats(rsi_floats window, rsi_permutation permutation) {
  return _mm512_permutexvar_ps(permutation, window);
}
RSI rsi_doubles rsi_permute_doubles(rsi_doubles window, rsi_permutation permutation) {
  return _mm512_permutexvar_pd(permutation, window);
}
RSI rsi_floats rsi_permute_float_pairs(rsi_floats low, rsi_floats high, rsi_permutation permutation) {
  return _mm512_permutex2var_ps(low, permutation, high);
}
RSI rsi_doubles rsi_permute_double_pairs(rsi_doubles low, rsi_doubles high, rsi_permutation permutation) {
  return _mm512_permutex2var_pd(low, permutation, high);
}

/* The same for pixels of 16 and of 8 bits. */
RSI __m256i rsi_16_indices_of_16_bits(const int32_t *first, int32_t base) {
  return _mm512_cvtepi32_epi16(_mm512_sub_epi32(_mm512_loadu_si512(first), _mm512_set1_epi32(base)));
}
RSI rsi_permutation rsi_permutation_of_16_bits(const int32_t *first, int32_t base) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(rsi_16_indices_of_16_bits(first, base)),
                            rsi_16_indices_of_16_bits(first + 16, base), 1);
}
/* `first`: the low bytes; those of a window differ in nothing else. */
RSI rsi_permutation rsi_permutation_of_8_bits(const uint8_t *first, int32_t base) {
  return _mm512_sub_epi8(_mm512_loadu_si512(first), _mm512_set1_epi8((char)base));
}

/* Whole numbers, or the nearest ones, as integers: the least one for what is none of 32 bits. */
RSI rsi_float_indices rsi_rounded_floats(rsi_floats a) { return (rsi_float_indices)_mm512_cvtps_epi32(a); }
RSI rsi_double_indices rsi_rounded_doubles(rsi_doubles a) { return (rsi_double_indices)_mm512_cvtpd_epi32(a); }
RSI rsi_float_indices rsi_truncated_floats(rsi_floats a) { return (rsi_float_indices)_mm512_cvttps_epi32(a); }
RSI rsi_double_indices rsi_truncated_doubles(rsi_doubles a) { return (rsi_double_indices)_mm512_cvttpd_epi32(a); }

/* In each element: count > tap ? a : b. */
RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  __mmask16 mask = _mm512_cmpgt_epi32_mask(_mm512_loadu_si512(count), _mm512_set1_epi32(tap));
  return _mm512_mask_mov_ps(b, mask, a);
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  __mmask8 mask = _mm256_cmpgt_epi32_mask(_mm256_loadu_si256((const __m256i_u *)count), _mm256_set1_epi32(tap));
  return _mm512_mask_mov_pd(b, mask, a);
}

/* The first `count` elements; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI uint32_t rsi_mask_of_first(intptr_t count) {
  return count < 0 ? 0 : _bzhi_u32(~0u, count > 32 ? 32 : (uint32_t)count);
}
RSI rsi_floats rsi_load_floats(const float *p, intptr_t count) {
  return _mm512_maskz_loadu_ps((__mmask16)rsi_mask_of_first(count), p);
}
RSI rsi_doubles rsi_load_doubles(const double *p, intptr_t count) {
  return _mm512_maskz_loadu_pd((__mmask8)rsi_mask_of_first(count), p);
}
RSI rsi_halves rsi_load_halves(const uint16_t *p, intptr_t count) {
  return (rsi_halves)_mm256_maskz_loadu_epi16((__mmask16)rsi_mask_of_first(count), p);
}
RSI __m512i rsi_load_half(const void *p) { return _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)p)); }
RSI __m512i rsi_load_bytes(const void *p, intptr_t count) {
  uint64_t mask = count <= 0 ? 0 : count >= 64 ? ~0ull : _bzhi_u64(~0ull, (uint32_t)count);
  return _mm512_maskz_loadu_epi8(mask, p);
}
RSI void rsi_store_floats(float *p, intptr_t count, rsi_floats vector) {
  _mm512_mask_storeu_ps(p, (__mmask16)rsi_mask_of_first(count), vector);
}
RSI void rsi_store_doubles(double *p, intptr_t count, rsi_doubles vector) {
  _mm512_mask_storeu_pd(p, (__mmask8)rsi_mask_of_first(count), vector);
}
RSI void rsi_store_halves(uint16_t *p, intptr_t count, rsi_halves halves) {
  _mm256_mask_storeu_epi16(p, (__mmask16)rsi_mask_of_first(count), (__m256i)halves);
}
/* A count above 0. */
RSI void rsi_store_bytes(void *p, intptr_t count, __m512i bytes) {
  _mm512_mask_storeu_epi8(p, count >= 64 ? ~0ull : _bzhi_u64(~0ull, (uint32_t)count), bytes);
}

/* The samples, or pairs of them, of the lower, or upper, halves of two vectors in turn. */
RSI rsi_floats rsi_low_floats(rsi_floats a, rsi_floats b) { return RSI_OPAQUE(_mm512_unpacklo_ps(a, b)); }
RSI rsi_floats rsi_high_floats(rsi_floats a, rsi_floats b) { return RSI_OPAQUE(_mm512_unpackhi_ps(a, b)); }
RSI rsi_floats rsi_low_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm512_shuffle_ps(a, b, _MM_SHUFFLE(1, 0, 1, 0)));
}
RSI rsi_floats rsi_high_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm512_shuffle_ps(a, b, _MM_SHUFFLE(3, 2, 3, 2)));
}
RSI rsi_doubles rsi_low_doubles(rsi_doubles a, rsi_doubles b) { return RSI_OPAQUE(_mm512_unpacklo_pd(a, b)); }
RSI rsi_doubles rsi_high_doubles(rsi_doubles a, rsi_doubles b) { return RSI_OPAQUE(_mm512_unpackhi_pd(a, b)); }

/* Elements 0, 2, 4, ... of two adjacent vectors, and 1, 3, 5, ... */
RSI rsi_floats rsi_even_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
}
RSI rsi_floats rsi_odd_floats(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
}
RSI rsi_floats rsi_floats_in_order(rsi_floats a) { return a; }
RSI rsi_doubles rsi_even_doubles(rsi_doubles a, rsi_doubles b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14));
}
RSI rsi_doubles rsi_odd_doubles(rsi_doubles a, rsi_doubles b) {
  return RSI_OPAQUE(__builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15));
}
RSI rsi_doubles rsi_doubles_in_order(rsi_doubles a) { return a; }

/* 16 bytes at each of p + f[0], p + f[stride], ...: as many as a vector holds. */
RSI rsi_floats rsi_quarters(const char *p, const int32_t *f, intptr_t stride, intptr_t size) {
  __m512 vector = _mm512_castps128_ps512(_mm_loadu_ps((const float *)(p + f[0] * size)));
  vector = _mm512_insertf32x4(vector, _mm_loadu_ps((const float *)(p + f[stride] * size)), 1);
  vector = _mm512_insertf32x4(vector, _mm_loadu_ps((const float *)(p + f[2 * stride] * size)), 2);
  return RSI_OPAQUE(_mm512_insertf32x4(vector, _mm_loadu_ps((const float *)(p + f[3 * stride] * size)), 3));
}
/* 8 bytes at each of f[0], f[1], f[4], f[5], ...; and of two such vectors, as wide as the places were, each second sample. */
RSI __m128 rsi_two_pairs(const float *p, const int32_t *f) {
  return _mm_loadh_pi(_mm_castpd_ps(_mm_load_sd((const double *)(p + f[0]))), (const __m64 *)(p + f[1]));
}
RSI rsi_floats rsi_pairs_of_floats(const float *p, const int32_t *f) {
  __m512 vector = _mm512_insertf32x4(_mm512_castps128_ps512(rsi_two_pairs(p, f)), rsi_two_pairs(p, f + 4), 1);
  vector = _mm512_insertf32x4(vector, rsi_two_pairs(p, f + 8), 2);
  return RSI_OPAQUE(_mm512_insertf32x4(vector, rsi_two_pairs(p, f + 12), 3));
}
RSI rsi_floats rsi_even_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm512_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
}
RSI rsi_floats rsi_odd_float_pairs(rsi_floats a, rsi_floats b) {
  return RSI_OPAQUE(_mm512_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
}
RSI rsi_floats rsi_fours_of_floats(const float *p, const int32_t *f) {
  return rsi_quarters((const char *)p, f, 4, sizeof(float));
}
RSI rsi_doubles rsi_pairs_of_doubles(const double *p, const int32_t *f) {
  return _mm512_castps_pd(rsi_quarters((const char *)p, f, 2, sizeof(double)));
}

/* float16 as floats, and back: to nearest, ties to even, NaN stays NaN. */
RSI rsi_floats rsi_widened_float16(rsi_halves halves) { return _mm512_cvtph_ps((__m256i)halves); }
RSI rsi_halves rsi_narrowed_float16(rsi_floats floats) {
  return (rsi_halves)_mm512_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT);
}

/* sum + the products of two neighbouring int16 each */
RSI __m256i rsi_add_pair_products_256(__m256i sum, __m256i a, __m256i b) { return _mm256_dpwssd_epi32(sum, a, b); }
RSI __m512i rsi_add_pair_products(__m512i sum, __m512i a, __m512i b) { return _mm512_dpwssd_epi32(sum, a, b); }

/* int32 shifted to the right, as bytes: what unpacking bytes made four of a, as one. */
RSI __m512i rsi_shifted_bytes(__m512i a, __m512i b, __m512i c, __m512i d, int32_t shift) {
  __m128i count = _mm_cvtsi32_si128(shift);
  __m512i low = _mm512_packs_epi32(_mm512_sra_epi32(a, count), _mm512_sra_epi32(b, count));
  __m512i high = _mm512_packs_epi32(_mm512_sra_epi32(c, count), _mm512_sra_epi32(d, count));
  return _mm512_packus_epi16(low, high);
}

/* The bytes at those places; `second` says which of them are in the second window. */
RSI __m512i rsi_take_bytes_of_two(__m512i places, __m512i first, __m512i window, uint64_t second) {
  return _mm512_mask_permutexvar_epi8(_mm512_permutexvar_epi8(places, first), second, places, window);
}

/* int32 shifted by `precision`, as the first `count` bytes at p. */
RSI void rsi_store_shifted(void *p, intptr_t count, __m512i sums, int32_t precision) {
  __m512i shifted = _mm512_sra_epi32(sums, _mm_cvtsi32_si128(precision));
  __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(shifted, _mm512_setzero_si512()));
  _mm_mask_storeu_epi8(p, (__mmask16)rsi_mask_of_first(count), bytes);
}
#endif
#endif
