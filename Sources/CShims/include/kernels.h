/*
 * The table of kernels: the only way from the library into code of an instruction set. Every module Kernels* fills one.
 *
 * A row is a sequence of pixels, each of `samples_per_pixel` adjacent samples (1 for planar data, the channels for channels-last).
 * Rows between kernels hold samples of one arithmetic, densely: float, double, or uint8_t for fixed point. Some kernels
 * convert the rows that they read, or write, as they do so.
 */
#ifndef CSHIMS_KERNELS_H
#define CSHIMS_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSK_CACHE_LINE 64

/*
 * Which source samples each destination sample reads, and their weights: float, double, or int16_t for fixed point.
 * The weight of tap k of sample x is weights[x * sample_stride + k * tap_stride]; after the last tap it is 0. In fixed
 * point tap_stride is 1 and sample_stride a multiple of RSK_TAPS_AT_ONCE, or RSK_FEW_TAPS where no sample has more taps:
 * kernels take that many at a time. Along rows of floats, sample_stride is 1 where pixels have one sample, three or four.
 */
enum { RSK_FEW_TAPS = 4, RSK_TAPS_AT_ONCE = 16 };

/*
 * Repetitions of weights are looked for up to RSK_WIDEST_VECTOR samples, those of the bytes that are copied up to RSK_BYTES. Kernels
 * may read an index table up to RSK_BYTES - 1 entries after its last, other tables up to RSK_WIDEST_VECTOR - 1.
 */
enum { RSK_WIDEST_VECTOR = 16, RSK_BYTES = 64 };

/*
 * Where the bytes of samples start ... start + count - 1, at most RSK_WIDEST_VECTOR, are that their first four taps read: of each four
 * that are places[4 * i] ... in one of two windows of RSK_BYTES source samples, which begin at `first` and `second`. Those of
 * the next four taps are at the same places of windows that begin 4 * step further on.
 */
typedef struct rsk_byte_window {
  uint8_t places[RSK_BYTES];
  uint64_t in_second; /* a bit for each place */
  int32_t first, second, start, count;
} rsk_byte_window;

typedef struct rsk_taps {
  const int32_t *first; /* [length]: the first source sample read */
  const int32_t *count; /* [length]: how many; the float kernels take 0, the sum of nothing, where fewest_taps is 0 */
  const void *weights;
  intptr_t sample_stride;
  intptr_t tap_stride;
  intptr_t source_length;
  intptr_t length;
  /*
   * Samples interior_start ..< interior_end read neither the first nor the last source sample, or repeat those that do
   * not.
   */
  intptr_t interior_start;
  intptr_t interior_end;
  /*
   * Between them the interior samples have from fewest_taps to most_taps taps; most_taps bounds the others too. fewest_taps
   * is 0 as soon as any sample has none.
   */
  intptr_t fewest_taps;
  intptr_t most_taps;
  int32_t precision; /* fixed point: of `weights`, one of 1 is 1 << precision */
  /* Source samples from one tap to the next: 1, or the samples of a pixel where the table has an entry for each of them. */
  intptr_t step;
  /*
   * The most source samples, with step - 1 more at either end, from first[x] to first[x + 3], first[x + 7] and
   * first[x + 15].
   */
  intptr_t spans[3];
  /*
   * The smallest power of two after which the weights of the interior repeat, those of samples `advance`
   * source samples further on; 0 where they do not.
   */
  intptr_t period;
  intptr_t advance;
  /*
   * Fixed-point weights once more, in two bytes: 256 * high + low. byte_weights[(2 * g + part) * byte_stride + x] are the
   * high (part 0) or low (part 1) bytes of taps 4 * g ... 4 * g + 3 of sample x; any may be read for x < byte_stride.
   * NULL where a weight has no such bytes, no kernel wants them, or the axis is not the width.
   */
  const int32_t *byte_weights;
  intptr_t byte_stride;
  /* The windows for all samples in turn; NULL where samples are so far apart that windows do not pay. */
  const rsk_byte_window *byte_windows;
  intptr_t byte_window_count;
  /*
   * Fixed-point weights once more, for windows of equal length that begin with an even source sample and lie within the
   * row, or the row and one sample more: pair_weights[x * pairs + p] are those of samples pair_first[x] + 2 * p (the lower
   * half) and the next one. The last sample is there three times more, with weights of 0. NULL where no kernel wants them, or
   * the axis is not the width.
   */
  const int32_t *pair_first;
  const int32_t *pair_weights;
  intptr_t pairs;
  /*
   * Fixed-point weights that int16 has no room for are (weights << remainder_bits) + remainders. pair_remainders and
   * byte_remainders[g * byte_stride + x] go with pair_weights and byte_weights. NULL and 0 where int16 has room.
   */
  const int16_t *remainders;
  const int32_t *pair_remainders;
  const int32_t *byte_remainders;
  /*
   * Instead of pair_remainders, where windows are long: pair_weights are the lower 16 bits of the whole weights, as int16,
   * and what is left, in units of 1 << 16, is quad_weights[x * quads + q]. Its bytes are those of sample
   * quad_first[x] + 4 * q, a multiple of four, and of the second, the first and the third one after it. 255 times the two
   * bytes of either half is within int16. NULL and 0 where there are none.
   */
  const int32_t *quad_first;
  const int32_t *quad_weights;
  intptr_t quads;
  int32_t remainder_bits;
  /* The low bytes of `first`, in a table of samples that are copied; or else NULL. */
  const uint8_t *first_bytes;
} rsk_taps;

