"""The library against the oracle: every mode, dtype and rank, those that PyTorch does not have included."""

from __future__ import annotations

from typing import Any

import cases
import comparison
import numpy as np
import oracle
import pytest
import tolerances
from arrays import in_turn
from hypothesis import HealthCheck, given, settings

import swiftresample as sr

pytestmark = pytest.mark.numbers

BATCHES = 20
BATCH = 150


def assert_agrees_with_the_oracle(case: cases.Case) -> None:
    x = case.input()
    expected = oracle.unrounded(x, **case.options)
    if case.dtype in cases.FLOATS or tolerances.is_exact(case):
        expected = oracle.convert(expected, x.dtype)
    comparison.assert_agrees(sr.interpolate(x, **case.options), expected, case, x, "oracle")


@given(case=cases.drawn_cases())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_valid_call_agrees(case: cases.Case) -> None:
    assert_agrees_with_the_oracle(case)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_calls_agree(batch: int) -> None:
    for case in cases.random_cases(seed=batch, count=BATCH):
        assert_agrees_with_the_oracle(case)


# --- Where the library is right and PyTorch is not -------------------------------------------------------------------


@pytest.mark.parametrize("channels", [5, 8])
@pytest.mark.parametrize(
    "options", [{"mode": "bilinear"}, {"mode": "bicubic"}, {"mode": "lanczos", "antialias": True}], ids=str
)
def test_the_rows_of_a_column_of_uint8_differ(channels: int, options: dict[str, Any]) -> None:
    case = cases.Case((2, channels, 9, 4), "uint8", {**options, "size": (6, 1)}, channels_last=False, seed=1)
    assert "first row" in cases.pytorch_defect(case)
    assert_agrees_with_the_oracle(case)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "lanczos"])
def test_the_rows_of_an_antialiased_column_differ(mode: str) -> None:
    options = {"mode": mode, "antialias": True, "size": (6, 1)}
    case = cases.Case((2, 3, 9, 4), "float32", options, channels_last=False, seed=1)
    assert "first row" in cases.pytorch_defect(case)
    assert_agrees_with_the_oracle(case)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_three_channels_of_uint8_shrink_to_one_sample(mode: str) -> None:
    case = cases.Case((2, 3, 9, 4), "uint8", {"mode": mode, "size": (1, 1)}, channels_last=False, seed=1)
    assert "three channels" in cases.pytorch_defect(case)
    assert_agrees_with_the_oracle(case)


@pytest.mark.parametrize("dtype", cases.HALF_TYPES)
def test_volumes_of_half_types_are_averaged_in_float32(dtype: str) -> None:
    case = cases.Case((1, 2, 20, 20, 15), dtype, {"mode": "area", "size": (2, 2, 1)}, channels_last=False, seed=1)
    assert "volumes" in cases.pytorch_defect(case)
    assert_agrees_with_the_oracle(case)


@pytest.mark.parametrize("dtype", cases.INTEGERS)
def test_means_that_lie_half_way_round_to_even(dtype: str) -> None:
    x = np.array([[3, 4, 4, 5, 5, 6, 0, 1]], dtype).repeat(2, axis=0)[None, None]
    np.testing.assert_array_equal(sr.interpolate(x, size=(1, 4), mode="area").ravel(), [4, 4, 6, 0])


# --- Axes beyond float32 ---------------------------------------------------------------------------------------------

BEYOND = oracle.LONGEST_FLOAT32_AXIS + 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "dtype", "lengths"),
    in_turn(
        ["nearest", "nearest-exact", "linear"] * 2,
        ["float32", "uint8"],
        [(BEYOND, 41), (23, BEYOND), (BEYOND, 2 * BEYOND - 1), (23, BEYOND), (BEYOND, 41)],
    ),
    ids=str,
)
def test_axes_longer_than_float32_can_number_are_right(mode: str, dtype: str, lengths: tuple[int, int]) -> None:
    options = {"mode": mode, "size": lengths[1]}
    assert_agrees_with_the_oracle(cases.Case((1, 1, lengths[0]), dtype, options, channels_last=False, seed=0))


# --- Taps and bounds -------------------------------------------------------------------------------------------------


def dense(indices: np.ndarray, weights: np.ndarray, length: int) -> np.ndarray:
    """The taps as a matrix, (output length, input length)."""
    matrix = np.zeros((len(indices), length))
    np.add.at(matrix, (np.arange(len(indices))[:, None], indices), weights)
    return matrix


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "operator", ["nearest", "nearest-exact", "linear", "bicubic", "area", "linear aa", "bicubic aa", "lanczos aa"]
)
@pytest.mark.parametrize("lengths", [(1, 5), (5, 1), (2, 82), (10, 10), (37, 64), (300, 41)], ids=str)
def test_the_taps_of_an_axis_agree(lengths: tuple[int, int], operator: str, dtype: str) -> None:
    mode, *antialias = operator.split()
    taps = sr.axis_taps(*lengths, mode=mode, antialias=bool(antialias), dtype=dtype)
    expected = oracle.taps(*lengths, mode, antialias=bool(antialias), dtype=np.dtype(dtype))
    difference = dense(taps.indices, taps.weights, lengths[0]) - dense(*expected, lengths[0])
    assert comparison.largest(difference) <= tolerances.RELATIVE[dtype]


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("mode", ["linear", "bicubic"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lengths", [(1, 5), (5, 1), (37, 64), (4000, 1700)], ids=str)
def test_source_coordinates_have_the_same_bits(
    lengths: tuple[int, int], dtype: str, mode: str, align_corners: bool
) -> None:
    taps = sr.axis_taps(*lengths, mode=mode, align_corners=align_corners, dtype=dtype)
    expected = oracle.coordinates(*lengths, mode, align_corners, None, np.dtype(dtype).type)
    np.testing.assert_array_equal(taps.coordinates, expected.astype(np.float64))


@pytest.mark.parametrize("dtype", [*cases.FLOATS, *cases.INTEGERS])
@pytest.mark.parametrize("clamp", [(None, 1), (0, None), (-1, 1), (0.25, 1.75), (None, None)], ids=str)
def test_the_result_is_clamped(clamp: tuple[float | None, float | None], dtype: str) -> None:
    case = cases.Case((1, 2, 9, 7), dtype, {"mode": "bicubic", "size": (20, 11)}, channels_last=False, seed=3)
    x = case.input()
    expected = oracle.bounded(oracle.unrounded(x, **case.options), clamp, x.dtype)
    comparison.assert_agrees(sr.interpolate(x, **case.options, clamp=clamp), expected, case, x, "oracle")
