/*
 * swiftresample.h - the whole C interface of libresample: PyTorch's resampling operators without PyTorch.
 *
 * Conventions
 *  - The caller owns everything it passes, outputs included; the library keeps no pointer after a call returns.
 *  - Every function that can fail returns an rsmp_status. On failure nothing is written to the output, and the reason
 *    goes into the caller's rsmp_error, which may be NULL. Nothing aborts, prints or throws.
 *  - Every function may be called from any thread. Nothing here is shared between calls but the number of threads.
 *  - Rounding, flushing of denormals and floating-point traps of the calling thread have no effect, and are left unchanged.
 *  - Options: zero means "as PyTorch's default", so a structure set to zero, with struct_size, is a valid request.
 *    Structures only ever grow at the end; struct_size tells the library which fields the caller knows. Fields
 *    that an earlier program does not know count as zero; fields that an earlier library does not know must be zero.
 *
 * Link with -lresample. The run-time name is libresample.so.0 (Debian's unrelated audio library is libresample.so.1).
 */
#ifndef SWIFTRESAMPLE_H
#define SWIFTRESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---------------------------------------------------------------------------------------------------- */

/* The number in the run-time name libresample.so.N: it changes when a program built against this header would break. */
#define RSMP_ABI_VERSION 0
#define RSMP_VERSION "0.1.0"

/* The RSMP_ABI_VERSION that the loaded library was built with. */
uint32_t rsmp_abi_version(void);

/* The loaded library's version, for instance "0.1.0"; a constant that is never freed. */
const char *rsmp_version(void);

/* ---- Status ----------------------------------------------------------------------------------------------------- */

typedef int32_t rsmp_status;
enum {
  RSMP_OK = 0,
  RSMP_INVALID_VALUE = 1,   /* a value, size, shape or combination that no call accepts */
  RSMP_INVALID_TYPE = 2,    /* a dtype that the operation does not take */
  RSMP_NOT_IMPLEMENTED = 3, /* a mode that does not fit the rank */
  RSMP_OUT_OF_MEMORY = 4,   /* an allocation failed */
  RSMP_UNSUPPORTED_CPU = 5  /* RESAMPLE_INSTRUCTION_SET asks for what this processor, or this build, does not have */
};

/* What went wrong: the status returned, and a NUL-terminated sentence in UTF-8. Written only on failure. */
#define RSMP_MESSAGE_SIZE 252
typedef struct rsmp_error {
  rsmp_status status;
  char message[RSMP_MESSAGE_SIZE];
} rsmp_error;

/* ---- Tensors ---------------------------------------------------------------------------------------------------- */

/* The same numbers as DLPack's DLDataTypeCode. */
enum { RSMP_INT = 0, RSMP_UINT = 1, RSMP_FLOAT = 2, RSMP_BFLOAT = 4, RSMP_COMPLEX = 5, RSMP_BOOL = 6 };

/* float32 is {RSMP_FLOAT, 32, 1}. `lanes` is 1. */
typedef struct rsmp_dtype {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} rsmp_dtype;

/* `type` is 1 (CPU) or 0 (not stated). */
typedef struct rsmp_device {
  int32_t type;
  int32_t id;
} rsmp_device;

/* The most axes that any tensor here may have. */
#define RSMP_MAX_AXES 8

/*
 * A strided array, laid out as DLPack's DLTensor: a DLTensor * of a CPU tensor may be passed by a cast.
 * Element (i, j, ...) is at (char *)data + byte_offset + (i * strides[0] + j * strides[1] + ...) * bits / 8.
 * Strides count elements and may be zero or negative; strides == NULL means contiguous, the last axis fastest.
 * Samples need not be aligned.
 */
typedef struct rsmp_tensor {
  void *data;
  rsmp_device device;
  int32_t ndim;
  rsmp_dtype dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} rsmp_tensor;

/* ---- Options of interpolate ------------------------------------------------------------------------------------- */

/* rsmp_interpolate_options.mode: PyTorch's names. */
enum {
  RSMP_MODE_NEAREST = 0,
  RSMP_MODE_NEAREST_EXACT = 1,
  RSMP_MODE_LINEAR = 2,    /* (N, C, W) */
  RSMP_MODE_BILINEAR = 3,  /* (N, C, H, W) */
  RSMP_MODE_TRILINEAR = 4, /* (N, C, D, H, W) */
  RSMP_MODE_BICUBIC = 5,   /* (N, C, H, W) */
  RSMP_MODE_AREA = 6,
  RSMP_MODE_LANCZOS = 7, /* only with antialias, as those below, which PyTorch does not have */
  RSMP_MODE_MITCHELL = 8,
  RSMP_MODE_HAMMING = 9,
  RSMP_MODE_BOX = 10
};

/* The number of modes in this header: they are 0 to RSMP_MODE_COUNT - 1. It grows with them. */
enum { RSMP_MODE_COUNT = 11 };

/* rsmp_interpolate_options.align_corners: nearest and area refuse a stated value, as PyTorch does. */
enum { RSMP_ALIGN_CORNERS_NOT_GIVEN = 0, RSMP_ALIGN_CORNERS_FALSE = 1, RSMP_ALIGN_CORNERS_TRUE = 2 };

/* rsmp_interpolate_options.clamp: which of clamp_low and clamp_high are bounds of the result. */
enum { RSMP_CLAMP_LOW = 1, RSMP_CLAMP_HIGH = 2 };

/* The spatial axes that a tensor may have: (N, C, W), (N, C, H, W) or (N, C, D, H, W). */
#define RSMP_MAX_SPATIAL_AXES 3

