/*
 * Parts of a test that may hang: a part that takes longer than it may is a failure with its name.
 *
 *   begin("forks in the middle of work", 60);
 *   ...
 *   end();
 *
 * SIGALRM belongs to this file. Needs _GNU_SOURCE.
 */
#ifndef GUARD_H
#define GUARD_H

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#if defined(__SANITIZE_THREAD__)
#define IS_THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_THREAD_SANITIZED 1
#endif
#endif
#ifndef IS_THREAD_SANITIZED
#define IS_THREAD_SANITIZED 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define IS_ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_ADDRESS_SANITIZED 1
#endif
#endif
#ifndef IS_ADDRESS_SANITIZED
#define IS_ADDRESS_SANITIZED 0
#endif

/* The Makefile says so in the environment. valgrind runs one thread at a time, and each far more slowly. */
static inline bool is_under_valgrind(void) { return getenv("RUNNING_UNDER_VALGRIND") != NULL; }

enum { HANGS = 99 }; /* the exit status of a process whose part took too long */

static const char *volatile part = "nothing";
static struct timespec part_start;

static void too_long(int signal) {
  (void)signal;
  const char *name = part;
  /* What a handler may call. */
  if (write(2, "HANGS: ", 7) + write(2, name, strlen(name)) + write(2, "\n", 1) < 0) _exit(HANGS + 1);
  _exit(HANGS);
}

static inline void begin(const char *name, unsigned seconds) {
  part = name;
  struct sigaction action = {.sa_handler = too_long};
  sigaction(SIGALRM, &action, NULL);
  clock_gettime(CLOCK_MONOTONIC, &part_start);
  alarm(IS_THREAD_SANITIZED || is_under_valgrind() ? 10 * seconds : seconds);
}

static inline double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

/* TEST_VERBOSE in the environment: says how long each part took. */
static inline void end(void) {
  alarm(0);
  if (getenv("TEST_VERBOSE") != NULL) printf("  %6.2f s %s\n", seconds_since(&part_start), part);
  fflush(stdout);
}

static inline void wait_microseconds(long count) {
  struct timespec time = {count / 1000000, count % 1000000 * 1000};
  nanosleep(&time, NULL);
}

static inline void wait_for(const bool *flag) {
  while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE)) wait_microseconds(100);
}

/* TEST_REPEAT multiplies the repetitions of the parts. */
static inline int times(int count) {
  const char *text = getenv("TEST_REPEAT");
  double factor = text != NULL ? atof(text) : IS_THREAD_SANITIZED ? 0.2 : 1;
  int product = (int)(count * factor);
  return product > 1 ? product : 1;
}

static inline pthread_t start_thread(void *(*function)(void *), void *context, size_t stack_size) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (stack_size != 0) pthread_attr_setstacksize(&attributes, stack_size);
  int number = pthread_create(&thread, &attributes, function, context);
  pthread_attr_destroy(&attributes);
  if (number != 0) {
    fprintf(stderr, "the test itself cannot start a thread: %s\n", strerror(number));
    exit(2);
  }
  return thread;
}

#endif
