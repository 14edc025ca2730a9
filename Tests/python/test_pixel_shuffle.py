"""pixel_shuffle and pixel_unshuffle: every sample goes where it belongs, bit for bit, and bad calls are refused."""

from __future__ import annotations

import inspect
from typing import Any

import neighbours_cases as neighbours
import neighbours_oracle as oracle
import numpy as np
import pytest
from arrays import FORMATS, WRITEABLE_FORMATS, assert_same_bits, channels_last, contiguous, fortran, negative, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

BOTH = [
    pytest.param(sr.pixel_shuffle, oracle.pixel_shuffle, (2, 18, 5, 19), 3, id="shuffle"),
    pytest.param(sr.pixel_unshuffle, oracle.pixel_unshuffle, (2, 2, 15, 57), 3, id="unshuffle"),
]
DTYPES = [numpy_dtype(name) for name in neighbours.EVERY_DTYPE]


def test_the_parameters_are_pytorchs() -> None:
    assert list(inspect.signature(sr.pixel_shuffle).parameters) == ["input", "upscale_factor", "out"]
    assert list(inspect.signature(sr.pixel_unshuffle).parameters) == ["input", "downscale_factor", "out"]


@pytest.mark.parametrize("batch", range(4))
@pytest.mark.numbers
def test_random_calls_agree_with_the_oracle(batch: int) -> None:
    for call in neighbours.random_calls(neighbours.pixel_shuffle, seed=100 + batch, count=250):
        neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("factor", range(1, 9))
@pytest.mark.numbers
def test_every_dtype_and_factor_there_and_back_agrees_with_the_oracle(factor: int, dtype: np.dtype[Any]) -> None:
    for width in (1, 2, 7, 33):  # shorter and longer than any vector
        input = samples((2, 3 * factor**2, 2, width), dtype)
        output = sr.pixel_shuffle(input, factor)
        assert_same_bits(output, oracle.pixel_shuffle(input, factor))
        assert_same_bits(sr.pixel_unshuffle(output, factor), input)


@pytest.mark.parametrize(("function", "reference", "shape", "factor"), BOTH)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_memory_format_gives_the_same_bits(
    function: Any, reference: Any, shape: tuple[int, ...], factor: int, dtype: np.dtype[Any]
) -> None:
    contiguous = samples(shape, dtype)
    expected = reference(contiguous, factor)
    for name, format_of in FORMATS.items():
        assert_same_bits(function(format_of(contiguous), factor), expected, name)
    for name, format_of in WRITEABLE_FORMATS.items():
        out = format_of(samples(expected.shape, dtype, seed=2))
        assert function(contiguous, factor, out=out) is out
        assert_same_bits(out, expected, name)


@pytest.mark.parametrize(("function", "reference", "shape", "factor"), BOTH)
def test_broadcast_axes_are_read(function: Any, reference: Any, shape: tuple[int, ...], factor: int) -> None:
    for axis in range(len(shape)):
        one = samples(tuple(1 if index == axis else length for index, length in enumerate(shape)), np.float32)
        broadcast = np.broadcast_to(one, shape)
        assert_same_bits(function(broadcast, factor), reference(broadcast, factor))


@pytest.mark.parametrize(("function", "reference", "shape", "factor"), BOTH)
def test_foreign_byte_orders_are_converted(function: Any, reference: Any, shape: tuple[int, ...], factor: int) -> None:
    input = samples(shape, np.float32)
    output = function(input.astype(">f4"), factor)
    assert output.dtype == np.dtype("=f4")
    assert_same_bits(output, reference(input, factor))


@pytest.mark.parametrize("leading", range(9))
def test_any_number_of_leading_axes_is_taken(leading: int) -> None:
    input = samples((2,) * leading + (8, 3, 5), np.int16)
    expected = oracle.pixel_shuffle(input, 2)
    order = (*range(leading)[::-1], leading, leading + 1, leading + 2)
    for format_of in (contiguous, fortran, negative):
        assert_same_bits(sr.pixel_shuffle(format_of(input), 2), expected)
        assert_same_bits(sr.pixel_unshuffle(format_of(expected), 2), input)
    # Leading axes that do not merge in place, in the input and in out.
    assert_same_bits(sr.pixel_shuffle(input.transpose(order), 2), expected.transpose(order))
    out = np.zeros(expected.transpose(order).shape, np.int16).transpose(order)
    assert sr.pixel_shuffle(input, 2, out=out) is out
    assert_same_bits(out, expected)
    assert_same_bits(sr.pixel_unshuffle(out, 2), input)


