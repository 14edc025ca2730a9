"""What docs/conventions.md says of scikit-image's and SciPy's calls, with those that are installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import swiftresample as sr

ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
transform = pytest.importorskip("skimage.transform", reason="scikit-image is not installed")

pytestmark = pytest.mark.numbers

SIZES = [((12, 10), (24, 20)), ((13, 9), (29, 31)), ((24, 20), (12, 10)), ((27, 21), (9, 7)), ((9, 30), (23, 11))]
WHOLE = [((24, 20), (12, 10)), ((27, 21), (9, 7)), ((9, 30), (3, 10))]


def interpolated(image: np.ndarray[Any, Any], size: tuple[int, int], **options: Any) -> np.ndarray[Any, Any]:
    result: np.ndarray[Any, Any] = sr.interpolate(image[None, None], size=size, **options)[0, 0]
    return result


def noise(size: tuple[int, int]) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(size)).random(size)


def zoomed(image: np.ndarray[Any, Any], size: tuple[int, int], **options: Any) -> np.ndarray[Any, Any]:
    factors = [after / before for before, after in zip(image.shape, size)]
    result: np.ndarray[Any, Any] = ndimage.zoom(image, factors, **options)
    assert result.shape == size
    return result


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_zoom(before: tuple[int, int], after: tuple[int, int]) -> None:
    image = noise(before)
    corners = interpolated(image, after, mode="bilinear", align_corners=True)
    np.testing.assert_allclose(zoomed(image, after, order=1), corners, rtol=0, atol=1e-14)
    half = interpolated(image, after, mode="bilinear")
    grid = zoomed(image, after, order=1, grid_mode=True, mode="nearest")
    np.testing.assert_allclose(grid, half, rtol=0, atol=1e-14)
    # Splines are something else, but where output samples fall on those of the input, as every third one does.
    cubic = zoomed(image, after, order=3, grid_mode=True, mode="nearest")
    same = np.abs(cubic - interpolated(image, after, mode="bicubic")).max() < 0.01
    assert same == (before == (27, 21))


@pytest.mark.parametrize(("before", "after"), SIZES[:2] + SIZES[3:4])  # without ties
def test_nearest(before: tuple[int, int], after: tuple[int, int]) -> None:
    image = noise(before)
    exact = interpolated(image, after, mode="nearest-exact")
    np.testing.assert_array_equal(zoomed(image, after, order=0, grid_mode=True, mode="nearest"), exact)


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resize(before: tuple[int, int], after: tuple[int, int]) -> None:
    image = noise(before)
    half = interpolated(image, after, mode="bilinear")
    edge = transform.resize(image, after, order=1, anti_aliasing=False, mode="edge")
    np.testing.assert_allclose(edge, half, rtol=0, atol=1e-14)
    reflected = transform.resize(image, after, order=1, anti_aliasing=False)
    grows = [larger > smaller for smaller, larger in zip(before, after)]
    inside = tuple(slice(3, -3) if growing else slice(None) for growing in grows)
    np.testing.assert_allclose(reflected[inside], half[inside], rtol=0, atol=1e-14)
    assert (np.abs(reflected - half).max() > 0.01) == any(grows)


@pytest.mark.parametrize(("before", "after"), WHOLE)
def test_local_means(before: tuple[int, int], after: tuple[int, int]) -> None:
    image = noise(before)
    area = interpolated(image, after, mode="area")
    cell = tuple(larger // smaller for larger, smaller in zip(before, after))
    np.testing.assert_allclose(transform.downscale_local_mean(image, cell), area, rtol=0, atol=1e-14)
    np.testing.assert_allclose(transform.resize_local_mean(image, after), area, rtol=0, atol=1e-14)
