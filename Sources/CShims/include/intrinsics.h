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

/* The first `count` lanes of a vector; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI uint32_t rsi_first_lanes(intptr_t count) {
  return count < 0 ? 0 : _bzhi_u32(~0u, count > 32 ? 32 : (uint32_t)count);
}
RSI rsi_floats rsi_load_floats(const float *p, intptr_t count) {
  return _mm512_maskz_loadu_ps((__mmask16)rsi_first_lanes(count), p);
}
RSI rsi_doubles rsi_load_doubles(const double *p, intptr_t count) {
  return _mm512_maskz_loadu_pd((__mmask8)rsi_first_lanes(count), p);
}
RSI void rsi_store_floats(float *p, intptr_t count, rsi_floats vector) {
  _mm512_mask_storeu_ps(p, (__mmask16)rsi_first_lanes(count), vector);
}
RSI void rsi_store_doubles(double *p, intptr_t count, rsi_doubles vector) {
  _mm512_mask_storeu_pd(p, (__mmask8)rsi_first_lanes(count), vector);
}

/* first[0], first[1], ... as lanes of a window that starts at pixel `base`, for pixels of 16 and of 8 bits. */
RSI __m256i rsi_16_lanes_of_16_bits(const int32_t *first, int32_t base) {
  return _mm512_cvtepi32_epi16(_mm512_sub_epi32(_mm512_loadu_si512(first), _mm512_set1_epi32(base)));
}
RSI __m128i rsi_16_lanes_of_8_bits(const int32_t *first, int32_t base) {
  return _mm512_cvtepi32_epi8(_mm512_sub_epi32(_mm512_loadu_si512(first), _mm512_set1_epi32(base)));
}
RSI __m512i rsi_lanes_of_16_bits(const int32_t *first, int32_t base) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(rsi_16_lanes_of_16_bits(first, base)),
                            rsi_16_lanes_of_16_bits(first + 16, base), 1);
}
RSI __m512i rsi_lanes_of_8_bits(const int32_t *first, int32_t base) {
  __m512i lanes = _mm512_castsi128_si512(rsi_16_lanes_of_8_bits(first, base));
  lanes = _mm512_inserti32x4(lanes, rsi_16_lanes_of_8_bits(first + 16, base), 1);
  lanes = _mm512_inserti32x4(lanes, rsi_16_lanes_of_8_bits(first + 32, base), 2);
  return _mm512_inserti32x4(lanes, rsi_16_lanes_of_8_bits(first + 48, base), 3);
}
RSI __m512i rsi_permute_16_bits(__m512i window, __m512i lanes) { return _mm512_permutexvar_epi16(lanes, window); }
RSI __m512i rsi_permute_8_bits(__m512i window, __m512i lanes) { return _mm512_permutexvar_epi8(lanes, window); }

/* The first `count` bytes; the others are not touched in memory, and 0 in the register. Any count will do. */
RSI __m512i rsi_load_bytes(const void *p, intptr_t count) {
  uint64_t mask = count <= 0 ? 0 : count >= 64 ? ~0ull : _bzhi_u64(~0ull, (uint32_t)count);
  return _mm512_maskz_loadu_epi8(mask, p);
}

/* The bytes at those places; `second` says which bytes are in the second window. */
RSI __m512i rsi_take_bytes(__m512i places, __m512i window) { return _mm512_permutexvar_epi8(places, window); }
RSI __m512i rsi_take_bytes_of_two(__m512i places, __m512i first, __m512i window, uint64_t second) {
  return _mm512_mask_permutexvar_epi8(_mm512_permutexvar_epi8(places, first), second, places, window);
}

RSI void rsi_store_bytes(void *p, intptr_t count, __m512i bytes) {
  _mm512_mask_storeu_epi8(p, count >= 64 ? ~0ull : _bzhi_u64(~0ull, (uint32_t)count), bytes);
}

