"""carafe_backward: values known beforehand, special values, and what it refuses."""

from __future__ import annotations

from typing import Any

import gradients_cases as gradients
import numpy as np
import pytest
from arrays import assert_same_bits, channels_last, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FLOATS = [numpy_dtype(name) for name in gradients.FLOATS]
KINDS = [name for name in gradients.KINDS if name.startswith("carafe")]

#: As in test_interpolate_backward.py: sums of the same products differ by their rounding alone.
SAME_PRODUCT = 1e-13


@pytest.mark.parametrize("name", KINDS)
def test_the_gradients_are_the_transpose(name: str) -> None:
    call = gradients.of_kind(name, np.float64)
    grad_output, features, masks = call.arrays
    there = grad_output * sr.carafe(features, masks, **call.options)
    for gradient, array in zip(call.of(sr), (features, masks)):  # the operator is linear in either
        back = gradient * array
        difference = abs(there.sum() - back.sum())
        assert difference <= SAME_PRODUCT * (np.abs(there).sum() + np.abs(back).sum()), f"{difference:.3g}"


@pytest.mark.parametrize("scale_factor", [1, 2, 3])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_masks_of_the_centre_alone_are_nearest(dtype: np.dtype[Any], scale_factor: int) -> None:
    features = np.ones((2, 3, 4, 5), dtype)
    masks = np.zeros((2, 25, 4 * scale_factor, 5 * scale_factor), dtype)
    masks[:, 12] = 1
    grad_output = np.random.default_rng(2).integers(-4, 5, (2, 3, *masks.shape[2:])).astype(dtype)
    grad_features, grad_masks = sr.carafe_backward(grad_output, features, masks, 5, 1, scale_factor)
    expected = sr.interpolate_backward(grad_output, features.shape, scale_factor=scale_factor)
    np.testing.assert_array_equal(grad_features.astype(np.float64), expected.astype(np.float64))
    # Features of one: each mask that lies on the image has the sum of the gradients of all channels.
    inside = sr.carafe_backward(np.ones_like(grad_output), features, masks, 5, 1, scale_factor)[1] != 0
    sums = np.broadcast_to(grad_output.astype(np.float64).sum(1, keepdims=True), grad_masks.shape)
    np.testing.assert_array_equal(grad_masks.astype(np.float64), np.where(inside, sums, 0))


def test_masks_outside_the_image_have_no_gradient() -> None:
    grad_output, features = np.ones((1, 2, 2, 3)), np.ones((1, 2, 2, 3))
    masks = samples((1, 9, 2, 3), np.float64)
    _, grad_masks = sr.carafe_backward(grad_output, features, masks, 3)
    assert grad_masks[0, 4].tolist() == [[2, 2, 2], [2, 2, 2]]
    assert grad_masks[0, 0].tolist() == [[0, 0, 0], [0, 2, 2]]  # the sample above and to the left
    assert grad_masks[0, 8].tolist() == [[2, 2, 0], [0, 0, 0]]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_infinities_and_nan_stay_where_they_belong(name: str, dtype: np.dtype[Any], value: float) -> None:
    call = gradients.of_kind(name, dtype)
    grad_output, features, masks = call.arrays
    k, groups, s = call.options["kernel_size"], call.options["group_size"], call.options["scale_factor"]
    expected = call.of(sr)
    y, x = 2 * s, 9 * s
    group = 3 // (features.shape[1] // groups)
    for format_of in (np.ascontiguousarray, channels_last):
        spoilt = grad_output.copy()
        spoilt[1, 3, y, x] = value
        grad_features, grad_masks = sr.carafe_backward(format_of(spoilt), features, masks, **call.options)
        reached = np.zeros(features.shape, bool)
        r = k // 2
        reached[1, 3, max(2 - r, 0) : 2 + r + 1, 9 - r : 9 + r + 1] = True
        reached_masks = np.zeros(masks.shape, bool)
        rows = 2 + np.arange(k) - r
        is_inside = ((rows >= 0) & (rows < 5))[:, None] & np.ones(k, bool)
        reached_masks[1, group * k * k : (group + 1) * k * k, y, x] = is_inside.ravel()
        for one, other, where in ((grad_features, expected[0], reached), (grad_masks, expected[1], reached_masks)):
            assert not np.isfinite(one[where].astype(np.float64)).any()
            assert_same_bits(one[~where], other[~where])


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_special_masks_and_features_outside_touch_nothing(value: float) -> None:
    grad_output, features, masks = gradients.of_kind("carafe 3 2 2", np.float32).arrays
    options = gradients.KINDS["carafe 3 2 2"][2]
    expected = sr.carafe_backward(grad_output, features, masks, **options)
    # Masks of the first row of the kernel, for the first row of the image, lie outside.
    spoilt = masks.copy()
    spoilt[:, [0, 1, 2, 9, 10, 11], :2] = value
    grad_features, grad_masks = sr.carafe_backward(grad_output, features, spoilt, **options)
    assert_same_bits(grad_features, expected[0])
    assert_same_bits(grad_masks, expected[1])


