"""ONNX's operators: against the conformance data, a plain oracle and the reference evaluator; and what is refused."""

from __future__ import annotations

import functools
import importlib
import warnings
from pathlib import Path
from typing import Any

import arrays
import cases
import numpy as np
import onnx_cases
import onnx_oracle
import pytest
from arrays import assert_same_bits
from onnx_cases import Call
from test_instruction_sets import FEATURES, lacking

from swiftresample import onnx as ours

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import onnx
        from onnx.reference import ReferenceEvaluator
except ImportError as error:
    onnx, no_onnx = None, f"ONNX is not importable: {error}"
try:
    import torch
except ImportError as error:
    torch, no_torch = None, f"PyTorch is not importable: {error}"

needs_onnx = pytest.mark.skipif(onnx is None, reason="" if onnx else no_onnx)
needs_torch = pytest.mark.skipif(torch is None, reason="" if torch else no_torch)

Array = onnx_oracle.Array

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "onnx"

#: The cases of the conformance data, by operator, and this package's function for it.
FUNCTIONS = {
    "Resize": (39, ours.resize),
    "Upsample": (1, ours.upsample),
    "GridSample": (18, ours.grid_sample),
    "ConvTranspose": (11, ours.conv_transpose),
    "DepthToSpace": (2, ours.depth_to_space),
    "SpaceToDepth": (4, ours.space_to_depth),
    "AffineGrid": (4, ours.affine_grid),
    "CenterCropPad": (6, ours.center_crop_pad),
}

# ---- Tolerances ------------------------------------------------------------------------------------------------------

#: Of sums, relative to the largest |sample| of input and result times the gain of the weights: docs/exactness.md.
#: Integers are summed in float64 and rounded once, so that only a sum at a half may go either way.
RELATIVE = {"float32": 3e-6, "float64": 1e-13, "float16": 2**-10, "bfloat16": 2**-7}
ON_A_HALF = 1e-13

#: The evaluator has roi and cubic_coeff_a as float32 scalars, and NumPy rounds to float32 what meets these.
EVALUATOR = 1e-5

#: The conformance data are float32, and most were computed in it. Those of GridSample have four decimals.
CONFORMANCE = {"GridSample": 1e-4}
ROUNDED = 1e-5


def assert_agrees(call: Call, actual: Array, exact: Array, gain: float, rounding: float = 0.0) -> None:
    """Compare with a result that is not rounded: bits of samples that are copied, others to rounding."""
    what = str(call)
    assert actual.dtype == cases.numpy_dtype(call.dtype), what
    assert actual.shape == exact.shape, what
    if call.is_nearest:
        assert_same_bits(actual, exact.astype(actual.dtype), what)
        return
    wide = exact.astype(np.float64)
    largest = max(np.abs(call.input.astype(np.float64)).max(initial=0), np.abs(wide).max(initial=0))
    allowed = max(RELATIVE.get(call.dtype, ON_A_HALF), rounding) * largest * gain
    if actual.dtype.kind in "iu":
        limits = np.iinfo(actual.dtype)
        wide, allowed = np.clip(wide, limits.min, limits.max), 0.5 + allowed
    np.testing.assert_allclose(actual.astype(np.float64), wide, rtol=0, atol=allowed, err_msg=what)


# ---- Conformance -----------------------------------------------------------------------------------------------------


def golden_cases(operator: str) -> list[tuple[str, list[Array | None], dict[str, Any], Array]]:
    """Name, inputs, attributes and output of every case that is committed."""
    import json

    with np.load(GOLDEN / f"{operator}.npz", allow_pickle=False) as archive:
        return [
            (
                entry["name"],
                [None if name is None else archive[name] for name in entry["inputs"]],
                entry["attributes"],
                archive[entry["output"]],
            )
            for entry in json.loads(str(archive["metadata"]))["calls"]
        ]


def check_conformance(operator: str, found: list[tuple[str, list[Array | None], dict[str, Any], Array]]) -> None:
    count, function = FUNCTIONS[operator]
    assert len({name for name, *_ in found}) >= count
    for name, inputs, attributes, expected in found:
        # What is not given is an empty array in some cases.
        inputs = [None if x is None or (operator == "Resize" and x.size == 0) else x for x in inputs]
        actual = function(*inputs, **attributes)
        assert actual.dtype == expected.dtype, name
        assert actual.shape == expected.shape, name
        np.testing.assert_allclose(
            actual, expected, rtol=ROUNDED, atol=CONFORMANCE.get(operator, ROUNDED), err_msg=name
        )


