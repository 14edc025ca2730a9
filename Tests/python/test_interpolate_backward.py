"""interpolate_backward: the transpose of interpolate, what it writes and what it refuses."""

from __future__ import annotations

import itertools
from typing import Any

import cases
import gradients_cases as gradients
import numpy as np
import pytest
from arrays import MODES, WRITEABLE_FORMATS, assert_same_bits, channels_last, pairs, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FLOATS = [numpy_dtype(name) for name in gradients.FLOATS]
CALLS = [pytest.param(*call, id=name) for name, call in MODES.items()]

# ---- The transpose ---------------------------------------------------------------------------------------------------

#: <y, A x> and <A' y, x> are sums of the same products: in float64 they differ by their rounding alone.
SAME_PRODUCT = 1e-13


def assert_is_transpose(grad_output: Any, x: Any, grad_input: Any, output: Any, what: object) -> None:
    """Require <y, A x> = <A' y, x>."""
    there, back = grad_output * output, grad_input * x
    difference = abs(there.sum() - back.sum())
    assert difference <= SAME_PRODUCT * (np.abs(there).sum() + np.abs(back).sum()), f"{difference:.3g} for {what}"


def assert_call_is_transpose(shape: tuple[int, ...], options: dict[str, Any]) -> None:
    x = samples(shape, np.float64, 5)
    output = sr.interpolate(x, **options)
    grad_output = samples(output.shape, np.float64, 6)
    assert_is_transpose(
        grad_output, x, sr.interpolate_backward(grad_output, shape, **options), output, (shape, options)
    )


@pytest.mark.parametrize("batch", range(4))
def test_random_calls_are_the_transpose(batch: int) -> None:
    for case in cases.random_cases(seed=90 + batch, count=400):
        x = case.input()
        x = channels_last(samples(x.shape, np.float64)) if case.channels_last else samples(x.shape, np.float64)
        output = sr.interpolate(x, **case.options)
        grad_output = samples(output.shape, np.float64, case.seed)
        grad_output = channels_last(grad_output) if case.channels_last else grad_output
        grad_input = sr.interpolate_backward(grad_output, x.shape, **case.options)
        assert_is_transpose(grad_output, x, grad_input, output, case)


def every_option() -> list[Any]:
    """Every mode, rank and option, by sizes and by each rule of the factor."""
    found = []
    scales: list[dict[str, Any]] = [
        {"size": 29},
        {"size": 9},
        {"size": 17},
        {"size": 34},
        {"size": 1},
        {"scale_factor": 1.7},
        {"scale_factor": 0.6},
        {"scale_factor": 2.005},
        {"scale_factor": 1.05},
        {"scale_factor": 1.05, "recompute_scale_factor": True},
        {"scale_factor": 1.7, "recompute_scale_factor": True},
        {"scale_factor": 0.6, "recompute_scale_factor": False},
    ]
    for (mode, ranks), antialias, scale in itertools.product(cases.RANKS.items(), (False, True), scales):
        for rank in ranks:
            if "float32" not in cases.library_dtypes(mode, rank, antialias):
                continue
            for align_corners in (None, False, True) if mode in cases.WITH_ALIGN_CORNERS else (None,):
                options = {"mode": mode, "antialias": antialias, "align_corners": align_corners, **scale}
                found.append(pytest.param(rank, options, id=f"{rank}d-{'-'.join(map(str, options.values()))}"))
    return found


@pytest.mark.parametrize(("rank", "options"), every_option())
def test_every_option_gives_the_transpose(rank: int, options: dict[str, Any]) -> None:
    lengths = {3: (17,), 4: (17, 12), 5: (3, 5, 17)}[rank]
    assert_call_is_transpose((2, 3, *lengths), options)
    assert_call_is_transpose((1, 1, *lengths[::-1]), options)


