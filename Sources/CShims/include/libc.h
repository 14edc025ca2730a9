/* Embedded Swift cannot import Glibc; it sees the C library through this header. */
#ifndef CSHIMS_LIBC_H
#define CSHIMS_LIBC_H
#include <math.h>
#include <stdlib.h>
#include <string.h>
#endif