@pytest.mark.numbers
@pytest.mark.memory
@pytest.mark.parametrize("operator", FUNCTIONS)
def test_the_committed_conformance_data_agree(operator: str) -> None:
    check_conformance(operator, golden_cases(operator))


@needs_onnx
@pytest.mark.parametrize("operator", FUNCTIONS)
def test_the_conformance_data_of_the_installed_onnx_agree(operator: str) -> None:
    generate = importlib.util.spec_from_file_location("generate_onnx", GOLDEN.parent / "generate_onnx.py")
    assert generate is not None
    assert generate.loader is not None
    module = importlib.util.module_from_spec(generate)
    generate.loader.exec_module(module)
    check_conformance(operator, module.conformance_cases(operator))


# ---- Random calls ----------------------------------------------------------------------------------------------------

CALLS = onnx_cases.random_calls(seed=40, count=600)

COMPUTE = """
import sys
import numpy as np
import swiftresample as sr
from test_onnx import CALLS

assert sr.instruction_set() == sys.argv[1], sr.instruction_set()
np.savez(sys.argv[2], *[np.ascontiguousarray(call.run()).view(np.uint8) for call in CALLS])
"""


@functools.cache
def expected_results() -> list[tuple[Array, float]]:
    return [call.expected() for call in CALLS]


@pytest.mark.parametrize("name", FEATURES)
def test_random_attributes_agree_with_the_oracle(name: str, run_python: Any, tmp_path: Path) -> None:
    if lacking(name):
        pytest.skip(f"this processor cannot run {name}: it lacks {', '.join(sorted(lacking(name)))}")
    path = tmp_path / f"{name}.npz"
    done = run_python(COMPUTE, name, str(path), RESAMPLE_INSTRUCTION_SET=name)
    assert done.returncode == 0, done.stderr
    compared = 0
    with np.load(path) as results:
        for call, bits, (exact, gain) in zip(CALLS, results.values(), expected_results()):
            # An axis that is cropped from its end is read from there, and its coordinates round otherwise.
            if any(axis.end < axis.start for axis in call.changed) and call.ambiguities().min() < 1e-9:
                continue
            assert_agrees(call, bits.view(cases.numpy_dtype(call.dtype)), exact, gain)
            compared += 1
    assert compared > 0.95 * len(CALLS)


@needs_onnx
@pytest.mark.slow
def test_random_attributes_agree_with_the_reference_evaluator() -> None:
    compared = 0
    for call in onnx_cases.random_calls(seed=41, count=700):
        attributes = dict(call.attributes)
        # The evaluator has no tf_half_pixel_for_nn and not all dtypes, and of coordinates that are a rounding away from
        # a sample it takes a window that is one sample off.
        is_known = attributes["coordinate_transformation_mode"] != "tf_half_pixel_for_nn"
        if not is_known or call.dtype not in ("float16", "float32", "float64", *cases.INTEGERS):
            continue
        if call.ambiguities().min() < 1e-9:
            continue
        if "axes" in attributes:  # negative ones it does not take
            attributes["axes"] = [axis % len(call.shape) for axis in attributes["axes"]]
        x = np.ascontiguousarray(call.input)
        exact = evaluate(x if call.is_nearest else x.astype(np.float64), call.roi, call.scales, call.sizes, attributes)
        is_rounded = call.roi is not None or attributes["mode"] == "cubic"
        assert_agrees(call, call.run(), exact, call.expected()[1], EVALUATOR if is_rounded else 0.0)
        compared += 1
    assert compared > 350


def evaluate(x: Array, roi: Any, scales: Any, sizes: Any, attributes: dict[str, Any]) -> Array:
    """Return what the reference evaluator of the installed onnx gives for Resize of opset 19."""
    given = {
        "X": x,
        "roi": None if roi is None else np.array(roi),
        "scales": None if scales is None else np.array(scales, np.float32),
        "sizes": None if sizes is None else np.array(sizes, np.int64),
    }
    feeds = {name: array for name, array in given.items() if array is not None}
    kinds = {name: onnx.helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in feeds.items()}
    names = [name if name in feeds else "" for name in given]
    node = onnx.helper.make_node("Resize", names, ["Y"], **attributes)
    inputs = [onnx.helper.make_tensor_value_info(name, kinds[name], array.shape) for name, array in feeds.items()]
    outputs = [onnx.helper.make_tensor_value_info("Y", kinds["X"], None)]
    graph = onnx.helper.make_graph([node], "resize", inputs, outputs)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)])
    result: Array = ReferenceEvaluator(model).run(None, feeds)[0]
    return result


