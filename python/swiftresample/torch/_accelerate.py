"""PyTorch's own functions on this library."""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any, Callable

import torch
from torch.autograd import forward_ad
from torch.nn import functional as F  # noqa: N812
from torch.overrides import TorchFunctionMode

from ._conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from ._grid_sample import grid_sample
from ._interpolate import interpolate
from ._pixel_shuffle import pixel_shuffle, pixel_unshuffle
from ._tensors import is_compiling, is_plain

if TYPE_CHECKING:
    from typing import TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])


def accelerate(*, conv_transpose: bool = False, grid_sample: bool = False) -> Accelerate:
    """Return a context in which PyTorch's own functions run on this library.

    Inside ``with accelerate():``, and in functions that it decorates, ``F.interpolate``, ``F.pixel_shuffle`` and
    ``F.pixel_unshuffle`` of CPU tensors are those of `swiftresample.torch`, gradients included, whoever calls them:
    ``nn.Upsample`` and ``nn.PixelShuffle``, for instance. Whatever PyTorch refuses or this library does not take goes
    to PyTorch as if the context were not there. It is for the thread that enters it, and may be nested.

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


class Accelerate(TorchFunctionMode, contextlib.ContextDecorator):
    """What `accelerate` returns: a mode, which PyTorch asks before it calls any of its functions."""

    def __init__(self, *, conv_transpose: bool, grid_sample: bool) -> None:
        super().__init__()
        self._routes: dict[Any, Callable[..., Any]] = {
            F.interpolate: _interpolate,
            torch.pixel_shuffle: _pixel_shuffle,
            torch.pixel_unshuffle: _pixel_unshuffle,
        }
        if conv_transpose:
            self._routes[torch.conv_transpose1d] = _conv_transpose1d
            self._routes[torch.conv_transpose2d] = _conv_transpose2d
            self._routes[torch.conv_transpose3d] = _conv_transpose3d
        if grid_sample:
            self._routes[F.grid_sample] = _grid_sample

    def __call__(self, function: Function) -> Function:
        """Return a function that runs in the context."""
        is_suspended = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
        if any(is_it(function) for is_it in is_suspended):
            raise TypeError(
                "accelerate cannot decorate a coroutine or a generator: use it inside, between two awaits or yields"
            )
        return super().__call__(function)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call `func`, or what stands for it here."""
        kwargs = kwargs or {}
        if not is_compiling():
            route = self._routes.get(func)
            if route is not None:
                try:
                    result = route(*args, **kwargs)
                except (TypeError, ValueError, NotImplementedError):
                    result = None  # PyTorch says what is wrong, or does what is not
                if result is not None:
                    return result
        return func(*args, **kwargs)


# ---- What is taken ---------------------------------------------------------------------------------------------------
# Each returns None for what is PyTorch's. Beyond what PyTorch takes nothing is taken: code that fails without the
# context fails with it, and in the same way.

_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_NEAREST = ("nearest", "nearest-exact")
_UINT8_MODES = (*_NEAREST, "bilinear", "bicubic", "lanczos")
_ANTIALIAS = (torch.float32, torch.float64, torch.uint8)
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


def _interpolate(
    input: torch.Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> torch.Tensor | None:
    if not is_plain(input):
        return None
    dtype = input.dtype
    if dtype not in _FLOATS and not (dtype is torch.uint8 and mode in _UINT8_MODES):
        return None
    if dtype is torch.uint8 and mode not in _NEAREST and input.dim() != 4:
        return None
    if antialias and (dtype not in _ANTIALIAS or input.dim() != 4):
        return None
    if not _is_of(int, size) or not (_is_of(float, scale_factor) or _is_of(int, scale_factor)):
        return None
    if mode == "area" and (_has_hooks() or torch.is_autocast_enabled("cpu")):
        return None
    return interpolate(input, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)


def _is_of(kind: type, value: Any) -> bool:
    """Tell whether `value` is None, a `kind`, or a list or tuple of them; a truth value is no int here."""
    if value is None or type(value) is kind:
        return True
    return isinstance(value, (list, tuple)) and all(type(entry) is kind for entry in value)


def _pixel_shuffle(input: torch.Tensor, upscale_factor: int) -> torch.Tensor | None:
    return pixel_shuffle(input, upscale_factor) if _is_movable(input, upscale_factor) else None


def _pixel_unshuffle(input: torch.Tensor, downscale_factor: int) -> torch.Tensor | None:
    return pixel_unshuffle(input, downscale_factor) if _is_movable(input, downscale_factor) else None


def _is_movable(input: torch.Tensor, factor: Any) -> bool:
    if type(factor) is not int or not is_plain(input):
        return False
    # Of an empty tensor PyTorch 2.13 leaves the shape as it is.
    return input.dim() in (3, 4) and input.dtype in _MOVED and input.numel() > 0


def _conv_transpose1d(*args: Any, **kwargs: Any) -> torch.Tensor | None:
    return conv_transpose1d(*args, **kwargs) if _is_convolution(*args, **kwargs) else None


def _conv_transpose2d(*args: Any, **kwargs: Any) -> torch.Tensor | None:
    return conv_transpose2d(*args, **kwargs) if _is_convolution(*args, **kwargs) else None


def _conv_transpose3d(*args: Any, **kwargs: Any) -> torch.Tensor | None:
    return conv_transpose3d(*args, **kwargs) if _is_convolution(*args, **kwargs) else None


def _is_convolution(input: Any, weight: Any, bias: Any = None, *_: Any, **__: Any) -> bool:
    tensors = (input, weight) if bias is None else (input, weight, bias)
    return is_plain(*tensors) and input.dtype in _FLOATS and not _is_watched()


def _grid_sample(
    input: torch.Tensor,
    grid: torch.Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> torch.Tensor | None:
    if align_corners is None or not is_plain(input, grid) or _is_watched():
        return None  # without align_corners PyTorch warns
    # PyTorch computes the positions of half types in half precision, which gives other samples.
    if input.dtype not in _FLOATS[:2] or (mode == "bicubic" and input.dim() != 4):
        return None
    return grid_sample(input, grid, mode, padding_mode, align_corners)


def _is_watched() -> bool:
    """Tell whether something else takes part in what autograd does: dual numbers, or hooks on the tensors it saves."""
    return forward_ad._current_level >= 0 or _has_hooks()


def _has_hooks() -> bool:
    """Tell whether there are hooks on saved tensors.

    Checkpointing counts what a function saves when it runs it again in the backward pass, which PyTorch's
    ``Tensor.backward`` starts outside the context: it must be what PyTorch saves.
    """
    return torch._C._autograd._top_saved_tensors_default_hooks(True) is not None
