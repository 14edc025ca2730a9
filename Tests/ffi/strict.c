/*
 * libresample that takes exactly what the programs of examples/ffi have to pass, and hands it on to the real one. The
 * library itself would take structures that are too long, as those of a later header.
 *
 *   cc -shared -fPIC -DLIBRARY='"PATH"' strict.c -ldl -o libresample.so
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiftresample.h>

#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "%s:%d: passed otherwise: %s\n", __FILE__, __LINE__, #condition); \
      _Exit(1);                                                                        \
    }                                                                                  \
  } while (0)

/* Stores a function of the real library in a pointer of any type. */
static void find(const char *name, void *function) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *address = library == NULL ? NULL : dlsym(library, name);
  REQUIRE(address != NULL);
  memcpy(function, &address, sizeof address);
}

/* bilinear by 2 with align_corners, or nearest with it, which is refused. */
static void check_options(const rsmp_interpolate_options *options) {
  REQUIRE(options->struct_size == sizeof *options);
  REQUIRE(options->mode == RSMP_MODE_BILINEAR || options->mode == RSMP_MODE_NEAREST);
  REQUIRE(options->align_corners == RSMP_ALIGN_CORNERS_FALSE || options->align_corners == RSMP_ALIGN_CORNERS_TRUE);
  REQUIRE(options->antialias == 0 && options->recompute_scale_factor == 0 && options->clamp == 0);
  REQUIRE(options->size_count == 0 && options->scale_factor_count == 2);
  REQUIRE(options->scale_factor[0] == 2 && options->scale_factor[1] == 2);
  const rsmp_interpolate_options zeros = {0};
  REQUIRE(memcmp(options->size, zeros.size, sizeof zeros.size) == 0 && options->scale_factor[2] == 0);
  REQUIRE(options->clamp_low == 0 && options->clamp_high == 0);
  REQUIRE(memcmp(options->region_start, zeros.region_start, sizeof zeros.region_start) == 0);
  REQUIRE(memcmp(options->region_stop, zeros.region_stop, sizeof zeros.region_stop) == 0);
}

/* Contiguous, or by columns, as R has it. */
static void check_tensor(const rsmp_tensor *tensor, int64_t length) {
  REQUIRE(tensor->data != NULL && tensor->byte_offset == 0 && tensor->ndim == 4);
  REQUIRE(tensor->device.type == 0 && tensor->device.id == 0);
  REQUIRE(tensor->dtype.code == RSMP_FLOAT && tensor->dtype.lanes == 1);
  REQUIRE(tensor->dtype.bits == 32 || tensor->dtype.bits == 64);
  REQUIRE(tensor->shape[0] == 1 && tensor->shape[1] == 1 && tensor->shape[2] == length && tensor->shape[3] == length);
  REQUIRE(tensor->strides == NULL || (tensor->strides[2] == 1 && tensor->strides[3] == length));
}

uint32_t rsmp_abi_version(void) {
  uint32_t (*real)(void);
  find("rsmp_abi_version", &real);
  return real();
}

rsmp_status rsmp_interpolate_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                   const rsmp_interpolate_options *options, int64_t *output_shape, rsmp_error *error) {
  rsmp_status (*real)(int32_t, const int64_t *, rsmp_dtype, const rsmp_interpolate_options *, int64_t *, rsmp_error *);
  find("rsmp_interpolate_shape", &real);
  int64_t given[4];
  REQUIRE(ndim == 4 && error != NULL);
  memcpy(given, shape, sizeof given);
  check_tensor(&(rsmp_tensor){.data = given, .ndim = 4, .dtype = dtype, .shape = given}, 2);
  check_options(options);
  return real(ndim, shape, dtype, options, output_shape, error);
}

rsmp_status rsmp_interpolate(const rsmp_tensor *input, const rsmp_interpolate_options *options,
                             const rsmp_tensor *output, rsmp_error *error) {
  rsmp_status (*real)(const rsmp_tensor *, const rsmp_interpolate_options *, const rsmp_tensor *, rsmp_error *);
  find("rsmp_interpolate", &real);
  REQUIRE(error != NULL);
  check_tensor(input, 2);
  check_tensor(output, 4);
  check_options(options);
  return real(input, options, output, error);
}

