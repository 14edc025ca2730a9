"""The operators beside interpolate against the PyTorch that is installed, on thousands of random calls."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import comparison
import neighbours_cases as neighbours
import numpy as np
import oracle
import pytest
from arrays import bits

import swiftresample as sr

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"PyTorch was not compared: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

pytestmark = [
    pytest.mark.filterwarnings("ignore:Default grid_sample and affine_grid behavior"),
    pytest.mark.filterwarnings("ignore:Since version 1.3.0, affine_grid behavior"),
    pytest.mark.slow,
]

BATCHES = 8
BATCH = 300
REFERENCE = f"torch {torch.__version__}"
HALF_TYPES = ("float16", "bfloat16")

#: Those that PyTorch's pixel_shuffle does not have go through it as others of the same size.
SIGNED = {"uint16": np.int16, "uint32": np.int32, "uint64": np.int64}

VERSION = tuple(int(part) for part in torch.__version__.split(".")[:2])


def to_torch(x: np.ndarray) -> torch.Tensor:
    """A contiguous tensor with the samples of the array."""
    x = x.copy(order="C")
    if x.dtype == oracle.BFLOAT16:
        return torch.from_numpy(x.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(x.view(SIGNED.get(x.dtype.name, x.dtype)))


def to_numpy(tensor: torch.Tensor, dtype: np.dtype[Any]) -> np.ndarray:
    """An array of the dtype with the samples of the tensor."""
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    array = tensor.contiguous().numpy()
    return array.view(dtype) if array.dtype.itemsize == dtype.itemsize else array


def answer(call: neighbours.Call) -> np.ndarray:
    """PyTorch's result."""
    function = getattr(torch.nn.functional, call.operator)
    return to_numpy(function(*map(to_torch, call.arrays), **call.options), call.arrays[0].dtype)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_pixel_shuffle_agrees(batch: int) -> None:
    for call in neighbours.random_calls(neighbours.pixel_shuffle, seed=2000 + batch, count=BATCH):
        neighbours.assert_agrees(call.of(sr), answer(call), call, REFERENCE)


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("choose", [neighbours.conv_transpose, neighbours.grid_sample], ids=lambda f: f.__name__)
def test_random_calls_agree(choose: Any, batch: int) -> None:
    for call in neighbours.random_calls(choose, seed=3000 + batch, count=BATCH):
        if call.options.get("mode") == "bicubic" and call.arrays[0].ndim == 5 and VERSION < (2, 15):
            continue
        reference = call
        if call.dtype in HALF_TYPES:
            # PyTorch rounds half types after every operation on the CPU, coordinates included; the library sums in
            # float32 and rounds once. So the reference is what PyTorch gives for the same samples as float32.
            reference = dataclasses.replace(call, arrays=tuple(array.astype(np.float32) for array in call.arrays))
        slack = 0.0 if call.dtype == "int64" else call.rounding()  # both round
        name = REFERENCE if reference is call else f"{REFERENCE}, f32"
        neighbours.assert_agrees(call.of(sr), answer(reference), call, name, slack)


def test_affine_grid_agrees() -> None:
    for call in neighbours.random_calls(neighbours.affine_grid, seed=4000, count=2 * BATCH):
        neighbours.assert_agrees(call.of(sr), answer(call), call, REFERENCE)


