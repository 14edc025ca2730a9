"""swiftresample.torch: forward derivatives, and derivatives of derivatives, where PyTorch has them."""

from __future__ import annotations

import itertools
from typing import Any, Callable

import comparison
import pytest

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"derivatives of swiftresample.torch were not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.forward_ad import dual_level, make_dual, unpack_dual
from torch.nn import functional as F

import swiftresample.torch as srt

pytestmark = pytest.mark.slow

Function = Callable[..., torch.Tensor]


def double(*shape: int, seed: int = 0) -> torch.Tensor:
    """A tensor to differentiate by."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()


# ---- Forward derivatives ---------------------------------------------------------------------------------------------

CASES: dict[str, tuple[Function, tuple[torch.Tensor, ...]]] = {
    "interpolate": (lambda x: srt.interpolate(x, size=(3, 5), mode="bicubic"), (double(1, 2, 4, 3),)),
    "area": (lambda x: srt.interpolate(x, size=(3, 2), mode="area"), (double(1, 2, 4, 3),)),
    "pixel_shuffle": (lambda x: srt.pixel_shuffle(x, 2), (double(1, 4, 2, 3),)),
    "conv_transpose1d": (
        lambda x, weight: srt.conv_transpose1d(x, weight, padding=1),
        (double(4, 5), double(4, 2, 3, seed=1)),
    ),
    "conv_transpose2d": (
        lambda *tensors: srt.conv_transpose2d(*tensors, stride=2, output_padding=1, groups=2, dilation=(1, 2)),
        (double(2, 4, 3, 2), double(4, 2, 2, 2, seed=1), double(4, seed=2)),
    ),
    "conv_transpose3d": (
        lambda *tensors: srt.conv_transpose3d(*tensors, stride=(1, 2, 1)),
        (double(1, 2, 2, 2, 2), double(2, 1, 2, 1, 2, seed=1), double(1, seed=2)),
    ),
    "carafe": (lambda x, masks: srt.carafe(x, masks, 3, 1, 2), (double(1, 2, 2, 3), double(1, 9, 4, 6, seed=1))),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Function, tuple[torch.Tensor, ...]]:
    return CASES[request.param]


def test_forward_derivatives(case: Any) -> None:
    function, tensors = case
    assert gradcheck(function, tensors, check_forward_ad=True, check_batched_forward_grad=True, check_batched_grad=True)
    assert gradgradcheck(function, tensors, check_fwd_over_rev=True, check_batched_grad=True, fast_mode=True)


def test_forward_derivatives_by_some_of_the_tensors(case: Any) -> None:
    function, tensors = case
    for wanted in itertools.product((False, True), repeat=len(tensors)):
        if any(wanted):
            some = [tensor.detach().requires_grad_(want) for tensor, want in zip(tensors, wanted)]
            assert gradcheck(function, some, check_forward_ad=True, fast_mode=True)
            assert gradgradcheck(function, some, check_fwd_over_rev=True, fast_mode=True)


def test_compositions_with_functorch(case: Any) -> None:
    function, leaves = case
    tensors = tuple(tensor.detach() for tensor in leaves)
    every = tuple(range(len(tensors)))
    for one, other in zip(torch.func.jacfwd(function, every)(*tensors), torch.func.jacrev(function, every)(*tensors)):
        torch.testing.assert_close(one, other)
    value, tangent = torch.func.jvp(function, tensors, tensors)
    batch = tuple(tensor[None] for tensor in tensors)
    mapped = torch.vmap(lambda *some: torch.func.jvp(function, some, some))(*batch)
    assert torch.equal(mapped[0][0], value)
    torch.testing.assert_close(mapped[1][0], tangent)
    torch.testing.assert_close(torch.func.jvp(torch.vmap(function), batch, batch)[1][0], tangent)

    def loss(*some: torch.Tensor) -> torch.Tensor:
        return (function(*some) ** 2).sum()

    twice = torch.func.jacrev(torch.func.jacrev(loss, every), every)(*tensors)
    for row, expected in zip(torch.func.hessian(loss, every)(*tensors), twice):
        for one, other in zip(row, expected):
            torch.testing.assert_close(one, other)


def test_dual_numbers_of_any_tensor() -> None:
    class Subclass(torch.Tensor):
        pass

    x, weight = double(1, 4, 3, 3).detach(), double(4, 2, 2, 2, seed=1).detach()
    for function in (lambda x: srt.conv_transpose2d(x, weight), lambda x: srt.pixel_shuffle(x, 2)):
        for kind in (lambda x: x, lambda x: x.as_subclass(Subclass), torch._neg_view):
            with dual_level():
                value, derivative = unpack_dual(function(make_dual(kind(x), kind(x + 1))))
            torch.testing.assert_close(value, function(kind(x)), check_dtype=True)
            torch.testing.assert_close(derivative, function(kind(x + 1)))


def test_forward_derivatives_in_compiled_code() -> None:
    x, weight = double(1, 4, 3, 3).detach(), double(4, 2, 2, 2, seed=1).detach()

    def function(x: torch.Tensor) -> torch.Tensor:
        return torch.func.jvp(lambda x: srt.conv_transpose2d(x, weight), (x,), (x,))[1]

    torch._dynamo.reset()
    assert torch.equal(torch.compile(function, backend="aot_eager")(x), function(x))


@pytest.mark.parametrize("function", [F.grid_sample, srt.grid_sample])
def test_grid_sample_has_no_forward_derivative(function: Function) -> None:
    x, grid = double(1, 1, 3, 3).detach(), torch.zeros(1, 2, 2, 2, dtype=torch.float64)
    with pytest.raises(NotImplementedError, match="grid_sample"):
        torch.func.jvp(lambda x: function(x, grid, align_corners=False), (x,), (x,))
    with dual_level(), pytest.raises(NotImplementedError, match="grid_sample"):
        function(x, make_dual(grid, grid), align_corners=False)


# ---- Second derivatives ----------------------------------------------------------------------------------------------

GRIDS = [
    (axes, mode, padding, aligned)
    for axes, mode in ((2, "bilinear"), (2, "nearest"), (2, "bicubic"), (3, "bilinear"), (3, "nearest"))
    for padding in ("zeros", "border", "reflection")
    for aligned in (False, True)
]


def sampled(axes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """An input, and points inside it that lie away from where a derivative jumps."""
    cells = torch.rand(1, *(2, 2, 1)[:axes], axes, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return double(1, 2, *(3, 4, 3)[:axes]), (cells * 1.3 - 0.65).requires_grad_()


@pytest.mark.parametrize(("axes", "mode", "padding", "aligned"), GRIDS)
def test_grid_sample_twice(axes: int, mode: str, padding: str, aligned: bool) -> None:
    x, grid = sampled(axes)
    function = lambda x, grid: srt.grid_sample(x, grid, mode, padding, aligned)  # noqa: E731
    assert gradgradcheck(function, (x, grid))
    assert gradgradcheck(function, (x, grid.detach()), fast_mode=True)
    assert gradgradcheck(function, (x.detach(), grid), fast_mode=True)
    with srt.accelerate(grid_sample=True):
        function = lambda x, grid: F.grid_sample(x, grid, mode, padding, aligned)  # noqa: E731
        assert gradgradcheck(function, (x, grid), fast_mode=True)


def kinds(function: Function, wanted: tuple[bool, ...], *tensors: torch.Tensor) -> list[Any]:
    """Of each gradient, what the derivatives of its square are: None, or a shape, requires_grad and whether it is 0."""
    *leaves, gradient = (tensor.detach().requires_grad_(want) for tensor, want in zip(tensors, wanted))
    output = function(*leaves)
    firsts = torch.autograd.grad(output, [leaf for leaf in leaves if leaf.requires_grad], gradient, create_graph=True)
    sources = [tensor for tensor in (*leaves, gradient) if tensor.requires_grad]
    found: list[Any] = []
    for first in firsts:
        found.append((first.shape, first.stride(), first.requires_grad))
        if first.requires_grad:
            seconds = torch.autograd.grad(
                first.square().sum(), sources, allow_unused=True, retain_graph=True, create_graph=True
            )
            found += [None if x is None else (x.shape, x.requires_grad, bool(x.any())) for x in seconds]
    return found


@pytest.mark.parametrize(("axes", "mode"), [(2, "bilinear"), (2, "nearest"), (2, "bicubic"), (3, "nearest")])
def test_second_derivatives_of_grid_sample_exist_where_pytorchs_do(axes: int, mode: str) -> None:
    x, grid = sampled(axes)
    gradient = double(1, 2, *grid.shape[1:-1])
    for wanted in itertools.product((False, True), repeat=3):
        if wanted[0] or wanted[1]:
            expected, actual = (
                kinds(lambda *some: library.grid_sample(*some, mode, align_corners=False), wanted, x, grid, gradient)  # noqa: B023
                for library in (F, srt)
            )
            assert actual == expected


@pytest.mark.parametrize("mode", ["nearest", "linear", "bicubic", "area"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_second_derivatives_of_interpolate_exist_where_pytorchs_do(axes: int, mode: str) -> None:
    if mode == "linear":
        mode = ("linear", "bilinear", "trilinear")[axes - 1]
    if mode == "bicubic" and axes != 2:
        return
    x = double(1, 2, *(4, 5, 3)[:axes])
    for size, gradient_wanted in itertools.product((1, 2, 6), (False, True)):
        gradient = double(1, 2, *(size,) * axes)
        expected, actual = (
            kinds(lambda x: library.interpolate(x, size, mode=mode), (True, gradient_wanted), x, gradient)  # noqa: B023
            for library in (F, srt)
        )
        assert actual == expected


def test_hessians_of_area_and_grid_sample() -> None:
    x, grid = (tensor.detach() for tensor in sampled(2))
    of = {
        function: torch.func.jacrev(
            torch.func.jacrev(lambda grid: function.grid_sample(x, grid, align_corners=False).square().sum())  # noqa: B023
        )(grid)
        for function in (F, srt)
    }
    torch.testing.assert_close(of[srt], of[F])
    of = {
        function: torch.func.jacrev(
            torch.func.jacrev(lambda x: function.interpolate(x, size=2, mode="area").pow(3).sum())  # noqa: B023
        )(x)
        for function in (F, srt)
    }
    torch.testing.assert_close(of[srt], of[F])
