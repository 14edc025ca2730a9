/*
 * Processes that use the library: forks in the middle of work, threads that cannot be started, small and unlimited stacks,
 * cancelled threads, and the end of the process while calls run.
 *
 * What needs no other process, and so runs under ThreadSanitizer, is in test_threads.
 */
#define _GNU_SOURCE
#include "guard.h"
#include "work.h"

#include <dlfcn.h>
#include <errno.h>

enum { BUSY = 3 };

/* ---- Children ----------------------------------------------------------------------------------------------------- */

/* A child that hangs ends by its own alarm, and with its parent. */
static pid_t start_child(const char *name, unsigned seconds) {
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) {
    fprintf(stderr, "the test itself cannot fork: %s\n", strerror(errno));
    exit(2);
  }
  if (child == 0) {
    part = name;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(seconds);
  }
  return child;
}

/* The exit status of a child; 1000 and the signal that killed it. */
static int status_of(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* ---- Threads that compute all the while --------------------------------------------------------------------------- */

static bool is_over;
static long calls_meanwhile;

static void *compute(void *context) {
  results *results = context;
  const char *fault = NULL;
  for (int number = 0; fault == NULL && !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); number++) {
    if (do_work(number % WORKS, results) != NULL) fault = works[number % WORKS].name;
    __atomic_fetch_add(&calls_meanwhile, 1, __ATOMIC_RELAXED);
  }
  return (void *)fault;
}

static void *change_thread_count(void *unused) {
  for (int32_t count = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); count++) {
    if (rsmp_set_num_threads(1 + count % 16, NULL) != RSMP_OK) return "the number of threads";
    wait_microseconds(300);
  }
  return unused;
}

typedef struct {
  pthread_t threads[BUSY + 1];
  results *results[BUSY];
} crowd;

static void start_crowd(crowd *crowd) {
  __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
  for (int number = 0; number < BUSY; number++) {
    crowd->results[number] = new_results();
    crowd->threads[number] = start_thread(compute, crowd->results[number], 0);
  }
  crowd->threads[BUSY] = start_thread(change_thread_count, NULL, 0);
}

static void end_crowd(crowd *crowd) {
  __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
  for (int number = 0; number <= BUSY; number++) {
    void *fault;
    pthread_join(crowd->threads[number], &fault);
    CHECK(fault == NULL, "%s: thread %d: %s", part, number, (const char *)fault);
    if (number < BUSY) delete_results(crowd->results[number]);
  }
}

/* ---- Forks -------------------------------------------------------------------------------------------------------- */

/* What a forked child does; generations of children of its own as well. Its exit status. */
static int be_child(int number, int generations, results *results) {
  if (number % 3 == 1 && rsmp_set_num_threads(1 + number % 5, NULL) != RSMP_OK) return 10;
  if (number % 3 == 2 && rsmp_set_num_threads(16, NULL) != RSMP_OK) return 10;
  for (int count = 0; count < 4; count++) {
    if (do_work((number + count * 5) % WORKS, results) != NULL) return 11;
  }
  if (generations > 0) {
    pid_t child = start_child("a grandchild", 20);
    if (child == 0) _exit(be_child(number + 1, generations - 1, results));
    if (status_of(child) != 0) return 12;
    if (do_work(number % WORKS, results) != NULL) return 13;
  }
  return 0;
}

static void test_forks_in_the_middle_of_work(void) {
  begin("forks in the middle of work", 120);
  results *results = new_results();
  crowd crowd;
  start_crowd(&crowd);
  for (int number = 0; number < times(200); number++) {
    pid_t child = start_child("a child forked in the middle of work", 30);
    if (child == 0) _exit(be_child(number, number % 4 == 0 ? 2 : 0, results));
    int status = status_of(child);
    CHECK(status == 0, "child %d ended with %d", number, status);
  }
  end_crowd(&crowd);
  CHECK(calls_meanwhile > 0, "%ld calls in the parent", calls_meanwhile);
  delete_results(results);
  end();
}

static void *fork_in_a_thread(void *context) {
  results *results = context;
  for (int number = 0; number < times(20); number++) {
    pid_t child = start_child("a child of a thread", 30);
    if (child == 0) _exit(be_child(number, number % 2, results));
    if (status_of(child) != 0) return "a child of a thread";
    if (do_work(number % WORKS, results) != NULL) return (void *)works[number % WORKS].name;
  }
  return NULL;
}

