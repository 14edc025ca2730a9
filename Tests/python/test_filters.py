"""The antialiased filters that PyTorch does not have: mitchell, hamming and box."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import swiftresample as sr

FILTERS = ("mitchell", "hamming", "box")
IMAGE = np.random.default_rng(8).integers(0, 256, (1, 1, 97, 131), dtype=np.uint8)
SIZES = ((40, 50), (97, 131), (97, 60), (200, 260), (31, 300), (10, 7))


def resized_by_pillow(image: np.ndarray, size: tuple[int, int], mode: str) -> np.ndarray:
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    return np.asarray(pillow.fromarray(image[0, 0]).resize(size[::-1], getattr(pillow, mode.upper())))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", ["hamming", "box"])
def test_floats_are_pillows(mode: str, size: tuple[int, int]) -> None:
    image = IMAGE.astype(np.float32)
    ours = sr.interpolate(image, size=size, mode=mode, antialias=True)[0, 0]
    # Pillow keeps float32 between the passes, as this library does: docs/exactness.md.
    np.testing.assert_allclose(ours, resized_by_pillow(image, size, mode), rtol=0, atol=3e-6 * 255)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", ["hamming", "box"])
def test_bytes_are_pillows_but_for_the_precision_of_weights(mode: str, size: tuple[int, int]) -> None:
    ours = sr.interpolate(IMAGE, size=size, mode=mode, antialias=True)[0, 0]
    # Pillow's weights have 22 bits, PyTorch's (and these) 15: a step after each pass.
    assert np.abs(ours.astype(int) - resized_by_pillow(IMAGE, size, mode).astype(int)).max() <= 2


def test_box_of_a_whole_factor_is_the_mean() -> None:
    image = IMAGE[..., :96, :128].astype(np.float64)
    blocks = image.reshape(1, 1, 24, 4, 32, 4).mean((3, 5))
    np.testing.assert_allclose(sr.interpolate(image, size=(24, 32), mode="box", antialias=True), blocks, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "uint8"])
def test_mitchell_blurs_an_axis_that_keeps_its_length(dtype: str) -> None:
    impulse = np.zeros((1, 1, 9), dtype)
    impulse[..., 4] = 180
    # At whole distances the weights are 8/9 and 1/18.
    blurred = np.array([0, 0, 0, 10, 160, 10, 0, 0, 0])
    result = sr.interpolate(impulse, size=9, mode="mitchell", antialias=True)[0, 0]
    np.testing.assert_allclose(result, blurred, rtol=1e-3 if dtype == "float16" else 1e-6)


@pytest.mark.parametrize("mode", ["hamming", "box", "lanczos"])
def test_filters_that_interpolate_copy_an_axis_that_keeps_its_length(mode: str) -> None:
    result = sr.interpolate(IMAGE.astype(np.float32), size=(97, 40), mode=mode, antialias=True)
    narrower = sr.interpolate(IMAGE.astype(np.float32).reshape(1, 97, 131), size=40, mode=mode, antialias=True)
    np.testing.assert_array_equal(result[0], narrower)


@pytest.mark.parametrize("mode", FILTERS)
@pytest.mark.parametrize("shape", [(2, 3, 50), (2, 3, 20, 31), (1, 2, 7, 9, 11)], ids=str)
def test_the_gradient_is_the_transpose(mode: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    options: dict[str, Any] = {"size": [2 * shape[2], *(n // 2 for n in shape[3:])], "mode": mode, "antialias": True}
    x = rng.standard_normal(shape)
    y = sr.interpolate(x, **options)
    g = rng.standard_normal(y.shape)
    back = sr.interpolate_backward(g, shape, **options)
    np.testing.assert_allclose((back * x).sum(), (g * y).sum(), rtol=1e-11)


@pytest.mark.parametrize("mode", FILTERS)
def test_they_need_antialias(mode: str) -> None:
    with pytest.raises(ValueError, match=f"{mode} needs antialias=True"):
        sr.interpolate(IMAGE, size=(4, 4), mode=mode)


@pytest.mark.parametrize("mode", FILTERS)
def test_a_single_output_sample_has_all_taps(mode: str) -> None:
    """Weights that are converted to float32 lie one sample apart in either direction then."""
    x = np.random.default_rng(5).standard_normal((2, 3, 5))
    expected = sr.interpolate(x, size=1, mode=mode, antialias=True)
    np.testing.assert_allclose(
        sr.interpolate(x.astype(np.float32), size=1, mode=mode, antialias=True), expected, atol=1e-6
    )
