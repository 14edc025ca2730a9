"""Every call that cannot be answered is a clear exception, and leaves the output as it was."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from arrays import samples
from oracle import BFLOAT16

import swiftresample as sr

pytestmark = pytest.mark.memory

LINE = np.ones((1, 2, 8), np.float32)
IMAGE = np.ones((1, 2, 8, 8), np.float32)
VOLUME = np.ones((1, 2, 8, 8, 8), np.float32)


class Thing:
    """Not an array."""


# input, arguments, exception, what the message says
REFUSED: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    # What the input is
    "a list": ([[[1.0, 2.0]]], {"size": 4}, TypeError, r"input must be a numpy\.ndarray, got builtins\.list"),
    "None": (None, {"size": 4}, TypeError, r"input must be a numpy\.ndarray, got builtins\.NoneType"),
    "a number": (np.float32(1), {"size": 4}, TypeError, r"input must be a numpy\.ndarray, got numpy\.float32"),
    "an object": (Thing(), {"size": 4}, TypeError, r"input must be a numpy\.ndarray, got .*\.Thing"),
    "a masked array": (np.ma.masked_equal(IMAGE, 1), {"size": 4}, TypeError, "input must be an array without a mask"),
    # Its dtype
    "objects": (IMAGE.astype(object), {"size": 4}, TypeError, "dtype must be .*, got object"),
    "strings": (IMAGE.astype("U4"), {"size": 4}, TypeError, "dtype must be .*, got <U4"),
    "bytes": (IMAGE.astype("S4"), {"size": 4}, TypeError, r"dtype must be .*, got \|S4"),
    "dates": (np.zeros((1, 1, 4), "M8[s]"), {"size": 4}, TypeError, r"dtype must be .*, got datetime64\[s\]"),
    "durations": (np.zeros((1, 1, 4), "m8[s]"), {"size": 4}, TypeError, r"dtype must be .*, got timedelta64\[s\]"),
    "records": (np.zeros((1, 1, 4), "f4,f4"), {"size": 4}, TypeError, "dtype must be .*, got .*f0"),
    "opaque bytes": (np.zeros((1, 1, 4), "V2"), {"size": 4}, TypeError, "dtype must be .*, got .*V2"),
    "long doubles": (np.zeros((1, 1, 4), np.longdouble), {"size": 4}, TypeError, "dtype must be .*, got .*float"),
    "bilinear of bool": (
        IMAGE.astype(bool),
        {"size": 4, "mode": "bilinear"},
        TypeError,
        "bilinear does not take bool; it takes float32, float64, float16, bfloat16, uint8, int8, int16, uint16 and",
    ),
    "linear of int64": (LINE.astype("i8"), {"size": 4, "mode": "linear"}, TypeError, "linear does not take int64"),
    "area of uint32": (LINE.astype("u4"), {"size": 4, "mode": "area"}, TypeError, "area does not take uint32"),
    "bicubic of complex": (
        IMAGE.astype("c8"),
        {"size": 4, "mode": "bicubic"},
        TypeError,
        "bicubic does not take complex64",
    ),
    # Its shape
    "0-D": (np.ones(()), {"size": 4}, NotImplementedError, r"input must be 3-D .*, got 0-D"),
    "2-D": (np.ones((8, 8)), {"size": 4}, NotImplementedError, r"input must be 3-D .*, got 2-D"),
    "6-D": (np.ones((1,) * 6), {"size": 4}, NotImplementedError, r"input must be 3-D .*, got 6-D"),
    "6-D with entries": (np.ones((1,) * 6), {"size": (4,) * 4}, NotImplementedError, "got 6-D"),
    "linear of an image": (
        IMAGE,
        {"size": 4, "mode": "linear"},
        NotImplementedError,
        "linear takes a 3-D input, got 4-D",
    ),
    "bilinear of a line": (
        LINE,
        {"size": 4, "mode": "bilinear"},
        NotImplementedError,
        "bilinear takes a 4-D input, got 3-D",
    ),
    "bicubic of a volume": (VOLUME, {"size": 4, "mode": "bicubic"}, NotImplementedError, "4-D input, got 5-D"),
    "trilinear of an image": (IMAGE, {"size": 4, "mode": "trilinear"}, NotImplementedError, "5-D input, got 4-D"),
    "no channels": (np.ones((1, 0, 8), "f4"), {"size": 4}, ValueError, r"shape \(1, 0, 8\) has no channels"),
    "an empty axis": (np.ones((1, 1, 0, 8), "f4"), {"size": 4}, ValueError, "shape .* has an empty spatial axis"),
    "an empty axis and factor": (np.ones((1, 1, 0), "f4"), {"scale_factor": 2}, ValueError, "empty spatial axis"),
    "an empty axis for area": (np.ones((1, 1, 8, 0)), {"size": 4, "mode": "area"}, ValueError, "empty spatial axis"),
    # Size and factor
    "neither": (IMAGE, {}, ValueError, "either size or scale_factor must be given, got neither"),
    "both": (IMAGE, {"size": 4, "scale_factor": 2}, ValueError, "either size or scale_factor must be given, got both"),
    "too few sizes": (IMAGE, {"size": (4,)}, ValueError, "size must have 2 entries for a 4-D input, got 1"),
    "too many sizes": (IMAGE, {"size": (4, 4, 4)}, ValueError, "size must have 2 entries for a 4-D input, got 3"),
    "far too many sizes": (IMAGE, {"size": (4,) * 5}, ValueError, "size must have 2 entries for a 4-D input, got 5"),
    "no sizes": (IMAGE, {"size": ()}, ValueError, "size must have an entry for each spatial axis, got an empty tuple"),
    "too few factors": (
        VOLUME,
        {"scale_factor": (2.0,)},
        ValueError,
        "scale_factor must have 3 entries for a 5-D input, got 1",
    ),
    "too many factors": (
        VOLUME,
        {"scale_factor": (2.0,) * 9},
        ValueError,
        "scale_factor must have 3 entries for a 5-D input, got 9",
    ),
    "no factors": (IMAGE, {"scale_factor": []}, ValueError, "scale_factor must have an entry for each spatial axis"),
    "size 0": (IMAGE, {"size": 0}, ValueError, "size must be at least 1 on every axis, got 0"),
    "one size 0": (IMAGE, {"size": (4, 0)}, ValueError, "size must be at least 1 on every axis, got 0"),
    "negative size": (IMAGE, {"size": (-3, 4)}, ValueError, "size must be at least 1 on every axis, got -3"),
    "size 2.0": (IMAGE, {"size": 2.0}, TypeError, r"size must be made of integers, got 2\.0"),
    "sizes 2.0": (IMAGE, {"size": (4, 2.0)}, TypeError, r"size must be made of integers, got \(4, 2\.0\)"),
    "size NaN": (IMAGE, {"size": np.nan}, TypeError, "size must be made of integers, got nan"),
    "size True": (IMAGE, {"size": True}, TypeError, "size must be made of integers, got True"),
    "size numpy.True_": (IMAGE, {"size": (np.True_, 4)}, TypeError, "size must be made of integers, got .*True"),
    "size '4'": (IMAGE, {"size": "44"}, TypeError, "size must be made of integers, got '44'"),
    "size of None": (IMAGE, {"size": (4, None)}, TypeError, r"size must be made of integers, got \(4, None\)"),
    "size of sizes": (IMAGE, {"size": ((4, 4), 4)}, TypeError, "size must be made of integers"),
    "a set": (IMAGE, {"size": {4, 5}}, TypeError, "size must be made of integers, got {4, 5}"),
    "huge size": (IMAGE, {"size": 2**40}, ValueError, f"{2**40} samples; at most {2**31 - 1}"),
    "size beyond 63 bits": (IMAGE, {"size": 2**63}, ValueError, f"size must fit into 64 bits, got {2**63}"),
    "size beyond -63 bits": (IMAGE, {"size": -(2**63) - 1}, ValueError, "size must fit into 64 bits"),
    "size beyond 64 bits": (IMAGE, {"size": 2**64 + 4}, ValueError, "size must fit into 64 bits"),
    "size product": (VOLUME, {"size": 2**31 - 1}, ValueError, "output of shape .* is too large"),
    "factor product": (VOLUME, {"scale_factor": 2.0**27}, ValueError, "output of shape .* is too large"),
    "factor 0": (IMAGE, {"scale_factor": 0}, ValueError, "scale_factor must be positive and finite, got 0"),
    "factor -0.0": (IMAGE, {"scale_factor": -0.0}, ValueError, "scale_factor must be positive and finite"),
    "negative factor": (IMAGE, {"scale_factor": -1.5}, ValueError, r"positive and finite, got -1\.5"),
    "one negative factor": (IMAGE, {"scale_factor": (2, -2)}, ValueError, "positive and finite, got -2"),
    "factor NaN": (IMAGE, {"scale_factor": np.nan}, ValueError, "positive and finite, got nan"),
    "factor inf": (IMAGE, {"scale_factor": np.inf}, ValueError, "positive and finite, got inf"),
    "factor -inf": (IMAGE, {"scale_factor": -np.inf}, ValueError, "positive and finite, got -inf"),
    "tiny factor": (IMAGE, {"scale_factor": 0.1}, ValueError, r"0\.1 of an axis of 8 samples gives no length"),
    "smallest factor": (IMAGE, {"scale_factor": 5e-324}, ValueError, "gives no length from 1"),
    "huge factor": (IMAGE, {"scale_factor": 1e12}, ValueError, "gives no length from 1"),
    "greatest factor": (IMAGE, {"scale_factor": 1.7976931348623157e308}, ValueError, "gives no length from 1"),
    "factor beyond float64": (IMAGE, {"scale_factor": 10**400}, ValueError, "scale_factor must fit into a float64"),
    "factor '2'": (IMAGE, {"scale_factor": "2"}, TypeError, "scale_factor must be made of real numbers, got '2'"),
    "factors '22'": (IMAGE, {"scale_factor": ("2", "2")}, TypeError, "scale_factor must be made of real numbers"),
    "factor 2j": (IMAGE, {"scale_factor": 2j}, TypeError, "scale_factor must be made of real numbers, got 2j"),
    "factor of None": (IMAGE, {"scale_factor": (2, None)}, TypeError, "scale_factor must be made of real numbers"),
    "recompute with size": (
        IMAGE,
        {"size": 4, "recompute_scale_factor": True},
        ValueError,
        "recompute_scale_factor needs scale_factor, got size",
    ),
    # Modes and flags
    "unknown mode": (
        IMAGE,
        {"size": 4, "mode": "cubic"},
        NotImplementedError,
        "mode must be one of 'nearest', 'nearest-exact', .*, got 'cubic'",
    ),
    "mode None": (IMAGE, {"size": 4, "mode": None}, TypeError, "mode must be a string, got None"),
    "mode 3": (IMAGE, {"size": 4, "mode": 3}, TypeError, "mode must be a string, got 3"),
    "a list of modes": (IMAGE, {"size": 4, "mode": ["bilinear"]}, TypeError, "mode must be a string, got"),
    "align_corners of nearest": (
        IMAGE,
        {"size": 4, "align_corners": False},
        ValueError,
        "align_corners is no option of nearest",
    ),
    "align_corners of nearest-exact": (
        IMAGE,
        {"size": 4, "mode": "nearest-exact", "align_corners": True},
        ValueError,
        "align_corners is no option of nearest-exact",
    ),
    "align_corners of area": (
        IMAGE,
        {"size": 4, "mode": "area", "align_corners": False},
        ValueError,
        "align_corners is no option of area",
    ),
    "align_corners of lanczos": (
        IMAGE,
        {"size": 4, "mode": "lanczos", "align_corners": True, "antialias": True},
        ValueError,
        "align_corners is no option of lanczos",
    ),
    "align_corners 'yes'": (
        IMAGE,
        {"size": 4, "mode": "bilinear", "align_corners": "yes"},
        TypeError,
        "align_corners must be None or False or True, got 'yes'",
    ),
    "align_corners 2": (
        IMAGE,
        {"size": 4, "mode": "bilinear", "align_corners": 2},
        TypeError,
        "align_corners must be None or False or True, got 2",
    ),
    **{
        f"align_corners {value!r}": (
            IMAGE,
            {"size": 4, "mode": "bilinear", "align_corners": value},
            TypeError,
            f"align_corners must be None or False or True, got {value}",
        )
        for value in (0, 1, 0.0, 1.0)
    },
    "size 0 of area's height": (
        IMAGE,
        {"size": (-1, 4), "mode": "area"},
        ValueError,
        "size must be at least 0 on every axis, got -1",
    ),
    "a list of align_corners": (
        IMAGE,
        {"size": 4, "mode": "bilinear", "align_corners": [True]},
        TypeError,
        r"align_corners must be None or False or True, got \[True\]",
    ),
    "antialias of nearest": (IMAGE, {"size": 4, "antialias": True}, ValueError, "antialias is no option of nearest"),
    "antialias of area": (
        IMAGE,
        {"size": 4, "mode": "area", "antialias": True},
        ValueError,
        "antialias is no option of area",
    ),
    "antialias None": (IMAGE, {"size": 4, "antialias": None}, TypeError, "antialias must be False or True, got None"),
    "lanczos without antialias": (IMAGE, {"size": 4, "mode": "lanczos"}, ValueError, "lanczos needs antialias=True"),
    "recompute_scale_factor 'x'": (
        IMAGE,
        {"scale_factor": 2, "recompute_scale_factor": "x"},
        TypeError,
        "recompute_scale_factor must be None or False or True, got 'x'",
    ),
    # Bounds
    "clamp 1": (IMAGE, {"size": 4, "clamp": 1}, TypeError, r"clamp must be a pair \(low, high\), got 1"),
    "one bound": (IMAGE, {"size": 4, "clamp": (1,)}, ValueError, r"clamp must be a pair \(low, high\), got 1 entries"),
    "three bounds": (IMAGE, {"size": 4, "clamp": (1, 2, 3)}, ValueError, "got 3 entries"),
    "bounds of text": (IMAGE, {"size": 4, "clamp": ("0", 1)}, TypeError, "clamp must be made of real numbers"),
    "crossed bounds": (IMAGE, {"size": 4, "clamp": (2, 1)}, ValueError, "low bound .* not above .*, got 2 and 1"),
    "bound NaN": (IMAGE, {"size": 4, "clamp": (np.nan, 1)}, ValueError, "low bound .*, got nan and 1"),
    "bounds around no integer": (
        IMAGE.astype("i2"),
        {"size": 4, "mode": "bilinear", "clamp": (1.2, 1.8)},
        ValueError,
        "clamp leaves no value of int16",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused_twice(case: str) -> None:
    input, arguments, exception, message = REFUSED[case]
    for _ in range(2):  # a refused call must leave nothing in the cache
        with pytest.raises(exception, match=message) as caught:
            sr.interpolate(input, **arguments)
        assert caught.type is exception


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_call_leaves_out_alone(case: str) -> None:
    input, arguments, exception, message = REFUSED[case]
    rank = input.ndim if isinstance(input, np.ndarray) else 4
    out = np.full((1, 2) + (4,) * (rank - 2), 7, getattr(input, "dtype", np.float32) if rank > 2 else np.float32)
    before = out.copy()
    with pytest.raises(exception, match=message):
        sr.interpolate(input, **arguments, out=out)
    np.testing.assert_array_equal(out, before)


@pytest.mark.parametrize("case", [name for name, (input, *_) in REFUSED.items() if isinstance(input, np.ndarray)])
def test_a_plan_refuses_what_interpolate_refuses(case: str) -> None:
    input, arguments, exception, message = REFUSED[case]
    if isinstance(input, np.ma.MaskedArray):
        pytest.skip("a plan knows the shape and the dtype alone")
    with pytest.raises(exception, match=message):
        sr.Plan(input.shape, input.dtype, **arguments)


def test_fractions_are_real_numbers() -> None:
    assert sr.interpolate(IMAGE, scale_factor=Fraction(3, 2)).shape == (1, 2, 12, 12)


@pytest.mark.skipif(BFLOAT16 is None, reason="ml_dtypes is not installed")
def test_other_dtypes_of_ml_dtypes_are_refused() -> None:
    import ml_dtypes

    with pytest.raises(TypeError, match=r"dtype must be .*, got float8_e5m2"):
        sr.interpolate(LINE.astype(ml_dtypes.float8_e5m2), size=4)


# ---- Memory ----------------------------------------------------------------------------------------------------------


def test_an_output_that_fits_no_memory_is_a_memory_error() -> None:
    with pytest.raises(MemoryError):
        sr.interpolate(np.ones((1, 1, 2, 2), np.uint8), size=2**22)
    with pytest.raises(MemoryError):
        sr.interpolate(np.broadcast_to(np.float32(1), (2**20, 2**18, 4)), size=4, mode="linear")


def test_what_has_more_bytes_than_there_are_addresses_is_refused() -> None:
    with pytest.raises(ValueError, match=r"an input of shape \(.*\) is too large"):
        sr.Plan((2**40, 2**40, 8), size=4)
    with pytest.raises(ValueError, match=r"an output of shape \(.*\) is too large"):
        sr.Plan((1, 1, 2, 2), np.uint8, size=2**31 - 1)  # 2^62 bytes


# ---- out -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_an_out_that_overlaps_the_input_is_refused_and_left_alone(mode: str) -> None:
    memory = samples((64,), np.float32)
    before = memory.copy()
    image = memory[:32].reshape(1, 2, 4, 4)
    overlapping = {
        "the input itself": image,
        "its last element": memory[31:63].reshape(1, 2, 4, 4),
        "backwards": memory[:32][::-1].reshape(1, 2, 4, 4),
    }
    for name, out in overlapping.items():
        with pytest.raises(ValueError, match="the output overlaps the input"):
            sr.interpolate(image, size=4, mode=mode, out=out)
        np.testing.assert_array_equal(memory, before, err_msg=name)


def test_an_out_between_the_samples_of_the_input_is_written() -> None:
    memory = np.ones((1, 2, 4, 8), np.float32)
    sr.interpolate(memory[..., ::2], size=4, mode="bilinear", clamp=(3, 4), out=memory[..., 1::2])
    np.testing.assert_array_equal(memory[0, 0, 0], [1, 3] * 4)


def test_an_out_right_behind_the_input_is_written() -> None:
    memory = np.ones(64, np.float32)
    sr.interpolate(memory[:32].reshape(1, 2, 4, 4), size=4, clamp=(3, 4), out=memory[32:].reshape(1, 2, 4, 4))
    np.testing.assert_array_equal(memory, [1] * 32 + [3] * 32)


# ---- The other functions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "exception", "message"),
    [
        (0, ValueError, "0"),
        (-1, ValueError, "-1"),
        (1025, ValueError, "1025"),
        (2**32 + 1, ValueError, "must fit into 32 bits, got 4294967297"),
        (1.5, TypeError, "integer"),
        ("2", TypeError, "integer"),
        (None, TypeError, "integer"),
    ],
)
def test_a_number_of_threads_that_cannot_be_is_refused(n: Any, exception: type[Exception], message: str) -> None:
    before = sr.get_num_threads()
    with pytest.raises(exception, match=re.escape(message)):
        sr.set_num_threads(n)
    assert sr.get_num_threads() == before


def test_strides_that_no_memory_has_are_refused() -> None:
    memory = np.zeros(64, np.uint8)
    huge = 1 << 62
    view = np.lib.stride_tricks.as_strided(memory, (1, 1, 2, 2), (0, 0, huge, huge >> 1))
    with pytest.raises(ValueError, match="strides that are too large"):
        sr.interpolate(view, size=2, out=view)
