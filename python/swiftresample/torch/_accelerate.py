"""PyTorch's own functions on this library."""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

import torch
from torch.autograd import forward_ad
from torch.nn import functional as F  # noqa: N812

from .._modes import MODES
from .._options import Options, as_options
from ._conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from ._grid_sample import grid_sample
from ._interpolate import interpolate_plain as interpolate
from ._pixel_shuffle import pixel_shuffle, pixel_unshuffle
from ._replacement import Replacement, Thread
from ._tensors import is_plain

if TYPE_CHECKING:
    from typing import TypeVar

    from typing_extensions import Self

    from .._modes import Mode

    Function = TypeVar("Function", bound=Callable[..., Any])


def accelerate(*, conv_transpose: bool = False, grid_sample: bool = False) -> Accelerate:
    """Return a context in which PyTorch's own functions run on this library.

    Inside ``with accelerate():``, and in functions that it decorates, ``F.interpolate``, ``F.pixel_shuffle`` and
    ``F.pixel_unshuffle`` of CPU tensors are those of `swiftresample.torch`, gradients included, whoever calls them:
    ``nn.Upsample`` and ``nn.PixelShuffle``, for instance. Whatever PyTorch refuses or this library does not take goes
    to PyTorch as if the context were not there. No other function of PyTorch is touched. It is for the thread that
    enters it, and may be nested.

    Parameters
    ----------
    conv_transpose : bool, optional
        Whether ``F.conv_transpose1d``, ``2d`` and ``3d`` are among the functions.
    grid_sample : bool, optional
        Whether ``F.grid_sample`` is.

    Returns
    -------
    context manager and decorator

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> from torch import nn
    >>> decoder = nn.Sequential(nn.Conv2d(8, 12, 1), nn.PixelShuffle(2), nn.Upsample(scale_factor=2))
    >>> with srt.accelerate():
    ...     decoder(torch.zeros(1, 8, 16, 16)).shape
    torch.Size([1, 3, 64, 64])
    """
    return Accelerate(conv_transpose=conv_transpose, grid_sample=grid_sample)