/* The arguments of torch.nn.functional.interpolate. Either size or scale_factor is given, one entry a spatial axis. */
typedef struct rsmp_interpolate_options {
  uint32_t struct_size;           /* sizeof(rsmp_interpolate_options) */
  int32_t mode;                   /* RSMP_MODE_... */
  int32_t align_corners;          /* RSMP_ALIGN_CORNERS_... */
  int32_t antialias;              /* 0 or 1 */
  int32_t recompute_scale_factor; /* 0 or 1: derive the scale from the sizes instead of using the factor */
  int32_t size_count;             /* entries of size; 0: not given; else one a spatial axis */
  int32_t scale_factor_count;     /* entries of scale_factor; 0: not given */
  int32_t clamp;                  /* RSMP_CLAMP_... or 0 */
  int64_t size[RSMP_MAX_SPATIAL_AXES];
  double scale_factor[RSMP_MAX_SPATIAL_AXES];
  double clamp_low;
  double clamp_high;
  /*
   * The part of the output that is wanted: samples start to stop - 1 of each spatial axis, where a stop of 0 is the end. It has
   * the bits that it has in the whole, and takes time for itself alone.
   */
  int64_t region_start[RSMP_MAX_SPATIAL_AXES];
  int64_t region_stop[RSMP_MAX_SPATIAL_AXES];
} rsmp_interpolate_options;

/* ---- Interpolate ------------------------------------------------------------------------------------------------ */

/*
 * Writes the shape that rsmp_interpolate gives for an input of `ndim` (3 to 5) entries of `shape` to output_shape,
 * which has room for `ndim` entries. Checks all that can be checked without the samples.
 */
rsmp_status rsmp_interpolate_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                   const rsmp_interpolate_options *options, int64_t *output_shape, rsmp_error *error);

/*
 * Resamples `input` (N, C, W), (N, C, H, W) or (N, C, D, H, W) into `output`: torch.nn.functional.interpolate.
 * The output has the shape that rsmp_interpolate_shape gives, the input's dtype and any strides that keep its elements
 * apart; it may not overlap the input. Neither needs to be contiguous, and the input is never copied as a whole.
 */
rsmp_status rsmp_interpolate(const rsmp_tensor *input, const rsmp_interpolate_options *options,
                             const rsmp_tensor *output, rsmp_error *error);

/*
 * The gradient of rsmp_interpolate: its transpose takes `grad_output`, which has the output's shape, to `grad_input`, which
 * has the input's. Both have one dtype: float32, float64, float16 or bfloat16. There is no clamp.
 */
rsmp_status rsmp_interpolate_backward(const rsmp_tensor *grad_output, const rsmp_interpolate_options *options,
                                      const rsmp_tensor *grad_input, rsmp_error *error);

/* ---- Labels of pixels ------------------------------------------------------------------------------------------- */

/*
 * The label of each pixel of a segmentation: the channel in which `logits` (N, C, H, W), resampled as rsmp_interpolate does it
 * with these options, are greatest, as (N, H, W). Of equal channels it is the first, and NaN is greater than any number, as
 * argmax has it in NumPy and PyTorch. The resampled logits are never there as a whole, but some rows at a time. float32,
 * float64, float16 or bfloat16 with any strides. `labels` is uint8 for up to 256 channels, int32 or int64, with any strides
 * that keep its elements apart, and may not overlap the logits. rsmp_logits_to_labels_shape takes the four entries of the
 * shape of the logits, and writes the three of that of the labels.
 */
rsmp_status rsmp_logits_to_labels_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                        const rsmp_interpolate_options *options, int64_t *output_shape,
                                        rsmp_error *error);
rsmp_status rsmp_logits_to_labels(const rsmp_tensor *logits, const rsmp_interpolate_options *options,
                                  const rsmp_tensor *labels, rsmp_error *error);

/* ---- Plans ------------------------------------------------------------------------------------------------------ */

/* Everything about a resampling that does not depend on the samples. Immutable: any threads may execute it at once. */
typedef struct rsmp_plan rsmp_plan;

/*
 * Makes the plan of rsmp_interpolate for inputs of one shape and dtype, and stores it in *plan (NULL on failure).
 * To be released by rsmp_plan_destroy.
 */
rsmp_status rsmp_plan_create(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                             const rsmp_interpolate_options *options, rsmp_plan **plan, rsmp_error *error);

/*
 * Like rsmp_plan_create, but for rsmp_interpolate_backward; `input_shape` is the shape of the input, and of its gradient. Such
 * a plan is executed with the gradient of the output as input, and the gradient of the input as output. Its axes have the
 * transposed taps, and NaN as coordinates.
 */
rsmp_status rsmp_plan_create_backward(int32_t ndim, const int64_t *input_shape, rsmp_dtype dtype,
                                      const rsmp_interpolate_options *options, rsmp_plan **plan, rsmp_error *error);

/* Like rsmp_interpolate, but with everything that can be computed beforehand done. The shapes must be the plan's. */
rsmp_status rsmp_plan_execute(const rsmp_plan *plan, const rsmp_tensor *input, const rsmp_tensor *output,
                              rsmp_error *error);

/*
 * Writes the part of the input that the plan reads: samples start to stop - 1 of each spatial axis, all of them where the plan
 * has no region. rsmp_plan_execute takes either all of the input, or a tensor of that part alone.
 */
rsmp_status rsmp_plan_source_region(const rsmp_plan *plan, int64_t *start, int64_t *stop, rsmp_error *error);

/* Writes the plan's output shape to output_shape, which has room for as many entries as the plan's input has axes. */
rsmp_status rsmp_plan_output_shape(const rsmp_plan *plan, int64_t *output_shape, rsmp_error *error);

/* Releases the plan, once no thread executes it any more. rsmp_plan_destroy(NULL) does nothing. */
void rsmp_plan_destroy(rsmp_plan *plan);

/* ---- ONNX's Resize ---------------------------------------------------------------------------------------------- */

/* rsmp_onnx_resize_options.mode */
enum { RSMP_ONNX_NEAREST = 0, RSMP_ONNX_LINEAR = 1, RSMP_ONNX_CUBIC = 2 };