/* 256 * high + low, shifted by `precision`, as the first `count` bytes at p. */
RSI void rsi_store_shifted(void *p, intptr_t count, __m512i high, __m512i low, int32_t precision) {
  __m512i sum = _mm512_add_epi32(_mm512_slli_epi32(high, 8), low);
  __m512i shifted = _mm512_sra_epi32(sum, _mm_cvtsi32_si128(precision));
  __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(shifted, _mm512_setzero_si512()));
  _mm_mask_storeu_epi8(p, (__mmask16)rsi_first_lanes(count), bytes);
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

/* The same of 16 bytes, for pixels of 16 and of 8 bits. */
RSI __m128i rsi_4_lanes(const int32_t *first, int32_t base) {
  return _mm_sub_epi32(_mm_loadu_si128((const __m128i_u *)first), _mm_set1_epi32(base));
}
RSI __m128i rsi_8_lanes(const int32_t *first, int32_t base) {
  return _mm_packs_epi32(rsi_4_lanes(first, base), rsi_4_lanes(first + 4, base));
}
RSI __m128i rsi_lanes_of_16_bits(const int32_t *first, int32_t base) {
  __m128i lanes = _mm_slli_epi16(rsi_8_lanes(first, base), 1);
  return _mm_or_si128(lanes, _mm_slli_epi16(_mm_add_epi16(lanes, _mm_set1_epi16(1)), 8));
}
RSI __m128i rsi_lanes_of_8_bits(const int32_t *first, int32_t base) {
  return _mm_packs_epi16(rsi_8_lanes(first, base), rsi_8_lanes(first + 8, base));
}
RSI __m128i rsi_permute_16_bits(__m128i window, __m128i lanes) { return _mm_shuffle_epi8(window, lanes); }
RSI __m128i rsi_permute_8_bits(__m128i window, __m128i lanes) { return _mm_shuffle_epi8(window, lanes); }

RSI rsi_floats rsi_select_floats(const int32_t *count, int32_t tap, rsi_floats a, rsi_floats b) {
  __m256i mask = _mm256_cmpgt_epi32(_mm256_loadu_si256((const __m256i_u *)count), _mm256_set1_epi32(tap));
  return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(mask));
}
RSI rsi_doubles rsi_select_doubles(const int32_t *count, int32_t tap, rsi_doubles a, rsi_doubles b) {
  __m128i mask = _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i_u *)count), _mm_set1_epi32(tap));
  return _mm256_blendv_pd(b, a, _mm256_castsi256_pd(_mm256_cvtepi32_epi64(mask)));
}

