#include "processor.h"

#include "kernels.h"
#include "libc.h"

int32_t rsk_processor_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  /* Byte permutations and products came with Ice Lake and Zen 4; the AVX-512 of before is no gain over AVX2 here. */
  if (__builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vbmi") &&
      __builtin_cpu_supports("avx512vnni"))
    return RSK_AVX512;
  if (__builtin_cpu_supports("x86-64-v3")) return RSK_AVX2;
#endif
  return RSK_BASELINE;
}

int32_t rsk_available_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    int count = CPU_COUNT(&set);
    if (count > 0) return count;
  }
  /* More processors than a cpu_set_t has room for. */
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}
