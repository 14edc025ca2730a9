/* Intrinsics for the kernels; each instruction set's module sees what its own -march allows. */
#ifndef CSHIMS_INTRINSICS_H
#define CSHIMS_INTRINSICS_H
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#endif
