"""The other operators as cases; what a case is, and interpolate, come from the package's ``_benchmarks``."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import swiftresample as sr
import swiftresample.nn
from swiftresample._benchmarks.case import Array, Case, Goal, Interpolate, by

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class PixelShuffle(Case):
    """``pixel_shuffle``; with `inverse`, ``pixel_unshuffle``."""

    shape: tuple[int, ...]
    factor: int
    inverse: bool = False
    goals: tuple[Goal, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.operator} {by(self.shape)} {'/' if self.inverse else 'x'}{self.factor}"

    @property
    def operator(self) -> str:
        return "pixel_unshuffle" if self.inverse else "pixel_shuffle"

    @property
    def options(self) -> dict[str, Any]:
        return {"downscale_factor" if self.inverse else "upscale_factor": self.factor}

    @property
    def output_shape(self) -> tuple[int, ...]:
        batch, channels, height, width = self.shape
        r = self.factor
        if self.inverse:
            return batch, channels * r * r, height // r, width // r
        return batch, channels // (r * r), height * r, width * r

    @property
    def moves(self) -> bool:
        return True


@dataclasses.dataclass(frozen=True)
class ConvTranspose(Case):
    """``conv_transpose1d``, ``2d`` or ``3d`` with a bias, by the number of axes; all of them alike."""

    shape: tuple[int, ...]
    channels: int  # of the output
    kernel: int
    stride: int
    padding: int = 0
    groups: int = 1
    goals: tuple[Goal, ...] = ()

    @property
    def name(self) -> str:
        words = f"{self.function} {by(self.shape)} to {self.channels} channels, k{self.kernel} s{self.stride}"
        words += f" p{self.padding}" if self.padding else ""
        return words + (f", {self.groups} groups" if self.groups > 1 else "")

    @property
    def operator(self) -> str:
        return "conv_transpose" + (", groups" if self.groups > 1 else "")

    @property
    def function(self) -> str:
        return f"conv_transpose{len(self.shape) - 2}d"

    @property
    def options(self) -> dict[str, Any]:
        return {"stride": self.stride, "padding": self.padding, "groups": self.groups}

    @property
    def output_shape(self) -> tuple[int, ...]:
        lengths = ((length - 1) * self.stride - 2 * self.padding + self.kernel for length in self.shape[2:])
        return (self.shape[0], self.channels, *lengths)

    def arrays(self) -> tuple[Array, ...]:
        kernel = (self.kernel,) * (len(self.shape) - 2)
        shape = (self.shape[1], self.channels // self.groups, *kernel)
        return (*super().arrays(), *weights(shape, self.channels, self._products))

    @property
    def magnitude(self) -> float:
        return math.sqrt(self._products)

    @property
    def multiply_adds(self) -> int:
        """Those of all samples of the input, with nothing cut off by the padding."""
        return math.prod(self.shape) * (self.channels // self.groups) * self.kernel ** (len(self.shape) - 2)

    @property
    def _products(self) -> int:
        """The products that an output sample is made of, at most."""
        return self.shape[1] // self.groups * math.ceil(self.kernel / self.stride) ** (len(self.shape) - 2)


@dataclasses.dataclass(frozen=True)
class GridSample(Case):
    """``grid_sample`` of images, or of the slices of volumes, that are rotated about their centre; 0 lies outside."""

    mode: str
    shape: tuple[int, ...]
    degrees: float
    goals: tuple[Goal, ...] = ()

    feeds: ClassVar[int] = 2

    @property
    def name(self) -> str:
        return f"grid_sample {by(self.shape)} rotated by {self.degrees:g} degrees, {self.mode}"

    @property
    def operator(self) -> str:
        return f"grid_sample, {self.mode}"

    @property
    def function(self) -> str:
        return "grid_sample"

    @property
    def options(self) -> dict[str, Any]:
        return {"mode": self.mode, "padding_mode": "zeros", "align_corners": False}

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.shape

    def arrays(self) -> tuple[Array, ...]:
        cosine, sine = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        axes = len(self.shape) - 2
        theta = np.eye(axes, axes + 1, dtype=self.numpy_dtype)
        theta[:2, :2] = [[cosine, -sine], [sine, cosine]]
        return (*super().arrays(), sr.affine_grid(np.stack([theta] * self.shape[0]), self.shape))

    @property
    def bytes(self) -> int:
        """The bytes of the input, the grid and the output."""
        batch, _, *lengths = self.shape
        return super().bytes + batch * math.prod(lengths) * len(lengths) * self.numpy_dtype.itemsize

    @property
    def moves(self) -> bool:
        return self.mode == "nearest"


@dataclasses.dataclass(frozen=True)
class OnnxResize(Case):
    """``onnx.resize`` of the last two axes, half pixels, which PyTorch has too, but for the edges of antialias."""

    mode: str
    shape: tuple[int, ...]
    size: tuple[int, ...]
    antialias: bool = False
    goals: tuple[Goal, ...] = ()

    @property
    def name(self) -> str:
        return f"onnx.resize {self.mode} {by(self.shape)} to {by(self.size)}" + ", antialias" * self.antialias

    @property
    def operator(self) -> str:
        return "onnx.resize"

    @property
    def options(self) -> dict[str, Any]:
        return {"sizes": self.size, "axes": (2, 3), "mode": self.mode, "antialias": int(self.antialias)}

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (*self.shape[:2], *self.size)

    def calls(self, arrays: tuple[Array, ...], out: Array) -> dict[str, Callable[[], Array]]:
        whole = functools.partial(sr.onnx.resize, *arrays, **self.options)
        return dict(zip(self.ways, (functools.partial(whole, out=out), whole)))


@dataclasses.dataclass(frozen=True)
class ImageResize(Case):
    """An image of bytes as decoders give it, by the function of another library: `pillow.resize` or `opencv.resize`."""

    library: str
    method: str
    shape: tuple[int, ...]
    size: tuple[int, ...]
    goals: tuple[Goal, ...] = ()
    dtype: str = "uint8"
    channels_last: bool = True

    @property
    def name(self) -> str:
        return f"{self.operator} {by(self.shape)} to {by(self.size)}"

    @property
    def operator(self) -> str:
        return f"{self.function} {self.method}"

    @property
    def function(self) -> str:
        return f"{self.library}.resize"

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (*self.shape[:2], *self.size)

    def calls(self, arrays: tuple[Array, ...], out: Array) -> dict[str, Callable[[], Array]]:
        resize = getattr(sr, self.library).resize
        (image,), target = (np.moveaxis(arrays[0], 1, -1), np.moveaxis(out, 1, -1)[0])
        keyword = "resample" if self.library == "pillow" else "interpolation"
        whole = functools.partial(resize, image, self.size[::-1], **{keyword: self.method})

        def result(**options: Any) -> Array:
            return np.moveaxis(whole(**options)[None], -1, 1)

        return dict(zip(self.ways, (functools.partial(result, out=target), result)))


@dataclasses.dataclass(frozen=True)
class Carafe(Case):
    """``carafe`` with masks whose weights are positive and add up to 1, as a softmax makes them."""

    shape: tuple[int, ...]
    factor: int
    kernel: int
    goals: tuple[Goal, ...] = ()

    feeds: ClassVar[int] = 2

    @property
    def name(self) -> str:
        return f"carafe {by(self.shape)} x{self.factor}, k{self.kernel}"

    @property
    def operator(self) -> str:
        return "carafe"

    @property
    def options(self) -> dict[str, Any]:
        return {"kernel_size": self.kernel, "scale_factor": self.factor}

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (*self.shape[:2], *(length * self.factor for length in self.shape[2:]))

    def arrays(self) -> tuple[Array, ...]:
        masks = self._filled(self._masks_shape)
        masks /= masks.sum(1, keepdims=True)
        return (*super().arrays(), masks)

    @property
    def bytes(self) -> int:
        """The bytes of the features, the masks and the output."""
        return super().bytes + math.prod(self._masks_shape) * self.numpy_dtype.itemsize

    @property
    def _masks_shape(self) -> tuple[int, ...]:
        return (self.shape[0], self.kernel**2, *self.output_shape[2:])


@dataclasses.dataclass(frozen=True)
class ResizeConv(Case):
    """The layer ``ResizeConv2d`` with a bias: an image is resized, and convolved without a change of its size."""

    mode: str
    shape: tuple[int, ...]
    factor: int
    channels: int  # of the output
    kernel: int
    goals: tuple[Goal, ...] = ()

    @property
    def name(self) -> str:
        channels = f"to {self.channels} channels, k{self.kernel}"
        return f"{self.function} {by(self.shape)} {self.mode} x{self.factor} {channels}"

    @property
    def operator(self) -> str:
        return f"ResizeConv2d, {self.mode}"

    @property
    def function(self) -> str:
        return "ResizeConv2d"

    @property
    def options(self) -> dict[str, Any]:
        return {"scale_factor": self.factor, "mode": self.mode}

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.shape[0], self.channels, *(length * self.factor for length in self.shape[2:]))

    def arrays(self) -> tuple[Array, ...]:
        shape = (self.channels, self.shape[1], self.kernel, self.kernel)
        return (*super().arrays(), *weights(shape, self.channels, self._products))

    @property
    def magnitude(self) -> float:
        return math.sqrt(self._products)

    @property
    def into(self) -> None:
        """Layers take no array to write to."""
        return

    def calls(self, arrays: tuple[Array, ...], out: Array) -> dict[str, Callable[[], Array]]:  # noqa: ARG002
        input, weight, bias = arrays
        layer = swiftresample.nn.ResizeConv2d(self.shape[1], self.channels, self.kernel, **self.options)
        layer.load_state_dict({"weight": weight, "bias": bias})
        return {self.whole: functools.partial(layer, input)}

    @property
    def _products(self) -> int:
        """The products that an output sample is made of."""
        return self.shape[1] * self.kernel**2


@dataclasses.dataclass(frozen=True)
class Backward(Case):
    """The gradients of another case for all its arrays, given that of its result; the first of them is looked at."""

    of: Case
    goals: tuple[Goal, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """That of the gradient of the result."""
        return self.of.output_shape

    @property
    def name(self) -> str:
        return f"backward of {self.of.name}"

    @property
    def operator(self) -> str:
        return "backward"

    @property
    def function(self) -> str:
        return f"{self.of.function}_backward"

    @property
    def options(self) -> dict[str, Any]:
        return self.of.options

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.of.shape

    def arrays(self) -> tuple[Array, ...]:
        arrays = self.of.arrays()
        return (self._filled(self.shape), *(arrays[:2] if isinstance(self.of, ConvTranspose) else arrays))

    @property
    def magnitude(self) -> float:
        return self.of.magnitude * max(1.0, math.prod(self.shape[2:]) / math.prod(self.output_shape[2:]))

    @property
    def multiply_adds(self) -> int | None:
        """Those of transposed convolutions, whose gradients of input and weights take as many each."""
        return 2 * self.of.multiply_adds if isinstance(self.of, ConvTranspose) else None

    @property
    def into(self) -> str | None:
        """Of those with one gradient."""
        return super().into if isinstance(self.of, Interpolate) else None

    def calls(self, arrays: tuple[Array, ...], out: Array) -> dict[str, Callable[[], Array]]:
        function = getattr(sr, self.function)
        if isinstance(self.of, Interpolate):
            whole = functools.partial(function, arrays[0], self.of.shape, **self.options)
            return dict(zip(self.ways, (functools.partial(whole, out=out), whole)))
        return {self.whole: lambda: function(*arrays, **self.options)[0]}


def weights(shape: tuple[int, ...], channels: int, products: int) -> tuple[Array, Array]:
    """Return the weights of a layer and its bias, from -a to a with a = 1 / sqrt(products), as layers begin."""
    generator = np.random.default_rng(1)
    reach = 1 / math.sqrt(products)
    return (
        generator.uniform(-reach, reach, shape).astype(np.float32),
        generator.uniform(-reach, reach, channels).astype(np.float32),
    )
