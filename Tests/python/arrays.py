"""Arrays to test with: random samples of any dtype, and the same samples in every memory format."""

from __future__ import annotations

import itertools
from typing import Any, Callable

import cases
import numpy as np

Array = np.ndarray[Any, Any]

FLOATS = [cases.numpy_dtype(name) for name in cases.FLOATS]
INTEGERS = [np.dtype(name) for name in cases.INTEGERS]
WEIGHTED = FLOATS + INTEGERS
COPIED = [np.dtype(name) for name in cases.COPIED]

# Every mode with an input shape of each rank it has. Long enough for the widest vectors, and odd, so that each loop
# has its remainder.
MODES: dict[str, tuple[str, tuple[int, ...], dict[str, bool]]] = {
    "nearest-1d": ("nearest", (2, 3, 83), {}),
    "nearest-2d": ("nearest", (2, 3, 17, 83), {}),
    "nearest-3d": ("nearest", (2, 3, 5, 7, 43), {}),
    "nearest-exact-2d": ("nearest-exact", (2, 3, 17, 83), {}),
    "linear": ("linear", (2, 3, 83), {}),
    "linear-antialias": ("linear", (2, 3, 83), {"antialias": True}),
    "bilinear": ("bilinear", (2, 3, 17, 83), {}),
    "bilinear-corners": ("bilinear", (2, 3, 17, 83), {"align_corners": True}),
    "bilinear-antialias": ("bilinear", (2, 3, 17, 83), {"antialias": True}),
    "trilinear": ("trilinear", (2, 3, 5, 7, 43), {}),
    "trilinear-antialias": ("trilinear", (2, 3, 5, 7, 43), {"antialias": True}),
    "bicubic": ("bicubic", (2, 3, 17, 83), {}),
    "bicubic-antialias": ("bicubic", (2, 3, 17, 83), {"antialias": True}),
    "lanczos-1d": ("lanczos", (2, 3, 83), {"antialias": True}),
    "lanczos-2d": ("lanczos", (2, 3, 17, 83), {"antialias": True}),
    "lanczos-3d": ("lanczos", (2, 3, 5, 7, 43), {"antialias": True}),
    "area-1d": ("area", (2, 3, 83), {}),
    "area-2d": ("area", (2, 3, 17, 83), {}),
    "area-3d": ("area", (2, 3, 5, 7, 43), {}),
}


def samples(shape: tuple[int, ...], dtype: Any, seed: int = 1) -> Array:
    """Random samples of any dtype."""
    return cases.samples(shape, np.dtype(dtype).name, seed)


def bits(array: Array) -> Array:
    """The bytes of every sample, for comparisons that tell -0.0 from 0.0 and one NaN from another."""
    array = np.ascontiguousarray(array)
    return array.view(np.uint8).reshape(*array.shape, array.itemsize)


def assert_same_bits(actual: Array, expected: Array, what: str = "") -> None:
    assert actual.dtype == expected.dtype
    np.testing.assert_array_equal(bits(actual), bits(expected), what)


def pairs(*dimensions: Any) -> list[tuple[Any, ...]]:
    """Rows in which every value of a dimension meets every value of each other one: few, where a product has many.

    Three modes, three paddings, two ranks and four dtypes make 72 combinations, and 12 rows.
    """
    axes = [list(dimension) for dimension in dimensions]
    ways = list(itertools.combinations(range(len(axes)), 2))
    left = {(i, j, x, y) for i, j in ways for x in range(len(axes[i])) for y in range(len(axes[j]))}
    rows = list(itertools.product(*(range(len(axis)) for axis in axes)))
    found = []
    while left:
        row = max(rows, key=lambda row: sum((i, j, row[i], row[j]) in left for i, j in ways))
        left -= {(i, j, row[i], row[j]) for i, j in ways}
        found.append(tuple(axis[place] for axis, place in zip(axes, row)))
    return found


def in_turn(values: Any, *others: Any) -> list[tuple[Any, ...]]:
    """Rows of each value with one of each of the others, in turn, which are as many as the most."""
    columns = [list(column) for column in (values, *others)]
    return [tuple(column[row % len(column)] for column in columns) for row in range(max(map(len, columns)))]


# ---- Memory formats --------------------------------------------------------------------------------------------------
# Each takes an array and gives one that is equal to it but lies otherwise in memory.


def contiguous(array: Array) -> Array:
    return np.ascontiguousarray(array)


def channels_last(array: Array) -> Array:
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)


def cropped_channels_last(array: Array) -> Array:
    array = np.moveaxis(array, 1, -1)
    larger = np.zeros([length + 3 for length in array.shape], array.dtype)
    view = larger[(slice(1, -2),) * array.ndim]
    view[...] = array
    return np.moveaxis(view, -1, 1)


def fortran(array: Array) -> Array:
    return np.asfortranarray(array)


def swapped_axes(array: Array) -> Array:
    return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)


def negative(array: Array) -> Array:
    everywhere = (slice(None, None, -1),) * array.ndim
    return array[everywhere].copy()[everywhere]


def negative_width(array: Array) -> Array:
    return array[..., ::-1].copy()[..., ::-1]


def sliced(array: Array) -> Array:
    steps = [3 if length > 1 else 1 for length in array.shape]
    larger = np.zeros([length * step for length, step in zip(array.shape, steps)], array.dtype)
    view = larger[tuple(slice(None, None, step) for step in steps)]
    view[...] = array
    return view


def misaligned(array: Array) -> Array:
    memory = np.zeros(array.nbytes + 1, np.uint8)
    view = memory[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def read_only(array: Array) -> Array:
    array = array.copy()
    array.flags.writeable = False
    return array


def record_field(array: Array) -> Array:
    """A field of records whose size is no multiple of the field's."""
    records = np.zeros(array.shape, np.dtype({"names": ["a", "v"], "formats": ["u1", array.dtype]}))
    records["v"] = array
    return records["v"]


#: Those that an output can have as well.
WRITEABLE_FORMATS: dict[str, Callable[[Array], Array]] = {
    function.__name__: function
    for function in (
        contiguous,
        channels_last,
        cropped_channels_last,
        fortran,
        swapped_axes,
        negative,
        negative_width,
        sliced,
        misaligned,
    )
}
FORMATS = {**WRITEABLE_FORMATS, "read_only": read_only, "record_field": record_field}