/* rsmp_onnx_resize_options.coordinate_transformation_mode; TF_HALF_PIXEL_FOR_NN is of opset 11 alone. */
enum {
  RSMP_ONNX_HALF_PIXEL = 0,
  RSMP_ONNX_HALF_PIXEL_SYMMETRIC = 1,
  RSMP_ONNX_PYTORCH_HALF_PIXEL = 2,
  RSMP_ONNX_ALIGN_CORNERS = 3,
  RSMP_ONNX_ASYMMETRIC = 4,
  RSMP_ONNX_TF_HALF_PIXEL_FOR_NN = 5,
  RSMP_ONNX_TF_CROP_AND_RESIZE = 6
};

/* rsmp_onnx_resize_options.nearest_mode */
enum { RSMP_ONNX_ROUND_PREFER_FLOOR = 0, RSMP_ONNX_ROUND_PREFER_CEIL = 1, RSMP_ONNX_FLOOR = 2, RSMP_ONNX_CEIL = 3 };

/* rsmp_onnx_resize_options.keep_aspect_ratio_policy */
enum { RSMP_ONNX_STRETCH = 0, RSMP_ONNX_NOT_LARGER = 1, RSMP_ONNX_NOT_SMALLER = 2 };

/*
 * The inputs and attributes of ONNX's Resize, opsets 10 to 19. Either scales or sizes is given, with an entry for each axis
 * that is named; roi has two. Attributes that are zero have ONNX's defaults.
 */
typedef struct rsmp_onnx_resize_options {
  uint32_t struct_size;                   /* sizeof(rsmp_onnx_resize_options) */
  int32_t mode;                           /* RSMP_ONNX_NEAREST, _LINEAR or _CUBIC */
  int32_t coordinate_transformation_mode; /* RSMP_ONNX_HALF_PIXEL, ... */
  int32_t nearest_mode;                   /* RSMP_ONNX_ROUND_PREFER_FLOOR, ... */
  int32_t antialias;                      /* 0 or 1 */
  int32_t exclude_outside;                /* 0 or 1 */
  int32_t keep_aspect_ratio_policy;       /* RSMP_ONNX_STRETCH, ... */
  int32_t axis_count;                     /* entries of axes; 0: all axes, in their order */
  int32_t scale_count;                    /* entries of scales; 0: not given */
  int32_t size_count;                     /* entries of sizes; 0: not given */
  int32_t roi_count;                      /* entries of roi, two for each axis; 0: not given */
  int32_t has_cubic_coeff_a;              /* 1: cubic_coeff_a is given; 0: it is -0.75 */
  float cubic_coeff_a;
  float extrapolation_value;
  int64_t axes[RSMP_MAX_AXES]; /* from the last, -1, where they are negative */
  float scales[RSMP_MAX_AXES];
  int64_t sizes[RSMP_MAX_AXES];
  double roi[2 * RSMP_MAX_AXES]; /* the starts of the axes, then their ends */
} rsmp_onnx_resize_options;

/*
 * Writes the shape that rsmp_onnx_resize gives for an input of `ndim` (1 to RSMP_MAX_AXES) entries of `shape` to output_shape,
 * which has room for `ndim` entries.
 */
rsmp_status rsmp_onnx_resize_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                   const rsmp_onnx_resize_options *options, int64_t *output_shape, rsmp_error *error);

/*
 * ONNX's Resize: any axes of `input` change their length, at most three at once; the others cost nothing. nearest takes every
 * dtype, linear and cubic those of rsmp_interpolate; integers are rounded half to even and saturated. The output has the
 * shape that rsmp_onnx_resize_shape gives, the input's dtype and any strides that keep its elements apart; it may not overlap
 * the input.
 */
rsmp_status rsmp_onnx_resize(const rsmp_tensor *input, const rsmp_onnx_resize_options *options,
                             const rsmp_tensor *output, rsmp_error *error);

/*
 * Like rsmp_plan_create, but for rsmp_onnx_resize. The spatial axes of such a plan are those that change, in their order, and
 * perhaps some between them and after them: at most three. What rsmp_plan_axis and rsmp_plan_source_region say of one whose
 * roi runs backwards counts from its end.
 */
rsmp_status rsmp_plan_create_onnx_resize(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                         const rsmp_onnx_resize_options *options, rsmp_plan **plan, rsmp_error *error);

/* ---- Pillow's resize -------------------------------------------------------------------------------------------- */

/* rsmp_pillow_resize_options.resample: Pillow's own numbers. */
enum {
  RSMP_PILLOW_NEAREST = 0,
  RSMP_PILLOW_LANCZOS = 1,
  RSMP_PILLOW_BILINEAR = 2,
  RSMP_PILLOW_BICUBIC = 3,
  RSMP_PILLOW_BOX = 4,
  RSMP_PILLOW_HAMMING = 5,
  RSMP_PILLOW_MKS2013 = 6,
  RSMP_PILLOW_MKS2021 = 7
};

/* The arguments of Pillow's Image.resize. */
typedef struct rsmp_pillow_resize_options {
  uint32_t struct_size; /* sizeof(rsmp_pillow_resize_options) */
  int32_t resample;     /* RSMP_PILLOW_... */
  int32_t has_alpha;    /* 1: the last channel is alpha, as in Pillow's RGBA and LA */
  int32_t release;      /* whose bits: 905 for Pillow 9.5 and so on; 0: the newest known here, 13.0 */
  int32_t has_box;      /* 1: box is given; 0: the whole image */
  int32_t reserved;     /* 0 */
  int64_t width, height;
  double box[4];       /* left, upper, right and lower edge of what is resampled */
  double reducing_gap; /* 0: not given */
} rsmp_pillow_resize_options;

/*
 * Pillow's Image.resize, bit for bit: `image` is (H, W) or (H, W, C), uint8, uint16 (Pillow's I;16, as releases from 12.3 on
 * have it), int32 (I) or float32 (F), with any strides, and `output` the same with the height and the width of the options. It
 * may not overlap the image.
 */
rsmp_status rsmp_pillow_resize(const rsmp_tensor *image, const rsmp_pillow_resize_options *options,
                               const rsmp_tensor *output, rsmp_error *error);

/* Like rsmp_plan_create, but for rsmp_pillow_resize of images of a shape. A plan of several steps tells no axes. */
rsmp_status rsmp_plan_create_pillow_resize(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                           const rsmp_pillow_resize_options *options, rsmp_plan **plan,
                                           rsmp_error *error);

