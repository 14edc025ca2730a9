/*
 * What the fuzzing targets share. libFuzzer gives a target some bytes; the target decodes them into a call of the library,
 * and what is here makes the tensors, makes the call, and checks what it did.
 *
 * Decoding is structured: a field of the call is one byte, or few, and a byte of 0 is the ordinary choice, so that no bytes
 * at all are a valid call. Bytes near 255 are hostile choices: lengths, strides, codes and pointers that nobody should pass.
 *
 * Memory. A tensor whose elements span no more than SPAN_LIMIT bytes, and are no more than ELEMENT_LIMIT, is *backed*: it has
 * memory from its lowest byte to its highest and not a byte more, in one of four places:
 *   heap      a malloc of its own: AddressSanitizer sees what reads or writes around it
 *   end       the last byte is the last one before a page that cannot be touched
 *   start     the first byte is the first one behind such a page
 *   sparse    the elements may lie gigabytes apart, so that offsets beyond 32 bits are really used
 * The pages are for what AddressSanitizer does not see: masked vector loads and stores, and code that is not instrumented.
 *
 * A tensor that is not backed has an address within pages that cannot be touched. It is passed only in a call that has to be
 * refused by the header's own words: because the shapes do not fit one another, the dtypes differ, a required pointer is
 * NULL, or a tensor spans more bytes than a process can address. Where a call has no such fault, the target makes
 * one: it gives one of the tensors another dtype. Calls that would take too long are made harmless in the same way. So the
 * hostile shapes are not lost: they have to be refused before any memory is touched.
 *
 * Checked in every call (the README has the list): see `exercise`.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <math.h>
#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiftresample.h>
#include <sys/mman.h>

/* ---- Failure ----------------------------------------------------------------------------------------------------- */

/* What libFuzzer takes for a find: it keeps the bytes that led here. */
__attribute__((format(printf, 4, 5), noreturn)) static inline void broken(const char *file, int line,
                                                                         const char *condition, const char *format,
                                                                         ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s:%d: not so: %s: ", file, line, condition);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  abort();
}

#define HOLDS(condition, ...) \
  do { \
    if (!(condition)) broken(__FILE__, __LINE__, #condition, __VA_ARGS__); \
  } while (0)

static inline void *allocate(size_t size) {
  void *memory = malloc(size);
  HOLDS(memory != NULL, "the harness itself is out of memory: %zu bytes", size);
  return memory;
}

static inline void *copy_of(const void *from, size_t size) { return memcpy(allocate(size), from, size); }

/* ---- The library's memory ---------------------------------------------------------------------------------------- */

/*
 * What the library allocates goes through here. It gets no more than ALLOCATION_LIMIT bytes at once, so that requests for
 * huge tables end early, as on a machine without memory; and one of its allocations can be made to fail.
 */
#define ALLOCATION_LIMIT ((size_t)16 << 20)

static volatile bool is_in_library;
static long allocations, refused_allocation = -1;

extern void *___interceptor_malloc(size_t size);
extern int ___interceptor_posix_memalign(void **memory, size_t alignment, size_t size);

static inline bool is_refused(size_t size) {
  if (!is_in_library) return false;
  /* Tasks of several threads allocate, too. */
  return __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED) == refused_allocation || size > ALLOCATION_LIMIT;
}

