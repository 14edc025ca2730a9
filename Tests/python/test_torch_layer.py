"""swiftresample.torch: the same bits as for arrays, and all that PyTorch asks of an operator."""

from __future__ import annotations

import copy
import itertools
import threading
import warnings
from typing import Any, Callable

import comparison
import numpy as np
import pytest

import swiftresample as sr

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"swiftresample.torch was not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

import swiftresample.torch as srt

pytestmark = pytest.mark.slow

FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
OPS = torch.ops.swiftresample


def random(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> torch.Tensor:
    """A tensor of numbers that every dtype holds, but bool."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 100, shape, generator=generator).to(dtype)


def double(*shape: int, seed: int = 0) -> torch.Tensor:
    """A tensor to differentiate by."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()


def same_bits(tensor: torch.Tensor, array: np.ndarray) -> None:
    assert tuple(tensor.shape) == array.shape
    np.testing.assert_array_equal(tensor.detach().numpy(), array)


# Arguments of interpolate: every mode, align_corners, antialias, and what can be given as a factor.
MODES = [
    *(
        dict(shape=(2, 3, *(4, 5, 3)[:axes]), mode=mode, **given)
        for axes in (1, 2, 3)
        for mode in ("nearest", "nearest-exact", "area")
        for given in ({"size": (6, 3, 5)[:axes]}, {"scale_factor": 1.7})
    ),
    *(
        dict(shape=(2, 3, *(4, 5, 3)[:axes]), mode=mode, align_corners=aligned, **given)
        for axes, mode in ((1, "linear"), (2, "bilinear"), (3, "trilinear"), (2, "bicubic"))
        for aligned in (None, False, True)
        for given in (
            {"size": (6, 3, 5)[:axes]},
            {"scale_factor": 1.7},
            {"scale_factor": 1.7, "recompute_scale_factor": True},
        )
    ),
    *(
        dict(shape=(2, 3, 6, 7), mode=mode, antialias=True, align_corners=aligned, **given)
        for mode in ("bilinear", "bicubic", "lanczos")
        for aligned in (None, *([True] if mode != "lanczos" else []))
        for given in ({"size": (3, 4)}, {"scale_factor": (0.6, 1.5)})
    ),
]


def name(case: dict[str, Any]) -> str:
    return "-".join(str(value) for key, value in case.items() if key != "shape").replace(" ", "")


@pytest.fixture(params=MODES, ids=name)
def resampling(request: pytest.FixtureRequest) -> tuple[tuple[int, ...], dict[str, Any]]:
    options = dict(request.param)
    return options.pop("shape"), options


# ---- Values ----------------------------------------------------------------------------------------------------------


def test_interpolate_has_the_bits_of_arrays(resampling: Any) -> None:
    shape, options = resampling
    for dtype in (torch.float32, torch.float64, torch.float16):
        x = random(*shape, dtype=dtype)
        same_bits(srt.interpolate(x, **options), sr.interpolate(x.numpy(), **options))
        leaf = x.clone().requires_grad_()
        output = srt.interpolate(leaf, **options)
        same_bits(output, sr.interpolate(x.numpy(), **options))
        gradient = random(*output.shape, dtype=dtype, seed=1)
        output.backward(gradient)
        same_bits(leaf.grad, sr.interpolate_backward(gradient.numpy(), shape, **options))


def test_bfloat16_needs_no_ml_dtypes(run_python: Any) -> None:
    script = """
import sys
import torch, swiftresample.torch as srt
x = torch.arange(6, dtype=torch.bfloat16).reshape(1, 1, 6).requires_grad_()
y = srt.interpolate(x, scale_factor=2, mode="linear")
y.sum().backward()
print(y.tolist(), x.grad.tolist(), "ml_dtypes" in sys.modules)
"""
    x = torch.arange(6, dtype=torch.float32).reshape(1, 1, 6).requires_grad_()
    y = srt.interpolate(x, scale_factor=2, mode="linear")
    y.sum().backward()
    assert run_python(script).stdout == f"{y.tolist()} {x.grad.tolist()} False\n"


@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.complex64]
)
def test_nearest_takes_every_dtype(dtype: torch.dtype) -> None:
    x = random(1, 2, 3, 4, dtype=dtype)
    same_bits(srt.interpolate(x, scale_factor=2), sr.interpolate(x.numpy(), scale_factor=2))


