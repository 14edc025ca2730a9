"""Calls that nobody would write: every function of the package with any arguments.

Whatever is passed, a call either returns arrays or raises one of the errors that the documentation names; what it was
given is as before, and so is what lies around and, after an error, in ``out``. Most arguments are nearly right, because
nonsense alone never gets past the first check.

More of them: ``pytest Tests/python/test_fuzz.py --hypothesis-profile=long``.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Callable

import numpy as np
import pytest
from arrays import FORMATS, Array
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import swiftresample as sr

pytestmark = [pytest.mark.memory, pytest.mark.slow]

#: What the documentation says that a call raises.
ERRORS = (ValueError, TypeError, NotImplementedError, MemoryError, BufferError)

#: What a result may take; more is a MemoryError.
SPACE = 512 << 20


@contextlib.contextmanager
def limited_space() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    # A sanitizer takes terabytes of addresses.
    resource.setrlimit(resource.RLIMIT_AS, (used + SPACE, before[1]) if used < 1 << 40 else before)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


# ---- Arguments -------------------------------------------------------------------------------------------------------

NONSENSE = st.one_of(
    st.sampled_from([None, True, False, "", "bilinear", "\0", "ä" * 300, b"2", [], (), {}, [[2]], (1, "2"), object()]),
    st.sampled_from([np.nan, float("inf"), -float("inf"), 1e300, 5e-324, 2.5, 0, -1, Fraction(5, 3), [2] * 9]),
    st.sampled_from([2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, -(2**63), 10**40, "nearest-exact", "area"]),
    st.sampled_from([np.float32(2), np.int8(-1), np.uint64(2**64 - 1), np.array(2), np.array([2, 2]), np.bool_(True)]),
)  # fmt: skip
LENGTHS = st.one_of(st.integers(1, 6), st.sampled_from([0, 1, 17, 33]))
DTYPES = st.sampled_from(
    ["f4"] * 4
    + ["f8", "f2", "u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "?", "c8", "c16", ">f4", "g", "M8[s]", "S3", "O"]
)


def rarely(out_of: int = 30) -> st.SearchStrategy[bool]:
    # Hypothesis prefers the first and the last number.
    return st.integers(0, out_of).map(lambda number: number == out_of // 2)


def likely(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what fits, and sometimes anything."""
    return rarely().flatmap(lambda nonsense: NONSENSE if nonsense else strategy)


@st.composite
def arrays(draw: st.DrawFn, shape: Any = None, dtype: Any = None) -> Any:
    """An array of some shape, dtype and memory format, or what is none."""
    if draw(rarely()):
        return draw(NONSENSE)
    if shape is None or draw(rarely()):
        shape = draw(
            st.lists(LENGTHS, max_size=draw(st.sampled_from([4, 5, 9])), min_size=draw(st.sampled_from([0, 3])))
        )
    if dtype is None or draw(rarely()):
        dtype = draw(DTYPES)
    count = int(np.prod(shape))
    if count > 10_000:
        return np.broadcast_to(np.zeros((), dtype), shape)
    kind = np.dtype(dtype).kind
    if kind in "fc":
        # Any bits: infinities, NaN and denormals, too.
        items = np.random.default_rng(draw(st.integers(0, 99))).bytes(count * np.dtype(dtype).itemsize)
        array = np.frombuffer(items, dtype).reshape(shape).copy()
        if draw(st.booleans()):
            array[~(np.abs(array) < 9)] = 1
    else:
        array = np.resize(np.arange(120), shape).astype("i8" if kind == "M" else dtype).reshape(shape)
        array = array.view(dtype) if kind == "M" else array
    formats = sorted(FORMATS) if array.size and array.ndim >= 3 and kind in "fciub" else ["contiguous"]
    return FORMATS[draw(st.sampled_from(formats))](array)


MODES = {
    1: ["nearest", "nearest-exact", "linear", "area", "lanczos"],
    2: ["nearest", "nearest-exact", "bilinear", "bicubic", "area", "lanczos"],
    3: ["nearest", "nearest-exact", "trilinear", "area", "lanczos"],
}
FACTORS = st.floats(0.1, 4)