# ---- Dtypes, ranks, memory -------------------------------------------------------------------------------------------


def test_upsample_is_resize_as_opset_9_had_it() -> None:
    x = arrays.samples((2, 3, 5, 4), "float32")
    for mode in ("nearest", "linear"):
        scales = [1.0, 1.0, 2.0, 1.5]
        asymmetric = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        assert_same_bits(ours.upsample(x, scales, mode=mode), ours.resize(x, None, scales, mode=mode, **asymmetric))


@pytest.mark.memory
@pytest.mark.parametrize("axes", [[0], [1, 3], [2, 1], [0, 1, 2], [0, 2, 4], [-1, -2, -3]], ids=str)
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_memory_formats_do_not_matter(axes: list[int], mode: str) -> None:
    x = arrays.samples((3, 4, 2, 5, 6), "float32")
    options: dict[str, Any] = {"axes": axes, "sizes": [5, 7, 3][: len(axes)], "mode": mode}
    expected = ours.resize(x, **options)
    for name, format in arrays.FORMATS.items():
        assert_same_bits(ours.resize(format(x), **options), expected, name)
    for name, format in arrays.WRITEABLE_FORMATS.items():
        out = format(np.zeros(expected.shape, x.dtype))
        assert ours.resize(x, **options, out=out) is out
        assert_same_bits(out, expected, name)


@pytest.mark.parametrize("dtype", [*arrays.WEIGHTED, *arrays.COPIED], ids=str)
def test_the_surroundings_of_a_crop_are_of_any_dtype(dtype: np.dtype[Any]) -> None:
    x = arrays.samples((3, 4), dtype)
    for value in (0.0, 2.5, 3.5, -7.25, 1e10, -1e30, np.inf, -np.inf, np.nan):
        cropped = ours.resize(
            x,
            roi=[-1, 0, 2, 1],
            scales=[1, 1],
            coordinate_transformation_mode="tf_crop_and_resize",
            extrapolation_value=value,
        )
        single = np.float64(np.float32(value))
        if dtype.kind in "iu":
            limits = np.iinfo(dtype)
            rounded = 0 if np.isnan(single) else np.rint(single)
            wanted = limits.min if rounded <= limits.min else limits.max if rounded >= limits.max else int(rounded)
        else:
            wanted = bool(value) if dtype.kind == "b" else single
        with np.errstate(over="ignore"):
            expected = np.array([[wanted] * 4, x[1], [wanted] * 4]).astype(dtype)
        expected[1] = x[1]
        if dtype.kind in "fV":  # NaN is no equal of itself in every dtype
            cropped, expected = cropped.astype(np.float64), expected.astype(np.float64)
        np.testing.assert_array_equal(cropped, expected, str(value))


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3), (0, 0), (1, 0, 2, 2), (4, 4, 4, 0)], ids=str)
def test_empty_arrays_stay_empty(shape: tuple[int, ...], mode: str) -> None:
    x = np.zeros(shape, np.float32)
    scales = [2.0 if axis < 3 else 1.0 for axis in range(len(shape))]
    doubled = tuple(int(length * scale) for length, scale in zip(shape, scales))
    assert ours.resize(x, scales=scales, mode=mode).shape == doubled
    assert ours.resize(x, sizes=doubled, mode=mode).shape == doubled
    policy = {"keep_aspect_ratio_policy": "not_larger"}
    if len(shape) < 4:
        assert ours.resize(x, sizes=doubled, mode=mode, **policy).shape == doubled
    crop = {"coordinate_transformation_mode": "tf_crop_and_resize", "roi": [0.5] * len(shape) + [0.25] * len(shape)}
    if len(shape) < 4:
        assert ours.resize(x, scales=scales, mode=mode, **crop).shape == doubled


