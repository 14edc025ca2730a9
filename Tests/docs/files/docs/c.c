/* Calls the function that docs/c.md shows for DLPack. */
#include <dlpack/dlpack.h>
#include <swiftresample.h>

rsmp_status resize(DLTensor *from, const rsmp_interpolate_options *options, DLTensor *to, rsmp_error *error);

int main(void) {
  float samples[] = {1, 2}, result[4] = {0};
  int64_t shape[] = {1, 1, 2}, result_shape[] = {1, 1, 4};
  DLTensor from = {.data = samples, .device = {kDLCPU, 0}, .ndim = 3, .dtype = {kDLFloat, 32, 1}, .shape = shape};
  DLTensor to = {.data = result, .device = {kDLCPU, 0}, .ndim = 3, .dtype = {kDLFloat, 32, 1}, .shape = result_shape};
  rsmp_interpolate_options options = {.struct_size = sizeof options, .size_count = 1, .size = {4}};
  rsmp_error error;
  if (resize(&from, &options, &to, &error) != RSMP_OK || result[1] != 1 || result[2] != 2) return 1;
  from.device.device_type = kDLCUDA;
  return resize(&from, &options, &to, &error) == RSMP_INVALID_VALUE ? 0 : 1;
}
