"""swiftresample.torch: results have the shape, strides, dtype and graph of PyTorch's, and so have gradients."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any, Callable

import comparison
import pytest

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"memory formats of swiftresample.torch were not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

from torch.nn import functional as F

import swiftresample.torch as srt
from swiftresample.torch import _interpolate_plan

pytestmark = pytest.mark.slow

FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]


def random(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(dtype)


def formats(x: torch.Tensor) -> Iterator[torch.Tensor]:
    """The same samples in every memory format that PyTorch tells apart, and some that it does not."""
    yield x
    backwards = tuple(reversed(range(x.dim())))
    yield x.permute(backwards).contiguous().permute(backwards)
    yield x.transpose(-1, -2).contiguous().transpose(-1, -2)
    yield x[:1].expand(2, *x.shape[1:])
    if x.dim() > 3:
        last = x.to(memory_format=torch.channels_last if x.dim() == 4 else torch.channels_last_3d)
        yield from (last, last[:1], last[..., :-1], last[:, :1], x[:, :1])


def described(x: torch.Tensor) -> Any:
    # Between samples that are not there, there is no distance.
    strides = tuple(stride for stride, length in zip(x.stride(), x.shape) if length > 1)
    return x.shape, strides, x.dtype, x.requires_grad, x.grad_fn is not None, x.is_contiguous()


def results(function: Callable[..., torch.Tensor], *tensors: torch.Tensor) -> list[Any]:
    """What the output is, without and with a graph, and what the gradients are, for gradients of the output in turn."""
    leaves = [tensor.detach().requires_grad_() for tensor in tensors]
    output = function(*leaves)
    found = [described(function(*tensors)), described(output)]
    gradient = torch.ones_like(output, memory_format=torch.contiguous_format)
    gradients = [gradient, torch.ones((), dtype=output.dtype).expand(output.shape)]
    if output.dim() > 3:
        form = torch.channels_last if output.dim() == 4 else torch.channels_last_3d
        gradients.append(gradient.to(memory_format=form))
    for gradient in gradients:
        found += map(described, torch.autograd.grad(output, leaves, gradient, retain_graph=True))
    return found


# And the dtypes to try in it.
CONTEXTS: dict[str, tuple[Callable[[], Any], list[torch.dtype]]] = {
    "": (contextlib.nullcontext, FLOATS),
    "autocast-bfloat16": (lambda: torch.autocast("cpu", dtype=torch.bfloat16), [torch.float32, torch.bfloat16]),
    "autocast-float16": (lambda: torch.autocast("cpu", dtype=torch.float16), [torch.float64, torch.float16]),
}


def assert_alike(name: str, *tensors: torch.Tensor, **options: Any) -> None:
    """Require the same of the library, called by its own name and under `accelerate`, as of PyTorch."""
    expected = results(lambda *some: getattr(F, name)(*some, **options), *tensors)
    actual = results(lambda *some: getattr(srt, name)(*some, **options), *tensors)
    assert actual == expected, (name, options, [(x.shape, x.stride(), x.dtype) for x in tensors])
    with srt.accelerate(conv_transpose=True, grid_sample=True):
        assert results(lambda *some: getattr(F, name)(*some, **options), *tensors) == expected


MODES = {
    3: ["nearest", "nearest-exact", "linear", "area"],
    4: ["nearest", "nearest-exact", "bilinear", "bicubic", "area"],
    5: ["nearest", "nearest-exact", "trilinear", "area"],
}


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("ndim", [3, 4, 5])
def test_interpolate(ndim: int, context: str) -> None:
    enter, dtypes = CONTEXTS[context]
    for dtype in dtypes:
        for x in formats(random(2, 4, *(5, 4, 3)[: ndim - 2], dtype=dtype)):
            with enter():
                for mode in MODES[ndim]:
                    assert_alike("interpolate", x, size=3, mode=mode)
                if x.is_contiguous():  # a mean, and the strides of its gradient are not those of the rest
                    assert_alike("interpolate", x, size=1, mode="area")
                if ndim == 4 and dtype in FLOATS[:2]:
                    for mode in ("bilinear", "bicubic", "lanczos"):
                        assert_alike("interpolate", x, size=(3, 2), mode=mode, antialias=True)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_conv_transpose(axes: int, context: str) -> None:
    enter, dtypes = CONTEXTS[context]
    for dtype in dtypes:
        bias = random(3, dtype=dtype)
        for x in formats(random(2, 4, *(5, 4, 3)[:axes], dtype=dtype)):
            weights = formats(random(4, 3, *(3, 2, 2)[:axes], dtype=dtype))
            for weight in itertools.islice(weights, 0, None, 2 if axes == 3 else 1):
                if weight.shape[:2] == (4, 3) and x.shape[1] == 4:
                    with enter():
                        assert_alike(f"conv_transpose{axes}d", x, weight, bias, stride=2)


@pytest.mark.parametrize("context", CONTEXTS)
def test_grid_sample_and_pixel_shuffle(context: str) -> None:
    enter, dtypes = CONTEXTS[context]
    for dtype in dtypes:
        for axes in (2, 3):
            for x in formats(random(2, 4, *(4, 4, 3)[:axes], dtype=dtype)):
                grid = random(x.shape[0], *(3, 2, 2)[:axes], axes, dtype=dtype) * 2 - 1
                with enter():
                    for mode in ("bilinear", "nearest"):
                        assert_alike("grid_sample", x, grid, mode=mode, align_corners=False)
                    if x.shape[1] == 4 and axes == 2:
                        assert_alike("pixel_shuffle", x, upscale_factor=2)
                        assert_alike("pixel_unshuffle", x[:, :, :4, :2], downscale_factor=2)


def test_channels_last_volumes_through_the_dispatcher() -> None:
    x = random(2, 4, 3, 4, 2).to(memory_format=torch.channels_last_3d)
    weight = random(4, 3, 2, 2, 2)
    for dtype in FLOATS[:2]:
        some, other = x.to(dtype), weight.to(dtype)
        torch.library.opcheck(
            torch.ops.swiftresample.conv_transpose.default, (some, other, None, [1] * 3, [0] * 3, [0] * 3, 1, [1] * 3)
        )
        for size, mode in itertools.product((1, 2), ("area", "nearest")):
            expected = described(srt.interpolate(some, size=size, mode=mode))
            with torch._subclasses.FakeTensorMode() as fake:
                assert described(srt.interpolate(fake.from_tensor(some), size=size, mode=mode)) == expected
    options = [3, 2, 2], None, "area", None, None, False
    torch.library.opcheck(torch.ops.swiftresample.interpolate_area.default, (x.requires_grad_(), *options))
    gradient = random(2, 4, 3, 2, 2)
    torch.library.opcheck(torch.ops.swiftresample.interpolate_area_backward.default, (gradient, x, *options))


def test_tensors_that_lie_differently_share_a_plan() -> None:
    """More of them than a plan keeps calls for, each twice."""
    whole = random(2, 3, 40, 40)
    inputs = [whole[..., first : first + 8 * step : step, :9] for first in (0, 3) for step in (1, 2, 3, 4)]
    inputs += [whole[..., :8, first : first + 9 * step : step] for first in (0, 4) for step in (2, 3, 4)]
    for x in inputs * 2:
        expected = srt.interpolate(x.contiguous(), scale_factor=2, mode="bilinear")
        assert torch.equal(srt.interpolate(x, scale_factor=2, mode="bilinear"), expected)


def test_calls_at_once_have_addresses_of_their_own(monkeypatch: Any) -> None:
    """Another call, of a thread or a signal handler, comes between a call's addresses and its execution."""
    first, second = random(2, 3, 8, 9), random(2, 3, 8, 9) + 1
    expected = [srt.interpolate(x, scale_factor=2, mode="bilinear") for x in (first, second)]
    real, between = _interpolate_plan._execute, []

    def execute(*arguments: Any) -> None:
        if not between:
            between.append(None)
            between[0] = srt.interpolate(second, scale_factor=2, mode="bilinear")
        real(*arguments)

    monkeypatch.setattr(_interpolate_plan, "_execute", execute)
    assert torch.equal(srt.interpolate(first, scale_factor=2, mode="bilinear"), expected[0])
    assert torch.equal(between[0], expected[1])
