"""The backward functions against the gradients of the PyTorch that is installed, on thousands of random calls."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import comparison
import gradients_cases as gradients
import gradients_oracle
import neighbours_cases as neighbours
import numpy as np
import oracle
import pytest
import tolerances
from arrays import samples

import swiftresample as sr

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"PyTorch was not compared: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

pytestmark = [
    pytest.mark.filterwarnings("ignore:Default grid_sample and affine_grid behavior"),
    pytest.mark.slow,
]

BATCHES = 6
BATCH = 200
REFERENCE = f"torch {torch.__version__}"
HALF_TYPES = ("float16", "bfloat16")
VERSION = tuple(int(part) for part in torch.__version__.split(".")[:2])

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    # These calls are small: PyTorch's threads would wait for one another most of the time.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def to_torch(x: Array) -> torch.Tensor:
    """A contiguous tensor with the samples of the array."""
    x = x.copy(order="C")
    if x.dtype == oracle.BFLOAT16:
        return torch.from_numpy(x.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(x)


def to_numpy(tensor: torch.Tensor) -> Array:
    """An array with the samples of the tensor."""
    if tensor.dtype == torch.bfloat16:
        array: Array = tensor.contiguous().view(torch.int16).numpy().view(oracle.BFLOAT16)
        return array
    return tensor.contiguous().numpy()


def answer(call: gradients.Call) -> tuple[Array, ...]:
    """PyTorch's gradients."""
    grad_output, *given = call.arrays
    options = dict(call.options)
    if call.operator == "interpolate":
        given = [np.zeros(options.pop("input_size"), grad_output.dtype)]
    if call.operator == "carafe":
        return carafe(call)
    tensors = [to_torch(array).requires_grad_() for array in given]
    if call.operator.startswith("conv"):
        channels = call.arrays[2].shape[1] * options.get("groups", 1)
        tensors.append(torch.zeros(channels, dtype=tensors[0].dtype, requires_grad=True))
    output = getattr(torch.nn.functional, call.operator)(*tensors, **options)
    found = torch.autograd.grad(output, tensors, to_torch(grad_output), allow_unused=True)
    # nearest has no gradient of the grid at all.
    return tuple(
        np.zeros(tensor.shape, grad_output.dtype) if gradient is None else to_numpy(gradient)
        for tensor, gradient in zip(tensors, found)
    )


