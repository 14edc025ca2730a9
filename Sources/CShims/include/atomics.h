/* Atomic words. Plain integers with builtins: Swift does not import structures with _Atomic fields. */
#ifndef CSHIMS_ATOMICS_H
#define CSHIMS_ATOMICS_H
#include <stdint.h>

static inline uint32_t rsk_load_acquire(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

static inline void rsk_store_release(uint32_t *word, uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Returns the value before. */
static inline uint32_t rsk_fetch_add(uint32_t *word, uint32_t value) {
  return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
}

static inline int rsk_compare_exchange(uint32_t *word, uint32_t expected, uint32_t desired) {
  return __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline void *rsk_load_pointer(void *const *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }

/* Puts the pointer where there is none yet, and returns the one that is there then. */
static inline void *rsk_publish_pointer(void **place, void *pointer) {
  void *present = 0;
  return __atomic_compare_exchange_n(place, &present, pointer, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? pointer
                                                                                                      : present;
}

/* Orders stores that went past the caches before whatever tells another thread of them. */
static inline void rsk_finish_streaming(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* Tells the processor that this is a waiting loop. */
static inline void rsk_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
#endif