#: Where PyTorch's gradient is not that of its output, or two rules of a mode part: docs/exactness.md#gradients.
APART: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "nearest 100 x 2.005": ((1, 2, 100), {"scale_factor": 2.005}),
    "nearest 100 x 1.005": ((1, 2, 100), {"scale_factor": 1.005}),
    "nearest 3 x 100 x 2.005": ((1, 2, 3, 100), {"scale_factor": (1, 2.005)}),
    "nearest volume x 2.05": ((1, 2, 2, 2, 14), {"scale_factor": (1, 1, 2.05)}),
    "nearest 14 -> 46": ((1, 2, 14), {"size": 46}),
    "nearest 2 -> 82": ((1, 2, 2), {"size": 82}),
    "nearest 2 -> 41": ((1, 2, 2), {"size": 41}),
    "nearest-exact 100 x 2.005": ((1, 2, 100), {"scale_factor": 2.005, "mode": "nearest-exact"}),
    "bicubic x 1.05": ((1, 2, 10, 10), {"scale_factor": 1.05, "mode": "bicubic"}),
    "bicubic x 1.05, 2": ((1, 2, 10, 10), {"scale_factor": (1.05, 2), "mode": "bicubic"}),
    **{
        f"{mode} antialias x {name}": ((1, 2, 10, 10), {"scale_factor": factor, "mode": mode, "antialias": True})
        for mode in ("bilinear", "bicubic", "lanczos")
        for name, factor in (("1.05", 1.05), ("1.05, 2", (1.05, 2)), ("2, 1.05", (2, 1.05)))
    },
    **{
        f"{mode} antialias of width 1": ((1, 2, 10, width), {"size": (20, 1), "mode": mode, "antialias": True})
        for mode, width in (("bilinear", 10), ("bicubic", 1), ("lanczos", 10))
    },
    # Cubic weights are exactly 0 at distance 1, so some samples within a window are not read.
    "bicubic antialias 18 -> 6": ((1, 1, 1, 18), {"size": (1, 6), "mode": "bicubic", "antialias": True}),
    "bicubic antialias 33 -> 3": ((1, 1, 5, 33), {"size": (5, 3), "mode": "bicubic", "antialias": True}),
    "bicubic antialias 5 x 33 -> 5 x 11": ((1, 8, 33, 9), {"size": (11, 9), "mode": "bicubic", "antialias": True}),
}


@pytest.mark.parametrize("name", APART)
def test_the_transpose_is_exact_where_rules_part(name: str) -> None:
    shape, options = APART[name]
    assert_call_is_transpose(shape, options)
    assert_call_is_transpose((shape[0] + 2, shape[1] + 15, *shape[2:]), options)


def matrix(length: int, options: dict[str, Any], dtype: Any, rank: int, axis: int) -> tuple[Any, Any]:
    """The operator on one axis, and its backward, as matrices (output, input): images of one and else of zeros."""

    def along(rows: Any) -> Any:
        shape = [1] * rank
        shape[0], shape[axis] = rows.shape
        return rows.reshape(shape)

    output = sr.interpolate(along(np.eye(length, dtype=dtype)), **options)
    forward = output.reshape(length, -1).T
    gradients_of = along(np.eye(len(forward), dtype=dtype))
    input_size = [1] * rank
    input_size[0], input_size[axis] = len(forward), length
    return forward, sr.interpolate_backward(gradients_of, tuple(input_size), **options).reshape(len(forward), length)


@pytest.mark.parametrize("axis", [-1, 2])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(
    ("mode", "antialias", "align_corners"),
    [
        ("nearest", False, None),
        ("nearest-exact", False, None),
        ("linear", False, False),
        ("linear", False, True),
        ("linear", True, False),
        ("linear", True, True),
        ("bicubic", False, False),
        ("bicubic", False, True),
        ("bicubic", True, False),
        ("bicubic", True, True),
        ("lanczos", True, None),
        ("area", False, None),
    ],
)
def test_every_weight_is_that_of_the_operator(
    mode: str, antialias: bool, align_corners: bool | None, dtype: np.dtype[Any], axis: int
) -> None:
    # Along a row, and across rows of one sample: images, because there are loops for either.
    mode = "bilinear" if mode == "linear" else mode
    for length, output in ((1, 4), (2, 5), (4, 1), (12, 4), (17, 29), (18, 6), (33, 3), (40, 37), (37, 50), (130, 41)):
        size = (1, output) if axis == -1 else (output, 1)
        options: dict[str, Any] = {"size": size, "mode": mode, "antialias": antialias, "align_corners": align_corners}
        forward, backward = matrix(length, options, dtype, 4, axis)
        if dtype.itemsize == 2:  # PyTorch rounds weights to a half type in the forward direction alone
            forward = matrix(length, options, np.dtype(np.float32), 4, axis)[0].astype(dtype)
        # One product of a weight and a one, and zeros: no rounding but that of the weights, which are the same.
        np.testing.assert_array_equal(backward.astype(np.float64), forward.astype(np.float64), f"{length} -> {output}")


