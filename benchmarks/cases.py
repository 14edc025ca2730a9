"""What is measured: the calls, what has to be reached in each, and what every peer calls the same operator.

A case is one call of ``interpolate``. Its name says all of it, and is what ``--cases`` searches and what the recorded
numbers are kept under.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import numpy as np

try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None

Array = np.ndarray[Any, Any]

COPY = "copy"
PLAN = "Plan(out=)"
CALL = "interpolate()"

PAGE = 4096
LARGE = 2**17  # bytes from which malloc takes new pages

PYTORCH = "PyTorch"
ONNX_RUNTIME = "ONNX Runtime"
OPENCV = "OpenCV"
OPENVINO = "OpenVINO"
PILLOW = "Pillow"
FAST_IMAGE_RESIZE = "fast_image_resize"

#: A goal against whichever peer that computes the same is the quickest.
BEST = "the best peer"


# ---- Cases -----------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Goal:
    """How many times quicker than a peer `contender` is to be, on one thread.

    `named` is the peer that was the best when the goal was set; others, and other versions, may be quicker today.
    """

    factor: float
    against: str = BEST
    named: str = ""
    contender: str = PLAN


@dataclasses.dataclass(frozen=True)
class Case:
    """One call: `to` is the output's size if it is a tuple, and otherwise the scale factor."""

    mode: str
    shape: tuple[int, ...]
    to: float | tuple[int, ...]
    dtype: str = "float32"
    channels_last: bool = False
    align_corners: bool = False
    antialias: bool = False
    goals: tuple[Goal, ...] = ()

    @property
    def name(self) -> str:
        """For instance 'bilinear 1x64x128x128 x2, align_corners, channels-last'."""
        target = f"to {by(self.to)}" if isinstance(self.to, tuple) else f"x{self.to:g}"
        words = [f"{self.mode} {by(self.shape)} {target}"]
        words += [self.dtype] if self.dtype != "float32" else []
        words += ["align_corners"] if self.align_corners else []
        words += ["antialias"] if self.antialias else []
        words += ["channels-last"] if self.channels_last else []
        return ", ".join(words)

    @property
    def operator(self) -> str:
        """The mode and what changes it, as in `EQUIVALENTS`: trilinear is bilinear with one axis more."""
        mode = "linear" if self.mode in ("linear", "bilinear", "trilinear") else self.mode
        return mode + (", align_corners" if self.align_corners else "") + (", antialias" if self.antialias else "")

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``interpolate``, of PyTorch's as well."""
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
        """The shape of the result."""
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
    def numpy_dtype(self) -> np.dtype[Any]:
        """The dtype; bfloat16 needs ml_dtypes."""
        if self.dtype != "bfloat16":
            return np.dtype(self.dtype)
        if ml_dtypes is None:
            raise CannotBeMade("bfloat16 needs ml_dtypes (pip install ml_dtypes)")
        return np.dtype(ml_dtypes.bfloat16)

    @property
    def bytes(self) -> int:
        """The bytes of the input and the output, each counted once."""
        return (math.prod(self.shape) + math.prod(self.output_shape)) * self.numpy_dtype.itemsize

    def input(self) -> Array:
        """Random samples, (N, C, ...spatial) in the case's memory format; the same ones each time."""
        array = self._empty(self.shape)
        memory = np.moveaxis(array, 1, -1) if self.channels_last else array
        memory[...] = samples(memory.shape, self.numpy_dtype)
        return array

    def output(self) -> Array:
        """Return an array for the result, in the memory format of the input."""
        return self._empty(self.output_shape)

    def _empty(self, shape: tuple[int, ...]) -> Array:
        """Return an array in the memory format of the case."""
        batch, channels, *spatial = shape
        if self.channels_last:
            return np.moveaxis(empty((batch, *spatial, channels), self.numpy_dtype), -1, 1)
        return empty(shape, self.numpy_dtype)


