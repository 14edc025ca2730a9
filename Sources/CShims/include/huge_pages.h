/* Fewer faults and misses of the translation buffer, where the system has such pages. */
#ifndef CSHIMS_HUGE_PAGES_H
#define CSHIMS_HUGE_PAGES_H
#include <stddef.h>

#if defined(__wasm__)
static inline void rsk_wish_for_huge_pages(void *memory, size_t size) {
  (void)memory;
  (void)size;
}
#else
#include <sys/mman.h>

/* A wish that may be refused. */
static inline void rsk_wish_for_huge_pages(void *memory, size_t size) { (void)madvise(memory, size, MADV_HUGEPAGE); }
#endif
#endif