/*
 * Rows of samples that a kernel reads: row r is at start + (r & mask) * stride, in bytes. The mask is -1 for rows of an
 * image, and 2^n - 1 for a ring of 2^n rows.
 */
typedef struct rsk_source_rows {
  const void *start;
  intptr_t stride;
  intptr_t mask;
} rsk_source_rows;

/*
 * Rows that a kernel makes: `first` ... first + count - 1, the first of them at `start`, `stride` bytes apart. `streams`:
 * they go past the caches to memory, because they will not be read again soon; a kernel may ignore it. The caller ends
 * with rsk_finish_streaming.
 */
typedef struct rsk_target_rows {
  void *start;
  intptr_t stride;
  intptr_t first;
  intptr_t count;
  bool streams;
} rsk_target_rows;

/*
 * Whether the windows of a pass across rows, `stride` bytes apart, are many rows, which do not stay in the nearest cache. A
 * processor foresees a few.
 */
static inline bool rsk_is_tall(const rsk_taps *taps, intptr_t stride) {
  return taps->most_taps > 4 && (double)taps->most_taps * (double)stride > 64 << 10;
}

/* target[r][x][i] = sum over taps k of weights[x][k] * sources[r][first[x] + k][i]; the mask is -1 */
typedef void (*rsk_horizontal)(const rsk_source_rows *sources, const rsk_taps *taps, intptr_t samples_per_pixel,
                               const rsk_target_rows *targets);

/* target[r][i] = sum over taps k of weights[r][k] * sources[first[r] + k][i] for i < samples */
typedef void (*rsk_vertical)(const rsk_source_rows *sources, const rsk_taps *taps, intptr_t samples,
                             const rsk_target_rows *targets);

/*
 * Whether the samples of the output read two of the source each, which those before and after do not read, all with the
 * same weights: exact halves.
 */
static inline bool rsk_are_halves(const rsk_taps *taps) {
  return taps->period == 1 && taps->advance == 2 && taps->step == 1 && taps->fewest_taps == 2 && taps->most_taps == 2 &&
         taps->interior_start == 0 && taps->interior_end == taps->length;
}

/* The horizontal pass, then the vertical one; or, where `height_first`, the other way round. */
typedef void (*rsk_bilinear)(const rsk_source_rows *sources, const rsk_taps *height, const rsk_taps *width,
                             intptr_t samples_per_pixel, bool height_first, const rsk_target_rows *targets);

