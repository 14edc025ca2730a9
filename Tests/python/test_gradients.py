"""The backward functions: their results, for arrays in any memory format, on any number of threads, of any batch."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradients_cases as gradients
import numpy as np
import pytest
import tolerances
from arrays import FORMATS, assert_same_bits, channels_last, in_turn, samples
from cases import numpy_dtype
from machine import INSTRUCTION_SETS

import swiftresample as sr

FLOATS = [numpy_dtype(name) for name in gradients.FLOATS]
SOME = gradients.SOME


def assert_same(actual: tuple[Any, ...], expected: tuple[Any, ...], call: gradients.Call, what: str = "") -> None:
    """Require the same bits of every result."""
    assert len(actual) == len(expected)
    for name, one, other in zip(call.results, actual, expected):
        assert one.shape == other.shape, f"{what}: {name} of {call}"
        assert_same_bits(one, other, f"{what}: {name} of {call}")


@pytest.fixture
def _threads() -> Iterator[None]:
    before = sr.get_num_threads()
    yield
    sr.set_num_threads(before)


@pytest.mark.parametrize("operator", [*gradients.RESULTS])
def test_the_parameters_are_those_of_the_operator(operator: str) -> None:
    forward = inspect.signature(getattr(sr, operator)).parameters
    backward = inspect.signature(getattr(sr, f"{operator}_backward")).parameters
    own = {"grad_output", "input_size", "out"}
    expected = {name: one.default for name, one in forward.items() if name not in ("bias", "clamp", "out")}
    if operator == "interpolate":
        del expected["input"]
    assert next(iter(backward)) == "grad_output"
    found = {name: one.default for name, one in backward.items() if name not in own}
    assert found == expected
    assert list(found) == list(expected)


# ---- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(2))
@pytest.mark.parametrize("choose", gradients.CHOOSERS)
@pytest.mark.numbers
def test_random_calls_agree_with_the_oracle(choose: str, batch: int) -> None:
    for call in gradients.random_calls(gradients.CHOOSERS[choose], seed=700 + batch, count=250):
        gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("name", gradients.KINDS)
@pytest.mark.numbers
def test_every_kind_agrees_with_the_oracle(name: str) -> None:
    for dtype in FLOATS:
        call = gradients.of_kind(name, dtype)
        gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("name", SOME)
@pytest.mark.numbers
def test_many_channels_agree_with_the_oracle(name: str) -> None:
    operator, _, options = gradients.KINDS[name]
    for dtype in ("float32", "float64", "float16"):
        call = gradients.of_kind(name, dtype)
        if operator == "interpolate":
            size = call.options["input_size"]
            arrays = (samples((1, 67, *call.arrays[0].shape[2:]), dtype),)
            call = dataclasses.replace(call, arrays=arrays, options={**options, "input_size": (1, 67, *size[2:])})
        elif operator.startswith("conv"):
            if options.get("groups", 1) > 1 or call.arrays[1].ndim < call.arrays[2].ndim:
                continue
            grad_output, input, weight = call.arrays
            arrays = (
                samples((1, 37, *grad_output.shape[2:]), dtype, 1),
                samples((1, 70, *input.shape[2:]), dtype, 2),
                samples((70, 37, *weight.shape[2:]), dtype, 3),
            )
            call = dataclasses.replace(call, arrays=arrays)
        else:
            grad_output, first, second = call.arrays
            arrays = (samples((2, 72, *grad_output.shape[2:]), dtype, 1), samples((2, 72, *first.shape[2:]), dtype, 2))
            call = dataclasses.replace(call, arrays=(*arrays, second))
        gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize(("name", "dtype"), in_turn(SOME, FLOATS), ids=str)
def test_no_gradient_gives_no_gradient(name: str, dtype: np.dtype[Any]) -> None:
    call = gradients.of_kind(name, dtype)
    call = dataclasses.replace(call, arrays=(np.zeros_like(call.arrays[0]), *call.arrays[1:]))
    for result in call.of(sr):
        assert not result.any()


# ---- Memory formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", gradients.KINDS)
def test_every_memory_format_gives_the_same_bits(name: str) -> None:
    for dtype in FLOATS:
        call = gradients.of_kind(name, dtype)
        expected = call.of(sr)
        for which in range(len(call.arrays)):
            for other, format_of in FORMATS.items():
                arrays = list(call.arrays)
                arrays[which] = format_of(arrays[which])
                np.testing.assert_array_equal(arrays[which], call.arrays[which])
                actual = dataclasses.replace(call, arrays=tuple(arrays)).of(sr)
                assert_same(actual, expected, call, f"array {which} {other}")


@pytest.mark.parametrize("name", SOME)
def test_broadcast_axes_give_the_same_bits(name: str) -> None:
    call = gradients.of_kind(name, np.float32)
    for which, array in enumerate(call.arrays):
        for axis in (*range(array.ndim), None):
            arrays = list(call.arrays)
            one = array.take([0], axis) if axis is not None else array.ravel()[:1]
            arrays[which] = np.broadcast_to(one.reshape((1,) * array.ndim) if axis is None else one, array.shape)
            expected = dataclasses.replace(call, arrays=tuple(one.copy() for one in arrays)).of(sr)
            assert_same(dataclasses.replace(call, arrays=tuple(arrays)).of(sr), expected, call, f"{which} {axis}")


@pytest.mark.parametrize(("name", "dtype"), in_turn(SOME, ["f4", "f8", "f2"]), ids=str)
def test_foreign_byte_orders_are_converted(name: str, dtype: str) -> None:
    call = gradients.of_kind(name, dtype)
    expected = call.of(sr)
    swapped = [array.astype(f">{dtype}") for array in call.arrays]
    assert_same(dataclasses.replace(call, arrays=tuple(swapped)).of(sr), expected, call, "all")
    for which, array in enumerate(swapped):
        arrays = list(call.arrays)
        arrays[which] = array
        assert_same(dataclasses.replace(call, arrays=tuple(arrays)).of(sr), expected, call, f"array {which}")


@pytest.mark.parametrize("name", SOME)
def test_the_arguments_are_left_alone(name: str) -> None:
    call = gradients.of_kind(name, np.float32)
    before = [array.copy() for array in call.arrays]
    results = call.of(sr)
    for array, copy in zip(call.arrays, before):
        assert_same_bits(array, copy)
    for result in results:
        assert type(result) is np.ndarray
        assert result.flags.writeable
        assert not any(np.shares_memory(result, array) for array in call.arrays)


# ---- Threads and batches ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_threads")
@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_the_number_of_threads_changes_no_bit(name: str, dtype: str) -> None:
    call = gradients.of_kind(name, dtype, larger=3)
    for format_of in (np.ascontiguousarray, channels_last):
        formatted = dataclasses.replace(call, arrays=tuple(format_of(array) for array in call.arrays))
        sr.set_num_threads(1)
        expected = formatted.of(sr)
        for n in (2, 3, 7):
            sr.set_num_threads(n)
            assert_same(formatted.of(sr), expected, call, f"{n} threads")


#: What is summed over the batch: the gradients of what all images share.
SHARED = ("grad_weight", "grad_bias")


def images_of(call: gradients.Call, images: Any) -> gradients.Call:
    """The call with some of the images alone."""
    is_shared = [False, False, call.operator.startswith("conv")]
    taken = tuple(array if shared else array[images] for array, shared in zip(call.arrays, is_shared))
    options = dict(call.options)
    if "input_size" in options:
        options["input_size"] = (taken[0].shape[0], *options["input_size"][1:])
    return dataclasses.replace(call, arrays=taken, options=options)


@pytest.mark.parametrize(
    ("name", "dtype"), in_turn([name for name in SOME if "unbatched" not in name], FLOATS), ids=str
)
def test_images_do_not_depend_on_one_another(name: str, dtype: np.dtype[Any]) -> None:
    call = images_of(gradients.of_kind(name, dtype), [0, 1, 0, 1, 1])
    expected = call.of(sr)
    for images in (slice(0, 1), slice(1, 2), slice(1, 4), slice(0, 0)):
        part = images_of(call, images)
        for result, one, other in zip(call.results, part.of(sr), expected):
            if result not in SHARED:
                assert one.shape == other[images].shape
                assert_same_bits(one, other[images], f"{result} of {part}")


@pytest.mark.parametrize("name", [name for name in SOME if name.startswith("conv") and "unbatched" not in name])
def test_shared_gradients_are_the_sums_over_the_batch(name: str) -> None:
    call = gradients.of_kind(name, np.float64)
    whole, parts = call.of(sr), [images_of(call, slice(image, image + 1)).of(sr) for image in range(2)]
    for result, one, first, second, magnitudes in zip(call.results, whole, *parts, call.magnitudes()):
        if result in SHARED:
            assert (np.abs(one - (first + second)) <= tolerances.GRADIENTS["float64"] * magnitudes).all()


@pytest.mark.parametrize("name", [name for name in gradients.KINDS if "unbatched" not in name])
def test_a_batch_of_none_gives_a_batch_of_none(name: str) -> None:
    call = images_of(gradients.of_kind(name, np.float32), slice(0, 0))
    for result, array in zip(call.results, call.of(sr)):
        assert array.dtype == np.float32
        if result in SHARED:  # the sum of nothing
            assert not array.any()
        else:
            assert array.size == 0
            assert array.shape[0] == 0


@pytest.mark.parametrize("name", [name for name in SOME if name.startswith("conv") and "unbatched" not in name])
def test_an_image_without_a_batch_is_a_batch_of_one(name: str) -> None:
    call = images_of(gradients.of_kind(name, np.float32), slice(1, 2))
    grad_output, input, weight = call.arrays
    grad_input, *others = dataclasses.replace(call, arrays=(grad_output[0], input[0], weight)).of(sr)
    assert_same((grad_input[None], *others), call.of(sr), call)


# ---- Numeric gradients -----------------------------------------------------------------------------------------------

NUMERIC = {
    "conv_transpose1d": ((2, 2, 5), (2, 3, 3)),
    "conv_transpose2d": ((1, 2, 3, 4), (2, 1, 2, 3)),
    "conv_transpose3d": ((1, 2, 2, 2, 3), (2, 1, 2, 1, 2)),
    "grid_sample": ((1, 2, 4, 5), (1, 2, 3, 2)),
    "grid_sample 3d": ((1, 2, 3, 4, 3), (1, 1, 2, 2, 3)),
    "carafe": ((1, 4, 3, 3), (1, 18, 6, 6)),
}


def numeric_calls() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in NUMERIC:
        if name.startswith("conv"):
            yield name, {"stride": 2, "padding": 1, "output_padding": 1}
            yield name, {"dilation": 2, "groups": 2, "output_padding": 1}
        elif name.startswith("grid"):
            for mode in ("bilinear", "bicubic", "nearest"):
                for padding_mode in ("zeros", "border", "reflection"):
                    for align_corners in (False, True):
                        yield name, {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        else:
            yield name, {"kernel_size": 3, "group_size": 2, "scale_factor": 2}


@pytest.mark.parametrize(("name", "options"), list(numeric_calls()), ids=str)
def test_gradients_are_those_of_small_steps(name: str, options: dict[str, Any]) -> None:
    operator = name.split()[0]
    random = np.random.default_rng(3)
    arrays = [random.standard_normal(shape) for shape in NUMERIC[name]]
    if operator == "grid_sample":
        # Off the samples and edges, where the derivative jumps: positions at 0.2 to 0.8 between multiples of a half.
        input, grid = arrays
        lengths = np.array(input.shape[:1:-1], np.float64)
        places = np.floor(random.uniform(-1, 2 * lengths + 1, grid.shape)) + random.uniform(0.2, 0.8, grid.shape)
        spans = lengths - 1 if options["align_corners"] else lengths
        arrays[1] = places / spans - 1
    if operator.startswith("conv"):
        inputs, groups = arrays[0].shape[1], options.get("groups", 1)
        arrays.append(random.standard_normal(arrays[1].shape[1] * groups))  # the bias
        assert inputs % groups == 0
    function = getattr(sr, operator)
    grad_output = random.standard_normal(function(*arrays, **options).shape)
    given = arrays[:2]
    found = getattr(sr, f"{operator}_backward")(grad_output, *given, **options)
    step = 1e-4
    for array, gradient in zip(arrays, found):
        numeric = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            middle = array[index]
            ends = []
            for moved in (middle - step, middle + step):
                array[index] = moved
                ends.append((grad_output * function(*arrays, **options)).sum())
            array[index] = middle
            numeric[index] = (ends[1] - ends[0]) / (2 * step)
        # Differences of sums are exact to 1e-15 / step; the third derivative of a cubic piece adds step^2 times it.
        np.testing.assert_allclose(gradient, numeric, rtol=0, atol=1e-6 * max(1, np.abs(numeric).max()))


# ---- Instruction sets ------------------------------------------------------------------------------------------------

COMPUTE = """
import sys
import numpy as np
import swiftresample as sr
import gradients_cases as gradients

assert sr.instruction_set() == sys.argv[1], sr.instruction_set()
results = []
for name in gradients.KINDS:
    for dtype in ("float32", "float64", "float16"):
        results += gradients.of_kind(name, dtype).of(sr)
np.savez(sys.argv[2], *results)
"""


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS[1:])
@pytest.mark.slow
def test_an_instruction_set_gives_the_baselines_answers(instruction_set: str, run_python: Any, tmp_path: Path) -> None:
    found = []
    for name in ("baseline", instruction_set):
        path = tmp_path / f"{name}.npz"
        done = run_python(COMPUTE, name, str(path), RESAMPLE_INSTRUCTION_SET=name)
        if "RESAMPLE_INSTRUCTION_SET asks for" in done.stderr:
            pytest.skip(f"this processor does not have {name}")
        assert done.returncode == 0, done.stderr
        with np.load(path) as results:
            found.append(iter(list(results.values())))
    for name in gradients.KINDS:
        for dtype in ("float32", "float64", "float16"):
            call = gradients.of_kind(name, dtype)
            actual, expected = (tuple(next(results) for _ in call.results) for results in found)
            gradients.assert_agrees(
                actual, expected, call, f"baseline, {instruction_set}", call.rounding()
            )  # both round