void *malloc(size_t size) { return is_refused(size) ? NULL : ___interceptor_malloc(size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  return is_refused(size) ? ENOMEM : ___interceptor_posix_memalign(memory, alignment, size);
}

typedef rsmp_status (*library_call)(rsmp_error *error);

/* Every call of the library that may allocate. */
static inline rsmp_status enter(library_call call, rsmp_error *error) {
  allocations = 0;
  is_in_library = true;
  rsmp_status status = call(error);
  is_in_library = false;
  return status;
}

/* ---- The bytes of a call ----------------------------------------------------------------------------------------- */

static const uint8_t *input_next;
static size_t input_left;

static inline uint8_t take(void) { return input_left > 0 ? (input_left--, *input_next++) : 0; }

static inline uint64_t take_bytes(int count) {
  uint64_t value = 0;
  for (int byte = 0; byte < count; byte++) value |= (uint64_t)take() << 8 * byte;
  return value;
}

static inline int below(int count) { return take() % count; }
static inline bool rarely(void) { return take() >= 0xf0; }

/* The nearest that fits. */
static inline int64_t bounded(__int128 number) {
  return number > INT64_MAX ? INT64_MAX : number < INT64_MIN ? INT64_MIN : (int64_t)number;
}
static inline int64_t product(int64_t a, int64_t b) { return bounded((__int128)a * b); }

/* Edges of what fits somewhere, and any 64 bits. */
static inline int64_t hostile_number(void) {
  static const int64_t edges[] = {-1, 0, 1, 2, 3, -2, 255, 256, 65535, 65536, INT32_MAX, INT32_MAX + 1ll, INT32_MIN,
                                  UINT32_MAX, UINT32_MAX + 1ll, UINT32_MAX + 2ll, 1ll << 24, 1ll << 40, (1ll << 47) - 1,
                                  1ll << 47, (1ll << 47) + 1, 1ll << 61, 1ll << 62, -(1ll << 62), INT64_MAX - 1,
                                  INT64_MAX, INT64_MIN, INT64_MIN + 1, INT64_MAX / 2, INT64_MAX / 2 + 1, 3037000500ll,
                                  -3037000500ll};
  unsigned choice = take();
  return choice < 0xc0 ? edges[choice % (sizeof edges / sizeof edges[0])] : (int64_t)take_bytes(8);
}

/* A small count of something, from `least` on; sometimes a larger one, sometimes hostile. */
static inline int64_t take_count(int64_t least) {
  int choice = take();
  if (choice < 0xc8) return least + choice % 13;
  if (choice < 0xe8) return least + take();
  if (choice < 0xf0) return least + (int64_t)take_bytes(2) % 4096;
  return hostile_number();
}

static inline int32_t hostile_int(void) { return (int32_t)hostile_number(); }

/* A number from 0 to `most`, rarely any. */
static inline int32_t take_choice(int32_t most) {
  int choice = take();
  return choice < 0xf8 ? choice % (most + 1) : hostile_int();
}

static const double special_numbers[] = {
    0.0,      -0.0,    1.0,   -1.0,      0.5,      -0.5,     2.0,       -2.0,          1.5,        1.0 / 3,
    NAN, INFINITY, -INFINITY, 5e-324,  -5e-324,  1e-310,   1e-45,     1.17549435e-38, 3.5e38,     1e300,
    -1e300,   65504.0, 65520.0, 6e-8,     0x1p31,   -0x1p31,  0x1p32,    0x1p63,        -0x1p63,    1.0000001,
    0.99999994, 254.5, 255.0, 127.5,     32767.5,  2147483647.5, 1e18,   -1.0000001,    0x1p24,     1e-4,
};

static inline double take_number(void) {
  int choice = take();
  if (choice < 0xc0) return special_numbers[choice % (int)(sizeof special_numbers / sizeof special_numbers[0])];
  if (choice < 0xf0) return (int8_t)take() / 16.0;
  uint64_t bits = take_bytes(8);
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

/* ---- Numbers that look random, the same for the same bytes ------------------------------------------------------- */

static inline uint64_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (*state ^ *state >> 29) * 0x9e3779b97f4a7c15u >> 8;
}

/* ---- Dtypes ------------------------------------------------------------------------------------------------------ */

static const rsmp_dtype dtypes[] = {
    {RSMP_FLOAT, 32, 1}, {RSMP_FLOAT, 64, 1},  {RSMP_FLOAT, 16, 1}, {RSMP_BFLOAT, 16, 1},
    {RSMP_INT, 64, 1},   {RSMP_UINT, 8, 1},    {RSMP_INT, 8, 1},    {RSMP_INT, 16, 1},
    {RSMP_UINT, 16, 1},  {RSMP_INT, 32, 1},    {RSMP_UINT, 32, 1},  {RSMP_UINT, 64, 1},
    {RSMP_BOOL, 8, 1},   {RSMP_COMPLEX, 64, 1}, {RSMP_COMPLEX, 128, 1},
};
enum { DTYPES = sizeof dtypes / sizeof dtypes[0], FLOATING_DTYPES = 4 };

static inline bool same_dtype(rsmp_dtype a, rsmp_dtype b) {
  return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

/* One of the first `count` of `dtypes`; sometimes another, rarely one that does not exist. */
static inline rsmp_dtype take_dtype(int count) {
  int choice = take();
  if (choice < 0xe0) return dtypes[choice % count];
  if (choice < 0xf4) return dtypes[choice % DTYPES];
  return (rsmp_dtype){.code = take(), .bits = take(), .lanes = (uint16_t)take_bytes(2)};
}

static inline bool is_floating(rsmp_dtype dtype) {
  for (int kind = 0; kind < FLOATING_DTYPES; kind++) {
    if (same_dtype(dtype, dtypes[kind])) return true;
  }
  return false;
}

/* The bytes of a sample as the header defines them: 0 for what is no dtype. */
static inline size_t sample_size(rsmp_dtype dtype) {
  bool is_size = dtype.bits == 8 || dtype.bits == 16 || dtype.bits == 32 || dtype.bits == 64 || dtype.bits == 128;
  return dtype.lanes == 1 && is_size ? dtype.bits / 8 : 0;
}

static inline void put(rsmp_dtype dtype, double value, void *sample) {
  union { float number; uint32_t bits; } single = {.number = (float)value};
  if (dtype.code == RSMP_FLOAT && dtype.bits == 64) {
    memcpy(sample, &value, 8);
  } else if (dtype.code == RSMP_FLOAT && dtype.bits == 32) {
    memcpy(sample, &single, 4);
  } else if (dtype.code == RSMP_FLOAT) {
    _Float16 half = (_Float16)value;
    memcpy(sample, &half, 2);
  } else {
    uint16_t high = (uint16_t)(single.bits >> 16);
    memcpy(sample, &high, 2);
  }
}

static inline bool is_nan(rsmp_dtype dtype, const void *sample) {
  uint64_t bits = 0;
  memcpy(&bits, sample, dtype.bits / 8 > 8 ? 8 : dtype.bits / 8);
  if (dtype.code == RSMP_FLOAT && dtype.bits == 64) return (bits & INT64_MAX) > 0x7ff0000000000000u;
  if (dtype.code == RSMP_FLOAT && dtype.bits == 32) return (bits & INT32_MAX) > 0x7f800000u;
  if (dtype.code == RSMP_FLOAT && dtype.bits == 16) return (bits & 0x7fff) > 0x7c00;
  return dtype.code == RSMP_BFLOAT && dtype.bits == 16 && (bits & 0x7fff) > 0x7f80;
}

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

enum {
  MOST_TENSORS = 6,
  SHAPE_ROOM = 16,            /* entries of a shape that a target thinks of; the library takes RSMP_MAX_AXES */
  ELEMENT_LIMIT = 1 << 16,    /* of a large call, for which several threads are woken; of others SMALL_LIMIT */
  SMALL_LIMIT = 1 << 12,
  WORK_PER_ELEMENT = 64,      /* products of a legal call */
  SPAN_LIMIT = 2 << 20,
  SPARSE_ELEMENTS = 1 << 10,  /* each on a page of its own */
  PAGE = 4096,
  MARGIN = 64
};
#define SPARSE_LIMIT (12ll << 30)
#define ADDRESS_SPACE (1ll << 47)

typedef enum { READ, WRITTEN } role;
typedef enum { HEAP, END, START, SPARSE, UNBACKED } place;
/* What numbers a tensor is filled with. */
typedef enum { ORDINARY, SPECIAL, ANY_BITS, MIXED, FILLINGS } filling;

typedef struct view {
  rsmp_tensor *passed;        /* NULL: no tensor is given */
  rsmp_tensor twin;           /* the same elements, contiguous */
  role role;
  bool is_optional;
  bool was_wanted;            /* has the shape and the dtype that the call wants */
  int32_t rank;
  rsmp_dtype dtype;
  size_t size;                /* bytes of a sample; 0: no dtype */
  int64_t shape[SHAPE_ROOM], strides[SHAPE_ROOM];
  bool has_strides, has_shape, has_data, has_odd_device, has_odd_offset;
  bool is_empty;
  bool has_extent;            /* low and high say where the elements are */
  int64_t count, low, high;   /* elements; the bytes from the lowest to behind the highest, from the first element */
  place place;
  int skew;                   /* bytes of the block before it, so that elements are not aligned */
  struct view *owner;         /* of the block: another tensor, or this one */
  int64_t distance;           /* in the block of another: from its first element to the first one here, in bytes */
  unsigned char *first;       /* the first element */
  unsigned char *memory;      /* what free takes */
  unsigned char *block, *snapshot; /* NULL: without one */
  size_t block_size;
  unsigned char *before;      /* the elements one behind the other, as they were before the call */
  unsigned char *result;      /* and as the first call left them */
} view;

static view views[MOST_TENSORS];
static int view_count;
static int64_t element_limit;
static bool passes_twins;

static inline const rsmp_tensor *tensor(int index) {
  const view *view = &views[index];
  return view->passed == NULL ? NULL : passes_twins ? &view->twin : view->passed;
}

/* Counts elements, and finds how far they reach; sets nothing where that is more than a process can address. */
static inline void measure(view *view) {
  view->size = sample_size(view->dtype);
  view->is_empty = view->has_extent = false;
  view->count = 0;
  if (view->rank < 0 || view->rank > RSMP_MAX_AXES || (!view->has_shape && view->rank > 0) || view->size == 0) return;
  __int128 bytes = (__int128)view->size, low = 0, high = 0, dense = 1;
  for (int axis = 0; axis < view->rank; axis++) {
    if (view->shape[axis] < 0) return;
    if (view->shape[axis] == 0) view->is_empty = true;
    if (view->shape[axis] != 0) bytes *= view->shape[axis];
    if (bytes > ADDRESS_SPACE) return;
  }
  for (int axis = view->rank - 1; axis >= 0; axis--) {
    int64_t length = view->shape[axis];
    if (!view->has_strides) view->strides[axis] = (int64_t)dense;
    dense *= length > 0 ? length : 1;
    __int128 span = length > 1 ? (__int128)view->strides[axis] * (length - 1) * (__int128)view->size : 0;
    if (span < 0) low += span;
    if (span > 0) high += span;
  }
  high += (__int128)view->size;
  if (low < -ADDRESS_SPACE || high > ADDRESS_SPACE) return;
  view->has_extent = true;
  view->count = view->is_empty ? 0 : (int64_t)(bytes / view->size);
  view->low = view->is_empty ? 0 : (int64_t)low;
  view->high = view->is_empty ? 0 : (int64_t)high;
}

/* Goes through the elements in the order of a contiguous tensor; `at` has to be the first element to begin with. */
typedef struct {
  unsigned char *at;
  int64_t number, index[RSMP_MAX_AXES];
} cursor;

static inline cursor first_element(const view *view) { return (cursor){.at = view->first}; }

static inline void advance(cursor *cursor, const view *view) {
  cursor->number++;
  for (int axis = view->rank - 1; axis >= 0; axis--) {
    if (view->shape[axis] == 1) continue; /* any stride will do */
    int64_t stride = view->strides[axis] * (int64_t)view->size;
    if (++cursor->index[axis] < view->shape[axis]) {
      cursor->at += stride;
      return;
    }
    cursor->at -= stride * (view->shape[axis] - 1);
    cursor->index[axis] = 0;
  }
}

#define FOR_EACH_ELEMENT(place, view) \
  for (cursor place = first_element(view); place.number < (view)->count; advance(&place, view))

/* Whether the strides are such that every axis steps over those with smaller ones: then no two elements share memory. */
static inline bool strides_are_nested(const view *view) {
  bool seen[RSMP_MAX_AXES] = {false};
  int64_t reach = 1;
  for (;;) {
    int nearest = -1;
    int64_t smallest = 0;
    for (int axis = 0; axis < view->rank; axis++) {
      if (seen[axis] || view->shape[axis] <= 1) continue;
      int64_t stride = llabs(view->strides[axis]);
      if (nearest >= 0 && stride >= smallest) continue;
      nearest = axis;
      smallest = stride;
    }
    if (nearest < 0) return true;
    if (smallest < reach) return false;
    reach += smallest * (view->shape[nearest] - 1);
    seen[nearest] = true;
  }
}

/* ---- Where the elements are -------------------------------------------------------------------------------------- */

typedef struct {
  unsigned char *start;   /* SPAN_LIMIT + PAGE bytes between pages that cannot be touched */
  unsigned char *sparse;  /* SPARSE_LIMIT bytes, without memory until they are touched; NULL where that is not possible */
} room;

static room rooms[MOST_TENSORS];
static unsigned char *nowhere; /* in the middle of pages that cannot be touched */

static inline void make_rooms(void) {
  size_t size = SPAN_LIMIT + PAGE;
  for (int index = 0; index < MOST_TENSORS; index++) {
    unsigned char *start = mmap(NULL, size + 2 * SPAN_LIMIT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HOLDS(start != MAP_FAILED && mprotect(start + SPAN_LIMIT, size, PROT_READ | PROT_WRITE) == 0, "no memory");
    rooms[index].start = start + SPAN_LIMIT;
    void *sparse = mmap(NULL, SPARSE_LIMIT + 2 * PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (sparse == MAP_FAILED) {
      fprintf(stderr, "SKIPPED: tensors over gigabytes, because no addresses are left for them\n");
    } else {
      rooms[index].sparse = (unsigned char *)sparse + PAGE;
    }
  }
  nowhere = mmap(NULL, 1ll << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HOLDS(nowhere != MAP_FAILED, "no addresses");
  nowhere += 1ll << 39;
}

/* Makes the block of `owner`, with margins that are watched where there is room for them, and places the tensors in it. */
static inline void make_block(view *owner) {
  int64_t low = owner->low, high = owner->high;
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->owner != owner || view == owner) continue;
    low = view->distance + view->low < low ? view->distance + view->low : low;
    high = view->distance + view->high > high ? view->distance + view->high : high;
  }
  size_t span = (size_t)(high - low), size = SPAN_LIMIT + PAGE;
  room *room = &rooms[owner - views];
  unsigned char *lowest;
  switch (owner->place) {
    case HEAP:
      owner->memory = owner->block = allocate(span + (size_t)owner->skew);
      owner->block_size = span + (size_t)owner->skew;
      lowest = owner->block + owner->skew;
      break;
    case END:
      lowest = room->start + size - span;
      owner->block = lowest - MARGIN;
      owner->block_size = span + MARGIN;
      break;
    case START:
      lowest = owner->block = room->start;
      owner->block_size = span + MARGIN;
      break;
    case SPARSE: lowest = room->sparse + owner->skew; break;
    default: return; /* without memory */
  }
  for (int index = 0; index < view_count; index++) {
    if (views[index].owner == owner) views[index].first = lowest - low + views[index].distance;
  }
  if (owner->block == NULL) return;
  /* Not of an element: all bits set are a NaN of every dtype that has one, so that results show where they are read. */
  memset(owner->block, 0xff, owner->block_size);
  owner->snapshot = allocate(owner->block_size);
}

/* What AddressSanitizer shall refuse around blocks in pages; the harness looks at it between calls. */
static inline void poison(const view *view, bool is_poisoned) {
  unsigned char *low, *high;
  if (view->block == NULL) return;
  if (view->place == END) {
    low = view->block, high = view->block + MARGIN;
  } else if (view->place == START) {
    low = view->block + view->block_size - MARGIN, high = view->block + view->block_size;
  } else {
    return;
  }
  if (is_poisoned) {
    ASAN_POISON_MEMORY_REGION(low, (size_t)(high - low));
  } else {
    ASAN_UNPOISON_MEMORY_REGION(low - 8, (size_t)(high - low) + 16);
  }
}

/* ---- What the elements are --------------------------------------------------------------------------------------- */

static inline void fill(view *view, filling filling, uint64_t seed) {
  uint64_t state = seed;
  bool is_float = is_floating(view->dtype);
  FOR_EACH_ELEMENT(place, view) {
    unsigned char *sample = place.at;
    uint64_t random = next_random(&state), more = next_random(&state);
    int kind = filling == MIXED ? (int)(random >> 40) % 8 : filling == ORDINARY ? 7 : filling == SPECIAL ? 0 : 1;
    if (kind == 1 || !is_float) {
      memcpy(sample, &random, view->size < 8 ? view->size : 8);
      if (view->size == 16) memcpy(sample + 8, &more, 8);
    } else if (kind == 0) {
      put(view->dtype, special_numbers[random % (sizeof special_numbers / sizeof special_numbers[0])], sample);
    } else {
      put(view->dtype, (double)(int64_t)(random & 0xffffff) * 0x1p-22 - 2, sample); /* from -2 to 2 */
    }
  }
}

static inline void gather(const view *view, unsigned char *to) {
  FOR_EACH_ELEMENT(place, view) memcpy(to + (size_t)place.number * view->size, place.at, view->size);
}

/* ---- Decoding a tensor ------------------------------------------------------------------------------------------- */

/* The strides of some memory format. */
static inline void take_strides(view *view) {
  enum { NOT_GIVEN, CONTIGUOUS, CHANNELS_LAST, PERMUTED, SPACED, NEGATIVE, BROADCAST, OVERLAPPING, FAR, ODD, FORMATS };
  int choice = take();
  int format = choice < 0x40 ? NOT_GIVEN : choice % FORMATS;
  view->has_strides = format != NOT_GIVEN;
  if (!view->has_strides) return;
  int rank = view->rank < 0 ? 0 : view->rank > SHAPE_ROOM ? SHAPE_ROOM : view->rank;
  int order[SHAPE_ROOM]; /* of the axes, the fastest first */
  for (int number = 0; number < rank; number++) order[number] = rank - 1 - number;
  if (format == CHANNELS_LAST && rank > 2) {
    order[0] = 1;
    for (int number = 1; number < rank - 1; number++) order[number] = rank - number;
  }
  uint32_t bits = 0;
  if (format >= PERMUTED && format <= NEGATIVE) {
    bits = (uint32_t)take_bytes(3);
    uint32_t shuffle = bits;
    for (int number = rank - 1; number > 0 && format != SPACED; number--) {
      int other = (int)(shuffle % (uint32_t)(number + 1)), axis = order[number];
      shuffle /= (uint32_t)(number + 1);
      order[number] = order[other];
      order[other] = axis;
    }
  }
  if (format >= BROADCAST) bits = take();
  int shift = format == FAR ? 16 + take() % 17 : 0;
  __int128 span = format == SPACED ? 1 + bits % 3 : 1;
  for (int number = 0; number < rank; number++) {
    int axis = order[number];
    int64_t length = view->shape[axis] > 0 ? view->shape[axis] : 1;
    bool is_marked = bits >> axis % 16 & 1;
    if (format == FAR && number > 0 && is_marked) span += (__int128)1 << shift;
    int64_t stride = span > INT64_MAX ? INT64_MAX : (int64_t)span;
    if ((format == NEGATIVE || format == FAR) && bits >> (axis + 3) % 16 & 1) stride = -stride;
    if (format == BROADCAST && is_marked) stride = 0;
    if (format == OVERLAPPING) stride = (int8_t)take();
    if (format == ODD && is_marked) stride = hostile_number();
    view->strides[axis] = stride;
    if (format == SPACED && number > 0) span += bits >> (2 * number % 20 + 2) & 3;
    span *= length;
    if (span > INT64_MAX) span = INT64_MAX;
  }
}

/* A new tensor of a call, of which shape and dtype have been chosen. */
static inline view *new_view(role role, rsmp_dtype dtype, int32_t rank, const int64_t *shape) {
  HOLDS(view_count < MOST_TENSORS, "too many tensors");
  view *view = &views[view_count++];
  memset(view, 0, sizeof *view);
  view->role = role;
  view->dtype = dtype;
  view->rank = rank;
  for (int axis = 0; axis < SHAPE_ROOM && axis < rank; axis++) view->shape[axis] = shape[axis];
  return view;
}

/*
 * Rarely spoils the rank, the dtype or a length. The lengths of a tensor that the output's shape follows from are left:
 * those that are passed to the function for the shape have been spoiled before.
 */
static inline void maybe_spoil(view *view, bool defines_output) {
  if (!rarely()) return;
  switch (below(defines_output ? 2 : 4)) {
    case 0: view->rank = rarely() ? hostile_int() : below(11) - 1; break;
    case 1: view->dtype = take_dtype(DTYPES); break;
    case 2: view->shape[below(RSMP_MAX_AXES)] = take_count(0); break;
    default: view->shape[below(RSMP_MAX_AXES)] = hostile_number(); break;
  }
}

/*
 * Decodes how the tensor lies in memory, and what stands in for it where it cannot: to be called once for each view, when
 * its shape and dtype are settled. Pointers, device and offset are spoiled here.
 */
static inline void take_memory(view *view) {
  int spoiled = rarely() ? 1 + below(6) : 0;
  view->has_shape = spoiled != 1;
  view->has_data = spoiled != 2;
  bool is_given = spoiled != 3;
  take_strides(view);
  int where = take();
  view->place = where & 1 ? (where & 2 ? START : END) : HEAP;
  view->skew = where >> 2 & 1 ? where >> 3 & 7 : 0;

  rsmp_tensor *passed = allocate(sizeof *passed);
  memset(passed, 0, sizeof *passed);
  passed->device = (rsmp_device){.type = spoiled == 4 ? hostile_int() : where >> 6 & 1, .id = spoiled == 4 ? -1 : 0};
  view->has_odd_device = passed->device.type != 0 && passed->device.type != 1;
  passed->ndim = view->rank;
  passed->dtype = view->dtype;
  size_t entries = (size_t)(view->rank < 0 ? 0 : view->rank > SHAPE_ROOM ? SHAPE_ROOM : view->rank);
  measure(view);
  if (view->has_shape) passed->shape = copy_of(view->shape, entries * sizeof *view->shape);
  if (view->has_strides) passed->strides = copy_of(view->strides, entries * sizeof *view->strides);

  size_t span = view->has_extent ? (size_t)(view->high - view->low) : 0;
  int index = (int)(view - views);
  bool is_small = view->has_extent && view->count <= element_limit && view->has_data;
  if (is_small && span > SPAN_LIMIT && span <= SPARSE_LIMIT - PAGE && view->count <= SPARSE_ELEMENTS &&
      rooms[index].sparse != NULL) {
    view->place = SPARSE;
  } else if (!is_small || span > SPAN_LIMIT) {
    view->place = UNBACKED;
    view->first = nowhere + ((int64_t)index << 36) + take();
  }
  view->owner = view;
  if (where >= 0xe8 && index > 0 && view->place < SPARSE && view->count > 0) {
    /* Begins within the block of another, or a little before it. */
    struct { int other; int64_t distance; } choice = {below(index), (int8_t)take()};
    struct view *other = &views[choice.other];
    if (other->owner == other && other->place < SPARSE && other->count > 0 &&
        other->high - other->low + view->high - view->low < SPAN_LIMIT / 4) {
      view->owner = other;
      view->distance = choice.distance;
    }
  }
  passed->byte_offset = spoiled == 5 ? (uint64_t)hostile_number() : spoiled == 6 ? take_bytes(8) : 0;
  if (spoiled == 0 && where >> 7) passed->byte_offset = take();
  view->has_odd_offset = passed->byte_offset > ADDRESS_SPACE;
  if (is_given) view->passed = passed;
  if (!is_given) free(passed->shape), free(passed->strides), free(passed);
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

/* The library's bound: more is no size of a structure. */
enum { LARGEST_STRUCTURE = 1024 };

/* Exactly the bytes that struct_size says, where there may be so many. */
static unsigned char *options_passed, *options_before;
static size_t options_size;
static bool options_are_whole;

/*
 * `options` begins with struct_size, which is chosen here; `first_size` is what it was in the first version of the header. What a
 * caller of such a size does not pass is zero afterwards.
 */
static inline void take_options(void *options, size_t size, size_t first_size) {
  int choice = take();
  const int64_t sizes[] = {0, 3, 4, (int64_t)first_size - 1, (int64_t)size - 1, (int64_t)size - 8, (int64_t)size + 1, (int64_t)size + 8,
                           (int64_t)size + 64, UINT32_MAX, INT32_MAX, 1, LARGEST_STRUCTURE, LARGEST_STRUCTURE + 1};
  uint32_t struct_size = choice < 0xd8 ? (uint32_t)size
                         : choice < 0xfc ? (uint32_t)sizes[choice % (int)(sizeof sizes / sizeof sizes[0])]
                                         : (uint32_t)take_bytes(4);
  bool is_null = choice == 0xff;
  /* What a newer header would have behind the fields of this one: unknown to the library, so it has to be 0. */
  unsigned char unknown = choice & 1 ? 0 : 0xff;
  options_are_whole = !is_null && struct_size >= first_size && struct_size <= LARGEST_STRUCTURE &&
                      (struct_size <= size || unknown == 0);
  options_size = struct_size > LARGEST_STRUCTURE ? size : struct_size < 4 ? 4 : struct_size;
  unsigned char *bytes = allocate(options_size);
  memset(bytes, unknown, options_size);
  memcpy(bytes, options, size < options_size ? size : options_size);
  memcpy(bytes, &struct_size, 4);
  if (options_size >= first_size && options_size < size) memset((unsigned char *)options + options_size, 0, size - options_size);
  options_before = bytes;
  options_passed = is_null ? NULL : copy_of(bytes, options_size);
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static inline bool is_utf8(const unsigned char *text) {
  while (*text != 0) {
    int more = *text < 0x80 ? 0 : *text >> 5 == 6 ? 1 : *text >> 4 == 14 ? 2 : *text >> 3 == 30 ? 3 : -1;
    if (more < 0) return false;
    text++;
    for (; more > 0; more--) {
      if ((*text++ & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

/* For messages of the harness. */
static char last_message[RSMP_MESSAGE_SIZE];

/* Makes the call and checks what it says of itself. */
static inline rsmp_status call_checked(library_call call) {
  rsmp_error *error = allocate(sizeof *error);
  memset(error, 0xcc, sizeof *error);
  rsmp_status status = enter(call, error);
  HOLDS(status >= RSMP_OK && status <= RSMP_UNSUPPORTED_CPU, "status %d", (int)status);
  memcpy(last_message, error->message, sizeof last_message - 1);
  if (status == RSMP_OK) {
    last_message[0] = 0;
    for (size_t byte = 0; byte < sizeof *error; byte++) {
      HOLDS(((unsigned char *)error)[byte] == 0xcc, "the error is written on success");
    }
  } else {
    HOLDS(error->status == status, "the error has status %d, the call gave %d", (int)error->status, (int)status);
    size_t length = strnlen(error->message, sizeof error->message);
    HOLDS(length > 0 && length < sizeof error->message, "a message of %zu bytes", length);
    HOLDS(is_utf8((unsigned char *)error->message), "the message is not UTF-8");
  }
  free(error);
  if (options_passed != NULL) {
    HOLDS(memcmp(options_passed, options_before, options_size) == 0, "the options are written");
  }
  return status;
}

/* The same with a NULL for the error; for calls without tensors. */
static inline rsmp_status call_twice(library_call call) {
  rsmp_status status = call_checked(call);
  rsmp_status again = enter(call, NULL);
  HOLDS(status == again, "status %d, without an error %d", (int)status, (int)again);
  return status;
}

static inline void write_blanks(int blank) {
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->role != WRITTEN || view->passed == NULL || view->place == UNBACKED) continue;
    FOR_EACH_ELEMENT(place, view) memset(place.at, blank, view->size);
  }
}

static inline void take_snapshots(void) {
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->snapshot != NULL) memcpy(view->snapshot, view->block, view->block_size);
    if (view->place == SPARSE) gather(view, view->before);
    poison(view, true);
  }
}

/* Nothing has been written but the elements of outputs, and those only by a call that succeeded. */
static inline void check_memory(bool has_succeeded) {
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    poison(view, false);
    const rsmp_tensor *passed = view->passed;
    if (passed == NULL) continue;
    HOLDS(passed->ndim == view->rank && same_dtype(passed->dtype, view->dtype), "tensor %d is changed", index);
    size_t entries = (size_t)(view->rank < 0 ? 0 : view->rank > SHAPE_ROOM ? SHAPE_ROOM : view->rank);
    HOLDS(passed->shape == NULL || memcmp(passed->shape, view->shape, entries * 8) == 0, "shape %d is written", index);
    HOLDS(passed->strides == NULL || memcmp(passed->strides, view->strides, entries * 8) == 0,
          "the strides of tensor %d are written", index);
  }
  for (int index = 0; index < view_count && has_succeeded; index++) {
    view *view = &views[index];
    if (view->role != WRITTEN || view->passed == NULL || view->owner->snapshot == NULL) continue;
    struct view *owner = view->owner;
    FOR_EACH_ELEMENT(place, view) memcpy(owner->snapshot + (place.at - owner->block), place.at, view->size);
  }
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->snapshot != NULL) {
      HOLDS(memcmp(view->snapshot, view->block, view->block_size) == 0,
            "bytes of the block of tensor %d that are no element of an output are written", index);
    }
    if (view->place == SPARSE && !(has_succeeded && view->role == WRITTEN)) {
      unsigned char *now = allocate((size_t)view->count * view->size + 1);
      gather(view, now);
      HOLDS(memcmp(now, view->before, (size_t)view->count * view->size) == 0, "tensor %d is written", index);
      free(now);
    }
  }
}

/* The results of a call are those of the first one, bit by bit; of twins any NaN is like any other. */
static inline void compare_results(const char *what, bool is_of_twins) {
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->role != WRITTEN || view->passed == NULL) continue;
    FOR_EACH_ELEMENT(place, view) {
      size_t offset = (size_t)place.number * view->size;
      const unsigned char *sample = is_of_twins ? (unsigned char *)view->twin.data + offset : place.at;
      const unsigned char *result = view->result + offset;
      if (memcmp(sample, result, view->size) == 0) continue;
      HOLDS(is_nan(view->dtype, sample) && is_nan(view->dtype, result),
            "element %lld of tensor %d is other bits %s", (long long)place.number, index, what);
    }
  }
}

/*
 * Whether an element of an output shares a byte with another element, of any tensor; 0, 1, or -1: not found out, or tensors
 * that lie between one another without sharing a byte, where the library's search ends after some thousand steps.
 */
static inline int outputs_share_memory(void) {
  bool may_share = false, are_mixed = false;
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->passed == NULL || view->count == 0 || view->place == UNBACKED) continue;
    if (view->role == WRITTEN && !strides_are_nested(view)) {
      if (view->place == SPARSE) return -1;
      may_share = true;
    }
    if (view->owner != view) may_share = are_mixed = true;
  }
  if (!may_share) return 0;
  bool found = false;
  for (int block = 0; block < view_count; block++) {
    view *owner = &views[block];
    if (owner->block == NULL) continue;
    unsigned char *taken = allocate(owner->block_size); /* 1: by an input; 2: by an output */
    memset(taken, 0, owner->block_size);
    for (int index = 0; index < view_count; index++) {
      view *view = &views[index];
      if (view->owner != owner || view->passed == NULL) continue;
      FOR_EACH_ELEMENT(place, view) {
        unsigned char *bytes = taken + (place.at - owner->block);
        for (size_t byte = 0; byte < view->size; byte++) {
          if (view->role == WRITTEN ? bytes[byte] != 0 : bytes[byte] == 2) found = true;
          bytes[byte] = view->role == WRITTEN ? 2 : 1;
        }
      }
    }
    free(taken);
  }
  return found ? 1 : are_mixed ? -1 : 0;
}