/* Objects of preprocess that have not been destroyed: none at the end. */
static int alive;

__attribute__((destructor)) static void finish(void) { REQUIRE(alive == 0); }

/* The image and the output of preprocess, contiguous. */
static void check_array(const rsmp_tensor *tensor, rsmp_dtype dtype, int ndim) {
  REQUIRE(tensor->data != NULL && tensor->byte_offset == 0 && tensor->ndim == ndim && tensor->strides == NULL);
  REQUIRE(tensor->device.type == 0 && tensor->device.id == 0);
  REQUIRE(memcmp(&tensor->dtype, &dtype, sizeof dtype) == 0);
  REQUIRE(tensor->shape[ndim - 1] == (ndim == 3 ? 3 : 224));
}

/* Both images at once, or one of them. */
static void check_images(int64_t count, const rsmp_tensor *images) {
  REQUIRE(count == 1 || count == 2);
  for (int64_t i = 0; i < count; i++) check_array(images + i, (rsmp_dtype){RSMP_UINT, 8, 1}, 3);
}

/* The options of examples/preprocess.c, or a std that is refused: no byte between the fields is left to chance. */
rsmp_status rsmp_preprocess_create(const rsmp_preprocess_options *options, rsmp_preprocess **preprocess,
                                   rsmp_error *error) {
  rsmp_status (*real)(const rsmp_preprocess_options *, rsmp_preprocess **, rsmp_error *);
  find("rsmp_preprocess_create", &real);
  const rsmp_preprocess_options expected = {
      .struct_size = sizeof expected,
      .mode = RSMP_MODE_BILINEAR,
      .antialias = 1,
      .resize = RSMP_RESIZE_SHORTEST_EDGE,
      .canvas = RSMP_CANVAS_CROP,
      .anchor = RSMP_ANCHOR_CENTER,
      .channels = 3,
      .arithmetic = RSMP_ARITHMETIC_QUOTIENT,
      .normalize = 1,
      .shortest_edge = 256,
      .canvas_height = 224,
      .canvas_width = 224,
      .rescale = 0.00392156862745098,
      .mean = {0.485, 0.456, 0.406},
      .std = {options->std[0] == 0 ? 0 : 0.229, 0.224, 0.225},
  };
  REQUIRE(preprocess != NULL && error != NULL && memcmp(options, &expected, sizeof expected) == 0);
  rsmp_status status = real(options, preprocess, error);
  alive += status == RSMP_OK;
  return status;
}

rsmp_status rsmp_preprocess_output_shape(const rsmp_preprocess *preprocess, int64_t count, const rsmp_tensor *images,
                                         int64_t *output_shape, rsmp_error *error) {
  rsmp_status (*real)(const rsmp_preprocess *, int64_t, const rsmp_tensor *, int64_t *, rsmp_error *);
  find("rsmp_preprocess_output_shape", &real);
  REQUIRE(preprocess != NULL && error != NULL);
  check_images(count, images);
  return real(preprocess, count, images, output_shape, error);
}

rsmp_status rsmp_preprocess_execute(const rsmp_preprocess *preprocess, int64_t count, const rsmp_tensor *images,
                                    const rsmp_tensor *output, rsmp_error *error) {
  rsmp_status (*real)(const rsmp_preprocess *, int64_t, const rsmp_tensor *, const rsmp_tensor *, rsmp_error *);
  find("rsmp_preprocess_execute", &real);
  REQUIRE(preprocess != NULL && error != NULL);
  check_images(count, images);
  check_array(output, (rsmp_dtype){RSMP_FLOAT, 32, 1}, 4);
  return real(preprocess, count, images, output, error);
}

void rsmp_preprocess_destroy(rsmp_preprocess *preprocess) {
  void (*real)(rsmp_preprocess *);
  find("rsmp_preprocess_destroy", &real);
  alive -= preprocess != NULL;
  real(preprocess);
}
