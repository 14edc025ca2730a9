"""Arguments of every odd type: under `accelerate` PyTorch's answer to each, in swiftresample.torch a good one."""

from __future__ import annotations

import fractions
import re
import warnings
from typing import Any, Callable

import comparison
import numpy as np
import pytest

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"odd arguments of PyTorch's functions were not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

from torch.nn import functional as F

import swiftresample.torch as srt

pytestmark = pytest.mark.slow


class Index:
    """What can be used as an index, and is no int."""

    def __index__(self) -> int:
        return 2


class Integer(int):
    """What is an int, and more."""


class Subclass(torch.Tensor):
    """What is a tensor, and more."""


T = torch.tensor
INTEGERS: list[Any] = [0, 1, 2, -1, 2**31, 2**62, 2**63, 2**64, Integer(2), Index(), True, False]
NUMBERS: list[Any] = [2.0, 2.5, 0.0, -1.5, 1e-3, 1e300, float("nan"), float("inf"), 2j, fractions.Fraction(5, 2)]
OF_NUMPY: list[Any] = [
    *(np.int64(2), np.uint8(2), np.float64(2.0), np.float32(1.5), np.bool_(True)),
    *(np.array(2), np.array([2]), np.array([2, 2]), np.array([2.0, 2.0])),
]
OF_TORCH: list[Any] = [T(2), T(2.0), T([2]), T([2, 2]), T(True), T([2.5, 2.0]), torch.float32, torch.Size([2, 2])]
SEQUENCES: list[Any] = [
    *(
        (),
        [],
        (2,),
        [2],
        (2, 2),
        [2, 2],
        (2, 2, 2),
        (2.0, 2.0),
        [2, 2.0],
        (True, True),
        [True, 2],
        (None, 2),
        ("2", "2"),
    ),
    *((np.int64(2), 2), [np.int64(2)] * 2, (T(2), 2), (T(2.0), 2.0), (Index(), 2), (np.float32(2), 2.0), ((2,), 2)),
    *((2**40, 2), (-1, 2), (0, 2), range(2, 4), {2: 2}, {2}),
]
OTHERS: list[Any] = [None, "2", "bilinear", "22", b"2", object, int, slice(2), ...]
ODD: list[Any] = [*INTEGERS, *NUMBERS, *OF_NUMPY, *OF_TORCH, *SEQUENCES, *OTHERS]

X = torch.arange(144.0).reshape(1, 4, 6, 6)
WEIGHT, BIAS, GRID = torch.arange(32.0).reshape(4, 2, 2, 2), torch.ones(2), torch.full((1, 3, 3, 2), 0.3)
ODD_TENSORS: list[Any] = [
    *(None, 1, 2.0, "x", [1.0], X.numpy(), X.tolist(), X.double(), X.half(), X.int(), X.bool(), X.to(torch.complex64)),
    *(X[0], X[:0], X[..., 0], torch.tensor(1.0), X.expand(2, 4, 6, 6), X.to(torch.uint8), X.to(torch.float8_e4m3fn)),
    *(X.as_subclass(Subclass), torch.nn.Parameter(X), X.to_sparse(), BIAS.double(), BIAS[:1], BIAS[None], BIAS.numpy()),
    *(WEIGHT.double(), WEIGHT[:2], GRID.double(), GRID[0], GRID.repeat(2, 1, 1, 1), GRID[..., :1]),
]

# The function, its arguments, and one of them to be replaced by others.
CASES: dict[str, tuple[str, dict[str, Any], str, list[Any]]] = {}


def add(function: str, arguments: dict[str, Any], replaced: str, values: list[Any], note: str = "") -> None:
    CASES["-".join(filter(None, (function, note, replaced)))] = function, arguments, replaced, values


for mode in ("nearest", "bilinear", "bicubic", "area"):
    add("interpolate", {"input": X, "mode": mode}, "size", ODD, mode)
    add("interpolate", {"input": X, "mode": mode}, "scale_factor", ODD, mode)
    for flag in ("align_corners", "recompute_scale_factor", "antialias"):
        add("interpolate", {"input": X, "mode": mode, "scale_factor": 1.5}, flag, ODD, f"{mode}-scaled")
        add("interpolate", {"input": X, "mode": mode, "size": 5}, flag, ODD, mode)
    add("interpolate", {"size": 5, "mode": mode}, "input", ODD_TENSORS, mode)
add("interpolate", {"input": X, "size": 5}, "mode", ODD)
for name, factor in (("pixel_shuffle", "upscale_factor"), ("pixel_unshuffle", "downscale_factor")):
    add(name, {"input": X}, factor, ODD)
    add(name, {factor: 2}, "input", ODD_TENSORS)
