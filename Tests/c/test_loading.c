/*
 * The library in a program that was not linked with it: loaded, closed and loaded again, and two copies of it at once.
 *
 * It is linked with -z nodelete: dlclose leaves it where it is, because threads of its pool may outlive the call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>

#include "guard.h"

static const char *const file = "libresample.so.0";

/* ---- A copy of the library ---------------------------------------------------------------------------------------- */

typedef struct {
  void *handle;
  rsmp_status (*interpolate)(const rsmp_tensor *, const rsmp_interpolate_options *, const rsmp_tensor *, rsmp_error *);
  rsmp_status (*conv_transpose)(const rsmp_tensor *, const rsmp_tensor *, const rsmp_tensor *,
                                const rsmp_conv_transpose_options *, const rsmp_tensor *, rsmp_error *);
  rsmp_status (*set_num_threads)(int32_t, rsmp_error *);
  int32_t (*get_num_threads)(void);
  rsmp_status (*instruction_set)(const char **, rsmp_error *);
} library;

/* A function pointer is no object, says C; POSIX says that it is as long as one. */
static bool find(void *handle, const char *name, void *function) {
  void *symbol = dlsym(handle, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static bool load(const char *path, library *library) {
  library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!CHECK(library->handle != NULL, "%s", dlerror())) return false;
  void *handle = library->handle;
  return CHECK(find(handle, "rsmp_interpolate", &library->interpolate) &&
                   find(handle, "rsmp_conv_transpose", &library->conv_transpose) &&
                   find(handle, "rsmp_set_num_threads", &library->set_num_threads) &&
                   find(handle, "rsmp_get_num_threads", &library->get_num_threads) &&
                   find(handle, "rsmp_instruction_set", &library->instruction_set),
               "%s lacks a function", path);
}

/* ---- What it computes --------------------------------------------------------------------------------------------- */

/* check.h asks the library that a program is linked with. */
static rsmp_status (*instruction_set)(const char **, rsmp_error *);
rsmp_status rsmp_instruction_set(const char **name, rsmp_error *error) { return instruction_set(name, error); }

enum { IMAGES = 4, CHANNELS = 8, LENGTH = 60, TWICE = 2 * LENGTH, KERNEL = 4 };
enum { INPUT_COUNT = IMAGES * CHANNELS * LENGTH * LENGTH, OUTPUT_COUNT = 4 * INPUT_COUNT };

static float input[INPUT_COUNT], weight[CHANNELS * CHANNELS * KERNEL * KERNEL];
static float expected[2][OUTPUT_COUNT];
static bool is_over;

static rsmp_tensor tensor_of(const float *data, int64_t *shape) {
  return (rsmp_tensor){
      .data = (void *)data, .device = {1, 0}, .ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape, .strides = NULL};
}

static bool compute(const library *library, float *const outputs[2], rsmp_error *error) {
  int64_t small[] = {IMAGES, CHANNELS, LENGTH, LENGTH}, large[] = {IMAGES, CHANNELS, TWICE, TWICE};
  int64_t kernel[] = {CHANNELS, CHANNELS, KERNEL, KERNEL};
  rsmp_tensor from = tensor_of(input, small), weights = tensor_of(weight, kernel);
  rsmp_tensor resized = tensor_of(outputs[0], large), convolved = tensor_of(outputs[1], large);
  rsmp_interpolate_options options = {
      .struct_size = sizeof options, .mode = RSMP_MODE_BICUBIC, .size_count = 2, .size = {TWICE, TWICE}};
  rsmp_conv_transpose_options convolution = {
      .struct_size = sizeof convolution, .stride_count = 2, .stride = {2, 2}, .padding_count = 2, .padding = {1, 1}};
  return library->interpolate(&from, &options, &resized, error) == RSMP_OK &&
         library->conv_transpose(&from, &weights, NULL, &convolution, &convolved, error) == RSMP_OK;
}

static const char *compute_and_compare(const library *library) {
  rsmp_error error = {0};
  float *outputs[2] = {calloc(OUTPUT_COUNT, sizeof(float)), calloc(OUTPUT_COUNT, sizeof(float))};
  const char *fault = NULL;
  if (outputs[0] == NULL || outputs[1] == NULL) fault = "the test itself is out of memory";
  else if (!compute(library, outputs, &error)) fault = "failed";
  else if (memcmp(outputs[0], expected[0], sizeof expected[0]) != 0) fault = "interpolate gave other bits";
  else if (memcmp(outputs[1], expected[1], sizeof expected[1]) != 0) fault = "conv_transpose gave other bits";
  free(outputs[0]);
  free(outputs[1]);
  return fault;
}

static void *compute_all_the_while(void *library) {
  const char *fault = NULL;
  while (fault == NULL && !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) fault = compute_and_compare(library);
  return (void *)fault;
}

/* ---- The tests ---------------------------------------------------------------------------------------------------- */

/* Between a call and dlclose: nothing, so that the workers spin, or so long that they sleep, or that they have ended. */
static void test_loaded_again_and_again(void) {
  begin("loaded again and again", 60);
  for (int round = 0; round < times(30); round++) {
    library library;
    if (!load(file, &library)) break;
    CHECK_OK(library.set_num_threads(1 + round % 6, &failure));
    const char *fault = compute_and_compare(&library);
    CHECK(fault == NULL, "round %d: %s", round, fault);
    wait_microseconds(round == 20 ? 1200000 : round % 3 * 500);
    CHECK(dlclose(library.handle) == 0, "%s", dlerror());
    wait_microseconds(round % 4 * 300);
  }
  end();
}

/* A call is not disturbed by others that load and close the library. */
static void test_closed_while_it_computes(void) {
  begin("closed while it computes", 60);
  library library;
  if (load(file, &library)) {
    CHECK_OK(library.set_num_threads(4, &failure));
    __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
    pthread_t thread = start_thread(compute_all_the_while, &library, 0);
    for (int round = 0; round < times(200); round++) {
      void *again = dlopen(file, RTLD_NOW | RTLD_LOCAL);
      CHECK(again == library.handle, "another handle");
      if (again != NULL) dlclose(again);
    }
    /* Even if nobody has it open any more. */
    CHECK(dlclose(library.handle) == 0, "%s", dlerror());
    wait_microseconds(20000);
    void *still = dlopen(file, RTLD_NOW | RTLD_NOLOAD);
    CHECK(still != NULL, "dlclose took the code away that its threads run");
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    void *fault;
    pthread_join(thread, &fault);
    CHECK(fault == NULL, "%s", (const char *)fault);
  }
  end();
}

/* A copy of the file that a library lies in; its path is to be removed. */
static bool copy_file(const library *library, char *path, size_t size) {
  Dl_info info;
  void *function;
  memcpy(&function, &library->interpolate, sizeof function);
  if (!CHECK(dladdr(function, &info) != 0, "no file")) return false;
  const char *folder = getenv("TMPDIR");
  snprintf(path, size, "%s/libresample-copy-XXXXXX", folder != NULL ? folder : "/tmp");
  int to = mkstemp(path);
  FILE *from = fopen(info.dli_fname, "rb");
  bool is_copied = from != NULL && to >= 0;
  char buffer[1 << 16];
  for (size_t count; is_copied && (count = fread(buffer, 1, sizeof buffer, from)) > 0;) {
    is_copied = write(to, buffer, count) == (ssize_t)count;
  }
  if (from != NULL) fclose(from);
  if (to >= 0) close(to);
  return CHECK(is_copied, "%s could not be copied to %s", info.dli_fname, path);
}

static void test_two_copies(void) {
  begin("two copies of the library", 60);
  library libraries[2];
  char path[PATH_MAX];
  if (load(file, &libraries[0]) && copy_file(&libraries[0], path, sizeof path)) {
    if (load(path, &libraries[1])) {
      CHECK(libraries[0].interpolate != libraries[1].interpolate, "the copy is the same library");
      /* Nothing is shared between them, not even the number of threads. */
      CHECK_OK(libraries[0].set_num_threads(3, &failure));
      CHECK_OK(libraries[1].set_num_threads(5, &failure));
      CHECK(libraries[0].get_num_threads() == 3 && libraries[1].get_num_threads() == 5, "%d and %d threads",
            (int)libraries[0].get_num_threads(), (int)libraries[1].get_num_threads());
      __atomic_store_n(&is_over, false, __ATOMIC_RELEASE);
      pthread_t threads[4];
      for (int number = 0; number < 4; number++) {
        threads[number] = start_thread(compute_all_the_while, &libraries[number % 2], 0);
      }
      wait_microseconds(100000L * times(5));
      for (int round = 0; round < times(10); round++) { /* a child starts over with both */
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
          alarm(20);
          _exit(compute_and_compare(&libraries[0]) != NULL || compute_and_compare(&libraries[1]) != NULL);
        }
        int status = -1;
        waitpid(child, &status, 0);
        CHECK(status == 0, "child %d: wait status %d", round, status);
      }
      __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
      for (int number = 0; number < 4; number++) {
        void *fault;
        pthread_join(threads[number], &fault);
        CHECK(fault == NULL, "copy %d: %s", number % 2, (const char *)fault);
      }
      dlclose(libraries[1].handle);
    }
    remove(path);
    dlclose(libraries[0].handle);
  }
  end();
}

int main(void) {
  library library;
  begin("the first calls", 30);
  if (!load(file, &library)) return report("test_loading");
  instruction_set = library.instruction_set;
  if (!can_run("test_loading")) return 0;
  for (int number = 0; number < INPUT_COUNT; number++) input[number] = (float)sin(number);
  for (int number = 0; number < CHANNELS * CHANNELS * KERNEL * KERNEL; number++) weight[number] = (float)cos(number);
  float *outputs[2] = {expected[0], expected[1]};
  CHECK_OK(library.set_num_threads(1, &failure));
  bool is_computed = CHECK(compute(&library, outputs, &failure), "%s", failure.message);
  CHECK(dlclose(library.handle) == 0, "%s", dlerror());
  end();
  if (is_computed) {
    test_loaded_again_and_again();
    test_closed_while_it_computes();
    test_two_copies();
  }
  return report("test_loading");
}