def test_one_axis_of_eight() -> None:
    x = arrays.samples((2, 1, 3, 2, 1, 2, 3, 2), "int16")
    for axis in range(8):
        np.testing.assert_array_equal(ours.resize(x, scales=[2.0], axes=[axis]), np.repeat(x, 2, axis))


def test_an_axis_that_keeps_its_length_is_copied() -> None:
    x = arrays.samples((3, 5, 4), "float32")
    for mode in ("nearest", "linear", "cubic"):
        for transformation in onnx_cases.TRANSFORMATIONS[:-1]:
            same = ours.resize(x, sizes=x.shape, mode=mode, coordinate_transformation_mode=transformation)
            assert_same_bits(same, x)
            assert same is not x


@needs_torch
@pytest.mark.slow
def test_tensors_of_pytorch_come_back_as_such() -> None:
    x = arrays.samples((2, 3, 5, 4), "float32")
    result = ours.resize(torch.from_numpy(x), sizes=[7, 6], axes=[2, 3], mode="cubic")
    assert isinstance(result, torch.Tensor)
    assert_same_bits(result.numpy(), ours.resize(x, sizes=[7, 6], axes=[2, 3], mode="cubic"))
    out = torch.zeros(2, 3, 7, 6)
    assert ours.resize(torch.from_numpy(x), sizes=[7, 6], axes=[2, 3], mode="cubic", out=out) is out
    assert_same_bits(out.numpy(), result.numpy())


# ---- What is refused -------------------------------------------------------------------------------------------------

X = np.ones((2, 3, 4, 5), np.float32)
BOTH = [1, 1, 2, 2]
CROP = {"scales": BOTH, "coordinate_transformation_mode": "tf_crop_and_resize"}