static inline void want(view *view, int32_t rank, const int64_t *shape, rsmp_dtype dtype) {
  view->was_wanted = view->rank == rank && same_dtype(view->dtype, dtype) && rank >= 0 && rank <= RSMP_MAX_AXES &&
                     (rank == 0 || memcmp(view->shape, shape, (size_t)rank * sizeof *shape) == 0);
}

typedef enum { MUST_REFUSE, MAY_REFUSE, MUST_ACCEPT } verdict;

/*
 * Gives the tensors their memory and says what the library has to answer. `is_accepted`: all but the tensors has been found
 * right, by the function for the shape and by the target. `work`: the products of a legal call, about.
 */
static inline verdict settle(bool is_accepted, int64_t work) {
  bool refuses = !is_accepted, is_odd = false, is_unbacked = false;
  view *last = NULL;
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->owner == view) make_block(view);
    if (view->passed == NULL) {
      if (!view->is_optional) refuses = true;
      continue;
    }
    last = view;
    if (!view->was_wanted || !view->has_extent || view->has_odd_device || (!view->has_data && !view->is_empty)) {
      refuses = true;
    }
    if (view->has_odd_offset) is_odd = true;
    if (view->place == UNBACKED && !view->is_empty) is_unbacked = true;
    if (view->role == WRITTEN && view->has_extent && !strides_are_nested(view)) is_odd = true;
  }
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->place == SPARSE) view->before = allocate((size_t)view->count * view->size + 1);
    if (view->passed == NULL) continue;
    uintptr_t address = view->has_data ? (uintptr_t)view->first - (uintptr_t)view->passed->byte_offset : 0;
    memcpy(&view->passed->data, &address, sizeof address);
  }
  if (!refuses && (is_unbacked || work > element_limit * WORK_PER_ELEMENT)) {
    /* Would be legal, but for the memory or the time. */
    rsmp_dtype other = dtypes[same_dtype(last->dtype, dtypes[5]) ? 6 : 5];
    last->dtype = last->passed->dtype = other;
    return MUST_REFUSE;
  }
  if (refuses) return MUST_REFUSE;
  int shares = outputs_share_memory();
  if (shares == 1) return MUST_REFUSE;
  return shares == -1 || is_odd ? MAY_REFUSE : MUST_ACCEPT;
}

