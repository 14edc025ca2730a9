"""Random calls of ``onnx.resize``: any attributes, ranks, axes, dtypes and memory formats."""

from __future__ import annotations

import dataclasses
from typing import Any

import arrays
import cases
import numpy as np
import onnx_oracle

import swiftresample as sr

TRANSFORMATIONS = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_half_pixel_for_nn",
    "tf_crop_and_resize",
)
NEAREST_MODES = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
FORMATS = ("contiguous", "fortran", "sliced", "negative", "misaligned")
WEIGHTED = (*cases.FLOATS, *cases.INTEGERS)
MOST_CHANGES = 3

Random = np.random.Generator


@dataclasses.dataclass(frozen=True)
class Call:
    """One call: the input is random, but the same each time."""

    shape: tuple[int, ...]
    dtype: str
    format: str
    seed: int
    roi: list[float] | None
    scales: list[float] | None
    sizes: list[int] | None
    attributes: dict[str, Any]

    @property
    def input(self) -> onnx_oracle.Array:
        """The array, in the call's memory format."""
        return arrays.FORMATS[self.format](cases.samples(self.shape, self.dtype, self.seed))

    @property
    def is_nearest(self) -> bool:
        """Whether samples are copied."""
        return self.attributes["mode"] == "nearest"

    @property
    def axes(self) -> dict[int, onnx_oracle.Axis]:
        """What is asked for of each axis that is named."""
        policy = self.attributes.get("keep_aspect_ratio_policy", "stretch")
        return onnx_oracle.axes_of(self.shape, self.roi, self.scales, self.sizes, self.attributes.get("axes"), policy)

    @property
    def changed(self) -> list[onnx_oracle.Axis]:
        """The axes that are not copied."""
        transformation = self.attributes["coordinate_transformation_mode"]
        return [axis for axis in self.axes.values() if not axis.is_copied(transformation)]

    def run(self, **further: Any) -> onnx_oracle.Array:
        """What the library gives."""
        return sr.onnx.resize(self.input, self.roi, self.scales, self.sizes, **self.attributes, **further)

    def expected(self) -> tuple[onnx_oracle.Array, float]:
        """What the oracle gives before it is rounded, and the gain of its weights."""
        return onnx_oracle.unrounded(self.input, self.roi, self.scales, self.sizes, **self.attributes)

    def ambiguities(self) -> np.ndarray:
        """How far coordinates are from a sample or from the middle of two, where that is a rounding's doing, else 1."""
        transformation = self.attributes["coordinate_transformation_mode"]
        x = np.concatenate([[0.25], *(2 * onnx_oracle.coordinates(axis, transformation) for axis in self.changed)])
        distances = np.abs(x - np.rint(x))
        return np.where(distances == 0, 1, distances)


def random_calls(seed: int, count: int) -> list[Call]:
    """Calls that the library takes."""
    random = np.random.default_rng(seed)
    calls: list[Call] = []
    while len(calls) < count:
        call = random_call(random)
        if all(axis.output >= 1 for axis in call.axes.values()) and len(call.changed) <= MOST_CHANGES:
            calls.append(call)
    return calls


def random_call(random: Random) -> Call:
    """A call that may ask for an axis of no samples, or for too many axes."""
    rank = int(random.integers(1, 9))
    shape = tuple(int(length) for length in random.integers(1, {1: 60, 2: 30, 3: 12, 4: 9}.get(rank, 4), rank))
    wanted = random.permutation(rank)[: random.integers(1, min(rank, MOST_CHANGES) + 1)].tolist()
    names_all = random.random() < 0.4
    named = list(range(rank)) if names_all else wanted
    mode = str(random.choice(["nearest", "linear", "cubic"]))
    transformation = str(random.choice(TRANSFORMATIONS))
    attributes: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": transformation}
    if mode == "nearest":
        attributes["nearest_mode"] = str(random.choice(NEAREST_MODES))
    else:
        attributes["antialias"] = int(random.random() < 0.35)
        attributes["exclude_outside"] = int(random.random() < 0.35)
    if mode == "cubic":
        attributes["cubic_coeff_a"] = float(random.choice([-0.75, -0.5, -1.0]))
    if not names_all:
        attributes["axes"] = [axis - rank if random.random() < 0.3 else axis for axis in named]
    roi = None
    if transformation == "tf_crop_and_resize":
        attributes["extrapolation_value"] = float(random.choice([0.0, 10.0, -3.5, 300.0]))
        # Sixteenths, so that whole crops occur; a third of them run backwards.
        bounds = np.array([random.integers(-5, 14, rank), random.integers(3, 22, rank)]) / 16
        bounds = bounds[::-1] if random.random() < 0.33 else bounds
        kept = [axis not in wanted for axis in range(rank)]
        bounds = np.where(kept, [[0.0], [1.0]], bounds)[:, named]
        roi = bounds.ravel().tolist()
    scales = sizes = None
    if random.random() < 0.5:
        factors = random.choice([0.3, 0.5, 0.6, 0.7, 1, 1.2, 1.5, 2, 2.3, 3], rank)
        scales = [float(factors[axis]) if axis in wanted else 1.0 for axis in named]
    else:
        lengths = random.integers(1, 14 if rank < 5 else 6, rank)
        sizes = [int(lengths[axis]) if axis in wanted else shape[axis] for axis in named]
        if random.random() < 0.3:
            attributes["keep_aspect_ratio_policy"] = str(random.choice(["not_larger", "not_smaller"]))
    dtype = str(random.choice((*WEIGHTED, *cases.COPIED) if mode == "nearest" else WEIGHTED))
    seed = int(random.integers(1000))
    return Call(shape, dtype, str(random.choice(FORMATS)), seed, roi, scales, sizes, attributes)