/* The passes of one arithmetic. */
typedef struct rsk_passes {
  rsk_horizontal horizontal;
  rsk_vertical vertical;
  /*
   * Both at once, for rows of pixels with more samples than most_expanded, and tables of one or two taps; and, height
   * first, for pixels of one sample, where the width is exact halves, of RSK_WIDEST_VECTOR samples or more, and the height
   * has two taps. NULL where an arithmetic has none.
   */
  rsk_bilinear bilinear;
  /*
   * The horizontal pass takes pixels of up to that many samples as pixels of one, with a table that has an entry for
   * each of them: of fewer than a vector of floating-point samples. Those of three or four, colours, it takes either way.
   */
  intptr_t most_expanded;
} rsk_passes;

/* How samples of one dtype enter and leave the rows of its arithmetic; pixels in memory are `stride` bytes apart. */
typedef struct rsk_conversion {
  void (*load)(const void *source, intptr_t stride, intptr_t pixels, intptr_t samples_per_pixel, void *row);
  /* Bounds every sample by low and high (NaN stays), rounds it to the dtype, half to even, and saturates. */
  void (*store)(const void *row, intptr_t pixels, intptr_t samples_per_pixel, double low, double high,
                void *destination, intptr_t stride);
} rsk_conversion;

/* Indices of rsk_table.conversions, with the arithmetic of the row. */
enum {
  RSK_FLOAT32 = 0,     /* float */
  RSK_FLOAT16 = 1,     /* float */
  RSK_BFLOAT16 = 2,    /* float */
  RSK_INT8 = 3,        /* float */
  RSK_UINT8 = 4,       /* float */
  RSK_INT16 = 5,       /* float */
  RSK_UINT16 = 6,      /* float */
  RSK_FLOAT64 = 7,     /* double */
  RSK_INT32 = 8,       /* double */
  RSK_UINT8_FIXED = 9, /* fixed point */
  RSK_WIDENED = 10,    /* RSK_WIDENED + RSK_FLOAT32 ... RSK_UINT16: these in rows of double */
  RSK_INT64 = 17,      /* int64 */
  RSK_CONVERSIONS = 18
};

/* Rows of a plane that are copied from rows of another; strides in bytes. */
typedef struct rsk_selection {
  const void *source; /* row 0 */
  intptr_t source_row_stride, source_stride;
  void *destination; /* the first row */
  intptr_t destination_row_stride, destination_stride;
  const int32_t *rows; /* [row_count]: the row of the source for each */
  intptr_t row_count;
  const rsk_taps *taps;
  intptr_t pixel_size;
} rsk_selection;

/* Copies pixel first[x] of the source to pixel x of the destination, for every x of the table and every row. */
typedef void (*rsk_select)(const rsk_selection *selection);

/* Indices of rsk_table.select: pixels of 1, 2, 4 or 8 bytes, and of any size. */
enum { RSK_SELECT_ANY = 4, RSK_SELECTS = 5 };

/*
 * Moves `samples` samples of each of `streams` streams: sample i of stream j is at source + i * sample_stride + j *
 * stream_stride, and goes where the destination's strides say. All in bytes.
 */
typedef void (*rsk_interleave)(const void *source, intptr_t sample_stride, intptr_t stream_stride, void *destination,
                               intptr_t destination_sample_stride, intptr_t destination_stream_stride, intptr_t samples,
                               intptr_t streams);

/* Indices of rsk_table.interleave: samples of 1, 2, 4, 8 and 16 bytes. */
enum { RSK_INTERLEAVES = 5 };

/* Element i of the target is table[byte i of the source]; strides in bytes. */
typedef void (*rsk_look_up)(const void *source, intptr_t stride, intptr_t count, const void *table, void *target,
                            intptr_t target_stride);

