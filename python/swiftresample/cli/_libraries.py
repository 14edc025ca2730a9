"""Other libraries' functions, by their own conventions: diagnose names the call that makes an output."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import swiftresample as sr

from ._files import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._common import Array

_POSITIONS = ("half_pixel", "asymmetric", "align_corners")
_PILLOW = ("lanczos", "bilinear", "bicubic", "box", "hamming", "mks2013", "mks2021", "nearest")
_RELEASES = ("13.0", "12.0")  # of Pillow, which differ in the order of the axes
_OPENCV = ("area", "lanczos4", "linear", "cubic", "linear_exact", "nearest_exact", "nearest")
_IPP = ("linear", "cubic")  # of OpenCV, which has two ways to them
_TENSORFLOW = ("bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
_LEGACY = ("bilinear", "bicubic", "nearest")
_JAX = ("cubic", "lanczos3", "lanczos5", "area")


class Call(NamedTuple):
    """A call as a user would write it, and what it makes of the input, as (N, C, ...spatial)."""

    text: str
    run: Callable[[], Array]


class FoundCall(NamedTuple):
    """A call that makes the output, or nearly: how many samples are off by more than is allowed, and by how much."""

    apart: int
    largest: float
    text: str


def calls_that_make(
    tensor: Array, output: Array, allowed: float, share: float, factors: Sequence[float]
) -> list[FoundCall]:
    """Return the calls whose result is the output but for that share of its samples, the best first.

    `factors` are those whose products with the input's lengths are rounded to the output's.
    """
    if tensor.dtype.kind not in "iuf" or not np.isfinite(tensor).all():
        return []
    found = []
    for call in _calls(tensor, output.shape[2:], factors):
        try:
            result = call.run()
        except (ValueError, TypeError, NotImplementedError):  # not for this dtype, or this shape
            continue
        if result.shape == output.shape:
            apart = differences(result, output)
            if (count := int((apart > allowed).sum())) <= share * output.size:
                found.append(FoundCall(count, float(apart.max()), call.text))
    return sorted(found, key=lambda entry: entry[:2])


def _calls(tensor: Array, size: tuple[int, ...], factors: Sequence[float]) -> Iterator[Call]:
    yield from _onnx(tensor, size)
    if len(size) == 2:
        yield from _pillow(tensor, size)
        yield from _opencv(tensor, size, factors)
        yield from _tensorflow(tensor, size)
    yield from _jax(tensor, size)


def _written(options: dict[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in options.items())


def _onnx(tensor: Array, size: tuple[int, ...]) -> Iterator[Call]:
    axes = list(range(2, tensor.ndim))
    cubic: dict[str, Any] = {"mode": "cubic"}
    attributes: list[dict[str, Any]] = [
        {"mode": "nearest", "coordinate_transformation_mode": positions, "nearest_mode": rounding}
        for positions in _POSITIONS
        for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    ]
    attributes += [
        {"mode": "linear", "coordinate_transformation_mode": "asymmetric"},
        {"mode": "linear", "antialias": 1},
        {**cubic, "coordinate_transformation_mode": "asymmetric"},
        *({**cubic, "coordinate_transformation_mode": rule, "cubic_coeff_a": -0.5} for rule in _POSITIONS),
        *({**cubic, "cubic_coeff_a": a, "exclude_outside": 1} for a in (-0.75, -0.5)),
        *({**cubic, "antialias": 1, "exclude_outside": outside} for outside in (1, 0)),
    ]
    for options in attributes:
        text = f"onnx.resize(X, sizes={list(size)}, axes={axes}{_written(options)})"
        yield Call(text, functools.partial(sr.onnx.resize, tensor, sizes=size, axes=axes, **options))


def _by_image(tensor: Array, function: Callable[[Array], Array]) -> Array:
    """Return what a function of images (H, W, C) makes of each."""
    made = [function(np.moveaxis(image, 0, -1)) for image in tensor]
    return np.stack([np.moveaxis(image.reshape(*image.shape[:2], -1), -1, 0) for image in made])


def _by_plane(tensor: Array, function: Callable[[Array], Array]) -> Array:
    return np.stack([np.stack([function(plane) for plane in image]) for image in tensor])


def _pillow(tensor: Array, size: tuple[int, ...]) -> Iterator[Call]:
    shape = size[::-1]
    by = functools.partial(_by_image if tensor.dtype == np.uint8 else _by_plane, tensor)
    for resample in _PILLOW:
        for release in _RELEASES:
            if release != _RELEASES[0] and resample in ("mks2013", "mks2021"):
                continue
            options: dict[str, Any] = {"release": release}
            resize = functools.partial(sr.pillow.resize, size=shape, resample=resample, mode="none", **options)
            yield Call(f"pillow.resize(image, {shape}, {resample!r}{_written(options)})", functools.partial(by, resize))


def _opencv(tensor: Array, size: tuple[int, ...], factors: Sequence[float]) -> Iterator[Call]:
    for interpolation in _OPENCV:
        for ipp in (True, False) if interpolation in _IPP else (True,):
            options: dict[str, Any] = (
                {"interpolation": interpolation}
                if ipp
                else {
                    "interpolation": interpolation,
                    "ipp": False,
                }
            )
            for dsize, fx in [(size[::-1], 0), *((None, factor) for factor in factors)]:
                where = f"{dsize}" if dsize else f"None, {fx:g}, {fx:g}"
                resize = functools.partial(sr.opencv.resize, dsize=dsize, fx=fx, fy=fx, **options)
                yield Call(
                    f"opencv.resize(src, {where}{_written(options)})", functools.partial(_by_image, tensor, resize)
                )


def _tensorflow(tensor: Array, size: tuple[int, ...]) -> Iterator[Call]:
    images = np.moveaxis(tensor, 1, -1)
    ways: list[tuple[str, dict[str, Any]]] = [
        (method, {"antialias": True} if antialias else {})
        for method in _TENSORFLOW
        for antialias in ((False, True) if method != "area" else (False,))
    ]
    for method in _LEGACY:
        ways += [(method, {"legacy": True}), (method, {"legacy": True, "align_corners": True})]
    for method, options in ways:

        def run(method: str = method, options: dict[str, Any] = options) -> Array:
            return np.moveaxis(sr.tensorflow.resize(images, size, method, **options), -1, 1)

        yield Call(f"tensorflow.resize(images, {size}, {method!r}{_written(options)})", run)


def _jax(tensor: Array, size: tuple[int, ...]) -> Iterator[Call]:
    shape = (*tensor.shape[:2], *size)
    for method in _JAX:
        for antialias in (True, False) if method != "area" else (True,):
            options: dict[str, Any] = {} if antialias else {"antialias": False}
            text = f"jax.resize(image, {shape}, {method!r}{_written(options)})"
            yield Call(text, functools.partial(sr.jax.resize, tensor, shape, method, **options))
