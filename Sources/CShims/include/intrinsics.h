/*
 * Intrinsics that Swift does not have, or does not import because they are macros; each instruction set's module sees what
 * its own -march allows. Vectors are as wide as the instruction set has them: FloatVector and DoubleVector in Swift.
 */
#ifndef CSHIMS_INTRINSICS_H
#define CSHIMS_INTRINSICS_H
#include <stdint.h>

#define RSI static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
typedef __m512 rsi_floats;
typedef __m512d rsi_doubles;
/* Lanes of a window of samples. */
typedef __m512i rsi_lanes;

/* first[0], first[1], ... as lanes of a window that starts at sample `base`. */
RSI rsi_lanes rsi_float_lanes(const int32_t *first, int32_t base) {
  return _mm512_sub_epi32(_mm512_loadu_si512(first), _mm512_set1_epi32(base));
}
RSI rsi_lanes rsi_double_lanes(const int32_t *first, int32_t base) {
  __m256i lanes = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i_u *)first), _mm256_set1_epi32(base));
  return _mm512_cvtepi32_epi64(lanes);
}

/* The lanes of one window, and of two adjacent ones. */
RSI rsi_floats rsi_permute_floats(rsi_floats window, rsi_lanes lanes) { return _mm512_permutexvar_ps(lanes, window); }
RSI rsi_doubles rsi_permute_doubles(rsi_doubles window, rsi_lanes lanes) {
  return _mm512_permutexvar_pd(lanes, window);
}
RSI rsi_floats rsi_permute_float_pairs(rsi_floats low, rsi_floats high, rsi_lanes lanes) {
  return _mm512_permutex2var_ps(low, lanes, high);
}
RSI rsi_doubles rsi_permute_double_pairs(rsi_doubles low, rsi_doubles high, rsi_lanes lanes) {
  return _mm512_permutex2var_pd(low, lanes, high);
}

/* In each lane: count > tap ? a : b. */
RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  __mmask16 mask = _mm512_cmpgt_epi32_mask(_mm512_loadu_si512(count), _mm512_set1_epi32(tap));
  return _mm512_mask_mov_ps(b, mask, a);
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  __mmask8 mask = _mm256_cmpgt_epi32_mask(_mm256_loadu_si256((const __m256i_u *)count), _mm256_set1_epi32(tap));
  return _mm512_mask_mov_pd(b, mask, a);
}

#elif defined(__AVX2__)
typedef __m256 rsi_floats;
typedef __m256d rsi_doubles;
typedef __m256i rsi_lanes;

RSI rsi_lanes rsi_float_lanes(const int32_t *first, int32_t base) {
  return _mm256_sub_epi32(_mm256_loadu_si256((const __m256i_u *)first), _mm256_set1_epi32(base));
}
/* The halves of the doubles: there is no permutation of doubles by a variable. */
RSI rsi_lanes rsi_double_lanes(const int32_t *first, int32_t base) {
  __m128i lanes = _mm_sub_epi32(_mm_loadu_si128((const __m128i_u *)first), _mm_set1_epi32(base));
  __m256i even = _mm256_slli_epi64(_mm256_cvtepu32_epi64(lanes), 1);
  return _mm256_or_si256(even, _mm256_slli_epi64(_mm256_add_epi64(even, _mm256_set1_epi64x(1)), 32));
}

RSI rsi_floats rsi_permute_floats(rsi_floats window, rsi_lanes lanes) {
  return _mm256_permutevar8x32_ps(window, lanes);
}
RSI rsi_doubles rsi_permute_doubles(rsi_doubles window, rsi_lanes lanes) {
  return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(window), lanes));
}
/* A permutation takes the low three bits of a lane; the fourth says which window. */
RSI rsi_floats rsi_permute_float_pairs(rsi_floats low, rsi_floats high, rsi_lanes lanes) {
  __m256 isHigh = _mm256_castsi256_ps(_mm256_slli_epi32(lanes, 28));
  return _mm256_blendv_ps(rsi_permute_floats(low, lanes), rsi_permute_floats(high, lanes), isHigh);
}
RSI rsi_doubles rsi_permute_double_pairs(rsi_doubles low, rsi_doubles high, rsi_lanes lanes) {
  return _mm256_castps_pd(rsi_permute_float_pairs(_mm256_castpd_ps(low), _mm256_castpd_ps(high), lanes));
}

RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  __m256i mask = _mm256_cmpgt_epi32(_mm256_loadu_si256((const __m256i_u *)count), _mm256_set1_epi32(tap));
  return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(mask));
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  __m128i mask = _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i_u *)count), _mm_set1_epi32(tap));
  return _mm256_blendv_pd(b, a, _mm256_castsi256_pd(_mm256_cvtepi32_epi64(mask)));
}

#else
typedef float rsi_floats __attribute__((vector_size(16)));
typedef double rsi_doubles __attribute__((vector_size(16)));
#endif

/* Stores that go past the caches, to addresses aligned to the vector; plain ones where there are none. */
RSI void rsi_stream_floats(void *address, rsi_floats vector) {
  __builtin_nontemporal_store(vector, (rsi_floats *)address);
}
RSI void rsi_stream_doubles(void *address, rsi_doubles vector) {
  __builtin_nontemporal_store(vector, (rsi_doubles *)address);
}
#endif
