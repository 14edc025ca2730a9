/*
 * The words that the threads of the pool share. In C because they are initialised before anything runs, need no memory
 * of their own, and each has a cache line to itself.
 */
#if !defined(CSHIMS_POOL_H) && !defined(__wasm__)
#define CSHIMS_POOL_H
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "kernels.h"

typedef struct rsk_pool_word {
  uint32_t value;
  uint8_t padding[RSK_CACHE_LINE - sizeof(uint32_t)];
} rsk_pool_word;

uint32_t *rsk_pool_thread_count(void); /* what set_num_threads asked for; 0: not asked yet */
uint32_t *rsk_pool_busy(void);         /* 1 while a caller has the pool */
uint32_t *rsk_pool_generation(void);   /* counts the jobs */
uint32_t *rsk_pool_active(void);       /* workers in the job; the highest bit: closed to further ones */
uint32_t *rsk_pool_next(void);         /* the next task */
uint32_t *rsk_pool_joined(void);       /* threads that have joined the job, its owner included */
uint32_t *rsk_pool_sleepers(void);     /* workers that wait for the condition */
uint32_t *rsk_pool_workers(void);      /* workers that run, or are about to; started by the owner of the pool alone */
pthread_mutex_t *rsk_pool_mutex(void);
pthread_cond_t *rsk_pool_condition(void);

/* pthread_create, of a thread that nobody has to name: pthread_t is a number in glibc, and a pointer in musl. */
int rsk_start_thread(const pthread_attr_t *attributes, void *(*body)(void *), void *argument);

/*
 * The threads that calls of this thread may use at most; 0: as many as others. Setting it fails, and returns 0, where the
 * C library has no memory for it. A key of pthreads, because __thread of a library that is loaded late may need memory that
 * nobody can refuse it, and end the process.
 */
uint32_t rsk_thread_limit(void);
int rsk_set_thread_limit(uint32_t limit);

/* Whether a forked child starts with an empty pool; not so where there was no memory for it when the library was loaded. */
int rsk_pool_watches_forks(void);

/* Sleeps for a moment. A thread that the host cancels does not end in it. */
void rsk_nap(void);
#endif