REFUSED: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "nothing": (X, {}, ValueError, "either scales or sizes must be given"),
    "scales and sizes": (X, {"scales": BOTH, "sizes": [2, 3, 8, 8]}, ValueError, "either scales or sizes"),
    "no scales": (X, {"scales": []}, ValueError, "either scales or sizes"),
    "three scales": (X, {"scales": [1, 2, 2]}, ValueError, "scales must have 4 entries, got 3"),
    "five scales": (X, {"scales": [1, 1, 1, 2, 2]}, ValueError, "scales must have 4 entries, got 5"),
    "nine scales": (X, {"scales": [1] * 9}, ValueError, "scales must have at most 8 entries.*got 9"),
    "scales of two axes": (X, {"scales": BOTH, "axes": [2, 3]}, ValueError, "scales must have 2 entries, got 4"),
    "a scale of 0": (X, {"scales": [1, 1, 0, 2]}, ValueError, "scales must be positive and finite, got 0"),
    "a negative scale": (X, {"scales": [1, 1, -2, 2]}, ValueError, "scales must be positive and finite, got -2"),
    "a scale of NaN": (X, {"scales": [1, 1, np.nan, 2]}, ValueError, "scales must be positive and finite, got nan"),
    "an infinite scale": (X, {"scales": [1, 1, 2, np.inf]}, ValueError, "scales must be positive and finite, got inf"),
    "a scale beyond float32": (X, {"scales": [1, 1, 2, 1e300]}, ValueError, "scales must be positive and finite"),
    "a scale to nothing": (
        X,
        {"scales": [1, 1, 0.2, 2]},
        ValueError,
        "axis 2 of 4 samples must get from 1 to 2147483647",
    ),
    "a scale to too much": (X, {"scales": [1, 1, 1e9, 1]}, ValueError, "axis 2 of 4 samples must get from 1"),
    "text as scales": (X, {"scales": "1122"}, TypeError, "scales must be a sequence of numbers"),
    "scales of text": (X, {"scales": ["1", "1", "2", "2"]}, TypeError, "scales must be made of real numbers"),
    "a number as scales": (X, {"scales": 2.0}, TypeError, "scales must be a sequence of numbers, got 2.0"),
    "complex scales": (X, {"scales": [1, 1, 2j, 2]}, TypeError, "scales must be made of real numbers"),
    "two sizes": (X, {"sizes": [8, 8]}, ValueError, "sizes must have 4 entries, got 2"),
    "a size of 0": (X, {"sizes": [2, 3, 0, 8]}, ValueError, "sizes must be from 1 to 2147483647, got 0 for axis 2"),
    "a negative size": (X, {"sizes": [2, 3, -1, 8]}, ValueError, "sizes must be from 1 to 2147483647, got -1"),
    "a negative size that does not count": (
        X,
        {"sizes": [-5, 8], "axes": [2, 3], "keep_aspect_ratio_policy": "not_smaller"},
        ValueError,
        "sizes must be from 1 to 2147483647, got -5",
    ),
    "a huge size": (X, {"sizes": [2, 3, 2**31, 8]}, ValueError, "sizes must be from 1 to 2147483647, got 2147483648"),
    "a size beyond 64 bits": (X, {"sizes": [2, 3, 2**64, 8]}, ValueError, "sizes"),
    "a huge result": (X, {"sizes": [2, 3, 2**30, 2**30]}, ValueError, "an output of shape .* is too large"),
    "a huge size by the policy": (
        X,
        {"sizes": [2**31 - 1, 1], "axes": [0, 3], "keep_aspect_ratio_policy": "not_smaller"},
        ValueError,
        "axis 3 of 5 samples must get from 1 to 2147483647",
    ),
    "nothing by the policy": (
        X,
        {"sizes": [1, 20], "axes": [3, 0], "keep_aspect_ratio_policy": "not_larger"},
        ValueError,
        "axis 0 of 2 samples must get from 1 to 2147483647",
    ),
    "fractions as sizes": (X, {"sizes": [2, 3, 8.5, 8]}, TypeError, "sizes must be made of integers"),
    "float32 as sizes": (X, {"sizes": np.array([2, 3, 8, 8], np.float32)}, TypeError, "sizes must be made of integers"),
    "truth values as sizes": (X, {"sizes": [2, 3, True, 8]}, TypeError, "sizes must be made of integers"),
    "text as sizes": (X, {"sizes": ["2", "3", "8", "8"]}, TypeError, "sizes must be made of integers"),
    "the size of an empty axis": (
        X[:0],
        {"sizes": [1, 3, 8, 8]},
        ValueError,
        "sizes must be 0 for axis 0.*empty, got 1",
    ),
    "an axis twice": (X, {"scales": [2, 2], "axes": [2, 2]}, ValueError, "axes names axis 2 twice"),
    "an axis twice by its names": (X, {"scales": [2, 2], "axes": [3, -1]}, ValueError, "axes names axis 3 twice"),
    "an axis that is not there": (X, {"scales": [2], "axes": [4]}, ValueError, "axes must be from -4 to 3, got 4"),
    "a negative one": (X, {"scales": [2], "axes": [-5]}, ValueError, "axes must be from -4 to 3, got -5"),
    "five axes": (
        X,
        {"scales": [2] * 5, "axes": [0, 1, 2, 3, 0]},
        ValueError,
        "axes must have at most 4 entries, got 5",
    ),
    "fractions as axes": (X, {"scales": [2], "axes": [2.0]}, TypeError, "axes must be made of integers"),
    "four axes that change": (X, {"scales": [2] * 4}, NotImplementedError, "at most 3 axes can change at once, got 4"),
    "an unknown mode": (
        X,
        {"scales": BOTH, "mode": "bilinear"},
        ValueError,
        "mode must be one of 'nearest', .*'bilinear'",
    ),
    "a number as mode": (X, {"scales": BOTH, "mode": 1}, TypeError, "mode must be a string, got 1"),
    "an unknown transformation": (
        X,
        {"scales": BOTH, "coordinate_transformation_mode": "pixel"},
        ValueError,
        "coordinate_transformation_mode must be one of .*got 'pixel'",
    ),
    "an unknown nearest_mode": (
        X,
        {"scales": BOTH, "nearest_mode": "round"},
        ValueError,
        "nearest_mode must be one of",
    ),
    "an unknown policy": (
        X,
        {"scales": BOTH, "keep_aspect_ratio_policy": "fit"},
        ValueError,
        "keep_aspect_ratio_policy must be one of",
    ),
    "antialias of nearest": (
        X,
        {"scales": BOTH, "antialias": 1},
        ValueError,
        "options of linear and cubic, not of near",
    ),
    "exclude_outside of nearest": (
        X,
        {"scales": BOTH, "exclude_outside": 1},
        ValueError,
        "options of linear and cubic",
    ),
    "antialias of 2": (
        X,
        {"scales": BOTH, "mode": "linear", "antialias": 2},
        ValueError,
        "antialias must be 0 or 1, got 2",
    ),
    "antialias of text": (
        X,
        {"scales": BOTH, "mode": "linear", "antialias": "1"},
        TypeError,
        "antialias must be an integer",
    ),
    "exclude_outside of -1": (
        X,
        {"scales": BOTH, "mode": "cubic", "exclude_outside": -1},
        ValueError,
        "exclude_outside must",
    ),
    "a coefficient of NaN": (
        X,
        {"scales": BOTH, "mode": "cubic", "cubic_coeff_a": np.nan},
        ValueError,
        "must be finite",
    ),
    "a coefficient of text": (
        X,
        {"scales": BOTH, "cubic_coeff_a": "-0.5"},
        TypeError,
        "cubic_coeff_a must be .*real number",
    ),
    "an extrapolation_value of None": (
        X,
        {**CROP, "extrapolation_value": None},
        TypeError,
        "extrapolation_value must be",
    ),
    "no roi": (X, CROP, ValueError, "roi must be given for tf_crop_and_resize"),
    "half a roi": (X, {**CROP, "roi": [0, 0, 0, 0]}, ValueError, "roi must have 8 entries, got 4"),
    "a long roi": (X, {**CROP, "roi": [0] * 17}, ValueError, "roi must have at most 16 entries"),
    "a roi of NaN": (X, {**CROP, "roi": [0, 0, 0, 0, 1, 1, np.nan, 1]}, ValueError, "roi must be finite"),
    "an infinite roi": (X, {**CROP, "roi": [0, 0, -np.inf, 0, 1, 1, 1, 1]}, ValueError, "roi must be finite"),
    "a far roi": (X, {**CROP, "roi": [0, 0, 0, 0, 1, 1, 1, 1e7]}, ValueError, "roi must be finite, from -1e6 to 1e6"),
    "0-D": (np.ones((), np.float32), {"scales": []}, ValueError, "X must have at least one axis"),
    "9-D": (np.ones((1,) * 9), {"scales": [1] * 8}, NotImplementedError, "at most 8 axes"),
    "linear of int64": (X.astype("i8"), {"scales": BOTH, "mode": "linear"}, TypeError, "linear does not take int64"),
    "cubic of bool": (X.astype(bool), {"scales": BOTH, "mode": "cubic"}, TypeError, "cubic does not take bool"),
    "objects": (X.astype(object), {"scales": BOTH}, TypeError, "dtype must be"),
    "a list": ([1, 2], {"scales": [2]}, TypeError, r"X must be a numpy\.ndarray"),
}


