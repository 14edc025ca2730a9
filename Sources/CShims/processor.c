#include "processor.h"

/* Package.swift has the list, RSK_INSTRUCTION_SETS, and includes the header of each before this file. */
#define SET(set) static rsk_table kernels_##set;
RSK_INSTRUCTION_SETS
#undef SET
#define SET(set) {#set, rsk_has_##set, &kernels_##set},
static const rsk_instruction_set instruction_sets[] = {RSK_INSTRUCTION_SETS};
#undef SET

/* When the library is loaded, before any thread may ask for them. */
__attribute__((constructor)) static void fill_tables(void) {
#define SET(set) \
  if (rsk_has_##set()) rsk_fill_##set(&kernels_##set);
  RSK_INSTRUCTION_SETS
#undef SET
}

const rsk_instruction_set *rsk_instruction_sets(void) { return instruction_sets; }
intptr_t rsk_instruction_set_count(void) { return sizeof instruction_sets / sizeof *instruction_sets; }
