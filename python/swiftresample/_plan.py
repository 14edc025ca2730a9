"""Plans: everything about one resampling that does not depend on the samples."""

from __future__ import annotations

import ctypes
import functools
import math
import weakref
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ._arrays import (
    as_dtype,
    as_lengths,
    dtype_code,
    dtype_name,
    empty_output,
    execute,
    input_tensor,
    is_same_dtype,
    operands,
    output_array,
    output_tensor,
    shape_of,
    through_numpy,
)
from ._axis import AxisTaps, read_axis
from ._dlpack import address_in_capsule
from ._library import library, raise_failure_of
from ._memory import LARGE
from ._options import Options, exact_shape, kept
from ._structures import Error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike
    from typing_extensions import Self

    from ._dlpack import ArrayT
    from ._modes import Mode
    from ._options import Clamp, Region, ScaleFactor, Size
    from ._structures import Dtype, InterpolateOptions

_execute = library.rsmp_plan_execute


def resample_once(input: Any, options: tuple[Any, ...], out: ArrayT | None) -> ArrayT:
    """Resample a plain array without a plan that stays: for shapes that may not come again, unlike the `options`."""
    (source,) = operands(input=input)
    structure = _structure(source.ndim, *options)
    shape = output_shape(source.shape, dtype_code(source.dtype), structure)
    return _once(library.rsmp_interpolate, source, shape, structure, out)


def gradient_once(
    grad_output: Any, input_size: tuple[int, ...], options: tuple[Any, ...], out: ArrayT | None
) -> ArrayT:
    """Do the same for the gradient of an input of shape `input_size`."""
    (source,) = operands(input=grad_output)
    structure = _structure(len(input_size), *options)
    # Only to raise what there is to raise, before there is memory for the result.
    output_shape(input_size, dtype_code(source.dtype), structure)
    return _once(library.rsmp_interpolate_backward, source, input_size, structure, out)


@kept
def _structure(ndim: int, *options: Any) -> InterpolateOptions:
    """Return ``Options(*options)`` as the library takes them."""
    return Options(*options).exact().structure(ndim)


def _once(
    function: Any, source: Any, shape: tuple[int, ...], structure: InterpolateOptions, out: ArrayT | None
) -> ArrayT:
    memory = output_array(out, source, shape)
    execute(function, [source], structure, outputs=[memory])
    return memory if out is None else out  # type: ignore[return-value]


def output_shape(shape: Sequence[int], code: Dtype, structure: InterpolateOptions) -> tuple[int, ...]:
    """Return the shape that an input of `shape` is resampled to; raise whatever can be told without the samples."""
    return shape_of(library.rsmp_interpolate_shape, len(shape), len(shape), as_lengths(shape), code, structure)