/*
 * Pillow's Image.reduce, bit for bit: means of cells of `factor_x` times `factor_y` samples of the part of the image between
 * `box`, the left, upper, right and lower edge, or all of it where it is NULL. The output has ceil(w / factor_x) columns and
 * ceil(h / factor_y) rows. has_alpha: as for rsmp_pillow_resize. uint8, int32 and float32.
 */
rsmp_status rsmp_pillow_reduce(const rsmp_tensor *image, int64_t factor_x, int64_t factor_y, const int64_t *box,
                               int32_t has_alpha, const rsmp_tensor *output, rsmp_error *error);

/* ---- OpenCV's resize -------------------------------------------------------------------------------------------- */

/* rsmp_opencv_resize_options.interpolation: OpenCV's own numbers. */
enum {
  RSMP_OPENCV_NEAREST = 0,
  RSMP_OPENCV_LINEAR = 1,
  RSMP_OPENCV_CUBIC = 2,
  RSMP_OPENCV_AREA = 3,
  RSMP_OPENCV_LANCZOS4 = 4,
  RSMP_OPENCV_LINEAR_EXACT = 5,
  RSMP_OPENCV_NEAREST_EXACT = 6
};

/* The arguments of OpenCV's resize. */
typedef struct rsmp_opencv_resize_options {
  uint32_t struct_size;  /* sizeof(rsmp_opencv_resize_options) */
  int32_t interpolation; /* RSMP_OPENCV_... */
  int32_t release; /* whose bits: 100 * major + minor of OpenCV's version, from 405 on; 0: the newest known here, 5.0 */
  int32_t without_ipp;   /* 1: OpenCV's own code; 0: Intel's IPP where OpenCV's packages for x86-64 use it */
  int64_t width, height; /* dsize; unless both are above 0, fx and fy decide */
  double fx, fy;
} rsmp_opencv_resize_options;

/*
 * OpenCV's resize: `src` is (H, W) or (H, W, C) with any strides, and `output` the same with the height and the width that
 * rsmp_opencv_resize_shape writes, `ndim` entries. It may not overlap `src`. uint8, uint16, int16, float32 and float64; every
 * dtype where samples are copied (nearest, nearest-exact, and images that keep their size).
 *
 * Bit for bit: nearest and nearest-exact; of integers linear-exact, and area by whole numbers of samples; of uint8 linear, area
 * and Lanczos4. Others are within one unit of an integer, and 3e-6 of the largest |sample| (float64 with IPP: 1e-12).
 */
rsmp_status rsmp_opencv_resize_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                     const rsmp_opencv_resize_options *options, int64_t *output_shape,
                                     rsmp_error *error);
rsmp_status rsmp_opencv_resize(const rsmp_tensor *src, const rsmp_opencv_resize_options *options,
                               const rsmp_tensor *output, rsmp_error *error);

/* Like rsmp_plan_create, but for rsmp_opencv_resize of images of a shape. Plans of uint8 linear and of area may tell no axes. */
rsmp_status rsmp_plan_create_opencv_resize(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                           const rsmp_opencv_resize_options *options, rsmp_plan **plan,
                                           rsmp_error *error);

/* ---- TensorFlow's resize ---------------------------------------------------------------------------------------- */

/* rsmp_tensorflow_resize_options.method */
enum {
  RSMP_TENSORFLOW_BILINEAR = 0,
  RSMP_TENSORFLOW_NEAREST = 1,
  RSMP_TENSORFLOW_BICUBIC = 2,
  RSMP_TENSORFLOW_AREA = 3,
  RSMP_TENSORFLOW_LANCZOS3 = 4,
  RSMP_TENSORFLOW_LANCZOS5 = 5,
  RSMP_TENSORFLOW_GAUSSIAN = 6,
  RSMP_TENSORFLOW_MITCHELLCUBIC = 7
};

/*
 * rsmp_tensorflow_resize_options.coordinates: those of tf.image.resize, and of tf.compat.v1.image.resize_bilinear, _bicubic,
 * _nearest_neighbor and _area without and with align_corners. Only the first go with antialias, and with the methods from
 * LANCZOS3 on.
 */
enum { RSMP_TENSORFLOW_HALF_PIXEL = 0, RSMP_TENSORFLOW_LEGACY = 1, RSMP_TENSORFLOW_ALIGN_CORNERS = 2 };

/* The arguments of tf.image.resize. */
typedef struct rsmp_tensorflow_resize_options {
  uint32_t struct_size;          /* sizeof(rsmp_tensorflow_resize_options) */
  int32_t method;                /* RSMP_TENSORFLOW_BILINEAR, ... */
  int32_t antialias;             /* 0 or 1 */
  int32_t coordinates;           /* RSMP_TENSORFLOW_HALF_PIXEL, ... */
  int32_t preserve_aspect_ratio; /* 1: the largest size of the images' proportions within height and width; 0 */
  int32_t reserved;              /* 0 */
  int64_t height, width;
} rsmp_tensorflow_resize_options;

/* Writes the shape that rsmp_tensorflow_resize gives for images of `ndim` (3 or 4) entries of `shape` to output_shape. */
rsmp_status rsmp_tensorflow_resize_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                         const rsmp_tensorflow_resize_options *options, int64_t *output_shape,
                                         rsmp_error *error);

/*
 * TensorFlow's tf.image.resize: `images` are (H, W, C) or (N, H, W, C), of the dtypes of rsmp_interpolate and with any strides.
 * The output is float32, whatever the images are; NEAREST takes every dtype and keeps it. It may not overlap the images.
 */
rsmp_status rsmp_tensorflow_resize(const rsmp_tensor *images, const rsmp_tensorflow_resize_options *options,
                                   const rsmp_tensor *output, rsmp_error *error);

/* Like rsmp_plan_create, but for rsmp_tensorflow_resize. The spatial axes of such a plan are height and width. */
rsmp_status rsmp_plan_create_tensorflow_resize(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                               const rsmp_tensorflow_resize_options *options, rsmp_plan **plan,
                                               rsmp_error *error);

