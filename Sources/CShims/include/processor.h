#ifndef CSHIMS_PROCESSOR_H
#define CSHIMS_PROCESSOR_H
#include <stdbool.h>
#include <stdint.h>

#include "kernels.h"

/* An instruction set that kernels are compiled for. */
typedef struct rsk_instruction_set {
  const char *name;
  bool (*is_supported)(void); /* by this processor and its operating system */
  const rsk_table *kernels;   /* nothing is in it where the set is not supported */
} rsk_instruction_set;

/* Those of this build, the one to prefer first. The last is the baseline, which every processor has. */
const rsk_instruction_set *rsk_instruction_sets(void);
intptr_t rsk_instruction_set_count(void);
#endif