/* Indices of rsk_table.look_up: samples of 1, 2 and 4 bytes. */
enum { RSK_LOOK_UPS = 3 };

/* A tap of a convolution: where its input and its weights are, in samples from those of the channel. */
typedef struct rsk_convolution_tap {
  intptr_t input, weights;
} rsk_convolution_tap;

/* The input of a convolution along a row: `channels` channels, `tap_count` taps of each; strides in samples. */
typedef struct rsk_convolution {
  const void *input;
  intptr_t input_stride;
  const void *weights;
  intptr_t weight_stride;
  intptr_t channels;
  const rsk_convolution_tap *taps;
  intptr_t tap_count;
  const void *start; /* of the sums, one for each output; NULL to add to those that are there */
} rsk_convolution;

/*
 * sums[o * sum_stride + x] = start[o], or what it was, + sum over channels c and taps t of
 *   weights[c * weight_stride + taps[t].weights + o] * input[c * input_stride + taps[t].input + x]
 * for o < outputs and x < samples. Outputs above four are rounded up to eight and samples to a vector: what is after them
 * is read, and written to the sums, too.
 */
typedef void (*rsk_convolve)(const rsk_convolution *convolution, intptr_t outputs, intptr_t samples, void *sums,
                             intptr_t sum_stride);

/*
 * Lines of memory that will be read soon, to be brought near while a kernel computes: those numbered start ..< end of
 * rows of `lines` lines, `stride` bytes apart.
 */

typedef struct rsk_upcoming {
  const void *first;
  intptr_t stride, lines, start, end;
} rsk_upcoming;

/*
 * Rows of two tensors: sample x of row r of channel c of the first is first[c * first_stride + r * first_row_stride + x],
 * that of the second likewise; strides in samples.
 */
typedef struct rsk_correlation {
  const void *first;
  intptr_t first_stride, first_row_stride;
  const void *second;
  intptr_t second_stride, second_row_stride;
  intptr_t rows, samples;
  intptr_t firsts, seconds; /* channels */
  rsk_upcoming read;
} rsk_correlation;

/* Sum a * seconds + b += sum over rows and samples of first[a] * second[b], for all a and b: `total` adds up the parts. */
typedef void (*rsk_correlate)(const rsk_correlation *correlation, void *sums);

/*
 * totals[i] = sum i, of `count` sums, rounded up to RSK_TOTALS_AT_ONCE: what is after them is read, and written to the totals,
 * too.
 */
enum { RSK_TOTALS_AT_ONCE = 4 };
typedef void (*rsk_total)(const void *sums, intptr_t count, void *totals);

typedef struct rsk_correlations {
  rsk_correlate float32, float64;
  rsk_total total_float32, total_float64;
  intptr_t firsts_of_float32; /* calls are quickest with a multiple of that many; those of float64 with one of four */
  intptr_t seconds_at_once;   /* and of that many */
  intptr_t sum_size;          /* the bytes of a sum: it is a vector, whose elements have parts of it */
} rsk_correlations;

/*
 * sums[r * row_stride + c * sum_stride + x] = start[c], or what it was, + sum over taps t of
 *   weights[r * weight_stride + taps[t].weights + x] * input[c * input_stride + taps[t].input + x]
 * for r < rows, c < channels and x < samples, rounded up to a vector: what is after them is read, and written to the sums,
 * too.
 */
typedef void (*rsk_reassemble)(const rsk_convolution *convolution, intptr_t rows, intptr_t samples, void *sums,
                               intptr_t sum_stride, intptr_t row_stride);

typedef struct rsk_reassemblies {
  rsk_reassemble float32, float64;
} rsk_reassemblies;

/* Points in a tensor of two or three axes, the innermost first; its samples are `stride` samples apart. */
typedef struct rsk_sampling_axis {
  intptr_t length, stride;
} rsk_sampling_axis;

