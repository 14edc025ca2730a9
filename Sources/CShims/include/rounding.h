/*
 * Floating point to integers, towards zero. Swift's own conversions end the process for what is no Int, and look for that
 * each time; these are for numbers that are one.
 */
#ifndef CSHIMS_ROUNDING_H
#define CSHIMS_ROUNDING_H
#include <stdint.h>

static inline intptr_t rsk_truncated_float(float x) { return (intptr_t)x; }
static inline intptr_t rsk_truncated_double(double x) { return (intptr_t)x; }
#endif
