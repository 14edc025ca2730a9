"""Every tolerance of the comparisons with the oracle and with PyTorch, in one place.

docs/exactness.md says where each comes from. The nearest modes have none, nor has uint8 in any mode but area: they
agree bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cases import Case

#: Of float results, relative to the largest |input|: the rounding of sums, and of weights computed in another order.
RELATIVE = {"float32": 3e-6, "float64": 1e-13}

#: Of gradients, relative to the sum of the magnitudes of what each is the sum of: the roundings of weights and sums,
#: which may be those over a whole image or batch. What is summed in float32 and rounded once to a half type may be off
#: by a unit in the last place besides.
GRADIENTS = {"float32": 3e-6, "float64": 1e-14, "float16": 3e-6, "bfloat16": 3e-6}

#: The type in which integers are summed where they are not computed in integers.
SUMMED_IN = {"uint8": "float32", "int8": "float32", "int16": "float32", "uint16": "float32", "int32": "float64"}


def is_exact(case: Case) -> bool:
    """Whether the library agrees bit for bit."""
    mode = case.options["mode"]
    return mode in oracle.NEAREST or (case.dtype == "uint8" and mode != "area")


def allowed(case: Case, x: np.ndarray, expected: np.ndarray) -> float:
    """The largest |difference| from the expected result: of integers, from the result before it is rounded."""
    if x.size == 0 or is_exact(case):
        return 0.0
    largest = float(np.abs(x.astype(np.float64)).max())
    if case.dtype in RELATIVE:
        return RELATIVE[case.dtype] * largest
    if case.dtype in SUMMED_IN:
        return 0.5 + RELATIVE[SUMMED_IN[case.dtype]] * largest
    # One unit in the last place of the largest sample. Bicubic overshoots, which may take its result to a larger unit.
    largest = max(largest, float(np.abs(expected.astype(np.float64)).max()))
    return float(np.spacing(x.dtype.type(largest)))


def coordinate_rounding(case: Case, x: np.ndarray, torch_version: str) -> float:
    """By how much PyTorch before 2.15 differs in the linear modes of float32; added where such a one is compared.

    It contracts s * (i + 0.5) - 0.5 to a fused multiply-add, which rounds once; 2.15 and the library round twice, but
    for 4-D outputs of height + width <= 128, where all round once. So a coordinate may move by one unit in the last
    place of the axis length, and the result by that times the step between two neighbours, which is at most twice the
    largest |input|. In float64 all round once.
    """
    if tuple(int(part) for part in torch_version.split(".")[:2]) >= (2, 15):
        return 0.0
    linear = case.options["mode"] in ("linear", "bilinear", "trilinear") and not case.options.get("antialias")
    if not linear or case.options.get("align_corners") or case.dtype in ("float64", "uint8") or x.size == 0:
        return 0.0
    if len(case.shape) == 4 and sum(case.outputs) <= oracle.SMALL_OUTPUT:
        return 0.0
    lengths = [length for length, output in zip(case.shape[2:], case.outputs) if length != output]
    units = sum(float(np.spacing(np.float32(length))) for length in lengths)
    return 2 * float(np.abs(x.astype(np.float64)).max()) * units


def gradient_coordinate_rounding(
    options: dict[str, Any], dtype: np.dtype[Any], outputs: Sequence[int], magnitudes: np.ndarray
) -> float:
    """By how much PyTorch's float32 gradients differ because they round s * (i + 0.5) - 0.5 once or twice.

    Forward and backward differ in that: bicubic rounds once, and back twice; linear and bilinear of 2.15 round twice,
    and back once. So a coordinate may move by one unit in the last place of the axis length, a weight by that times its
    slope, which is at most 1.5, and a gradient by that times the sum of the magnitudes. A weight may also be 0 by one
    of the two, so this is a bound for all samples.
    """
    weighted = options["mode"] in ("linear", "bilinear", "trilinear", "bicubic") and not options.get("antialias")
    if not weighted or options.get("align_corners") or dtype == np.float64 or magnitudes.size == 0:
        return 0.0
    lengths = [length for length, output in zip(options["input_size"][2:], outputs) if length != output]
    if options["mode"] == "bicubic":  # an axis that keeps its length is resampled, too
        lengths = list(options["input_size"][2:])
    units = sum(float(np.spacing(np.float32(length))) for length in lengths)
    # The magnitudes are of weights of at least a half on average.
    return 4 * units * float(magnitudes.max())