@pytest.mark.memory
@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_and_nothing_is_written(name: str) -> None:
    x, options, exception, message = REFUSED[name]
    out = np.full((2, 3, 8, 10), 77, np.float32)
    for further in ({}, {"out": out}):
        with pytest.raises(exception, match=message):
            ours.resize(x, **options, **further)
    assert (out == 77).all()


def test_bad_outputs_are_refused() -> None:
    for out, exception, message in (
        (np.zeros((2, 3, 8, 9), np.float32), ValueError, "shape"),
        (np.zeros((2, 3, 8, 10)), (TypeError, ValueError), "float32"),
        (np.broadcast_to(np.float32(0), (2, 3, 8, 10)), ValueError, "read-only|writ"),
        (
            np.lib.stride_tricks.as_strided(np.zeros(99, np.float32), (2, 3, 8, 10), (4,) * 4),
            ValueError,
            "share|apart|overlap",
        ),
    ):
        with pytest.raises(exception, match=message):
            ours.resize(X, scales=BOTH, out=out)
    memory = np.ones(2000, np.float32)
    x, overlapping = memory[:120].reshape(2, 3, 4, 5), memory[60:540].reshape(2, 3, 8, 10)
    with pytest.raises(ValueError, match=r"overlap|share"):
        ours.resize(x, scales=BOTH, out=overlapping)
    assert (memory == 1).all()


