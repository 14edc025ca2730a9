/*
 * libresample for Node.js: one function, through Node-API, which stays the same from one Node to the next.
 *
 *   cc -shared -fPIC -I$NODE/include/node -I../../../include resample.c -L$FOLDER -lresample -o resample.node
 *
 * upsample(image, height, width, mode, alignCorners) enlarges a Float32Array of height * width samples to twice its
 * size, and gives a new one. The last two are values of RSMP_MODE_ and RSMP_ALIGN_CORNERS_. What the library refuses is
 * thrown.
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <swiftresample.h>

enum { ARGUMENTS = 5 };

static napi_value refuse(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

/* Contiguous samples, in memory of JavaScript's: a tensor only says where they are. */
static rsmp_tensor tensor(void *samples, int64_t shape[4]) {
  return (rsmp_tensor){.data = samples, .ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape};
}

static napi_value upsample(napi_env env, napi_callback_info call) {
  napi_value arguments[ARGUMENTS];
  size_t argument_count = ARGUMENTS, sample_count = 0;
  napi_typedarray_type type = napi_int8_array;
  void *samples = NULL;
  int64_t shape[4] = {1, 1};
  rsmp_interpolate_options options = {.struct_size = sizeof options, .scale_factor_count = 2, .scale_factor = {2, 2}};
  if (napi_get_cb_info(env, call, &argument_count, arguments, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, arguments[0], &type, &sample_count, &samples, NULL, NULL) != napi_ok ||
      type != napi_float32_array || napi_get_value_int64(env, arguments[1], &shape[2]) != napi_ok ||
      napi_get_value_int64(env, arguments[2], &shape[3]) != napi_ok ||
      napi_get_value_int32(env, arguments[3], &options.mode) != napi_ok ||
      napi_get_value_int32(env, arguments[4], &options.align_corners) != napi_ok)
    return refuse(env, "upsample takes a Float32Array, a height, a width, a mode and alignCorners");

  /* The library knows nothing of the size of the array: that it has what the shape says is for us to check. */
  int64_t count;
  if (shape[2] < 0 || shape[3] < 0 || __builtin_mul_overflow(shape[2], shape[3], &count) ||
      (uint64_t)count != sample_count)
    return refuse(env, "height times width must be the length of the image");

  rsmp_error error;
  int64_t enlarged_shape[4];
  rsmp_tensor input = tensor(samples, shape);
  if (rsmp_interpolate_shape(4, shape, input.dtype, &options, enlarged_shape, &error) != RSMP_OK)
    return refuse(env, error.message);

  size_t enlarged_count = (size_t)(enlarged_shape[2] * enlarged_shape[3]);
  napi_value buffer, enlarged;
  if (napi_create_arraybuffer(env, enlarged_count * sizeof(float), &samples, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float32_array, enlarged_count, buffer, 0, &enlarged) != napi_ok)
    return NULL; /* Node has thrown that there is no memory */
  rsmp_tensor output = tensor(samples, enlarged_shape);
  if (rsmp_interpolate(&input, &options, &output, &error) != RSMP_OK) return refuse(env, error.message);
  return enlarged;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (rsmp_abi_version() != RSMP_ABI_VERSION) return refuse(env, "the library has another ABI version");
  if (napi_create_function(env, "upsample", NAPI_AUTO_LENGTH, upsample, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "upsample", function) != napi_ok)
    return refuse(env, "the addon could not be set up");
  return exports;
}
