"""carafe: what it returns, for arrays in any memory format, and what it refuses."""

from __future__ import annotations

import inspect
from typing import Any

import neighbours_cases as neighbours
import neighbours_oracle as oracle
import numpy as np
import pytest
from arrays import FORMATS, WRITEABLE_FORMATS, assert_same_bits, channels_last, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FLOATS = [numpy_dtype(name) for name in neighbours.FLOATS]

# Every kind of call: features, kernel_size, group_size, scale_factor. Long enough for the widest vectors, and odd.
CALLS: dict[str, tuple[tuple[int, int, int, int], int, int, int]] = {
    "usual": ((2, 6, 5, 19), 5, 1, 2),
    "groups": ((2, 6, 5, 19), 3, 2, 2),
    "a group each": ((2, 6, 3, 7), 3, 6, 3),
    "same size": ((2, 6, 5, 37), 5, 1, 1),
    "one sample": ((2, 6, 5, 19), 1, 1, 4),
    "wider than the image": ((1, 3, 2, 3), 9, 1, 2),
    "many channels": ((1, 70, 3, 5), 5, 1, 2),
    "one channel": ((1, 1, 4, 40), 5, 1, 3),
}


def call_of(name: str, dtype: Any) -> neighbours.Call:
    """One of the calls above."""
    shape, k, groups, s = CALLS[name]
    masks = (shape[0], groups * k * k, shape[2] * s, shape[3] * s)
    options = {"kernel_size": k, "group_size": groups, "scale_factor": s}
    return neighbours.Call("carafe", (samples(shape, dtype, 1), samples(masks, dtype, 2)), options)


def test_the_parameters_are_those_documented() -> None:
    parameters = inspect.signature(sr.carafe).parameters
    assert list(parameters)[:3] == ["features", "masks", "kernel_size"]
    assert {name: parameter.default for name, parameter in list(parameters.items())[3:]} == {
        "group_size": 1,
        "scale_factor": 1,
        "out": None,
    }


# ---- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(4))
@pytest.mark.numbers
def test_random_calls_agree_with_the_oracle(batch: int) -> None:
    for call in neighbours.random_calls(neighbours.carafe, seed=400 + batch, count=200):
        neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.numbers
def test_every_kind_agrees_with_the_oracle(name: str, dtype: np.dtype[Any]) -> None:
    call = call_of(name, dtype)
    neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


