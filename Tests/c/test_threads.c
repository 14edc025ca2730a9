/*
 * Threads of the host that call the library at once: the bits are those of one thread, whatever the number of threads is
 * set to meanwhile, whatever signals arrive, on small stacks, and after the thread is gone that called first.
 *
 * What forks, ends the process or replaces functions of the C library is in test_processes.
 */
#define _GNU_SOURCE
#include "guard.h"
#include "work.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { CALLERS = 32 };

/* ---- Threads at once ---------------------------------------------------------------------------------------------- */

typedef struct {
  int number, rounds;
  results *results;
  pthread_barrier_t *start;
  const char *fault; /* found by the thread, counted after it has ended */
} caller;

static _Thread_local bool is_of_the_host; /* also what a signal handler asks */
static bool is_over;

static void *call_at_once(void *context) {
  caller *caller = context;
  is_of_the_host = true;
  pthread_barrier_wait(caller->start);
  for (int round = 0; round < caller->rounds && caller->fault == NULL; round++) {
    /* Half of them begin with the same work. */
    int first = caller->number % 2 == 0 ? round : (caller->number * 7 + round) % WORKS;
    caller->fault = do_all_work(first, caller->results);
  }
  return NULL;
}

static void *change_thread_count(void *unused) {
  (void)unused;
  is_of_the_host = true;
  const char *fault = NULL;
  for (int32_t count = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); count++) {
    int32_t wish = count == 40 ? 1024 : 1 + count % 16;
    if (rsmp_set_num_threads(wish, NULL) != RSMP_OK || rsmp_get_num_threads() != wish) fault = "the number of threads";
    wait_microseconds(count % 3 * 200);
  }
  return (void *)fault;
}

static void run_callers(const char *name, int rounds, int32_t thread_count) {
  pthread_barrier_t start;
  pthread_t threads[CALLERS];
  caller callers[CALLERS];
  int count = is_under_valgrind() ? 3 : CALLERS;
  pthread_barrier_init(&start, NULL, (unsigned)count);
  for (int number = 0; number < count; number++) {
    callers[number] = (caller){number, rounds, new_results(), &start, NULL};
    threads[number] = start_thread(call_at_once, &callers[number], 0);
  }
  __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
  pthread_t changer;
  if (thread_count == 0) changer = start_thread(change_thread_count, NULL, 0);
  else CHECK_OK(rsmp_set_num_threads(thread_count, &failure));
  for (int number = 0; number < count; number++) {
    pthread_join(threads[number], NULL);
    CHECK(callers[number].fault == NULL, "%s: thread %d: %s", name, number, callers[number].fault);
    delete_results(callers[number].results);
  }
  __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
  void *fault = NULL;
  if (thread_count == 0) pthread_join(changer, &fault);
  CHECK(fault == NULL, "%s: %s", name, (const char *)fault);
  pthread_barrier_destroy(&start);
}

static void test_threads_at_once(void) {
  begin("32 threads at once", 60);
  run_callers("32 threads at once", times(5), 4);
  end();
}

static void test_another_thread_changes_the_count(void) {
  begin("32 threads at once while the number of threads changes", 60);
  run_callers("32 threads at once while the number of threads changes", times(5), 0);
  end();
}

/* One caller after the other finds the pool free, so that its threads take part in every call. */
static void test_every_count_of_threads(void) {
  begin("every number of threads", 60);
  results *results = new_results();
  for (int32_t count = 1; count <= 17; count += is_under_valgrind() ? 4 : 1) {
    CHECK_OK(rsmp_set_num_threads(count == 17 ? 1024 : count, &failure));
    for (int round = 0; round < times(3); round++) {
      const char *fault = do_all_work(round, results);
      CHECK(fault == NULL, "%d threads: %s", (int)count, fault);
    }
  }
  delete_results(results);
  end();
}

/* ---- Threads that end --------------------------------------------------------------------------------------------- */

static void *call_and_end(void *results) {
  is_of_the_host = true;
  return (void *)do_all_work(3, results);
}