@pytest.mark.parametrize("dtype", [dtype for dtype in FLOATS if dtype.itemsize == 2], ids=str)
@pytest.mark.parametrize(
    ("mode", "shape", "size"),
    [
        ("linear", (3, 5, 5), (257,)),
        ("linear", (1, 1, 300), (90,)),
        ("bilinear", (1, 2, 5, 6), (140, 150)),
        ("bicubic", (1, 2, 5, 6), (40, 50)),
        ("trilinear", (1, 2, 4, 5, 6), (20, 30, 40)),
    ],
)
@pytest.mark.parametrize("align_corners", [False, True])
def test_gradients_of_half_types_are_those_of_float32_rounded_once(
    mode: str, shape: tuple[int, ...], size: tuple[int, ...], align_corners: bool, dtype: np.dtype[Any]
) -> None:
    for grad_output in (np.ones((*shape[:2], *size), dtype), samples((*shape[:2], *size), dtype)):
        options = {"size": size, "mode": mode, "align_corners": align_corners}
        expected = sr.interpolate_backward(grad_output.astype(np.float32), shape, **options).astype(dtype)
        assert_same_bits(sr.interpolate_backward(grad_output, shape, **options), expected)


def test_recomputed_factors_are_forgotten() -> None:
    grad_output = samples((1, 2, 11), np.float64)
    by_size = sr.interpolate_backward(grad_output, (1, 2, 10), size=11, mode="linear")
    options = {"scale_factor": 1.19, "mode": "linear"}
    assert_same_bits(sr.interpolate_backward(grad_output, (1, 2, 10), recompute_scale_factor=True, **options), by_size)
    assert not np.array_equal(sr.interpolate_backward(grad_output, (1, 2, 10), **options), by_size)


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_the_same_size_is_the_same_array(
    mode: str, shape: tuple[int, ...], options: dict[str, bool], dtype: np.dtype[Any]
) -> None:
    grad_output = samples(shape, dtype)
    for arguments in ({"size": shape[2:]}, {"scale_factor": 1}):
        result = sr.interpolate_backward(grad_output, shape, **arguments, mode=mode, **options)
        assert_same_bits(result, grad_output)
        assert not np.shares_memory(result, grad_output)


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
def test_no_gradient_is_lost(mode: str, shape: tuple[int, ...], options: dict[str, bool]) -> None:
    # The weights of an output sample add up to 1, so all gradients together are as large as they were.
    for arguments in ({"scale_factor": 1.7}, {"scale_factor": 0.6}, {"size": 1}):
        output = sr.interpolate(np.zeros(shape), **arguments, mode=mode, **options)
        grad_output = samples(output.shape, np.float64)
        grad_input = sr.interpolate_backward(grad_output, shape, **arguments, mode=mode, **options)
        spatial = tuple(range(2, len(shape)))
        expected = grad_output.sum(spatial)
        scale = np.abs(grad_output).sum(spatial)
        assert (np.abs(grad_input.sum(spatial) - expected) <= 1e-13 * scale).all()


def test_area_takes_no_channels() -> None:
    result = sr.interpolate_backward(np.zeros((2, 0, 2, 2)), (2, 0, 4, 4), size=2, mode="area")
    assert result.shape == (2, 0, 4, 4)


