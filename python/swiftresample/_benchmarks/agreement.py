"""Whether a peer computes the same numbers as this library: nobody is timed doing something else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .case import Array, Case

#: How far from this library's result a peer may be, on average and in standard deviations of that result, to be timed
#: as computing something similar. The inputs are noise: the result of a neighbouring pixel is about 1 away.
SIMILAR = 0.1
SIMILAR_LOOSE = 0.5


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How a peer's result compares with this library's; `kind` is "same", "similar" or "different"."""

    kind: str
    largest_difference: float
    tolerance: float


def tolerance(case: Case) -> float:
    """Return the largest difference that the same operator may show in another library.

    Samples that are moved: none. uint8: 2 levels, since libraries round between the passes or after them. Floats: the
    roundings of the sums, and those of a float32 coordinate, which are the larger the longer the axis; samples are at
    most 1.
    """
    if case.moves:
        return 0.0
    if case.dtype == "uint8":
        return 2.0
    arithmetic = {"float64": 1e-12, "float32": 3e-6, "float16": 2**-10, "bfloat16": 2**-7}[case.dtype]
    coordinate = 2**-52 if case.dtype == "float64" else 2**-23
    return arithmetic * case.magnitude + 2 * max(case.shape[2:]) * coordinate


def check(actual: Array, expected: Array, case: Case, loose: bool = False) -> Agreement:
    """Compare a peer's result with this library's."""
    if actual.shape != expected.shape:
        return Agreement("different", float("inf"), 0.0)
    exact = expected.astype(np.float64)
    differences = np.abs(actual.astype(np.float64) - exact)
    largest, allowed = float(differences.max()), tolerance(case)
    if largest <= allowed:
        return Agreement("same", largest, allowed)
    similar = differences.mean() <= (SIMILAR_LOOSE if loose else SIMILAR) * exact.std()
    return Agreement("similar" if similar else "different", largest, allowed)