/* The channels of pixels, where there are no more but more than one, instead of RSK_WIDEST_VECTOR. */
enum { RSK_FEW_CHANNELS = 4 };

enum { RSK_PADDING_ZEROS = 0, RSK_PADDING_BORDER = 1, RSK_PADDING_REFLECTION = 2 };

typedef struct rsk_sampling {
  int32_t taps;         /* of a point along an axis: 1 (nearest), 2 (linear) or 4 (cubic) */
  int32_t padding_mode; /* RSK_PADDING_... */
  int32_t dimensions;
  bool align_corners;
  rsk_sampling_axis axes[3];
} rsk_sampling;

/* The points that are located at a time, and the bytes of rsk_point_taps.scratch. */
enum { RSK_POINTS_AT_ONCE = 64, RSK_LOCATING = 3 * 12 * 8 * RSK_POINTS_AT_ONCE };

/*
 * The taps of some points, a vector of points after the other, so that those of a point lie near each other: with w the elements of
 * a vector, the offset in samples, or INT32_MIN where there is no sample, and the weight of tap k of point i are entries
 *   (i / w * count + k) * w + i % w
 * The last vector is filled up.
 */
typedef struct rsk_point_taps {
  intptr_t count; /* of a point */
  int32_t *offsets;
  void *weights;
  void *slopes[3]; /* the same derived for each coordinate, or NULL where they are not wanted */
  /*
   * Of the first point of each vector: that many taps lie side by side, of all its points, and those of the next rows and slices `row` and `slice` samples
   * further on; 0 where a tap may be outside. Of the second point, where a point has several taps: the vector after the next ones for which it is the same.
   */
  int32_t *adjacent;
  intptr_t row, slice;
  void *scratch;
} rsk_point_taps;

/*
 * Fills the taps of points whose coordinates, from -1 to 1, are in one row for each axis, which is filled up to a multiple of
 * RSK_WIDEST_VECTOR; or, if those of an image have one tap and points[1] is NULL, side by side at points[0], x first.
 */
typedef void (*rsk_locate)(void *const *points, intptr_t count, const rsk_sampling *sampling,
                           const rsk_point_taps *taps);
/* row[i] = sum over the taps of point i of weight * plane[offset], 0 for a tap that is outside */
typedef void (*rsk_sample)(const void *plane, intptr_t count, const rsk_point_taps *taps, void *row);

/*
 * What the gradients of points are added to, in pixels of RSK_WIDEST_VECTOR samples, of few or of one. With g the gradients of a point, one for each sample of a pixel,
 * pixel_gradients[offset] += weight * g for every tap inside, and sums[d][i] = the sum over the samples of g and over taps of
 * slopes[d] * pixels[offset]. Either is left out where its pixels are NULL.
 */
typedef struct rsk_pixel_gradients {
  void *pixel_gradients;
  const void *pixels;
  intptr_t dimensions;
  void *sums[3];
} rsk_pixel_gradients;

/* `points` are the gradients of `count` points, a pixel for each. */
typedef void (*rsk_spread)(const void *points, intptr_t count, const rsk_point_taps *taps,
                           const rsk_pixel_gradients *gradients);

/*
 * `pixels` is the rsk_sample of a plane whose samples are pixels of RSK_WIDEST_VECTOR floats; its row has as many for each point.
 */
typedef struct rsk_samplings {
  rsk_locate locate_float32, locate_float64;
  rsk_sample float32, float64, float16, bfloat16, pixels;
  rsk_spread spread_float32, spread_float64;
  /* For pixels of RSK_FEW_CHANNELS samples, and of one. */
  rsk_spread spread_four_floats, spread_four_doubles, spread_one_float, spread_one_double;
} rsk_samplings;

typedef struct rsk_convolutions {
  rsk_convolve float32, float64, int64;
  intptr_t most_outputs; /* of one call */
} rsk_convolutions;

/*
 * What the horizontal pass of fixed point wants of a table besides: nothing, pair_weights, or byte_weights and byte_windows,
 * and pair_weights where there are none; or pair_weights, and quad_weights where these pay.
 */
