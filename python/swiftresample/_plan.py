"""Plans: everything about one resampling that does not depend on the samples."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ._arrays import (
    as_array,
    as_dtype,
    as_lengths,
    check_output,
    dtype_code,
    dtype_name,
    empty_output,
    input_tensor,
    is_same_dtype,
    output_tensor,
    shape_of,
    through_numpy,
)
from ._axis import AxisTaps, read_axis
from ._library import Error, library, raise_failure
from ._options import exact_align_corners, exact_clamp, exact_scale_factor, exact_shape, exact_size, interpolate_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike

    from ._dlpack import ArrayT
    from ._library import InterpolateOptions
    from ._options import Clamp, ScaleFactor, Size

_execute = library.rsmp_plan_execute


def resample_once(input: Any, options: tuple[Any, ...], out: ArrayT | None) -> ArrayT:
    """Resample a plain array without a plan that stays: for arguments that may not come again.

    `options` are size, scale_factor, mode, align_corners, recompute_scale_factor, antialias and clamp, exact.
    """
    structure, ndim, code = interpolate_options(input.ndim, *options), input.ndim, dtype_code(as_dtype(input.dtype))
    shape = shape_of(library.rsmp_interpolate_shape, ndim, ndim, as_lengths(input.shape), code, structure)
    source, target, owners, result = _addresses(input, shape, out)
    library.rsmp_interpolate(source, structure, target, Error())
    del owners
    return result  # type: ignore[no-any-return]


def gradient_once(
    grad_output: Any, input_size: tuple[int, ...], options: tuple[Any, ...], out: ArrayT | None
) -> ArrayT:
    """Do the same for the gradient of an input of shape `input_size`."""
    code, ndim = dtype_code(as_dtype(grad_output.dtype)), len(input_size)
    structure = interpolate_options(ndim, *options)
    # Only to raise what there is to raise, before there is memory for the result.
    shape_of(library.rsmp_interpolate_shape, ndim, ndim, as_lengths(input_size), code, structure)
    source, target, owners, result = _addresses(grad_output, input_size, out)
    library.rsmp_interpolate_backward(source, structure, target, Error())
    del owners
    return result  # type: ignore[no-any-return]


def _addresses(input: Any, shape: tuple[int, ...], out: Any) -> tuple[int, int, object, Any]:
    """Return the addresses of the tensors to read and to write, what keeps them valid, and the result.

    The result is `out`, of whatever kind it is, or a new array of `shape`.
    """
    if not input.dtype.isnative:
        input = input.astype(as_dtype(input.dtype))
    if out is None:
        memory = result = empty_output(input, shape, input.dtype)
    else:
        memory, result = as_array("out", out), out
        check_output(memory, input.dtype)
    source, source_owner = input_tensor(input)
    target, target_owner = output_tensor(memory)
    return source, target, (source_owner, target_owner), result


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
    size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, clamp
        As for `interpolate`.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
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
    ) -> None:
        self.input_shape = exact_shape("input_shape", input_shape)
        self.dtype = as_dtype(dtype)
        size, scale_factor, clamp = exact_size(size), exact_scale_factor(scale_factor), exact_clamp(clamp)
        align_corners = exact_align_corners(align_corners)
        self._options = (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, clamp)

        options = interpolate_options(len(self.input_shape), *self._options)
        self._create(library.rsmp_plan_create, self.input_shape, options)
        self.output_shape = shape_of(library.rsmp_plan_output_shape, len(self.input_shape), self._handle)

    def _create(self, function: Any, shape: tuple[int, ...], options: InterpolateOptions) -> None:
        self._handle = ctypes.c_void_p()
        function(len(shape), as_lengths(shape), dtype_code(self.dtype), options, self._handle, Error())
        # Not at exit: the memory goes anyhow, and a daemon thread may be executing the plan.
        weakref.finalize(self, library.rsmp_plan_destroy, self._handle).atexit = False

    def __call__(self, input: ArrayT, out: ArrayT | None = None) -> ArrayT:
        """Resample `input`, which has the plan's shape and dtype.

        Parameters
        ----------
        input : numpy.ndarray
            Any strides; not copied.
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
            For a dtype that is not the plan's, or something else than an array.
        """
        array: Any = input
        if type(array) is not np.ndarray:
            return through_numpy(self, "input", input, out=out)
        if array.shape != self.input_shape:
            raise ValueError(f"input must have the plan's shape {self.input_shape}, got {array.shape}")
        if array.dtype != self.dtype and not is_same_dtype(as_dtype(array.dtype), self.dtype):
            raise TypeError(f"input must have the plan's dtype {dtype_name(self.dtype)}, got {dtype_name(array.dtype)}")
        return self._execute(array, out)

    def _execute(self, input: Any, out: ArrayT | None) -> ArrayT:
        """Resample `input`, known to have the plan's shape and, but for its byte order, dtype."""
        source, target, owners, result = _addresses(input, self.output_shape, out)
        error = Error()
        status = _execute(self._handle, source, target, error)
        if status:
            raise_failure(status, error)
        del owners  # not before: it holds what the addresses are of
        return result  # type: ignore[no-any-return]

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
        return f"<swiftresample.Plan {self._options[2]}, {dtype}, {self.input_shape} -> {self.output_shape}>"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickle the arguments, from which the plan is made again."""
        *options, clamp = self._options
        return functools.partial(Plan, clamp=clamp), (self.input_shape, self.dtype, *options)


class BackwardPlan(Plan):
    """The plan of `interpolate_backward`: it reads gradients of the output, and writes those of the input."""

    def __init__(self, input_size: tuple[int, ...], dtype: np.dtype[Any], *options: Any) -> None:
        self.output_shape = input_size
        self.dtype = as_dtype(dtype)
        self._options = (*options, None)
        ndim, call = len(input_size), interpolate_options(len(input_size), *self._options)
        self._create(library.rsmp_plan_create_backward, input_size, call)
        lengths, code = as_lengths(input_size), dtype_code(self.dtype)
        self.input_shape = shape_of(library.rsmp_interpolate_shape, ndim, ndim, lengths, code, call)
