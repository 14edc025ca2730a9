/*
 * What the environment said when the library was loaded. Not later: a thread of the host may change the environment while
 * another one calls, and getenv would read what is being freed.
 */
#ifndef CSHIMS_ENVIRONMENT_H
#define CSHIMS_ENVIRONMENT_H

/* RESAMPLE_INSTRUCTION_SET, as far as 255 bytes of it; empty if it is not set. */
const char *rsk_wished_instruction_set(void);

/* RESAMPLE_NUM_THREADS and OMP_NUM_THREADS, likewise. */
const char *rsk_wished_thread_count(void);
const char *rsk_wished_omp_thread_count(void);
#endif
