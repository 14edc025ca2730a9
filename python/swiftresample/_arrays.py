"""Arrays as ``rsmp_tensor``: dtypes, memory formats, and what an array must be to be read or written in place."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ._dlpack import (
    BFLOAT16_BITS,
    DTYPES,
    address_in_capsule,
    bfloat16,
    giver,
    is_foreign,
    type_name,
    unknown_dtype,
    view,
)
from ._memory import new_array
from ._structures import Device, Dtype, Error, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from ._dlpack import ArrayT


def as_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return the NumPy dtype that `dtype` names, in native byte order; PyTorch's dtypes have NumPy's names."""
    if dtype is None:
        raise TypeError("dtype must be a dtype, got None")  # NumPy would take it for float64
    try:
        return np.dtype(dtype).newbyteorder("=")
    except TypeError:
        name = str(dtype).rpartition(".")[2] if type(dtype).__name__ == "dtype" else dtype
        if not isinstance(name, str) or name not in DTYPES:
            raise
        return bfloat16() if name == "bfloat16" else np.dtype(name)


@functools.lru_cache(maxsize=64)  # NumPy makes up a dtype's name each time it is asked
def dtype_code(dtype: np.dtype[Any]) -> Dtype:
    """Return the ``rsmp_dtype`` of `dtype`, or raise TypeError."""
    try:
        return DTYPES[dtype_name(dtype)]
    except KeyError:
        raise unknown_dtype(dtype) from None


def dtype_name(dtype: np.dtype[Any]) -> str:
    """Return the name of a dtype, without its byte order."""
    return "bfloat16" if dtype == BFLOAT16_BITS else dtype.name


def is_same_dtype(one: np.dtype[Any], other: np.dtype[Any]) -> bool:
    """Tell whether two dtypes are the same to the library: two may be bfloat16."""
    return one == other or (dtype_name(one) == dtype_name(other) == "bfloat16" and one.isnative == other.isnative)


def as_array(name: str, value: object) -> NDArray[Any]:
    """Return `value`, an array of any library, as a plain array that shares its memory, or raise."""
    if type(value) is np.ndarray:
        return value
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must be an array without a mask, got a masked array: fill it first")
    if isinstance(value, np.ndarray):
        return value.view(np.ndarray)
    if is_foreign(value):
        return view(name, value)
    raise TypeError(f"{name} must be a numpy.ndarray, got {type_name(value)}, which has no __dlpack__")


def operands(**arguments: object) -> list[NDArray[Any]]:
    """Return the arguments as plain arrays of one dtype that the library knows, in native byte order, or raise."""
    arrays = {name: as_array(name, value) for name, value in arguments.items()}
    dtypes = {name: array.dtype if array.dtype.isnative else as_dtype(array.dtype) for name, array in arrays.items()}
    first = next(iter(dtypes))
    dtype_code(dtypes[first])
    for name, dtype in dtypes.items():
        if dtype != dtypes[first] and not is_same_dtype(dtype, dtypes[first]):
            raise TypeError(
                f"{name} must have the dtype of {first}, {dtype_name(dtypes[first])}, got {dtype_name(dtype)}"
            )
    return [
        array if array.dtype is dtypes[name] else array.astype(dtypes[name], order="K", copy=False)
        for name, array in arrays.items()
    ]


# ---- Outputs ---------------------------------------------------------------------------------------------------------


def check_output(out: NDArray[Any], dtype: np.dtype[Any]) -> None:
    """Raise unless samples of `dtype` may be written to `out`; its shape is the library's to check."""
    if out.dtype != dtype and not is_same_dtype(out.dtype, dtype):
        found = dtype_name(out.dtype) if out.dtype.isnative else out.dtype
        raise TypeError(f"out must have dtype {dtype_name(dtype)}, got {found}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, got a read-only array")


def output_array(out: object, input: NDArray[Any], shape: tuple[int, ...], channels: int = 1) -> NDArray[Any]:
    """Return `out` as a plain array that may be written to, or a new one in the memory format of `input`."""
    if out is None:
        return empty_output(input, shape, input.dtype, channels)
    array = as_array("out", out)
    check_output(array, input.dtype)
    return array


def empty_output(input: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any], channels: int = 1) -> NDArray[Any]:
    """Return a new array of `shape` in the memory format of `input`: channels last or contiguous.

    `channels` is the axis of the channels in both; the spatial axes are those after it.
    """
    if input.flags.c_contiguous or not _is_channels_last(input.shape, input.strides, channels):
        return new_array(shape, dtype)
    in_memory = (*shape[:channels], *shape[channels + 1 :], shape[channels])
    return new_array(in_memory, dtype).transpose(_channels_from_last(len(shape), channels))


@functools.lru_cache(maxsize=64)
def _channels_from_last(ndim: int, channels: int) -> tuple[int, ...]:
    """Return the axes of a channels-last array, (..., ...spatial, C), in the order (..., C, ...spatial)."""
    return (*range(channels), ndim - 1, *range(channels, ndim - 1))


