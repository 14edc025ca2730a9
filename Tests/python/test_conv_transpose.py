"""conv_transpose1d, 2d and 3d: what they return, for arrays in any memory format, and what they refuse."""

from __future__ import annotations

import inspect
import time
from typing import Any

import neighbours_cases as neighbours
import numpy as np
import pytest
from arrays import FORMATS, WRITEABLE_FORMATS, assert_same_bits, channels_last, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FUNCTIONS = {1: sr.conv_transpose1d, 2: sr.conv_transpose2d, 3: sr.conv_transpose3d}
DTYPES = [numpy_dtype(name) for name in (*neighbours.FLOATS, "int64")]

# Every kind of call: axes, input, weight, options. Long enough for the widest vectors, and odd.
CALLS: dict[str, tuple[int, tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "1d": (1, (2, 3, 83), (3, 5, 4), {"stride": 2, "padding": 1}),
    "1d-dilation": (1, (2, 3, 37), (3, 5, 3), {"dilation": 3}),
    "2d-x2": (2, (2, 6, 9, 19), (6, 5, 4, 4), {"stride": 2, "padding": 1}),
    "2d-kernel-is-stride": (2, (2, 6, 9, 19), (6, 5, 2, 2), {"stride": 2}),
    "2d-odd": (2, (2, 6, 9, 19), (6, 5, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    "2d-stride-1": (2, (2, 6, 9, 19), (6, 5, 3, 3), {"padding": 1}),
    "2d-groups": (2, (2, 6, 9, 19), (6, 5, 3, 4), {"stride": (3, 2), "groups": 3, "padding": (2, 0)}),
    "2d-depthwise": (2, (2, 6, 9, 19), (6, 1, 4, 4), {"stride": 2, "groups": 6, "padding": 1}),
    "2d-gaps": (2, (2, 6, 9, 19), (6, 5, 2, 3), {"stride": (4, 5), "output_padding": (3, 1)}),
    "2d-dilation": (2, (2, 6, 9, 19), (6, 5, 3, 3), {"stride": (2, 1), "dilation": (2, 3), "output_padding": (1, 2)}),
    "2d-1x1": (2, (2, 6, 9, 19), (6, 33, 1, 1), {}),
    "3d": (3, (2, 3, 4, 5, 11), (3, 4, 3, 2, 4), {"stride": (1, 2, 2), "padding": (1, 0, 1)}),
}


def call_of(name: str, dtype: Any, bias: bool = True) -> neighbours.Call:
    """One of the calls above."""
    axes, shape, kernel, options = CALLS[name]
    arrays = [samples(shape, dtype, 1), samples(kernel, dtype, 2)]
    if bias:
        arrays.append(samples((kernel[1] * options.get("groups", 1),), dtype, 4))
    return neighbours.Call(neighbours.CONV_TRANSPOSE[axes], tuple(arrays), options)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.__name__)
def test_the_parameters_are_pytorchs(function: Any) -> None:
    parameters = inspect.signature(function).parameters
    assert {name: parameter.default for name, parameter in list(parameters.items())[2:]} == {
        "bias": None,
        "stride": 1,
        "padding": 0,
        "output_padding": 0,
        "groups": 1,
        "dilation": 1,
        "out": None,
    }
    assert list(parameters)[:2] == ["input", "weight"]


@pytest.mark.parametrize("batch", range(6))
@pytest.mark.numbers
def test_random_calls_agree_with_the_oracle(batch: int) -> None:
    for call in neighbours.random_calls(neighbours.conv_transpose, seed=200 + batch, count=250):
        neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.numbers
def test_every_kind_agrees_with_the_oracle(name: str, dtype: np.dtype[Any], bias: bool) -> None:
    call = call_of(name, dtype, bias)
    neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize(("channels", "length"), [(1, 1), (300, 5), (5, 600), (70, 70)])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.numbers
def test_many_channels_and_long_axes_agree_with_the_oracle(channels: int, length: int, dtype: np.dtype[Any]) -> None:
    arrays = (samples((1, channels, 2, length), dtype, 1), samples((channels, 37, 3, 4), dtype, 2))
    call = neighbours.Call("conv_transpose2d", arrays, {"stride": 2, "padding": 1})
    neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


def test_int64_wraps() -> None:
    input, weight = np.full((1, 2, 3), 2**62), np.full((2, 1, 2), 3)
    output = sr.conv_transpose1d(input, weight, np.array([-1]))  # 3 * 2^63 - 1 at the ends, 3 * 2^64 - 1 between
    assert output.tolist() == [[[2**63 - 1, -1, -1, 2**63 - 1]]]


def test_weights_of_one_repeat_samples() -> None:
    input = samples((1, 3, 5, 6), np.float32)
    output = sr.conv_transpose2d(input, np.ones((3, 1, 2, 2), np.float32), stride=2, groups=3)
    assert_same_bits(output, input.repeat(2, axis=2).repeat(2, axis=3))


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("dilation", [1, 29_999])
def test_the_time_is_that_of_the_output_and_not_of_stride_times_kernel(axis: int, dilation: int) -> None:
    length = 30_000
    lengths = [1, 1, 1]
    lengths[axis] = length if dilation == 1 else 2
    kernel = np.arange(1, lengths[axis] + 1, dtype=np.float32).reshape((1, 1, *lengths))
    strides, dilations = [1, 1, 1], [1, 1, 1]
    strides[axis], dilations[axis] = length, dilation
    images = np.ones((1, 1, 3, 3, 3), np.float32)
    before = time.perf_counter()
    output = sr.conv_transpose3d(images, kernel, stride=tuple(strides), dilation=tuple(dilations))
    # A hundred times what it takes; as many steps as stride * kernel took seconds for each row.
    assert time.perf_counter() - before < 3
    along = np.moveaxis(output, axis + 2, -1).reshape(9, -1)
    if dilation == 1:
        np.testing.assert_array_equal(along, np.tile(kernel.ravel(), (9, 3)))
    else:
        expected = np.zeros(2 * length + dilation + 1, np.float32)
        expected[::length] += 1
        expected[dilation::length] += 2
        np.testing.assert_array_equal(along, np.tile(expected, (9, 1)))


def test_infinite_and_missing_samples_stay_where_they_are() -> None:
    input = np.ones((1, 1, 1, 9), np.float32)
    input[..., 2], input[..., 6] = np.inf, np.nan
    output = sr.conv_transpose2d(input, np.ones((1, 1, 1, 2), np.float32), stride=(1, 2))
    np.testing.assert_array_equal(output, input.repeat(2, axis=3))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_an_empty_batch_takes_what_pytorch_takes(axes: int) -> None:
    convolve = getattr(sr, f"conv_transpose{axes}d")
    backward = getattr(sr, f"conv_transpose{axes}d_backward")
    module = getattr(sr.nn, f"ConvTranspose{axes}d")
    for length, kernel, options, expected in (
        (3, 3, {"output_padding": 1}, 6),
        (3, 3, {"stride": 2, "output_padding": 3}, 10),
        (3, 3, {"dilation": 2, "output_padding": 2}, 9),
        (0, 3, {}, 2),
        (0, 1, {}, 0),
        (2, 3, {"padding": 2}, 0),
    ):
        input, weight = np.ones((0, 2, *[length] * axes), np.float32), np.ones((2, 3, *[kernel] * axes), np.float32)
        output = convolve(input, weight, **options)
        assert output.shape == (0, 3, *[expected] * axes)
        assert module(2, 3, kernel, **options)(input).shape == output.shape
        gradients = backward(output, input, weight, **options)
        assert [gradient.shape for gradient in gradients] == [input.shape, weight.shape, (3,)]
        assert not any(gradient.any() for gradient in gradients)
        with pytest.raises(ValueError, match=r"output_padding|empty|leaves an output"):
            convolve(np.ones((1, *input.shape[1:]), np.float32), weight, **options)
    with pytest.raises(ValueError, match="leaves an output of -1"):
        convolve(np.ones((0, 2, *[1] * axes), np.float32), np.ones((2, 3, *[1] * axes), np.float32), padding=1)


# ---- Arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one_each", [(2, 2), [2, 2], np.array([2, 2]), (np.int8(2), 2), (2,), np.array(2), np.int64(2)]
)
def test_options_are_any_integers(one_each: Any) -> None:
    input, weight = samples((1, 2, 5, 6), np.float32), samples((2, 3, 5, 5), np.float32)
    expected = sr.conv_transpose2d(input, weight, None, 2, 1, 1, 1, 2)
    assert_same_bits(
        sr.conv_transpose2d(input, weight, stride=one_each, padding=1, output_padding=1, dilation=2), expected
    )
    assert_same_bits(
        sr.conv_transpose2d(input, weight, stride=2, padding=1, output_padding=1, dilation=one_each), expected
    )
    assert_same_bits(
        sr.conv_transpose2d(input, weight, stride=3, padding=one_each, output_padding=one_each),
        sr.conv_transpose2d(input, weight, stride=3, padding=2, output_padding=2),
    )


@pytest.mark.parametrize("name", ["1d", "2d-groups", "3d"])
def test_an_input_without_a_batch_gives_an_output_without_one(name: str) -> None:
    input, *others = call_of(name, np.float32).arrays
    options = CALLS[name][3]
    function = FUNCTIONS[CALLS[name][0]]
    expected = function(input[:1], *others, **options)
    output = function(input[0], *others, **options)
    assert output.shape == expected.shape[1:]
    assert_same_bits(output, expected[0])
    out = np.zeros_like(output)
    assert function(input[0], *others, **options, out=out) is out
    assert_same_bits(out, expected[0])


def test_an_unbatched_out_must_have_no_batch() -> None:
    input, weight = np.ones((2, 4, 4), np.float32), np.ones((2, 3, 2, 2), np.float32)
    for shape in ((1, 3, 5, 5), (3, 5), (3, 5, 4)):
        out = np.zeros(shape, np.float32)
        with pytest.raises(ValueError, match=r"output must have shape \(3, 5, 5\), got"):
            sr.conv_transpose2d(input, weight, out=out)
        assert not out.any()


@pytest.mark.parametrize("images", [0, 1, 3])
def test_images_do_not_depend_on_one_another(images: int) -> None:
    call = call_of("2d-x2", np.float32)
    input, weight, bias = call.arrays
    input = np.concatenate([input, input[:1]])[:images]
    output = sr.conv_transpose2d(input, weight, bias, **call.options)
    assert output.shape == (images, 5, 18, 38)
    for image in range(images):
        apart = sr.conv_transpose2d(input[image : image + 1], weight, bias, **call.options)
        assert_same_bits(output[image : image + 1], apart)


# ---- Memory formats and threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_memory_format_gives_the_same_bits(name: str, dtype: np.dtype[Any]) -> None:
    call = call_of(name, dtype)
    function, options = FUNCTIONS[CALLS[name][0]], call.options
    input, weight, bias = call.arrays
    expected = call.of(sr)
    for other, format_of in FORMATS.items():
        assert_same_bits(function(format_of(input), weight, bias, **options), expected, f"input {other}")
        assert_same_bits(function(input, format_of(weight), bias, **options), expected, f"weight {other}")
        if other not in ("channels_last", "cropped_channels_last", "swapped_axes"):
            assert_same_bits(function(input, weight, format_of(bias), **options), expected, f"bias {other}")
    for other, format_of in WRITEABLE_FORMATS.items():
        out = format_of(samples(expected.shape, dtype, seed=3))
        assert function(input, weight, bias, **options, out=out) is out
        assert_same_bits(out, expected, f"out {other}")


@pytest.mark.parametrize("name", CALLS)
def test_broadcast_axes_give_the_same_bits(name: str) -> None:
    call = call_of(name, np.float32)
    function = FUNCTIONS[CALLS[name][0]]
    for which, array in enumerate(call.arrays):
        for axis in range(array.ndim):
            arrays = list(call.arrays)
            arrays[which] = np.broadcast_to(array.take([0], axis), array.shape)
            expected = function(*(array.copy() for array in arrays), **call.options)
            assert_same_bits(function(*arrays, **call.options), expected)


@pytest.mark.parametrize("shape", [(2, 6, 9, 19), (6, 9, 19)])
def test_channels_last_stays_channels_last(shape: tuple[int, ...]) -> None:
    weight = samples((6, 5, 4, 4), np.float32)
    input = np.moveaxis(np.ascontiguousarray(np.moveaxis(samples(shape, np.float32), -3, -1)), -1, -3)
    output = sr.conv_transpose2d(input, weight, stride=2)
    assert np.moveaxis(output, -3, -1).flags.c_contiguous
    assert not output.flags.c_contiguous
    assert sr.conv_transpose2d(input.copy(), weight, stride=2).flags.c_contiguous


def test_foreign_byte_orders_are_converted() -> None:
    call = call_of("2d-x2", np.float32)
    expected = call.of(sr)
    assert_same_bits(sr.conv_transpose2d(*(array.astype(">f4") for array in call.arrays), **call.options), expected)
    input, weight, bias = call.arrays
    assert_same_bits(sr.conv_transpose2d(input, weight.astype(">f4"), bias, **call.options), expected)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_the_number_of_threads_changes_no_bit(name: str, dtype: str) -> None:
    axes, shape, kernel, options = CALLS[name]
    input = samples((shape[0], shape[1], *(length * 3 for length in shape[2:])), dtype)
    weight = samples(kernel, dtype)
    before = sr.get_num_threads()
    try:
        for format_of in (np.ascontiguousarray, channels_last):
            results = []
            for n in (1, 2, 5):
                sr.set_num_threads(n)
                results.append(FUNCTIONS[axes](format_of(input), weight, **options))
            for result in results[1:]:
                assert_same_bits(result, results[0])
    finally:
        sr.set_num_threads(before)


def test_infinite_weights_do_not_show_the_number_of_threads() -> None:
    """Zeros around the input meet them at the borders: which of these are computed must not depend on the tasks."""
    weight = np.ones((16, 16, 5, 5), np.float32)
    weight[1, 1, 0, 2] = np.inf
    images = np.ones((1, 16, 40, 40), np.float32)
    threads = sr.get_num_threads()
    try:
        found = []
        for count in (1, 2, 3, 8):
            sr.set_num_threads(count)
            gradients = sr.conv_transpose2d_backward(images, images, weight, padding=2)
            found.append((sr.conv_transpose2d(images, weight, padding=2), *gradients))
    finally:
        sr.set_num_threads(threads)
    for other in found[1:]:
        for array, first in zip(other, found[0]):
            assert_same_bits(array, first)


def test_samples_between_those_of_a_strided_out_are_left_alone() -> None:
    larger = np.full((1, 2, 8, 24), 7, np.float32)
    input, weight = np.ones((1, 1, 4, 4), np.float32), np.ones((1, 1, 2, 2), np.float32)
    sr.conv_transpose2d(input, weight, stride=2, out=larger[:, :1, :, ::3])
    assert (larger[:, :1, :, ::3] == 1).all()
    larger[:, :1, :, ::3] = 7
    assert (larger == 7).all()


# ---- Bad calls -------------------------------------------------------------------------------------------------------

IMAGE = np.ones((1, 4, 5, 5), np.float32)
WEIGHT = np.ones((4, 2, 3, 3), np.float32)
BIAS = np.ones(2, np.float32)
MANY = np.broadcast_to(np.float32(1), (2**20, 4, 5, 5))

# input, weight, bias, options, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], WEIGHT, None, {}, TypeError, r"input must be a numpy\.ndarray, got builtins\.list"),
    "a list of weights": (IMAGE, [1.0], None, {}, TypeError, r"weight must be a numpy\.ndarray, got builtins\.list"),
    "a bias of 1": (IMAGE, WEIGHT, 1, {}, TypeError, r"bias must be a numpy\.ndarray, got builtins\.int"),
    "a masked weight": (IMAGE, np.ma.masked_equal(WEIGHT, 0), None, {}, TypeError, "weight must be an array without a"),
    # dtypes
    "another weight": (
        IMAGE,
        WEIGHT.astype("f8"),
        None,
        {},
        TypeError,
        "weight must have the dtype of input, float32, got float64",
    ),
    "another bias": (
        IMAGE,
        WEIGHT,
        BIAS.astype("f2"),
        {},
        TypeError,
        "bias must have the dtype of input, float32, got float16",
    ),
    "objects": (IMAGE.astype(object), WEIGHT.astype(object), None, {}, TypeError, "dtype must be .*, got object"),
    "bool": (IMAGE.astype(bool), WEIGHT.astype(bool), None, {}, TypeError, "bool"),
    "int32": (IMAGE.astype("i4"), WEIGHT.astype("i4"), None, {}, TypeError, "int32"),
    "uint64": (IMAGE.astype("u8"), WEIGHT.astype("u8"), None, {}, TypeError, "uint64"),
    "complex": (IMAGE.astype("c8"), WEIGHT.astype("c8"), None, {}, TypeError, "complex64"),
    # Ranks and shapes
    "2-D": (IMAGE[0, 0], WEIGHT, None, {}, ValueError, r"input must be 4-D \(N, C, H, W\) or 3-D \(C, H, W\), got 2-D"),
    "5-D": (IMAGE[None], WEIGHT, None, {}, ValueError, "input must be 4-D .*, got 5-D"),
    "0-D": (np.ones((), "f4"), WEIGHT, None, {}, ValueError, "input must be 4-D .*, got 0-D"),
    "a 3-D weight": (IMAGE, WEIGHT[0], None, {}, ValueError, "weight must be 4-D, got 3-D"),
    "a 5-D weight": (IMAGE, WEIGHT[None], None, {}, ValueError, "weight must be 4-D, got 5-D"),
    "other channels": (
        IMAGE,
        WEIGHT[:3],
        None,
        {},
        ValueError,
        r"weight \(3, 2, 3, 3\) must begin with the input's channels",
    ),
    "no channels": (IMAGE[:, :0], WEIGHT[:0], None, {}, ValueError, r"weight \(0, 2, 3, 3\) must begin"),
    "no output channels": (IMAGE, WEIGHT[:, :0], None, {}, ValueError, "give no number of channels"),
    "no kernel": (IMAGE, WEIGHT[..., :0], None, {}, ValueError, "weight has an empty spatial axis"),
    "no height": (IMAGE[:, :, :0], WEIGHT, None, {}, ValueError, "input has an empty spatial axis"),
    "a short bias": (IMAGE, WEIGHT, BIAS[:1], {}, ValueError, r"bias must have shape \(2,?\), got \(1,?\)"),
    "a 2-D bias": (IMAGE, WEIGHT, BIAS[None], {}, ValueError, r"bias must have shape \(2,?\), got \(1, 2\)"),
    "a bias of one group": (IMAGE, WEIGHT, BIAS, {"groups": 2}, ValueError, "bias must have shape"),
    # Groups
    "groups 0": (IMAGE, WEIGHT, None, {"groups": 0}, ValueError, "groups must be positive, got 0"),
    "groups -1": (IMAGE, WEIGHT, None, {"groups": -1}, ValueError, "groups must be positive, got -1"),
    "groups 3": (IMAGE, WEIGHT, None, {"groups": 3}, ValueError, "channels must be divisible by groups 3, got 4"),
    "groups 2^31": (IMAGE, WEIGHT, None, {"groups": 2**31}, ValueError, "divisible by groups 2147483648"),
    "groups 2^62": (IMAGE, WEIGHT, None, {"groups": 2**62}, ValueError, "divisible by groups 4611"),
    "groups 2^64": (IMAGE, WEIGHT, None, {"groups": 2**64}, ValueError, "groups must fit into 64 bits"),
    "groups 1.0": (IMAGE, WEIGHT, None, {"groups": 1.0}, TypeError, r"groups must be an integer, got 1\.0"),
    "groups True": (IMAGE, WEIGHT, None, {"groups": True}, TypeError, "groups must be an integer, got True"),
    "groups (1, 1)": (IMAGE, WEIGHT, None, {"groups": (1, 1)}, TypeError, "groups must be an integer"),
    # Stride and the like
    **{
        f"{name} {value}": (IMAGE, WEIGHT, None, {name: value}, ValueError, name)
        for name in ("stride", "padding", "output_padding", "dilation")
        for value in (-1, (1, -1), -(2**63), 2**31, 2**62, 2**63 - 1, (1, 2**62))
    },
    **{
        f"{name} {value!r}": (IMAGE, WEIGHT, None, {name: value}, exception, message)
        for name in ("stride", "padding", "output_padding", "dilation")
        for value, exception, message in (
            ((1, 1, 1), ValueError, f"{name} must have 2 entries"),
            ((1,) * 9, ValueError, f"{name} must have 2 entries"),
            ((), ValueError, f"{name} must have an entry for each spatial axis, got an empty sequence"),
            (2**63, ValueError, f"{name} must fit into 64 bits"),
            ((1, 2**64 + 1), ValueError, f"{name} must fit into 64 bits"),
            (1.0, TypeError, rf"{name} must be made of integers, got 1\.0"),
            ((1, None), TypeError, rf"{name} must be made of integers, got \(1, None\)"),
            (None, TypeError, f"{name} must be made of integers, got None"),
            (True, TypeError, f"{name} must be made of integers, got True"),
            ("same", TypeError, f"{name} must be made of integers, got 'same'"),
        )
    },
    "stride 0": (IMAGE, WEIGHT, None, {"stride": 0}, ValueError, "stride"),
    "one stride 0": (IMAGE, WEIGHT, None, {"stride": (1, 0)}, ValueError, "stride"),
    "dilation 0": (IMAGE, WEIGHT, None, {"dilation": (0, 1)}, ValueError, "dilation"),
    "output_padding 1": (IMAGE, WEIGHT, None, {"output_padding": 1}, ValueError, "output_padding"),
    "output_padding 2": (IMAGE, WEIGHT, None, {"output_padding": 2, "stride": 2}, ValueError, "output_padding"),
    "one output_padding 3": (
        IMAGE,
        WEIGHT,
        None,
        {"output_padding": (2, 3), "stride": (3, 2), "dilation": (1, 3)},
        ValueError,
        "output_padding",
    ),
    "nothing left": (IMAGE, WEIGHT, None, {"padding": (3, 4)}, ValueError, "padding 4 leaves an output of -1 samples"),
    "less than nothing left": (
        IMAGE,
        WEIGHT,
        None,
        {"padding": 4},
        ValueError,
        "padding 4 leaves an output of -1 samples",
    ),
    "a product that is too large": (MANY, WEIGHT, None, {"stride": 2**24}, ValueError, "too large"),
    "an output that fits no memory": (IMAGE, WEIGHT, None, {"stride": 2**20}, MemoryError, "allocate"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused_and_leaves_out_alone(case: str) -> None:
    input, weight, bias, options, exception, message = REFUSED[case]
    with pytest.raises(exception, match=message) as caught:
        sr.conv_transpose2d(input, weight, bias, **options)
    assert caught.type is exception or exception is MemoryError  # NumPy has one of its own
    out = np.full((1, 2, 7, 7), 7, getattr(input, "dtype", np.float32))
    before = out.copy()
    with pytest.raises((ValueError, TypeError)) as caught:
        sr.conv_transpose2d(input, weight, bias, **options, out=out)
    assert caught.type is exception or exception is MemoryError
    np.testing.assert_array_equal(out, before)


def test_output_padding_below_the_dilation_is_taken() -> None:
    assert sr.conv_transpose2d(IMAGE, WEIGHT, output_padding=1, dilation=2).shape == (1, 2, 10, 10)


def test_each_rank_has_its_function() -> None:
    line, line_weight = np.ones((1, 4, 5), np.float32), np.ones((4, 2, 3), np.float32)
    with pytest.raises(ValueError, match=r"input must be 3-D \(N, C, W\) or 2-D \(C, W\), got 4-D"):
        sr.conv_transpose1d(IMAGE, WEIGHT)
    with pytest.raises(ValueError, match=r"input must be 5-D \(N, C, D, H, W\) or 4-D .*, got 3-D"):
        sr.conv_transpose3d(line, line_weight)
    with pytest.raises(ValueError, match="weight must be 5-D, got 4-D"):
        sr.conv_transpose3d(IMAGE, WEIGHT)
    with pytest.raises(ValueError, match=r"stride must have 1 entr\w+, got 2"):
        sr.conv_transpose1d(line, line_weight, stride=(1, 1))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_an_out_that_overlaps_another_array_is_refused_and_left_alone(which: int) -> None:
    arrays = [IMAGE, WEIGHT, BIAS]
    size = arrays[which].size
    memory = samples((size + 97,), np.float32)
    before = memory.copy()
    arrays[which] = memory[:size].reshape(arrays[which].shape)
    for start in (0, size - 1):
        out = memory[start : start + 98].reshape(1, 2, 7, 7) if start + 98 <= memory.size else None
        with pytest.raises(ValueError, match="the output overlaps"):
            sr.conv_transpose2d(*arrays, out=out)
        np.testing.assert_array_equal(memory, before)