class Plan:
    """Everything about one resampling that does not depend on the samples, computed once.

    A plan is immutable; several threads may call it at once. `interpolate` keeps plans of its own, so that a plan is
    worth its name mostly where it is looked into, or made ahead of time.

    Parameters
    ----------
    input_shape : sequence of int
        Shape of the inputs: (N, C, W), (N, C, H, W) or (N, C, D, H, W).
    dtype : data-type, optional
        Dtype of the inputs, and so of the outputs, as NumPy or PyTorch has it.
    size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, clamp, region
        As for `interpolate`.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
        The latter is that of the region, if there is one.
    source_region : tuple of slice
        The part of the input that is read, a slice for each spatial axis.
    dtype : numpy.dtype
    axes : tuple of AxisTaps
        The taps of each spatial axis, D first.

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As `interpolate`.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> plan = sr.Plan((1, 1, 2, 2), scale_factor=2, mode="bilinear", align_corners=True)
    >>> plan.output_shape
    (1, 1, 4, 4)
    >>> plan(np.array([[[[0, 3], [6, 9]]]], dtype=np.float32))
    array([[[[0., 1., 2., 3.],
             [2., 3., 4., 5.],
             [4., 5., 6., 7.],
             [6., 7., 8., 9.]]]], dtype=float32)
    >>> plan.axes[1].coordinates.round(4)
    array([0.    , 0.3333, 0.6667, 1.    ])
    """

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    _options: Options
    _mode: Mode
    _calls: dict[Any, Any]  # of swiftresample.torch
    _source_region: tuple[slice, ...] | None

    def __init__(
        self,
        input_shape: Sequence[SupportsIndex],
        dtype: DTypeLike = "float32",
        size: Size = None,
        scale_factor: ScaleFactor = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
        antialias: bool = False,
        *,
        clamp: Clamp = None,
        region: Region = None,
    ) -> None:
        shape, exact_dtype = exact_shape("input_shape", input_shape), as_dtype(dtype)
        options = Options(size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, clamp, region)
        self._create(shape, exact_dtype, options.exact())

    @classmethod
    def _of(cls, input_shape: tuple[int, ...], dtype: np.dtype[Any], options: Options) -> Self:
        """Return the plan of arguments that are exact."""
        plan = cls.__new__(cls)
        plan._create(input_shape, as_dtype(dtype), options)
        return plan

    @classmethod
    def _of_gradient(cls, input_size: tuple[int, ...], dtype: np.dtype[Any], options: Options) -> Self:
        """Return the plan of the gradient: it reads gradients of the output, and writes those of the input."""
        plan = cls.__new__(cls)
        plan._create(input_size, as_dtype(dtype), options, is_gradient=True)
        return plan

    def _create(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], options: Options, is_gradient: bool = False
    ) -> None:
        structure, code = options.structure(len(shape)), dtype_code(dtype)
        create = library.rsmp_plan_create_backward if is_gradient else library.rsmp_plan_create
        self._handle = ctypes.c_void_p()
        create(len(shape), as_lengths(shape), code, structure, self._handle, Error())
        # Not at exit: the memory goes anyway, and a daemon thread may be executing the plan.
        weakref.finalize(self, library.rsmp_plan_destroy, self._handle).atexit = False
        self.dtype = dtype
        self._options = options
        self._mode = options.known_mode
        self._calls = {}
        self._source_region = None
        if is_gradient:
            self.input_shape, self.output_shape = output_shape(shape, code, structure), shape
        else:
            self.input_shape = shape
            self.output_shape = shape_of(library.rsmp_plan_output_shape, len(shape), self._handle)
        self._is_small = math.prod(self.output_shape) * dtype.itemsize < LARGE

    @property
    def source_region(self) -> tuple[slice, ...]:
        """The part of the input that is read, a slice for each spatial axis."""
        # Asked for when it is wanted: a plan of a small image would notice the call.
        if self._source_region is None:
            axes = len(self.input_shape) - 2
            start, stop = as_lengths((0,) * axes), as_lengths((0,) * axes)
            library.rsmp_plan_source_region(self._handle, start, stop, Error())
            self._source_region = tuple(slice(*bounds) for bounds in zip(start, stop))
        return self._source_region

    @property
    def _part_shape(self) -> tuple[int, ...]:
        return (*self.input_shape[:2], *(part.stop - part.start for part in self.source_region))

    @property
    def _table_lengths(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return self._part_shape[2:], self.output_shape[2:]

    @functools.cached_property
    def _gradient(self) -> Plan:
        """The plan of the gradient."""
        return Plan._of_gradient(self.input_shape, self.dtype, self._options)

    def __call__(self, input: ArrayT, out: ArrayT | None = None) -> ArrayT:
        """Resample `input`, which has the plan's shape and dtype.

        Parameters
        ----------
        input : numpy.ndarray
            All of the input, or the part of it that is read, ``input[(..., *plan.source_region)]``. Any strides; not
            copied.
        out : numpy.ndarray, optional
            Where to put the result: the plan's output shape and dtype, any strides, no overlap with `input`.

        Returns
        -------
        numpy.ndarray
            `out`, or a new array in the memory format of `input`.

        Raises
        ------
        ValueError
            For a shape that is not the plan's, or an `out` that cannot be written.
        TypeError
            For anything but an array, or a dtype that is not the plan's.
        """
        array: Any = input
        if type(array) is not np.ndarray:
            return through_numpy(self, "input", input, out=out)
        if array.shape != self.input_shape and array.shape != (part_shape := self._part_shape):
            part = "" if part_shape == self.input_shape else f", or that of its source_region, {part_shape}"
            raise ValueError(f"input must have the plan's shape {self.input_shape}{part}, got {array.shape}")
        if array.dtype != self.dtype and not is_same_dtype(as_dtype(array.dtype), self.dtype):
            raise TypeError(f"input must have the plan's dtype {dtype_name(self.dtype)}, got {dtype_name(array.dtype)}")
        return self._execute(array, out)

    def _execute(self, input: Any, out: ArrayT | None) -> ArrayT:
        """Resample `input`, known to have the plan's shape and, but for its byte order, dtype."""
        if not input.dtype.isnative:
            input = input.astype(as_dtype(input.dtype))
        shape = self.output_shape
        reads: Any
        writes: Any
        # By empty_output, input_tensor and output_tensor only where it has to be: small images would notice the calls.
        if out is not None:
            memory = output_array(out, input, shape)
        elif self._is_small and input.flags.c_contiguous:
            memory = np.empty(shape, input.dtype)
        else:
            memory = empty_output(input, shape, input.dtype)
        try:
            reads, writes = input.__dlpack__(), memory.__dlpack__()
            source, target = address_in_capsule(reads, b"dltensor"), address_in_capsule(writes, b"dltensor")
        except BufferError:
            source, reads = input_tensor(input)
            target, writes = output_tensor(memory)
        # Without an error to fill, for which there is hardly ever a use.
        if _execute(self._handle, source, target, None):
            raise_failure_of(_execute, self._handle, source, target)
        del reads, writes  # not before: they hold what the addresses are of
        return memory if out is None else out  # type: ignore[return-value]

    @functools.cached_property
    def axes(self) -> tuple[AxisTaps, ...]:
        """The taps of each spatial axis."""
        handle = ctypes.c_void_p()
        taps = []
        for index in range(len(self.input_shape) - 2):
            library.rsmp_plan_axis(self._handle, index, handle, Error())
            taps.append(read_axis(handle))
        return tuple(taps)

    def __repr__(self) -> str:
        """Name the shapes, the dtype and the mode."""
        dtype = dtype_name(self.dtype)
        return f"<swiftresample.Plan {self._mode.name}, {dtype}, {self.input_shape} -> {self.output_shape}>"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickle the arguments, from which the plan is made again."""
        *options, clamp, region = self._options
        return functools.partial(Plan, clamp=clamp, region=region), (self.input_shape, self.dtype, *options)