def test_uniform_masks_count_what_lies_inside() -> None:
    features = np.ones((1, 2, 8, 9), np.float32)
    masks = np.full((1, 25, 16, 18), 1 / 25, np.float32)
    output = sr.carafe(features, masks, 5, scale_factor=2)
    np.testing.assert_allclose(output[:, :, 4:-4, 4:-4], 1, rtol=1e-6)
    for edge in (output[..., :2, 4:-4], output[..., -2:, 4:-4], output[..., 4:-4, :2], output[..., 4:-4, -2:]):
        np.testing.assert_allclose(edge, 0.6, rtol=1e-6)
    for corner in (output[..., :2, :2], output[..., -2:, :2], output[..., :2, -2:], output[..., -2:, -2:]):
        np.testing.assert_allclose(corner, 0.36, rtol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(("k", "groups", "s"), [(5, 1, 2), (3, 2, 3), (7, 4, 1)])
def test_a_one_in_the_middle_is_nearest(k: int, groups: int, s: int, dtype: np.dtype[Any]) -> None:
    features = samples((2, 4, 5, 6), dtype)
    masks = np.zeros((2, groups * k * k, 5 * s, 6 * s), dtype)
    masks[:, k * k // 2 :: k * k] = 1
    assert_same_bits(sr.carafe(features, masks, k, groups, s), sr.interpolate(features, scale_factor=s))


def test_a_one_elsewhere_moves_the_features() -> None:
    features = samples((1, 1, 4, 5), np.float32)
    masks = np.zeros((1, 9, 4, 5), np.float32)
    masks[:, 0 * 3 + 2] = 1  # the sample above, to the right
    expected = np.zeros_like(features)
    expected[..., 1:, :-1] = features[..., :-1, 1:]
    np.testing.assert_array_equal(sr.carafe(features, masks, 3), expected)


def test_masks_are_not_renormalised() -> None:
    output = sr.carafe(np.ones((1, 1, 2, 2)), np.full((1, 1, 4, 4), 3.0), 1, scale_factor=2)
    np.testing.assert_array_equal(output, np.full((1, 1, 4, 4), 3.0))


@pytest.mark.parametrize("integer", [np.int64, np.uint8, np.array])
def test_sizes_are_any_integers(integer: Any) -> None:
    call = call_of("groups", np.float32)
    expected = call.of(sr)
    assert_same_bits(sr.carafe(*call.arrays, *(integer(value) for value in call.options.values())), expected)


# ---- Memory formats and threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_every_memory_format_gives_the_same_bits(name: str, dtype: np.dtype[Any]) -> None:
    call = call_of(name, dtype)
    features, masks = call.arrays
    expected = call.of(sr)
    for other, format_of in FORMATS.items():
        assert_same_bits(sr.carafe(format_of(features), masks, **call.options), expected, f"features {other}")
        assert_same_bits(sr.carafe(features, format_of(masks), **call.options), expected, f"masks {other}")
    for other, format_of in WRITEABLE_FORMATS.items():
        out = format_of(samples(expected.shape, dtype, seed=3))
        assert sr.carafe(features, masks, **call.options, out=out) is out
        assert_same_bits(out, expected, f"out {other}")


@pytest.mark.parametrize("name", CALLS)
def test_broadcast_axes_give_the_same_bits(name: str) -> None:
    call = call_of(name, np.float32)
    for which, array in enumerate(call.arrays):
        for axis in range(array.ndim):
            arrays = list(call.arrays)
            arrays[which] = np.broadcast_to(array.take([0], axis), array.shape)
            expected = sr.carafe(*(one.copy() for one in arrays), **call.options)
            assert_same_bits(sr.carafe(*arrays, **call.options), expected)


def test_channels_last_stays_channels_last() -> None:
    call = call_of("usual", np.float32)
    features, masks = call.arrays
    output = sr.carafe(channels_last(features), masks, **call.options)
    assert np.moveaxis(output, 1, -1).flags.c_contiguous
    assert sr.carafe(features, channels_last(masks), **call.options).flags.c_contiguous


def test_foreign_byte_orders_are_converted() -> None:
    call = call_of("usual", np.float32)
    assert_same_bits(sr.carafe(*(array.astype(">f4") for array in call.arrays), **call.options), call.of(sr))


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_the_number_of_threads_changes_no_bit(dtype: str) -> None:
    features, masks = samples((2, 12, 23, 31), dtype), samples((2, 50, 46, 62), dtype)
    before = sr.get_num_threads()
    try:
        for format_of in (np.ascontiguousarray, channels_last):
            results = []
            for n in (1, 2, 5):
                sr.set_num_threads(n)
                results.append(sr.carafe(format_of(features), format_of(masks), 5, 2, 2))
            for result in results[1:]:
                assert_same_bits(result, results[0])
    finally:
        sr.set_num_threads(before)


def test_a_batch_of_none_gives_a_batch_of_none() -> None:
    output = sr.carafe(np.zeros((0, 4, 3, 5), np.float16), np.zeros((0, 9, 6, 10), np.float16), 3, 1, 2)
    assert output.shape == (0, 4, 6, 10)
    assert output.dtype == np.float16


# ---- Bad calls -------------------------------------------------------------------------------------------------------

FEATURES = np.ones((1, 4, 3, 5), np.float32)
MASKS = np.ones((1, 9, 6, 10), np.float32)
SIZES = {"kernel_size": 3, "group_size": 1, "scale_factor": 2}

# features, masks, sizes other than those above, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], MASKS, {}, TypeError, r"features must be a numpy\.ndarray, got builtins\.list"),
    "no masks": (FEATURES, None, {}, TypeError, r"masks must be a numpy\.ndarray, got builtins\.NoneType"),
    "another dtype": (
        FEATURES,
        MASKS.astype("f2"),
        {},
        TypeError,
        "masks must have the dtype of features, float32, got float16",
    ),
    "int64": (FEATURES.astype("i8"), MASKS.astype("i8"), {}, TypeError, "int64"),
    "complex": (FEATURES.astype("c8"), MASKS.astype("c8"), {}, TypeError, "complex64"),
    "objects": (FEATURES.astype(object), MASKS.astype(object), {}, TypeError, "got object"),
    "3-D features": (FEATURES[0], MASKS, {}, ValueError, "features must be 4-D, got 3-D"),
    "5-D features": (FEATURES[None], MASKS, {}, ValueError, "features must be 4-D, got 5-D"),
    "3-D masks": (FEATURES, MASKS[0], {}, ValueError, "masks must be 4-D, got 3-D"),
    "another batch": (FEATURES.repeat(2, 0), MASKS, {}, ValueError, r"masks must have shape \(2, 9, 6, 10\)"),
    "too many masks": (FEATURES, MASKS.repeat(2, 1), {}, ValueError, r"masks must have shape \(1, 9, 6, 10\)"),
    "too few masks": (FEATURES, MASKS[:, :8], {}, ValueError, r"masks must have shape \(1, 9, 6, 10\)"),
    "another height": (FEATURES, MASKS[:, :, :5], {}, ValueError, r"masks must have shape \(1, 9, 6, 10\)"),
    "another width": (FEATURES, MASKS[..., :9], {}, ValueError, r"masks must have shape \(1, 9, 6, 10\)"),
    "masks of one group": (FEATURES, MASKS, {"group_size": 2}, ValueError, r"masks must have shape \(1, 18, 6, 10\)"),
    "groups 3": (
        FEATURES,
        MASKS.repeat(3, 1),
        {"group_size": 3},
        ValueError,
        "group_size must divide the 4 channels of features, got 3",
    ),
    "kernel 2": (
        FEATURES,
        np.ones((1, 4, 6, 10), "f4"),
        {"kernel_size": 2},
        ValueError,
        "kernel_size must be odd and positive",
    ),
    "kernel 4": (
        FEATURES,
        np.ones((1, 16, 6, 10), "f4"),
        {"kernel_size": 4},
        ValueError,
        "kernel_size must be odd and positive",
    ),
    "kernel -3": (FEATURES, MASKS, {"kernel_size": -3}, ValueError, "kernel_size must be odd and positive, got -3"),
    "kernel 2^32 + 1": (FEATURES, MASKS, {"kernel_size": 2**32 + 1}, ValueError, "too large"),  # whose square wraps
    **{
        f"{name} {value}": (FEATURES, MASKS, {name: value}, ValueError, f"{name} .*{value}|masks must have shape")
        for name in SIZES
        for value in (0, -1, -(2**63), 2**31, 2**31 + 1, 2**62, 2**62 + 1, 2**63 - 1)
    },
    **{
        f"{name} {value!r}": (FEATURES, MASKS, {name: value}, exception, message)
        for name in SIZES
        for value, exception, message in (
            (2**63, ValueError, f"{name} must fit into 64 bits, got {2**63}"),
            (2**64 + 1, ValueError, f"{name} must fit into 64 bits"),
            (1.0, TypeError, rf"{name} must be an integer, got 1\.0"),
            (True, TypeError, f"{name} must be an integer, got True"),
            (None, TypeError, f"{name} must be an integer, got None"),
            ("3", TypeError, f"{name} must be an integer, got '3'"),
            ((3, 3), TypeError, rf"{name} must be an integer, got \(3, 3\)"),
        )
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused_and_leaves_out_alone(case: str) -> None:
    features, masks, sizes, exception, message = REFUSED[case]
    out = np.full((1, 4, 6, 10), 7, getattr(features, "dtype", np.float32))
    before = out.copy()
    for arguments in ({}, {"out": out}):
        with pytest.raises(exception, match=message) as caught:
            sr.carafe(features, masks, **{**SIZES, **sizes}, **arguments)
        assert caught.type is exception
    np.testing.assert_array_equal(out, before)


def test_a_product_that_is_too_large_is_refused() -> None:
    features = np.broadcast_to(np.float32(1), (1, 2**20, 2**10, 2**10))
    masks = np.broadcast_to(np.float32(1), (1, 1, 2**22, 2**22))
    with pytest.raises(ValueError, match="too large"):
        sr.carafe(features, masks, 1, 1, 2**12)


@pytest.mark.parametrize("which", [0, 1])
def test_an_out_that_overlaps_another_array_is_refused_and_left_alone(which: int) -> None:
    arrays = [FEATURES, MASKS]
    size = arrays[which].size
    memory = samples((size + 239,), np.float32)
    before = memory.copy()
    arrays[which] = memory[:size].reshape(arrays[which].shape)
    for start in (0, size - 1):
        with pytest.raises(ValueError, match="the output overlaps"):
            sr.carafe(*arrays, **SIZES, out=memory[start : start + 240].reshape(1, 4, 6, 10))
        np.testing.assert_array_equal(memory, before)


@pytest.mark.numbers
def test_the_oracle_is_right_where_the_answer_is_plain() -> None:
    features = np.arange(1.0, 7).reshape(1, 1, 2, 3)
    masks = np.arange(1.0, 10).reshape(1, 9, 1, 1) * np.ones((1, 9, 2, 3))
    # The first sample: 5 * 1 + 6 * 2 + 8 * 4 + 9 * 5.
    assert oracle.carafe(features, masks, 3)[0, 0, 0, 0] == 94
