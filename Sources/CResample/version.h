#include "../../include/swiftresample.h"

// Swift would take the macro for a String, which has no address that lasts.
static inline const char *resample_version(void) { return RSMP_VERSION; }