/* ---- JAX's resize ----------------------------------------------------------------------------------------------- */

/* rsmp_jax_resize_options.method */
enum {
  RSMP_JAX_NEAREST = 0,
  RSMP_JAX_LINEAR = 1,
  RSMP_JAX_CUBIC = 2,
  RSMP_JAX_LANCZOS3 = 3,
  RSMP_JAX_LANCZOS5 = 4,
  RSMP_JAX_CUBIC_PYTORCH = 5,
  RSMP_JAX_AREA = 6
};

/* The arguments of jax.image.resize, and of jax.image.scale_and_translate. */
typedef struct rsmp_jax_resize_options {
  uint32_t struct_size;               /* sizeof(rsmp_jax_resize_options) */
  int32_t method;                     /* RSMP_JAX_NEAREST, ... */
  int32_t antialias;                  /* 0 or 1, which is JAX's default */
  int32_t scales_and_translates;      /* 0: resize; 1: scale_and_translate, which the following fields are of */
  int32_t axis_count;                 /* entries of axes, JAX's spatial_dims, and of scales and translations */
  int32_t reserved;                   /* 0 */
  int64_t shape[RSMP_MAX_AXES];       /* of the output, one an axis of the image */
  int64_t axes[RSMP_MAX_AXES];        /* from the last, -1, where they are negative */
  double scales[RSMP_MAX_AXES];       /* 1e-6 to 1e6: position p of the image goes to p * scale + translation */
  double translations[RSMP_MAX_AXES]; /* -1e9 to 1e9 */
} rsmp_jax_resize_options;

/*
 * JAX's image.resize and image.scale_and_translate: `image` has 1 to RSMP_MAX_AXES axes, of which at most three may change at
 * once, and any strides. float32, float64, float16 and bfloat16 stay what they are, integers (those of rsmp_interpolate) become
 * float32; NEAREST takes every dtype and keeps it. JAX itself computes float64 as float32, unless it is told not to. The output
 * has the shape of the options, and may not overlap the image.
 */
rsmp_status rsmp_jax_resize(const rsmp_tensor *image, const rsmp_jax_resize_options *options, const rsmp_tensor *output,
                            rsmp_error *error);

/*
 * Like rsmp_plan_create, but for rsmp_jax_resize. The spatial axes of such a plan are those that change, in their order, and
 * perhaps some between them and after them.
 */
rsmp_status rsmp_plan_create_jax_resize(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
                                        const rsmp_jax_resize_options *options, rsmp_plan **plan, rsmp_error *error);

/* ---- From an image to a network's input ------------------------------------------------------------------------- */

/* rsmp_preprocess_options.convention: whose filters resize. Both round to uint8. */
enum {
  RSMP_CONVENTION_PYTORCH = 0, /* rsmp_interpolate of uint8: torchvision's resize of tensors */
  RSMP_CONVENTION_PILLOW = 1   /* rsmp_pillow_resize: torchvision's and transformers' resize of images */
};

/*
 * rsmp_preprocess_options.resize: the size that an image of h rows and w columns is resized to. All is computed in float64,
 * as Python does.
 */
enum {
  RSMP_RESIZE_NONE = 0,
  RSMP_RESIZE_EXACT = 1, /* height and width */
  /*
   * The shorter edge becomes shortest_edge, the longer one trunc(shortest_edge * longer / shorter). If that is more than
   * longest_edge (0: no limit), it becomes longest_edge, and the shorter one trunc(longest_edge * shortest_edge / longer):
   * torchvision, timm, transformers.
   */
  RSMP_RESIZE_SHORTEST_EDGE = 2,
  /* The same, but longest_edge * shorter / longer is rounded, and the longer edge computed from it unrounded: DETR. */
  RSMP_RESIZE_SHORTEST_EDGE_ROUNDED = 3,
  RSMP_RESIZE_LONGEST_EDGE =
      4,                  /* the longer edge becomes longest_edge, the shorter trunc(longest_edge * shorter / longer) */
  RSMP_RESIZE_WITHIN = 5, /* both edges times min(height / h, width / w), as edge_rounding says */
  RSMP_RESIZE_COVERING = 6 /* both edges times max(height / h, width / w) */
};

/* rsmp_preprocess_options.edge_rounding, of RSMP_RESIZE_WITHIN and RSMP_RESIZE_COVERING */
enum {
  RSMP_EDGE_DOWN = 0,                 /* transformers */
  RSMP_EDGE_HALF_UP = 1,              /* SAM */
  RSMP_EDGE_HALF_TO_EVEN = 2,         /* letterboxes */
  RSMP_EDGE_HALF_TO_EVEN_QUOTIENT = 3 /* timm, which divides edges by the inverse of the scale */
};

/* rsmp_preprocess_options.canvas: the size of the output */
enum {
  RSMP_CANVAS_RESIZED = 0, /* that of the resized image */
  RSMP_CANVAS_CROP = 1,    /* canvas_height and canvas_width; what the image lacks is filled */
  RSMP_CANVAS_PAD = 2,     /* the same, and no image may be larger */
  RSMP_CANVAS_LARGEST = 3  /* the largest height and the largest width of all images of the call */
};

/* rsmp_preprocess_options.anchor: where the output begins in the resized image; negative where the image begins later */
enum {
  RSMP_ANCHOR_TOP_LEFT = 0,
  RSMP_ANCHOR_CENTER = 1, /* (resized - output) / 2, halves to even; where it is negative, cut off: torchvision, timm */
  RSMP_ANCHOR_CENTER_CUT_OFF = 2, /* the same, cut off: transformers with torchvision, letterboxes */
  RSMP_ANCHOR_CENTER_DOWN = 3,    /* the same, rounded down: transformers with NumPy */
  RSMP_ANCHOR_AT = 4              /* top and left */
};

/* rsmp_preprocess_options.alpha: the last of 2 channels or 4 */
enum { RSMP_ALPHA_DROP = 0, RSMP_ALPHA_OVER_WHITE = 1, RSMP_ALPHA_REFUSE = 2 };

