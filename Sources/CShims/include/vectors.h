/*
 * Intrinsics that Swift does not have, or does not import because they are macros: what the headers of all instruction sets
 * have in common. Each of these is seen by its own module alone (Package.swift defines RESAMPLE_ and its name), sets
 * RSI_VECTOR_BYTES, and includes this file for the types of its vectors: FloatVector and so on in Swift.
 */
#if defined(RSI_VECTOR_BYTES) && !defined(CSHIMS_VECTORS_H)
#define CSHIMS_VECTORS_H
#include <stdint.h>

#define RSI static inline __attribute__((always_inline))

typedef float rsi_floats __attribute__((vector_size(RSI_VECTOR_BYTES)));
typedef double rsi_doubles __attribute__((vector_size(RSI_VECTOR_BYTES)));
enum { RSI_FLOATS = RSI_VECTOR_BYTES / sizeof(float) };
/* Samples of 16 bits, as many as a vector has of floats. */
typedef uint16_t rsi_halves __attribute__((vector_size(RSI_VECTOR_BYTES / 2)));
typedef uint32_t rsi_words __attribute__((vector_size(RSI_VECTOR_BYTES)));

/* c + a * b, rounded once, for instruction sets that have it. */
typedef double rsi_two_doubles __attribute__((vector_size(16)));
RSI rsi_two_doubles rsi_fused_two_doubles(rsi_two_doubles c, rsi_two_doubles a, rsi_two_doubles b) {
  return __builtin_elementwise_fma(a, b, c);
}

/*
 * The vector, of which the compiler has to forget where it comes from: it would turn the shuffles of a transposition into
 * rows of permutations with two sources, three times as long.
 */
#if defined(__x86_64__)
#define RSI_OPAQUE(vector)                \
  ({                                      \
    __typeof__(vector) opaque = (vector); \
    __asm__("" : "+x"(opaque));           \
    opaque;                               \
  })
#elif defined(__aarch64__)
#define RSI_OPAQUE(vector)                \
  ({                                      \
    __typeof__(vector) opaque = (vector); \
    __asm__("" : "+w"(opaque));           \
    opaque;                               \
  })
#else
#define RSI_OPAQUE(vector) (vector)
#endif

#if defined(__AVX2__)
RSI __m256i rsi_opaque(__m256i vector) { return RSI_OPAQUE(vector); }
#endif

/* 8 bytes at each of p + f[0], p + f[4], ... */
RSI rsi_halves rsi_fours_of_halves(const uint16_t *p, const int32_t *f) {
  typedef uint64_t rsi_half_fours __attribute__((vector_size(RSI_VECTOR_BYTES / 2)));
  rsi_half_fours fours = {0};
  for (int i = 0; i < RSI_FLOATS / 4; i++) {
    uint64_t four;
    __builtin_memcpy(&four, p + f[4 * i], sizeof four);
    fours[i] = four;
  }
  return (rsi_halves)fours;
}

/* bfloat16 as floats, and back: to nearest, ties to even, NaN stays NaN. */
RSI rsi_floats rsi_widened_bfloat16(rsi_halves halves) {
  return (rsi_floats)(__builtin_convertvector(halves, rsi_words) << 16);
}
RSI rsi_halves rsi_narrowed_bfloat16(rsi_floats floats) {
  rsi_words bits = (rsi_words)floats;
  rsi_words isNaN = (rsi_words)((bits & 0x7fffffff) > 0x7f800000);
  rsi_words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return __builtin_convertvector((rounded & ~isNaN) | (0x7fc0 & isNaN), rsi_halves);
}

/* Integers of 32 bits, as many as a vector has floats, and as many as it has doubles. */
typedef int32_t rsi_float_indices __attribute__((vector_size(RSI_VECTOR_BYTES)));
typedef int32_t rsi_double_indices __attribute__((vector_size(RSI_VECTOR_BYTES / 2)));
typedef uint32_t rsi_double_words __attribute__((vector_size(RSI_VECTOR_BYTES / 2)));
typedef int64_t rsi_longs __attribute__((vector_size(RSI_VECTOR_BYTES)));

