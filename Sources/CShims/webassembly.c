/*
 * What a module of WebAssembly has instead of an operating system: nothing. It imports nothing, so that it runs wherever it is
 * loaded; it has one thread and no environment.
 */
#include "environment.h"

const char *rsk_wished_instruction_set(void) { return ""; }
