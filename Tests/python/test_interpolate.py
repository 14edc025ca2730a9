"""What interpolate returns where the answer is plain to see, and at the edges of what it takes."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import tolerances
from arrays import COPIED, FLOATS, MODES, WEIGHTED, assert_same_bits, channels_last, in_turn, samples

import swiftresample as sr
from swiftresample import _interpolate
from swiftresample._cache import PlanCache

CALLS = [pytest.param(*call, id=name) for name, call in MODES.items()]


# ---- The signature ---------------------------------------------------------------------------------------------------


def test_the_parameters_are_pytorchs() -> None:
    parameters = inspect.signature(sr.interpolate).parameters
    assert {name: parameter.default for name, parameter in list(parameters.items())[:7]} == {
        "input": inspect.Parameter.empty,
        "size": None,
        "scale_factor": None,
        "mode": "nearest",
        "align_corners": None,
        "recompute_scale_factor": None,
        "antialias": False,
    }
    assert [name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY] == ["clamp", "region", "out"]


def test_arguments_may_be_given_by_position() -> None:
    input = samples((1, 2, 5, 6), np.float32)
    by_name = sr.interpolate(input, scale_factor=1.5, mode="bicubic", align_corners=True, recompute_scale_factor=True)
    assert_same_bits(sr.interpolate(input, None, 1.5, "bicubic", True, True, False), by_name)


@pytest.mark.parametrize(
    "size", [7, np.int64(7), np.uint8(7), np.array(7), (7, 7), [7, 7], (np.int32(7), 7), np.array([7, 7])], ids=repr
)
def test_a_size_is_any_integer_or_a_sequence_of_them(size: Any) -> None:
    input = samples((1, 2, 5, 6), np.float32)
    for _ in range(2):  # made, then from the cache
        assert_same_bits(sr.interpolate(input, size, mode="bilinear"), sr.interpolate(input, (7, 7), mode="bilinear"))


@pytest.mark.parametrize(
    "factor",
    [2, 2.0, np.float32(2), np.int16(2), np.array(2.0), (2, 2.0), [2.0, 2], (np.float64(2), 2), np.array([2.0, 2.0])],
    ids=repr,
)
def test_a_factor_is_any_real_number_or_a_sequence_of_them(factor: Any) -> None:
    input = samples((1, 2, 5, 6), np.float32)
    for _ in range(2):
        output = sr.interpolate(input, scale_factor=factor, mode="bilinear")
        assert_same_bits(output, sr.interpolate(input, scale_factor=(2.0, 2.0), mode="bilinear"))


def test_each_axis_has_its_own_size_or_factor() -> None:
    input = samples((1, 2, 4, 5, 6), np.float32)
    assert sr.interpolate(input, size=(1, 2, 3)).shape == (1, 2, 1, 2, 3)
    assert sr.interpolate(input, scale_factor=(0.5, 1, 2.5)).shape == (1, 2, 2, 5, 15)


@pytest.mark.parametrize("yes", [True, np.bool_(True), 1])
@pytest.mark.parametrize("no", [False, np.bool_(False), 0])
def test_flags_are_any_truth_value(yes: Any, no: Any) -> None:
    input = samples((1, 2, 9, 9), np.float32)
    options = {"scale_factor": 0.6, "mode": "bilinear"}
    expected = sr.interpolate(input, align_corners=True, antialias=False, recompute_scale_factor=True, **options)
    # As in PyTorch, whose align_corners alone takes no numbers.
    actual = sr.interpolate(input, align_corners=bool(yes), antialias=no, recompute_scale_factor=yes, **options)
    assert_same_bits(actual, expected)


# ---- Sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "factor", "expected"), [(88, 120 / 88, 119), (10, 1.05, 10), (3, 0.34, 1), (10, 0.999, 9), (5, 1, 5)]
)
def test_the_output_length_is_the_truncated_product(length: int, factor: float, expected: int) -> None:
    assert sr.interpolate(np.zeros((1, 1, length)), scale_factor=factor).shape == (1, 1, expected)


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_axes_of_one_sample_repeat_it(mode: str, shape: tuple[int, ...], options: dict[str, bool], dtype: Any) -> None:
    input = samples((2, 3) + (1,) * (len(shape) - 2), dtype)
    output = sr.interpolate(input, size=5, mode=mode, **options)
    np.testing.assert_allclose(output, np.broadcast_to(input, output.shape), rtol=1e-6)


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
def test_an_output_of_one_sample_is_possible(mode: str, shape: tuple[int, ...], options: dict[str, bool]) -> None:
    output = sr.interpolate(np.ones(shape, np.float32), size=1, mode=mode, **options)
    assert output.shape == (2, 3) + (1,) * (len(shape) - 2)
    np.testing.assert_allclose(output, 1, rtol=tolerances.RELATIVE["float32"])


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
def test_a_batch_of_none_gives_a_batch_of_none(mode: str, shape: tuple[int, ...], options: dict[str, bool]) -> None:
    output = sr.interpolate(np.zeros((0, *shape[1:]), np.float16), size=4, mode=mode, **options)
    assert output.shape == (0, 3) + (4,) * (len(shape) - 2)
    assert output.dtype == np.float16


def test_area_takes_no_channels() -> None:
    assert sr.interpolate(np.zeros((2, 0, 4, 4)), size=2, mode="area").shape == (2, 0, 2, 2)


# ---- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.numbers
@pytest.mark.memory
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mode", ["bilinear", "area"])
@pytest.mark.parametrize("width", [32, 34, 100, 62])
def test_exact_halves_are_those_of_narrow_images(mode: str, dtype: Any, width: int) -> None:
    """Both axes at once, which takes rows of sixteen results, has the bits of one after the other."""
    image = samples((2, 3, 22, width), dtype)
    narrow = [sr.interpolate(image[..., x : x + 20], scale_factor=0.5, mode=mode) for x in range(0, width, 20)]
    assert_same_bits(sr.interpolate(image, scale_factor=0.5, mode=mode), np.concatenate(narrow, axis=-1))


@pytest.mark.parametrize("dtype", [*WEIGHTED, *COPIED], ids=str)
def test_nearest_repeats_samples_of_any_dtype(dtype: np.dtype[Any]) -> None:
    input = samples((2, 3, 4, 5), dtype)
    for mode in ("nearest", "nearest-exact"):
        assert_same_bits(sr.interpolate(input, scale_factor=3, mode=mode), input.repeat(3, axis=2).repeat(3, axis=3))


def test_nearest_copies_every_bit() -> None:
    input = np.array([0x7FA00001, 0xFFC12345, 0x80000000, 0x00000001], np.uint32).view(np.float32).reshape(1, 1, 4)
    assert_same_bits(sr.interpolate(input, scale_factor=2), input.repeat(2, axis=2))


@pytest.mark.parametrize(("name", "dtype"), in_turn([*MODES] * 3, WEIGHTED), ids=str)
def test_a_constant_stays_constant(name: str, dtype: np.dtype[Any]) -> None:
    mode, shape, options = MODES[name]
    output = sr.interpolate(np.full(shape, 100, dtype), scale_factor=1.7, mode=mode, **options)
    # Weights are rounded, and so is their sum: by a few units of the last place, or for uint8 by one part in 2^14.
    tolerance = 0 if dtype.kind in "iu" else 100 * 16 * 2.0 ** -{2: 8, 4: 24, 8: 53}[dtype.itemsize]
    np.testing.assert_allclose(output.astype(np.float64), 100, rtol=0, atol=tolerance)


def test_align_corners_puts_the_corners_on_the_corners() -> None:
    ramp = np.linspace(0, 1, 5).reshape(1, 1, 5)
    output = sr.interpolate(ramp, size=13, mode="linear", align_corners=True)
    np.testing.assert_allclose(output[0, 0], np.linspace(0, 1, 13), rtol=0, atol=1e-15)


def test_area_is_the_mean_of_each_window() -> None:
    input = samples((2, 3, 12, 20), np.float64)
    blocks = input.reshape(2, 3, 4, 3, 5, 4)
    np.testing.assert_allclose(sr.interpolate(input, size=(4, 5), mode="area"), blocks.mean((3, 5)), rtol=1e-14)


@pytest.mark.parametrize(("name", "dtype"), in_turn([*MODES] * 3, WEIGHTED), ids=str)
def test_the_same_size_is_the_same_array(name: str, dtype: np.dtype[Any]) -> None:
    mode, shape, options = MODES[name]
    input = samples((5, *shape[1:]), dtype)
    for arguments in ({"size": shape[2:]}, {"scale_factor": 1}):
        output = sr.interpolate(input, **arguments, mode=mode, **options)
        assert_same_bits(output, input)
        assert not np.shares_memory(output, input)


def test_every_image_of_a_bicubic_batch_at_factor_one_comes_out() -> None:
    input = samples((7, 4, 10, 10), np.float32)
    output = sr.interpolate(input, scale_factor=1.05, mode="bicubic")
    assert output.shape == input.shape
    for image in range(7):
        assert_same_bits(output[image], sr.interpolate(input[image : image + 1], scale_factor=1.05, mode="bicubic")[0])
        assert np.abs(output[image] - input[image]).max() > 0.01  # PyTorch's bicubic is no identity here


def test_recompute_scale_factor_forgets_the_factor() -> None:
    input = samples((1, 1, 10), np.float64)
    options = {"mode": "linear", "scale_factor": 1.19}
    size = sr.interpolate(input, size=11, mode="linear")
    assert_same_bits(sr.interpolate(input, recompute_scale_factor=True, **options), size)
    assert not np.array_equal(sr.interpolate(input, recompute_scale_factor=False, **options), size)


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "int32"])
def test_halves_are_rounded_to_even(dtype: str) -> None:
    input = np.array([0, 1, 2, 3, 4], dtype).reshape(1, 1, 5)
    output = sr.interpolate(input, size=9, mode="linear", align_corners=True)
    np.testing.assert_array_equal(output[0, 0], [0, 0, 1, 2, 2, 2, 3, 4, 4])


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32"])
def test_overshoot_of_integers_saturates(dtype: str) -> None:
    limits = np.iinfo(dtype)
    edge = np.full((1, 1, 8, 8), limits.min, dtype)
    edge[..., 4:] = limits.max
    output = sr.interpolate(edge, scale_factor=2, mode="bicubic")
    assert output[..., :6].max() <= limits.max // 2
    assert output[..., 10:].min() > limits.max // 2
    assert output.min() == limits.min
    assert output.max() == limits.max


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_touch_only_what_reads_them(dtype: np.dtype[Any], special: float) -> None:
    input = np.ones((1, 1, 9, 9), dtype)
    input[..., 4, 4] = special
    output = sr.interpolate(input, scale_factor=2, mode="bilinear").astype(np.float64)
    touched = np.zeros((18, 18), bool)
    touched[7:11, 7:11] = True
    assert not np.isfinite(output[0, 0][touched]).any()
    np.testing.assert_array_equal(output[0, 0][~touched], 1)


# ---- Long axes and large outputs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "bilinear"},
        {"mode": "bicubic"},
        {"mode": "bicubic", "align_corners": True},
        {"mode": "bilinear", "antialias": True},
        {"mode": "area"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("length", "size"),
    [
        ((1, 3), (2, 5)),
        ((7, 7), (14, 14)),
        ((5, 9), (11, 8)),
        ((40, 33), (47, 70)),
        ((20, 6), (7, 40)),
        ((17, 2), (18, 31)),
        ((3, 40), (50, 44)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_planes_of_a_large_batch_are_as_on_their_own(
    dtype: str, length: tuple[int, int], size: tuple[int, int], options: dict[str, Any]
) -> None:
    input = samples((30, 3, *length), np.dtype(dtype))
    one_by_one = np.concatenate([sr.interpolate(input[image : image + 1], size, **options) for image in range(30)])
    frame = np.full(one_by_one.size + 64, -7, dtype)  # what lies beside the output must stay
    for begin in (0, 1, 32):
        out = frame[begin : begin + one_by_one.size].reshape(one_by_one.shape)
        sr.interpolate(input, size, **options, out=out)
        assert_same_bits(out, one_by_one)
        assert (frame[:begin] == -7).all()
        assert (frame[begin + out.size :] == -7).all()
        frame[:] = -7
    # A plane of NaN, and a corner, show nowhere else.
    input[4, 1], input[9, 2, -1, -1] = np.nan, np.nan
    spoilt = sr.interpolate(input, size, **options)
    expected = np.concatenate([sr.interpolate(input[image : image + 1], size, **options) for image in range(30)])
    assert_same_bits(spoilt, expected)
    assert np.isnan(spoilt[4, 1]).all()
    assert not np.isnan(np.delete(spoilt, [4, 9], 0)).any()


@pytest.mark.slow
def test_linear_is_right_on_an_axis_of_2_to_the_24_samples() -> None:
    length = 2**24
    input = samples((1, 1, length), np.float32)
    output = sr.interpolate(input, scale_factor=2, mode="linear")
    assert output.shape == (1, 1, 2 * length)
    odd, even = output[0, 0, 1:-1:2], output[0, 0, 2::2]  # a quarter to the right of a sample, a quarter to the left
    np.testing.assert_allclose(odd, 0.75 * input[0, 0, :-1] + 0.25 * input[0, 0, 1:], rtol=0, atol=3e-6)
    np.testing.assert_allclose(even, 0.25 * input[0, 0, :-1] + 0.75 * input[0, 0, 1:], rtol=0, atol=3e-6)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
@pytest.mark.slow
def test_nearest_is_right_on_an_axis_of_2_to_the_24_samples(mode: str) -> None:
    input = samples((1, 1, 2**24 + 2), np.uint8)
    assert_same_bits(sr.interpolate(input, scale_factor=2, mode=mode), input.repeat(2, axis=2))


@pytest.mark.slow
def test_area_is_right_on_an_axis_of_2_to_the_24_samples() -> None:
    input = samples((1, 1, 2**24 + 2), np.float32)
    expected = (input[..., ::2] + input[..., 1::2]) / 2
    assert_same_bits(sr.interpolate(input, size=2**23 + 1, mode="area"), expected)


# ---- Output arrays ---------------------------------------------------------------------------------------------------


def test_out_is_returned() -> None:
    input = samples((1, 2, 3, 4), np.float32)
    out = np.empty((1, 2, 6, 8), np.float32)
    assert sr.interpolate(input, scale_factor=2, out=out) is out
    assert_same_bits(out, sr.interpolate(input, scale_factor=2))


def test_out_may_be_a_subclass_of_ndarray(tmp_path: Any) -> None:
    out = np.memmap(tmp_path / "out", np.float32, "w+", shape=(1, 2, 6, 8))
    input = samples((1, 2, 3, 4), np.float32)
    assert sr.interpolate(input, scale_factor=2, out=out) is out
    assert_same_bits(np.asarray(out), sr.interpolate(input, scale_factor=2))


def test_a_subclass_of_ndarray_is_read_as_an_array(tmp_path: Any) -> None:
    input = np.memmap(tmp_path / "input", np.float32, "w+", shape=(1, 2, 3, 4))
    input[...] = samples((1, 2, 3, 4), np.float32)
    output = sr.interpolate(input, scale_factor=2)
    assert type(output) is np.ndarray
    assert_same_bits(output, sr.interpolate(np.array(input), scale_factor=2))


@pytest.mark.parametrize("dtype", [">f4", ">f8", ">f2", ">i2", ">u2", ">i4"])
def test_swapped_bytes_are_read_as_what_they_mean(dtype: str) -> None:
    swapped = samples((2, 3, 8, 9), np.dtype(dtype).newbyteorder("=")).astype(dtype)
    native = swapped.astype(swapped.dtype.newbyteorder("="))
    for _ in range(2):  # made, then from the cache
        assert_same_bits(
            sr.interpolate(swapped, scale_factor=2, mode="bilinear"),
            sr.interpolate(native, scale_factor=2, mode="bilinear"),
        )
    assert sr.interpolate(channels_last(swapped), scale_factor=2).strides[1] == native.itemsize


# ---- Cached plans ----------------------------------------------------------------------------------------------------


def test_a_repeated_call_finds_its_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interpolate, "_plans", PlanCache(capacity=8, samples=1000))
    input = samples((1, 1, 6, 7), np.float32)
    calls: list[dict[str, Any]] = [
        {"size": (4, 4)},
        {"size": 5},
        {"scale_factor": 2},
        {"scale_factor": 2, "mode": "bicubic"},
        {"scale_factor": 2, "mode": "bicubic", "align_corners": True},
        {"scale_factor": 2, "mode": "bicubic", "align_corners": True, "clamp": (0, 1)},
    ]
    first = [sr.interpolate(input, **call) for call in calls]
    assert len(_interpolate._plans) == 0  # none of them may come again
    for _ in range(2):
        for call, output in zip(calls, first):
            assert_same_bits(sr.interpolate(input, **call), output)
        assert len(_interpolate._plans) == len(calls)


def test_calls_that_come_once_leave_the_plans_of_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = PlanCache(capacity=4, samples=1000)
    monkeypatch.setattr(_interpolate, "_plans", cache)
    input = samples((1, 1, 6, 7), np.float32)
    kept = [sr.interpolate(input, size=(9, 9), mode="bilinear") for _ in range(2)]
    for length in range(10, 700):
        sr.interpolate(input, size=(length, 2), mode="bilinear")
    assert len(cache) == 1
    assert len(cache._seen) <= 256
    assert_same_bits(sr.interpolate(input, size=(9, 9), mode="bilinear"), kept[0])
    assert_same_bits(kept[1], kept[0])


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic", "area"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_gradients_without_and_with_a_kept_plan_are_the_same(mode: str, dtype: Any) -> None:
    grad_output = samples((2, 3, 9, 11), dtype)
    results = [sr.interpolate_backward(grad_output, (2, 3, 5, 6), size=(9, 11), mode=mode) for _ in range(3)]
    for result in results[1:]:
        assert_same_bits(result, results[0])


def test_numpys_truth_values_are_truth_values() -> None:
    input = samples((1, 1, 4, 5), np.float32)
    for value in (False, True):
        expected = sr.interpolate(input, size=7, mode="bilinear", align_corners=value)
        numpys = np.bool_(value)
        assert_same_bits(sr.interpolate(input, size=7, mode="bilinear", align_corners=numpys), expected)
        with pytest.raises(TypeError, match="align_corners must be None or False or True"):
            sr.interpolate(input, size=7, mode="bilinear", align_corners=int(value))  # type: ignore[arg-type]


# What PyTorch makes of nothing, and nothing of: area is its adaptive pooling.
@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((1, 1, 1, 4), {"scale_factor": (0.5, 1)}, (1, 1, 0, 4)),
        ((1, 1, 1, 4), {"scale_factor": (0, 1)}, (1, 1, 0, 4)),
        ((2, 3, 5), {"size": 0}, (2, 3, 0)),
        ((2, 3, 5), {"scale_factor": 0.1, "recompute_scale_factor": True}, (2, 3, 0)),
        ((1, 2, 2, 3, 4), {"size": (2, 0, 3)}, (1, 2, 2, 0, 3)),
        ((0, 3, 3, 4), {"size": (0, 2)}, (0, 3, 0, 2)),
        ((2, 0, 3, 4), {"size": (3, 0)}, (2, 0, 3, 0)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "uint8", "int32"])
def test_area_of_length_0_is_empty(
    shape: tuple[int, ...], options: dict[str, Any], expected: tuple[int, ...], dtype: str
) -> None:
    input = np.ones(shape, dtype)
    for _ in range(2):  # without a plan that stays, and with one
        output = sr.interpolate(input, mode="area", **options)
        assert (output.shape, output.dtype) == (expected, input.dtype)
    plan = sr.Plan(shape, dtype, mode="area", **options)
    assert [axis.weights.shape[0] for axis in plan.axes] == list(expected[2:])
    for mode in ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "lanczos"):
        with pytest.raises((ValueError, NotImplementedError)):
            sr.interpolate(input, mode=mode, antialias=mode == "lanczos", **options)
    if dtype.startswith("float"):
        for _ in range(2):
            gradient = np.full((*shape[:-1], 2 * shape[-1]), 7, dtype)[..., ::2]
            sr.interpolate_backward(output, shape, mode="area", **options, out=gradient)
            assert not gradient.any()


@pytest.mark.parametrize(
    ("valid", "invalid"),
    [
        ({"size": 2}, {"size": 2.0}),
        ({"size": (2, 2)}, {"size": (2.0, 2.0)}),
        ({"size": 1}, {"size": True}),
        ({"size": (1, 1)}, {"size": (1, True)}),
        ({"size": [1, 1]}, {"size": [np.True_, 1]}),
    ],
)
def test_an_invalid_call_does_not_find_the_plan_of_a_valid_one(valid: dict[str, Any], invalid: dict[str, Any]) -> None:
    input = np.zeros((1, 1, 4, 4), np.float32)
    sr.interpolate(input, **valid)
    with pytest.raises(TypeError, match="integer"):
        sr.interpolate(input, **invalid)


def test_a_size_is_not_taken_for_a_factor() -> None:
    input = np.zeros((1, 1, 4, 4), np.float32)
    assert sr.interpolate(input, size=2).shape == (1, 1, 2, 2)
    assert sr.interpolate(input, scale_factor=2).shape == (1, 1, 8, 8)


def plan(length: int) -> sr.Plan:
    return sr.Plan((1, 1, length), size=length)


def test_the_cache_drops_what_was_not_used_for_longest() -> None:
    cache = PlanCache(capacity=2, samples=1000)
    plans = [plan(length) for length in (3, 4, 5)]
    cache.add((0,), plans[0])
    cache.add((1,), plans[1])
    assert cache.get((0,)) is plans[0]
    cache.add((2,), plans[2])
    assert cache.get((1,)) is None
    assert cache.get((0,)) is plans[0]
    assert cache.get((2,)) is plans[2]
    assert len(cache) == 2


def test_the_cache_holds_no_more_than_so_many_samples() -> None:
    cache = PlanCache(capacity=100, samples=50)
    for length in range(1, 30):
        cache.add((length,), plan(length))
    assert [length for length in range(1, 30) if cache.get((length,))] == [29]
    cache.add((50,), plan(50))
    assert cache.get((29,)) is None
    cache.add((51,), plan(51))  # more than there is room for: the others stay
    assert cache.get((51,)) is None
    assert cache.get((50,)) is not None


# ---- Long windows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "int16", "uint16", "int32"])
@pytest.mark.parametrize("length", [120, 274, 5000, 1_000_000])
def test_the_mean_of_many_equal_samples_is_the_sample(dtype: str, length: int) -> None:
    largest = 1 if dtype.startswith("float") else np.iinfo(dtype).max
    output = sr.interpolate(np.full((1, 1, length), largest, dtype), size=3, mode="area")
    np.testing.assert_array_equal(output, np.full((1, 1, 3), largest, dtype))


@pytest.mark.parametrize("shape", [(1, 2, 5000), (1, 2, 700, 90), (1, 1, 70, 80, 90)])
def test_long_means_of_positive_samples_are_right(shape: tuple[int, ...]) -> None:
    input = np.random.default_rng(5).random(shape, np.float32)
    output = sr.interpolate(input, size=1, mode="area")
    expected = input.astype(np.float64).mean(tuple(range(2, len(shape))), keepdims=True)
    np.testing.assert_allclose(output, expected, rtol=0, atol=1e-7)
