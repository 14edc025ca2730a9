"""Plans: one resampling, computed once and executed as often as wanted."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
from arrays import MODES, assert_same_bits, channels_last, samples
from oracle import BFLOAT16

import swiftresample as sr

pytestmark = pytest.mark.memory

CALLS = [pytest.param(*call, id=name) for name, call in MODES.items()]


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
def test_a_plan_gives_what_interpolate_gives(mode: str, shape: tuple[int, ...], options: dict[str, bool]) -> None:
    for dtype in ("float32", "uint8"):
        plan = sr.Plan(shape, dtype, scale_factor=1.7, mode=mode, **options)
        for seed in range(3):
            input = samples(shape, dtype, seed)
            expected = sr.interpolate(input, scale_factor=1.7, mode=mode, **options)
            assert plan.output_shape == expected.shape
            assert_same_bits(plan(input), expected)
            assert_same_bits(plan(channels_last(input)), expected)
            out = np.empty_like(expected)
            assert plan(input, out) is out
            assert_same_bits(out, expected)


def test_a_plan_says_what_it_is_for() -> None:
    plan = sr.Plan([1, 2, np.int64(4), 5], np.float16, size=(8, 3), mode="bilinear")
    assert plan.input_shape == (1, 2, 4, 5)
    assert plan.output_shape == (1, 2, 8, 3)
    assert plan.dtype == np.float16
    assert repr(plan) == "<swiftresample.Plan bilinear, float16, (1, 2, 4, 5) -> (1, 2, 8, 3)>"


def test_a_plan_is_of_float32_unless_told() -> None:
    assert sr.Plan((1, 1, 4), size=2).dtype == np.float32


def test_a_plan_takes_either_byte_order() -> None:
    for dtype in ("<i2", ">i2"):
        plan = sr.Plan((1, 1, 4), dtype, size=8)
        for input in (samples((1, 1, 4), "<i2").astype("<i2"), samples((1, 1, 4), "<i2").astype(">i2")):
            output = plan(input)
            assert output.dtype.isnative
            np.testing.assert_array_equal(output, input.repeat(2, axis=2))


@pytest.mark.skipif(BFLOAT16 is None, reason="ml_dtypes is not installed")
def test_a_plan_takes_bfloat16_by_name() -> None:
    plan = sr.Plan((1, 1, 4), "bfloat16", size=8)
    assert plan.dtype == BFLOAT16
    assert plan(np.zeros((1, 1, 4), BFLOAT16)).dtype == BFLOAT16


def test_bfloat16_by_name_needs_no_ml_dtypes(run_python: Any) -> None:
    done = run_python(
        "import swiftresample as sr, sys\nprint(sr.Plan((1, 1, 4), 'bfloat16', size=8), 'ml_dtypes' in sys.modules)"
    )
    assert done.stdout == "<swiftresample.Plan nearest, bfloat16, (1, 1, 4) -> (1, 1, 8)> False\n", done.stderr


@pytest.mark.parametrize(
    ("input", "exception", "message"),
    [
        (np.zeros((1, 1, 5), np.float32), ValueError, r"the plan's shape \(1, 1, 4\), got \(1, 1, 5\)"),
        (np.zeros((2, 1, 4), np.float32), ValueError, r"the plan's shape \(1, 1, 4\), got \(2, 1, 4\)"),
        (np.zeros((1, 4), np.float32), ValueError, r"the plan's shape \(1, 1, 4\), got \(1, 4\)"),
        (np.zeros((1, 1, 4), np.float64), TypeError, "the plan's dtype float32, got float64"),
        (np.zeros((1, 1, 4), np.int32), TypeError, "the plan's dtype float32, got int32"),
        (np.zeros((1, 1, 4), object), TypeError, "the plan's dtype float32, got object"),
        (np.ma.zeros((1, 1, 4), np.float32), TypeError, "input must be an array without a mask"),
        ([[[0.0] * 4]], TypeError, r"input must be a numpy\.ndarray, got builtins\.list"),
    ],
)
def test_a_plan_refuses_other_inputs(input: Any, exception: type[Exception], message: str) -> None:
    plan = sr.Plan((1, 1, 4), size=8)
    out = np.full((1, 1, 8), 7, np.float32)
    with pytest.raises(exception, match=message):
        plan(input, out)
    assert (out == 7).all()


@pytest.mark.parametrize(
    ("shape", "dtype", "exception", "message"),
    [
        (5, "float32", TypeError, "input_shape must be a sequence of integers, got 5"),
        ("111", "float32", TypeError, "input_shape must be a sequence of integers, got '111'"),
        ((1, 1, 4.0), "float32", TypeError, r"input_shape must be made of integers, got \(1, 1, 4\.0\)"),
        ((1, True, 4), "float32", TypeError, r"input_shape must be made of integers, got \(1, True, 4\)"),
        ((1, 1, 2**64 + 4), "float32", ValueError, "input_shape must fit into 64 bits"),
        ((1, 1, -4), "float32", ValueError, r"\(1, 1, -4\) has a negative length"),
        ((-1, 1, 4), "float32", ValueError, r"\(-1, 1, 4\) has a negative length"),
        ((1, 1, 2**31), "float32", ValueError, "axis 2 has 2147483648 samples"),
        ((1, 1, 4), "float33", TypeError, "float33"),
        ((1, 1, 4), object, TypeError, "got object"),
        ((1, 1, 4), None, TypeError, "dtype must be a dtype, got None"),
    ],
)
def test_a_plan_of_nothing_is_refused(shape: Any, dtype: Any, exception: type[Exception], message: str) -> None:
    with pytest.raises(exception, match=message):
        sr.Plan(shape, dtype, size=8)


def test_a_plan_can_be_copied_and_pickled() -> None:
    plan = sr.Plan((1, 1, 4, 4), "float64", None, (2, 1.5), "bicubic", True, False, False, clamp=(0, None))
    input = samples((1, 1, 4, 4), "float64")
    for twin in (copy.copy(plan), copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))):
        assert repr(twin) == repr(plan)
        assert_same_bits(twin(input), plan(input))


def test_a_plan_is_released_when_nobody_holds_it() -> None:
    plan = sr.Plan((1, 1, 2**16), size=2**17, mode="linear")
    axes = plan.axes
    gone = weakref.ref(plan)
    del plan
    gc.collect()
    assert gone() is None
    assert axes[0].coordinates[0] == -0.25  # the taps are a copy


@pytest.mark.slow
def test_thousands_of_plans_take_no_memory() -> None:
    resource = pytest.importorskip("resource")
    for _ in range(200):
        sr.Plan((1, 1, 2**12), size=2**12 + 1, mode="linear")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3_000):  # of 64 kB each
        sr.Plan((1, 1, 2**12), size=2**12 + 1, mode="linear")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


@pytest.mark.parametrize("mode", ["linear", "nearest"])
@pytest.mark.parametrize("length", [1000, 60_000])  # what long rows of pixels need is made for each call
def test_one_plan_takes_every_memory_format_again_and_again(mode: str, length: int) -> None:
    rng = np.random.default_rng(2)
    plan = sr.Plan((2, 3, length), np.uint8, size=length - 7, mode=mode)
    for _ in range(2):
        x = rng.integers(0, 256, (2, 3, length), dtype=np.uint8)
        expected = plan(x)
        last = np.ascontiguousarray(x.transpose(0, 2, 1)).transpose(0, 2, 1)
        out = np.empty((2, length - 7, 3), np.uint8).transpose(0, 2, 1)
        plan(last, out=out)
        np.testing.assert_array_equal(out, expected)
