/* C and C++ at once: each compiler makes an object of it in both languages, and all of them link into one program. */
#include <swiftresample.h>

#ifdef __cplusplus
extern "C"
#endif
int NAME(void);

/* 0 if the library, asked for an output's shape, says what it should. */
int NAME(void) {
  const int64_t shape[4] = {1, 2, 3, 4};
  int64_t result[4] = {0, 0, 0, 0};
  rsmp_dtype dtype;
  rsmp_interpolate_options options;
  unsigned char *bytes = (unsigned char *)&options;
  for (size_t byte = 0; byte < sizeof options; byte++) bytes[byte] = 0;
  dtype.code = RSMP_FLOAT;
  dtype.bits = 32;
  dtype.lanes = 1;
  options.struct_size = sizeof options;
  options.mode = RSMP_MODE_BICUBIC;
  options.size_count = 2;
  options.size[0] = 5;
  options.size[1] = 7;
  rsmp_error error;
  if (rsmp_abi_version() != RSMP_ABI_VERSION) return 1;
  if (rsmp_interpolate_shape(4, shape, dtype, &options, result, &error) != RSMP_OK) return 1;
  return result[0] != 1 || result[1] != 2 || result[2] != 5 || result[3] != 7;
}
