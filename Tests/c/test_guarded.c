/*
 * The library's own memory, each piece of which ends at a page that cannot be touched, or begins after one: tables that
 * kernels read a vector at a time have to be as long as these reads, and scratch memory too.
 *
 * The program's own malloc and posix_memalign take the place of the C library's, for the library as well. valgrind and
 * AddressSanitizer, which see every byte, have allocators of their own; this runs with every instruction set, within seconds.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arrays.h"

extern void *__libc_malloc(size_t size);
extern void __libc_free(void *memory);

/* Address space for the pieces of one call. */
enum { GUARDED = 1 << 28 };
static unsigned char *guarded;
static size_t page, used;
static bool is_guarding, is_at_start;
static long pieces;
static const char *working_on = "nothing";

static size_t rounded(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

/* As close to the page as the alignment lets it; `is_at_start`: to the page before. */
static void *give(size_t alignment, size_t size) {
  if (!is_guarding) {
    return alignment <= 16 ? __libc_malloc(size) : aligned_alloc(alignment, rounded(size, alignment));
  }
  size_t length = rounded(size > 0 ? size : 1, alignment), pages = rounded(length, page);
  if (used + pages + page > GUARDED || mprotect(guarded + used, pages, PROT_READ | PROT_WRITE) != 0) return NULL;
  unsigned char *memory = guarded + used + (is_at_start ? 0 : pages - length);
  used += pages + page;
  pieces++;
  return memset(memory, BLANK, length);
}

void *malloc(size_t size) {
  void *memory = give(16, size);
  if (memory == NULL) errno = ENOMEM;
  return memory;
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = give(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory) {
  unsigned char *piece = memory;
  if (piece < guarded || piece >= guarded + GUARDED) __libc_free(memory);
}

/* All pieces are taken back at once: none may be left. */
static void guard(const char *what, bool at_start) {
  if (mmap(guarded, GUARDED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
    abort();
  }
  working_on = what;
  is_at_start = at_start;
  used = page;
  is_guarding = true;
}

static void stray(int signal) {
  const char *const words[] = {"test_guarded: not so: a read or write outside the library's memory: ", working_on,
                               "\n"};
  for (int index = 0; index < 3; index++) {
    if (write(STDOUT_FILENO, words[index], strlen(words[index])) < 0) break;
  }
  (void)signal;
  _exit(1);
}

static void resample_guarded(const call *call, const kind *kind, int64_t width, int64_t new_width, int format) {
  int64_t shape[MAX_RANK], new_shape[MAX_RANK];
  for (int32_t axis = 0; axis < call->rank; axis++) {
    bool is_width = axis == call->rank - 1;
    shape[axis] = axis == 0 ? 1 : is_width ? width : 3;
    new_shape[axis] = axis < 2 ? shape[axis] : is_width ? new_width : 5;
  }
  rsmp_interpolate_options options = resize(call, new_shape + 2);
  array *input = new_array(kind, call->rank, shape, format), *output = new_array(kind, call->rank, new_shape, format);
  fill(input, 11);
  for (int at_start = 0; at_start < 2; at_start++) {
    guard(call->name, at_start);
    rsmp_status status = rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure);
    is_guarding = false;
    CHECK_OK(status);
    if (kind->dtype.code != RSMP_FLOAT) continue;
    fill(output, 12);
    guard(call->name, at_start);
    status = rsmp_interpolate_backward(&output->tensor, &options, &input->tensor, &failure);
    is_guarding = false;
    CHECK_OK(status);
  }
  delete_array(input);
  delete_array(output);
}

/* Small planes whose samples are spread are copied before their rows are taken at once. Their first row is not read. */
static void resample_spread_planes(void) {
  static const int64_t shape[] = {1, 16, 32, 512}, new_shape[] = {1, 16, 8, 64};
  static const call bilinear = {"planes that are copied", RSMP_MODE_BILINEAR, 4, 0, 0};
  rsmp_interpolate_options options = resize(&bilinear, new_shape + 2);
  array *input = new_array(&kinds[FLOAT32], 4, shape, FORTRAN);
  array *output = new_array(&kinds[FLOAT32], 4, new_shape, CONTIGUOUS);
  fill(input, 13);
  for (int at_start = 0; at_start < 2; at_start++) {
    guard(bilinear.name, at_start);
    rsmp_status status = rsmp_interpolate(&input->tensor, &options, &output->tensor, &failure);
    is_guarding = false;
    CHECK_OK(status);
  }
  delete_array(input);
  delete_array(output);
}

/* The table of levels, images between their steps, and what a preprocess keeps. */
static void preprocess_guarded(void) {
  const int dtypes[] = {FLOAT32, FLOAT16, BFLOAT16, UINT8};
  static const int64_t shapes[][3] = {{9, 33, 4}, {40, 7, 3}, {1, 70, 2}, {16, 16, 4}};
  enum { IMAGES = sizeof shapes / sizeof shapes[0] };
  rsmp_tensor images[IMAGES];
  array *arrays[IMAGES];
  for (int index = 0; index < IMAGES; index++) {
    arrays[index] = new_array(&kinds[UINT8], 3, shapes[index], index % MEMORY_FORMATS);
    fill(arrays[index], (uint32_t)index);
    images[index] = arrays[index]->tensor;
  }
  for (int number = 0; number < 4 * 2 * 2 * 2; number++) {
    const kind *kind = &kinds[dtypes[number % 4]];
    rsmp_preprocess_options options = {.struct_size = sizeof options,
                                       .convention = number / 4 % 2,
                                       .mode = RSMP_MODE_BILINEAR,
                                       .antialias = 1,
                                       .resize = RSMP_RESIZE_SHORTEST_EDGE,
                                       .canvas = RSMP_CANVAS_CROP,
                                       .anchor = RSMP_ANCHOR_CENTER_DOWN,
                                       .alpha = number / 8 % 2 == 0 ? RSMP_ALPHA_DROP : RSMP_ALPHA_OVER_WHITE,
                                       .channels = 3,
                                       .dtype = kind->dtype,
                                       .shortest_edge = 16,
                                       .canvas_height = 13,
                                       .canvas_width = 21};
    array *output = new_array(kind, 4, (int64_t[]){IMAGES, 3, 13, 21}, CONTIGUOUS);
    rsmp_preprocess *preprocess;
    guard("a preprocess", number / 16 == 0);
    if (CHECK_OK(rsmp_preprocess_create(&options, &preprocess, &failure))) {
      for (int time = 0; time < 2; time++) {
        CHECK_OK(rsmp_preprocess_execute(preprocess, IMAGES, images, &output->tensor, &failure));
      }
      rsmp_preprocess_destroy(preprocess);
    }
    is_guarding = false;
    delete_array(output);
  }
  for (int index = 0; index < IMAGES; index++) delete_array(arrays[index]);
}

int main(void) {
  if (!can_run("test_guarded")) return 0;
  CHECK_OK(rsmp_set_num_threads(1, &failure));
  page = (size_t)sysconf(_SC_PAGESIZE);
  guarded = mmap(NULL, GUARDED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (guarded == MAP_FAILED) abort();
  signal(SIGSEGV, stray);

  static const int types[] = {FLOAT32, FLOAT64, FLOAT16, UINT8, INT16, INT64};
  static const int64_t widths[] = {5, 16, 33, 70}, new_widths[] = {7, 16, 40, 131};
  for (const call *call = calls; call < calls + CALLS; call++) {
    for (size_t type = 0; type < sizeof types / sizeof *types; type++) {
      const kind *kind = &kinds[types[type]];
      if (!takes(call, kind)) continue;
      for (int place = 0; place < 16; place++) {
        resample_guarded(call, kind, widths[place / 4], new_widths[place % 4], CONTIGUOUS);
        resample_guarded(call, kind, widths[place / 4], new_widths[place % 4], CHANNELS_LAST);
      }
    }
  }
  resample_spread_planes();
  preprocess_guarded();
  CHECK(pieces > 0, "the library does not use the program's allocator");
  return report("test_guarded");
}