@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.uint16, torch.int64, torch.complex128, torch.bfloat16, torch.float32]
)
def test_pixel_shuffle_takes_every_dtype(dtype: torch.dtype) -> None:
    x = random(2, 8, 3, 4, dtype=dtype)
    shuffled = srt.pixel_shuffle(x, 2)
    assert torch.equal(
        shuffled,
        F.pixel_shuffle(x.to(torch.complex128), 2).to(dtype) if dtype == torch.uint16 else F.pixel_shuffle(x, 2),
    )
    assert torch.equal(srt.pixel_unshuffle(shuffled, 2), x)


def test_pixel_shuffle_takes_any_number_of_axes() -> None:
    x = random(2, 1, 2, 1, 2, 1, 4, 3, 2, 2)
    assert torch.equal(
        srt.pixel_shuffle(x[:, :, :, :, :, :, :, :1].movedim(7, 0)[0], 2), F.pixel_shuffle(x[..., 0, :, :], 2)
    )
    x = random(2, 1, 2, 1, 2, 1, 2, 4, 3, 2)
    assert torch.equal(srt.pixel_shuffle(x, 2), F.pixel_shuffle(x, 2))


CONVOLUTIONS = [
    {"input": (2, 4, 5), "weight": (4, 3, 3), "stride": 2},
    {
        "input": (2, 4, 3, 4),
        "weight": (4, 3, 3, 2),
        "stride": 2,
        "padding": 1,
        "output_padding": 1,
        "groups": 2,
        "dilation": (1, 2),
    },
    {"input": (4, 3, 4), "weight": (4, 3, 2, 2), "stride": (2, 1)},
    {"input": (1, 2, 2, 3, 2), "weight": (2, 2, 2, 2, 3), "stride": (2, 1, 1), "padding": (0, 1, 1)},
]


@pytest.fixture(params=CONVOLUTIONS, ids=range(len(CONVOLUTIONS)))
def convolution(request: pytest.FixtureRequest) -> tuple[str, Any, Any, Any, dict[str, Any]]:
    options = dict(request.param)
    input, weight = double(*options.pop("input")), double(*options.pop("weight"), seed=1)
    bias = double(weight.shape[1] * options.get("groups", 1), seed=2)
    return f"conv_transpose{weight.dim() - 2}d", input, weight, bias, options


@pytest.mark.parametrize("dtype", FLOATS[:3])
def test_conv_transpose_has_the_bits_of_arrays(convolution: Any, dtype: torch.dtype) -> None:
    function, *tensors, options = convolution
    tensors = [tensor.detach().to(dtype).requires_grad_() for tensor in tensors]
    arrays = [tensor.detach().numpy() for tensor in tensors]
    output = getattr(srt, function)(*tensors, **options)
    same_bits(output, getattr(sr, function)(*arrays, **options))
    gradient = torch.ones_like(output)
    output.backward(gradient)
    expected = getattr(sr, f"{function}_backward")(gradient.numpy(), *arrays[:2], **options)
    for tensor, array in zip(tensors, expected):
        same_bits(tensor.grad, array)


def test_conv_transpose_computes_only_the_gradients_that_are_wanted(convolution: Any) -> None:
    function, *tensors, options = convolution
    getattr(srt, function)(*tensors, **options).sum().backward()
    for wanted in itertools.product((False, True), repeat=3):
        if not any(wanted):
            continue
        some = [tensor.detach().requires_grad_(want) for tensor, want in zip(tensors, wanted)]
        getattr(srt, function)(*some, **options).sum().backward()
        for tensor, expected, want in zip(some, tensors, wanted):
            assert torch.equal(tensor.grad, expected.grad) if want else tensor.grad is None


GRIDS = [
    {"mode": mode, "padding_mode": padding, "align_corners": aligned}
    for mode in ("bilinear", "nearest", "bicubic")
    for padding in ("zeros", "border", "reflection")
    for aligned in (False, True)
]


