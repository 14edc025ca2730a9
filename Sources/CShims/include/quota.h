/* The share of the processors that the process may use. */
#if !defined(CSHIMS_QUOTA_H) && !defined(__wasm__)
#define CSHIMS_QUOTA_H
#include <stdint.h>

/* The processors that this process may run on; at least 1. */
int32_t rsk_available_processors(void);

/* What containers set, the CPU quota of its control groups, when the library was loaded: as processors rounded up; 0: none. */
int32_t rsk_quota(void);

/* The same, now, by the files proc/self/cgroup and sys/fs/cgroup below the folder `root`; by one thread at a time. */
int32_t rsk_quota_below(const char *root);
#endif