class CannotBeMade(Exception):  # noqa: N818  # says what is the matter, as ruff's own StopIteration does
    """A case needs what is not installed."""


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array that begins where NumPy's large ones do in new memory: 16 bytes behind a page.

    In memory that was used before they begin anywhere, and where they begin can make a factor of 1.6.
    """
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    memory = np.empty(size + PAGE, np.uint8)
    start = (16 - memory.ctypes.data) % PAGE
    return memory[start : start + size].view(dtype).reshape(shape)


def by(lengths: tuple[int, ...]) -> str:
    """Write lengths as '64x128'."""
    return "x".join(map(str, lengths))


def samples(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Floats from 0 to 1, bytes of the whole range, and labels from 0 to 20 for the other integers."""
    generator = np.random.default_rng(0)
    if dtype == np.uint8:
        return generator.integers(0, 256, shape, np.uint8)
    if dtype.kind in "iu":
        return generator.integers(0, 21, shape).astype(dtype)
    return generator.random(shape, np.float32).astype(dtype)


# What has goals: ratios of times on one thread.
_X2 = functools.partial(Case, "bilinear", (1, 64, 128, 128), 2)
_PHOTO = functools.partial(Case, shape=(1, 3, 1080, 1920), to=(224, 224), antialias=True)

TARGETS = (
    _X2(goals=(Goal(5, named=ONNX_RUNTIME),)),
    _X2(align_corners=True, goals=(Goal(5, named=ONNX_RUNTIME),)),
    _X2(channels_last=True, goals=(Goal(1.3, named=PYTORCH),)),
    _X2(channels_last=True, align_corners=True, goals=(Goal(1.3, named=PYTORCH),)),
    Case("nearest", (1, 64, 128, 128), 2, goals=(Goal(1, named=ONNX_RUNTIME), Goal(4, PYTORCH))),
    Case("bicubic", (1, 64, 128, 128), 2, goals=(Goal(10, named=OPENVINO),)),
    Case("area", (1, 64, 256, 256), (128, 128), goals=(Goal(1.5, named=OPENCV),)),
    Case("area", (1, 64, 256, 256), (100, 100), goals=(Goal(5, named=PYTORCH),)),
    Case("bilinear", (1, 21, 128, 128), 4, goals=(Goal(5, named=ONNX_RUNTIME),)),
    Case("bilinear", (1, 21, 128, 128), (513, 513), goals=(Goal(4, named=ONNX_RUNTIME),)),
    Case("bilinear", (1, 64, 512, 512), 2, goals=(Goal(4, named=PYTORCH),)),
    Case("trilinear", (1, 32, 32, 64, 64), 2, goals=(Goal(4, named=ONNX_RUNTIME),)),
    Case("linear", (8, 64, 4096), 2, goals=(Goal(4, named=PYTORCH),)),
    _PHOTO("bilinear", dtype="uint8", channels_last=True, goals=(Goal(1.2, named=FAST_IMAGE_RESIZE),)),
    _PHOTO("bicubic", dtype="uint8", channels_last=True, goals=(Goal(1.2, named=FAST_IMAGE_RESIZE),)),
    _PHOTO("lanczos", dtype="uint8", channels_last=True, goals=(Goal(1.2, named=FAST_IMAGE_RESIZE),)),
    _PHOTO("bilinear", dtype="uint8", goals=(Goal(6, named=PYTORCH),)),
    _PHOTO("bicubic", dtype="uint8", goals=(Goal(6, named=PYTORCH),)),
    _PHOTO("lanczos", dtype="uint8", goals=(Goal(6, named=PYTORCH),)),
    _PHOTO("bilinear", goals=(Goal(3, named=PYTORCH),)),
    _PHOTO("bicubic", goals=(Goal(4, named=PYTORCH),)),
    _PHOTO("lanczos", goals=(Goal(5, named=PYTORCH),)),
    Case("nearest", (1, 1, 512, 1024), 2, dtype="uint8", goals=(Goal(3, named=OPENCV),)),
    Case("nearest", (1, 1, 512, 1024), 2, dtype="int64", goals=(Goal(2.5, PYTORCH),)),
    _X2(dtype="float16", goals=(Goal(8, named=PYTORCH),)),
    _X2(dtype="bfloat16", goals=(Goal(8, named=PYTORCH),)),
    Case("bilinear", (1, 1, 4, 4), 2, goals=(Goal(1, PYTORCH, contender=CALL),)),
)

