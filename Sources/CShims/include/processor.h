#ifndef CSHIMS_PROCESSOR_H
#define CSHIMS_PROCESSOR_H
#include <stdint.h>

/* The best instruction set that this processor and its operating system have: RSK_BASELINE, RSK_AVX2 or RSK_AVX512. */
int32_t rsk_processor_instruction_set(void);

/* The processors that this process may run on; at least 1. */
int32_t rsk_available_processors(void);
#endif