enum { RSK_PLAIN_WEIGHTS = 0, RSK_PAIR_WEIGHTS = 1, RSK_BYTE_WEIGHTS = 2, RSK_QUAD_WEIGHTS = 3 };

/*
 * Two taps of bytes, with weights of up to 11 bits: pixel x of a row has those at first[x] and `next` samples further on, and the
 * weights 2 * x and 2 * x + 1.
 */
typedef struct rsk_byte_line {
  const void *source;
  const int32_t *first; /* in pixels */
  const int16_t *weights;
  intptr_t pixels, samples_per_pixel, next;
  intptr_t samples; /* of the source */
  int32_t shift;    /* 0 or 4 */
  /* From the source to the line that is needed next: it is asked for. */
  intptr_t following;
} rsk_byte_line;

typedef struct rsk_byte_blending {
  /* row[i] = (sum of products) >> shift, 16 bits */
  void (*horizontal)(const rsk_byte_line *line, void *row);
  /*
   * Of such rows: target[i] = ((weights[0] * a[i] >> 16) + (weights[1] * b[i] >> 16) + 2) >> 2 with a shift of 4, and
   * (weights[0] * a[i] + weights[1] * b[i] + 0x8000) >> 16 without one.
   */
  void (*vertical)(const void *a, const void *b, const int16_t *weights, intptr_t samples, void *target);
  void (*vertical_exact)(const void *a, const void *b, const int16_t *weights, intptr_t samples, void *target);
} rsk_byte_blending;

/* Means of cells of bytes. */
typedef struct rsk_byte_cells {
  /* sums[i] = the sum of sample i of up to 257 rows */
  void (*add_rows)(const void *source, intptr_t row_stride, intptr_t rows, intptr_t samples, uint16_t *sums);
  /*
   * The sums of `width` pixels each, times the factor in float32 and rounded half to even; (sum + 2) >> 2 where the factor
   * is 0, of two pixels. The scratch memory has a byte for each of the sums.
   */
  void (*average)(const uint16_t *sums, intptr_t cells, intptr_t width, intptr_t samples_per_pixel, float factor,
                  uint8_t *scratch, void *target);
  /* (sum + 2) >> 2 of two samples of two rows each. */
  void (*halve)(const void *source, intptr_t row_stride, intptr_t cells, void *target);
} rsk_byte_cells;

/*
 * labels[x] = the first c < channels for which float x of the row c * channel_stride bytes after `scores` is greatest. False
 * where labels may be others: there is a NaN, infinities cancel, or `samples` are fewer than a few vectors.
 */
typedef bool (*rsk_label)(const void *scores, intptr_t channel_stride, intptr_t channels, intptr_t samples,
                          float *labels);

typedef struct rsk_table {
  rsk_passes float32, float64, fixed_point;
  int32_t fixed_point_weights;
  /*
   * Those of float32 that read rows of another dtype, or write them, as they lie in memory; NULL where an instruction set
   * has none. None reads and goes along rows: it would convert each sample as often as taps read it.
   */
  rsk_passes from_float16, to_float16, from_bfloat16, to_bfloat16;
  /* But for rows of uint8 of which few samples are read: pixels of three or four, none of which is without taps. */
  rsk_passes sparse_bytes, widened_sparse_bytes; /* float, double */
  rsk_conversion conversions[RSK_CONVERSIONS];
  rsk_select select[RSK_SELECTS];
  rsk_interleave interleave[RSK_INTERLEAVES];
  rsk_look_up look_up[RSK_LOOK_UPS];
  rsk_convolutions convolutions;
  rsk_correlations correlations;
  rsk_reassemblies reassemblies;
  rsk_samplings samplings;
  rsk_byte_blending byte_blending;
  rsk_byte_cells byte_cells;
  rsk_label label;
} rsk_table;
#endif
