/*
 * Checks that are counted and reported. Each test program is one translation unit, so what is here is static.
 *
 *   CHECK(a == b, "row %d", row);                                    a failure is printed with its place and the words
 *   CHECK_OK(rsmp_interpolate(&input, &options, &output, &failure)); a failure is printed with the library's message
 *
 * Both give whether the check passed.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiftresample.h>

/* The error that the tests of one thread pass to the library. */
static rsmp_error failure;

static long checks_passed, checks_failed;

__attribute__((format(printf, 5, 6))) static inline bool check(bool passed, const char *file, int line,
                                                               const char *condition, const char *format, ...) {
  if (passed) {
    checks_passed++;
    return true;
  }
  checks_failed++;
  /* One fault in a kernel fails thousands of checks; the first ones say enough. */
  if (checks_failed <= 20) {
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%d: not so: %s: ", file, line, condition);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
  }
  return false;
}

#define CHECK(condition, ...) check((condition), __FILE__, __LINE__, #condition, __VA_ARGS__)
#define CHECK_OK(call) check((call) == RSMP_OK, __FILE__, __LINE__, #call, "%s", failure.message)

/*
 * Whether the instruction set that RESAMPLE_INSTRUCTION_SET asks for is there; otherwise says what is left out. Called
 * first thing in a program, and the processor's lack of it is no failure of the program.
 */
static inline bool can_run(const char *program) {
  const char *name;
  if (rsmp_instruction_set(&name, &failure) == RSMP_OK) return true;
  if (failure.status != RSMP_UNSUPPORTED_CPU) return true; /* for the program to find out */
  printf("%-16s SKIPPED: %s\n", program, failure.message);
  return false;
}

/*
 * Of cases that differ in a dtype or an option, TEST_SHARE=7 in the environment tries every seventh, so that each dtype and
 * each option still comes up: for valgrind and its like, which take a hundred times as long and look at memory alone.
 */
static inline bool is_left_out(void) {
  static long share, turn;
  if (share == 0) {
    const char *text = getenv("TEST_SHARE");
    share = text != NULL ? strtol(text, NULL, 10) : 1;
    if (share < 1) share = 1;
  }
  return turn++ % share != 0;
}

/* Prints the counts; the exit status of the program. A program that checks nothing has not passed. */
static inline int report(const char *program) {
  const char *name = "no";
  rsmp_instruction_set(&name, NULL);
  printf("%-16s %-8s %ld passed, %ld failed\n", program, name, checks_passed, checks_failed);
  return checks_failed == 0 && checks_passed > 0 ? 0 : 1;
}

#endif
