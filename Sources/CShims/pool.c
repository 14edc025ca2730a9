#include "pool.h"

enum { THREAD_COUNT, BUSY, GENERATION, ACTIVE, NEXT, JOINED, SLEEPERS, WORKERS, WORDS };

#define CLOSED 0x80000000u

static _Alignas(RSK_CACHE_LINE) rsk_pool_word words[WORDS] = {[ACTIVE] = {.value = CLOSED}};
static _Alignas(RSK_CACHE_LINE) pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(RSK_CACHE_LINE) pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_once_t watch_once = PTHREAD_ONCE_INIT;

uint32_t *rsk_pool_thread_count(void) { return &words[THREAD_COUNT].value; }
uint32_t *rsk_pool_busy(void) { return &words[BUSY].value; }
uint32_t *rsk_pool_generation(void) { return &words[GENERATION].value; }
uint32_t *rsk_pool_active(void) { return &words[ACTIVE].value; }
uint32_t *rsk_pool_next(void) { return &words[NEXT].value; }
uint32_t *rsk_pool_joined(void) { return &words[JOINED].value; }
uint32_t *rsk_pool_sleepers(void) { return &words[SLEEPERS].value; }
uint32_t *rsk_pool_workers(void) { return &words[WORKERS].value; }
pthread_mutex_t *rsk_pool_mutex(void) { return &mutex; }
pthread_cond_t *rsk_pool_condition(void) { return &condition; }

/* In the child the workers are gone, and whatever another thread held at the moment of the fork stays held. */
static void start_over(void) {
  uint32_t thread_count = words[THREAD_COUNT].value;
  for (int i = 0; i < WORDS; i++) words[i].value = 0;
  words[THREAD_COUNT].value = thread_count;
  words[ACTIVE].value = CLOSED;
  mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
}

static void watch(void) { pthread_atfork(0, 0, start_over); }

void rsk_pool_watch_forks(void) { pthread_once(&watch_once, watch); }
