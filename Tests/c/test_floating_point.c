/*
 * Hosts that compute otherwise: denormals flushed (as programs built with -ffast-math do), another rounding, traps for invalid
 * operations (as some languages have by default). Results are the same bits, by any thread; nothing traps; and the host finds
 * its own ways again.
 */
#define _GNU_SOURCE /* feenableexcept */
#include <fenv.h>

#include "operators.h"

/* Denormals count as zero, and become zero: bits of MXCSR. */
#define FLUSH 0x8040u

static void flush_denormals(bool on) {
#if defined(__x86_64__)
  unsigned state = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(on ? state | FLUSH : state & ~FLUSH);
#else
  (void)on;
#endif
}

static unsigned controls(void) {
#if defined(__x86_64__)
  return __builtin_ia32_stmxcsr() & ~0x3fu;
#else
  return (unsigned)fegetround();
#endif
}

/* ---- Work -------------------------------------------------------------------------------------------------------- */

/* Large enough for several threads. */
static const int64_t shape[] = {1, 16, 64, 64}, larger[] = {1, 16, 128, 128}, grid_shape[] = {1, 64, 64, 2};
enum { WORKS = 5 };

static rsmp_status work(int number, const array *input, const array *grid, const array *output) {
  rsmp_interpolate_options resizing = {.struct_size = sizeof resizing, .size_count = 2, .size = {128, 128}};
  rsmp_grid_sample_options sampling = {.struct_size = sizeof sampling, .mode = RSMP_SAMPLE_BICUBIC};
  switch (number) {
    case 0: resizing.mode = RSMP_MODE_BILINEAR; break;
    case 1: resizing.mode = RSMP_MODE_BICUBIC; break;
    case 2: resizing.mode = RSMP_MODE_BICUBIC, resizing.antialias = 1; break;
    case 3: resizing.mode = RSMP_MODE_AREA; break;
    default: return rsmp_grid_sample(&input->tensor, &grid->tensor, &sampling, &output->tensor, &failure);
  }
  return rsmp_interpolate(&input->tensor, &resizing, &output->tensor, &failure);
}

static array *output_of(int number) { return new_array(&kinds[FLOAT32], 4, number < 4 ? larger : shape, CONTIGUOUS); }

/* Denormal numbers, so that flushing shows. */
static array *small_numbers(void) {
  array *made = random_array(&kinds[FLOAT32], 4, shape, 3);
  for (int64_t place = 0; place < made->count; place++) put(made->kind, number(made, place) * 0x1p-130, element(made, place));
  return made;
}

/* Large, infinite and no numbers, and points far away: what traps where anything does. */
static array *extreme_numbers(void) {
  array *made = random_array(&kinds[FLOAT32], 4, shape, 4);
  static const double extremes[] = {3e38, -3e38, INFINITY, -INFINITY, NAN, 1e-40};
  for (int64_t place = 0; place < made->count; place += 7) put(made->kind, extremes[place % 6], element(made, place));
  return made;
}

static array *extreme_grid(void) {
  array *made = random_grid(&kinds[FLOAT32], 4, grid_shape, 5);
  static const double extremes[] = {1e30, -1e30, INFINITY, NAN, 1e-40};
  for (int64_t place = 0; place < made->count; place += 11) put(made->kind, extremes[place % 5], element(made, place));
  return made;
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

enum host { ORDINARY, FLUSHED, UPWARD, TRAPPING, HOSTS };
static const char *const hosts[] = {"ordinary", "flushed denormals", "rounding upward", "traps"};

static void become(enum host host) {
  fedisableexcept(FE_ALL_EXCEPT);
  feclearexcept(FE_ALL_EXCEPT);
  fesetround(host == UPWARD ? FE_UPWARD : FE_TONEAREST);
  flush_denormals(host == FLUSHED);
  if (host == TRAPPING) feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
}

static void check_works(const array *input, const array *grid, const char *what) {
  for (int number = 0; number < WORKS; number++) {
    become(ORDINARY);
    rsmp_set_num_threads(1, NULL);
    array *expected = output_of(number), *output = output_of(number);
    CHECK_OK(work(number, input, grid, expected));
    for (int host = 0; host < HOSTS; host++) {
      for (int threads = 1; threads <= 3; threads++) {
        become((enum host)host);
        unsigned before = controls();
        rsmp_set_num_threads(threads, NULL);
        rsmp_status status = work(number, input, grid, output);
        unsigned after = controls();
        become(ORDINARY);
        CHECK(status == RSMP_OK, "work %d with %s: %s", number, hosts[host], failure.message);
        CHECK(before == after, "work %d with %s: the host computes otherwise afterwards", number, hosts[host]);
        CHECK(memcmp(expected->memory, output->memory, expected->size) == 0, "%s, work %d with %s on %d threads: other bits",
              what, number, hosts[host], threads);
        memset(output->memory, BLANK, output->size);
      }
    }
    delete_array(expected);
    delete_array(output);
  }
}

int main(void) {
  if (!can_run("test_floating_point")) return 0;
  array *denormals = small_numbers(), *extreme = extreme_numbers(), *output = output_of(0);
  array *grid = random_grid(&kinds[FLOAT32], 4, grid_shape, 6), *far = extreme_grid();
  /* The workers of the pool begin in a host that flushes. */
  become(FLUSHED);
  rsmp_set_num_threads(3, NULL);
  CHECK_OK(work(0, denormals, grid, output));
  check_works(denormals, grid, "denormals");
  check_works(extreme, far, "extremes");
  array *const arrays[] = {denormals, extreme, output, grid, far};
  for (int index = 0; index < 5; index++) delete_array(arrays[index]);
  return report("test_floating_point");
}
