/* What the Swift modules need from C: libc, atomics, the processor's features, intrinsics, and the table of kernels. */
#ifndef CSHIMS_H
#define CSHIMS_H
#include "atomics.h"
#include "environment.h"
#include "floating_point.h"
#include "intrinsics.h"
#include "kernels.h"
#include "libc.h"
#include "pool.h"
#include "processor.h"
#include "quota.h"
#include "rounding.h"
#endif
