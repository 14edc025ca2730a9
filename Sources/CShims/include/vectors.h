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

/*
 * Calls `body` with RSI_SCRATCH bytes of the stack, aligned to vectors and not initialised: Swift initialises what it has on
 * the stack.
 */
enum { RSI_SCRATCH = 12 << 10 };
RSI void rsi_with_scratch(void (*body)(void *scratch, const void *context), const void *context) {
  _Alignas(64) char scratch[RSI_SCRATCH];
  body(scratch, context);
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
#endif