static void test_threads_that_fork(void) {
  begin("threads that fork", 120);
  crowd crowd;
  pthread_t threads[4];
  results *results[4];
  start_crowd(&crowd);
  for (int number = 0; number < 4; number++) {
    results[number] = new_results();
    threads[number] = start_thread(fork_in_a_thread, results[number], 0);
  }
  for (int number = 0; number < 4; number++) {
    void *fault;
    pthread_join(threads[number], &fault);
    CHECK(fault == NULL, "thread %d: %s", number, (const char *)fault);
    delete_results(results[number]);
  }
  end_crowd(&crowd);
  end();
}

/* The first calls of a process, and the fork at the same moment: each time in a process that has not called yet. */
static void test_forks_at_the_first_call(void) {
  begin("forks at the first call", 60);
  results *results = new_results();
  for (int number = 0; number < times(40); number++) {
    pid_t child = start_child("a child that calls for the first time", 30);
    if (child == 0) {
      rsmp_set_num_threads(4, NULL);
      pthread_t thread = start_thread(compute, new_results(), 0);
      wait_microseconds(number * 7 % 100);
      pid_t grandchild = start_child("a grandchild of the first call", 20);
      if (grandchild == 0) _exit(be_child(number, 1, results));
      int status = status_of(grandchild);
      __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
      pthread_join(thread, NULL);
      _exit(status);
    }
    __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
    int status = status_of(child);
    CHECK(status == 0, "child %d ended with %d", number, status);
  }
  delete_results(results);
  end();
}

/* ---- The end of the process ----------------------------------------------------------------------------------------- */

/* With a status of its own, from the main thread or another one, while others are inside calls. */
static void *end_process(void *number) {
  wait_microseconds((long)(intptr_t)number * 37 % 2000);
  exit(40 + (int)(intptr_t)number % 7);
}

static void test_exit_while_calls_run(void) {
  begin("exit while calls run", 120);
  for (int number = 0; number < times(50); number++) {
    pid_t child = start_child("a process that exits while calls run", 30);
    if (child == 0) {
      crowd crowd;
      start_crowd(&crowd);
      if (number % 2 == 0) end_process((void *)(intptr_t)number);
      start_thread(end_process, (void *)(intptr_t)number, 0);
      compute(new_results());
    }
    int status = status_of(child);
    CHECK(status == 40 + number % 7, "process %d ended with %d", number, status);
  }
  end();
}

static void *call_last(void *results) {
  wait_microseconds(20000); /* until the main thread is gone */
  if (do_all_work(0, results) != NULL) _exit(14);
  return NULL;
}

/* POSIX: the process ends, with status 0, with the last of its threads. */
static void test_the_main_thread_ends_first(void) {
  begin("the main thread ends first", 60);
  for (int number = 0; number < times(3); number++) {
    pid_t child = start_child("a process without its main thread", 30);
    if (child == 0) {
      rsmp_set_num_threads(4, NULL);
      results *results = new_results();
      if (do_all_work(number, results) != NULL) _exit(15);
      start_thread(call_last, results, 0);
      pthread_exit(NULL);
    }
    int status = status_of(child);
    CHECK(status == 0, "process %d ended with %d", number, status);
  }
  end();
}

/* A thread that is cancelled is not inside a call any more when it ends: nothing there is a cancellation point. */
static void *compute_until_cancelled(void *results) {
  for (int number = 0;; number++) {
    if (do_work(number % WORKS, results) != NULL) return "failed";
    pthread_testcancel();
  }
}

static void test_cancelled_threads(void) {
  begin("cancelled threads", 60);
  CHECK_OK(rsmp_set_num_threads(4, &failure));
  results *results = new_results();
  for (int number = 0; number < times(60); number++) {
    pthread_t thread = start_thread(compute_until_cancelled, results, 0);
    wait_microseconds(number * 131 % 3000);
    pthread_cancel(thread);
    void *result;
    pthread_join(thread, &result);
    CHECK(result == PTHREAD_CANCELED, "thread %d: %s", number, (const char *)result);
  }
  /* The pool is free again. */
  const char *fault = do_all_work(0, results);
  CHECK(fault == NULL, "after them: %s", fault);
  delete_results(results);
  end();
}

/* ---- Threads that cannot be started ------------------------------------------------------------------------------- */

static bool is_limited;
static long allowed, refused;

