/*
 * Two photographs as a network reads them: the shorter edge 256, the middle 224 x 224, normalised, channels first.
 *
 *   cc preprocess.c $(pkg-config --cflags --libs swiftresample) -o preprocess && ./preprocess
 *
 * The options are what Python's
 *   swiftresample.Preprocess(shortest_edge=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)).c_source()
 * prints; `swiftresample preprocess --config preprocessor_config.json --c` does so for a configuration. What the program
 * prints is the same in every language: ffi/README.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiftresample.h>

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(EXIT_FAILURE);
}

static void require(rsmp_status status, const rsmp_error *error) {
  if (status != RSMP_OK) fail(error->message);
}

static void *memory_for(size_t bytes) {
  void *memory = malloc(bytes);
  if (memory == NULL) fail("out of memory");
  return memory;
}

/* Rows of RGB, as decoders give them. */
static rsmp_tensor photograph(int64_t shape[3]) {
  uint8_t *levels = memory_for((size_t)(shape[0] * shape[1] * shape[2])), *level = levels;
  for (int64_t y = 0; y < shape[0]; y++)
    for (int64_t x = 0; x < shape[1]; x++)
      for (int64_t c = 0; c < shape[2]; c++) *level++ = (uint8_t)((2 * x + (c + 1) * y) % 256);
  return (rsmp_tensor){.data = levels, .ndim = 3, .dtype = {RSMP_UINT, 8, 1}, .shape = shape};
}

/* Of the bits of each sample: Java's Arrays.hashCode. */
static uint32_t checksum(const float *samples, size_t count) {
  uint32_t sum = 1, bits;
  for (size_t i = 0; i < count; i++) {
    memcpy(&bits, samples + i, sizeof bits);
    sum = 31 * sum + bits;
  }
  return sum;
}

int main(void) {
  rsmp_preprocess_options options = {0};
  options.struct_size = sizeof options;
  options.mode = RSMP_MODE_BILINEAR;
  options.antialias = 1;
  options.resize = RSMP_RESIZE_SHORTEST_EDGE;
  options.canvas = RSMP_CANVAS_CROP;
  options.anchor = RSMP_ANCHOR_CENTER;
  options.channels = 3;
  options.arithmetic = RSMP_ARITHMETIC_QUOTIENT;
  options.normalize = 1;
  options.shortest_edge = 256;
  options.canvas_height = 224;
  options.canvas_width = 224;
  options.rescale = 0.00392156862745098;
  options.mean[0] = 0.485;
  options.mean[1] = 0.456;
  options.mean[2] = 0.406;
  options.std[0] = 0.229;
  options.std[1] = 0.224;
  options.std[2] = 0.225;

  int64_t shapes[2][3] = {{480, 640, 3}, {300, 200, 3}}, shape[4];
  rsmp_tensor images[] = {photograph(shapes[0]), photograph(shapes[1])};
  rsmp_preprocess *preprocess;
  rsmp_error error;
  require(rsmp_preprocess_create(&options, &preprocess, &error), &error);
  require(rsmp_preprocess_output_shape(preprocess, 2, images, shape, &error), &error);
  size_t count = (size_t)(shape[0] * shape[1] * shape[2] * shape[3]);
  float *batch = memory_for(count * sizeof *batch);
  rsmp_tensor output = {.data = batch, .ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape};
  require(rsmp_preprocess_execute(preprocess, 2, images, &output, &error), &error);
  printf("batch of %d x %d x %d x %d\n", (int)shape[0], (int)shape[1], (int)shape[2], (int)shape[3]);
  printf("first %.4f, last %.4f\n", batch[0], batch[count - 1]);
  printf("checksum %08x\n", (unsigned)checksum(batch, count));
  rsmp_preprocess_destroy(preprocess);
  free(batch);
  for (int i = 0; i < 2; i++) free(images[i].data);

  /* What makes no sense is refused. */
  options.std[0] = 0;
  if (rsmp_preprocess_create(&options, &preprocess, &error) == RSMP_OK) fail("a std of 0 was taken");
  printf("std 0: %s\n", error.message);
}
