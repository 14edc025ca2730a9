#include "environment.h"

#include <stdlib.h>

static char instruction_set[256], thread_count[256], omp_thread_count[256];

static void copy(const char *name, char *to) {
  const char *value = getenv(name);
  if (value == 0) return;
  for (int i = 0; i < 255 && value[i] != 0; i++) to[i] = value[i];
}

__attribute__((constructor)) static void read_environment(void) {
  copy("RESAMPLE_INSTRUCTION_SET", instruction_set);
  copy("RESAMPLE_NUM_THREADS", thread_count);
  copy("OMP_NUM_THREADS", omp_thread_count);
}

const char *rsk_wished_instruction_set(void) { return instruction_set; }
const char *rsk_wished_thread_count(void) { return thread_count; }
const char *rsk_wished_omp_thread_count(void) { return omp_thread_count; }