@pytest.mark.parametrize("shape", [(8, 3, 5), (2, 8, 3, 5), (2, 3, 8, 3, 5), (1, 2) * 4 + (8, 3, 5)])
def test_channels_last_stays_channels_last(shape: tuple[int, ...]) -> None:
    def lie_last(array: np.ndarray[Any, Any]) -> bool:
        return np.moveaxis(array, -3, -1).flags.c_contiguous and not array.flags.c_contiguous

    input = np.moveaxis(np.ascontiguousarray(np.moveaxis(samples(shape, np.float32), -3, -1)), -1, -3)
    assert lie_last(input)
    output = sr.pixel_shuffle(input, 2)
    assert lie_last(output)
    assert lie_last(sr.pixel_unshuffle(output, 2))
    assert sr.pixel_shuffle(np.ascontiguousarray(input), 2).flags.c_contiguous


def test_the_number_of_threads_changes_no_bit() -> None:
    before = sr.get_num_threads()
    input = samples((4, 64, 96, 97), np.float32)
    expected = oracle.pixel_shuffle(input, 4)
    try:
        for n in (1, 2, 5):
            sr.set_num_threads(n)
            for format_of in (np.ascontiguousarray, channels_last):
                output = sr.pixel_shuffle(format_of(input), 4)
                assert_same_bits(output, expected)
                assert_same_bits(sr.pixel_unshuffle(output, 4), input)
    finally:
        sr.set_num_threads(before)


