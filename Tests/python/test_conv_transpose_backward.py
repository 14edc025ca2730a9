"""The backward of conv_transpose1d, 2d and 3d: what it returns of special values, and what it refuses."""

from __future__ import annotations

import time
from typing import Any

import gradients_cases as gradients
import numpy as np
import pytest
from arrays import assert_same_bits, channels_last, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FLOATS = [numpy_dtype(name) for name in gradients.FLOATS]
CONVOLUTIONS = [name for name in gradients.KINDS if name.startswith("conv")]

#: As in test_interpolate_backward.py: sums of the same products differ by their rounding alone.
SAME_PRODUCT = 1e-13


def assert_same_sum(one: Any, other: Any, what: str) -> None:
    difference = abs(one.sum() - other.sum())
    assert difference <= SAME_PRODUCT * (np.abs(one).sum() + np.abs(other).sum()), f"{difference:.3g} for {what}"


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_gradients_are_the_transpose(name: str) -> None:
    call = gradients.of_kind(name, np.float64)
    grad_output, input, weight = call.arrays
    outputs = grad_output.shape[0 if input.ndim < weight.ndim else 1]
    bias = samples((outputs,), np.float64, 9)
    forward = getattr(sr, call.operator)
    grad_input, grad_weight, grad_bias = call.of(sr)
    # The operator is linear in the input, in the weight and in the bias.
    product = grad_output * forward(input, weight, **call.options)
    assert_same_sum(product, grad_input * input, name)
    assert_same_sum(product, grad_weight * weight, name)
    assert_same_sum(grad_output * forward(0 * input, weight, bias, **call.options), grad_bias * bias, name)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_whole_numbers_are_exact(dtype: np.dtype[Any]) -> None:
    random = np.random.default_rng(3)
    grad_output, input, weight = (
        random.integers(-1, 2, shape).astype(dtype) for shape in ((1, 2, 7, 9), (1, 3, 3, 4), (3, 2, 3, 3))
    )
    options = {"stride": 2, "padding": 0}
    call = gradients.Call("conv_transpose2d", (grad_output, input, weight), options)
    for one, expected in zip(call.of(sr), call.expected()):
        np.testing.assert_array_equal(one.astype(np.float64), expected)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("shape", [(1, 2, 300, 400), (40, 2, 30, 40)])
