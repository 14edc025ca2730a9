/*
 * The layout of the structures that programs are compiled with: rsmp_tensor is DLPack's DLTensor, and what an ABI version
 * has once laid out stays where it is.
 */
#include "arrays.h"

/*
 * DLPack's structures, written down from its specification (https://dmlc.github.io/dlpack/latest/c_api.html), version 1:
 * the same since 0.2. DLDeviceType is an enumeration of 32 bits.
 */
enum { kDLCPU = 1, kDLCUDA = 2 };
enum { kDLInt = 0, kDLUInt = 1, kDLFloat = 2, kDLOpaqueHandle = 3, kDLBfloat = 4, kDLComplex = 5, kDLBool = 6 };

typedef struct {
  int32_t device_type;
  int32_t device_id;
} DLDevice;

typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} DLTensor;

/* What producers hand over, before version 1 and since: a DLTensor and how to release it. */
typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;

typedef struct {
  uint32_t major;
  uint32_t minor;
} DLPackVersion;

typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *self);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

#define SAME_PLACE(structure, field, other, other_field)                                    \
  _Static_assert(offsetof(structure, field) == offsetof(other, other_field) &&              \
                     sizeof((structure){0}.field) == sizeof((other){0}.other_field),        \
                 #structure "." #field " is not where DLPack has it")

SAME_PLACE(rsmp_tensor, data, DLTensor, data);
SAME_PLACE(rsmp_tensor, device, DLTensor, device);
SAME_PLACE(rsmp_tensor, ndim, DLTensor, ndim);
SAME_PLACE(rsmp_tensor, dtype, DLTensor, dtype);
SAME_PLACE(rsmp_tensor, shape, DLTensor, shape);
SAME_PLACE(rsmp_tensor, strides, DLTensor, strides);
SAME_PLACE(rsmp_tensor, byte_offset, DLTensor, byte_offset);
SAME_PLACE(rsmp_device, type, DLDevice, device_type);
SAME_PLACE(rsmp_device, id, DLDevice, device_id);
SAME_PLACE(rsmp_dtype, code, DLDataType, code);
SAME_PLACE(rsmp_dtype, bits, DLDataType, bits);
SAME_PLACE(rsmp_dtype, lanes, DLDataType, lanes);
_Static_assert(sizeof(rsmp_tensor) == sizeof(DLTensor), "rsmp_tensor is not as large as DLTensor");
_Static_assert(_Alignof(rsmp_tensor) == _Alignof(DLTensor), "rsmp_tensor is not aligned as DLTensor");

_Static_assert((int)RSMP_INT == (int)kDLInt && (int)RSMP_UINT == (int)kDLUInt && (int)RSMP_FLOAT == (int)kDLFloat &&
                   (int)RSMP_BFLOAT == (int)kDLBfloat && (int)RSMP_COMPLEX == (int)kDLComplex &&
                   (int)RSMP_BOOL == (int)kDLBool,
               "the codes of dtypes are not DLPack's");

#define AT(structure, field, place) \
  _Static_assert(offsetof(structure, field) == (place), #structure "." #field " has moved")

/* Where that puts everything, with pointers of 64 bits. */
AT(DLDevice, device_type, 0);
AT(DLDevice, device_id, 4);
_Static_assert(sizeof(DLDevice) == 8, "DLDevice has another size");
AT(DLDataType, code, 0);
AT(DLDataType, bits, 1);
AT(DLDataType, lanes, 2);
_Static_assert(sizeof(DLDataType) == 4, "DLDataType has another size");
AT(DLTensor, data, 0);
AT(DLTensor, device, 8);
AT(DLTensor, ndim, 16);
AT(DLTensor, dtype, 20);
AT(DLTensor, shape, 24);
AT(DLTensor, strides, 32);
AT(DLTensor, byte_offset, 40);
_Static_assert(sizeof(DLTensor) == 48, "DLTensor has another size");
AT(DLManagedTensor, dl_tensor, 0);
AT(DLManagedTensor, manager_ctx, 48);
AT(DLManagedTensor, deleter, 56);
_Static_assert(sizeof(DLManagedTensor) == 64, "DLManagedTensor has another size");
AT(DLManagedTensorVersioned, version, 0);
AT(DLManagedTensorVersioned, manager_ctx, 8);
AT(DLManagedTensorVersioned, deleter, 16);
AT(DLManagedTensorVersioned, flags, 24);
AT(DLManagedTensorVersioned, dl_tensor, 32);
_Static_assert(sizeof(DLManagedTensorVersioned) == 80, "DLManagedTensorVersioned has another size");

/* ABI version 0, with pointers of 64 bits. A change here needs a new RSMP_ABI_VERSION; new fields go to the end. */
_Static_assert(RSMP_ABI_VERSION == 0, "write down the layout of the new version");
AT(rsmp_error, status, 0);
AT(rsmp_error, message, 4);
_Static_assert(sizeof(rsmp_error) == 256, "rsmp_error has another size");

AT(rsmp_interpolate_options, struct_size, 0);
AT(rsmp_interpolate_options, mode, 4);
AT(rsmp_interpolate_options, align_corners, 8);
AT(rsmp_interpolate_options, antialias, 12);
AT(rsmp_interpolate_options, recompute_scale_factor, 16);
AT(rsmp_interpolate_options, size_count, 20);
AT(rsmp_interpolate_options, scale_factor_count, 24);
AT(rsmp_interpolate_options, clamp, 28);
AT(rsmp_interpolate_options, size, 32);
AT(rsmp_interpolate_options, scale_factor, 56);
AT(rsmp_interpolate_options, clamp_low, 80);
AT(rsmp_interpolate_options, clamp_high, 88);
_Static_assert(sizeof(rsmp_interpolate_options) == 144, "rsmp_interpolate_options has another size");

AT(rsmp_onnx_resize_options, struct_size, 0);
AT(rsmp_onnx_resize_options, mode, 4);
AT(rsmp_onnx_resize_options, coordinate_transformation_mode, 8);
AT(rsmp_onnx_resize_options, nearest_mode, 12);
AT(rsmp_onnx_resize_options, antialias, 16);
AT(rsmp_onnx_resize_options, exclude_outside, 20);
AT(rsmp_onnx_resize_options, keep_aspect_ratio_policy, 24);
AT(rsmp_onnx_resize_options, axis_count, 28);
AT(rsmp_onnx_resize_options, scale_count, 32);
AT(rsmp_onnx_resize_options, size_count, 36);
AT(rsmp_onnx_resize_options, roi_count, 40);
AT(rsmp_onnx_resize_options, has_cubic_coeff_a, 44);
AT(rsmp_onnx_resize_options, cubic_coeff_a, 48);
AT(rsmp_onnx_resize_options, extrapolation_value, 52);
AT(rsmp_onnx_resize_options, axes, 56);
AT(rsmp_onnx_resize_options, scales, 120);
AT(rsmp_onnx_resize_options, sizes, 152);
AT(rsmp_onnx_resize_options, roi, 216);
_Static_assert(sizeof(rsmp_onnx_resize_options) == 344, "rsmp_onnx_resize_options has another size");
AT(rsmp_pillow_resize_options, struct_size, 0);
AT(rsmp_pillow_resize_options, resample, 4);
AT(rsmp_pillow_resize_options, has_alpha, 8);
AT(rsmp_pillow_resize_options, release, 12);
AT(rsmp_pillow_resize_options, has_box, 16);
AT(rsmp_pillow_resize_options, reserved, 20);
AT(rsmp_pillow_resize_options, width, 24);
AT(rsmp_pillow_resize_options, height, 32);
AT(rsmp_pillow_resize_options, box, 40);
AT(rsmp_pillow_resize_options, reducing_gap, 72);
_Static_assert(sizeof(rsmp_pillow_resize_options) == 80, "rsmp_pillow_resize_options has another size");

AT(rsmp_preprocess_options, struct_size, 0);
AT(rsmp_preprocess_options, convention, 4);
AT(rsmp_preprocess_options, mode, 8);
AT(rsmp_preprocess_options, antialias, 12);
AT(rsmp_preprocess_options, resize, 16);
AT(rsmp_preprocess_options, edge_rounding, 20);
AT(rsmp_preprocess_options, canvas, 24);
AT(rsmp_preprocess_options, anchor, 28);
AT(rsmp_preprocess_options, alpha, 32);
AT(rsmp_preprocess_options, border, 36);
AT(rsmp_preprocess_options, channels, 40);
AT(rsmp_preprocess_options, reverse_channels, 44);
AT(rsmp_preprocess_options, channels_last, 48);
AT(rsmp_preprocess_options, arithmetic, 52);
AT(rsmp_preprocess_options, normalize, 56);
AT(rsmp_preprocess_options, dtype, 60);
AT(rsmp_preprocess_options, height, 64);
AT(rsmp_preprocess_options, width, 72);
AT(rsmp_preprocess_options, shortest_edge, 80);
AT(rsmp_preprocess_options, longest_edge, 88);
AT(rsmp_preprocess_options, edge_multiple, 96);
AT(rsmp_preprocess_options, canvas_height, 104);
AT(rsmp_preprocess_options, canvas_width, 112);
AT(rsmp_preprocess_options, canvas_multiple, 120);
AT(rsmp_preprocess_options, top, 128);
AT(rsmp_preprocess_options, left, 136);
AT(rsmp_preprocess_options, rescale, 144);
AT(rsmp_preprocess_options, mean, 152);
AT(rsmp_preprocess_options, std, 176);
AT(rsmp_preprocess_options, fill, 200);
_Static_assert(sizeof(rsmp_preprocess_options) == 224, "rsmp_preprocess_options has another size");

AT(rsmp_placement, struct_size, 0);
AT(rsmp_placement, reserved, 4);
AT(rsmp_placement, height, 8);
AT(rsmp_placement, width, 16);
AT(rsmp_placement, resized_height, 24);
AT(rsmp_placement, resized_width, 32);
AT(rsmp_placement, canvas_height, 40);
AT(rsmp_placement, canvas_width, 48);
AT(rsmp_placement, top, 56);
AT(rsmp_placement, left, 64);
_Static_assert(sizeof(rsmp_placement) == 72, "rsmp_placement has another size");

AT(rsmp_axis_info, struct_size, 0);
AT(rsmp_axis_info, reserved, 4);
AT(rsmp_axis_info, input_length, 8);
AT(rsmp_axis_info, output_length, 16);
AT(rsmp_axis_info, tap_count, 24);
_Static_assert(sizeof(rsmp_axis_info) == 32, "rsmp_axis_info has another size");

AT(rsmp_conv_transpose_options, struct_size, 0);
AT(rsmp_conv_transpose_options, stride_count, 4);
AT(rsmp_conv_transpose_options, padding_count, 8);
AT(rsmp_conv_transpose_options, output_padding_count, 12);
AT(rsmp_conv_transpose_options, dilation_count, 16);
AT(rsmp_conv_transpose_options, reserved, 20);
AT(rsmp_conv_transpose_options, groups, 24);
AT(rsmp_conv_transpose_options, stride, 32);
AT(rsmp_conv_transpose_options, padding, 56);
AT(rsmp_conv_transpose_options, output_padding, 80);
AT(rsmp_conv_transpose_options, dilation, 104);
_Static_assert(sizeof(rsmp_conv_transpose_options) == 128, "rsmp_conv_transpose_options has another size");

AT(rsmp_grid_sample_options, struct_size, 0);
AT(rsmp_grid_sample_options, mode, 4);
AT(rsmp_grid_sample_options, padding_mode, 8);
AT(rsmp_grid_sample_options, align_corners, 12);
_Static_assert(sizeof(rsmp_grid_sample_options) == 16, "rsmp_grid_sample_options has another size");

_Static_assert(RSMP_OK == 0 && RSMP_INVALID_VALUE == 1 && RSMP_INVALID_TYPE == 2 && RSMP_NOT_IMPLEMENTED == 3 &&
                   RSMP_OUT_OF_MEMORY == 4 && RSMP_UNSUPPORTED_CPU == 5,
               "a status has another number");
_Static_assert(RSMP_MODE_NEAREST == 0 && RSMP_MODE_NEAREST_EXACT == 1 && RSMP_MODE_LINEAR == 2 &&
                   RSMP_MODE_BILINEAR == 3 && RSMP_MODE_TRILINEAR == 4 && RSMP_MODE_BICUBIC == 5 &&
                   RSMP_MODE_AREA == 6 && RSMP_MODE_LANCZOS == 7,
               "a mode has another number");
_Static_assert(RSMP_ONNX_NEAREST == 0 && RSMP_ONNX_LINEAR == 1 && RSMP_ONNX_CUBIC == 2 && RSMP_ONNX_HALF_PIXEL == 0 &&
                   RSMP_ONNX_HALF_PIXEL_SYMMETRIC == 1 && RSMP_ONNX_PYTORCH_HALF_PIXEL == 2 &&
                   RSMP_ONNX_ALIGN_CORNERS == 3 && RSMP_ONNX_ASYMMETRIC == 4 && RSMP_ONNX_TF_HALF_PIXEL_FOR_NN == 5 &&
                   RSMP_ONNX_TF_CROP_AND_RESIZE == 6 && RSMP_ONNX_ROUND_PREFER_FLOOR == 0 &&
                   RSMP_ONNX_ROUND_PREFER_CEIL == 1 && RSMP_ONNX_FLOOR == 2 && RSMP_ONNX_CEIL == 3 &&
                   RSMP_ONNX_STRETCH == 0 && RSMP_ONNX_NOT_LARGER == 1 && RSMP_ONNX_NOT_SMALLER == 2,
               "a constant of ONNX's Resize has another number");
_Static_assert(RSMP_PILLOW_NEAREST == 0 && RSMP_PILLOW_LANCZOS == 1 && RSMP_PILLOW_BILINEAR == 2 &&
                   RSMP_PILLOW_BICUBIC == 3 && RSMP_PILLOW_BOX == 4 && RSMP_PILLOW_HAMMING == 5 &&
                   RSMP_PILLOW_MKS2013 == 6 && RSMP_PILLOW_MKS2021 == 7,
               "a constant of Pillow's resize has another number");
_Static_assert(RSMP_CONVENTION_PYTORCH == 0 && RSMP_CONVENTION_PILLOW == 1 && RSMP_RESIZE_NONE == 0 &&
                   RSMP_RESIZE_EXACT == 1 && RSMP_RESIZE_SHORTEST_EDGE == 2 &&
                   RSMP_RESIZE_SHORTEST_EDGE_ROUNDED == 3 && RSMP_RESIZE_LONGEST_EDGE == 4 &&
                   RSMP_RESIZE_WITHIN == 5 && RSMP_RESIZE_COVERING == 6 && RSMP_EDGE_DOWN == 0 &&
                   RSMP_EDGE_HALF_UP == 1 && RSMP_EDGE_HALF_TO_EVEN == 2 && RSMP_EDGE_HALF_TO_EVEN_QUOTIENT == 3 &&
                   RSMP_CANVAS_RESIZED == 0 && RSMP_CANVAS_CROP == 1 && RSMP_CANVAS_PAD == 2 &&
                   RSMP_CANVAS_LARGEST == 3 && RSMP_ANCHOR_TOP_LEFT == 0 && RSMP_ANCHOR_CENTER == 1 &&
                   RSMP_ANCHOR_CENTER_CUT_OFF == 2 && RSMP_ANCHOR_CENTER_DOWN == 3 && RSMP_ANCHOR_AT == 4 &&
                   RSMP_ALPHA_DROP == 0 && RSMP_ALPHA_OVER_WHITE == 1 && RSMP_ALPHA_REFUSE == 2 &&
                   RSMP_BORDER_LEVEL == 0 && RSMP_BORDER_VALUE == 1 && RSMP_BORDER_EDGE == 2 &&
                   RSMP_ARITHMETIC_WIDE_PRODUCT == 0 && RSMP_ARITHMETIC_FUSED == 1 && RSMP_ARITHMETIC_QUOTIENT == 2 &&
                   RSMP_ARITHMETIC_PRODUCT == 3,
               "a constant of preprocessing has another number");
_Static_assert(RSMP_SAMPLE_BILINEAR == 0 && RSMP_SAMPLE_NEAREST == 1 && RSMP_SAMPLE_BICUBIC == 2 &&
                   RSMP_PADDING_ZEROS == 0 && RSMP_PADDING_BORDER == 1 && RSMP_PADDING_REFLECTION == 2,
               "a mode of grid_sample has another number");
_Static_assert(RSMP_MAX_SPATIAL_AXES == 3 && RSMP_MAX_AXES == 8, "a bound on axes has another number");
_Static_assert(sizeof(rsmp_status) == 4, "a status has another size");

/* What a producer of DLPack hands over goes in by a cast. */
static void test_a_dltensor_is_taken_by_a_cast(void) {
  float samples[] = {9, 9, 0, 4, 8, 4}, result[8] = {0};
  int64_t shape[] = {1, 1, 4}, strides[] = {4, 4, -1}, result_shape[] = {1, 1, 8};
  DLTensor input = {.data = samples, .device = {kDLCPU, 0}, .ndim = 3, .dtype = {kDLFloat, 32, 1}, .shape = shape,
                    .strides = strides, .byte_offset = 5 * sizeof(float)};
  DLTensor output = {.data = result, .device = {kDLCPU, 0}, .ndim = 3, .dtype = {kDLFloat, 32, 1},
                     .shape = result_shape};
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_MODE_LINEAR,
                                      .size_count = 1,
                                      .size = {8}};
  if (CHECK_OK(rsmp_interpolate((rsmp_tensor *)&input, &options, (rsmp_tensor *)&output, &failure))) {
    const float expected[] = {4, 5, 7, 7, 5, 3, 1, 0};
    for (int x = 0; x < 8; x++) CHECK(result[x] == expected[x], "x %d: %g", x, (double)result[x]);
  }
  input.device.device_type = kDLCUDA;
  CHECK(rsmp_interpolate((rsmp_tensor *)&input, &options, (rsmp_tensor *)&output, &failure) == RSMP_INVALID_VALUE,
        "memory of a GPU was taken");
  input.device.device_type = kDLCPU;
  input.dtype.code = kDLOpaqueHandle;
  CHECK(rsmp_interpolate((rsmp_tensor *)&input, &options, (rsmp_tensor *)&output, &failure) == RSMP_INVALID_TYPE,
        "opaque handles were taken");
}

/* The tensors inside what producers hand over, either way, through a backward: the transpose of linear from 2 to 4. */
static void test_managed_tensors_are_taken_by_a_cast(void) {
  float gradient[] = {1, 2, 4, 8}, result[] = {9, 9};
  int64_t gradient_shape[] = {1, 1, 4}, result_shape[] = {1, 1, 2}, strides[] = {2, 2, 1};
  DLManagedTensor input = {.dl_tensor = {.data = gradient, .device = {kDLCPU, 0}, .ndim = 3, .dtype = {kDLFloat, 32, 1},
                                         .shape = gradient_shape}};
  DLManagedTensorVersioned output = {.version = {1, 1}};
  output.dl_tensor = (DLTensor){.data = result, .device = {kDLCPU, 0}, .ndim = 3, .dtype = {kDLFloat, 32, 1},
                                .shape = result_shape, .strides = strides}; /* given since version 1.2, also if compact */
  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = RSMP_MODE_LINEAR,
                                      .size_count = 1,
                                      .size = {4}};
  if (CHECK_OK(rsmp_interpolate_backward((rsmp_tensor *)&input.dl_tensor, &options, (rsmp_tensor *)&output.dl_tensor,
                                         &failure))) {
    const float expected[] = {1 + 0.75f * 2 + 0.25f * 4, 0.25f * 2 + 0.75f * 4 + 8};
    for (int x = 0; x < 2; x++) CHECK(result[x] == expected[x], "x %d: %g", x, (double)result[x]);
  }
  input.dl_tensor.dtype = (DLDataType){kDLInt, 32, 1};
  CHECK(rsmp_interpolate_backward((rsmp_tensor *)&input.dl_tensor, &options, (rsmp_tensor *)&output.dl_tensor,
                                  &failure) == RSMP_INVALID_TYPE, "integers have no gradient");
  rsmp_plan *plan;
  input.dl_tensor.dtype = (DLDataType){kDLFloat, 32, 1};
  result[0] = result[1] = 9;
  const DLTensor *shaped = &output.dl_tensor;
  rsmp_dtype dtype = {shaped->dtype.code, shaped->dtype.bits, shaped->dtype.lanes};
  if (CHECK_OK(rsmp_plan_create_backward(shaped->ndim, shaped->shape, dtype, &options, &plan, &failure))) {
    CHECK_OK(rsmp_plan_execute(plan, (rsmp_tensor *)&input.dl_tensor, (rsmp_tensor *)&output.dl_tensor, &failure));
    CHECK(result[0] == 3.5f && result[1] == 11.5f, "plan: %g, %g", (double)result[0], (double)result[1]);
    rsmp_plan_destroy(plan);
  }
}

int main(void) {
  if (!can_run("test_dlpack")) return 0;
  test_a_dltensor_is_taken_by_a_cast();
  test_managed_tensors_are_taken_by_a_cast();
  return report("test_dlpack");
}
