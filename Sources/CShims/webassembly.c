/*
 * What a module of WebAssembly has instead of an operating system: nothing. It imports nothing, so that it runs wherever it is
 * loaded; it has one thread and no environment.
 */
#include <math.h>

#include "environment.h"

const char *rsk_wished_instruction_set(void) { return ""; }

/*
 * Sines and cosines, of which filters ask for arguments of a few periods: those of WASI's C library take a twentieth of the
 * module, most of it for arguments of any size. These differ from the true ones by at most 1.5 units in the last place, of
 * 20 million arguments from -20 to 20.
 */

/* x without the nearest multiple of pi / 2, and which multiple that is, modulo 4. Products with the first two parts of
   pi / 2, of 33 bits, are exact. */
static double reduced(double x, int *quadrant) {
  double multiple = __builtin_rint(x * 0x1.45f306dc9c883p-1);
  *quadrant = (int)multiple & 3;
  return ((x - multiple * 0x1.921fb544p+0) - multiple * 0x1.0b4611a6p-34) - multiple * 0x1.3198a2e037073p-69;
}

/* The sine, or cosine, by its series: x is at most pi / 4. Of each term, its quotient by the one before. */
#define QUOTIENT(n) 1.0 / ((n) * ((n) - 1))
static const double quotients[2][8] = {
    {QUOTIENT(19), QUOTIENT(17), QUOTIENT(15), QUOTIENT(13), QUOTIENT(11), QUOTIENT(9), QUOTIENT(7), QUOTIENT(5)},
    {QUOTIENT(18), QUOTIENT(16), QUOTIENT(14), QUOTIENT(12), QUOTIENT(10), QUOTIENT(8), QUOTIENT(6), QUOTIENT(4)},
};

static double series(double x, int is_cosine) {
  double square = x * x, rest = 0;
  for (int i = 0; i < 8; i++) rest = (1 - rest) * square * quotients[is_cosine][i];
  return is_cosine ? 1 - (0.5 * square - 0.5 * square * rest) : x - x * (square / 6) * (1 - rest);
}

static double sine(double x, int quarters) {
  int quadrant;
  double rest = reduced(x, &quadrant);
  quadrant += quarters;
  double value = series(rest, quadrant & 1);
  return quadrant & 2 ? -value : value;
}

double sin(double x) { return sine(x, 0); }
double cos(double x) { return sine(x, 1); }
float sinf(float x) { return (float)sine(x, 0); }
float cosf(float x) { return (float)sine(x, 1); }