def per_axis(each: st.SearchStrategy[Any], dimensions: int) -> st.SearchStrategy[Any]:
    """A number for all axes, one for each, or, now and then, another count of them."""
    lists = st.lists(each, min_size=dimensions, max_size=dimensions)
    return likely(st.one_of(each, lists, lists.map(tuple), st.lists(each, max_size=4)))


@st.composite
def resizing(draw: st.DrawFn, dimensions: int) -> dict[str, Any]:
    """Arguments of interpolate that fit so many spatial axes and one another, or nearly so."""
    mode = draw(st.sampled_from(MODES[dimensions]))
    chosen: dict[str, Any] = {"mode": mode}
    if draw(st.booleans()):
        chosen["size"] = draw(per_axis(st.integers(1, 40), dimensions))
    else:
        chosen["scale_factor"] = draw(per_axis(FACTORS, dimensions))
        chosen["recompute_scale_factor"] = draw(st.sampled_from([None, False, True]))
    if mode in ("linear", "bilinear", "trilinear", "bicubic"):
        chosen["align_corners"] = draw(st.sampled_from([None, False, True]))
        chosen["antialias"] = draw(st.booleans())
    elif mode == "lanczos":
        chosen["antialias"] = True
    for name in ("mode", "size", "scale_factor", "align_corners", "recompute_scale_factor", "antialias"):
        if draw(rarely()):
            chosen[name] = draw(NONSENSE)
    return chosen


def convolving(dimensions: int) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "stride": per_axis(st.integers(1, 5), dimensions),
        "padding": per_axis(st.integers(0, 2), dimensions),
        "output_padding": per_axis(st.integers(0, 1), dimensions),
        "groups": likely(st.integers(1, 3)),
        "dilation": per_axis(st.integers(1, 4), dimensions),
    }


SAMPLING = {
    "mode": likely(st.sampled_from(["bilinear", "nearest", "bicubic"])),
    "padding_mode": likely(st.sampled_from(["zeros", "border", "reflection"])),
    "align_corners": likely(st.sampled_from([None, False, True])),
}
FLOATS = st.sampled_from(["f4", "f4", "f8", "f2"])


def shapes(dimensions: int) -> st.SearchStrategy[list[int]]:
    return st.lists(LENGTHS, min_size=2 + dimensions, max_size=2 + dimensions)


IMAGE = st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 12), st.integers(1, 12))