/* In the place of the C library's, for the library as well. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *context) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (__atomic_load_n(&real, __ATOMIC_ACQUIRE) == NULL) {
    void *found = dlsym(RTLD_NEXT, "pthread_create");
    __atomic_store(&real, (int (**)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))(void *)&found,
                   __ATOMIC_RELEASE);
  }
  if (is_limited && allowed-- <= 0) {
    refused++;
    return EAGAIN;
  }
  return real(thread, attributes, function, context);
}

static void test_threads_that_cannot_be_started(void) {
  begin("threads that cannot be started", 60);
  for (int count = 0; count < 8; count++) {
    /* A child has no worker yet. */
    pid_t child = start_child("a process that may not start threads", 30);
    if (child == 0) {
      results *results = new_results();
      rsmp_set_num_threads(8, NULL);
      is_limited = true;
      allowed = count;
      if (do_all_work(count, results) != NULL) _exit(16);
      if ((count < 7) != (refused > 0)) _exit(17);
      is_limited = false; /* and later they can */
      if (do_all_work(count, results) != NULL) _exit(18);
      _exit(0);
    }
    int status = status_of(child);
    CHECK(status == 0, "with %d threads: the process ended with %d", count, status);
  }
  end();
}

/* ---- Stacks ------------------------------------------------------------------------------------------------------- */

/* Starts the program anew. The environment lies on its stack, which may be small: it gets what it needs of it. */
static void start_anew(const char *program) {
  const char *const names[] = {"LD_LIBRARY_PATH", "RESAMPLE_INSTRUCTION_SET"};
  static char texts[2][4096];
  char *environment[3] = {NULL};
  int count = 0;
  for (int number = 0; number < 2; number++) {
    const char *value = getenv(names[number]);
    if (value == NULL) continue;
    int length = snprintf(texts[count], sizeof texts[count], "%s=%s", names[number], value);
    if (length < (int)sizeof texts[count]) {
      environment[count] = texts[count];
      count++;
    }
  }
  execle(program, program, "workers", (char *)NULL, environment);
}

/* The stack of a thread is by default what the shell's ulimit -s says when the program starts. */
static void test_stack_limits(const char *program) {
  const rlim_t limits[] = {16 << 10, 64 << 10, 256 << 10, RLIM_INFINITY};
  if (is_under_valgrind()) {
    printf("SKIPPED: limits of the stack: valgrind itself does not start with small ones\n");
    return;
  }
  begin("limits of the stack", 60);
  for (int number = 0; number < 4; number++) {
    pid_t child = start_child("a process with another stack", 30);
    if (child == 0) {
      struct rlimit limit;
      getrlimit(RLIMIT_STACK, &limit);
      limit.rlim_cur = limits[number];
      if (limit.rlim_max != RLIM_INFINITY && (limits[number] == RLIM_INFINITY || limits[number] > limit.rlim_max)) {
        limit.rlim_cur = limit.rlim_max;
      }
      if (setrlimit(RLIMIT_STACK, &limit) != 0) _exit(19);
      start_anew(program);
      _exit(20);
    }
    int status = status_of(child);
    CHECK(status == 0, "with a stack of %lld bytes the process ended with %d", (long long)limits[number], status);
  }
  end();
}

static void *call_with_workers(void *unused) {
  (void)unused;
  if (!make_works()) return "what one thread gives";
  rsmp_set_num_threads(4, NULL);
  results *results = new_results();
  for (int round = 0; round < 5; round++) {
    if (do_all_work(0, results) != NULL) return "a call";
  }
  return NULL;
}

/* The program started anew for the test above: calls on a stack that is large enough, with the workers' as they are. */
static int be_process_with_another_stack(void) {
  alarm(30);
  void *fault;
  pthread_join(start_thread(call_with_workers, NULL, 1 << 20), &fault);
  return fault == NULL ? 0 : 21;
}

int main(int count, char **arguments) {
  if (!can_run("test_processes")) return 0;
  if (count == 2 && strcmp(arguments[1], "workers") == 0) return be_process_with_another_stack();
  begin("what one thread gives", 60);
  if (make_works()) {
    end();
    test_forks_at_the_first_call();
    test_threads_that_cannot_be_started();
    test_stack_limits(arguments[0]);
    test_forks_in_the_middle_of_work();
    test_threads_that_fork();
    test_exit_while_calls_run();
    test_the_main_thread_ends_first();
    test_cancelled_threads();
  }
  delete_works();
  return report("test_processes");
}