/* rsmp_preprocess_options.border: what there is where no image is */
enum {
  RSMP_BORDER_LEVEL = 0, /* the levels of fill, 0 to 255, which become numbers as those of the image do */
  RSMP_BORDER_VALUE = 1, /* the numbers of fill */
  RSMP_BORDER_EDGE = 2   /* the nearest sample of the image */
};

/*
 * rsmp_preprocess_options.arithmetic: how a level, 0 to 255, becomes a number. Everything is float32, but where it says
 * float64; then comes (x - mean) / std.
 */
enum {
  RSMP_ARITHMETIC_WIDE_PRODUCT = 0, /* x = level * rescale, a product of float64: transformers with NumPy */
  RSMP_ARITHMETIC_FUSED = 1, /* x = level; mean and std are multiplied by 1 / rescale: transformers with torchvision */
  RSMP_ARITHMETIC_QUOTIENT = 2, /* x = level / (1 / rescale): torchvision's ToTensor and presets, timm */
  RSMP_ARITHMETIC_PRODUCT = 3   /* x = level * rescale: torchvision's v2.ToDtype */
};

/* How images become a network's input. Zero is what is named first above. */
typedef struct rsmp_preprocess_options {
  uint32_t struct_size; /* sizeof(rsmp_preprocess_options) */
  int32_t convention;   /* RSMP_CONVENTION_... */
  int32_t mode;         /* RSMP_MODE_...; Pillow has NEAREST, BILINEAR, BICUBIC, LANCZOS, HAMMING and BOX */
  int32_t antialias;    /* 0 or 1; Pillow's filters need 1 */
  int32_t resize;       /* RSMP_RESIZE_... */
  int32_t edge_rounding;
  int32_t canvas;           /* RSMP_CANVAS_... */
  int32_t anchor;           /* RSMP_ANCHOR_... */
  int32_t alpha;            /* RSMP_ALPHA_... */
  int32_t border;           /* RSMP_BORDER_... */
  int32_t channels;         /* of the output: 1 or 3; 0: as the image's colours. A grey image is repeated */
  int32_t reverse_channels; /* 1: colours are read in reverse, as BGR */
  int32_t channels_last;    /* 1: the output is (N, H, W, C) */
  int32_t arithmetic;       /* RSMP_ARITHMETIC_... */
  int32_t normalize;        /* 1: mean and std are given */
  rsmp_dtype
      dtype; /* of the output: float32, which is also {0, 0, 0}; float16, bfloat16; uint8 of levels as they are */
  int64_t height, width;
  int64_t shortest_edge, longest_edge;
  int64_t edge_multiple; /* of RSMP_RESIZE_SHORTEST_EDGE_ROUNDED: edges are cut off to a multiple of it (YOLOS); 0: 1 */
  int64_t canvas_height, canvas_width;
  int64_t canvas_multiple; /* the output's edges are rounded up to a multiple of it; 0: 1 */
  int64_t top, left;
  double rescale;                  /* 0: 1 */
  double mean[3], std[3], fill[3]; /* of a grey image the first entries */
} rsmp_preprocess_options;

/* Where an image lies in its output: row y of that is row y + top of the resized image, where it has one. */
typedef struct rsmp_placement {
  uint32_t struct_size; /* sizeof(rsmp_placement), set by the caller */
  int32_t reserved;     /* 0 */
  int64_t height, width;
  int64_t resized_height, resized_width;
  int64_t canvas_height, canvas_width; /* the output */
  int64_t top, left;
} rsmp_placement;

/* Any threads may execute it at once. It keeps the tables of the first 16 sizes of images that it resizes. */
typedef struct rsmp_preprocess rsmp_preprocess;

/* Stores what the options describe in *preprocess (NULL on failure). To be released by rsmp_preprocess_destroy. */
rsmp_status rsmp_preprocess_create(const rsmp_preprocess_options *options, rsmp_preprocess **preprocess,
                                   rsmp_error *error);

/* Fills `placement` for an image of that size; with RSMP_CANVAS_LARGEST, of one that is alone. */
rsmp_status rsmp_preprocess_placement(const rsmp_preprocess *preprocess, int64_t height, int64_t width,
                                      rsmp_placement *placement, rsmp_error *error);

/* Writes the shape of what `count` images become, four entries, to output_shape. Of the images their shapes are read alone. */
rsmp_status rsmp_preprocess_output_shape(const rsmp_preprocess *preprocess, int64_t count, const rsmp_tensor *images,
                                         int64_t *output_shape, rsmp_error *error);

/*
 * Makes one batch of `count` images, (H, W) or (H, W, C) of uint8 with 1 (grey), 2 (grey and alpha), 3 or 4 (colours and alpha)
 * channels, of any sizes and strides. `images` is an array of structures. The output has the shape that
 * rsmp_preprocess_output_shape gives, the dtype of the options, and any strides that keep its elements apart; it may not
 * overlap an image. Only what the output shows of an image is computed. Images are divided over threads.
 */
rsmp_status rsmp_preprocess_execute(const rsmp_preprocess *preprocess, int64_t count, const rsmp_tensor *images,
                                    const rsmp_tensor *output, rsmp_error *error);

/* Releases it, once no thread executes it any more. rsmp_preprocess_destroy(NULL) does nothing. */
void rsmp_preprocess_destroy(rsmp_preprocess *preprocess);

/* ---- Pixel shuffle ---------------------------------------------------------------------------------------------- */

/*
 * torch.nn.functional.pixel_shuffle: `input` (..., C * r * r, H, W) becomes `output` (..., C, H * r, W * r) with r the
 * upscale_factor; 3 to RSMP_MAX_AXES axes, every dtype, any strides. The output may not overlap the input, and its elements
 * lie apart. rsmp_pixel_shuffle_shape writes the output's shape, `ndim` entries.
 */
rsmp_status rsmp_pixel_shuffle_shape(int32_t ndim, const int64_t *shape, int64_t upscale_factor, int64_t *output_shape,
                                     rsmp_error *error);
