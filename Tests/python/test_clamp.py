"""clamp=(low, high) bounds the result, and changes nothing that lies within."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from arrays import FLOATS, INTEGERS, MODES, WEIGHTED, assert_same_bits, channels_last, in_turn, samples

import swiftresample as sr

CALLS = [pytest.param(*call, id=name) for name, call in MODES.items()]


def bounds(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Bounds that a good part of the samples lies beyond, both of them values of the dtype."""
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return limits.min // 2 + limits.max // 4, limits.max // 2
    return -0.5, 0.75


@pytest.mark.parametrize(("name", "dtype"), in_turn([*MODES] * 3, WEIGHTED), ids=str)
def test_clamp_is_clip_of_the_result(name: str, dtype: np.dtype[Any]) -> None:
    mode, shape, options = MODES[name]
    input = samples(shape, dtype)
    low, high = bounds(dtype)
    for factor in (1, 1.7, 0.6):
        free = sr.interpolate(input, scale_factor=factor, mode=mode, **options)
        for clamp in ((low, high), (low, None), (None, high), [low, high], (None, None)):
            expected = free
            if clamp[0] is not None:
                expected = np.maximum(expected, np.array(low, dtype))
            if clamp[1] is not None:
                expected = np.minimum(expected, np.array(high, dtype))
            assert_same_bits(sr.interpolate(input, scale_factor=factor, mode=mode, clamp=clamp, **options), expected)


@pytest.mark.parametrize("mode", ["bicubic", "lanczos"])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_clamp_cuts_the_overshoot(mode: str, dtype: np.dtype[Any]) -> None:
    edge = np.zeros((1, 1, 8, 8), dtype)
    edge[..., 4:] = 1
    options = {"scale_factor": 2, "mode": mode, "antialias": mode == "lanczos"}
    free = sr.interpolate(edge, **options)
    assert free.min() < 0
    assert free.max() > 1
    clamped = sr.interpolate(edge, clamp=(0, 1), **options)
    assert clamped.min() == 0
    assert clamped.max() == 1


def test_clamp_does_not_depend_on_the_memory_format() -> None:
    input = samples((2, 3, 17, 83), np.float32)
    expected = sr.interpolate(input, scale_factor=2, mode="bicubic", clamp=(-1, 1))
    assert_same_bits(sr.interpolate(channels_last(input), scale_factor=2, mode="bicubic", clamp=(-1, 1)), expected)


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_bounds_between_integers_are_kept(dtype: np.dtype[Any]) -> None:
    input = samples((1, 1, 9, 9), dtype)
    output = sr.interpolate(input, scale_factor=2, mode="bicubic", clamp=(3.5, 100.5))
    assert output.min() == 4
    assert output.max() == 100


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_bounds_beyond_the_dtype_change_nothing(dtype: np.dtype[Any]) -> None:
    input = samples((1, 1, 9, 9), dtype)
    free = sr.interpolate(input, scale_factor=2, mode="bicubic")
    for clamp in ((-1e30, 1e30), (-np.inf, np.inf)):
        assert_same_bits(sr.interpolate(input, scale_factor=2, mode="bicubic", clamp=clamp), free)


def test_nan_stays_nan() -> None:
    input = np.full((1, 1, 4, 4), np.nan, np.float32)
    for mode in ("nearest", "bilinear", "bicubic", "area"):
        assert np.isnan(sr.interpolate(input, scale_factor=2, mode=mode, clamp=(0, 1))).all()


@pytest.mark.parametrize("dtype", ["bool", "int64", "complex64"])
def test_dtypes_that_nearest_only_copies_take_no_clamp(dtype: str) -> None:
    with pytest.raises(TypeError, match=f"clamp.*{dtype}"):
        sr.interpolate(np.zeros((1, 1, 4), dtype), scale_factor=2, clamp=(0, 1))