/* The first `count` lanes of a vector; the others are not touched in memory, and 0 in a register. Any count will do. */
RSI __m256i rsi_first_lanes(intptr_t count) {
  int32_t lanes = count < 0 ? 0 : count > 8 ? 8 : (int32_t)count;
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
RSI rsi_floats rsi_load_floats(const float *p, intptr_t count) { return _mm256_maskload_ps(p, rsi_first_lanes(count)); }
RSI rsi_doubles rsi_load_doubles(const double *p, intptr_t count) {
  return _mm256_castps_pd(_mm256_maskload_ps((const float *)p, rsi_first_lanes(2 * count)));
}
RSI void rsi_store_floats(float *p, intptr_t count, rsi_floats vector) {
  _mm256_maskstore_ps(p, rsi_first_lanes(count), vector);
}
RSI void rsi_store_doubles(double *p, intptr_t count, rsi_doubles vector) {
  _mm256_maskstore_ps((float *)p, rsi_first_lanes(2 * count), _mm256_castpd_ps(vector));
}

#endif

#if defined(__AVX2__)
/* sum + the products of two neighbouring int16 each */
RSI __m256i rsi_add_pair_products_256(__m256i sum, __m256i a, __m256i b) {
#if defined(__AVX512VNNI__)
  return _mm256_dpwssd_epi32(sum, a, b);
#else
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
#endif
}
/* Vectors of integers. Within 128 bits each: the bytes of the lower, or upper, halves of two vectors in turn. */
#if defined(__AVX512F__)
typedef __m512i rsi_integers;
RSI rsi_integers rsi_repeated_int32(int32_t value) { return _mm512_set1_epi32(value); }
RSI rsi_integers rsi_low_bytes(rsi_integers a, rsi_integers b) { return _mm512_unpacklo_epi8(a, b); }
RSI rsi_integers rsi_high_bytes(rsi_integers a, rsi_integers b) { return _mm512_unpackhi_epi8(a, b); }
RSI rsi_integers rsi_add_pair_products(rsi_integers sum, rsi_integers a, rsi_integers b) {
  return _mm512_dpwssd_epi32(sum, a, b);
}
/* int32 shifted to the right, as bytes: what rsi_low_bytes and rsi_high_bytes made four of a, as one. */
RSI rsi_integers rsi_shifted_bytes(rsi_integers a, rsi_integers b, rsi_integers c, rsi_integers d, int32_t shift) {
  __m128i count = _mm_cvtsi32_si128(shift);
  rsi_integers low = _mm512_packs_epi32(_mm512_sra_epi32(a, count), _mm512_sra_epi32(b, count));
  rsi_integers high = _mm512_packs_epi32(_mm512_sra_epi32(c, count), _mm512_sra_epi32(d, count));
  return _mm512_packus_epi16(low, high);
}
#else
typedef __m256i rsi_integers;
RSI rsi_integers rsi_repeated_int32(int32_t value) { return _mm256_set1_epi32(value); }
RSI rsi_integers rsi_low_bytes(rsi_integers a, rsi_integers b) { return _mm256_unpacklo_epi8(a, b); }
RSI rsi_integers rsi_high_bytes(rsi_integers a, rsi_integers b) { return _mm256_unpackhi_epi8(a, b); }
RSI rsi_integers rsi_add_pair_products(rsi_integers sum, rsi_integers a, rsi_integers b) {
  return rsi_add_pair_products_256(sum, a, b);
}
RSI rsi_integers rsi_shifted_bytes(rsi_integers a, rsi_integers b, rsi_integers c, rsi_integers d, int32_t shift) {
  __m128i count = _mm_cvtsi32_si128(shift);
  rsi_integers low = _mm256_packs_epi32(_mm256_sra_epi32(a, count), _mm256_sra_epi32(b, count));
  rsi_integers high = _mm256_packs_epi32(_mm256_sra_epi32(c, count), _mm256_sra_epi32(d, count));
  return _mm256_packus_epi16(low, high);
}
#endif
#else
typedef float rsi_floats __attribute__((vector_size(16)));
typedef double rsi_doubles __attribute__((vector_size(16)));
#endif

/*
 * Makes the compiler forget where a vector comes from: it would turn the shuffles of a transposition into rows of
 * permutations with two sources, three times as long.
 */
#if defined(__x86_64__)
#define RSI_OPAQUE(vector) __asm__("" : "+x"(vector))
#else
#define RSI_OPAQUE(vector) __asm__("" : "+w"(vector))
#endif

/*
 * Within 128 bits each: the samples, or pairs of them, of the lower, or upper, halves of two vectors in turn. Shuffles are
 * written out, because the baseline may be another architecture.
 */
#if defined(__AVX512F__)
#define RSI_SHUFFLE_FLOATS(a, b, i, j, k, l)                                                                        \
  __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, \
                          k + 12, l + 12)