rsmp_status rsmp_pixel_shuffle(const rsmp_tensor *input, int64_t upscale_factor, const rsmp_tensor *output,
                               rsmp_error *error);

/* The inverse, torch.nn.functional.pixel_unshuffle: (..., C, H * r, W * r) becomes (..., C * r * r, H, W). */
rsmp_status rsmp_pixel_unshuffle_shape(int32_t ndim, const int64_t *shape, int64_t downscale_factor,
                                       int64_t *output_shape, rsmp_error *error);
rsmp_status rsmp_pixel_unshuffle(const rsmp_tensor *input, int64_t downscale_factor, const rsmp_tensor *output,
                                 rsmp_error *error);

/* ---- Transposed convolution ------------------------------------------------------------------------------------- */

/* The arguments of torch.nn.functional.conv_transpose1d, 2d and 3d. */
typedef struct rsmp_conv_transpose_options {
  uint32_t struct_size;         /* sizeof(rsmp_conv_transpose_options) */
  int32_t stride_count;         /* entries of stride; 0: not given, which means 1; else one a spatial axis */
  int32_t padding_count;        /* entries of padding; 0: not given, which means 0 */
  int32_t output_padding_count; /* entries of output_padding; 0: not given, which means 0 */
  int32_t dilation_count;       /* entries of dilation; 0: not given, which means 1 */
  int32_t reserved;             /* 0 */
  int64_t groups;               /* 0: not given, which means 1 */
  int64_t stride[RSMP_MAX_SPATIAL_AXES];
  int64_t padding[RSMP_MAX_SPATIAL_AXES];
  int64_t output_padding[RSMP_MAX_SPATIAL_AXES];
  int64_t dilation[RSMP_MAX_SPATIAL_AXES];
} rsmp_conv_transpose_options;

/*
 * `input` (N, Cin, spatial...), `weight` (Cin, Cout / groups, kernel...), `bias` (Cout) or NULL, `output`
 * (N, Cout, (spatial - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1), with 1 to 3 spatial axes.
 * float32, float64, float16, bfloat16 (both summed in float32) or int64, the same for all; any strides. The output overlaps
 * none of the others. rsmp_conv_transpose_shape writes the output's shape, `ndim` (3 to 5) entries, as input and weight have.
 */
rsmp_status rsmp_conv_transpose_shape(int32_t ndim, const int64_t *input_shape, const int64_t *weight_shape,
                                      const rsmp_conv_transpose_options *options, int64_t *output_shape,
                                      rsmp_error *error);
rsmp_status rsmp_conv_transpose(const rsmp_tensor *input, const rsmp_tensor *weight, const rsmp_tensor *bias,
                                const rsmp_conv_transpose_options *options, const rsmp_tensor *output,
                                rsmp_error *error);

/*
 * The gradients of rsmp_conv_transpose, given `grad_output`, the gradient of its output, and its inputs. Each gradient has the
 * shape of its input, and may be NULL if it is not wanted; gradients overlap neither one another nor what is read. float32,
 * float64, float16 or bfloat16 (both summed in float32), the same for all; any strides.
 */
rsmp_status rsmp_conv_transpose_backward(const rsmp_tensor *grad_output, const rsmp_tensor *input,
                                         const rsmp_tensor *weight, const rsmp_conv_transpose_options *options,
                                         const rsmp_tensor *grad_input, const rsmp_tensor *grad_weight,
                                         const rsmp_tensor *grad_bias, rsmp_error *error);

/* ---- Grid sampling ---------------------------------------------------------------------------------------------- */

/* rsmp_grid_sample_options.mode and padding_mode: PyTorch's names. */
enum { RSMP_SAMPLE_BILINEAR = 0, RSMP_SAMPLE_NEAREST = 1, RSMP_SAMPLE_BICUBIC = 2 };
enum { RSMP_PADDING_ZEROS = 0, RSMP_PADDING_BORDER = 1, RSMP_PADDING_REFLECTION = 2 };

typedef struct rsmp_grid_sample_options {
  uint32_t struct_size;  /* sizeof(rsmp_grid_sample_options) */
  int32_t mode;          /* RSMP_SAMPLE_...; for 5-D input BILINEAR is trilinear and BICUBIC tricubic */
  int32_t padding_mode;  /* RSMP_PADDING_... */
  int32_t align_corners; /* 0 or 1 */
} rsmp_grid_sample_options;

/*
 * torch.nn.functional.grid_sample: `input` (N, C, H, W) at the points of `grid` (N, Ho, Wo, 2), x before y, becomes `output`
 * (N, C, Ho, Wo); or (N, C, D, H, W), (N, Do, Ho, Wo, 3), (N, C, Do, Ho, Wo). -1 and 1 are the edges of the input
 * (align_corners: the centres of its corner samples). float32, float64, float16 or bfloat16, the same for all; any strides.
 * Coordinates may be anything: nothing outside the input is read. The output overlaps neither of the others. The samples of
 * one channel of an image of the input lie at most 2^31 - 1 samples apart.
 */
rsmp_status rsmp_grid_sample_shape(int32_t ndim, const int64_t *input_shape, const int64_t *grid_shape,
                                   int64_t *output_shape, rsmp_error *error);
rsmp_status rsmp_grid_sample(const rsmp_tensor *input, const rsmp_tensor *grid, const rsmp_grid_sample_options *options,
                             const rsmp_tensor *output, rsmp_error *error);

/*
 * The gradients of rsmp_grid_sample, given `grad_output`, the gradient of its output, and its inputs. Each gradient has the
 * shape of its input, and may be NULL if it is not wanted; gradients overlap neither one another nor what is read. The dtypes
 * are those of rsmp_grid_sample. The gradient of the grid is 0 for NEAREST, and where a coordinate is bounded by BORDER or REFLECTION.
 */
rsmp_status rsmp_grid_sample_backward(const rsmp_tensor *grad_output, const rsmp_tensor *input, const rsmp_tensor *grid,
                                      const rsmp_grid_sample_options *options, const rsmp_tensor *grad_input,
                                      const rsmp_tensor *grad_grid, rsmp_error *error);

