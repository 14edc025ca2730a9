"""The taps of one axis: what an output sample reads, and that interpolate reads just that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tolerances
from arrays import pairs, samples

import swiftresample as sr

# mode of axis_taps, mode of interpolate, options of both
AXES = {
    "nearest": ("nearest", "nearest", {}),
    "nearest-exact": ("nearest-exact", "nearest-exact", {}),
    "linear": ("linear", "linear", {}),
    "linear-corners": ("linear", "linear", {"align_corners": True}),
    "linear-antialias": ("linear", "linear", {"antialias": True}),
    "bilinear": ("bilinear", "bilinear", {}),
    "trilinear": ("trilinear", "trilinear", {}),
    "cubic": ("cubic", "bicubic", {}),
    "bicubic": ("bicubic", "bicubic", {}),
    "bicubic-corners": ("bicubic", "bicubic", {"align_corners": True}),
    "bicubic-antialias": ("bicubic", "bicubic", {"antialias": True}),
    "lanczos": ("lanczos", "lanczos", {"antialias": True}),
    "area": ("area", "area", {}),
}
RANKS = {"bilinear": 2, "bicubic": 2, "trilinear": 3}


@pytest.mark.parametrize(
    ("name", "scale", "dtype"),
    pairs(AXES, [((7, 19), None), ((19, 7), None), ((10, 17), 1.75), ((9, 9), None)], ("float32", "float64")),
    ids=str,
)
def test_the_taps_are_what_interpolate_computes_with(
    name: str, scale: tuple[tuple[int, int], float | None], dtype: str
) -> None:
    lengths, factor = scale
    axis_mode, mode, options = AXES[name]
    input_length, output_length = lengths
    taps = sr.axis_taps(input_length, output_length, axis_mode, scale_factor=factor, dtype=dtype, **options)
    rank = RANKS.get(mode, 1)
    shape = (1, 3, *(4,) * (rank - 1), input_length)
    input = samples(shape, dtype)
    factors = None if factor is None else (1.0,) * (rank - 1) + (factor,)
    size = None if factor is not None else (4,) * (rank - 1) + (output_length,)
    output = sr.interpolate(input, size=size, scale_factor=factors, mode=mode, **options)
    expected = (input.astype(np.float64)[..., taps.indices] * taps.weights).sum(-1)
    np.testing.assert_allclose(output, expected, rtol=0, atol=tolerances.RELATIVE[dtype] * np.abs(input).max())


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("mode", ["bicubic", "lanczos"])
def test_tables_of_several_blocks_have_the_weights_of_small_ones(mode: str, dtype: str) -> None:
    """Weights of another type than the table's are computed 16384 at a time, and the precision by all of them."""
    shape, size = (1, 1, 1, 40_003), (1, 3001)
    axis = sr.Plan(shape, dtype, size, mode=mode, antialias=True).axes[1]
    assert axis.weights.size > 4 * 2**14
    for start in (0, 170, 1499, 2990):
        part = sr.Plan(shape, dtype, size, mode=mode, antialias=True, region=(None, (start, start + 11))).axes[1]
        taps = part.weights.shape[1]
        np.testing.assert_array_equal(part.indices, axis.indices[start : start + 11, :taps])
        np.testing.assert_array_equal(part.weights, axis.weights[start : start + 11, :taps])
        assert not axis.weights[start : start + 11, taps:].any()


@pytest.mark.parametrize(
    ("name", "lengths", "dtype"),
    pairs(
        AXES,
        [(7, 19), (19, 7), (1, 4), (4, 1), (9, 9), (1, 1)],
        ("float32", "float64", "float16", "uint8", "int32"),
    ),
    ids=str,
)
def test_the_taps_are_in_the_axis_and_weigh_one(name: str, lengths: tuple[int, int], dtype: str) -> None:
    input_length, output_length = lengths
    axis_mode, _, options = AXES[name]
    taps = sr.axis_taps(input_length, output_length, axis_mode, dtype=dtype, **options)
    count = taps.indices.shape[1]
    assert taps.coordinates.shape == (output_length,)
    assert taps.indices.shape == taps.weights.shape == (output_length, count)
    assert (taps.coordinates.dtype, taps.indices.dtype, taps.weights.dtype) == (np.float64, np.int64, np.float64)
    assert taps.indices.min() >= 0
    assert taps.indices.max() < input_length
    assert count <= input_length
    # uint8 has weights of 16 bits, float16 rounds them to its own.
    np.testing.assert_allclose(taps.weights.sum(1), 1, rtol=0, atol=1e-3 if dtype in ("uint8", "float16") else 1e-6)
    assert (np.diff(taps.indices, axis=1) >= 0).all()
    repeated = np.diff(taps.indices, axis=1) == 0
    assert (taps.weights[:, 1:][repeated] == 0).all()


