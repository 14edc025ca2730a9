"""What a case is: one call of an operator, with its arrays, its result's shape, and this library's ways to do it.

Its name says all of it, and is what ``--cases`` searches and what the recorded numbers are kept under.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import swiftresample as sr
from swiftresample._modes import MODES, mode_of_rank
from swiftresample._plan import resample_once

try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]

PAGE = 4096
LARGE = 2**17  # bytes from which malloc takes new pages

#: A goal against whichever peer that computes the same is the quickest.
BEST = "the best peer"


class CannotBeMade(Exception):  # noqa: N818  # says what is the matter, as ruff's own StopIteration does
    """A case needs what is not installed."""


@dataclasses.dataclass(frozen=True)
class Goal:
    """How many times quicker than a peer this library is to be, on one thread.

    `named` is the peer that was the best when the goal was set; others, and other versions, may be quicker today.
    `whole`: with the whole Python call, not with the quickest way. `sets`: the instruction sets that it is for.
    """

    factor: float
    against: str = BEST
    named: str = ""
    whole: bool = False
    sets: tuple[str, ...] = ("avx512", "avx2")


class Case:
    """One call of an operator."""

    shape: tuple[int, ...]  # of the first array
    goals: tuple[Goal, ...] = ()
    dtype: str = "float32"
    channels_last: bool = False

    #: How many of the arrays differ from call to call. The others are weights, which a peer may get ready.
    feeds: ClassVar[int] = 1

    @property
    def name(self) -> str:
        """For instance 'bilinear 1x64x128x128 x2, align_corners, channels-last'."""
        raise NotImplementedError

    @property
    def operator(self) -> str:
        """What decides who can do it, as in `equivalents.EQUIVALENTS`."""
        raise NotImplementedError

    @property
    def function(self) -> str:
        """The name of the function, of PyTorch's as well where it has one."""
        return self.operator

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of the function."""
        raise NotImplementedError

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        raise NotImplementedError

    def arrays(self) -> tuple[Array, ...]:
        """Return the arguments of the function that are arrays; the same ones each time."""
        return (self._filled(self.shape),)

    @property
    def bytes(self) -> int:
        """The bytes of the input and the output, each counted once; those of weights are few beside them."""
        return (math.prod(self.shape) + math.prod(self.output_shape)) * self.numpy_dtype.itemsize

    @property
    def moves(self) -> bool:
        """Whether the output's samples are some of the input's: every library must have the same bits."""
        return False

    @property
    def magnitude(self) -> float:
        """Bounds the sum of the magnitudes of the products that an output sample is made of."""
        return 1.0

    # ---- This library

    @property
    def into(self) -> str | None:
        """The name of the way with an array to write to: the quickest one; None if there is none."""
        return f"{self.function}(out=)"

    @property
    def whole(self) -> str:
        """The name of the whole Python call, with a new array."""
        return f"{self.function}()"

    @property
    def ways(self) -> tuple[str, ...]:
        """The names of the ways that this library has, the quickest first."""
        return (self.whole,) if self.into is None else (self.into, self.whole)

    def calls(self, arrays: tuple[Array, ...], out: Array) -> dict[str, Callable[[], Array]]:
        """Return the call for each of the `ways`."""
        whole = functools.partial(getattr(sr, self.function), *arrays, **self.options)
        return dict(zip(self.ways, (functools.partial(whole, out=out), whole)))

    # ---- Arrays

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The dtype; bfloat16 needs ml_dtypes."""
        if self.dtype != "bfloat16":
            return np.dtype(self.dtype)
        if ml_dtypes is None:
            raise CannotBeMade("bfloat16 needs ml_dtypes (pip install ml_dtypes)")
        return np.dtype(ml_dtypes.bfloat16)

    def output(self) -> Array:
        """Return an array for the result, in the memory format of the input."""
        return self._empty(self.output_shape)

    def _filled(self, shape: tuple[int, ...]) -> Array:
        """Return random samples, (N, C, ...spatial) in the case's memory format."""
        array = self._empty(shape)
        memory = np.moveaxis(array, 1, -1) if self.channels_last else array
        memory[...] = samples(memory.shape, self.numpy_dtype)
        return array

    def _empty(self, shape: tuple[int, ...]) -> Array:
        """Return an array in the memory format of the case."""
        batch, channels, *spatial = shape
        if self.channels_last:
            return np.moveaxis(empty((batch, *spatial, channels), self.numpy_dtype), -1, 1)
        return empty(shape, self.numpy_dtype)