def sampled(axes: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """An input, and points inside it that lie away from where a derivative jumps."""
    input = double(2, 3, *(4, 5, 3)[:axes], seed=seed)
    cells = torch.rand(2, *(3, 2, 2)[:axes], axes, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return input, (cells * 1.3 - 0.65).requires_grad_()


@pytest.mark.parametrize("options", GRIDS, ids=name)
@pytest.mark.parametrize("axes", [2, 3])
def test_grid_sample_has_the_bits_of_arrays(axes: int, options: dict[str, Any]) -> None:
    input, grid = sampled(axes)
    arrays = input.detach().numpy(), grid.detach().numpy()
    output = srt.grid_sample(input, grid, **options)
    same_bits(output, sr.grid_sample(*arrays, **options))
    gradient = torch.ones_like(output)
    output.backward(gradient)
    expected = sr.grid_sample_backward(gradient.numpy(), *arrays, **options)
    same_bits(input.grad, expected[0])
    same_bits(grid.grad, expected[1])


def test_carafe_has_the_bits_of_arrays() -> None:
    features, masks = double(2, 4, 3, 4), double(2, 18, 6, 8)
    arrays = features.detach().numpy(), masks.detach().numpy()
    output = srt.carafe(features, masks, 3, group_size=2, scale_factor=2)
    same_bits(output, sr.carafe(*arrays, 3, group_size=2, scale_factor=2))
    output.sum().backward()
    expected = sr.carafe_backward(np.ones(output.shape), *arrays, 3, group_size=2, scale_factor=2)
    same_bits(features.grad, expected[0])
    same_bits(masks.grad, expected[1])


# ---- Memory ----------------------------------------------------------------------------------------------------------


def layouts() -> list[torch.Tensor]:
    """Tensors of every memory format that PyTorch tells apart, and some that it does not."""
    x = random(2, 3, 4, 6)
    one = random(2, 1, 4, 6)
    point = random(2, 3, 1, 1)
    volume = random(2, 3, 4, 5, 6)
    last = torch.channels_last
    return [
        x,
        x.to(memory_format=last),
        x[:, :, ::2],
        x.to(memory_format=last)[:, :2, :, 1:],
        x.transpose(2, 3),
        x.flip(3),
        x[:1].expand(4, 3, 4, 6),
        x[:, :1].expand(2, 3, 4, 6),
        one,
        one.to(memory_format=last),
        point,
        point.to(memory_format=last),
        point[:1].to(memory_format=last),
        random(1, 1, 1, 1),
        x[:1].to(memory_format=last),
        random(0, 3, 4, 6).to(memory_format=last),
        random(2, 3, 6),
        random(2, 6, 3).transpose(1, 2),
        volume,
        volume.to(memory_format=torch.channels_last_3d),
        volume.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3)[:, :, 1:],
    ]


@pytest.mark.parametrize("index", range(len(layouts())))
def test_memory_formats_are_those_of_pytorch(index: int) -> None:
    x = layouts()[index]
    expected, actual = F.interpolate(x, scale_factor=2), srt.interpolate(x, scale_factor=2)
    assert torch.equal(actual, expected)
    assert actual.stride() == expected.stride()
    y = x[:, :1].repeat(1, 4, *[1] * (x.dim() - 2)) if x.dim() == 4 else None
    if y is not None:
        y = y.to(memory_format=torch.channels_last) if index % 2 else y
        assert srt.pixel_shuffle(y, 2).stride() == F.pixel_shuffle(y, 2).stride()


def test_random_strides_give_the_memory_format_of_pytorch() -> None:
    generator = np.random.default_rng(0)
    for _ in range(500):
        shape = tuple(int(n) for n in generator.choice([1, 1, 2, 3], size=generator.integers(3, 6)))
        base = torch.zeros(tuple(2 * n for n in shape)).permute(*generator.permutation(len(shape)).tolist())
        x = base[tuple(slice(0, n * step, step) for n, step in zip(shape, generator.choice([1, 2], size=len(shape))))]
        assert x.dim() == len(shape)
        x = x[tuple(slice(0, n) for n in shape)]
        expected, actual = F.interpolate(x, scale_factor=2), srt.interpolate(x, scale_factor=2)
        assert actual.stride() == expected.stride(), (x.shape, x.stride())


@pytest.mark.parametrize("formats", list(itertools.product((False, True), repeat=2)), ids=str)
def test_conv_transpose_is_channels_last_if_either_is(formats: tuple[bool, bool]) -> None:
    tensors = [random(2, 4, 5, 6), random(4, 6, 3, 3)]
    tensors = [x.to(memory_format=torch.channels_last) if last else x for x, last in zip(tensors, formats)]
    assert srt.conv_transpose2d(*tensors).stride() == F.conv_transpose2d(*tensors).stride()


def test_tensors_are_not_changed_or_kept() -> None:
    x = random(1, 2, 5, 5)
    before, references = x.clone(), x._use_count()
    srt.interpolate(x, size=9)
    assert torch.equal(x, before)
    assert x._use_count() == references


def resident() -> int:
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def test_calls_leave_no_memory_behind() -> None:
    x, weight = random(1, 4, 8, 8).requires_grad_(), random(4, 4, 2, 2).requires_grad_()

    def step() -> None:
        y = srt.interpolate(x, scale_factor=2, mode="bilinear")
        y = srt.conv_transpose2d(srt.pixel_shuffle(y, 2).repeat(1, 4, 1, 1), weight)
        y.sum().backward()
        with torch.no_grad():
            srt.interpolate(x, size=16)

    for _ in range(500):
        step()
    before = resident()
    for _ in range(10_000):
        step()
    assert resident() - before < 8192  # kB; one capsule left behind by each call would be more


# ---- PyTorch's own checks --------------------------------------------------------------------------------------------


def test_opcheck_of_interpolate(resampling: Any) -> None:
    shape, options = resampling
    axes = len(shape) - 2
    factors = options.get("scale_factor")
    arguments = (
        list(options["size"]) if "size" in options else None,
        None if factors is None else list(factors) if isinstance(factors, tuple) else [factors] * axes,
        options["mode"],
        options.get("align_corners"),
        options.get("recompute_scale_factor"),
        options.get("antialias", False),
    )
    x = double(*shape)
    torch.library.opcheck(OPS.interpolate.default, (x, *arguments))
    gradient = double(*OPS.interpolate(x, *arguments).shape)
    torch.library.opcheck(OPS.interpolate_backward.default, (gradient, list(shape), *arguments))


def test_opcheck_of_channels_last() -> None:
    x = double(2, 3, 4, 5).detach().to(memory_format=torch.channels_last).requires_grad_()
    torch.library.opcheck(OPS.interpolate.default, (x, [7, 8], None, "bicubic", None, None, False))
    torch.library.opcheck(OPS.pixel_unshuffle.default, (x[..., :4], 2))


@pytest.mark.parametrize("operator", ["pixel_shuffle", "pixel_unshuffle"])
def test_opcheck_of_pixel_shuffle(operator: str) -> None:
    torch.library.opcheck(getattr(OPS, operator).default, (double(2, 4, 6, 4), 2))


def test_opcheck_of_conv_transpose() -> None:
    input, weight, bias = double(2, 4, 3, 4), double(4, 3, 3, 2), double(6)
    options = ([2, 2], [1, 1], [1, 1], 2, [1, 2])
    torch.library.opcheck(OPS.conv_transpose.default, (input, weight, bias, *options))
    torch.library.opcheck(OPS.conv_transpose.default, (input, weight.detach(), None, *options))
    gradient = double(*OPS.conv_transpose(input, weight, bias, *options).shape)
    for wanted in ([True, True, True], [False, True, False]):
        torch.library.opcheck(OPS.conv_transpose_backward.default, (gradient, input, weight, *options, wanted))


def test_opcheck_of_grid_sample() -> None:
    input, grid = sampled(2)
    torch.library.opcheck(OPS.grid_sample.default, (input, grid, "bilinear", "zeros", False))
    tensors = [torch.ones(2, 3, 3, 2, dtype=torch.float64), input.detach(), grid.detach()]
    for wanted in ([True, True], [False, True]):
        torch.library.opcheck(OPS.grid_sample_backward.default, (*tensors, "bilinear", "zeros", False, wanted))


def test_opcheck_of_carafe() -> None:
    features, masks = double(2, 4, 3, 4), double(2, 18, 6, 8)
    torch.library.opcheck(OPS.carafe.default, (features, masks, 3, 2, 2))
    for wanted in ([True, True], [True, False]):
        torch.library.opcheck(OPS.carafe_backward.default, (double(2, 4, 6, 8), features, masks, 3, 2, 2, wanted))


def test_gradients_of_interpolate(resampling: Any) -> None:
    shape, options = resampling
    function = lambda x: srt.interpolate(x, **options)  # noqa: E731
    assert gradcheck(function, double(*shape), check_forward_ad=True, check_batched_grad=True, fast_mode=True)
    assert gradgradcheck(function, double(*shape), fast_mode=True)


@pytest.mark.parametrize("function", [srt.pixel_shuffle, srt.pixel_unshuffle])
def test_gradients_of_pixel_shuffle(function: Callable[..., torch.Tensor]) -> None:
    x = double(2, 4, 6, 4)
    assert gradcheck(lambda x: function(x, 2), x, check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(lambda x: function(x, 2), x)


def test_gradients_of_conv_transpose(convolution: Any) -> None:
    name, *tensors, options = convolution
    function = lambda *tensors: getattr(srt, name)(*tensors, **options)  # noqa: E731
    assert gradcheck(function, tensors, check_batched_grad=True)
    assert gradgradcheck(function, tensors)


@pytest.mark.parametrize("options", GRIDS, ids=name)
@pytest.mark.parametrize("axes", [2, 3])
def test_gradients_of_grid_sample(axes: int, options: dict[str, Any]) -> None:
    tensors = sampled(axes)
    assert gradcheck(lambda *tensors: srt.grid_sample(*tensors, **options), tensors, check_batched_grad=True)


def test_gradients_of_carafe() -> None:
    tensors = double(2, 4, 2, 3), double(2, 18, 4, 6)
    function = lambda *tensors: srt.carafe(*tensors, 3, 2, 2)  # noqa: E731
    assert gradcheck(function, tensors, check_batched_grad=True)
    assert gradgradcheck(function, tensors)


# ---- Autograd --------------------------------------------------------------------------------------------------------


def test_gradients_through_views_and_of_non_leaves() -> None:
    x = double(2, 3, 4, 4)
    middle = (x[:, 1:] * 2).transpose(2, 3)
    middle.retain_grad()
    srt.interpolate(middle, scale_factor=2)[..., ::2].sum().backward()
    expected = torch.zeros_like(x)
    expected[:, 1:] = 4  # of four samples two are summed
    assert torch.equal(x.grad, expected)
    assert torch.equal(middle.grad, torch.full_like(middle, 2))


def test_no_grad_and_inference_mode() -> None:
    x = double(1, 1, 3, 3)
    with torch.no_grad():
        assert not srt.interpolate(x, size=5).requires_grad
    with torch.inference_mode():
        y = srt.interpolate(x, size=5)
        assert y.is_inference()
        z = srt.interpolate(y, size=7)
    assert torch.equal(srt.interpolate(y, size=7), z)
    assert not srt.interpolate(y, size=7).is_inference()
    assert srt.interpolate(x, size=5).requires_grad


def test_hooks_and_retain_graph() -> None:
    x = double(1, 4, 3, 3)
    y = srt.pixel_shuffle(x, 2)
    seen: list[torch.Size] = []
    y.register_hook(lambda gradient: seen.append(gradient.shape) or gradient * 3)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    assert seen == [y.shape] * 2
    assert torch.equal(x.grad, torch.full_like(x, 6))


def test_saved_tensors_are_guarded() -> None:
    input, weight = double(1, 2, 3, 3), double(2, 2, 2, 2)
    output = srt.conv_transpose2d(input, weight)
    with torch.no_grad():
        weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()


def test_threads_share_plans_and_graphs() -> None:
    x = random(1, 2, 16, 16)
    expected = srt.interpolate(x, size=33, mode="bicubic")
    failures: list[object] = []

    def work(seed: int) -> None:
        try:
            for step in range(200):
                leaf = x.clone().requires_grad_()
                size = 33 if step % 2 else 20 + seed
                y = srt.interpolate(leaf, size=size, mode="bicubic")
                y.sum().backward()
                if size == 33 and not torch.equal(y, expected):
                    failures.append("another result")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_backward_in_another_thread() -> None:
    x = double(1, 1, 4, 4)
    loss = srt.interpolate(x, size=7, mode="bicubic").sum()
    thread = threading.Thread(target=loss.backward)
    thread.start()
    thread.join()
    (expected,) = torch.autograd.grad(F.interpolate(x, size=7, mode="bicubic").sum(), x)
    torch.testing.assert_close(x.grad, expected)


def test_autocast() -> None:
    input, weight = random(1, 2, 3, 3), random(2, 2, 2, 2)
    for dtype in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=dtype):
            assert srt.conv_transpose2d(input, weight.to(dtype)).dtype == dtype
            assert srt.conv_transpose2d(input.double(), weight.double()).dtype == torch.float64
            assert srt.interpolate(input, size=5).dtype == torch.float32
            assert srt.interpolate(input.to(dtype), size=5).dtype == dtype
            grid = torch.zeros(1, 2, 2, 2, dtype=dtype)
            assert srt.grid_sample(input, grid).dtype == torch.float32
            assert srt.carafe(input.to(dtype), random(1, 9, 3, 3), 3).dtype == torch.float32


# ---- Transformations -------------------------------------------------------------------------------------------------


def test_vmap() -> None:
    x, weight = random(5, 2, 4, 3, 4), random(4, 3, 2, 2)
    each = lambda function: torch.stack([function(entry) for entry in x])  # noqa: E731
    for function in (
        lambda x: srt.interpolate(x, scale_factor=2, mode="bilinear"),
        lambda x: srt.pixel_shuffle(x, 2),
        lambda x: srt.conv_transpose2d(x, weight),
        lambda x: srt.grid_sample(x, x[:, :2].permute(0, 2, 3, 1) / 50 - 1, align_corners=True),
        lambda x: srt.carafe(x, x[:, :1].repeat(1, 9, 1, 1), 3),
    ):
        assert torch.equal(torch.vmap(function)(x), each(function))
        assert torch.equal(torch.vmap(function, in_dims=1)(x.movedim(0, 1)), each(function))


def test_gradients_of_each_sample() -> None:
    def loss(weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        y = srt.interpolate(x[None], scale_factor=2, mode="bilinear")
        return (srt.conv_transpose2d(y, weight, stride=2) ** 2).sum()

    x, weight = double(3, 2, 4, 4).detach(), double(2, 2, 3, 3)
    expected = torch.stack([torch.autograd.grad(loss(weight, entry), weight)[0] for entry in x])
    weight = weight.detach()
    torch.testing.assert_close(torch.func.grad(loss)(weight, x[0]), expected[0])
    torch.testing.assert_close(torch.vmap(torch.func.grad(loss), (None, 0))(weight, x), expected)


def test_higher_derivatives_of_functorch() -> None:
    x = double(1, 1, 3).detach()
    function = lambda x: (srt.interpolate(x, size=5, mode="linear") ** 3).sum()  # noqa: E731
    reference = lambda x: (F.interpolate(x, size=5, mode="linear") ** 3).sum()  # noqa: E731
    torch.testing.assert_close(torch.func.hessian(function)(x), torch.func.hessian(reference)(x))
    torch.testing.assert_close(torch.func.jacfwd(function)(x), torch.func.jacfwd(reference)(x))
    _, product = torch.func.jvp(function, (x,), (x,))
    torch.testing.assert_close(product, torch.func.jvp(reference, (x,), (x,))[1])


def model(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    y = srt.interpolate(x, scale_factor=2, mode="bilinear")
    y = srt.conv_transpose2d(y, weight, stride=2)
    return srt.pixel_unshuffle(srt.pixel_shuffle(y, 2), 2) + srt.interpolate(y, size=y.shape[2:], mode="area")


def compiles(backend: str) -> bool:
    try:
        torch.compile(lambda x: x + 1, backend=backend)(torch.ones(1))
    except Exception as error:
        comparison.notes.append(f"torch.compile was not tested with {backend}: {type(error).__name__}")
        return False
    return True


@pytest.mark.parametrize(("backend", "dynamic"), [("eager", False), ("aot_eager", True), ("inductor", False)])
def test_compile(backend: str, dynamic: bool) -> None:
    if backend == "inductor" and not compiles(backend):
        pytest.skip("inductor finds no compiler that works")
    torch._dynamo.reset()
    compiled = torch.compile(model, backend=backend, fullgraph=True, dynamic=dynamic)
    for size in (4, 5, 6):
        tensors = [random(1, 3, size, size).requires_grad_(), random(3, 4, 2, 2).requires_grad_()]
        others = [tensor.detach().clone().requires_grad_() for tensor in tensors]
        expected = model(*tensors)
        expected.sum().backward()
        actual = compiled(*others)
        actual.sum().backward()
        torch.testing.assert_close(actual, expected, rtol=0, atol=0)
        for tensor, other in zip(tensors, others):
            torch.testing.assert_close(other.grad, tensor.grad)


def test_compile_grid_sample_and_carafe() -> None:
    torch._dynamo.reset()

    def function(x: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        return srt.carafe(srt.grid_sample(x, grid, align_corners=False), x[:, :1].repeat(1, 9, 2, 2), 3, scale_factor=2)

    compiled = torch.compile(function, backend="aot_eager", fullgraph=True)
    x, grid = double(2, 3, 4, 4), (torch.rand(2, 4, 4, 2, dtype=torch.float64) - 0.5).requires_grad_()
    expected = torch.autograd.grad(function(x, grid).sum(), (x, grid))
    for gradient, wanted in zip(torch.autograd.grad(compiled(x, grid).sum(), (x, grid)), expected):
        torch.testing.assert_close(gradient, wanted)


def test_trace_and_export() -> None:
    x, weight = random(1, 3, 4, 4), random(3, 4, 2, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(model, (x, weight))
    assert "swiftresample::interpolate" in str(traced.graph)
    other = random(1, 3, 4, 4, seed=3)
    assert torch.equal(traced(other, weight), model(other, weight))

    class Module(torch.nn.Module):
        def forward(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
            return model(x, weight)

    exported = torch.export.export(Module(), (x, weight))
    assert torch.equal(exported.module()(other, weight), model(other, weight))


def test_fake_tensors_have_the_shapes(resampling: Any) -> None:
    shape, options = resampling
    x = random(*shape)
    expected = srt.interpolate(x, **options)
    with torch._subclasses.FakeTensorMode() as mode:
        fake = srt.interpolate(mode.from_tensor(x.requires_grad_()), **options)
    assert (fake.shape, fake.stride(), fake.dtype) == (expected.shape, expected.stride(), expected.dtype)
    assert fake.requires_grad


def test_meta_tensors_have_the_shapes(convolution: Any) -> None:
    name, input, weight, bias, options = convolution
    expected = getattr(srt, name)(input, weight, bias, **options)
    meta = getattr(srt, name)(input.to("meta"), weight.to("meta"), bias.to("meta"), **options)
    assert meta.device.type == "meta"
    assert (meta.shape, meta.stride()) == (expected.shape, expected.stride())
    assert srt.grid_sample(torch.empty(2, 3, 4, 5, device="meta"), torch.empty(2, 6, 7, 2, device="meta")).shape == (
        2,
        3,
        6,
        7,
    )
    assert srt.carafe(
        torch.empty(1, 2, 3, 4, device="meta"), torch.empty(1, 9, 6, 8, device="meta"), 3, 1, 2
    ).shape == (1, 2, 6, 8)
    assert srt.pixel_shuffle(torch.empty(1, 4, 3, 4, device="meta"), 2).shape == (1, 1, 6, 8)


def test_default_devices_and_modes_are_respected() -> None:
    x = random(1, 4, 3, 3)
    with torch.device("meta"):
        assert srt.interpolate(x, size=5).device.type == "cpu"
        assert srt.pixel_shuffle(x, 2).device.type == "cpu"
        assert srt.conv_transpose2d(x, x.new_ones(4, 1, 2, 2)).device.type == "cpu"
    from torch.utils._python_dispatch import TorchDispatchMode

    class Names(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.append(str(func))
            return func(*args, **(kwargs or {}))

    names: list[str] = []
    with Names():
        srt.interpolate(x, size=5)
    assert "swiftresample.interpolate.default" in names


def test_subclasses_and_lazy_tensors() -> None:
    class Subclass(torch.Tensor):
        pass

    x = random(1, 2, 3, 3)
    assert type(srt.interpolate(x.as_subclass(Subclass), size=5)) is Subclass
    parameter = torch.nn.Parameter(x)
    assert type(srt.interpolate(parameter, size=5)) is torch.Tensor
    assert torch.equal(srt.interpolate(torch._neg_view(x), size=5), srt.interpolate(-x, size=5))
    z = torch.complex(x, x + 1)
    assert torch.equal(
        srt.pixel_shuffle(z.repeat(1, 2, 1, 1).conj(), 2), F.pixel_shuffle(z.repeat(1, 2, 1, 1).conj(), 2)
    )
    assert torch.equal(srt.interpolate(copy.deepcopy(parameter), size=5), srt.interpolate(x, size=5))


# ---- Edges and errors ------------------------------------------------------------------------------------------------


def test_an_empty_batch() -> None:
    x = torch.zeros(0, 4, 3, 3, requires_grad=True)
    outputs = [
        srt.interpolate(x, size=5, mode="bicubic"),
        srt.pixel_shuffle(x, 2),
        srt.conv_transpose2d(x, torch.ones(4, 2, 2, 2)),
        srt.grid_sample(x, torch.zeros(0, 2, 2, 2)),
        srt.carafe(x, torch.zeros(0, 9, 3, 3), 3),
    ]
    for output in outputs:
        assert output.shape[0] == 0
        (gradient,) = torch.autograd.grad(output.sum(), x)
        assert gradient.shape == x.shape


X = torch.zeros(1, 4, 3, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: srt.interpolate(X), ValueError, "must be given, got neither"),
        (lambda: srt.interpolate(X, size=3, scale_factor=2), ValueError, "must be given, got both"),
        (lambda: srt.interpolate(X, size=2.5), TypeError, "size must be made of integers"),
        (lambda: srt.interpolate(X, size=(1, 2, 3)), ValueError, "size must have 2 entries"),
        (lambda: srt.interpolate(X, size=3, mode="linear"), NotImplementedError, "linear takes a 3-D input, got 4-D"),
        (lambda: srt.interpolate(X, size=3, mode="foo"), NotImplementedError, "mode must be one of"),
        (lambda: srt.interpolate(X, size=3, align_corners=True), ValueError, "align_corners"),
        (lambda: srt.interpolate(X.long(), size=3, mode="bilinear"), TypeError, "int64"),
        (lambda: srt.interpolate(X.numpy(), size=3), TypeError, "input must be a torch.Tensor, got numpy.ndarray"),
        (lambda: srt.interpolate(X.to(torch.float8_e4m3fn), size=3), TypeError, "float8_e4m3fn"),
        (lambda: srt.interpolate(X.to_sparse(), size=3), TypeError, "input must be a strided tensor"),
        (lambda: srt.interpolate(X.to("meta"), size=(1, 2, 3)), ValueError, "size must have 2 entries"),
        (lambda: srt.pixel_shuffle(X, 3), ValueError, "must be divisible by the square of upscale_factor 3"),
        (lambda: srt.pixel_shuffle(X, 2.0), TypeError, "upscale_factor must be an integer"),
        (lambda: srt.pixel_shuffle([1], 2), TypeError, "input must be a torch.Tensor, got builtins.list"),
        (lambda: srt.conv_transpose2d(X, torch.zeros(3, 1, 2, 2)), ValueError, "must begin with the input's channels"),
        (lambda: srt.conv_transpose2d(X, torch.zeros(4, 1, 2)), ValueError, "weight must be 4-D, got 3-D"),
        (lambda: srt.conv_transpose2d(X[0, 0], torch.zeros(4, 1, 2, 2)), ValueError, "input must be 4-D"),
        (
            lambda: srt.conv_transpose2d(X, torch.zeros(4, 1, 2, 2).double()),
            TypeError,
            "weight must have the dtype of input",
        ),
        (lambda: srt.conv_transpose2d(X, torch.zeros(4, 1, 2, 2), groups=0), ValueError, "groups must be positive"),
        (lambda: srt.grid_sample(X, torch.zeros(1, 2, 2, 2), "foo"), ValueError, "mode must be one of"),
        (
            lambda: srt.grid_sample(X, torch.zeros(1, 2, 2, 3)),
            ValueError,
            "the last axis of grid must have 2 coordinates",
        ),
        (lambda: srt.grid_sample(X, torch.zeros(1, 2, 2)), ValueError, "grid must have as many axes as input"),
        (lambda: srt.carafe(X, torch.zeros(1, 9, 3, 3), 2), ValueError, "kernel_size must be odd"),
        (lambda: srt.carafe(X, torch.zeros(1, 9, 3), 3), ValueError, "masks must be 4-D, got 3-D"),
    ],
)
def test_errors(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert caught.type is error


def test_other_devices_are_refused() -> None:
    with torch._subclasses.FakeTensorMode():
        x = torch.empty(1, 4, 3, 3, device="cuda")
        message = "input must be on the CPU, got a tensor on cuda:0: move it with .cpu()"
        for call in (
            lambda: srt.interpolate(x, size=5),
            lambda: srt.pixel_shuffle(x, 2),
            lambda: srt.conv_transpose2d(x, x),
            lambda: srt.grid_sample(x, x),
        ):
            with pytest.raises(ValueError) as caught:
                call()
            assert str(caught.value) == message


def test_a_gradient_of_integers_or_complex_numbers_is_refused() -> None:
    x = torch.zeros(1, 1, 3, dtype=torch.complex64, requires_grad=True)
    with pytest.raises(TypeError):
        srt.interpolate(x, size=5).abs().sum().backward()


def test_importing_the_package_does_not_import_pytorch(run_python: Any) -> None:
    script = "import sys, swiftresample; print('torch' in sys.modules, 'swiftresample.torch' in sys.modules)"
    assert run_python(script).stdout == "False False\n"


def test_without_pytorch_the_message_says_so(run_python: Any) -> None:
    done = run_python("import sys; sys.modules['torch'] = None; import swiftresample.torch")
    assert (
        "swiftresample.torch needs PyTorch: pip install torch, or swiftresample with its extra [torch]" in done.stderr
    )