@functools.lru_cache(maxsize=64)
def _is_channels_last(shape: tuple[int, ...], strides: tuple[int, ...], channels: int) -> bool:
    """Tell whether the axes of an array (N, C, ...spatial) lie in memory as (N, ...spatial, C), gaps allowed.

    This is PyTorch's rule for ``suggest_memory_format`` with three differences that NumPy's strides call for: the
    stride of an axis of length 1 means nothing (``x[None]`` gives such an axis stride 0), so an array whose spatial
    axes all have length 1 counts as contiguous; a negative stride counts as its size; and other ranks are known too,
    with any number of axes before the channels.
    """
    batch, spatial = range(channels), range(channels + 1, len(shape))
    if shape[channels] == 1 or all(shape[axis] == 1 for axis in spatial):
        return False
    reach = 1  # a stride of 0, a broadcast, is in no order
    for axis in (channels, *reversed(spatial), *reversed(batch)):
        if shape[axis] != 1:
            if abs(strides[axis]) < reach:
                return False
            reach = abs(strides[axis]) * shape[axis]
    return True


# ---- Tensors ---------------------------------------------------------------------------------------------------------
# NumPy's DLPack capsule holds the very structure that the library takes, and is the quickest way to it by far. It does
# not hold what other libraries could not take: bfloat16, read-only arrays, and in NumPy 1.24 bool.

CPU = Device(type=1, id=0)


def input_tensor(array: NDArray[Any]) -> tuple[int, object]:
    """Return the address of the ``rsmp_tensor`` of an array to read, and the object that keeps it valid."""
    try:
        capsule = array.__dlpack__()
    except BufferError:
        return _described(array if _has_whole_strides(array) else array.copy(order="K"))
    return address_in_capsule(capsule, b"dltensor"), capsule


def output_tensor(array: NDArray[Any]) -> tuple[int, object]:
    """Return the address of the ``rsmp_tensor`` of an array to write, and the object that keeps it valid."""
    try:
        capsule = array.__dlpack__()
    except BufferError:
        if _has_whole_strides(array):
            return _described(array)
        raise ValueError(
            f"out must have strides in multiples of its {array.itemsize} bytes, got {array.strides} bytes"
        ) from None
    return address_in_capsule(capsule, b"dltensor"), capsule


def _has_whole_strides(array: NDArray[Any]) -> bool:
    """Tell whether the strides can be counted in elements; a field of a structured array can lie otherwise."""
    return array.flags.c_contiguous or not any(stride % array.itemsize for stride in array.strides)


def _described(array: NDArray[Any]) -> tuple[int, object]:
    lengths = ctypes.c_int64 * array.ndim
    strides = None
    if not array.flags.c_contiguous:
        strides = lengths(*[stride // array.itemsize for stride in array.strides])
    data, _ = array.__array_interface__["data"]
    tensor = Tensor(data, CPU, array.ndim, dtype_code(array.dtype), lengths(*array.shape), strides, 0)
    return ctypes.addressof(tensor), (tensor, array)


# ---- Calls -----------------------------------------------------------------------------------------------------------


def through_numpy(
    function: Any, name: str, value: ArrayT, *arguments: Any, out: object = None, **options: Any
) -> ArrayT:
    """Return what `function` makes of `value` as a plain array, as an array of the kind of `value`.

    `out`, if given, is what `function` returns, of whatever kind it is.
    """
    if out is not None:
        options["out"] = out
    result: ArrayT
    if type(value) is np.ndarray:
        result = function(value, *arguments, **options)
        return result
    array = as_array(name, value)
    if out is not None or isinstance(value, np.ndarray):
        result = function(array, *arguments, **options)
    else:
        give = giver(name, value)  # which raises before anything is computed
        result = give(function(array, *arguments, **options))
    return result


def as_lengths(shape: Sequence[int]) -> ctypes.Array[ctypes.c_int64]:
    """Return `shape` as an array of ``int64_t``."""
    return _lengths_type(len(shape))(*shape)


@functools.lru_cache(maxsize=64)
def _lengths_type(ndim: int) -> type[ctypes.Array[ctypes.c_int64]]:
    return ctypes.c_int64 * ndim


def shape_of(function: Any, ndim: int, *arguments: Any) -> tuple[int, ...]:
    """Return the output shape, of `ndim` entries, that an ``rsmp_..._shape`` function gives for the arguments."""
    shape = _lengths_type(ndim)()
    function(*arguments, shape, Error())
    return tuple(shape)


def execute(
    function: Any,
    inputs: Sequence[NDArray[Any] | None],
    *arguments: Any,
    outputs: Sequence[NDArray[Any] | None],
) -> None:
    """Call a function of the library that reads `inputs` and writes `outputs`; None is passed as NULL."""
    sources = [(None, None) if array is None else input_tensor(array) for array in inputs]
    targets = [(None, None) if array is None else output_tensor(array) for array in outputs]
    function(*(address for address, _ in sources), *arguments, *(address for address, _ in targets), Error())
    del sources, targets  # not before: they hold what the addresses are of
