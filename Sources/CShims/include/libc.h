/* Embedded Swift cannot import Glibc; it sees the C library through this header. */
#ifndef CSHIMS_LIBC_H
#define CSHIMS_LIBC_H
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#endif
