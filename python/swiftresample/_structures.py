"""The structures and limits of ``include/swiftresample.h``, which is their documentation."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char, c_double, c_float, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

ABI_VERSION = 0
MAX_SPATIAL_AXES = 3
MAX_AXES = 8


class Error(ctypes.Structure):
    """``rsmp_error``."""

    _fields_ = (("status", c_int32), ("message", c_char * 252))


class Dtype(ctypes.Structure):
    """``rsmp_dtype``."""

    _fields_ = (("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16))


class Device(ctypes.Structure):
    """``rsmp_device``."""

    _fields_ = (("type", c_int32), ("id", c_int32))


class Tensor(ctypes.Structure):
    """``rsmp_tensor``, and DLPack's ``DLTensor``."""

    _fields_ = (
        ("data", c_void_p),
        ("device", Device),
        ("ndim", c_int32),
        ("dtype", Dtype),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_uint64),
    )


class InterpolateOptions(ctypes.Structure):
    """``rsmp_interpolate_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("mode", c_int32),
        ("align_corners", c_int32),
        ("antialias", c_int32),
        ("recompute_scale_factor", c_int32),
        ("size_count", c_int32),
        ("scale_factor_count", c_int32),
        ("clamp", c_int32),
        ("size", c_int64 * MAX_SPATIAL_AXES),
        ("scale_factor", c_double * MAX_SPATIAL_AXES),
        ("clamp_low", c_double),
        ("clamp_high", c_double),
        ("region_start", c_int64 * MAX_SPATIAL_AXES),
        ("region_stop", c_int64 * MAX_SPATIAL_AXES),
    )


class OnnxResizeOptions(ctypes.Structure):
    """``rsmp_onnx_resize_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("mode", c_int32),
        ("coordinate_transformation_mode", c_int32),
        ("nearest_mode", c_int32),
        ("antialias", c_int32),
        ("exclude_outside", c_int32),
        ("keep_aspect_ratio_policy", c_int32),
        ("axis_count", c_int32),
        ("scale_count", c_int32),
        ("size_count", c_int32),
        ("roi_count", c_int32),
        ("has_cubic_coeff_a", c_int32),
        ("cubic_coeff_a", c_float),
        ("extrapolation_value", c_float),
        ("axes", c_int64 * MAX_AXES),
        ("scales", c_float * MAX_AXES),
        ("sizes", c_int64 * MAX_AXES),
        ("roi", c_double * (2 * MAX_AXES)),
    )


class PillowResizeOptions(ctypes.Structure):
    """``rsmp_pillow_resize_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("resample", c_int32),
        ("has_alpha", c_int32),
        ("release", c_int32),
        ("has_box", c_int32),
        ("reserved", c_int32),
        ("width", c_int64),
        ("height", c_int64),
        ("box", c_double * 4),
        ("reducing_gap", c_double),
    )


class OpenCVResizeOptions(ctypes.Structure):
    """``rsmp_opencv_resize_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("interpolation", c_int32),
        ("release", c_int32),
        ("without_ipp", c_int32),
        ("width", c_int64),
        ("height", c_int64),
        ("fx", c_double),
        ("fy", c_double),
    )


class TensorFlowResizeOptions(ctypes.Structure):
    """``rsmp_tensorflow_resize_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("method", c_int32),
        ("antialias", c_int32),
        ("coordinates", c_int32),
        ("preserve_aspect_ratio", c_int32),
        ("reserved", c_int32),
        ("height", c_int64),
        ("width", c_int64),
    )


class JaxResizeOptions(ctypes.Structure):
    """``rsmp_jax_resize_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("method", c_int32),
        ("antialias", c_int32),
        ("scales_and_translates", c_int32),
        ("axis_count", c_int32),
        ("reserved", c_int32),
        ("shape", c_int64 * MAX_AXES),
        ("axes", c_int64 * MAX_AXES),
        ("scales", c_double * MAX_AXES),
        ("translations", c_double * MAX_AXES),
    )


class ConvTransposeOptions(ctypes.Structure):
    """``rsmp_conv_transpose_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("stride_count", c_int32),
        ("padding_count", c_int32),
        ("output_padding_count", c_int32),
        ("dilation_count", c_int32),
        ("reserved", c_int32),
        ("groups", c_int64),
        ("stride", c_int64 * MAX_SPATIAL_AXES),
        ("padding", c_int64 * MAX_SPATIAL_AXES),
        ("output_padding", c_int64 * MAX_SPATIAL_AXES),
        ("dilation", c_int64 * MAX_SPATIAL_AXES),
    )


class GridSampleOptions(ctypes.Structure):
    """``rsmp_grid_sample_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("mode", c_int32),
        ("padding_mode", c_int32),
        ("align_corners", c_int32),
    )


class PreprocessOptions(ctypes.Structure):
    """``rsmp_preprocess_options``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("convention", c_int32),
        ("mode", c_int32),
        ("antialias", c_int32),
        ("resize", c_int32),
        ("edge_rounding", c_int32),
        ("canvas", c_int32),
        ("anchor", c_int32),
        ("alpha", c_int32),
        ("border", c_int32),
        ("channels", c_int32),
        ("reverse_channels", c_int32),
        ("channels_last", c_int32),
        ("arithmetic", c_int32),
        ("normalize", c_int32),
        ("dtype", Dtype),
        ("height", c_int64),
        ("width", c_int64),
        ("shortest_edge", c_int64),
        ("longest_edge", c_int64),
        ("edge_multiple", c_int64),
        ("canvas_height", c_int64),
        ("canvas_width", c_int64),
        ("canvas_multiple", c_int64),
        ("top", c_int64),
        ("left", c_int64),
        ("rescale", c_double),
        ("mean", c_double * 3),
        ("std", c_double * 3),
        ("fill", c_double * 3),
    )


class Placement(ctypes.Structure):
    """``rsmp_placement``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reserved", c_int32),
        ("height", c_int64),
        ("width", c_int64),
        ("resized_height", c_int64),
        ("resized_width", c_int64),
        ("canvas_height", c_int64),
        ("canvas_width", c_int64),
        ("top", c_int64),
        ("left", c_int64),
    )


class AxisInfo(ctypes.Structure):
    """``rsmp_axis_info``."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reserved", c_int32),
        ("input_length", c_int64),
        ("output_length", c_int64),
        ("tap_count", c_int64),
    )
