#include "pool.h"

enum { THREAD_COUNT, BUSY, GENERATION, ACTIVE, NEXT, JOINED, SLEEPERS, WORKERS, WORDS };

#define CLOSED 0x80000000u

static _Alignas(RSK_CACHE_LINE) rsk_pool_word words[WORDS] = {[ACTIVE] = {.value = CLOSED}};
static _Alignas(RSK_CACHE_LINE) pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(RSK_CACHE_LINE) pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int watches_forks;

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

int rsk_start_thread(const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  pthread_t thread;
  return pthread_create(&thread, attributes, body, argument);
}

/* In the child the workers are gone, and whatever another thread held at the moment of the fork stays held. */
static void start_over(void) {
  uint32_t thread_count = words[THREAD_COUNT].value;
  for (int i = 0; i < WORDS; i++) words[i].value = 0;
  words[THREAD_COUNT].value = thread_count;
  words[ACTIVE].value = CLOSED;
  mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
}

/* Before any thread can call the library: one that forks while another has just begun to use the pool is seen, too. */
__attribute__((constructor)) static void watch_forks(void) { watches_forks = pthread_atfork(0, 0, start_over) == 0; }

static pthread_key_t limit_key;
static int has_limit_key;

__attribute__((constructor)) static void make_limit_key(void) {
  has_limit_key = pthread_key_create(&limit_key, 0) == 0;
}

uint32_t rsk_thread_limit(void) { return has_limit_key ? (uint32_t)(uintptr_t)pthread_getspecific(limit_key) : 0; }

int rsk_set_thread_limit(uint32_t limit) {
  return has_limit_key && pthread_setspecific(limit_key, (void *)(uintptr_t)limit) == 0;
}

int rsk_pool_watches_forks(void) { return watches_forks; }

void rsk_nap(void) {
  int before;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  nanosleep(&(struct timespec){.tv_nsec = 100000}, 0);
  pthread_setcancelstate(before, 0);
}