static void test_threads_that_end(void) {
  begin("threads that end", 60);
  CHECK_OK(rsmp_set_num_threads(5, &failure));
  for (int round = 0; round < times(10); round++) {
    results *results = new_results();
    void *fault;
    pthread_join(start_thread(call_and_end, results, 0), &fault);
    CHECK(fault == NULL, "in a thread that ends: %s", (const char *)fault);
    fault = (void *)do_all_work(0, results);
    CHECK(fault == NULL, "after the thread has ended: %s", (const char *)fault);
    delete_results(results);
  }
  end();
}

/* Calls with pauses in between, short and long, in which the threads of the pool fall asleep or end. */
static void test_pauses(void) {
  begin("pauses between calls", 60);
  results *results = new_results();
  CHECK_OK(rsmp_set_num_threads(6, &failure));
  for (int round = 0; round < times(200); round++) {
    const char *fault = do_work(round % WORKS, results);
    CHECK(fault == NULL, "%s %s", works[round % WORKS].name, fault);
    if (round % 4 != 0) wait_microseconds(round % 7 * 30);
  }
  delete_results(results);
  end();
}

/* ---- Signals ------------------------------------------------------------------------------------------------------ */

static long signals_taken, signals_elsewhere;

static void count_signal(int signal) {
  (void)signal;
  __atomic_fetch_add(&signals_taken, 1, __ATOMIC_RELAXED);
  if (!is_of_the_host) __atomic_fetch_add(&signals_elsewhere, 1, __ATOMIC_RELAXED);
}

static pthread_t signalled[4];
static bool is_sending;

static void *send_signals(void *unused) {
  (void)unused;
  is_of_the_host = true;
  __atomic_store_n(&is_sending, true, __ATOMIC_RELEASE);
  for (int count = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); count++) {
    pthread_kill(signalled[count % 4], SIGUSR1); /* to one thread */
    kill(getpid(), SIGUSR2);                     /* to the process: to any thread that does not block it */
    wait_microseconds(200);
  }
  return NULL;
}

static void test_signals(void) {
  begin("signals", 60);
  CHECK_OK(rsmp_set_num_threads(6, &failure));
  /* Kept until the program ends: the last signals may be late. */
  struct sigaction action = {.sa_handler = count_signal};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  sigaction(SIGPROF, &action, NULL);
  struct itimerval millisecond = {{0, 1000}, {0, 1000}}, none = {{0, 0}, {0, 0}};

  pthread_barrier_t start;
  caller callers[4];
  pthread_barrier_init(&start, NULL, 5);
  __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
  for (int number = 0; number < 4; number++) {
    callers[number] = (caller){number, times(10), new_results(), &start, NULL};
    signalled[number] = start_thread(call_at_once, &callers[number], 0);
  }
  pthread_barrier_wait(&start);
  /* Not before the sender knows that it is one of the host's. */
  pthread_t sender = start_thread(send_signals, NULL, 0);
  wait_for(&is_sending);
  setitimer(ITIMER_PROF, &millisecond, NULL);
  /* A thread that has ended may not be sent a signal, so the sender ends first. */
  struct timespec begun;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  /* Where a thread waits long for its turn, as under valgrind, until as many were taken as are to be seen. */
  while (seconds_since(&begun) < 0.5 * times(2) ||
         (__atomic_load_n(&signals_taken, __ATOMIC_RELAXED) <= 100 && seconds_since(&begun) < 30))
    wait_microseconds(1000);
  __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
  pthread_join(sender, NULL);
  for (int number = 0; number < 4; number++) {
    pthread_join(signalled[number], NULL);
    CHECK(callers[number].fault == NULL, "thread %d, interrupted: %s", number, callers[number].fault);
    delete_results(callers[number].results);
  }
  setitimer(ITIMER_PROF, &none, NULL);
  long taken = __atomic_load_n(&signals_taken, __ATOMIC_RELAXED);
  long elsewhere = __atomic_load_n(&signals_elsewhere, __ATOMIC_RELAXED);
  CHECK(taken > 100, "%ld signals were taken", taken);
  CHECK(elsewhere == 0, "%ld of %ld signals ran the host's handler on a thread of the library", elsewhere, taken);
  pthread_barrier_destroy(&start);
  end();
}