# Widths that are no multiple of a vector, 1, 3, 5 and 19 channels, factors that are not whole, float64, batches of tiny
# images. None of them may be slower than PyTorch.
_LEVEL = (Goal(1, PYTORCH),)
_odd = functools.partial(Case, goals=_LEVEL)

ODD_SHAPES = (
    _odd("bilinear", (1, 1, 479, 641), 1.7),
    _odd("bilinear", (1, 3, 333, 517), (511, 877)),
    _odd("bilinear", (1, 5, 127, 131), 2),
    _odd("bilinear", (1, 19, 97, 97), (193, 193), align_corners=True),
    _odd("bilinear", (1, 19, 769, 769), (511, 511)),
    _odd("bilinear", (1, 1, 479, 641), (721, 999), channels_last=True),
    _odd("bilinear", (1, 3, 333, 517), (511, 877), channels_last=True),
    _odd("bilinear", (1, 5, 127, 131), 2, channels_last=True),
    _odd("bilinear", (1, 19, 97, 97), (193, 193), channels_last=True),
    _odd("bilinear", (1, 3, 333, 517), (511, 877), dtype="float64"),
    _odd("bicubic", (1, 5, 127, 131), (217, 223), dtype="float64"),
    _odd("bicubic", (1, 19, 97, 131), 1.7),
    _odd("bicubic", (1, 3, 333, 517), (511, 877), channels_last=True),
    _odd("bicubic", (1, 3, 333, 517), (111, 100)),
    _odd("nearest", (1, 19, 101, 103), (171, 175)),
    _odd("nearest", (1, 64, 127, 131), 2, channels_last=True),
    _odd("nearest-exact", (1, 3, 333, 517), (111, 100)),
    _odd("nearest", (1, 3, 333, 517), 3, dtype="uint8", channels_last=True),
    _odd("area", (1, 19, 333, 517), (111, 100)),
    _odd("area", (1, 5, 128, 128), (7, 7), channels_last=True),
    _odd("linear", (4, 19, 1001), (1601,)),
    _odd("trilinear", (1, 5, 17, 33, 31), 1.7),
    _odd("trilinear", (1, 19, 9, 33, 31), 2, channels_last=True),
    _odd("bilinear", (1, 3, 517, 333), (97, 101), antialias=True, dtype="float64"),
    _odd("bilinear", (1, 19, 333, 517), (111, 100), antialias=True),
    _odd("bicubic", (1, 3, 333, 517), (111, 100), antialias=True, channels_last=True),
    _odd("bilinear", (1, 1, 333, 517), (111, 100), antialias=True, dtype="uint8"),
    _odd("bicubic", (1, 4, 333, 517), (111, 100), antialias=True, dtype="uint8", channels_last=True),
    _odd("bilinear", (1, 3, 1080, 1920), (224, 224), dtype="uint8", channels_last=True),
    _odd("bilinear", (1, 3, 270, 480), 2, dtype="uint8", channels_last=True),
    _odd("bicubic", (1, 3, 270, 480), 2, dtype="uint8"),
    _odd("bicubic", (1, 5, 127, 131), 2, dtype="float16"),
    _odd("bilinear", (256, 3, 8, 8), 2),
    _odd("bilinear", (64, 16, 7, 7), 2, align_corners=True),
    _odd("bilinear", (64, 16, 7, 7), 2, channels_last=True),
    _odd("bicubic", (512, 1, 9, 9), 2),
    _odd("nearest", (256, 3, 8, 8), 2),
    _odd("area", (256, 3, 16, 16), (5, 5)),
    _odd("bilinear", (128, 3, 32, 32), (20, 20), antialias=True, dtype="uint8"),
    _odd("bilinear", (64, 3, 64, 64), (224, 224)),
)

# The cost grows in proportion to the output.
GROWTH = (
    _odd("bilinear", (1, 1, 16, 16), 2),
    _odd("bilinear", (1, 1, 64, 64), 2),
    _odd("bilinear", (1, 16, 32, 32), 2),
    _odd("bilinear", (1, 64, 64, 64), 2),
    _odd("bilinear", (1, 64, 256, 256), 2),
)