for option in ("stride", "padding", "output_padding", "groups", "dilation"):
    others: dict[str, Any] = {"bias": BIAS, **({"stride": 3} if option == "output_padding" else {})}
    add("conv_transpose1d", {"input": X[0], "weight": WEIGHT[:, :, 0].repeat(2, 1, 1)[:6], **others}, option, ODD)
    add("conv_transpose2d", {"input": X, "weight": WEIGHT, **others}, option, ODD)
    add("conv_transpose3d", {"input": X[None], "weight": WEIGHT[:1, :, None], **others}, option, ODD)
for tensor in ("input", "weight", "bias"):
    given = {"input": X, "weight": WEIGHT, "bias": BIAS}
    add("conv_transpose2d", {name: value for name, value in given.items() if name != tensor}, tensor, ODD_TENSORS)
for mode in ("bilinear", "nearest"):
    add("grid_sample", {"input": X, "grid": GRID, "mode": mode, "align_corners": False}, "padding_mode", ODD, mode)
    add("grid_sample", {"input": X, "grid": GRID, "mode": mode}, "align_corners", ODD, mode)
add("grid_sample", {"input": X, "grid": GRID, "align_corners": False}, "mode", ODD)
add("grid_sample", {"grid": GRID, "align_corners": False}, "input", ODD_TENSORS)
add("grid_sample", {"input": X, "align_corners": False}, "grid", ODD_TENSORS)


def outcome(call: Callable[[], Any]) -> Any:
    """A tensor, or the exception with its text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except Exception as error:
            # What the objects of a message are called, and where they and PyTorch's own functions lie.
            return type(error), re.sub(r"0x[0-9a-f]+|Exception raised from (.|\n)*", "", str(error))


def same(one: Any, other: Any) -> bool:
    if not isinstance(one, torch.Tensor) or not isinstance(other, torch.Tensor):
        return type(one) is type(other) and one == other
    facts = [(type(x), x.shape, x.dtype, x.layout, x.requires_grad) for x in (one, other)]
    if facts[0] != facts[1]:
        return False
    if one.layout != torch.strided:
        one, other = one.to_dense(), other.to_dense()
    tolerance = 2e-2 if one.dtype in (torch.float16, torch.bfloat16) else 1e-4  # of samples up to 143, and sums of them
    return one.stride() == other.stride() and torch.allclose(one, other, rtol=tolerance, atol=1e-3, equal_nan=True)


@pytest.mark.parametrize("case", CASES)
def test_under_accelerate_arguments_are_pytorchs(case: str) -> None:
    name, arguments, replaced, values = CASES[case]
    for value in values:
        expected = outcome(lambda: getattr(F, name)(**{**arguments, replaced: value}))  # noqa: B023
        with srt.accelerate(conv_transpose=True, grid_sample=True):
            actual = outcome(lambda: getattr(F, name)(**{**arguments, replaced: value}))  # noqa: B023
        assert same(actual, expected), (value, actual, expected)


# What swiftresample.torch takes beyond PyTorch: integers and numbers of any kind, where PyTorch wants those of Python.
@pytest.mark.parametrize("case", CASES)
def test_what_pytorch_refuses_is_refused(case: str) -> None:
    name, arguments, replaced, _ = CASES[case]
    if replaced in ("input", "weight", "bias", "grid", "mode", "padding_mode"):
        values: list[Any] = [None, 1, 2.0, "x", [1.0], X.numpy(), BIAS[:1], object]
    else:
        values = [*INTEGERS, *NUMBERS[:-1], *SEQUENCES[:13], *OTHERS, np.bool_(True)]
    for value in values:
        expected = outcome(lambda: getattr(F, name)(**{**arguments, replaced: value}))  # noqa: B023
        if isinstance(value, Index) or (isinstance(value, int) and replaced == "groups"):
            continue
        if not isinstance(expected, torch.Tensor):
            actual = outcome(lambda: getattr(srt, name)(**{**arguments, replaced: value}))  # noqa: B023
            assert not isinstance(actual, torch.Tensor), (value, expected)
            assert issubclass(actual[0], (TypeError, ValueError, NotImplementedError, MemoryError)), (value, actual)


@pytest.mark.parametrize("value", [0, 1, 0.0, np.bool_(True), "False", T(True)])
def test_align_corners_is_a_truth_value(value: Any) -> None:
    for call in (
        lambda: srt.interpolate(X, size=4, mode="bilinear", align_corners=value),
        lambda: srt.interpolate(X.as_subclass(Subclass), size=4, mode="bilinear", align_corners=value),
        lambda: srt.grid_sample(X, GRID, align_corners=value),
    ):
        with pytest.raises(TypeError, match="align_corners must be None or False or True, got"):
            call()


def test_tensors_of_two_devices_are_refused() -> None:
    meta = X.to("meta")
    for call in (
        lambda: srt.grid_sample(meta, GRID),
        lambda: srt.grid_sample(X, GRID.to("meta")),
        lambda: srt.conv_transpose2d(X, WEIGHT.to("meta")),
        lambda: srt.carafe(meta, torch.zeros(1, 9, 6, 6), 3),
    ):
        with pytest.raises(ValueError, match="must be on the device of"):
            call()