def test_long_sums_are_right(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    # Positive, so that the sums are as large as those of the magnitudes; a half type could not count so far.
    random = np.random.default_rng(4)
    input = random.random(shape).astype(dtype)
    grad_output = random.random((shape[0], 3, *(2 * length for length in shape[2:]))).astype(dtype)
    grad_output = grad_output * dtype.type(2**-8)  # within float16
    weight = random.random((2, 3, 2, 2)).astype(dtype)
    call = gradients.Call("conv_transpose2d", (grad_output, input, weight), {"stride": 2})
    gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")


def test_padding_that_cuts_all_but_a_sample() -> None:
    input, weight = samples((2, 3, 1, 1), np.float64, 1), samples((3, 2, 3, 3), np.float64, 2)
    grad_output = samples((2, 2, 1, 1), np.float64, 3)
    grad_input, grad_weight, grad_bias = sr.conv_transpose2d_backward(grad_output, input, weight, padding=1)
    np.testing.assert_allclose(
        grad_input[..., 0, 0], np.einsum("no,io->ni", grad_output[..., 0, 0], weight[..., 1, 1]), rtol=1e-14
    )
    expected = np.zeros_like(weight)
    expected[..., 1, 1] = np.einsum("ni,no->io", input[..., 0, 0], grad_output[..., 0, 0])
    np.testing.assert_allclose(grad_weight, expected, rtol=1e-14)
    np.testing.assert_allclose(grad_bias, grad_output.sum((0, 2, 3)), rtol=1e-14)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_gradients_of_gaps_reach_nothing_but_the_bias(axes: int, dtype: np.dtype[Any], value: float) -> None:
    # With a stride beyond the kernel no product reaches the samples between.
    input, weight = samples((2, 5, *(4,) * axes), dtype, 1), samples((5, 3, *(2,) * axes), dtype, 2)
    options = {"stride": 4, "output_padding": 2}
    forward = getattr(sr, f"conv_transpose{axes}d")
    ones = forward(np.ones_like(input), np.ones_like(weight), **options)
    for format_of in (np.ascontiguousarray, channels_last):
        grad_output = samples(ones.shape, dtype, 3)
        expected = gradients.Call(f"conv_transpose{axes}d", (grad_output, input, weight), options).of(sr)
        spoilt = format_of(np.where(ones == 0, np.array(value, dtype), grad_output))
        actual = gradients.Call(f"conv_transpose{axes}d", (spoilt, input, weight), options).of(sr)
        for one, other in zip(actual[:2], expected[:2]):
            assert_same_bits(one, other)
        assert not np.isfinite(actual[2].astype(np.float64)).any()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_infinities_and_nan_stay_where_they_belong(dtype: np.dtype[Any], value: float) -> None:
    call = gradients.of_kind("conv 2d 2x2", dtype)
    grad_output, input, weight = call.arrays
    expected = call.of(sr)
    # One sample of the gradient: one sample of the input and one of the kernel meet in it.
    spoilt = grad_output.copy()
    spoilt[1, 2, 7, 13] = value
    grad_input, grad_weight, grad_bias = sr.conv_transpose2d_backward(spoilt, input, weight, **call.options)
    reached = np.zeros(input.shape, bool)
    reached[1, :, 3, 6] = True
    reached_weight = np.zeros(weight.shape, bool)
    reached_weight[:, 2, 1, 1] = True
    for one, other, where in (
        (grad_input, expected[0], reached),
        (grad_weight, expected[1], reached_weight),
        (grad_bias, expected[2], np.arange(5) == 2),
    ):
        assert not np.isfinite(one[where].astype(np.float64)).any()
        assert_same_bits(one[~where], other[~where])
    # One sample of the input, and one of the weight.
    changed = input.copy()
    changed[1, 4, 3, 6] = value
    grad_input, grad_weight, grad_bias = sr.conv_transpose2d_backward(grad_output, changed, weight, **call.options)
    assert_same_bits(grad_input, expected[0])
    assert_same_bits(grad_bias, expected[2])
    assert not np.isfinite(grad_weight[4].astype(np.float64)).any()
    assert_same_bits(np.delete(grad_weight, 4, 0), np.delete(expected[1], 4, 0))
    changed = weight.copy()
    changed[4, 2, 1, 1] = value
    grad_input, grad_weight, grad_bias = sr.conv_transpose2d_backward(grad_output, input, changed, **call.options)
    assert_same_bits(grad_weight, expected[1])
    assert not np.isfinite(grad_input[:, 4].astype(np.float64)).any()
    assert_same_bits(np.delete(grad_input, 4, 1), np.delete(expected[0], 4, 1))


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("dilation", [1, 29_999])
def test_the_time_is_that_of_the_arrays_and_not_of_stride_times_kernel(axis: int, dilation: int) -> None:
    length = 30_000
    lengths = [1, 1, 1]
    lengths[axis] = length if dilation == 1 else 2
    kernel = np.arange(1, lengths[axis] + 1, dtype=np.float32).reshape((1, 1, *lengths))
    strides, dilations = [1, 1, 1], [1, 1, 1]
    strides[axis], dilations[axis] = length, dilation
    images = np.ones((1, 1, 3, 3, 3), np.float32)
    options = {"stride": tuple(strides), "dilation": tuple(dilations)}
    grad_output = np.ones_like(sr.conv_transpose3d(images, kernel, **options))
    before = time.perf_counter()
    grad_input, grad_weight, grad_bias = sr.conv_transpose3d_backward(grad_output, images, kernel, **options)
    # Many times what it takes; as many steps as stride * kernel took seconds for each row.
    assert time.perf_counter() - before < 3
    # One float32 sum over a kernel of so many samples: 2.7e-5 off, as is PyTorch's of a kernel of 300 x 300 by 1e-5.
    np.testing.assert_allclose(grad_input, kernel.sum(dtype=np.float64), rtol=1e-4)
    np.testing.assert_array_equal(grad_weight, 27)
    assert grad_bias == grad_output.size


def test_options_are_any_integers() -> None:
    grad_output, input, weight = gradients.of_kind("conv 2d x2", np.float32).arrays
    expected = sr.conv_transpose2d_backward(grad_output, input, weight, 2, 1, 0, 1, 1)
    for two in ((2, 2), [2, 2], np.array([2, 2]), (np.int8(2), 2), (2,), np.array(2), np.int64(2)):
        for one, other in zip(sr.conv_transpose2d_backward(grad_output, input, weight, two, 1), expected):
            assert_same_bits(one, other)


# ---- Bad calls -------------------------------------------------------------------------------------------------------

IMAGE = np.ones((1, 4, 5, 5), np.float32)
WEIGHT = np.ones((4, 2, 3, 3), np.float32)
GRADIENT = np.ones((1, 2, 7, 7), np.float32)

# grad_output, input, weight, options, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], IMAGE, WEIGHT, {}, TypeError, r"grad_output must be a numpy\.ndarray, got builtins\.list"),
    "a list of samples": (GRADIENT, [1.0], WEIGHT, {}, TypeError, r"input must be a numpy\.ndarray"),
    "a list of weights": (GRADIENT, IMAGE, [1.0], {}, TypeError, r"weight must be a numpy\.ndarray"),
    "no weight": (GRADIENT, IMAGE, None, {}, TypeError, r"weight must be a numpy\.ndarray"),
    "a masked weight": (
        GRADIENT,
        IMAGE,
        np.ma.masked_equal(WEIGHT, 0),
        {},
        TypeError,
        "weight must be an array without",
    ),
    # dtypes
    "another input": (GRADIENT, IMAGE.astype("f8"), WEIGHT, {}, TypeError, "dtype.*float32.*float64"),
    "another weight": (GRADIENT, IMAGE, WEIGHT.astype("f2"), {}, TypeError, "dtype.*float32.*float16"),
    "another gradient": (GRADIENT.astype("f8"), IMAGE, WEIGHT, {}, TypeError, "dtype.*float(64|32).*float(32|64)"),
    **{
        dtype: (GRADIENT.astype(dtype), IMAGE.astype(dtype), WEIGHT.astype(dtype), {}, TypeError, dtype)
        for dtype in ("int64", "int32", "uint8", "bool", "complex64", "uint64")
    },
    "objects": (*(array.astype(object) for array in (GRADIENT, IMAGE, WEIGHT)), {}, TypeError, "got object"),
    # Shapes
    "another height": (
        GRADIENT[:, :, 1:],
        IMAGE,
        WEIGHT,
        {},
        ValueError,
        r"grad_output.*\(1, 2, 7, 7\).*\(1, 2, 6, 7\)",
    ),
    "another width": (GRADIENT[..., 1:], IMAGE, WEIGHT, {}, ValueError, r"grad_output.*\(1, 2, 7, 7\).*\(1, 2, 7, 6\)"),
    "another batch": (GRADIENT[:0], IMAGE, WEIGHT, {}, ValueError, r"grad_output.*\(1, 2, 7, 7\).*\(0, 2, 7, 7\)"),
    "other channels": (GRADIENT[:, :1], IMAGE, WEIGHT, {}, ValueError, r"grad_output.*\(1, 2, 7, 7\).*\(1, 1, 7, 7\)"),
    "another stride": (GRADIENT, IMAGE, WEIGHT, {"stride": 2}, ValueError, r"grad_output.*\(1, 2, 11, 11\)"),
    "another padding": (GRADIENT, IMAGE, WEIGHT, {"padding": (0, 1)}, ValueError, r"grad_output.*\(1, 2, 7, 5\)"),
    "two groups": (GRADIENT, IMAGE, WEIGHT, {"groups": 2}, ValueError, r"grad_output.*\(1, 4, 7, 7\)"),
    "an unbatched input": (GRADIENT, IMAGE[0], WEIGHT, {}, ValueError, r"grad_output.*\(2, 7, 7\).*\(1, 2, 7, 7\)"),
    "an unbatched gradient": (GRADIENT[0], IMAGE, WEIGHT, {}, ValueError, r"grad_output.*\(1, 2, 7, 7\).*\(2, 7, 7\)"),
    "a 2-D gradient": (GRADIENT[0, 0], IMAGE, WEIGHT, {}, ValueError, r"grad_output.*\(7, 7\)"),
    "a 0-D gradient": (np.ones((), "f4"), IMAGE, WEIGHT, {}, ValueError, "grad_output"),
    "a 2-D input": (
        GRADIENT,
        IMAGE[0, 0],
        WEIGHT,
        {},
        ValueError,
        r"input must be 4-D \(N, C, H, W\) or 3-D .*, got 2-D",
    ),
    "a 5-D input": (GRADIENT, IMAGE[None], WEIGHT, {}, ValueError, "input must be 4-D .*, got 5-D"),
    "a 3-D weight": (GRADIENT, IMAGE, WEIGHT[0], {}, ValueError, "weight must be 4-D, got 3-D"),
    "other inputs": (GRADIENT, IMAGE, WEIGHT[:3], {}, ValueError, r"weight \(3, 2, 3, 3\) must begin with"),
    "no outputs": (GRADIENT[:, :0], IMAGE, WEIGHT[:, :0], {}, ValueError, "give no number of channels"),
    "no kernel": (GRADIENT, IMAGE, WEIGHT[..., :0], {}, ValueError, "weight has an empty spatial axis"),
    "no height": (GRADIENT, IMAGE[:, :, :0], WEIGHT, {}, ValueError, "input has an empty spatial axis"),
    # Options
    "groups 0": (GRADIENT, IMAGE, WEIGHT, {"groups": 0}, ValueError, "groups must be positive, got 0"),
    "groups 3": (GRADIENT, IMAGE, WEIGHT, {"groups": 3}, ValueError, "divisible by groups 3"),
    "groups 2^64": (GRADIENT, IMAGE, WEIGHT, {"groups": 2**64}, ValueError, "groups must fit into 64 bits"),
    "groups 1.0": (GRADIENT, IMAGE, WEIGHT, {"groups": 1.0}, TypeError, "groups must be an integer"),
    **{
        f"{name} {value}": (GRADIENT, IMAGE, WEIGHT, {name: value}, ValueError, name)
        for name in ("stride", "padding", "output_padding", "dilation")
        for value in (-1, (1, -1), -(2**63), 2**31, 2**62, 2**63 - 1, 2**63, (1, 2**62), (1, 1, 1), ())
    },
    **{
        f"{name} {value!r}": (GRADIENT, IMAGE, WEIGHT, {name: value}, TypeError, f"{name} must be made of integers")
        for name in ("stride", "padding", "output_padding", "dilation")
        for value in (1.0, None, True, "same", (1, None))
    },
    "stride 0": (GRADIENT, IMAGE, WEIGHT, {"stride": 0}, ValueError, "stride"),
    "dilation 0": (GRADIENT, IMAGE, WEIGHT, {"dilation": 0}, ValueError, "dilation"),
    "output_padding 1": (GRADIENT, IMAGE, WEIGHT, {"output_padding": 1}, ValueError, "output_padding"),
    "nothing left": (GRADIENT, IMAGE, WEIGHT, {"padding": 4}, ValueError, "padding 4 leaves an output of -1 samples"),
    "a product that is too large": (
        GRADIENT,
        np.broadcast_to(np.float32(1), (2**20, 4, 5, 5)),
        WEIGHT,
        {"stride": 2**24},
        ValueError,
        "too large|grad_output",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused(case: str) -> None:
    grad_output, input, weight, options, exception, message = REFUSED[case]
    with pytest.raises(exception, match=message) as caught:
        sr.conv_transpose2d_backward(grad_output, input, weight, **options)
    assert caught.type is exception


def test_gradients_that_fit_no_memory_are_refused() -> None:
    huge = np.broadcast_to(np.float32(1), (1, 1, 2**22, 2**22))
    with pytest.raises(MemoryError):
        sr.conv_transpose2d_backward(huge, huge, np.ones((1, 1, 1, 1), np.float32))


def test_each_rank_has_its_function() -> None:
    for function in (sr.conv_transpose1d_backward, sr.conv_transpose3d_backward):
        with pytest.raises(ValueError, match=r"input must be .*, got 4-D|weight must be .*, got 4-D"):
            function(GRADIENT, IMAGE, WEIGHT)