static inline void fill_views(void) {
  filling kind = (filling)(take() % FILLINGS);
  uint64_t seed = take_bytes(2);
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->place != UNBACKED && view->role == READ) fill(view, kind, seed + (uint64_t)index);
  }
}

static int thread_counts[2];

/*
 * One of the allocations of a call that is known to succeed fails, which one the input says: so does the call. Gives its
 * status: the call before may have started threads, and have allocated more.
 */
static inline rsmp_status check_refused_allocation(library_call call) {
  refused_allocation = allocations > 0 ? take() % allocations : 0;
  rsmp_status status = call_checked(call);
  bool was_reached = allocations > refused_allocation;
  refused_allocation = -1;
  HOLDS(status == (was_reached ? RSMP_OUT_OF_MEMORY : RSMP_OK), "status %d although an allocation failed: %s",
        (int)status, last_message);
  return status;
}

/* Makes the call in all the ways that have to give the same, and checks each. Gives its status. */
static inline rsmp_status exercise(library_call call, verdict verdict) {
  static const char *const ways[] = {"the second time", "with another number of threads"};
  write_blanks(0xa5);
  take_snapshots();
  rsmp_status status = call_checked(call);
#ifdef PRINT_STATUS /* to see what an input is */
  static const char *const verdicts[] = {"has to be refused", "may be refused", "has to be accepted"};
  printf("status %d, %s: %s\n", (int)status, verdicts[verdict], last_message);
#endif
  check_memory(status == RSMP_OK);
  HOLDS(verdict != MUST_REFUSE || status != RSMP_OK, "a call is accepted that has to be refused");
  HOLDS(verdict != MUST_ACCEPT || status == RSMP_OK || status == RSMP_OUT_OF_MEMORY, "a valid call gives %d: %s",
        (int)status, last_message);
  for (int index = 0; index < view_count && status == RSMP_OK; index++) {
    view *view = &views[index];
    if (view->role != WRITTEN || view->passed == NULL) continue;
    view->result = allocate((size_t)view->count * view->size + 1);
    gather(view, view->result);
  }
  for (int way = 0; way < 2; way++) {
    if (way == 1 && status != RSMP_OK) break;
    HOLDS(rsmp_set_num_threads(thread_counts[way], NULL) == RSMP_OK, "threads");
    write_blanks(way == 0 ? 0x5a : 0xa5);
    take_snapshots();
    rsmp_status again = enter(call, NULL);
    check_memory(again == RSMP_OK);
    HOLDS(again == status, "status %d, %s %d", (int)status, ways[way], (int)again);
    if (status == RSMP_OK) compare_results(ways[way], false);
  }
  HOLDS(rsmp_set_num_threads(thread_counts[0], NULL) == RSMP_OK, "threads");
  if (status != RSMP_OK) return status;

  write_blanks(0x5a);
  take_snapshots();
  check_memory(check_refused_allocation(call) == RSMP_OK);

  /* The bits do not depend on the memory format. */
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->passed == NULL) continue;
    view->twin = *view->passed;
    view->twin.strides = NULL;
    view->twin.byte_offset = 0;
    view->twin.data = allocate((size_t)view->count * view->size);
    if (view->role == READ) {
      gather(view, view->twin.data);
    } else {
      memset(view->twin.data, 0x5a, (size_t)view->count * view->size);
    }
  }
  passes_twins = true;
  rsmp_status of_twins = call_checked(call);
  passes_twins = false;
  HOLDS(of_twins == RSMP_OK || of_twins == RSMP_OUT_OF_MEMORY, "of contiguous tensors %d", (int)of_twins);
  if (of_twins == RSMP_OK) compare_results("of contiguous tensors", true);
  return status;
}

