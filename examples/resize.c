/*
 * Shrinks two pictures with one plan, as a classifier's preprocessing does:
 *
 *   torch.nn.functional.interpolate(picture, size=(4, 8), mode="bilinear", antialias=True)
 *
 *   cc resize.c -lresample -o resize
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <swiftresample.h>

enum { HEIGHT = 12, WIDTH = 24, SMALL_HEIGHT = 4, SMALL_WIDTH = 8 };

static void require(rsmp_status status, const rsmp_error *error) {
  if (status == RSMP_OK) return;
  fprintf(stderr, "resize: %s\n", error->message);
  exit(EXIT_FAILURE);
}

/* Contiguous samples, in memory that stays ours: a tensor only says where they are. */
static rsmp_tensor tensor(uint8_t *samples, int64_t shape[4]) {
  return (rsmp_tensor){.data = samples, .ndim = 4, .dtype = {RSMP_UINT, 8, 1}, .shape = shape};
}

static void print(const char *name, const uint8_t *samples, int height, int width) {
  printf("%s\n", name);
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) printf("%5d", samples[y * width + x]);
    printf("\n");
  }
}

int main(void) {
  uint8_t ramp[HEIGHT * WIDTH], disc[HEIGHT * WIDTH], small[SMALL_HEIGHT * SMALL_WIDTH];
  for (int y = 0; y < HEIGHT; y++) {
    for (int x = 0; x < WIDTH; x++) {
      int across = 2 * x - WIDTH + 1, down = 2 * (2 * y - HEIGHT + 1); /* from the middle */
      ramp[y * WIDTH + x] = (uint8_t)(10 * x + y);
      disc[y * WIDTH + x] = across * across + down * down < WIDTH * WIDTH ? 255 : 0;
    }
  }

  /* What does not depend on the pictures is computed once. */
  int64_t shape[4] = {1, 1, HEIGHT, WIDTH}, small_shape[4];
  rsmp_interpolate_options options = {
      .struct_size = sizeof options,
      .mode = RSMP_MODE_BILINEAR,
      .antialias = 1,
      .size_count = 2,
      .size = {SMALL_HEIGHT, SMALL_WIDTH},
  };
  rsmp_error error;
  rsmp_plan *plan;
  require(rsmp_plan_create(4, shape, (rsmp_dtype){RSMP_UINT, 8, 1}, &options, &plan, &error), &error);
  require(rsmp_plan_output_shape(plan, small_shape, &error), &error);

  const struct {
    const char *name;
    uint8_t *samples;
  } pictures[] = {{"ramp", ramp}, {"disc", disc}};
  for (int index = 0; index < 2; index++) {
    rsmp_tensor input = tensor(pictures[index].samples, shape), output = tensor(small, small_shape);
    require(rsmp_plan_execute(plan, &input, &output, &error), &error);
    print(pictures[index].name, small, SMALL_HEIGHT, SMALL_WIDTH);
  }
  rsmp_plan_destroy(plan);
}