class Accelerate(contextlib.ContextDecorator):
    """What `accelerate` returns."""

    def __init__(self, *, conv_transpose: bool, grid_sample: bool) -> None:
        self._replacements = [_interpolating]
        if conv_transpose:
            self._replacements.append(_convolving)
        if grid_sample:
            self._replacements.append(_sampling)
        self._entered: list[list[Thread]] = []  # by any thread, the last one at the end

    def __enter__(self) -> Self:
        threads: list[Thread] = []
        try:
            for replacement in self._replacements:
                threads.append(replacement.enter())
            self._entered.append(threads)
        except BaseException:  # an interrupt
            for replacement, thread in zip(self._replacements, threads):
                replacement.leave(thread)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; a thread that has not entered leaves for one that has."""
        here = [replacement.thread for replacement in self._replacements]
        threads = here if here in self._entered else self._entered[-1]
        del self._entered[self._entered.index(threads)]
        for replacement, thread in zip(self._replacements, threads):
            replacement.leave(thread)

    def __call__(self, function: Function) -> Function:
        """Return a function that runs in the context."""
        is_suspended = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
        if any(is_it(function) for is_it in is_suspended):
            raise TypeError(
                "accelerate cannot decorate a coroutine or a generator: use it inside, between two awaits or yields"
            )
        return super().__call__(function)


# ---- What is taken ---------------------------------------------------------------------------------------------------
# Each returns None for what is PyTorch's. Beyond what PyTorch takes nothing is taken: code that fails without the
# context fails with it, and in the same way.

_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_MOVED = (
    *_FLOATS,
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.complex64,
    torch.complex128,
)


Route = Callable[..., Optional[torch.Tensor]]


class _Function(NamedTuple):
    """A function that `F.interpolate` ends in."""

    options: Options  # without size and scale_factor
    dtypes: tuple[torch.dtype, ...]
    image_dtypes: tuple[torch.dtype, ...]  # further ones, of images alone

    @classmethod
    def of(cls, mode: Mode, align_corners: bool | None = None, antialias: bool = False) -> _Function:
        options = Options(None, None, mode.name, align_corners, False, antialias)
        dtypes = _FLOATS[:2] if antialias else _FLOATS
        if mode.pools:
            return cls(options, dtypes, ())
        return cls(options, (*dtypes, torch.uint8), ()) if mode.copies else cls(options, dtypes, (torch.uint8,))


def _upsample(mode: Mode) -> Route:
    """Return the route for a function of ``torch._C._nn`` that has no align_corners."""
    function = _Function.of(mode)

    def route(input: Any, size: Any, factors: Any) -> torch.Tensor | None:
        return _interpolate(function, input, size, factors)

    return route


def _upsample_aligned(mode: Mode, antialias: bool) -> Route:
    """Return the route for one that has."""
    functions = {corners: _Function.of(mode, corners, antialias) for corners in (False, True)}

    def route(input: Any, size: Any, align_corners: Any, factors: Any) -> torch.Tensor | None:
        if type(align_corners) is not bool:
            return None
        return _interpolate(functions[align_corners], input, size, factors)

    return route


_AREA = _Function.of(MODES["area"])


def _pool(input: Any, size: Any) -> torch.Tensor | None:
    if _has_hooks() or torch.is_autocast_enabled("cpu"):
        return None
    return _interpolate(_AREA, input, size, None)


def _interpolate(function: _Function, input: Any, size: Any, factors: Any) -> torch.Tensor | None:
    # As in interpolate itself, this is most of what a small call costs.
    if not is_plain(input):
        return None
    options, dtypes, image_dtypes = function
    if input.dtype not in dtypes and (input.dtype not in image_dtypes or input.dim() != 4):
        return None
    if size is not None:
        if not _are_integers(size):
            return None
        size = tuple(size)
    if factors is not None:
        if not _are_factors(factors):
            return None
        factors = tuple(factors)  # to a key, 2 is the same as 2.0, and so it is here
    return interpolate(input, as_options((size, factors, *options[2:])))


def _are_integers(values: Any) -> bool:
    """Tell whether it is a list or a tuple of integers; a truth value is not one here."""
    if not isinstance(values, (list, tuple)):
        return False
    for value in values:  # noqa: SIM110 (this takes half the time)
        if type(value) is not int:
            return False
    return True


def _are_factors(values: Any) -> bool:
    """Tell whether it is a list or a tuple of floats, and of integers that are as exact as floats."""
    if not isinstance(values, (list, tuple)):
        return False
    for value in values:
        if type(value) is not float and (type(value) is not int or not -(2**53) <= value <= 2**53):
            return False
    return True


def _pixel_shuffle(input: torch.Tensor, upscale_factor: int) -> torch.Tensor | None:
    return pixel_shuffle(input, upscale_factor) if _is_movable(input, upscale_factor) else None


def _pixel_unshuffle(input: torch.Tensor, downscale_factor: int) -> torch.Tensor | None:
    return pixel_unshuffle(input, downscale_factor) if _is_movable(input, downscale_factor) else None


def _is_movable(input: torch.Tensor, factor: Any) -> bool:
    if type(factor) is not int or not is_plain(input):
        return False
    # PyTorch 2.13 leaves the shape of an empty tensor unchanged.
    return input.dim() in (3, 4) and input.dtype in _MOVED and input.numel() > 0


def _convolve(function: Route) -> Route:
    """Return the route to a function of `swiftresample.torch` for that of PyTorch, with the same arguments."""

    def route(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: Any = 1,
        dilation: Any = 1,
    ) -> torch.Tensor | None:
        tensors = (input, weight) if bias is None else (input, weight, bias)
        if not is_plain(*tensors) or input.dtype not in _FLOATS or _is_watched():
            return None
        for option in (stride, padding, output_padding, groups, dilation):
            if type(option) is not int and not _are_integers(option):
                return None
        return function(input, weight, bias, stride, padding, output_padding, groups, dilation)

    return route


_GRID_MODES = {0: "bilinear", 1: "nearest", 2: "bicubic"}
_GRID_PADDING_MODES = {0: "zeros", 1: "border", 2: "reflection"}


def _grid_sampler(input: Any, grid: Any, mode: int, padding_mode: int, align_corners: Any) -> torch.Tensor | None:
    if type(align_corners) is not bool or not is_plain(input, grid) or _is_watched():
        return None
    # PyTorch computes the positions of half types in half precision, which gives other samples.
    if input.dtype not in _FLOATS[:2] or (mode == 2 and input.dim() != 4):
        return None
    return grid_sample(input, grid, _GRID_MODES[mode], _GRID_PADDING_MODES[padding_mode], align_corners)


def _is_watched() -> bool:
    """Tell whether something else takes part in what autograd does: dual numbers, or hooks on the tensors it saves."""
    return forward_ad._current_level >= 0 or _has_hooks()


def _has_hooks() -> bool:
    """Tell whether there are hooks on saved tensors.

    Checkpointing counts what a function saves when it runs it again in the backward pass, which PyTorch's
    ``Tensor.backward`` starts outside the context: it must be what PyTorch saves.
    """
    return torch._C._autograd._top_saved_tensors_default_hooks(True) is not None


# ---- Where it is taken -----------------------------------------------------------------------------------------------
# ``F.interpolate`` and ``F.grid_sample`` check their arguments, and end in functions in C: these are what is replaced,
# only in these two functions. ``nn.AdaptiveAvgPool2d``, for one, still pools as usual.


def _routes() -> dict[str, Route]:
    """Return the routes by the names of the functions of ``torch._C._nn``, those that it lacks among them."""
    routes: dict[str, Route] = {}
    for mode in (mode for mode in MODES.values() if mode.in_pytorch):
        for rank in mode.ranks:
            name = f"upsample_{mode.name.replace('-', '_')}{rank}d"
            for known in (name, f"_{name}"):
                routes[known] = _upsample_aligned(mode, False) if mode.takes_align_corners else _upsample(mode)
            if mode.can_antialias:
                routes[f"_{name}_aa"] = _upsample_aligned(mode, True)
    return routes


_POOLING = ("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")

_interpolating, _convolving, _sampling = Replacement(), Replacement(), Replacement()


class _Upsampling:
    """``torch._C._nn`` with other functions."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch._C._nn, name)


def _replace() -> None:
    upsampling = _Upsampling()
    for name, route in _routes().items():
        if hasattr(torch._C._nn, name):
            setattr(upsampling, name, _interpolating.routed(torch._C._nn, name, route))
    pooling = {name: (F, _interpolating.routed(F, name, _pool)) for name in _POOLING}
    _interpolating.add_code(F.interpolate, {"_nn": (torch._C, upsampling), **pooling})
    _interpolating.add_builtin("pixel_shuffle", _pixel_shuffle)
    _interpolating.add_builtin("pixel_unshuffle", _pixel_unshuffle)
    _convolving.add_builtin("conv_transpose1d", _convolve(lambda *args: conv_transpose1d(*args)))
    _convolving.add_builtin("conv_transpose2d", _convolve(lambda *args: conv_transpose2d(*args)))
    _convolving.add_builtin("conv_transpose3d", _convolve(lambda *args: conv_transpose3d(*args)))
    sampling = _sampling.routed(torch, "grid_sampler", _grid_sampler)
    _sampling.add_code(F.grid_sample, {"grid_sampler": (torch, sampling)})


_replace()