/* ---- Functions for shapes ---------------------------------------------------------------------------------------- */

/* What they are passed, in memory of exactly its entries: two shapes that they read, and one that they write. */
static int64_t *shape_arguments[2], *shape_result;

static inline size_t entries_of(int32_t rank) { return (size_t)(rank < 0 ? 0 : rank > SHAPE_ROOM ? SHAPE_ROOM : rank); }

/*
 * Asks for the shape of an output, `rank` entries; nothing is written where there is none. `second` may be NULL, for calls
 * that read one shape. NULL pointers are refused.
 */
static inline rsmp_status ask_for_shape(library_call call, int32_t rank, const int64_t *first, const int64_t *second,
                                        int64_t *output_shape) {
  size_t entries = entries_of(rank), size = entries * sizeof *first;
  const int64_t *given[2] = {first, second};
  for (int index = 0; index < 2; index++) {
    shape_arguments[index] = given[index] == NULL ? NULL : copy_of(given[index], size);
  }
  shape_result = allocate(size);
  memset(shape_result, 0xa5, size);
  rsmp_status status = call_twice(call);
  for (int index = 0; index < 2; index++) {
    if (given[index] == NULL) continue;
    HOLDS(memcmp(shape_arguments[index], given[index], size) == 0, "a shape that is read has been written");
  }
  for (size_t axis = 0; axis < entries; axis++) {
    if (status != RSMP_OK) HOLDS(shape_result[axis] == (int64_t)0xa5a5a5a5a5a5a5a5u, "a shape is written");
    if (status == RSMP_OK) HOLDS(shape_result[axis] >= 0, "an axis of %lld", (long long)shape_result[axis]);
    if (status == RSMP_OK) output_shape[axis] = shape_result[axis];
  }
  int64_t **pointers[3] = {&shape_arguments[0], &shape_arguments[1], &shape_result};
  int missing = rarely() ? below(3) : 3;
  if (missing < 3 && entries > 0 && *pointers[missing] != NULL) {
    free(*pointers[missing]);
    *pointers[missing] = NULL;
    HOLDS(call_twice(call) != RSMP_OK, "no refusal of NULL");
  }
  for (int index = 0; index < 3; index++) {
    free(*pointers[index]);
    *pointers[index] = NULL;
  }
  return status;
}

