/*
 * Resizes a PPM picture of any size strip by strip, in bounded memory:
 *
 *   strips IN.ppm OUT.ppm WIDTH HEIGHT              all of the result
 *   strips IN.ppm OUT.ppm WIDTH HEIGHT X Y W H      what a viewer shows of it: W x H samples from (X, Y) on
 *
 *   cc strips.c -lresample -o strips
 *
 * Each strip is a region of the result. A plan says which part of the picture it reads, and takes that part alone. The samples
 * are those of torch.nn.functional.interpolate(picture, (HEIGHT, WIDTH), mode="bilinear", antialias=True), whatever the strips.
 *
 * A strip reads about STRIP_BYTES of the picture, or, of very long rows, what one row of the result reads; and it has no more
 * than STRIP_BYTES of the result, or one row. That and the tables of one plan are all the memory that is needed.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <swiftresample.h>
#include <unistd.h>

enum { CHANNELS = 3, STRIP_BYTES = 8 << 20 };

static void fail(const char *what) {
  fprintf(stderr, "strips: %s\n", what);
  exit(EXIT_FAILURE);
}

static void require(rsmp_status status, const rsmp_error *error) {
  if (status != RSMP_OK) fail(error->message);
}

static int64_t number(const char *text, int64_t least) {
  char *end;
  long long value = strtoll(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < least || value > INT32_MAX) fail("sizes are numbers of samples");
  return value;
}

static uint8_t *memory_for(int64_t rows, int64_t columns) {
  uint8_t *pixels = malloc((size_t)(rows * columns) * CHANNELS);
  if (pixels == NULL) fail("out of memory");
  return pixels;
}

typedef struct {
  int file;
  off_t pixels; /* where they begin */
  int64_t width, height;
} picture;

static picture open_picture(const char *name) {
  FILE *stream = fopen(name, "rb");
  long long width, height;
  if (stream == NULL) fail("the picture cannot be opened");
  if (fscanf(stream, "P6 %lld %lld 255", &width, &height) != 2 || fgetc(stream) == EOF)
    fail("no PPM picture of 8 bits");
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) fail("a picture without samples");
  picture picture = {.file = open(name, O_RDONLY), .pixels = ftello(stream), .width = width, .height = height};
  fclose(stream);
  if (picture.file < 0) fail("the picture cannot be opened");
  return picture;
}

/* Reads rows and columns start to stop - 1; whole rows are one piece. */
static void read_part(const picture *picture, const int64_t start[2], const int64_t stop[2], uint8_t *pixels) {
  int64_t rows = stop[0] - start[0], columns = stop[1] - start[1];
  int64_t pieces = columns == picture->width ? 1 : rows;
  size_t size = (size_t)(rows / pieces * columns) * CHANNELS;
  for (int64_t piece = 0; piece < pieces; piece++) {
    off_t place = picture->pixels + (off_t)((start[0] + piece) * picture->width + start[1]) * CHANNELS;
    for (size_t done = 0; done < size;) {
      ssize_t got = pread(picture->file, pixels + done, size - done, place + (off_t)done);
      if (got <= 0) fail("the picture ends too early");
      done += (size_t)got;
    }
    pixels += size;
  }
}

/* Pixels side by side, as an image of three channels. */
static rsmp_tensor tensor(uint8_t *pixels, int64_t shape[4], int64_t strides[4]) {
  strides[0] = shape[2] * shape[3] * CHANNELS;
  strides[1] = 1;
  strides[2] = shape[3] * CHANNELS;
  strides[3] = CHANNELS;
  return (rsmp_tensor){.data = pixels, .ndim = 4, .dtype = {RSMP_UINT, 8, 1}, .shape = shape, .strides = strides};
}

int main(int count, char **arguments) {
  if (count != 5 && count != 9) fail("usage: strips IN.ppm OUT.ppm WIDTH HEIGHT [X Y W H]");
  picture picture = open_picture(arguments[1]);
  int64_t width = number(arguments[3], 1), height = number(arguments[4], 1);
  int64_t left = count == 9 ? number(arguments[5], 0) : 0, top = count == 9 ? number(arguments[6], 0) : 0;
  int64_t columns = count == 9 ? number(arguments[7], 1) : width, rows = count == 9 ? number(arguments[8], 1) : height;
  FILE *result = fopen(arguments[2], "wb");
  if (result == NULL) fail("the result cannot be opened");
  fprintf(result, "P6 %lld %lld 255\n", (long long)columns, (long long)rows);

  rsmp_interpolate_options options = {
      .struct_size = sizeof options,
      .mode = RSMP_MODE_BILINEAR,
      .antialias = 1,
      .size_count = 2,
      .size = {height, width},
      .region_start = {0, left},
      .region_stop = {0, left + columns},
  };
  int64_t shape[4] = {1, CHANNELS, picture.height, picture.width};
  /* So many rows of the picture, and as many rows of the result as they become. */
  int64_t read_rows = STRIP_BYTES / (picture.width * CHANNELS), strip = read_rows * height / picture.height;
  if (strip > STRIP_BYTES / (columns * CHANNELS)) strip = STRIP_BYTES / (columns * CHANNELS);
  if (strip < 1) strip = 1;
  for (int64_t y = top; y < top + rows; y += strip) {
    options.region_start[0] = y;
    options.region_stop[0] = y + strip < top + rows ? y + strip : top + rows;
    rsmp_error error;
    rsmp_plan *plan;
    int64_t start[2], stop[2], result_shape[4], strides[4], result_strides[4];
    require(rsmp_plan_create(4, shape, (rsmp_dtype){RSMP_UINT, 8, 1}, &options, &plan, &error), &error);
    require(rsmp_plan_source_region(plan, start, stop, &error), &error);
    require(rsmp_plan_output_shape(plan, result_shape, &error), &error);

    int64_t part_shape[4] = {1, CHANNELS, stop[0] - start[0], stop[1] - start[1]};
    uint8_t *part = memory_for(part_shape[2], part_shape[3]), *pixels = memory_for(result_shape[2], result_shape[3]);
    read_part(&picture, start, stop, part);
    rsmp_tensor input = tensor(part, part_shape, strides), output = tensor(pixels, result_shape, result_strides);
    require(rsmp_plan_execute(plan, &input, &output, &error), &error);
    size_t size = (size_t)(result_shape[2] * result_shape[3]) * CHANNELS;
    if (fwrite(pixels, 1, size, result) != size) fail("the result cannot be written");
    free(part);
    free(pixels);
    rsmp_plan_destroy(plan);
  }
  if (fclose(result) != 0) fail("the result cannot be written");
  close(picture.file);
}