/* ---- Memory that the host brings when it is touched ------------------------------------------------------------------ */

static unsigned char *pages;
static size_t pages_size;
static long pages_brought;

static void bring_page(int signal, siginfo_t *info, void *unused) {
  (void)signal, (void)unused;
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *address = info->si_addr;
  if (address < pages || address >= pages + pages_size) _exit(HANGS + 2);
  mprotect(pages + (size_t)(address - pages) / size * size, size, PROT_READ | PROT_WRITE);
  __atomic_fetch_add(&pages_brought, 1, __ATOMIC_RELAXED);
}

/* Faults are no signals of the host's to keep from the pool: its handler is part of how its memory works. */
static void test_memory_behind_a_handler(void) {
  if (IS_THREAD_SANITIZED || is_under_valgrind()) {
    printf("SKIPPED: memory behind a handler of SIGSEGV: valgrind and ThreadSanitizer have handlers of their own\n");
    return;
  }
  begin("memory behind a handler of SIGSEGV", 30);
  int64_t shape[] = {4, 8, 80, 100}, result[] = {4, 8, 160, 200};
  rsmp_interpolate_options options = resize(&calls[9], result + 2);
  array *input = random_array(&kinds[FLOAT32], 4, shape, 5);
  array *expected = new_array(&kinds[FLOAT32], 4, result, CONTIGUOUS);
  CHECK_OK(rsmp_interpolate(&input->tensor, &options, &expected->tensor, &failure));

  size_t size = (size_t)input->count * 4, page = (size_t)sysconf(_SC_PAGESIZE);
  pages_size = (size + page - 1) / page * page;
  pages = mmap(NULL, pages_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(pages, element(input, 0), size);
  rsmp_tensor tensor = input->tensor;
  tensor.data = pages;
  tensor.byte_offset = 0;
  struct sigaction action = {.sa_sigaction = bring_page, .sa_flags = SA_SIGINFO}, before;
  sigaction(SIGSEGV, &action, &before);
  array *output = new_array(&kinds[FLOAT32], 4, result, CONTIGUOUS);
  for (int round = 0; round < times(12); round++) {
    CHECK_OK(rsmp_set_num_threads(1 + round % 6, &failure));
    mprotect(pages, pages_size, PROT_NONE);
    CHECK_OK(rsmp_interpolate(&tensor, &options, &output->tensor, &failure));
    CHECK(first_difference(output, expected) < 0, "round %d gave other bits", round);
  }
  sigaction(SIGSEGV, &before, NULL);
  CHECK(pages_brought >= (long)(pages_size / page), "%ld pages were brought", pages_brought);
  munmap(pages, pages_size);
  delete_array(input);
  delete_array(output);
  delete_array(expected);
  end();
}

/* ---- The environment ------------------------------------------------------------------------------------------------ */

static void *change_environment(void *unused) {
  is_of_the_host = true;
  char name[32];
  while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
    for (int number = 0; number < 500; number++) {
      snprintf(name, sizeof name, "OF_THE_HOST_%d", number);
      setenv(name, "1", 1);
    }
    for (int number = 0; number < 500; number++) {
      snprintf(name, sizeof name, "OF_THE_HOST_%d", number);
      unsetenv(name);
    }
    clearenv(); /* frees what getenv walks along */
  }
  return unused;
}