#define RSI_SHUFFLE_DOUBLES(a, b, i, j) __builtin_shufflevector(a, b, i, j, i + 2, j + 2, i + 4, j + 4, i + 6, j + 6)
#elif defined(__AVX2__)
#define RSI_SHUFFLE_FLOATS(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4)
#define RSI_SHUFFLE_DOUBLES(a, b, i, j) __builtin_shufflevector(a, b, i, j, i + 2, j + 2)
#else
#define RSI_SHUFFLE_FLOATS(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#define RSI_SHUFFLE_DOUBLES(a, b, i, j) __builtin_shufflevector(a, b, i, j)
#endif
/* Lanes of b follow those of a. */
enum { RSI_FLOATS = sizeof(rsi_floats) / sizeof(float), RSI_DOUBLES = sizeof(rsi_doubles) / sizeof(double) };
RSI rsi_floats rsi_low_floats(rsi_floats a, rsi_floats b) {
  rsi_floats lanes = RSI_SHUFFLE_FLOATS(a, b, 0, RSI_FLOATS, 1, RSI_FLOATS + 1);
  RSI_OPAQUE(lanes);
  return lanes;
}
RSI rsi_floats rsi_high_floats(rsi_floats a, rsi_floats b) {
  rsi_floats lanes = RSI_SHUFFLE_FLOATS(a, b, 2, RSI_FLOATS + 2, 3, RSI_FLOATS + 3);
  RSI_OPAQUE(lanes);
  return lanes;
}
RSI rsi_floats rsi_low_float_pairs(rsi_floats a, rsi_floats b) {
  rsi_floats lanes = RSI_SHUFFLE_FLOATS(a, b, 0, 1, RSI_FLOATS, RSI_FLOATS + 1);
  RSI_OPAQUE(lanes);
  return lanes;
}
RSI rsi_floats rsi_high_float_pairs(rsi_floats a, rsi_floats b) {
  rsi_floats lanes = RSI_SHUFFLE_FLOATS(a, b, 2, 3, RSI_FLOATS + 2, RSI_FLOATS + 3);
  RSI_OPAQUE(lanes);
  return lanes;
}
RSI rsi_doubles rsi_low_doubles(rsi_doubles a, rsi_doubles b) {
  rsi_doubles lanes = RSI_SHUFFLE_DOUBLES(a, b, 0, RSI_DOUBLES);
  RSI_OPAQUE(lanes);
  return lanes;
}
RSI rsi_doubles rsi_high_doubles(rsi_doubles a, rsi_doubles b) {
  rsi_doubles lanes = RSI_SHUFFLE_DOUBLES(a, b, 1, RSI_DOUBLES + 1);
  RSI_OPAQUE(lanes);
  return lanes;
}

/* 16 bytes at each of p + f[0], p + f[stride], ...: as many as a vector holds. */
#if defined(__AVX512F__)
RSI rsi_floats rsi_quarters(const char *p, const int32_t *f, intptr_t stride, intptr_t size) {
  __m512 vector = _mm512_castps128_ps512(_mm_loadu_ps((const float *)(p + f[0] * size)));
  vector = _mm512_insertf32x4(vector, _mm_loadu_ps((const float *)(p + f[stride] * size)), 1);
  vector = _mm512_insertf32x4(vector, _mm_loadu_ps((const float *)(p + f[2 * stride] * size)), 2);
  vector = _mm512_insertf32x4(vector, _mm_loadu_ps((const float *)(p + f[3 * stride] * size)), 3);
  RSI_OPAQUE(vector);
  return vector;
}
RSI rsi_doubles rsi_as_doubles(rsi_floats vector) { return _mm512_castps_pd(vector); }
#elif defined(__AVX2__)
RSI rsi_floats rsi_quarters(const char *p, const int32_t *f, intptr_t stride, intptr_t size) {
  __m256 vector = _mm256_castps128_ps256(_mm_loadu_ps((const float *)(p + f[0] * size)));
  vector = _mm256_insertf128_ps(vector, _mm_loadu_ps((const float *)(p + f[stride] * size)), 1);
  RSI_OPAQUE(vector);
  return vector;
}
RSI rsi_doubles rsi_as_doubles(rsi_floats vector) { return _mm256_castps_pd(vector); }
#else
RSI rsi_floats rsi_quarters(const char *p, const int32_t *f, intptr_t stride, intptr_t size) {
  rsi_floats vector;
  __builtin_memcpy(&vector, p + f[0] * size, sizeof vector);
  RSI_OPAQUE(vector);
  return vector;
}
RSI rsi_doubles rsi_as_doubles(rsi_floats vector) { return (rsi_doubles)vector; }
#endif
RSI rsi_floats rsi_fours_of_floats(const float *p, const int32_t *f) {
  return rsi_quarters((const char *)p, f, 4, sizeof(float));
}
RSI rsi_doubles rsi_pairs_of_doubles(const double *p, const int32_t *f) {
  return rsi_as_doubles(rsi_quarters((const char *)p, f, 2, sizeof(double)));
}