# ---- The family ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int64", "complex128"])
def test_depth_and_space_are_the_definitions(mode: str, dtype: str) -> None:
    x = arrays.samples((2, 18, 3, 4), dtype)
    axes = (0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3)
    blocks = (2, 3, 3, 2, 3, 4) if mode == "DCR" else (2, 2, 3, 3, 3, 4)
    expected = x.reshape(blocks).transpose(axes).reshape(2, 2, 9, 12)
    assert_same_bits(ours.depth_to_space(x, 3, mode=mode), expected)
    assert_same_bits(ours.depth_to_space(arrays.channels_last(x), 3, mode=mode), expected)
    assert_same_bits(ours.space_to_depth(expected, 3, mode=mode), x)
    assert_same_bits(ours.space_to_depth(arrays.fortran(expected), 3, mode=mode), x)


def conv_transpose_oracle(
    X: Array, W: Array, B: Array | None, stride: Any, dilation: Any, start: Any, lengths: Any, group: int
) -> Array:
    """By the definition: every sample adds a kernel to the output, which begins at `start`."""
    batch, channels, *spatial = X.shape
    outputs = W.shape[1]
    y = np.zeros((batch, outputs * group, *lengths))
    for place in np.ndindex(*spatial):
        for tap in np.ndindex(*W.shape[2:]):
            at = tuple(p * s + t * d - cut for p, s, t, d, cut in zip(place, stride, tap, dilation, start))
            if not all(0 <= index < length for index, length in zip(at, lengths)):
                continue
            for g in range(group):
                part = slice(g * channels // group, (g + 1) * channels // group)
                sums = X[(slice(None), part, *place)] @ W[(part, slice(None), *tap)]
                y[(slice(None), slice(g * outputs, (g + 1) * outputs), *at)] += sums
    return y if B is None else y + B.reshape(-1, *[1] * len(spatial))


def test_conv_transpose_of_random_attributes_is_the_definition() -> None:
    random = np.random.default_rng(42)
    for number in range(150):
        axes = int(random.integers(1, 4))
        group = int(random.integers(1, 3))
        shape = random.integers(1, 5 if axes < 3 else 3, axes)
        kernel = random.integers(1, 4, axes)
        stride, dilation = random.integers(1, 4, axes), random.integers(1, 3, axes)
        extra = random.integers(0, np.maximum(stride, dilation))
        X = random.standard_normal((2, 2 * group, *shape))
        W = random.standard_normal((2 * group, 3, *kernel))
        B = random.standard_normal(3 * group) if number % 2 else None
        whole = stride * (shape - 1) + dilation * (kernel - 1) + 1 + extra
        attributes: dict[str, Any] = {"strides": stride, "dilations": dilation, "group": group, "output_padding": extra}
        attributes["kernel_shape"] = kernel
        kind = str(random.choice(["pads", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]))
        if kind == "pads":
            start, end = random.integers(0, (whole + 1) // 2), random.integers(0, (whole + 1) // 2)
            attributes["pads"] = np.concatenate([start, end])
        elif kind == "VALID":
            start = end = 0 * whole
            attributes["auto_pad"] = kind
        else:
            lengths = stride * shape
            if kind == "NOTSET" or number % 3 == 0:
                lengths = random.integers(1, whole + 3)
                attributes["output_shape"] = lengths
            cut = whole - lengths
            attributes["auto_pad"] = kind
            # total_padding of the specification, whose half it rounds down for the start of SAME_UPPER alone.
            start = cut // 2 if kind == "SAME_UPPER" else cut - cut // 2
            end = cut - start
        if number % 4 == 0:
            attributes = {
                name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in attributes.items()
            }
        expected = conv_transpose_oracle(X, W, B, stride, dilation, start, whole - start - end, group)
        actual = ours.conv_transpose(X, W, B, **attributes)
        np.testing.assert_allclose(
            actual, expected, rtol=1e-13, atol=1e-12, err_msg=str((X.shape, W.shape, attributes))
        )


def test_center_crop_pad_keeps_the_middle() -> None:
    x = np.arange(1, 36, dtype=np.int32).reshape(5, 7)
    cropped = ours.center_crop_pad(x, [2, 10], axes=[-2, 1])
    np.testing.assert_array_equal(cropped, np.pad(x[1:3], [(0, 0), (1, 2)]))
    assert_same_bits(ours.center_crop_pad(x.T, [3], axes=[0]), np.ascontiguousarray(x.T[2:5]))


FAMILY_REFUSED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], type[Exception], str]] = {
    "depth_to_space, 3-D": (ours.depth_to_space, (X[0], 2), {}, ValueError, "input must be 4-D"),
    "depth_to_space, 0": (ours.depth_to_space, (X, 0), {}, ValueError, "blocksize must be at least 1, got 0"),
    "depth_to_space, 1.0": (ours.depth_to_space, (X, 1.0), {}, TypeError, "blocksize must be an integer"),
    "depth_to_space, channels": (ours.depth_to_space, (X, 2), {}, ValueError, "multiple of 4 channels, got 3"),
    "depth_to_space, huge": (ours.depth_to_space, (X, 2**40), {}, ValueError, "channels"),
    "depth_to_space, mode": (ours.depth_to_space, (X, 1), {"mode": "RCD"}, ValueError, "mode must be one of"),
    "space_to_depth, odd": (ours.space_to_depth, (X, 2), {}, ValueError, "blocksize must divide height and width"),
    "space_to_depth, mode": (ours.space_to_depth, (X, 1), {"mode": "crd"}, ValueError, "mode must be one of"),
    "conv_transpose, ranks": (ours.conv_transpose, (X, X[0]), {}, ValueError, "X and W must have 3 to 5 axes"),
    "conv_transpose, kernel": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"kernel_shape": [1, 1]},
        ValueError,
        "kernel_shape",
    ),
    "conv_transpose, strides": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"strides": [2]},
        ValueError,
        "strides must have 2",
    ),
    "conv_transpose, stride": (ours.conv_transpose, (X, X[:1].repeat(3, 0)), {"strides": [2, 0]}, ValueError, "stride"),
    "conv_transpose, pads": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"pads": [1, 1]},
        ValueError,
        "pads must have 4",
    ),
    "conv_transpose, negative pads": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"pads": [-1, 0, 0, 0]},
        ValueError,
        "pads must be at least 0",
    ),
    "conv_transpose, all cut off": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"pads": [4, 4, 4, 4]},
        ValueError,
        "pads must leave at least 1 sample",
    ),
    "conv_transpose, output_padding": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"output_padding": [1, 0]},
        ValueError,
        "output_padding must be less than strides or dilations",
    ),
    "conv_transpose, auto_pad": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"auto_pad": "SAME"},
        ValueError,
        "auto_pad",
    ),
    "conv_transpose, output_shape": (
        ours.conv_transpose,
        (X, X[:1].repeat(3, 0)),
        {"output_shape": [0, 5]},
        ValueError,
        "output_shape must be at least 1",
    ),
    "conv_transpose, group": (ours.conv_transpose, (X, X[:1].repeat(3, 0)), {"group": 2}, ValueError, "group"),
    "grid_sample, mode": (
        ours.grid_sample,
        (X, np.zeros((2, 1, 1, 2), np.float32)),
        {"mode": "area"},
        ValueError,
        "mode",
    ),
    "grid_sample, flag": (
        ours.grid_sample,
        (X, np.zeros((2, 1, 1, 2), np.float32)),
        {"align_corners": 2},
        ValueError,
        "align_corners must be 0 or 1",
    ),
    "affine_grid, size": (ours.affine_grid, (np.ones((2, 2, 3), np.float32), [2, 1, 3.5, 3]), {}, TypeError, "size"),
    "center_crop_pad, axes": (ours.center_crop_pad, (X, [1]), {"axes": [4]}, ValueError, "axes must be from -4 to 3"),
    "center_crop_pad, twice": (ours.center_crop_pad, (X, [1, 1]), {"axes": [1, -3]}, ValueError, "entry for each axis"),
    "center_crop_pad, count": (
        ours.center_crop_pad,
        (X, [1]),
        {},
        ValueError,
        "shape must have an entry for each axis",
    ),
    "center_crop_pad, negative": (
        ours.center_crop_pad,
        (X, [-1]),
        {"axes": [0]},
        ValueError,
        "shape must not be negative",
    ),
    "upsample, mode": (ours.upsample, (X, BOTH), {"mode": "cubic"}, ValueError, "mode must be one of"),
}


@pytest.mark.parametrize("name", FAMILY_REFUSED)
def test_bad_input_of_the_family_is_refused(name: str) -> None:
    function, arguments, options, exception, message = FAMILY_REFUSED[name]
    with pytest.raises(exception, match=message):
        function(*arguments, **options)