/* Calls do not look into the environment, which another thread may be changing. */
static void test_a_changing_environment(void) {
  begin("an environment that changes", 60);
  int rounds = times(20000); /* which the environment says as well */
  __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
  pthread_t changer = start_thread(change_environment, NULL, 0);
  int64_t shape[] = {1, 1, 8, 8}, size[] = {4, 4};
  rsmp_interpolate_options options = resize(&calls[9], size);
  for (int round = 0; round < rounds; round++) {
    const char *name;
    rsmp_plan *plan;
    CHECK_OK(rsmp_instruction_set(&name, &failure));
    CHECK_OK(rsmp_plan_create(4, shape, kinds[FLOAT32].dtype, &options, &plan, &failure));
    rsmp_plan_destroy(plan);
  }
  __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
  pthread_join(changer, NULL);
  end();
}

/* ---- Stacks ------------------------------------------------------------------------------------------------------- */

/*
 * What a caller needs beside the least that the C library asks for: a promise of docs/architecture.md. AddressSanitizer lays
 * memory that must not be touched around every variable, and has two of them never share a place.
 */
enum { PROMISED_STACK = (64 << 10) * (IS_ADDRESS_SANITIZED ? 2 : 1), UNTOUCHED = 0x5c };

typedef struct {
  int number;
  results *results;
  const char *fault;
} small_call;

static void *call_on_a_small_stack(void *context) {
  small_call *call = context;
  is_of_the_host = true;
  call->fault = do_work(call->number, call->results);
  return NULL;
}

static void *do_nothing(void *unused) { return unused; }

/* The bytes that a thread touched of a stack that is far too large, and at its end the C library's own. */
static size_t stack_touched(void *(*function)(void *), void *context) {
  size_t size = 4 << 20;
  unsigned char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(stack, UNTOUCHED, size);
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, size);
  bool is_started = pthread_create(&thread, &attributes, function, context) == 0;
  if (CHECK(is_started, "no thread on a stack of its own")) pthread_join(thread, NULL);
  size_t free = 0;
  while (free < size && stack[free] == UNTOUCHED) free++;
  munmap(stack, size);
  pthread_attr_destroy(&attributes);
  return size - free;
}

static void test_small_stacks(void) {
  if (IS_THREAD_SANITIZED || is_under_valgrind()) {
    printf("SKIPPED: small stacks: ThreadSanitizer does not fit on them, and valgrind does not let one read them later\n");
    return;
  }
  begin("small stacks", 60);
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  size_t least = stack_touched(do_nothing, NULL), most = 0;
  int which = 0;
  results *results = new_results();
  for (int number = 0; number < WORKS; number++) {
    small_call call = {number, results, NULL};
    size_t touched = stack_touched(call_on_a_small_stack, &call) - least;
    CHECK(call.fault == NULL, "%s %s", works[number].name, call.fault);
    CHECK(touched < PROMISED_STACK, "%s takes %zu bytes of stack", works[number].name, touched);
    if (getenv("TEST_VERBOSE") != NULL) printf("  %6zu bytes of stack: %s\n", touched, works[number].name);
    if (touched > most) most = touched, which = number;
  }
  printf("test_threads     at most %zu bytes of a caller's stack: %s\n", most, works[which].name);
  for (int number = 0; number < WORKS; number++) {
    CHECK_OK(rsmp_set_num_threads(1 + number % 5, &failure));
    small_call call = {number, results, NULL};
    pthread_t thread = start_thread(call_on_a_small_stack, &call, (size_t)PTHREAD_STACK_MIN + PROMISED_STACK);
    pthread_join(thread, NULL);
    CHECK(call.fault == NULL, "on a small stack: %s %s", works[number].name, call.fault);
  }
  delete_results(results);
  end();
}

int main(void) {
  if (!can_run("test_threads")) return 0;
  is_of_the_host = true;
  begin("what one thread gives", 60);
  if (make_works()) {
    end();
    test_every_count_of_threads();
    test_threads_at_once();
    test_another_thread_changes_the_count();
    test_threads_that_end();
    test_pauses();
    test_signals();
    test_memory_behind_a_handler();
    test_small_stacks();
    test_a_changing_environment(); /* the last one, for no variable is left */
  }
  delete_works();
  return report("test_threads");
}
