"""Random valid calls of the operators beside interpolate, their expected results, and how far off a result may be."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import cases
import comparison
import neighbours_oracle as oracle
import numpy as np
from arrays import bits
from oracle import HALF_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, Any]

FLOATS = cases.FLOATS
EVERY_DTYPE = (*FLOATS, *cases.INTEGERS, *cases.COPIED)

#: Of a float result, relative to the sum of the magnitudes of what is summed: docs/exactness.md. What is summed in
#: float32 and rounded once to a half type may be off by a unit in the last place besides.
SUMS = {"float32": 2e-6, "float64": 1e-13, "float16": 2e-6, "bfloat16": 2e-6}

#: Of a sampled result, relative to the largest |input|.
SAMPLED = {"float32": 3e-6, "float64": 1e-13, "float16": 3e-6, "bfloat16": 3e-6}

CONV_TRANSPOSE = {1: "conv_transpose1d", 2: "conv_transpose2d", 3: "conv_transpose3d"}


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """A call of `operator`, by its name in the package: arrays by position, then options by name."""

    operator: str
    arrays: tuple[Array, ...]
    options: dict[str, Any]

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self.arrays[0].dtype.name

    def of(self, module: Any) -> Any:
        """The result of a module that has the operator."""
        return getattr(module, self.operator)(*self.arrays, **self.options)

    def expected(self) -> Array:
        """The result, not rounded to the dtype yet."""
        operator = "conv_transpose" if self.operator.startswith("conv_transpose") else self.operator
        expected: Array = getattr(oracle, operator)(*self.arrays, **self.options)
        return expected

    def allowed(self, expected: Array) -> Any:
        """The largest difference from the expected result, of each sample or of all."""
        if self.operator.startswith("pixel") or self.dtype == "int64":
            return 0.0
        return self.rounding() + self._unit(expected)

    def rounding(self) -> Any:
        """How far off sums may be before they are rounded to a half type."""
        if self.operator == "affine_grid":
            return SUMS[self.dtype] * max(comparison.largest(self.arrays[0]), 1.0)
        if self.operator == "grid_sample":
            return SAMPLED[self.dtype] * comparison.largest(self.arrays[0].astype(np.float64))
        if self.operator == "carafe":
            return SUMS[self.dtype] * oracle.carafe_magnitudes(*self.arrays, *self.options.values())
        return SUMS[self.dtype] * oracle.conv_transpose_magnitudes(*self.arrays, **self.options)

    def _unit(self, expected: Array) -> Any:
        """A unit in the last place of a half type."""
        dtype = self.arrays[0].dtype
        return np.spacing(np.abs(expected).astype(dtype)).astype(np.float64) if dtype in HALF_TYPES else 0.0

    def __str__(self) -> str:
        """The call, for messages."""
        shapes = ", ".join(str(array.shape) for array in self.arrays)
        return f"{self.operator}({shapes}, {self.options}) of {self.dtype}"


def assert_agrees(actual: Array, expected: Array, call: Call, reference: str, slack: Any = 0.0) -> None:
    """Require the expected shape, dtype and values: exactly, or within the tolerance of the call plus a slack.

    The worst differences of each `reference`, relative to the largest sample of any array, are reported at the end.
    """
    assert actual.dtype == call.arrays[0].dtype, f"{actual.dtype} for {call}"
    assert actual.shape == expected.shape, f"{actual.shape}, not {expected.shape}, for {call}"
    record = comparison.worst[reference, call.operator, call.dtype]
    record[0] += 1
    if call.operator.startswith("pixel"):
        np.testing.assert_array_equal(bits(actual), bits(expected), str(call))
        return
    if call.dtype == "int64":
        np.testing.assert_array_equal(actual, expected, str(call))
        return
    expected = expected.astype(np.float64)
    difference = np.abs(actual.astype(np.float64) - expected)
    scale = comparison.largest(call.arrays[0].astype(np.float64))
    record[1] = max(record[1], comparison.largest(difference) / max(scale, float(np.finfo(np.float64).tiny)))
    excess = comparison.largest(np.maximum(difference - (call.allowed(expected) + slack), 0))
    assert excess == 0, f"{comparison.largest(difference):.3g} is {excess:.3g} more than allowed for {call}"


# --- Choosing --------------------------------------------------------------------------------------------------------


def pick(random: np.random.Generator, items: Sequence[Any]) -> Any:
    """One of the items."""
    return items[int(random.integers(len(items)))]


def samples(random: np.random.Generator, shape: Sequence[int], dtype: str) -> Array:
    """Random samples in any memory format."""
    array = cases.samples(tuple(shape), dtype, int(random.integers(2**31)))
    kind = int(random.integers(8))
    if kind == 0 and array.ndim > 2:
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)
    if kind == 1:
        return array[..., ::-1].copy()[..., ::-1]
    if kind == 2:
        return np.asfortranarray(array)
    if kind == 3:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    return array


def pixel_shuffle(random: np.random.Generator) -> Call:
    """A call of pixel_shuffle or pixel_unshuffle."""
    factor = pick(random, (1, 2, 2, 3, 4, 5, 7))
    leading = [int(random.integers(1, 4)) for _ in range(random.integers(0, 4))]
    channels, height, width = (int(random.integers(1, limit)) for limit in (4, 9, 40 // factor))
    dtype = pick(random, EVERY_DTYPE)
    if random.integers(2):
        shape, operator, name = (*leading, channels * factor**2, height, width), "pixel_shuffle", "upscale_factor"
    else:
        shape = (*leading, channels, height * factor, width * factor)
        operator, name = "pixel_unshuffle", "downscale_factor"
    return Call(operator, (samples(random, shape, dtype),), {name: factor})


def conv_transpose(random: np.random.Generator, dtypes: Sequence[str] = (*FLOATS, "int64")) -> Call:
    """A call of conv_transpose1d, 2d or 3d."""
    axes = pick(random, (1, 2, 2, 2, 3))
    longest = {1: 60, 2: 14, 3: 6}[axes]

    def per_axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(random.integers(low, high, endpoint=True)) for _ in range(axes))

    groups = pick(random, (1, 1, 1, 2, 3))
    inputs, outputs = (groups * int(random.integers(1, high, endpoint=True)) for high in (5, 9))
    lengths, kernel = per_axis(1, longest), per_axis(1, 5 if axes < 3 else 3)
    stride, dilation = per_axis(1, 4), per_axis(1, 3)
    if random.integers(3) == 0:  # the usual: an upsampling layer
        stride, dilation, kernel = (2,) * axes, (1,) * axes, (pick(random, (2, 3, 4)),) * axes
    addition = tuple(int(random.integers(0, max(s, d))) for s, d in zip(stride, dilation))
    padding = []
    for length, k, s, d, a in zip(lengths, kernel, stride, dilation, addition):
        whole = (length - 1) * s + d * (k - 1) + a + 1
        padding.append(int(random.integers(0, min((whole - 1) // 2, 2 * k), endpoint=True)))
    options: dict[str, Any] = {
        "stride": stride,
        "padding": tuple(padding),
        "output_padding": addition,
        "groups": groups,
        "dilation": dilation,
    }
    if random.integers(4) == 0:
        options = {name: value for name, value in options.items() if name == "groups" or set(value) != {0}}
    for name, value in options.items():
        if isinstance(value, tuple) and len(set(value)) == 1 and random.integers(2):
            options[name] = value[0]
    dtype = pick(random, dtypes)
    images = () if random.integers(5) == 0 else (int(random.integers(1, 4)),)
    arrays = [
        samples(random, (*images, inputs, *lengths), dtype),
        samples(random, (inputs, outputs // groups, *kernel), dtype),
    ]
    if random.integers(2):
        arrays.append(samples(random, (outputs,), dtype))
    return Call(CONV_TRANSPOSE[axes], tuple(arrays), options)


def grid_sample(random: np.random.Generator, dtypes: Sequence[str] = FLOATS) -> Call:
    """A call of grid_sample; points lie in and around the input, some of them at its very edges and samples."""
    axes = pick(random, (2, 2, 2, 3))
    longest = {2: 20, 3: 7}[axes]
    lengths, outputs = ([int(random.integers(1, longest)) for _ in range(axes)] for _ in range(2))
    images, channels = int(random.integers(1, 4)), int(random.integers(1, 10))
    dtype = pick(random, dtypes)
    options = {
        "mode": pick(random, ("bilinear", "nearest", "bicubic")),
        "padding_mode": pick(random, ("zeros", "border", "reflection")),
        "align_corners": pick(random, (None, False, True)),
    }
    points = random.uniform(-1, 1, (images, *outputs, axes)) * pick(random, (1.0, 1.1, 2.0, 4.0))
    if random.integers(4) == 0:
        points = np.round(points * 4) / 4
    grid = points.astype(cases.numpy_dtype(dtype))
    if random.integers(4) == 0:
        grid = np.moveaxis(np.ascontiguousarray(np.moveaxis(grid, -1, 1)), 1, -1)
    return Call("grid_sample", (samples(random, (images, channels, *lengths), dtype), grid), options)


def affine_grid(random: np.random.Generator) -> Call:
    """A call of affine_grid."""
    axes = pick(random, (2, 3))
    images = int(random.integers(1, 4))
    size = (images, int(random.integers(1, 4)), *(int(random.integers(1, 30 // axes)) for _ in range(axes)))
    theta = samples(random, (images, axes, axes + 1), pick(random, ("float32", "float64")))
    return Call("affine_grid", (theta,), {"size": size, "align_corners": pick(random, (None, False, True))})


def carafe(random: np.random.Generator) -> Call:
    """A call of carafe."""
    k, s, groups = pick(random, (1, 3, 5, 5, 7)), pick(random, (1, 2, 2, 3, 4)), pick(random, (1, 1, 2, 3))
    images, channels = int(random.integers(1, 3)), groups * int(random.integers(1, 7))
    height, width = int(random.integers(1, 9)), int(random.integers(1, 24))
    dtype = pick(random, FLOATS)
    features = samples(random, (images, channels, height, width), dtype)
    masks = samples(random, (images, groups * k * k, height * s, width * s), dtype)
    return Call("carafe", (features, masks), {"kernel_size": k, "group_size": groups, "scale_factor": s})


def random_calls(choose: Callable[[np.random.Generator], Call], seed: int, count: int) -> list[Call]:
    """As many random calls, the same ones for the same seed."""
    random = cases.generator(seed)
    return [choose(random) for _ in range(count)]