@pytest.mark.parametrize("shape", [(0, 4, 2, 2), (2, 0, 2, 2), (2, 4, 0, 2), (2, 4, 2, 0), (0,) * 9 + (4, 2, 2)])
def test_empty_arrays_stay_empty(shape: tuple[int, ...]) -> None:
    *leading, channels, height, width = shape
    assert sr.pixel_shuffle(np.zeros(shape, np.uint8), 2).shape == (*leading, channels // 4, height * 2, width * 2)
    assert sr.pixel_unshuffle(np.zeros(shape, np.uint8), 2).shape == (*leading, channels * 4, height // 2, width // 2)


def test_samples_between_those_of_a_strided_out_are_left_alone() -> None:
    larger = np.full((2, 4, 12), 7, np.float32)
    sr.pixel_shuffle(np.ones((4, 2, 2), np.float32), 2, out=larger[:1, :, ::3])
    assert (larger[:1, :, ::3] == 1).all()
    larger[:1, :, ::3] = 7
    assert (larger == 7).all()


# ---- Bad calls -------------------------------------------------------------------------------------------------------

IMAGE = np.ones((1, 8, 4, 6), np.float32)

# input, factor, exception, and what the messages for pixel_shuffle and pixel_unshuffle say
REFUSED: dict[str, tuple[Any, Any, type[Exception], str, str]] = {
    "a list": ([[[1.0]]], 1, TypeError, r"input must be a numpy\.ndarray, got builtins\.list", "input must be"),
    "a masked array": (np.ma.masked_equal(IMAGE, 1), 2, TypeError, "without a mask", "without a mask"),
    "objects": (IMAGE.astype(object), 2, TypeError, "dtype must be .*, got object", "got object"),
    "long doubles": (IMAGE.astype(np.longdouble), 2, TypeError, "dtype must be .*, got", "dtype must be"),
    "dates": (np.zeros((1, 4, 4, 4), "M8[s]"), 2, TypeError, "dtype must be .*, got datetime64", "got datetime64"),
    "0-D": (np.ones(()), 1, ValueError, "at least 3 axes", "at least 3 axes"),
    "2-D": (np.ones((4, 4)), 2, ValueError, "at least 3 axes", "at least 3 axes"),
    "does not divide": (
        np.ones((1, 7, 5, 6)),
        2,
        ValueError,
        "divisible by the square of upscale_factor 2",
        "divisible",
    ),
    "width not divided": (np.ones((1, 7, 6, 5)), 2, ValueError, "divisible", "divisible by downscale_factor 2"),
    "not divided in 9-D": (np.ones((1,) * 6 + (7, 6, 5)), 2, ValueError, "divisible", "divisible"),
    "factor 0": (IMAGE, 0, ValueError, "upscale_factor must be positive, got 0", "downscale_factor must be positive"),
    "factor -2": (IMAGE, -2, ValueError, "upscale_factor must be positive, got -2", "positive, got -2"),
    "smallest factor": (IMAGE, -(2**63), ValueError, "upscale_factor must be positive", "must be positive"),
    "factor 2^31": (IMAGE, 2**31, ValueError, "divisible", "divisible"),
    "factor 2^32": (IMAGE, 2**32, ValueError, "divisible", "divisible"),  # whose square is 2^64, which wraps to 0
    "factor 2^62": (IMAGE, 2**62, ValueError, "divisible", "divisible"),
    "factor 2^63": (IMAGE, 2**63, ValueError, "upscale_factor must fit into 64 bits", "must fit into 64 bits"),
    "factor 2^64 + 2": (IMAGE, 2**64 + 2, ValueError, "must fit into 64 bits", "must fit into 64 bits"),
    "factor 2.0": (IMAGE, 2.0, TypeError, r"upscale_factor must be an integer, got 2\.0", "must be an integer"),
    "factor True": (IMAGE, True, TypeError, "upscale_factor must be an integer, got True", "must be an integer"),
    "factor '2'": (IMAGE, "2", TypeError, "upscale_factor must be an integer, got '2'", "must be an integer"),
    "factor None": (IMAGE, None, TypeError, "upscale_factor must be an integer, got None", "must be an integer"),
    "a pair": (IMAGE, (2, 2), TypeError, r"upscale_factor must be an integer, got \(2, 2\)", "must be an integer"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused(case: str) -> None:
    input, factor, exception, shuffle_message, unshuffle_message = REFUSED[case]
    for function, message in ((sr.pixel_shuffle, shuffle_message), (sr.pixel_unshuffle, unshuffle_message)):
        out = np.full((1, 2, 8, 12), 7, getattr(input, "dtype", np.float32))
        before = out.copy()
        for arguments in ({}, {"out": out}):
            with pytest.raises(exception, match=message) as caught:
                function(input, factor, **arguments)
            assert caught.type is exception
        np.testing.assert_array_equal(out, before)


def test_shapes_whose_product_is_too_large_are_refused() -> None:
    with pytest.raises((ValueError, MemoryError)):
        sr.pixel_shuffle(np.broadcast_to(np.uint8(0), (2**40, 1, 1)), 2**20)  # 2^40 bytes in two axes of 2^20
    # No sample, but a length that no int64_t holds.
    with pytest.raises(ValueError, match="too large"):
        sr.pixel_unshuffle(np.zeros((2**40, 0, 0), np.uint8), 2**20)


def test_an_out_of_many_axes_that_does_not_fit_is_refused() -> None:
    input = np.ones((2,) * 7 + (4, 1, 1), np.float32)
    for shape in ((2,) * 7 + (1, 2, 1), (1,) + (2,) * 9, (2,) * 6 + (1, 2, 2)):
        out = np.full(shape, 7, np.float32)
        with pytest.raises(ValueError, match=r"must have shape \(2, 2, 2, 2, 2, 2, 2, 1, 2, 2\), got"):
            sr.pixel_shuffle(input, 2, out=out)
        assert (out == 7).all()


@pytest.mark.parametrize("leading", [0, 1, 5, 6])
def test_an_out_that_overlaps_the_input_is_refused_and_left_alone(leading: int) -> None:
    shape = (1,) * leading + (4, 4, 4)
    memory = samples((127,), np.float32)
    before = memory.copy()
    input = memory[:64].reshape(shape)
    for name, out in {"itself": memory[:64], "its last": memory[63:], "backwards": memory[63::-1]}.items():
        with pytest.raises(ValueError, match="the output overlaps"):
            sr.pixel_shuffle(input, 2, out=out.reshape((1,) * leading + (1, 8, 8)))
        with pytest.raises(ValueError, match="the output overlaps"):
            sr.pixel_unshuffle(input, 2, out=out.reshape((1,) * leading + (16, 2, 2)))
        np.testing.assert_array_equal(memory, before, name)


def test_a_read_only_out_is_refused_and_left_alone() -> None:
    out = np.zeros((1, 2, 8, 12), np.float32)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out must be writeable, got a read-only array"):
        sr.pixel_shuffle(IMAGE, 2, out=out)
    assert not out.any()
