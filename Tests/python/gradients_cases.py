"""Random valid calls of the backward functions, their expected results, and how far off a result may be."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

import arrays
import cases
import comparison
import gradients_oracle
import neighbours_cases as neighbours
import numpy as np
import tolerances
from oracle import HALF_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]

FLOATS = cases.FLOATS

#: What each backward function returns, in order.
RESULTS = {
    "interpolate": ("grad_input",),
    "conv_transpose1d": ("grad_input", "grad_weight", "grad_bias"),
    "conv_transpose2d": ("grad_input", "grad_weight", "grad_bias"),
    "conv_transpose3d": ("grad_input", "grad_weight", "grad_bias"),
    "grid_sample": ("grad_input", "grad_grid"),
    "carafe": ("grad_features", "grad_masks"),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """A call of the backward of `operator`: grad_output and the operator's arrays by position, options by name."""

    operator: str
    arrays: tuple[Array, ...]
    options: dict[str, Any]

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self.arrays[0].dtype.name

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the results."""
        return RESULTS[self.operator]

    @property
    def name(self) -> str:
        """The operator, of interpolate the mode, with what changes it."""
        if self.operator != "interpolate":
            return self.operator
        return self.options["mode"] + (", antialias" if self.options.get("antialias") else "")

    def of(self, module: Any) -> tuple[Array, ...]:
        """The results of a module that has the function."""
        results = getattr(module, f"{self.operator}_backward")(*self.arrays, **self.options)
        return results if isinstance(results, tuple) else (results,)

    def expected(self) -> tuple[Array, ...]:
        """The results, not rounded to the dtype yet."""
        return self._oracle()

    def magnitudes(self) -> tuple[Array, ...]:
        """For each result the sum of the magnitudes of what it is the sum of."""
        return self._oracle(magnitudes=True)

    def _oracle(self, **further: Any) -> tuple[Array, ...]:
        operator = "conv_transpose" if self.operator.startswith("conv_transpose") else self.operator
        results = getattr(gradients_oracle, f"{operator}_backward")(*self.arrays, **self.options, **further)
        return results if isinstance(results, tuple) else (results,)

    def rounding(self) -> tuple[Array, ...]:
        """How far off sums may be before they are rounded to a half type."""
        return tuple(tolerances.GRADIENTS[self.dtype] * magnitudes for magnitudes in self.magnitudes())

    def with_dtype(self, dtype: Any) -> Call:
        """The same call with the arrays in another dtype."""
        return dataclasses.replace(self, arrays=tuple(array.astype(dtype) for array in self.arrays))

    def __str__(self) -> str:
        """The call, for messages."""
        shapes = ", ".join(str(array.shape) for array in self.arrays)
        return f"{self.operator}_backward({shapes}, {self.options}) of {self.dtype}"


def unit(expected: Array, dtype: np.dtype[Any]) -> Any:
    """A unit in the last place of a half type."""
    if dtype not in HALF_TYPES:
        return 0.0
    with np.errstate(over="ignore"):
        return np.spacing(np.abs(expected).astype(dtype)).astype(np.float64)


def assert_agrees(
    actual: tuple[Array, ...], expected: tuple[Array, ...], call: Call, reference: str, slack: Any = 0.0
) -> None:
    """Require the expected shapes, dtype and values within the tolerance of the call plus a slack, one for each result.

    The worst differences of each `reference`, relative to the largest sum of magnitudes, are reported at the end.
    """
    assert len(actual) == len(expected) == len(call.results), str(call)
    dtype = call.arrays[0].dtype
    slacks = slack if isinstance(slack, tuple) else (slack,) * len(expected)
    rows = zip(call.results, actual, expected, call.magnitudes(), slacks)
    for result, one, other, magnitudes, further in rows:
        message = f"{result} of {call}"
        assert one.dtype == dtype, f"{one.dtype} for {message}"
        assert one.shape == other.shape, f"{one.shape}, not {other.shape}, for {message}"
        other = other.astype(np.float64)
        allowed = tolerances.GRADIENTS[call.dtype] * magnitudes + unit(other, dtype) + further
        difference = np.abs(one.astype(np.float64) - other)
        record = comparison.worst[reference, f"{call.name}: {result}", call.dtype]
        record[0] += 1
        scale = max(comparison.largest(magnitudes), float(np.finfo(np.float64).tiny))
        record[1] = max(record[1], comparison.largest(difference) / scale)
        # A NaN is no agreement.
        bad = ~(difference <= allowed)
        assert not bad.any(), f"{difference[bad].max():.3g} is more than {allowed[bad].min():.3g} for {message}"


# --- Choosing --------------------------------------------------------------------------------------------------------


def of_interpolate(case: cases.Case) -> Call:
    """The backward of a case of interpolate."""
    grad_output = cases.samples((*case.shape[:2], *case.outputs), case.dtype, case.seed)
    if case.channels_last:
        grad_output = np.moveaxis(np.ascontiguousarray(np.moveaxis(grad_output, 1, -1)), -1, 1)
    return Call("interpolate", (grad_output,), {"input_size": case.shape, **case.options})


def interpolate(random: np.random.Generator, pytorch_only: bool = False) -> Call:
    """A call of interpolate_backward."""
    while True:
        case = cases.random_case(random, pytorch_only)
        if case.dtype in FLOATS:
            return of_interpolate(case)


def conv_transpose(random: np.random.Generator) -> Call:
    """A call of conv_transpose1d_backward, 2d or 3d."""
    call = neighbours.conv_transpose(random, FLOATS)
    input, weight = call.arrays[:2]
    return of_conv_transpose(call.operator, input, weight, call.options, random)


def of_conv_transpose(
    operator: str, input: Array, weight: Array, options: dict[str, Any], random: np.random.Generator
) -> Call:
    """The backward of a call of conv_transpose."""
    axes = weight.ndim - 2

    def each(name: str, usual: int) -> tuple[int, ...]:
        value = options.get(name, usual)
        return tuple(value) * (axes // len(value)) if isinstance(value, tuple) else (value,) * axes

    given = (each(*pair) for pair in (("stride", 1), ("padding", 0), ("output_padding", 0), ("dilation", 1)))
    outputs = [
        (length - 1) * s - 2 * p + d * (k - 1) + a + 1
        for length, k, s, p, a, d in zip(input.shape[-axes:], weight.shape[2:], *given)
    ]
    shape = (*input.shape[: -axes - 1], weight.shape[1] * options.get("groups", 1), *outputs)
    return Call(operator, (neighbours.samples(random, shape, input.dtype.name), input, weight), options)


def grid_sample(random: np.random.Generator) -> Call:
    """A call of grid_sample_backward; points lie in and around the input, some at its very edges and samples."""
    call = neighbours.grid_sample(random)
    input, grid = call.arrays
    grad_output = neighbours.samples(random, (*input.shape[:2], *grid.shape[1:-1]), call.dtype)
    return Call("grid_sample", (grad_output, input, grid), call.options)


def carafe(random: np.random.Generator) -> Call:
    """A call of carafe_backward."""
    call = neighbours.carafe(random)
    features, masks = call.arrays
    shape = (*features.shape[:2], *masks.shape[2:])
    return Call("carafe", (neighbours.samples(random, shape, call.dtype), features, masks), call.options)


CHOOSERS: dict[str, Callable[[np.random.Generator], Call]] = {
    function.__name__: function for function in (interpolate, conv_transpose, grid_sample, carafe)
}


def random_calls(choose: Callable[..., Call], seed: int, count: int, **options: Any) -> list[Call]:
    """As many random calls, the same ones for the same seed."""
    random = cases.generator(seed)
    return [choose(random, **options) for _ in range(count)]


# --- One call of every kind ------------------------------------------------------------------------------------------
# Long enough for the widest vectors, and odd, so that each loop has its remainder.

#: Operator, the shapes of its arrays but for grad_output, and options.
Kind = tuple[str, tuple[tuple[int, ...], ...], dict[str, Any]]

FACTORS = {"x1.7": {"scale_factor": 1.7}, "x0.6": {"scale_factor": 0.6}}


def kinds() -> dict[str, Kind]:
    """Every mode and option of every operator."""
    found: dict[str, Kind] = {}
    for name, (mode, shape, options) in arrays.MODES.items():
        for factor, scale in FACTORS.items():
            found[f"{name} {factor}"] = "interpolate", (), {"input_size": shape, **scale, "mode": mode, **options}
    corners = {"input_size": (2, 3, 5, 7, 43), "size": (4, 16, 41), "mode": "trilinear", "align_corners": True}
    found["trilinear-corners"] = "interpolate", (), corners
    found["bicubic-corners"] = (
        "interpolate",
        (),
        {**corners, "input_size": (2, 3, 7, 43), "size": (16, 41), "mode": "bicubic"},
    )
    found["bilinear of one sample"] = (
        "interpolate",
        (),
        {"input_size": (2, 3, 1, 19), "size": (9, 1), "mode": "bilinear"},
    )
    found["conv 1d"] = "conv_transpose1d", ((2, 3, 83), (3, 5, 4)), {"stride": 2, "padding": 1}
    found["conv 1d dilated"] = "conv_transpose1d", ((2, 3, 37), (3, 5, 3)), {"dilation": 3}
    images = (2, 6, 9, 19)
    for name, weight, options in (
        ("x2", (6, 5, 4, 4), {"stride": 2, "padding": 1}),
        ("2x2", (6, 5, 2, 2), {"stride": 2}),
        ("odd", (6, 5, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
        ("stride 1", (6, 5, 3, 3), {"padding": 1}),
        ("groups", (6, 5, 3, 4), {"stride": (3, 2), "groups": 3, "padding": (2, 0)}),
        ("depthwise", (6, 1, 4, 4), {"stride": 2, "groups": 6, "padding": 1}),
        ("gaps", (6, 5, 2, 3), {"stride": (4, 5), "output_padding": (3, 1)}),
        ("dilated", (6, 5, 3, 3), {"stride": (2, 1), "dilation": (2, 3), "output_padding": (1, 2)}),
        ("1x1", (6, 33, 1, 1), {}),
    ):
        found[f"conv 2d {name}"] = "conv_transpose2d", (images, weight), options
    found["conv 2d unbatched"] = "conv_transpose2d", (images[1:], (6, 5, 4, 4)), {"stride": 2}
    found["conv 2d of one sample"] = "conv_transpose2d", ((2, 6, 1, 1), (6, 5, 3, 3)), {"stride": 2}
    options = {"stride": (1, 2, 2), "padding": (1, 0, 1)}
    found["conv 3d"] = "conv_transpose3d", ((2, 3, 4, 5, 11), (3, 4, 3, 2, 4)), options
    for shapes, mode, padding_mode, corner in itertools.product(
        (((2, 5, 9, 11), (2, 7, 37, 2)), ((2, 5, 4, 5, 6), (2, 3, 2, 37, 3))),
        ("bilinear", "nearest", "bicubic"),
        ("zeros", "border", "reflection"),
        (False, True),
    ):
        name = f"grid {len(shapes[0]) - 2}d {mode} {padding_mode} {'corners' if corner else ''}".strip()
        options = {"mode": mode, "padding_mode": padding_mode, "align_corners": corner}
        found[name] = "grid_sample", shapes, options
    found["grid of one sample"] = "grid_sample", ((2, 5, 1, 1), (2, 7, 37, 2)), {"align_corners": True}
    for k, s, groups in ((1, 1, 1), (3, 2, 2), (5, 2, 1), (5, 1, 3), (7, 3, 1)):
        shapes = ((2, 6, 5, 19), (2, groups * k * k, 5 * s, 19 * s))
        options = {"kernel_size": k, "group_size": groups, "scale_factor": s}
        found[f"carafe {k} {s} {groups}"] = "carafe", shapes, options
    return found


KINDS = kinds()

#: One of each loop that the library may have, for what takes long.
SOME = [
    "nearest-2d x1.7",
    "linear x0.6",
    "bilinear x1.7",
    "bicubic-antialias x0.6",
    "area-3d x1.7",
    "lanczos-3d x0.6",
    "bicubic-corners",
    "conv 1d",
    "conv 2d x2",
    "conv 2d groups",
    "conv 2d depthwise",
    "conv 2d unbatched",
    "conv 3d",
    "grid 2d bilinear zeros",
    "grid 2d bicubic reflection",
    "grid 2d nearest border corners",
    "grid 3d bilinear border",
    "carafe 3 2 2",
    "carafe 5 2 1",
]


def of_kind(name: str, dtype: Any, larger: int = 1) -> Call:
    """One call of a kind; its images may be some times larger."""
    operator, shapes, options = KINDS[name]
    random = np.random.default_rng(7)
    dtype_name = np.dtype(dtype).name

    def plain(shape: tuple[int, ...]) -> Array:
        return cases.samples(shape, dtype_name, int(random.integers(2**31)))

    if operator == "interpolate":
        size = options["input_size"]
        options = {**options, "input_size": (*size[:2], *(length * larger for length in size[2:]))}
        case = cases.Case(options["input_size"], dtype_name, options, channels_last=False, seed=1)
        return Call(operator, (plain((*size[:2], *case.outputs)),), options)
    first, second = shapes
    if operator == "grid_sample":
        points = random.uniform(-1.6, 1.6, (second[0], second[1] * larger, *second[2:])).astype(dtype)
        points.ravel()[:40:3] = np.round(points.ravel()[:40:3].astype(np.float32) * 4) / 4
        input = plain(first)
        return Call(operator, (plain((*first[:2], *points.shape[1:-1])), input, points), options)
    if operator == "carafe":
        first = (*first[:2], first[2] * larger, first[3])
        second = (*second[:2], second[2] * larger, second[3])
        return Call(operator, (plain((*first[:2], *second[2:])), plain(first), plain(second)), options)
    axes = len(second) - 2
    first = (*first[:-axes], *(length * larger for length in first[-axes:]))
    call = of_conv_transpose(operator, plain(first), plain(second), options, random)
    return dataclasses.replace(call, arrays=(plain(call.arrays[0].shape), *call.arrays[1:]))