@st.composite
def options(draw: st.DrawFn, strategies: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """Some of the options."""
    return {name: draw(strategy) for name, strategy in strategies.items() if draw(st.booleans())}


# ---- What holds for every call ---------------------------------------------------------------------------------------


def check(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call the function, and return what it returns, or None after one of the errors that it may raise."""
    given = [
        each for each in (*arguments, *keywords.values()) if isinstance(each, np.ndarray) and each.dtype.kind != "O"
    ]
    out = keywords.get("out")
    before = [memory(each) for each in given]
    message = "no error"
    try:
        with np.errstate(all="ignore"), limited_space():
            result = function(*arguments, **keywords)
    except ERRORS as error:
        result, message = None, str(error)
    assert message, "an error without a message"
    for array, copy in zip(given, before):
        if array is not out or result is None:
            assert memory(array) == copy
    return result


def memory(array: Array) -> bytes:
    """The bytes of the samples and of all that lies between and around them in the same memory."""
    whole = array
    while isinstance(whole.base, np.ndarray) and whole.base.dtype.kind != "O":
        whole = whole.base
    return whole.tobytes() if 0 not in whole.strides else array[(slice(0, 1),) * array.ndim].tobytes()


def check_out(draw: Any, function: Callable[..., Any], result: Any, *arguments: Any, **keywords: Any) -> None:
    """The same into an array of the same shape, of any memory format, or into one that does not fit."""
    if not isinstance(result, np.ndarray) or result.dtype.kind == "O":
        return
    out = draw(arrays(shape=result.shape, dtype=result.dtype))
    again = check(function, *arguments, out=out, **keywords)
    if again is not None and out is not None:
        assert again is out
        assert np.asarray(out).tobytes() == result.tobytes()


FUZZ = settings(max_examples=max(150, settings().max_examples), deadline=None, suppress_health_check=list(HealthCheck))


# ---- The functions ---------------------------------------------------------------------------------------------------


@FUZZ
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_interpolate(data: st.DataObject, dimensions: int) -> None:
    input, chosen = data.draw(arrays(shape=data.draw(shapes(dimensions)))), data.draw(resizing(dimensions))
    if data.draw(st.booleans()):
        chosen["clamp"] = data.draw(likely(st.tuples(st.floats(-1, 0.5), st.floats(0.5, 2))))
    result = check(sr.interpolate, input, **chosen)
    if result is not None:
        assert result.dtype == input.dtype.newbyteorder("=")
    check_out(data.draw, sr.interpolate, result, input, **chosen)


@FUZZ
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_interpolate_backward(data: st.DataObject, dimensions: int) -> None:
    size, chosen = data.draw(shapes(dimensions)), data.draw(resizing(dimensions))
    made = check(sr.interpolate, np.zeros(size, np.float32), **chosen)
    gradient = data.draw(arrays(shape=None if made is None else made.shape, dtype=data.draw(FLOATS)))
    size = data.draw(likely(st.just(size)))
    result = check(sr.interpolate_backward, gradient, size, **chosen)
    check_out(data.draw, sr.interpolate_backward, result, gradient, size, **chosen)


@FUZZ
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_plan(data: st.DataObject, dimensions: int) -> None:
    shape, dtype = data.draw(likely(shapes(dimensions))), data.draw(likely(FLOATS))
    plan = check(sr.Plan, shape, dtype, **data.draw(resizing(dimensions)))
    if plan is not None:
        result = check(plan, data.draw(arrays(shape=tuple(plan.input_shape), dtype=plan.dtype)))
        assert result is None or result.shape == plan.output_shape


@FUZZ
@given(
    likely(st.integers(1, 300)),
    likely(st.integers(1, 300)),
    st.sampled_from(["linear", "bicubic", "nearest", "area"]),
    likely(st.booleans()),
    likely(st.booleans()),
    likely(FLOATS),
)
def test_axis_taps(input_length: Any, output_length: Any, mode: str, corners: Any, antialias: Any, dtype: Any) -> None:
    taps = check(sr.axis_taps, input_length, output_length, mode, corners, antialias=antialias, dtype=dtype)
    if taps is not None and taps.indices.size:
        assert taps.indices.min() >= 0
        assert taps.indices.max() < int(input_length)


@FUZZ
@given(st.data())
def test_logits_to_labels(data: st.DataObject) -> None:
    chosen = data.draw(resizing(2))
    chosen = {name: chosen.get(name) for name in ("size", "mode", "align_corners")}
    logits = data.draw(arrays(shape=data.draw(shapes(2)), dtype=data.draw(FLOATS)))
    dtype = data.draw(likely(st.sampled_from([None, "u1", "i4", "i8"])))
    result = check(sr.logits_to_labels, logits, **chosen, dtype=dtype)
    check_out(data.draw, sr.logits_to_labels, result, logits, **chosen)


EDGES = st.integers(1, 40)
NUMBERS = st.one_of(st.floats(-3, 3), st.lists(st.floats(0.1, 3), min_size=3, max_size=3))
# At most one of those that resize, and of those that crop or pad.
RESIZE = {
    "size": st.tuples(EDGES, EDGES),
    "shortest_edge": EDGES,
    "longest_edge": EDGES,
    "within": per_axis(EDGES, 2),
}
CANVAS = {
    "crop": st.one_of(per_axis(EDGES, 2), st.tuples(st.integers(-30, 30), st.integers(-30, 30), EDGES, EDGES)),
    "pad": st.one_of(per_axis(st.integers(30, 60), 2), st.just("largest")),
}
PREPROCESS = {
    "mode": st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos", "hamming", "box", "area", "nearest-exact"]),
    "antialias": st.booleans(),
    "convention": st.sampled_from(["pytorch", "pillow"]),
    "rescale": st.floats(0.001, 3),
    "dtype": st.sampled_from(["f4", "f2", "u1"]),
    "memory_format": st.sampled_from(["channels_first", "channels_last"]),
    "multiple": st.integers(1, 20),
    "anchor": st.sampled_from(["top_left", "center", "center_cut_off", "center_down"]),
    "edge_rounding": st.sampled_from(["down", "half_up", "half_to_even"]),
    "fill": st.one_of(st.integers(0, 255), st.lists(st.integers(0, 255), min_size=3, max_size=3)),
    "fill_value": NUMBERS,
    "border": st.sampled_from(["constant", "edge"]),
    "alpha": st.sampled_from(["drop", "white", "refuse"]),
    "channels": st.sampled_from([1, 3]),
    "reverse_channels": st.booleans(),
    "arithmetic": st.sampled_from(["quotient", "product", "wide_product", "fused"]),
}


@FUZZ
@given(st.data())
def test_preprocess(data: st.DataObject) -> None:
    chosen = {}
    for group in (RESIZE, CANVAS):
        name = data.draw(st.sampled_from([None, *group]))
        if name is not None:
            chosen[name] = data.draw(likely(group[name]))
    for name, strategy in PREPROCESS.items():
        if data.draw(rarely(6)):
            chosen[name] = data.draw(likely(strategy))
    if data.draw(st.booleans()):
        chosen["mean"], chosen["std"] = data.draw(likely(NUMBERS)), data.draw(likely(NUMBERS))
    prepare = check(sr.Preprocess, **chosen)
    if prepare is None:
        return
    channels = data.draw(st.sampled_from([[3], [4], [1], [2], []]))
    images = [
        data.draw(arrays(shape=[*data.draw(st.tuples(LENGTHS, LENGTHS)), *channels], dtype="u1"))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    shape = check(prepare.output_shape, images)
    result = check(prepare, images)
    if result is None:
        return
    assert result.shape == shape
    assert result.dtype == prepare.dtype
    check_out(data.draw, prepare, result, images)
    for image in images:
        placement = check(prepare.placement, np.shape(image)[:2])
        if chosen.get("pad") != "largest":
            rows = shape[1] if chosen.get("memory_format") == "channels_last" else shape[2]
            assert placement.canvas_height == rows


@FUZZ
@given(st.data())
def test_undo(data: st.DataObject) -> None:
    lengths = st.one_of(st.integers(1, 30), st.integers(1, 4000))
    starts = st.one_of(st.integers(-30, 30), st.integers(-3000, 3000))
    numbers = [data.draw(likely(each)) for each in (*[lengths] * 4, *[starts] * 2, *[lengths] * 2)]
    placement = check(sr.Placement, *numbers)
    boxes = data.draw(arrays(shape=(3, 4)))
    undone = check(sr.undo_boxes, boxes, placement)
    if undone is not None:
        assert undone.shape == np.shape(boxes)
    mask = data.draw(arrays(shape=data.draw(st.sampled_from([(5, 6), (2, 5, 6), (2, 3, 5, 6)]))))
    fill, mode = data.draw(likely(st.sampled_from([0, 1, 255]))), data.draw(st.sampled_from([None, "nearest"]))
    undone = check(sr.undo_mask, mask, placement, fill=fill, mode=mode)
    if undone is not None:
        assert undone.shape[-2:] == (placement.height, placement.width)


@FUZZ
@given(st.data())
def test_pixel_shuffle(data: st.DataObject) -> None:
    factor = data.draw(likely(st.integers(1, 4)))
    square = factor * factor if isinstance(factor, int) and 0 < factor < 5 else 1
    for function, shape in (
        (sr.pixel_shuffle, (2, 3 * square, 4, 5)),
        (sr.pixel_unshuffle, (2, 3, 4 * min(square, 4), 5 * square)),
    ):
        input = data.draw(arrays(shape=data.draw(st.sampled_from([shape, shape[1:], None]))))
        result = check(function, input, factor)
        check_out(data.draw, function, result, input, factor)


@FUZZ
@given(st.data(), st.sampled_from([1, 2, 3]))
def test_conv_transpose(data: st.DataObject, dimensions: int) -> None:
    lengths = st.lists(st.integers(1, 7), min_size=dimensions, max_size=dimensions)
    chosen, dtype = data.draw(options(convolving(dimensions))), data.draw(FLOATS)
    groups = chosen.get("groups", 1)
    channels = 2 * groups if isinstance(groups, int) and 0 < groups < 4 else 2
    input = data.draw(arrays(shape=(2, channels, *data.draw(lengths)), dtype=dtype))
    weight = data.draw(arrays(shape=(channels, 3, *data.draw(lengths)), dtype=dtype))
    bias = data.draw(st.one_of(st.none(), arrays(shape=(3 * channels // 2,), dtype=dtype)))
    forward = getattr(sr, f"conv_transpose{dimensions}d")
    result = check(forward, input, weight, bias, **chosen)
    check_out(data.draw, forward, result, input, weight, bias, **chosen)
    gradient = data.draw(arrays(shape=None if result is None else result.shape, dtype=dtype))
    check(getattr(sr, f"conv_transpose{dimensions}d_backward"), gradient, input, weight, **chosen)


@FUZZ
@given(st.data(), st.sampled_from([2, 3]))
def test_grid_sample(data: st.DataObject, dimensions: int) -> None:
    lengths = st.lists(st.integers(1, 7), min_size=dimensions, max_size=dimensions)
    chosen, dtype = data.draw(options(SAMPLING)), data.draw(FLOATS)
    input = data.draw(arrays(shape=(2, 3, *data.draw(lengths)), dtype=dtype))
    grid = data.draw(arrays(shape=(2, *data.draw(lengths), dimensions), dtype=dtype))
    result = check(sr.grid_sample, input, grid, **chosen)
    check_out(data.draw, sr.grid_sample, result, input, grid, **chosen)
    gradient = data.draw(arrays(shape=None if result is None else result.shape, dtype=dtype))
    check(sr.grid_sample_backward, gradient, input, grid, **chosen)


@FUZZ
@given(st.data())
def test_affine_grid(data: st.DataObject) -> None:
    dimensions = data.draw(st.sampled_from([2, 3]))
    theta = data.draw(arrays(shape=(2, dimensions, dimensions + 1), dtype=data.draw(st.sampled_from(["f4", "f8"]))))
    size = data.draw(likely(st.lists(LENGTHS, min_size=2 + dimensions, max_size=2 + dimensions)))
    if isinstance(size, list) and size and data.draw(st.booleans()):
        size = [2, *size[1:]]
    check(sr.affine_grid, theta, size, align_corners=data.draw(likely(st.booleans())))


@FUZZ
@given(st.data(), IMAGE, st.sampled_from([1, 3, 5]), st.integers(1, 3), st.sampled_from([1, 1, 2, 4]))
def test_carafe(data: st.DataObject, shape: tuple[int, ...], kernel: int, scale: int, groups: int) -> None:
    images, channels, height, width = shape
    dtype = data.draw(FLOATS)
    features = data.draw(arrays(shape=(images, channels * groups, height, width), dtype=dtype))
    masks = data.draw(arrays(shape=(images, groups * kernel**2, height * scale, width * scale), dtype=dtype))
    counts = [data.draw(likely(st.just(count))) for count in (kernel, groups, scale)]
    result = check(sr.carafe, features, masks, *counts)
    check_out(data.draw, sr.carafe, result, features, masks, *counts)
    gradient = data.draw(arrays(shape=None if result is None else result.shape, dtype=dtype))
    check(sr.carafe_backward, gradient, features, masks, *counts)


@FUZZ
@given(NONSENSE)
def test_set_num_threads(n: Any) -> None:
    before = sr.get_num_threads()
    check(sr.set_num_threads, n)
    assert 1 <= sr.get_num_threads() <= 1024
    sr.set_num_threads(before)


def test_no_function_is_left_out() -> None:
    tested = {"interpolate", "interpolate_backward", "Plan", "axis_taps", "pixel_shuffle", "pixel_unshuffle"}
    tested |= {f"conv_transpose{n}d{way}" for n in (1, 2, 3) for way in ("", "_backward")}
    tested |= {"Preprocess"}
    tested |= {"logits_to_labels", "Placement", "undo_boxes", "undo_mask"}
    tested |= {"grid_sample", "grid_sample_backward", "affine_grid", "carafe", "carafe_backward", "set_num_threads"}
    without_arguments = {"get_num_threads", "instruction_set", "release_memory"}
    # Hostile arguments of other libraries' functions are in the tests of each.
    libraries = {"jax", "onnx", "opencv", "pillow", "tensorflow"}
    assert tested == set(sr.__all__) - without_arguments - {"AxisTaps", "__version__", "nn", *libraries}