/* In each element: a < b ? x : y, and a == b ? x : y. */
RSI rsi_floats rsi_floats_if_below(rsi_floats a, rsi_floats b, rsi_floats x, rsi_floats y) {
  rsi_float_indices mask = a < b;
  return (rsi_floats)((mask & (rsi_float_indices)x) | (~mask & (rsi_float_indices)y));
}
RSI rsi_doubles rsi_doubles_if_below(rsi_doubles a, rsi_doubles b, rsi_doubles x, rsi_doubles y) {
  rsi_longs mask = a < b;
  return (rsi_doubles)((mask & (rsi_longs)x) | (~mask & (rsi_longs)y));
}
RSI rsi_floats rsi_floats_if_equal(rsi_floats a, rsi_floats b, rsi_floats x, rsi_floats y) {
  rsi_float_indices mask = a == b;
  return (rsi_floats)((mask & (rsi_float_indices)x) | (~mask & (rsi_float_indices)y));
}
RSI rsi_doubles rsi_doubles_if_equal(rsi_doubles a, rsi_doubles b, rsi_doubles x, rsi_doubles y) {
  rsi_longs mask = a == b;
  return (rsi_doubles)((mask & (rsi_longs)x) | (~mask & (rsi_longs)y));
}
RSI rsi_floats rsi_float_magnitudes(rsi_floats a) { return (rsi_floats)((rsi_float_indices)a & INT32_MAX); }
RSI rsi_doubles rsi_double_magnitudes(rsi_doubles a) { return (rsi_doubles)((rsi_longs)a & INT64_MAX); }

/* The nearest whole numbers, ties to even, and those below. */
#if defined(__SSE2__) && !defined(__SSE4_1__)
RSI rsi_floats rsi_nearest_floats(rsi_floats a) {
  rsi_floats size = rsi_float_magnitudes(a), limit = (rsi_floats){0} + 0x1p23f;
  rsi_float_indices sign = (rsi_float_indices)a & INT32_MIN;
  return rsi_floats_if_below(size, limit, (rsi_floats)((rsi_float_indices)((size + limit) - limit) | sign), a);
}
RSI rsi_doubles rsi_nearest_doubles(rsi_doubles a) {
  rsi_doubles size = rsi_double_magnitudes(a), limit = (rsi_doubles){0} + 0x1p52;
  rsi_longs sign = (rsi_longs)a & INT64_MIN;
  return rsi_doubles_if_below(size, limit, (rsi_doubles)((rsi_longs)((size + limit) - limit) | sign), a);
}
RSI rsi_floats rsi_floor_floats(rsi_floats a) {
  rsi_floats nearest = rsi_nearest_floats(a);
  return rsi_floats_if_below(a, nearest, nearest - 1, nearest);
}
RSI rsi_doubles rsi_floor_doubles(rsi_doubles a) {
  rsi_doubles nearest = rsi_nearest_doubles(a);
  return rsi_doubles_if_below(a, nearest, nearest - 1, nearest);
}
#else
RSI rsi_floats rsi_nearest_floats(rsi_floats a) { return __builtin_elementwise_roundeven(a); }
RSI rsi_doubles rsi_nearest_doubles(rsi_doubles a) { return __builtin_elementwise_roundeven(a); }
RSI rsi_floats rsi_floor_floats(rsi_floats a) { return __builtin_elementwise_floor(a); }
RSI rsi_doubles rsi_floor_doubles(rsi_doubles a) { return __builtin_elementwise_floor(a); }
#endif

/* Indices, or `last` instead of those after it; and bounded by 0 as well. */
RSI rsi_float_indices rsi_float_indices_at_most(int32_t last, rsi_float_indices a) {
  return __builtin_elementwise_min(a, (rsi_float_indices){0} + last);
}
RSI rsi_double_indices rsi_double_indices_at_most(int32_t last, rsi_double_indices a) {
  return __builtin_elementwise_min(a, (rsi_double_indices){0} + last);
}
RSI rsi_float_indices rsi_bounded_float_indices(rsi_float_indices a, int32_t last) {
  rsi_float_indices zero = {0};
  return __builtin_elementwise_max(zero, __builtin_elementwise_min(a, zero + last));
}
RSI rsi_double_indices rsi_bounded_double_indices(rsi_double_indices a, int32_t last) {
  rsi_double_indices zero = {0};
  return __builtin_elementwise_max(zero, __builtin_elementwise_min(a, zero + last));
}