GROUPS = {"targets": TARGETS, "odd shapes": ODD_SHAPES, "growth": GROWTH}
CASES = tuple(case for group in GROUPS.values() for case in group)


# Tiny inputs for a look at the peers: every operator, dtype and memory format, and calls in which whoever can do one
# computes the same.
CHECKED = (
    Case("nearest", (1, 3, 9, 11), 2),
    Case("nearest", (2, 1, 9, 11), 3, dtype="uint8"),
    Case("nearest", (1, 1, 9, 11), 2, dtype="int64"),
    Case("nearest", (1, 3, 9, 11), 2, dtype="uint8", channels_last=True),
    Case("nearest-exact", (1, 3, 9, 12), (4, 5)),
    Case("linear", (2, 3, 33), 2),
    Case("bilinear", (2, 3, 9, 11), 2),
    Case("bilinear", (1, 3, 9, 11), (14, 19)),
    Case("bilinear", (1, 3, 19, 21), (8, 9)),
    Case("bilinear", (1, 3, 9, 11), (14, 19), channels_last=True),
    Case("bilinear", (1, 3, 9, 11), 2, dtype="uint8", channels_last=True),
    Case("bilinear", (1, 3, 9, 11), 2, align_corners=True),
    Case("bilinear", (1, 3, 9, 11), 2, dtype="float64"),
    Case("bilinear", (1, 3, 9, 11), 2, dtype="float16"),
    Case("bilinear", (1, 3, 9, 11), 2, dtype="bfloat16"),
    Case("trilinear", (1, 2, 5, 6, 7), 2),
    Case("bicubic", (1, 3, 9, 11), 2),
    Case("bicubic", (1, 3, 9, 11), (14, 19), channels_last=True),
    Case("area", (1, 3, 12, 14), (6, 7)),
    Case("bilinear", (1, 3, 39, 41), (8, 9), antialias=True),
    Case("bilinear", (1, 3, 39, 41), (8, 9), antialias=True, dtype="uint8"),
    Case("bicubic", (1, 3, 39, 41), (8, 9), antialias=True, dtype="uint8", channels_last=True),
    Case("lanczos", (1, 3, 39, 41), (8, 9), antialias=True, dtype="uint8"),
    Case("lanczos", (1, 3, 39, 41), (8, 9), antialias=True),
)

# Small enough for valgrind, which takes fifty times as long: one for every kind of pass.
COUNTED = (
    Case("bilinear", (1, 4, 64, 64), 2),
    Case("bilinear", (1, 4, 64, 64), 2, align_corners=True),
    Case("bilinear", (1, 3, 67, 103), (97, 151)),
    Case("bilinear", (1, 3, 67, 103), (45, 71)),
    Case("bilinear", (1, 3, 64, 64), 2, channels_last=True),
    Case("bilinear", (1, 32, 32, 32), 2, channels_last=True),
    Case("bilinear", (16, 3, 8, 8), 2),
    Case("bilinear", (1, 1, 4, 4), 2),
    Case("bilinear", (1, 4, 64, 64), 2, dtype="float64"),
    Case("bilinear", (1, 4, 64, 64), 2, dtype="float16"),
    Case("bilinear", (1, 4, 64, 64), 2, dtype="bfloat16"),
    Case("bilinear", (1, 3, 64, 64), 2, dtype="uint8", channels_last=True),
    Case("bicubic", (1, 4, 64, 64), 2),
    Case("bicubic", (1, 3, 67, 103), (97, 151), channels_last=True),
    Case("area", (1, 4, 64, 64), (32, 32)),
    Case("area", (1, 4, 64, 64), (25, 25)),
    Case("linear", (4, 4, 512), 2),
    Case("trilinear", (1, 2, 8, 32, 32), 2),
    Case("bilinear", (1, 3, 270, 480), (56, 56), antialias=True),
    Case("lanczos", (1, 3, 270, 480), (56, 56), antialias=True),
    Case("bilinear", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True),
    Case("bilinear", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True, channels_last=True),
    Case("bicubic", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True, channels_last=True),
    Case("lanczos", (1, 3, 270, 480), (56, 56), dtype="uint8", antialias=True, channels_last=True),
    Case("nearest", (1, 4, 64, 64), 2),
    Case("nearest", (1, 4, 67, 103), (97, 151)),
    Case("nearest", (1, 1, 64, 64), 2, dtype="uint8"),
    Case("nearest", (1, 1, 64, 64), 2, dtype="int64"),
    Case("nearest", (1, 3, 64, 64), 2, dtype="uint8", channels_last=True),
)