#if defined(__AVX2__)
/* Samples of 16 bits, as many as a vector has of floats. */
typedef uint16_t rsi_halves __attribute__((vector_size(sizeof(rsi_floats) / 2)));
typedef uint64_t rsi_half_fours __attribute__((vector_size(sizeof(rsi_floats) / 2)));
typedef uint32_t rsi_words __attribute__((vector_size(sizeof(rsi_floats))));

/* 8 bytes at each of p + f[0], p + f[4], ... */
RSI rsi_halves rsi_fours_of_halves(const uint16_t *p, const int32_t *f) {
  rsi_half_fours fours = {0};
  for (int i = 0; i < RSI_FLOATS / 4; i++) {
    uint64_t four;
    __builtin_memcpy(&four, p + f[4 * i], sizeof four);
    fours[i] = four;
  }
  return (rsi_halves)fours;
}

/* The first `count` of them; the others are not touched in memory, and 0 in a register. Any count will do. */
#if defined(__AVX512F__)
RSI rsi_halves rsi_load_halves(const uint16_t *p, intptr_t count) {
  return (rsi_halves)_mm256_maskz_loadu_epi16((__mmask16)rsi_first_lanes(count), p);
}
RSI void rsi_store_halves(uint16_t *p, intptr_t count, rsi_halves halves) {
  _mm256_mask_storeu_epi16(p, (__mmask16)rsi_first_lanes(count), (__m256i)halves);
}
#else
RSI rsi_halves rsi_load_halves(const uint16_t *p, intptr_t count) {
  rsi_halves halves = {0};
  for (int i = 0; i < 8; i++) {
    if (i < count) halves[i] = p[i];
  }
  return halves;
}
RSI void rsi_store_halves(uint16_t *p, intptr_t count, rsi_halves halves) {
  for (int i = 0; i < 8; i++) {
    if (i < count) p[i] = halves[i];
  }
}
#endif

/* float16 and bfloat16 as floats, and back: to nearest, ties to even, NaN stays NaN. */
#if defined(__AVX512F__)
RSI rsi_floats rsi_widened_float16(rsi_halves halves) { return _mm512_cvtph_ps((__m256i)halves); }
RSI rsi_halves rsi_narrowed_float16(rsi_floats floats) {
  return (rsi_halves)_mm512_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT);
}
#else
RSI rsi_floats rsi_widened_float16(rsi_halves halves) { return _mm256_cvtph_ps((__m128i)halves); }
RSI rsi_halves rsi_narrowed_float16(rsi_floats floats) {
  return (rsi_halves)_mm256_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT);
}
#endif
RSI rsi_floats rsi_widened_bfloat16(rsi_halves halves) {
  return (rsi_floats)(__builtin_convertvector(halves, rsi_words) << 16);
}
RSI rsi_halves rsi_narrowed_bfloat16(rsi_floats floats) {
  rsi_words bits = (rsi_words)floats;
  rsi_words isNaN = (rsi_words)((bits & 0x7fffffff) > 0x7f800000);
  rsi_words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return __builtin_convertvector((rounded & ~isNaN) | (0x7fc0 & isNaN), rsi_halves);
}
RSI void rsi_stream_halves(void *address, rsi_halves vector) {
  __builtin_nontemporal_store(vector, (rsi_halves *)address);
}
#endif

/* A line that will be read soon, into the second cache; any address will do. */
RSI void rsi_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

/* Stores that go past the caches, to addresses aligned to the vector; plain ones where there are none. */
RSI void rsi_stream_floats(void *address, rsi_floats vector) {
  __builtin_nontemporal_store(vector, (rsi_floats *)address);
}
RSI void rsi_stream_doubles(void *address, rsi_doubles vector) {
  __builtin_nontemporal_store(vector, (rsi_doubles *)address);
}
#endif
