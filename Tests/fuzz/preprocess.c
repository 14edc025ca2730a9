/* rsmp_preprocess_create, _placement, _output_shape, _execute and _destroy. */
#include "interpolate.h"

enum { MOST_IMAGES = MOST_TENSORS - 1 };
static const rsmp_dtype bytes_of_images = {RSMP_UINT, 8, 1};

static rsmp_preprocess *preprocess;
static int image_count;
static int64_t count_passed, image_height, image_width;
static bool has_images;
static rsmp_placement *placement;

static rsmp_status create(rsmp_error *error) { return rsmp_preprocess_create((void *)options_passed, &preprocess, error); }

static rsmp_status place_image(rsmp_error *error) {
  return rsmp_preprocess_placement(preprocess, image_height, image_width, placement, error);
}

/* The structures one behind the other, and no byte more; NULL where one is not given. To be freed. */
static rsmp_tensor *images(void) {
  if (!has_images) return NULL;
  rsmp_tensor *all = ___interceptor_malloc((size_t)image_count * sizeof *all); /* not of the library */
  for (int index = 0; index < image_count; index++) all[index] = *tensor(index);
  return all;
}

static rsmp_status output_shape(rsmp_error *error) {
  rsmp_tensor *read = images();
  rsmp_status status = rsmp_preprocess_output_shape(preprocess, count_passed, read, shape_result, error);
  free(read);
  return status;
}

static rsmp_status execute(rsmp_error *error) {
  rsmp_tensor *read = images();
  rsmp_status status = rsmp_preprocess_execute(preprocess, count_passed, read, tensor(image_count), error);
  free(read);
  return status;
}

/* Most often 0 to 255 and a half, or a special number. */
static double take_level(void) {
  int choice = take();
  return choice < 0xe0 ? choice : choice < 0xf0 ? choice / 2.0 : take_number();
}

/* The zeros are what a photograph goes through, so they are not those of the structure. */
static rsmp_preprocess_options take_call(void) {
  rsmp_preprocess_options call = {.convention = take_choice(1),
                                  .mode = take_choice(10),
                                  .antialias = take_choice(1) ^ 1,
                                  .resize = take_choice(6),
                                  .canvas = take_choice(3)};
  int flags = take();
  if (flags & 1) call.edge_rounding = take_choice(3), call.anchor = take_choice(4);
  if (flags & 2) call.alpha = take_choice(2), call.border = take_choice(2);
  static const int32_t channels[] = {3, 0, 1};
  call.channels = channels[below(3)];
  if (flags >= 0xf0) call.channels = hostile_int();
  call.reverse_channels = flags & 4 ? take_choice(1) : 0;
  call.channels_last = flags & 8 ? take_choice(1) : 0;
  int numbers = take();
  call.arithmetic = take_choice(3);
  call.rescale = numbers & 1 ? 1 / 255.0 : 0;
  if (numbers >= 0xc0) call.rescale = take_number();
  call.normalize = numbers & 2 ? take_choice(1) ^ 1 : 0;
  for (int channel = 0; channel < 3; channel++) {
    call.mean[channel] = numbers & 4 ? take_number() : 0.5 + channel;
    call.std[channel] = numbers & 8 ? take_number() : 0.25;
    call.fill[channel] = numbers & 16 ? take_level() : 0;
  }
  static const rsmp_dtype outputs[] = {{0, 0, 0}, {RSMP_UINT, 8, 1}, {RSMP_FLOAT, 16, 1}, {RSMP_BFLOAT, 16, 1}};
  int dtype = take();
  call.dtype = dtype < 0xf0 ? outputs[dtype % 4] : take_dtype(DTYPES);
  int64_t *const edges[] = {&call.height, &call.width, &call.shortest_edge, &call.canvas_height, &call.canvas_width};
  for (int edge = 0; edge < 5; edge++) *edges[edge] = take_count(1);
  int64_t *const rare[] = {&call.longest_edge, &call.edge_multiple, &call.canvas_multiple};
  for (int edge = 0; edge < 3; edge++) *rare[edge] = call.resize == RSMP_RESIZE_LONGEST_EDGE || flags & 16 << edge ? take_count(0) : 0;
  if (call.anchor == RSMP_ANCHOR_AT) {
    call.top = (int8_t)take(), call.left = (int8_t)take();
    if (rarely()) call.top = hostile_number();
    if (rarely()) call.left = hostile_number();
  }
  return call;
}