/*
 * torch.nn.functional.affine_grid: the points of `grid` (N, H, W, 2) or (N, D, H, W, 3) are the output's own, times
 * `theta` (N, 2, 3) or (N, 3, 4). float32 or float64, the same for both; any strides.
 */
rsmp_status rsmp_affine_grid(const rsmp_tensor *theta, int32_t align_corners, const rsmp_tensor *grid,
                             rsmp_error *error);

/* ---- CARAFE ----------------------------------------------------------------------------------------------------- */

/*
 * Content-aware reassembly of features (Wang et al., ICCV 2019): with k the kernel_size (odd), s the scale_factor and
 * r = (k - 1) / 2, `features` (N, C, H, W) and `masks` (N, group_size * k * k, H * s, W * s) become `output`
 * (N, C, H * s, W * s):
 *   output[n, c, y, x] = sum over i, j < k of masks[n, (g * k + i) * k + j, y, x] * features[n, c, y / s + i - r, x / s + j - r]
 * where g = c / (C / group_size) and samples outside count 0; group_size, the number of groups, divides C. float32, float64,
 * float16 or bfloat16 (both summed in float32), the same for all; any strides. The output overlaps neither of the others.
 */
rsmp_status rsmp_carafe_shape(const int64_t *features_shape, const int64_t *masks_shape, int64_t kernel_size,
                              int64_t group_size, int64_t scale_factor, int64_t *output_shape, rsmp_error *error);
rsmp_status rsmp_carafe(const rsmp_tensor *features, const rsmp_tensor *masks, int64_t kernel_size, int64_t group_size,
                        int64_t scale_factor, const rsmp_tensor *output, rsmp_error *error);

/*
 * The gradients of rsmp_carafe, given `grad_output`, the gradient of its output, and its inputs. Each gradient has the shape of
 * its input, and may be NULL if it is not wanted; gradients overlap neither one another nor what is read.
 */
rsmp_status rsmp_carafe_backward(const rsmp_tensor *grad_output, const rsmp_tensor *features, const rsmp_tensor *masks,
                                 int64_t kernel_size, int64_t group_size, int64_t scale_factor,
                                 const rsmp_tensor *grad_features, const rsmp_tensor *grad_masks, rsmp_error *error);

/* ---- Introspection ---------------------------------------------------------------------------------------------- */

/* The taps of one axis: which source samples each output sample reads, with which weights. Immutable. */
typedef struct rsmp_axis rsmp_axis;

typedef struct rsmp_axis_info {
  uint32_t struct_size; /* sizeof(rsmp_axis_info), set by the caller */
  int32_t reserved;     /* 0 */
  int64_t input_length;
  int64_t output_length;
  int64_t tap_count; /* the most taps that any output sample has */
} rsmp_axis_info;

/*
 * Makes the taps of a single axis without a plan. The options that are read are mode, align_corners, antialias,
 * recompute_scale_factor and at most one scale_factor, which must give output_length. LINEAR, BILINEAR and TRILINEAR
 * mean the same here. *axis is NULL on failure.
 * To be released by rsmp_axis_destroy.
 */
rsmp_status rsmp_axis_create(int64_t input_length, int64_t output_length, rsmp_dtype dtype,
                             const rsmp_interpolate_options *options, rsmp_axis **axis, rsmp_error *error);

/* The taps of spatial axis `index` (0 is the first one, D of a volume); they live as long as the plan. NULL on failure. */
rsmp_status rsmp_plan_axis(const rsmp_plan *plan, int32_t index, const rsmp_axis **axis, rsmp_error *error);

/* Fills the fields of `info` that its struct_size covers. */
rsmp_status rsmp_axis_describe(const rsmp_axis *axis, rsmp_axis_info *info, rsmp_error *error);

/*
 * Writes the taps of an axis; an array that is not wanted may be NULL.
 * coordinates (output_length): the position in the source axis that each output sample reads, before the border rule;
 * sample i of the source is at position i.
 * indices, weights (output_length, tap_count): the samples read and their weights. An output sample that has fewer
 * taps repeats its last index with weight 0.
 */
rsmp_status rsmp_axis_taps(const rsmp_axis *axis, double *coordinates, int64_t *indices, double *weights,
                           rsmp_error *error);

/* Releases an axis made by rsmp_axis_create. rsmp_axis_destroy(NULL) does nothing. */
void rsmp_axis_destroy(rsmp_axis *axis);

/* ---- The machine ------------------------------------------------------------------------------------------------ */

/*
 * Stores in *name the instruction set in use: "baseline", "avx2" or "avx512", on AArch64 "baseline" or "neon", in
 * WebAssembly "simd128"; the best that the processor has unless the environment variable RESAMPLE_INSTRUCTION_SET names
 * one. A constant that is never freed. The environment is read when the library is loaded, and not again.
 */
rsmp_status rsmp_instruction_set(const char **name, rsmp_error *error);

/*
 * The threads that a call of this thread may use: what rsmp_set_num_threads asked for; or else RESAMPLE_NUM_THREADS, or
 * OMP_NUM_THREADS; or else the processors that this process may run on, as its affinity and the CPU quota of its control
 * groups have it. No more than rsmp_limit_threads says. The environment and the quota are read when the library is loaded.
 */
int32_t rsmp_get_num_threads(void);

/*
 * Sets the threads that later calls may use, from 1 to 1024. Results do not depend on it. In WebAssembly there is one, whatever
 * is asked for.
 */
rsmp_status rsmp_set_num_threads(int32_t count, rsmp_error *error);

/*
 * Limits the threads that later calls of the calling thread may use, from 1 to 1024, below what rsmp_set_num_threads says;
 * 0 lifts the limit. Other threads are not affected: a program that computes in several calls this in each of them.
 */
rsmp_status rsmp_limit_threads(int32_t count, rsmp_error *error);

#ifdef __cplusplus
}
#endif

#endif