#: Ways for the samples of (N, C, H, W) to lie apart in memory: the shape of what is allocated, and the view.
VIEWS: dict[str, tuple[Callable[..., tuple[int, ...]], Callable[[Array], Array]]] = {
    "transposed": (lambda n, c, h, w: (n, c, w, h), lambda array: array.swapaxes(2, 3)),
    "one of four channels": (
        lambda n, c, h, w: (n, h, w, 4 * c),
        lambda array: np.moveaxis(array, 3, 1)[:, : array.shape[3] // 4],
    ),
    "every second column": (lambda n, c, h, w: (n, c, h, 2 * w), lambda array: array[..., ::2]),
}


@dataclasses.dataclass(frozen=True)
class Interpolate(Case):
    """``interpolate``: `to` is the output's size if it is a tuple, and otherwise the scale factor.

    `view` is one of VIEWS, or empty. `is_new`: every call makes its tables, as where no two images have the same size.
    """

    mode: str
    shape: tuple[int, ...]
    to: float | tuple[int, ...]
    dtype: str = "float32"
    channels_last: bool = False
    align_corners: bool = False
    antialias: bool = False
    view: str = ""
    is_new: bool = False
    goals: tuple[Goal, ...] = ()

    @property
    def name(self) -> str:
        target = f"to {by(self.to)}" if isinstance(self.to, tuple) else f"x{self.to:g}"
        words = [f"{self.mode} {by(self.shape)} {target}"]
        words += [self.dtype] if self.dtype != "float32" else []
        words += ["align_corners"] if self.align_corners else []
        words += ["antialias"] if self.antialias else []
        words += ["channels-last"] if self.channels_last else []
        words += [self.view] if self.view else []
        words += ["new size"] if self.is_new else []
        return ", ".join(words)

    @property
    def operator(self) -> str:
        """The mode and what changes it: trilinear is bilinear with one axis more."""
        mode = mode_of_rank(self.mode, 1)
        return mode + (", align_corners" if self.align_corners else "") + (", antialias" if self.antialias else "")

    @property
    def function(self) -> str:
        return "interpolate"

    @property
    def options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"mode": self.mode}
        options["size" if isinstance(self.to, tuple) else "scale_factor"] = self.to
        if self.align_corners:
            options["align_corners"] = True
        if self.antialias:
            options["antialias"] = True
        return options

    @property
    def factor(self) -> float | None:
        """The scale factor, if the case gives one."""
        return None if isinstance(self.to, tuple) else self.to

    @property
    def output_shape(self) -> tuple[int, ...]:
        if isinstance(self.to, tuple):
            return (*self.shape[:2], *self.to)
        return (*self.shape[:2], *(int(length * self.to) for length in self.shape[2:]))

    @property
    def enlarges(self) -> bool:
        """Whether no axis shrinks."""
        return all(after >= before for before, after in zip(self.shape, self.output_shape))

    @property
    def divides(self) -> bool:
        """Whether every output sample covers a whole number of input samples."""
        return all(before % after == 0 for before, after in zip(self.shape, self.output_shape))

    @property
    def moves(self) -> bool:
        return MODES[self.mode].copies

    def arrays(self) -> tuple[Array, ...]:
        if not self.view:
            return super().arrays()
        allocated, viewed = VIEWS[self.view]
        return (viewed(self._filled(allocated(*self.shape))),)

    @property
    def into(self) -> str:
        """The plan: everything but the samples is computed before, unless the size is new."""
        return "interpolate(out=)" if self.is_new else "Plan(out=)"

    def calls(self, arrays: tuple[Array, ...], out: Array) -> dict[str, Callable[[], Array]]:
        if self.is_new:  # what interpolate() calls then
            size, factor = self.options.get("size"), self.options.get("scale_factor")
            options = (size, factor, self.mode, self.align_corners or None, None, self.antialias, None, None)
            whole = functools.partial(resample_once, arrays[0], options)
            return {self.into: functools.partial(whole, out), self.whole: functools.partial(whole, None)}
        plan = sr.Plan(self.shape, self.numpy_dtype, **self.options)
        return {**super().calls(arrays, out), self.into: functools.partial(plan, arrays[0], out)}


def by(lengths: tuple[int, ...]) -> str:
    """Write lengths as '64x128'."""
    return "x".join(map(str, lengths))


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array that begins where NumPy's large ones do in new memory: 16 bytes into a page.

    In memory that was used before they begin anywhere, and the place can make a difference of a factor of 1.6.
    """
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    memory = np.empty(size + PAGE, np.uint8)
    start = (16 - memory.ctypes.data) % PAGE
    return memory[start : start + size].view(dtype).reshape(shape)


def samples(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Floats from 0 to 1, bytes of the whole range, and labels from 0 to 20 for the other integers."""
    generator = np.random.default_rng(0)
    if dtype == np.uint8:
        return generator.integers(0, 256, shape, np.uint8)
    if dtype.kind in "iu":
        return generator.integers(0, 21, shape).astype(dtype)
    return generator.random(shape, np.float32).astype(dtype)