/* Of an image of these rows and columns; also whether a call of it is affordable, and what work it is. */
static bool check_placement(const rsmp_preprocess_options *call, int64_t height, int64_t width, int64_t *work) {
  image_height = height, image_width = width;
  placement = allocate(sizeof *placement);
  memset(placement, 0x5a, sizeof *placement);
  placement->struct_size = sizeof *placement;
  rsmp_status status = call_twice(place_image);
  rsmp_placement found = *placement;
  free(placement);
  if (status != RSMP_OK) {
    HOLDS(found.reserved == 0x5a5a5a5a && found.left == 0x5a5a5a5a5a5a5a5a, "a placement is written");
    return false;
  }
  HOLDS(found.struct_size == sizeof found && found.reserved == 0 && found.height == height && found.width == width,
        "the placement of another image");
  HOLDS(found.resized_height >= 1 && found.resized_width >= 1 && found.canvas_height >= 1 && found.canvas_width >= 1,
        "%lld x %lld", (long long)found.canvas_height, (long long)found.canvas_width);
  if (call->canvas == RSMP_CANVAS_PAD) {
    HOLDS(found.resized_height <= found.canvas_height && found.resized_width <= found.canvas_width, "no room");
  }
  int64_t rows = found.canvas_height > height ? found.canvas_height : height;
  int64_t columns = found.canvas_width > width ? found.canvas_width : width;
  *work = bounded((__int128)*work + product(160, product(rows, columns)));
  return length_is_affordable(height) && length_is_affordable(width) && length_is_affordable(found.resized_height) &&
         length_is_affordable(found.resized_width);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  begin(bytes, count);
  rsmp_preprocess_options call = take_call();
  take_options(&call, sizeof call, sizeof call);
  preprocess = (rsmp_preprocess *)nowhere;
  if (call_checked(create) != RSMP_OK) {
    HOLDS(preprocess == NULL, "one that could not be made");
    finish();
    return 0;
  }
  HOLDS(options_are_whole, "options are accepted that are not there");

  image_count = 1 + below(MOST_IMAGES);
  int64_t work = 0;
  bool is_affordable = true;
  for (int index = 0; index < image_count; index++) {
    static const int32_t channels[] = {3, 0, 4, 1, 2};
    int choice = take();
    int32_t of_image = channels[choice % 5], rank = of_image == 0 ? 2 : 3;
    if (choice >= 0xf8) rank = below(11) - 1;
    int64_t lengths[SHAPE_ROOM] = {take_count(1), take_count(1), of_image, 1, 1, 1, 1, 1};
    if (choice >= 0xf0) lengths[2] = take_count(0);
    view *image = new_view(READ, bytes_of_images, rank, lengths);
    maybe_spoil(image, false);
    if (!check_placement(&call, image->shape[0], image->shape[1], &work)) is_affordable = false;
  }
  count_passed = image_count;
  if (rarely()) {
    int64_t hostile = hostile_number();
    if (hostile < 1 || hostile > INT32_MAX) count_passed = hostile;
  }
  has_images = true;
  for (int index = 0; index < image_count; index++) {
    view *image = &views[index];
    take_memory(image);
    want(image, image->rank, image->shape, bytes_of_images);
    if (image->passed == NULL) has_images = false;
  }

  int64_t shape[SHAPE_ROOM] = {1, 3, 1, 1};
  shape_result = allocate(4 * sizeof *shape);
  memset(shape_result, 0xa5, 4 * sizeof *shape);
  rsmp_status status = call_twice(output_shape);
  for (int axis = 0; axis < 4; axis++) {
    HOLDS(status == RSMP_OK ? shape_result[axis] >= 1 : shape_result[axis] == (int64_t)0xa5a5a5a5a5a5a5a5u, "axis %d: %lld",
          axis, (long long)shape_result[axis]);
    if (status == RSMP_OK) shape[axis] = shape_result[axis];
  }
  HOLDS(status != RSMP_OK || (has_images && shape[0] == count_passed), "%lld images", (long long)shape[0]);
  free(shape_result);
  shape_result = NULL;
  if (rarely()) HOLDS(call_twice(output_shape) != RSMP_OK, "no refusal of NULL");

  rsmp_dtype dtype = call.dtype.bits == 0 ? dtypes[0] : call.dtype;
  view *output = new_view(WRITTEN, dtype, 4, shape);
  maybe_spoil(output, false);
  take_memory(output);
  want(output, 4, shape, dtype);
  /* Time is limited as elsewhere: what is too long is made a call that is refused. */
  verdict verdict = settle(status == RSMP_OK, is_affordable ? work : INT64_MAX);
  if (verdict == MUST_ACCEPT && call.border == RSMP_BORDER_EDGE) verdict = MAY_REFUSE; /* of a crop beside an image */
  fill_views();
  exercise(execute, verdict);
  rsmp_preprocess_destroy(preprocess);
  finish();
  return 0;
}
