"""swiftresample.torch.accelerate: PyTorch's functions give what they give without it, errors included."""

from __future__ import annotations

import itertools
import threading
import warnings
from typing import Any, Callable

import comparison
import pytest

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"accelerate was not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

import swiftresample.torch as srt
from swiftresample.torch import _accelerate

pytestmark = pytest.mark.slow

# Where both results are right: docs/exactness.md. Coordinates of PyTorch 2.13 differ in their last bit.
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that ran here instead of in PyTorch, in order."""
    names: list[str] = []

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            names.append(name)
            return result

        return call

    for name in (
        "interpolate",
        "pixel_shuffle",
        "pixel_unshuffle",
        "grid_sample",
        *(f"conv_transpose{d}d" for d in (1, 2, 3)),
    ):
        monkeypatch.setattr(_accelerate, name, counted(name, getattr(_accelerate, name)))
    return names


def outcome(call: Callable[[], torch.Tensor]) -> Any:
    """A tensor, or the exception with its text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except Exception as error:
            return type(error), str(error)


def assert_alike(call: Callable[[], torch.Tensor], context: Any = None) -> Any:
    """Require the same outcome with and without `accelerate`; returns it."""
    expected = outcome(call)
    with context or srt.accelerate(conv_transpose=True, grid_sample=True):
        actual = outcome(call)
    if not isinstance(expected, torch.Tensor) or not isinstance(actual, torch.Tensor):
        assert actual == expected
        return actual
    assert (actual.shape, actual.stride(), actual.dtype) == (expected.shape, expected.stride(), expected.dtype)
    assert (type(actual), actual.requires_grad) == (type(expected), expected.requires_grad)
    tolerance = TOLERANCE.get(actual.dtype, 0)
    largest = expected.abs().max().item() if tolerance and expected.numel() else 0
    torch.testing.assert_close(actual, expected, rtol=0, atol=tolerance * largest)
    return actual


# ---- The same outcome ------------------------------------------------------------------------------------------------

DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.uint8,
    torch.int8,
    torch.int32,
    torch.int64,
    torch.bool,
    torch.complex64,
]
MODES = ["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area", "lanczos", "foo"]
SIZES: list[tuple[Any, Any, Any]] = [
    (7, None, None),
    ((7,), None, None),
    (None, 1.7, None),
    (None, 2, True),
    (0, None, None),
    (None, None, None),
    (3, 2.0, None),
    (7, None, True),
    (7.5, None, None),
    (True, None, None),
    (torch.tensor(7), None, None),
    (None, (2.0, 1.5), None),
]