# ---- The same operator under other libraries' names ------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Equivalent:
    """What a peer calls an operator.

    `only` is the condition under which it computes the same: "enlarging" (it widens its filter when the image shrinks)
    or "dividing" (whole numbers of input samples in each output sample). `loose`: it computes something related, and
    is timed if its result is not far off, but is not counted as a peer of the same numbers.
    """

    arguments: dict[str, Any]
    only: str = ""
    loose: bool = False


def _onnx(mode: str, transformation: str = "half_pixel", **further: Any) -> Equivalent:
    return Equivalent({"mode": mode, "coordinate_transformation_mode": transformation, **further})


_onnx_antialias = functools.partial(_onnx, antialias=1, exclude_outside=1)

#: By operator, then by peer. An operator that a peer is not listed under is one that it does not have; PyTorch has all.
EQUIVALENTS: dict[str, dict[str, Equivalent]] = {
    "nearest": {
        ONNX_RUNTIME: _onnx("nearest", "asymmetric", nearest_mode="floor"),
        OPENCV: Equivalent({"interpolation": "INTER_NEAREST"}),
        OPENVINO: _onnx("nearest", "asymmetric", nearest_mode="floor"),
        PILLOW: Equivalent({"resample": "NEAREST"}, loose=True),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "nearest"}, loose=True),
    },
    "nearest-exact": {
        ONNX_RUNTIME: _onnx("nearest", nearest_mode="round_prefer_ceil"),
        OPENCV: Equivalent({"interpolation": "INTER_NEAREST_EXACT"}),
        OPENVINO: _onnx("nearest", nearest_mode="round_prefer_ceil"),
        PILLOW: Equivalent({"resample": "NEAREST"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "nearest"}),
    },
    "linear": {
        ONNX_RUNTIME: _onnx("linear"),
        OPENCV: Equivalent({"interpolation": "INTER_LINEAR"}),
        OPENVINO: _onnx("linear_onnx"),
        PILLOW: Equivalent({"resample": "BILINEAR"}, only="enlarging"),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "interpolation", "filter": "bilinear"}),
    },
    "linear, align_corners": {
        ONNX_RUNTIME: _onnx("linear", "align_corners"),
        OPENVINO: _onnx("linear_onnx", "align_corners"),
    },
    "linear, antialias": {
        ONNX_RUNTIME: _onnx_antialias("linear"),
        OPENVINO: _onnx("bilinear_pillow"),
        PILLOW: Equivalent({"resample": "BILINEAR"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "bilinear"}),
    },
    "bicubic": {
        ONNX_RUNTIME: _onnx("cubic"),
        OPENCV: Equivalent({"interpolation": "INTER_CUBIC"}),
        OPENVINO: _onnx("cubic"),
    },
    "bicubic, antialias": {
        ONNX_RUNTIME: _onnx_antialias("cubic", cubic_coeff_a=-0.5),
        OPENVINO: _onnx("bicubic_pillow", cube_coeff=-0.5),
        PILLOW: Equivalent({"resample": "BICUBIC"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "catmull_rom"}),
    },
    "area": {
        OPENCV: Equivalent({"interpolation": "INTER_AREA"}, loose=True),
        PILLOW: Equivalent({"resample": "BOX"}, only="dividing"),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "box"}, only="dividing"),
    },
    "lanczos, antialias": {
        PILLOW: Equivalent({"resample": "LANCZOS"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "lanczos3"}),
    },
}