def test_carafe_agrees_with_unfolded_features() -> None:
    for call in neighbours.random_calls(neighbours.carafe, seed=5000, count=BATCH):
        features, masks = (torch.from_numpy(array.astype(np.float64).copy()) for array in call.arrays)
        k, groups, s = call.options.values()
        images, channels, height, width = features.shape
        windows = torch.nn.functional.unfold(features, k, padding=k // 2).reshape(
            images, channels * k * k, height, width
        )
        windows = torch.nn.functional.interpolate(windows, scale_factor=s)
        windows = windows.reshape(images, groups, channels // groups, k * k, height * s, width * s)
        weights = masks.reshape(images, groups, 1, k * k, height * s, width * s)
        expected = (windows * weights).sum(3).reshape(images, channels, height * s, width * s)
        neighbours.assert_agrees(call.of(sr), expected.numpy(), call, f"{REFERENCE}, unfold")


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_grids_of_every_edge_and_sample_agree(mode: str, padding_mode: str, align_corners: bool, dtype: str) -> None:
    for length in (1, 2, 3, 8):
        # Halves of samples, which powers of two divide exactly: nearest meets its ties.
        axis = (np.arange(-4 * length, 4 * length + 1) / (2 * length)).astype(dtype)
        grid = np.stack(np.meshgrid(axis, axis), axis=-1)[None]
        input = np.random.default_rng(length).standard_normal((1, 3, length, length)).astype(dtype)
        options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        call = neighbours.Call("grid_sample", (input, grid), options)
        neighbours.assert_agrees(call.of(sr), answer(call), call, REFERENCE, call.rounding())


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [False, True])
def test_long_axes_agree(mode: str, padding_mode: str, align_corners: bool) -> None:
    random = np.random.default_rng(6)
    for dtype, length in itertools.product(("float32", "float64"), (100, 3000)):
        input = random.standard_normal((1, 2, 3, length)).astype(dtype)
        grid = random.uniform(-2, 2, (1, 20, 50, 2)).astype(dtype)
        options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        call = neighbours.Call("grid_sample", (input, grid), options)
        # A compiler may round a coordinate once or twice, which moves it by a unit in its last place.
        unit = float(np.spacing(np.dtype(dtype).type(2 * length)))
        slack = call.rounding() + 4 * comparison.largest(input) * unit
        neighbours.assert_agrees(call.of(sr), answer(call), call, REFERENCE, slack)


#: Where positions lose their fractions, and integers of 32 and 64 bits and the dtype their range.
FAR = {
    "float32": [30.2, 1e3, 123457, 2097151, 4194305, 8388608, 8388609, 2.0**24, 1e8, 5e8, 1e9, 2.0**30, 2.0**31, 3e9],
    "float64": [30.2, 1e3, 8388609, 2.0**28 + 0.3, 2.0**29 - 0.7, 2.0**31, 1e10, 1e12 + 0.3, 2.0**51, 2.0**53, 1e308],
}
FURTHER = [2.0**32, 1e10, 1e12, 1e15, 2.0**62, 9.3e18, 2.0**63, 1e19, 1e20, 1e30, 2.5e38, 3e38, np.inf, np.nan]


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_points_far_outside_agree(mode: str, padding_mode: str, align_corners: bool, dtype: str) -> None:
    for shape in [(1, 1, 5, 7), (1, 2, 1, 4), (1, 1, 3, 5, 7), (1, 1, 1, 2, 3)]:
        axes = len(shape) - 2
        if mode == "bicubic" and axes == 3:  # which PyTorch 2.13 does not have
            continue
        input = np.arange(1, 1 + np.prod(shape), dtype=dtype).reshape(shape)
        for axis, sign, other in itertools.product(range(axes), (1, -1), (0.1, -0.83)):
            far = sign * np.array([*FAR[dtype], *FURTHER])
            grid = np.full((*[1] * axes, len(far), axes), other, dtype)
            grid[..., axis] = far
            options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
            call = neighbours.Call("grid_sample", (input, grid), options)
            actual, expected = call.of(sr), answer(call)
            rounding = {"float32": 1e-6, "float64": 1e-14}[dtype] * input.max()
            np.testing.assert_allclose(actual, expected, rtol=0, atol=rounding, err_msg=str(call))


def test_pixel_shuffle_agrees_on_every_value_of_a_byte() -> None:
    input = np.arange(256, dtype=np.uint8).reshape(16, 4, 4)
    expected = torch.pixel_shuffle(torch.from_numpy(input), 4).numpy()
    np.testing.assert_array_equal(bits(sr.pixel_shuffle(input, 4)), bits(expected))