def carafe(call: gradients.Call) -> tuple[Array, ...]:
    """The gradients of carafe, made of unfold, nearest and a product, in float64."""
    grad_output, features, masks = (torch.from_numpy(array.astype(np.float64).copy()) for array in call.arrays)
    features.requires_grad_()
    masks.requires_grad_()
    k, groups, s = (call.options[name] for name in ("kernel_size", "group_size", "scale_factor"))
    images, channels, height, width = features.shape
    windows = torch.nn.functional.unfold(features, k, padding=k // 2).reshape(images, channels * k * k, height, width)
    windows = windows.repeat_interleave(s, dim=2).repeat_interleave(s, dim=3)
    windows = windows.reshape(images, groups, channels // groups, k * k, height * s, width * s)
    weights = masks.reshape(images, groups, 1, k * k, height * s, width * s)
    output = (windows * weights).sum(3).reshape(images, channels, height * s, width * s)
    found = torch.autograd.grad(output, [features, masks], grad_output)
    return tuple(gradient.numpy() for gradient in found)


# ---- interpolate -----------------------------------------------------------------------------------------------------


def differs(call: gradients.Call) -> bool:
    """Whether PyTorch's gradient is not that of its output, or of the right one: docs/exactness.md#gradients."""
    mode, size = call.options["mode"], call.options["input_size"]
    lengths, outputs = size[2:], call.arrays[0].shape[2:]
    dtype, small = call.arrays[0].dtype, oracle.is_small(call.arrays[0], outputs)
    given = (call.options.get(name) for name in ("size", "scale_factor"))
    factors = oracle.output_lengths(lengths, *given, mode, call.options.get("recompute_scale_factor"))[1]
    axes = list(zip(lengths, outputs, factors))
    if mode in oracle.NEAREST:
        # It always goes by the rule of small outputs.
        return any(
            (oracle.nearest_indices(*axis[:2], mode, axis[2], dtype, small)
             != oracle.nearest_indices(*axis[:2], mode, axis[2], dtype, True)).any()
            for axis in axes
        )  # fmt: skip
    if call.options.get("align_corners"):
        return False
    is_kept = [length == output and factor not in (None, 1) for length, output, factor in axes]
    if call.options.get("antialias"):
        # Resampled, where the output is a copy.
        return any(is_kept)
    # A copy, where the output is resampled.
    return bool(mode == "bicubic" and lengths == outputs and any(is_kept))


def coordinate_slack(call: gradients.Call) -> Any:
    """By how much PyTorch's gradient may be off that of the output because it rounds coordinates otherwise."""
    magnitudes = call.magnitudes()[0]
    if call.options["mode"] == "lanczos":
        # Of an axis that keeps its length PyTorch takes the weights of neighbours, too, which are not quite 0.
        return tolerances.GRADIENTS[call.dtype] * comparison.largest(magnitudes)
    outputs = call.arrays[0].shape[2:]
    return tolerances.gradient_coordinate_rounding(call.options, call.arrays[0].dtype, outputs, magnitudes)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_interpolate_agrees(batch: int) -> None:
    for call in gradients.random_calls(gradients.interpolate, seed=6000 + batch, count=BATCH, pytorch_only=True):
        if differs(call):
            gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")
            continue
        reference, name, slack = call, REFERENCE, call.rounding()[0] + coordinate_slack(call)  # both round
        if call.dtype in HALF_TYPES:
            # PyTorch's sums of half types are a few units off; so the reference is what it gives for the same samples
            # as float32. Weights are not rounded to the half type.
            reference, name = call.with_dtype(np.float32), f"{REFERENCE}, f32"
            slack = slack + coordinate_slack(reference)
        gradients.assert_agrees(call.of(sr), answer(reference), call, name, slack)


@pytest.mark.parametrize("batch", range(2))
def test_half_types_are_no_worse_than_pytorchs(batch: int) -> None:
    # Not of conv_transpose: on some of these calls oneDNN, and PyTorch with it, ends the process.
    for call in gradients.random_calls(gradients.interpolate, seed=6500 + batch, count=2 * BATCH, pytorch_only=True):
        if call.dtype not in HALF_TYPES or differs(call) or not call.arrays[0].size:
            continue
        (ours,), (theirs,), (expected,) = call.of(sr), answer(call), call.expected()
        ours, theirs = (np.abs(array.astype(np.float64) - expected) for array in (ours, theirs))
        # The exact result rounds to within half a unit; PyTorch's may do better by luck.
        unit = gradients.unit(expected, call.arrays[0].dtype)
        assert (ours <= np.maximum(theirs, unit / 2) + call.rounding()[0]).all(), str(call)


#: What docs/exactness.md says of PyTorch: where its <y, A x> and <A' y, x> are far apart. Input size, options, dtypes.
PYTORCH_DIFFERS: dict[str, tuple[tuple[int, ...], dict[str, Any], list[str]]] = {
    "nearest by a factor around 2": ((1, 1, 100), {"scale_factor": 2.005}, ["float32", "float64"]),
    "nearest by a factor around 1": ((1, 1, 100), {"scale_factor": 1.005}, ["float32", "float64"]),
    "nearest of a large image": ((1, 1, 3, 100), {"scale_factor": (1, 2.005)}, ["float32", "float64"]),
    "nearest of a volume": ((1, 1, 2, 2, 14), {"scale_factor": (1, 1, 2.05)}, ["float32", "float64"]),
    "nearest of float64, 14 -> 46": ((1, 1, 14), {"size": 46}, ["float64"]),
    "nearest of float64, 2 -> 82": ((1, 1, 2), {"size": 82}, ["float64"]),
    "bicubic of the same size": ((1, 1, 10, 10), {"scale_factor": 1.05, "mode": "bicubic"}, ["float32", "float64"]),
    **{
        f"{mode} antialias of an axis that keeps its length": (
            (1, 1, 10, 10),
            {"scale_factor": (1.05, 2), "mode": mode, "antialias": True},
            ["float32", "float64"],
        )
        for mode in ("bilinear", "bicubic", "lanczos")
    },
    # Here the output is wrong, and the gradient right.
    **{
        f"{mode} antialias of width 1": (
            (1, 1, 10, 10),
            {"size": (20, 1), "mode": mode, "antialias": True},
            ["float32", "float64"],
        )
        for mode in ("bilinear", "bicubic", "lanczos")
    },
}


@pytest.mark.parametrize("name", PYTORCH_DIFFERS)
def test_pytorchs_gradient_is_not_that_of_its_output(name: str) -> None:
    size, options, dtypes = PYTORCH_DIFFERS[name]
    for dtype in dtypes:
        x = samples(size, dtype, 1)
        output = torch.nn.functional.interpolate(torch.from_numpy(x), **options).numpy()
        y = samples(output.shape, dtype, 2)
        call = gradients.Call("interpolate", (y,), {"input_size": size, **options})
        (theirs,), (ours,) = answer(call), call.of(sr)
        scale = float(np.abs(call.magnitudes()[0] * x).sum())
        there, back = (float((a.astype(np.float64) * b).sum()) for a, b in ((y, output), (theirs, x)))
        assert abs(there - back) > 0.003 * scale
        # The library's gradient is that of its own output.
        own = sr.interpolate(x, **options)
        there, back = (float((a.astype(np.float64) * b).sum()) for a, b in ((y, own), (ours, x)))
        assert abs(there - back) <= {"float32": 2e-6, "float64": 1e-14}[dtype] * scale


@pytest.mark.parametrize("mode", ["nearest", "linear", "area"])
def test_long_sums_are_no_worse_than_pytorchs(mode: str) -> None:
    grad_output = np.random.default_rng(3).random((2, 3, 60_000)).astype(np.float32)
    call = gradients.Call("interpolate", (grad_output,), {"input_size": (2, 3, 1), "size": 60_000, "mode": mode})
    expected = call.expected()[0]
    ours, theirs = (np.abs(array[0] / expected - 1).max() for array in (call.of(sr), answer(call)))
    assert ours <= 1.5 * theirs


# ---- The other operators ---------------------------------------------------------------------------------------------


def reference_of(call: gradients.Call) -> tuple[gradients.Call, str]:
    """What PyTorch is asked for, because it rounds half types after every operation, coordinates included."""
    if call.dtype in HALF_TYPES:
        return call.with_dtype(np.float32), f"{REFERENCE}, f32"
    return call, REFERENCE


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("choose", ["conv_transpose", "grid_sample"])
def test_random_calls_agree(choose: str, batch: int) -> None:
    for call in gradients.random_calls(gradients.CHOOSERS[choose], seed=7000 + batch, count=BATCH):
        if call.options.get("mode") == "bicubic" and call.arrays[1].ndim == 5 and VERSION < (2, 15):
            continue
        reference, name = reference_of(call)
        gradients.assert_agrees(call.of(sr), answer(reference), call, name, call.rounding())  # both round


@pytest.mark.parametrize("batch", range(2))
def test_carafe_agrees_with_unfolded_features(batch: int) -> None:
    for call in gradients.random_calls(gradients.carafe, seed=8000 + batch, count=BATCH):
        gradients.assert_agrees(call.of(sr), answer(call), call, f"{REFERENCE}, unfold")


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_grids_of_every_edge_and_sample_agree(mode: str, padding_mode: str, align_corners: bool, dtype: str) -> None:
    options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
    for length in (1, 2, 3, 8):
        axis = (np.arange(-4 * length, 4 * length + 1) / (2 * length)).astype(dtype)
        grid = np.stack(np.meshgrid(axis, axis), axis=-1)[None]
        arrays = samples((1, 3, *grid.shape[1:3]), dtype, 1), samples((1, 3, length, length), dtype, 2), grid
        call = gradients.Call("grid_sample", arrays, options)
        gradients.assert_agrees(call.of(sr), answer(call), call, REFERENCE, call.rounding())
        if mode == "bicubic":
            continue  # PyTorch has it of volumes from 2.15 on alone
        volume = np.stack(np.meshgrid(axis[::3], axis[::2], axis[::3]), axis=-1)[None]
        arrays = samples((1, 2, *volume.shape[1:4]), dtype, 1), samples((1, 2, *(length,) * 3), dtype, 2), volume
        call = gradients.Call("grid_sample", arrays, options)
        gradients.assert_agrees(call.of(sr), answer(call), call, REFERENCE, call.rounding())


@pytest.mark.parametrize("axes", [2, 3])
def test_layers_that_upsample_agree(axes: int) -> None:
    random = np.random.default_rng(9)
    for kernel, padding, dtype in itertools.product((2, 4), (0, 1), ("float32", "float64")):
        input, weight = samples((2, 24, *(6,) * axes), dtype, 1), samples((24, 16, *(kernel,) * axes), dtype, 2)
        options = {"stride": 2, "padding": padding}
        call = gradients.of_conv_transpose(neighbours.CONV_TRANSPOSE[axes], input, weight, options, random)
        gradients.assert_agrees(call.of(sr), answer(call), call, REFERENCE, call.rounding())


def test_the_oracle_of_carafe_is_that_of_unfolded_features() -> None:
    for call in gradients.random_calls(gradients.carafe, seed=8100, count=50):
        wide = call.with_dtype(np.float64)
        expected = gradients_oracle.carafe_backward(*wide.arrays, **wide.options)
        gradients.assert_agrees(answer(wide), expected, wide, f"{REFERENCE}, unfold")
