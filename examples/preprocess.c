/*
 * A photograph as a network reads it: the shorter edge 256, the middle 224 x 224, normalised, channels first.
 *
 *   cc preprocess.c $(pkg-config --cflags --libs swiftresample) -o preprocess && ./preprocess
 *
 * The options are what Python's
 *   swiftresample.Preprocess(shortest_edge=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)).c_source()
 * prints; `swiftresample preprocess --config preprocessor_config.json --c` does so for a configuration.
 */
#include <stdio.h>
#include <stdlib.h>

#include "swiftresample.h"

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
  options.mean[0] = 0.485; options.mean[1] = 0.456; options.mean[2] = 0.406;
  options.std[0] = 0.229; options.std[1] = 0.224; options.std[2] = 0.225;

  enum { HEIGHT = 480, WIDTH = 640 };
  static uint8_t photo[HEIGHT][WIDTH][3];
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) photo[y][x][c] = (uint8_t)((c == 0 ? x : y) * 255 / (c == 0 ? WIDTH - 1 : HEIGHT - 1));
  int64_t photo_shape[] = {HEIGHT, WIDTH, 3};
  rsmp_tensor image = {.data = photo, .ndim = 3, .dtype = {RSMP_UINT, 8, 1}, .shape = photo_shape};

  rsmp_preprocess *preprocess = NULL;
  rsmp_error error;
  float *samples = NULL;
  int64_t shape[4];
  int status = EXIT_FAILURE;
  if (rsmp_preprocess_create(&options, &preprocess, &error) != RSMP_OK) goto failed;
  if (rsmp_preprocess_output_shape(preprocess, 1, &image, shape, &error) != RSMP_OK) goto failed;
  samples = malloc((size_t)(shape[0] * shape[1] * shape[2] * shape[3]) * sizeof *samples);
  if (samples == NULL) goto released;
  rsmp_tensor output = {.data = samples, .ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape};
  if (rsmp_preprocess_execute(preprocess, 1, &image, &output, &error) != RSMP_OK) goto failed;
  printf("%d x %d to %d x %d: red from %.4f to %.4f\n", HEIGHT, WIDTH, (int)shape[2], (int)shape[3], samples[0],
         samples[shape[3] - 1]);
  status = EXIT_SUCCESS;
  goto released;
failed:
  fprintf(stderr, "%s\n", error.message);
released:
  free(samples);
  rsmp_preprocess_destroy(preprocess);
  return status;
}