# ---- Bad calls -------------------------------------------------------------------------------------------------------

FEATURES = np.ones((2, 4, 3, 5), np.float32)
MASKS = np.ones((2, 18, 6, 10), np.float32)
GRADIENT = np.ones((2, 4, 6, 10), np.float32)
SIZES = {"kernel_size": 3, "group_size": 2, "scale_factor": 2}

# grad_output, features, masks, options beside those above, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], FEATURES, MASKS, {}, TypeError, r"grad_output must be a numpy\.ndarray, got builtins\.list"),
    "a list of features": (GRADIENT, [1.0], MASKS, {}, TypeError, r"features must be a numpy\.ndarray"),
    "no masks": (GRADIENT, FEATURES, None, {}, TypeError, r"masks must be a numpy\.ndarray"),
    "other masks": (GRADIENT, FEATURES, MASKS.astype("f8"), {}, TypeError, "dtype.*float32.*float64"),
    "other features": (GRADIENT, FEATURES.astype("f2"), MASKS, {}, TypeError, "dtype.*float32.*float16"),
    "another gradient": (GRADIENT.astype("f8"), FEATURES, MASKS, {}, TypeError, "dtype.*float(64|32).*float(32|64)"),
    **{
        dtype: (GRADIENT.astype(dtype), FEATURES.astype(dtype), MASKS.astype(dtype), {}, TypeError, dtype)
        for dtype in ("int64", "uint8", "bool", "complex64")
    },
    "another height": (
        GRADIENT[:, :, 1:],
        FEATURES,
        MASKS,
        {},
        ValueError,
        r"grad_output.*\(2, 4, 6, 10\).*\(2, 4, 5, 10\)",
    ),
    "other channels": (
        GRADIENT[:, 1:],
        FEATURES,
        MASKS,
        {},
        ValueError,
        r"grad_output.*\(2, 4, 6, 10\).*\(2, 3, 6, 10\)",
    ),
    "another batch": (GRADIENT[1:], FEATURES, MASKS, {}, ValueError, r"grad_output.*\(2, 4, 6, 10\).*\(1, 4, 6, 10\)"),
    "the features' shape": (FEATURES, FEATURES, MASKS, {}, ValueError, r"grad_output.*\(2, 4, 6, 10\).*\(2, 4, 3, 5\)"),
    "a 3-D gradient": (GRADIENT[0], FEATURES, MASKS, {}, ValueError, r"grad_output.*\(4, 6, 10\)"),
    "3-D features": (GRADIENT, FEATURES[0], MASKS, {}, ValueError, "features"),
    "a factor of 3": (GRADIENT, FEATURES, MASKS, {"scale_factor": 3}, ValueError, "masks"),
    "a kernel of 5": (GRADIENT, FEATURES, MASKS, {"kernel_size": 5}, ValueError, "masks"),
    "an even kernel": (GRADIENT, FEATURES, MASKS, {"kernel_size": 2}, ValueError, "kernel_size"),
    "no kernel": (GRADIENT, FEATURES, MASKS, {"kernel_size": 0}, ValueError, "kernel_size"),
    "a kernel of 2^62 + 1": (
        GRADIENT,
        FEATURES,
        MASKS,
        {"kernel_size": 2**62 + 1},
        ValueError,
        "kernel_size|masks|large",
    ),
    "a kernel of 2^64": (GRADIENT, FEATURES, MASKS, {"kernel_size": 2**64 + 1}, ValueError, "kernel_size must fit"),
    "a kernel of 3.0": (GRADIENT, FEATURES, MASKS, {"kernel_size": 3.0}, TypeError, "kernel_size must be an integer"),
    "groups 3": (GRADIENT, FEATURES, MASKS, {"group_size": 3}, ValueError, "group_size"),
    "groups 0": (GRADIENT, FEATURES, MASKS, {"group_size": 0}, ValueError, "group_size"),
    "a factor of 0": (GRADIENT, FEATURES, MASKS, {"scale_factor": 0}, ValueError, "scale_factor"),
    "a factor of -2": (GRADIENT, FEATURES, MASKS, {"scale_factor": -2}, ValueError, "scale_factor"),
    "a factor of 2^62": (GRADIENT, FEATURES, MASKS, {"scale_factor": 2**62}, ValueError, "scale_factor|masks|large"),
    "a factor of 2.0": (GRADIENT, FEATURES, MASKS, {"scale_factor": 2.0}, TypeError, "scale_factor must be an integer"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused(case: str) -> None:
    grad_output, features, masks, options, exception, message = REFUSED[case]
    with pytest.raises(exception, match=message) as caught:
        sr.carafe_backward(grad_output, features, masks, **{**SIZES, **options})
    assert caught.type is exception