def samples(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, generator=generator).to(dtype)
    return torch.randint(0, 128, shape, generator=generator).to(dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_interpolate_in_every_combination(dtype: torch.dtype, taken: list[str]) -> None:
    results = 0
    for mode, ndim, antialias, aligned, size, batch in itertools.product(
        MODES, (2, 3, 4, 5), (False, True), (None, True, False), SIZES, (2, 0)
    ):
        x = samples(*(batch, 3, 5, 6, 4)[:ndim], dtype=dtype)
        call = lambda: F.interpolate(x, *size[:2], mode, aligned, size[2], antialias)  # noqa: B023, E731
        results += isinstance(assert_alike(call), torch.Tensor)
    if dtype in TOLERANCE or dtype == torch.uint8:
        # What PyTorch computes is computed here, but: a length 0, which is an error here but not in its area mode, a
        # truth value and a tensor for a size, and int32 or so, which it takes for few modes.
        assert len(taken) > 0.7 * results
    else:
        assert not taken


@pytest.mark.parametrize("dtype", [*DTYPES, torch.uint16], ids=str)
def test_pixel_shuffle(dtype: torch.dtype, taken: list[str]) -> None:
    for shape in ((4, 3, 2), (2, 4, 3, 2), (2, 2, 4, 2, 2), (4, 4), (0, 4, 2, 2), (2, 3, 3, 3)):
        x = samples(*shape, dtype=dtype)
        for factor in (1, 2, 3, 0, -1, 2.0, True):
            assert_alike(lambda: F.pixel_shuffle(x, factor))  # noqa: B023
            assert_alike(lambda: F.pixel_unshuffle(x, factor))  # noqa: B023
            assert_alike(lambda: torch.pixel_shuffle(input=x, upscale_factor=factor))  # noqa: B023
    assert bool(taken) == (dtype != torch.uint16)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_conv_transpose(dtype: torch.dtype, taken: list[str]) -> None:
    for axes, groups, bias, unbatched in itertools.product((1, 2, 3), (1, 2), (False, True), (False, True)):
        x = samples(*(() if unbatched else (2,)), 4, *(5, 4, 3)[:axes], dtype=dtype)
        weight = samples(4, 3, *(3, 2, 3)[:axes], dtype=dtype)
        b = samples(3 * groups, dtype=dtype) if bias else None
        function = lambda *args, **kwargs: getattr(F, f"conv_transpose{axes}d")(*args, **kwargs)  # noqa: B023, E731
        for options in (
            {},
            {"stride": 2, "padding": 1, "output_padding": 1},
            {"stride": 2, "output_padding": 2},
            {"dilation": 2},
            {"padding": -1},
            {"stride": (2,) * axes},
        ):
            assert_alike(lambda: function(x, weight, b, groups=groups, **options))  # noqa: B023
        assert_alike(lambda: function(x, weight[:3], b))  # noqa: B023
        assert_alike(lambda: function(x, weight.double(), b))  # noqa: B023
        assert_alike(lambda: function(x, weight, stride="a"))  # noqa: B023
    assert bool(taken) == (dtype in TOLERANCE)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_grid_sample(dtype: torch.dtype, taken: list[str]) -> None:
    for axes, mode, padding, aligned in itertools.product(
        (1, 2, 3),
        ("bilinear", "nearest", "bicubic", "foo"),
        ("zeros", "border", "reflection", "foo"),
        (None, False, True),
    ):
        x, grid = samples(2, 3, *(4, 5, 3)[:axes], dtype=dtype), samples(2, *(3, 2, 2)[:axes], axes, dtype=dtype)
        assert_alike(lambda: F.grid_sample(x, grid, mode, padding, aligned))  # noqa: B023
    assert_alike(lambda: F.grid_sample(x, grid.double(), align_corners=False))
    assert_alike(lambda: F.grid_sample(x, grid[:1], align_corners=False))
    assert bool(taken) == (dtype in (torch.float32, torch.float64))


def test_memory_formats(taken: list[str]) -> None:
    x = samples(2, 4, 6, 6)
    for y in (x.to(memory_format=torch.channels_last), x[:, :, ::2], x.transpose(2, 3), x[:, :1]):
        assert_alike(lambda: F.interpolate(y, scale_factor=2, mode="bilinear"))  # noqa: B023
        assert_alike(lambda: F.pixel_unshuffle(y[..., :2, :], 2))  # noqa: B023
    assert len(taken) == 8


def gradients(call: Callable[..., torch.Tensor], *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
    leaves = [tensor.detach().clone().requires_grad_() for tensor in tensors]
    return torch.autograd.grad((call(*leaves) ** 2).sum(), leaves)


def test_gradients(taken: list[str]) -> None:
    x, weight = samples(2, 4, 5, 6, dtype=torch.float64), samples(4, 3, 2, 2, dtype=torch.float64)
    grid = torch.rand(2, 3, 3, 2, dtype=torch.float64) - 0.5
    calls: list[tuple[Any, ...]] = [
        (lambda x: F.pixel_shuffle(x, 2), x),
        (lambda x: F.conv_transpose2d(x, weight, stride=2), x),
        (lambda x, weight: F.conv_transpose2d(x, weight, stride=2), x, weight),
        (lambda x, grid: F.grid_sample(x, grid, align_corners=False), x, grid),
        *(
            (lambda x, mode=mode: F.interpolate(x, size=(7, 4), mode=mode), x)
            for mode in ("nearest", "bilinear", "bicubic", "area")
        ),
        (lambda x: F.interpolate(x, size=(3, 4), mode="bilinear", antialias=True), x),
    ]
    for call, *tensors in calls:
        expected = gradients(call, *tensors)
        with srt.accelerate(conv_transpose=True, grid_sample=True):
            actual = gradients(call, *tensors)
        for one, other in zip(actual, expected):
            torch.testing.assert_close(one, other)
    assert len(taken) == len(calls)


def test_second_derivatives() -> None:
    x, weight = samples(1, 4, 3, 3, dtype=torch.float64), samples(4, 2, 2, 2, dtype=torch.float64)

    def penalty(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        y = F.conv_transpose2d(F.interpolate(x, scale_factor=2, mode="bicubic"), weight)
        (gradient,) = torch.autograd.grad((y**3).sum(), x, create_graph=True)
        return gradient

    expected = gradients(penalty, x, weight)
    with srt.accelerate(conv_transpose=True):
        actual = gradients(penalty, x, weight)
    for one, other in zip(actual, expected):
        torch.testing.assert_close(one, other)


# ---- What is taken, and what is not ----------------------------------------------------------------------------------


def test_modules_are_accelerated(taken: list[str]) -> None:
    x = samples(1, 4, 6, 6)
    with srt.accelerate(conv_transpose=True, grid_sample=True), torch.no_grad():
        nn.Upsample(scale_factor=2, mode="bilinear")(x)
        nn.UpsamplingNearest2d(size=9)(x)
        nn.PixelShuffle(2)(x)
        nn.PixelUnshuffle(2)(x)
        nn.ConvTranspose2d(4, 2, 2, stride=2)(x)
        F.upsample(x, scale_factor=2)
    assert taken == ["interpolate"] * 2 + ["pixel_shuffle", "pixel_unshuffle", "conv_transpose2d", "interpolate"]


def test_convolutions_and_grids_are_asked_for(taken: list[str]) -> None:
    x, weight, grid = samples(1, 2, 4, 4), samples(2, 2, 2, 2), torch.zeros(1, 2, 2, 2)
    calls = [lambda: F.conv_transpose2d(x, weight), lambda: F.grid_sample(x, grid, align_corners=False)]
    for convolves, samples_grids in itertools.product((False, True), repeat=2):
        taken.clear()
        with srt.accelerate(conv_transpose=convolves, grid_sample=samples_grids):
            for call in calls:
                call()
        assert taken == ["conv_transpose2d"] * convolves + ["grid_sample"] * samples_grids


def test_what_is_no_plain_tensor_is_pytorchs(taken: list[str]) -> None:
    class Subclass(torch.Tensor):
        pass

    x = samples(1, 4, 3, 3)
    upsample = lambda x: F.interpolate(x, scale_factor=2)  # noqa: E731
    assert_alike(lambda: upsample(x.as_subclass(Subclass)))
    assert_alike(lambda: upsample(x.to("meta")).to("meta").new_zeros(1, device="cpu"))
    assert_alike(lambda: upsample(torch._neg_view(x)))
    assert_alike(lambda: torch.vmap(upsample)(x[None]))
    assert_alike(lambda: torch.func.grad(lambda x: upsample(x).sum())(x))
    assert_alike(lambda: upsample(x.to_sparse()))
    assert_alike(lambda: upsample(x.to_mkldnn()).to_dense())
    assert_alike(lambda: upsample(torch.quantize_per_tensor(x, 0.1, 0, torch.quint8)).dequantize())
    assert_alike(lambda: upsample(x.numpy()))
    assert_alike(lambda: F.interpolate(None, size=2))
    with srt.accelerate(), torch._subclasses.FakeTensorMode() as mode:
        assert upsample(mode.from_tensor(x)).shape == (1, 4, 6, 6)
    assert not taken


def test_tracing_and_compiling_is_pytorchs(taken: list[str]) -> None:
    x = samples(1, 4, 3, 3)
    module = nn.Upsample(scale_factor=2, mode="bilinear")
    with warnings.catch_warnings(), srt.accelerate():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(module, x)
        assert "upsample_bilinear2d" in str(traced.graph)
        scripted = torch.jit.script(module)
        torch.testing.assert_close(scripted(x), module(x))
        exported = torch.export.export(module, (x,))
        assert "upsample_bilinear2d" in str(exported.graph)
    taken.clear()
    for backend in ("eager", "aot_eager"):
        torch._dynamo.reset()
        compiled = torch.compile(module, backend=backend, fullgraph=True)
        taken.clear()
        with srt.accelerate():
            torch.testing.assert_close(compiled(x), module(x))
        # The graph of "eager" is the function itself, called as any other.
        assert len(taken) == (2 if backend == "eager" else 1)
        torch.testing.assert_close(compiled(x), module(x))


def test_dual_numbers_and_autocast(taken: list[str]) -> None:
    x, weight = samples(1, 4, 3, 3), samples(4, 2, 2, 2)
    for call in (lambda x: F.interpolate(x, size=5, mode="bilinear"), lambda x: F.conv_transpose2d(x, weight)):
        assert_alike(lambda: torch.func.jvp(call, (x,), (x,))[1])  # noqa: B023
        with torch.autograd.forward_ad.dual_level():
            dual = torch.autograd.forward_ad.make_dual(x, x)
            assert_alike(lambda: torch.autograd.forward_ad.unpack_dual(call(dual)).tangent)  # noqa: B023
    taken.clear()
    with torch.autocast("cpu"):
        for dtype in (torch.float32, torch.bfloat16):
            assert_alike(lambda: F.conv_transpose2d(x.to(dtype), weight))  # noqa: B023
            assert_alike(lambda: F.interpolate(x.to(dtype), size=5, mode="bilinear"))  # noqa: B023
            assert_alike(lambda: F.interpolate(samples(1, 1, 3, 3, 3, dtype=dtype), size=5, mode="area"))  # noqa: B023
            grid = torch.zeros(1, 2, 2, 2, dtype=dtype)
            assert_alike(lambda: F.grid_sample(x, grid, align_corners=False))  # noqa: B023
    assert taken == ["conv_transpose2d", "interpolate", "grid_sample"] * 2


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoints(reentrant: bool) -> None:
    x, weight = samples(1, 2, 4, 4, dtype=torch.float64), samples(2, 2, 2, 2, dtype=torch.float64)

    def block(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        y = F.interpolate(F.conv_transpose2d(x, weight), size=7, mode="bilinear").sin()
        return F.interpolate(y, size=3, mode="area").sin()

    expected = gradients(block, x, weight)
    leaves = [tensor.clone().requires_grad_() for tensor in (x, weight)]
    with srt.accelerate(conv_transpose=True, grid_sample=True):
        (checkpoint(block, *leaves, use_reentrant=reentrant) ** 2).sum().backward()
    for leaf, gradient in zip(leaves, expected):
        torch.testing.assert_close(leaf.grad, gradient)


# ---- The context -----------------------------------------------------------------------------------------------------


def upsampled() -> torch.Tensor:
    return F.interpolate(torch.ones(1, 1, 2, 2), scale_factor=2)


def test_it_ends_with_the_block_and_after_exceptions(taken: list[str]) -> None:
    functions = F.interpolate, torch.pixel_shuffle
    with srt.accelerate():
        upsampled()
    with pytest.raises(KeyError), srt.accelerate():
        raise KeyError
    with pytest.raises(ValueError), srt.accelerate():
        F.interpolate(torch.ones(1, 1, 2, 2))
    upsampled()
    assert taken == ["interpolate"]
    assert torch._C._len_torch_function_stack() == 0
    assert (F.interpolate, torch.pixel_shuffle) == functions


def test_it_nests_and_can_be_entered_again(taken: list[str]) -> None:
    context = srt.accelerate()
    with context, context, srt.accelerate(grid_sample=True):
        upsampled()
    with context:
        upsampled()
    assert len(taken) == 2
    assert torch._C._len_torch_function_stack() == 0


def test_it_lives_with_other_modes(taken: list[str]) -> None:
    class Names(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.append(func.__name__)
            return func(*args, **(kwargs or {}))

    names: list[str] = []
    x = torch.ones(1, 1, 2, 2)
    with srt.accelerate(), Names(), torch.device("meta"):
        assert F.interpolate(x, scale_factor=2).device.type == "cpu"
        assert torch.ones(1).device.type == "meta"
    assert taken == ["interpolate"]
    assert "interpolate" in names


def test_it_decorates(taken: list[str]) -> None:
    @srt.accelerate()
    def decorated(depth: int) -> torch.Tensor:
        """Say something."""
        return decorated(depth - 1) if depth else upsampled()

    assert decorated.__name__ == "decorated"
    assert decorated(2).shape == (1, 1, 4, 4)
    decorated(0)
    upsampled()
    assert len(taken) == 2

    async def coroutine() -> None: ...

    def generator() -> Any:
        yield

    for function in (coroutine, generator):
        with pytest.raises(TypeError, match="cannot decorate a coroutine or a generator"):
            srt.accelerate()(function)


def test_it_is_for_one_thread(taken: list[str]) -> None:
    entered, done = threading.Event(), threading.Event()

    def other() -> None:
        with srt.accelerate():
            entered.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(10)
    upsampled()
    assert not taken
    done.set()
    thread.join()

    def work() -> None:
        for _ in range(100):
            with srt.accelerate():
                upsampled()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 400