def test_the_arrays_are_read_only() -> None:
    taps = sr.axis_taps(4, 8)
    for array in (taps.coordinates, taps.indices, taps.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        taps.weights = taps.weights  # type: ignore[misc]
    assert repr(taps) == "<swiftresample.AxisTaps of 8 samples with 2 taps each>"


def test_half_pixel_centres() -> None:
    taps = sr.axis_taps(4, 8, "linear")
    np.testing.assert_array_equal(taps.coordinates, (np.arange(8) + 0.5) / 2 - 0.5)
    np.testing.assert_array_equal(taps.indices[:, 0], [0, 0, 0, 1, 1, 2, 2, 3])
    np.testing.assert_array_equal(taps.weights[:4], [[1, 0], [0.75, 0.25], [0.25, 0.75], [0.75, 0.25]])


def test_aligned_corners() -> None:
    taps = sr.axis_taps(3, 5, "linear", True)
    np.testing.assert_array_equal(taps.coordinates, [0, 0.5, 1, 1.5, 2])
    np.testing.assert_array_equal(sr.axis_taps(3, 1, "linear", True).coordinates, [0])


def test_cubic_between_two_samples() -> None:
    taps = sr.axis_taps(6, 11, "cubic", True)
    np.testing.assert_array_equal(taps.indices[5], [1, 2, 3, 4])
    np.testing.assert_array_equal(taps.weights[5], [-0.09375, 0.59375, 0.59375, -0.09375])  # A = -0.75


def test_area_windows() -> None:
    taps = sr.axis_taps(5, 2, "area")
    np.testing.assert_array_equal(taps.indices, [[0, 1, 2], [2, 3, 4]])
    np.testing.assert_allclose(taps.weights, 1 / 3, rtol=1e-7)


def test_nearest_reads_one_sample() -> None:
    taps = sr.axis_taps(3, 6, "nearest")
    np.testing.assert_array_equal(taps.indices, [[0], [0], [1], [1], [2], [2]])
    np.testing.assert_array_equal(taps.weights, np.ones((6, 1)))


def test_antialias_of_align_corners_does_not_align_the_corners() -> None:
    np.testing.assert_allclose(sr.axis_taps(5, 9, "linear", True, antialias=True).coordinates[-1], 3.75)


def test_a_factor_moves_the_coordinates() -> None:
    by_length = sr.axis_taps(10, 11, "linear", dtype="float64").coordinates
    by_factor = sr.axis_taps(10, 11, "linear", scale_factor=1.19, dtype="float64").coordinates
    np.testing.assert_allclose(by_length, (np.arange(11) + 0.5) * 10 / 11 - 0.5, rtol=0, atol=1e-14)
    np.testing.assert_allclose(by_factor, (np.arange(11) + 0.5) / 1.19 - 0.5, rtol=0, atol=1e-14)


def test_a_plan_shows_the_taps_of_each_axis() -> None:
    plan = sr.Plan((1, 1, 4, 5, 6), size=(8, 3, 6), mode="trilinear")
    assert len(plan.axes) == 3
    for taps, lengths in zip(plan.axes, [(4, 8), (5, 3), (6, 6)]):
        alone = sr.axis_taps(*lengths)
        np.testing.assert_array_equal(taps.coordinates, alone.coordinates)
        np.testing.assert_array_equal(taps.indices, alone.indices)
        np.testing.assert_array_equal(taps.weights, alone.weights)
    assert plan.axes is plan.axes


def test_the_taps_of_a_plan_outlive_it() -> None:
    (taps,) = sr.Plan((1, 1, 4), size=8, mode="linear").axes
    np.testing.assert_array_equal(taps.coordinates, sr.axis_taps(4, 8).coordinates)


@pytest.mark.parametrize(
    ("arguments", "exception", "message"),
    [
        ((0, 4), ValueError, "got 0"),
        ((4, 0), ValueError, "got 0"),
        ((4, -4), ValueError, "got -4"),
        ((2**31, 4), ValueError, f"got {2**31}"),
        ((4, 2**64 + 4), ValueError, "must fit into 64 bits"),
        ((4.0, 4), TypeError, "made of integers"),
        ((4, True), TypeError, "made of integers"),
        ((4, 8, "quadratic"), NotImplementedError, "mode must be one of .*'cubic', got 'quadratic'"),
        ((4, 8, None), TypeError, "mode must be a string, got None"),
        ((4, 8, "nearest", True), ValueError, "align_corners is no option of nearest"),
        ((4, 8, "area", True), ValueError, "align_corners is no option of area"),
        ((4, 8, "lanczos"), ValueError, "lanczos needs antialias=True"),
        ((4, 8, "nearest", False, None, True), ValueError, "antialias is no option of nearest"),
        ((4, 8, "linear", False, 3.0), ValueError, "scale_factor 3 does not make 8 samples of 4"),
        ((4, 8, "linear", False, np.nan), ValueError, "scale_factor nan does not make 8 samples of 4"),
        ((4, 8, "linear", False, "2"), TypeError, "scale_factor must be made of real numbers, got '2'"),
        ((4, 8, "linear", False, None, False, "int64"), TypeError, "linear does not take int64"),
        ((4, 8, "linear", False, None, False, object), TypeError, "got object"),
    ],
)
def test_an_axis_that_cannot_be_is_refused(arguments: Any, exception: type[Exception], message: str) -> None:
    with pytest.raises(exception, match=message):
        sr.axis_taps(*arguments)


@pytest.mark.slow
def test_an_axis_of_2_to_the_24_samples_is_right() -> None:
    taps = sr.axis_taps(2**24, 2**25, "linear")
    np.testing.assert_array_equal(taps.coordinates[-3:], np.array([-1.25, -0.75, -0.25]) + 2**24 - 0.5 + 0.0)