/* In each element: -1 where 0 <= a < length, or else 0. No negative number is less than a length as an unsigned one. */
RSI rsi_float_indices rsi_float_indices_within(rsi_float_indices a, int32_t length) {
  return (rsi_float_indices)((rsi_words)a < (rsi_words)((rsi_float_indices){0} + length));
}
RSI rsi_double_indices rsi_double_indices_within(rsi_double_indices a, int32_t length) {
  return (rsi_double_indices)((rsi_double_words)a < (rsi_double_words)((rsi_double_indices){0} + length));
}
/* Whether all elements are -1, of elements that are -1 or 0. */
RSI _Bool rsi_float_indices_all(rsi_float_indices a) { return __builtin_reduce_and(a) != 0; }
RSI _Bool rsi_double_indices_all(rsi_double_indices a) { return __builtin_reduce_and(a) != 0; }

/* In each element: mask ? a : b, for masks of -1 or 0. */
RSI rsi_float_indices rsi_float_indices_where(rsi_float_indices mask, rsi_float_indices a, rsi_float_indices b) {
  return (mask & a) | (~mask & b);
}
RSI rsi_double_indices rsi_double_indices_where(rsi_double_indices mask, rsi_double_indices a, rsi_double_indices b) {
  return (mask & a) | (~mask & b);
}
RSI rsi_float_indices rsi_float_indices_equal(rsi_float_indices a, int32_t b) { return a == b; }
RSI rsi_double_indices rsi_double_indices_equal(rsi_double_indices a, int32_t b) { return a == b; }

/*
 * Calls `body` with RSI_SCRATCH bytes of the stack, aligned to vectors and not initialised: Swift initialises what it has on
 * the stack.
 */
enum { RSI_SCRATCH = 12 << 10 };
RSI void rsi_with_scratch(void (*body)(void *scratch, const void *context), const void *context) {
  _Alignas(64) char scratch[RSI_SCRATCH];
  body(scratch, context);
}

/* Memory of which the compiler has to forget what is in it: it would not load what it knows, but move it from vectors. */
RSI void rsi_forget(void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

/* An address of which the compiler has to forget how it was computed: it would compute it again for each use. */
RSI const void *rsi_opaque_pointer(const void *p) {
  __asm__("" : "+r"(p));
  return p;
}

/* An address that the compiler knows nothing of: it makes no vectors of what a loop does there. */
RSI void *rsi_opaque_address(void *p) {
  __asm__("" : "+r"(p));
  return p;
}

/* A line that will be read soon, into the second cache; any address will do. */
RSI void rsi_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
/* The same, into the first cache. */
RSI void rsi_prefetch_to_read(const void *p) { __builtin_prefetch(p, 0, 3); }
/* One that will be written soon. */
RSI void rsi_prefetch_to_write(void *p) { __builtin_prefetch(p, 1, 3); }

/* Stores that go past the caches, to addresses aligned to the vector; plain ones where there are none. */
RSI void rsi_stream_floats(void *address, rsi_floats vector) {
  __builtin_nontemporal_store(vector, (rsi_floats *)address);
}
RSI void rsi_stream_doubles(void *address, rsi_doubles vector) {
  __builtin_nontemporal_store(vector, (rsi_doubles *)address);
}
RSI void rsi_stream_halves(void *address, rsi_halves vector) {
  __builtin_nontemporal_store(vector, (rsi_halves *)address);
}
/* Elements `from` ..< `to`, one by one. */
RSI void rsi_store_some_floats(float *p, intptr_t from, intptr_t to, rsi_floats vector) {
  for (intptr_t i = from; i < to; i++) p[i] = vector[i];
}
RSI void rsi_store_some_doubles(double *p, intptr_t from, intptr_t to, rsi_doubles vector) {
  for (intptr_t i = from; i < to; i++) p[i] = vector[i];
}
RSI void rsi_store_some_halves(uint16_t *p, intptr_t from, intptr_t to, rsi_halves vector) {
  for (intptr_t i = from; i < to; i++) p[i] = vector[i];
}

#if RSI_VECTOR_BYTES == 16
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
