/*
 * How the processor computes: rounding, denormals, traps. It belongs to the thread, and the host may have changed it
 * (-ffast-math flushes denormals, some languages let invalid operations trap); results may depend neither on that nor on
 * which thread computes.
 */
#ifndef CSHIMS_FLOATING_POINT_H
#define CSHIMS_FLOATING_POINT_H
#include <stdint.h>

#if defined(__x86_64__)

/* To nearest, denormals kept, no traps; without the lowest six bits, which say what has happened so far. */
#define RSK_FLOATING_POINT_DEFAULT 0x1f80u
#define RSK_FLOATING_POINT_FLAGS 0x3fu

static inline uint64_t rsk_floating_point(void) { return __builtin_ia32_stmxcsr(); }
static inline void rsk_set_floating_point(uint64_t state) { __builtin_ia32_ldmxcsr((uint32_t)state); }

#elif defined(__aarch64__)

#define RSK_FLOATING_POINT_DEFAULT 0u
#define RSK_FLOATING_POINT_FLAGS 0u

static inline uint64_t rsk_floating_point(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  return state;
}
static inline void rsk_set_floating_point(uint64_t state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }

#else

#define RSK_FLOATING_POINT_DEFAULT 0u
#define RSK_FLOATING_POINT_FLAGS 0u

static inline uint64_t rsk_floating_point(void) { return RSK_FLOATING_POINT_DEFAULT; }
static inline void rsk_set_floating_point(uint64_t state) { (void)state; }

#endif

static inline int rsk_floating_point_is_default(uint64_t state) {
  return (state & ~(uint64_t)RSK_FLOATING_POINT_FLAGS) == RSK_FLOATING_POINT_DEFAULT;
}
#endif