def test_a_long_axis_is_right() -> None:
    grad_output = samples((1, 1, 2**22), np.float32)
    result = sr.interpolate_backward(grad_output, (1, 1, 2**21), scale_factor=2)
    assert_same_bits(result, grad_output[..., ::2] + grad_output[..., 1::2])


@pytest.mark.parametrize("dtype", [np.float32, np.float16], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("mode", ["nearest", "linear", "area"])
def test_the_sum_of_a_long_axis_is_right(mode: str, dtype: Any) -> None:
    # One sample read by very many: a sum of so many of the same sign, which float16 itself could not count.
    count = 60_000
    grad_output = np.random.default_rng(3).random((2, 3, count)).astype(dtype) / dtype(4)
    result = sr.interpolate_backward(grad_output, (2, 3, 1), size=count, mode=mode).astype(np.float64)
    expected = grad_output.astype(np.float64).sum(-1, keepdims=True)
    unit = np.spacing(expected.astype(dtype)).astype(np.float64)
    # Each of so many additions may round; one by one, PyTorch is off by as much (test_gradients_torch_live.py).
    allowed = unit if dtype is np.float16 else 1e-5 * expected
    assert (np.abs(result - expected) <= allowed).all(), np.abs(result / expected - 1).max()


# ---- Infinities and NaN ----------------------------------------------------------------------------------------------

#: Several output lengths, with samples that none reads: enlarging reads all, so do wide filters.
UNREAD: list[tuple[str, int, int, bool]] = [
    ("nearest", 20, 7, False),
    ("nearest-exact", 20, 7, False),
    ("nearest", 100, 3, False),
    ("linear", 20, 4, False),
    ("linear", 100, 7, True),
    ("bicubic", 100, 7, False),
    ("bicubic", 100, 7, True),
]


@pytest.mark.parametrize(
    ("lengths", "dtype", "value", "axis"), pairs(UNREAD, FLOATS, (np.inf, -np.inf, np.nan), (-1, 2)), ids=str
)
def test_a_sample_that_none_reads_has_no_gradient(
    lengths: tuple[str, int, int, bool], dtype: np.dtype[Any], value: float, axis: int
) -> None:
    mode, length, output, align_corners = lengths
    mode = "bilinear" if mode == "linear" else mode
    options: dict[str, Any] = {"mode": mode}
    if mode in cases.WITH_ALIGN_CORNERS:
        options["align_corners"] = align_corners
    shape, size = [2, 17, 6, 6], [6, 6]
    shape[axis], size[axis % 4 - 2] = length, output
    x = np.zeros((1, 1, *shape[2:]))
    # A sample is read if a step of it, by itself, shows.
    read = np.zeros(length, bool)
    for index in range(length):
        step = np.moveaxis(x.copy(), axis, -1)
        step[..., index] = 1
        read[index] = sr.interpolate(np.moveaxis(step, -1, axis).copy(), size=tuple(size), **options).any()
    assert not read.all()
    for format_of in (np.ascontiguousarray, channels_last):
        grad_output = format_of(np.full((*shape[:2], *size), value, dtype))
        grad_input = sr.interpolate_backward(grad_output, tuple(shape), size=tuple(size), **options)
        grad_input = np.moveaxis(grad_input, axis, -1).astype(np.float64)
        assert (grad_input[..., ~read] == 0).all()
        assert not np.isfinite(grad_input[..., read]).any()


@pytest.mark.parametrize(("name", "dtype", "value"), pairs(MODES, FLOATS, (np.inf, -np.inf, np.nan)), ids=str)
def test_infinities_and_nan_stay_where_they_belong(name: str, dtype: np.dtype[Any], value: float) -> None:
    mode, shape, options = MODES[name]
    for arguments in ({"scale_factor": 1.7}, {"scale_factor": 0.6}):
        output = sr.interpolate(np.zeros(shape), **arguments, mode=mode, **options)
        place = (1, 2, *(length // 2 for length in output.shape[2:]))
        grad_output = samples(output.shape, dtype)
        one = np.zeros(output.shape, dtype)
        one[place] = 1
        finite = sr.interpolate_backward(grad_output, shape, **arguments, mode=mode, **options)
        reads = sr.interpolate_backward(one, shape, **arguments, mode=mode, **options).astype(np.float64)
        # A weight may be too small to show in a half type, and rounded to 0 in one.
        wide = sr.interpolate_backward(one.astype(np.float32), shape, **arguments, mode=mode, **options)
        grad_output[place] = value
        result = sr.interpolate_backward(grad_output, shape, **arguments, mode=mode, **options)
        read, unread = reads != 0, (reads == 0) & (wide == 0)
        assert not np.isfinite(result.astype(np.float64)[read]).any()
        np.testing.assert_array_equal(result.astype(np.float64)[unread], finite.astype(np.float64)[unread])
        if not np.isnan(value):
            signs = np.sign(reads[read]) * np.sign(value)
            np.testing.assert_array_equal(np.sign(result.astype(np.float64)[read]), signs)


# ---- Results ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_out_may_lie_anyhow(mode: str, shape: tuple[int, ...], options: dict[str, bool], dtype: np.dtype[Any]) -> None:
    output = sr.interpolate(np.zeros(shape, dtype), scale_factor=1.7, mode=mode, **options)
    grad_output = samples(output.shape, dtype)
    expected = sr.interpolate_backward(grad_output, shape, scale_factor=1.7, mode=mode, **options)
    for name, format_of in WRITEABLE_FORMATS.items():
        out = format_of(samples(shape, dtype, seed=3))
        result = sr.interpolate_backward(grad_output, shape, scale_factor=1.7, mode=mode, **options, out=out)
        assert result is out
        assert_same_bits(out, expected, f"out {name}")
        last = channels_last(grad_output)
        sr.interpolate_backward(last, shape, scale_factor=1.7, mode=mode, **options, out=out)
        assert_same_bits(out, expected, f"channels last, out {name}")


def test_channels_last_stays_channels_last() -> None:
    grad_output = channels_last(samples((2, 3, 8, 10), np.float32))
    result = sr.interpolate_backward(grad_output, (2, 3, 4, 5), scale_factor=2, mode="bilinear")
    assert np.moveaxis(result, 1, -1).flags.c_contiguous
    result = sr.interpolate_backward(grad_output.copy(), (2, 3, 4, 5), scale_factor=2, mode="bilinear")
    assert result.flags.c_contiguous


def test_samples_between_those_of_a_strided_out_are_left_alone() -> None:
    larger = np.full((1, 2, 8, 24), 7, np.float32)
    grad_output = np.ones((1, 1, 16, 16), np.float32)
    sr.interpolate_backward(grad_output, (1, 1, 8, 8), scale_factor=2, out=larger[:, :1, :, ::3])
    assert (larger[:, :1, :, ::3] == 4).all()
    larger[:, :1, :, ::3] = 7
    assert (larger == 7).all()


@pytest.mark.parametrize("size", [(1, 1, 4), [1, 1, 4], np.array([1, 1, 4]), (np.int8(1), 1, np.int64(4))])
def test_an_input_size_is_any_sequence_of_integers(size: Any) -> None:
    expected = sr.interpolate_backward(np.ones((1, 1, 8)), (1, 1, 4), scale_factor=2)
    assert_same_bits(sr.interpolate_backward(np.ones((1, 1, 8)), size, scale_factor=2), expected)


def test_calls_that_differ_in_the_input_alone_are_told_apart() -> None:
    grad_output = samples((1, 1, 12), np.float32)
    for length in (3, 4, 6, 7, 3, 24):
        result = sr.interpolate_backward(grad_output, (1, 1, length), size=12, mode="linear")
        expected = gradients.Call(
            "interpolate", (grad_output,), {"input_size": (1, 1, length), "size": 12, "mode": "linear"}
        )
        gradients.assert_agrees((result,), expected.expected(), expected, "oracle")
    # A forward call of the same shape and options is another plan.
    assert_same_bits(sr.interpolate(grad_output, size=12, mode="linear"), grad_output)


# ---- Bad calls -------------------------------------------------------------------------------------------------------

LINE = np.ones((1, 2, 16), np.float32)
IMAGE = np.ones((1, 2, 16, 16), np.float32)
SIZE = (1, 2, 8, 8)

# grad_output, input_size, options, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], SIZE, {"size": 16}, TypeError, r"grad_output must be a numpy\.ndarray, got builtins\.list"),
    "None": (None, SIZE, {"size": 16}, TypeError, r"grad_output must be a numpy\.ndarray, got builtins\.NoneType"),
    "a masked array": (
        np.ma.masked_equal(IMAGE, 0),
        SIZE,
        {"size": 16},
        TypeError,
        "grad_output must be an array without a mask",
    ),
    **{
        f"{dtype} {mode}": (IMAGE.astype(dtype), SIZE, {"size": 16, "mode": mode}, TypeError, dtype)
        for dtype in ("uint8", "int8", "int16", "uint16", "int32", "int64", "uint64", "bool", "complex64")
        for mode in ("nearest", "bilinear", "area")
    },
    "objects": (IMAGE.astype(object), SIZE, {"size": 16}, TypeError, "dtype must be .*, got object"),
    # Shapes
    "another height": (IMAGE[:, :, 1:], SIZE, {"size": 16}, ValueError, r"grad_output.*\(1, 2, 16, 16\).*15"),
    "another width": (IMAGE[..., 1:], SIZE, {"scale_factor": 2}, ValueError, r"grad_output.*\(1, 2, 16, 16\).*15"),
    "another batch": (IMAGE, (2, 2, 8, 8), {"size": 16}, ValueError, r"grad_output.*\(2, 2, 16, 16\)"),
    "no batch": (IMAGE, (0, 2, 8, 8), {"size": 16}, ValueError, r"grad_output.*\(0, 2, 16, 16\)"),
    "a batch of none": (IMAGE[:0], SIZE, {"size": 16}, ValueError, r"grad_output.*\(1, 2, 16, 16\)"),
    "other channels": (IMAGE, (1, 3, 8, 8), {"size": 16}, ValueError, r"grad_output.*\(1, 3, 16, 16\)"),
    "another size": (IMAGE, SIZE, {"size": (16, 17)}, ValueError, r"grad_output.*\(1, 2, 16, 17\)"),
    "another factor": (IMAGE, SIZE, {"scale_factor": 2.13}, ValueError, r"grad_output.*\(1, 2, 17, 17\)"),
    "the input's shape": (IMAGE, IMAGE.shape, {"scale_factor": 2}, ValueError, r"grad_output.*\(1, 2, 32, 32\)"),
    "a line of an image": (LINE, SIZE, {"size": 16}, ValueError, r"grad_output"),
    "an image of a line": (IMAGE, (1, 2, 8), {"size": 16}, ValueError, r"grad_output"),
    # The size of the input
    "a number": (IMAGE, 8, {"size": 16}, TypeError, "input_size must be a sequence of integers, got 8"),
    "no input_size": (IMAGE, None, {"size": 16}, TypeError, "input_size must be a sequence of integers, got None"),
    "real numbers": (IMAGE, (1, 2, 8.0, 8), {"size": 16}, TypeError, "input_size must be made of integers"),
    "a string": (IMAGE, "1288", {"size": 16}, TypeError, "input_size"),
    "booleans": (IMAGE, (True, 2, 8, 8), {"size": 16}, TypeError, "input_size must be made of integers"),
    "spatial sizes alone": (IMAGE, (8, 8), {"size": 16}, NotImplementedError, "3-D .*, got 2-D"),
    "six entries": (IMAGE, (1, 2, 8, 8, 8, 8), {"size": 16}, NotImplementedError, "3-D .*, got 6-D"),
    "no entries": (IMAGE, (), {"size": 16}, NotImplementedError, "3-D .*, got 0-D"),
    "an empty height": (IMAGE, (1, 2, 0, 8), {"size": 16}, ValueError, "empty spatial axis"),
    "no channels": (IMAGE[:, :0], (1, 0, 8, 8), {"size": 16}, ValueError, "has no channels"),
    "a negative length": (IMAGE, (1, 2, -8, 8), {"size": 16}, ValueError, "negative|must be"),
    "a negative batch": (IMAGE, (-1, 2, 8, 8), {"size": 16}, ValueError, "negative|must be"),
    **{
        f"a length of {length}": (IMAGE, (1, 2, 8, length), {"size": 16}, ValueError, message)
        for length, message in (
            (2**31, f"{2**31 - 1}"),
            (2**40, f"{2**31 - 1}"),
            (2**62, f"{2**31 - 1}|too large"),
            (2**63 - 1, f"{2**31 - 1}|too large"),
            (2**63, "64 bits"),
            (2**64 + 8, "64 bits"),
            (-(2**63) - 1, "64 bits"),
        )
    },
    "a product that is too large": (IMAGE, (1, 2, 2**31 - 1, 2**31 - 1), {"size": 16}, ValueError, "grad_output|large"),
    "huge batches": (IMAGE, (2**40, 2**40, 8, 8), {"size": 16}, ValueError, "grad_output|large"),
    # Options
    "neither": (IMAGE, SIZE, {}, ValueError, "either size or scale_factor must be given, got neither"),
    "both": (IMAGE, SIZE, {"size": 16, "scale_factor": 2}, ValueError, "either size or scale_factor .* got both"),
    "size 0": (IMAGE, SIZE, {"size": 0}, ValueError, "size must be at least 1"),
    "a huge size": (IMAGE, SIZE, {"size": 2**31}, ValueError, f"at most {2**31 - 1}"),
    "a size of 2^62": (IMAGE, SIZE, {"size": 2**62}, ValueError, f"at most {2**31 - 1}|too large"),
    "factor NaN": (IMAGE, SIZE, {"scale_factor": np.nan}, ValueError, "positive and finite"),
    "factor 1e300": (IMAGE, SIZE, {"scale_factor": 1e300}, ValueError, "gives no length"),
    "align_corners of nearest": (IMAGE, SIZE, {"size": 16, "align_corners": True}, ValueError, "no option of nearest"),
    "unknown mode": (IMAGE, SIZE, {"size": 16, "mode": "cubic"}, NotImplementedError, "mode must be one of"),
    "linear of an image": (IMAGE, SIZE, {"size": 16, "mode": "linear"}, NotImplementedError, "linear takes a 3-D"),
    "lanczos without antialias": (IMAGE, SIZE, {"size": 16, "mode": "lanczos"}, ValueError, "needs antialias"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused_and_leaves_out_alone(case: str) -> None:
    grad_output, input_size, options, exception, message = REFUSED[case]
    with pytest.raises(exception, match=message) as caught:
        sr.interpolate_backward(grad_output, input_size, **options)
    assert caught.type is exception
    out = np.full(SIZE, 7, getattr(grad_output, "dtype", np.float32))
    before = out.copy()
    with pytest.raises((ValueError, TypeError, NotImplementedError)):
        sr.interpolate_backward(grad_output, input_size, **options, out=out)
    np.testing.assert_array_equal(out, before)


def test_clamp_is_no_argument() -> None:
    with pytest.raises(TypeError, match="clamp"):
        sr.interpolate_backward(IMAGE, SIZE, size=16, clamp=(0, 1))  # type: ignore[call-arg]


def test_a_gradient_that_fits_no_memory_is_refused() -> None:
    with pytest.raises(MemoryError):
        sr.interpolate_backward(np.ones((1, 1, 1, 1), np.float32), (1, 1, 2**22, 2**22), size=1)


def test_an_out_that_overlaps_the_gradient_is_refused_and_left_alone() -> None:
    memory = samples((IMAGE.size + 127,), np.float32)
    before = memory.copy()
    grad_output = memory[: IMAGE.size].reshape(IMAGE.shape)
    for start in (0, 100, IMAGE.size - 1):
        out = memory[start : start + 128].reshape(SIZE)
        with pytest.raises(ValueError, match="the grad_input overlaps the grad_output"):
            sr.interpolate_backward(grad_output, SIZE, scale_factor=2, out=out)
        np.testing.assert_array_equal(memory, before)