/* ---- From the first byte to the last ----------------------------------------------------------------------------- */

/* libFuzzer calls this first. An instruction set that the processor does not have is no failure. */
int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerInitialize(int *argument_count, char ***arguments) {
  (void)argument_count, (void)arguments;
  rsmp_error error;
  const char *name;
  if (rsmp_instruction_set(&name, &error) == RSMP_UNSUPPORTED_CPU) {
    printf("SKIPPED: %s\n", error.message);
    exit(0);
  }
  make_rooms();
  return 0;
}

static inline void begin(const uint8_t *bytes, size_t count) {
  input_next = bytes;
  input_left = count;
  view_count = 0;
  uint8_t flags = take();
  bool is_threaded = flags & 1;
  element_limit = (flags & 6) == 6 ? ELEMENT_LIMIT : SMALL_LIMIT;
  thread_counts[0] = is_threaded ? 3 : 1;
  thread_counts[1] = is_threaded ? 1 : 3;
  HOLDS(rsmp_set_num_threads(thread_counts[0], NULL) == RSMP_OK, "threads");
}

static inline void finish(void) {
  for (int index = 0; index < view_count; index++) {
    view *view = &views[index];
    if (view->place == SPARSE) madvise(rooms[index].sparse, SPARSE_LIMIT, MADV_DONTNEED);
    free(view->memory);
    free(view->snapshot);
    free(view->before);
    free(view->result);
    free(view->twin.data);
    if (view->passed != NULL) free(view->passed->shape), free(view->passed->strides);
    free(view->passed);
  }
  view_count = 0;
  free(options_passed);
  free(options_before);
  options_passed = options_before = NULL;
}

#endif
