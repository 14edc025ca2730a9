/* Fewer faults and misses of the translation buffer, where the system has such pages. */
#ifndef CSHIMS_HUGE_PAGES_H
#define CSHIMS_HUGE_PAGES_H
#include <stddef.h>

/* Always: tables for unwinding one C function would bring those of all others of its module, 45 kB. */
#define RSK_IN_CALLER static inline __attribute__((always_inline))

#if defined(__wasm__)
RSK_IN_CALLER void rsk_wish_for_huge_pages(void *memory, size_t size) {
  (void)memory;
  (void)size;
}
#else
#include <sys/mman.h>

/* A wish that may be refused. */
RSK_IN_CALLER void rsk_wish_for_huge_pages(void *memory, size_t size) { (void)madvise(memory, size, MADV_HUGEPAGE); }
#endif
#endif
