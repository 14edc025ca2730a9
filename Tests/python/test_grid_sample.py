"""grid_sample and affine_grid: what they return, at the edges of the input as well, and what they refuse."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import neighbours_cases as neighbours
import numpy as np
import pytest
from arrays import FORMATS, WRITEABLE_FORMATS, assert_same_bits, channels_last, in_turn, pairs, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FLOATS = [numpy_dtype(name) for name in neighbours.FLOATS]
MODES = ("bilinear", "nearest", "bicubic")
PADDING_MODES = ("zeros", "border", "reflection")

# Every mode with input and grid of each rank it has; long enough for the widest vectors, and odd.
SHAPES = {2: ((2, 5, 9, 11), (2, 7, 37, 2)), 3: ((2, 5, 4, 5, 6), (2, 3, 2, 37, 3))}
CALLS = [
    pytest.param(*SHAPES[axes], {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners},
                 id=f"{mode}-{axes}d-{padding_mode}-{align_corners}")
    for axes in (2, 3)
    for mode in MODES
    for padding_mode in PADDING_MODES
    for align_corners in (False, True)
]  # fmt: skip


# Every two of them together, where what is tried does not depend on all at once.
OPTIONS = ((2, 3), MODES, PADDING_MODES, (False, True))


def some_call(axes: int, *options: Any) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    """The shapes and the options of a row of OPTIONS."""
    return (*SHAPES[axes], dict(zip(("mode", "padding_mode", "align_corners"), options)))


def points(shape: tuple[int, ...], dtype: Any, reach: float = 1.6) -> np.ndarray[Any, Any]:
    """Points in the input and around it."""
    return np.random.default_rng(7).uniform(-reach, reach, shape).astype(dtype)


def identity(shape: tuple[int, ...], align_corners: bool, dtype: Any = np.float64) -> np.ndarray[Any, Any]:
    """The grid of the samples themselves."""
    axes = len(shape) - 2
    theta = np.broadcast_to(np.eye(axes, axes + 1, dtype=dtype), (shape[0], axes, axes + 1))
    return sr.affine_grid(theta, shape, align_corners)


def test_the_parameters_are_pytorchs() -> None:
    parameters = inspect.signature(sr.grid_sample).parameters
    assert list(parameters)[:2] == ["input", "grid"]
    assert {name: parameter.default for name, parameter in list(parameters.items())[2:]} == {
        "mode": "bilinear",
        "padding_mode": "zeros",
        "align_corners": None,
        "out": None,
    }
    assert list(inspect.signature(sr.affine_grid).parameters) == ["theta", "size", "align_corners"]


# ---- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(6))
@pytest.mark.numbers
def test_random_calls_agree_with_the_oracle(batch: int) -> None:
    for call in neighbours.random_calls(neighbours.grid_sample, seed=300 + batch, count=200):
        neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")
    for call in neighbours.random_calls(neighbours.affine_grid, seed=300 + batch, count=100):
        neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize(("shape", "grid_shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.numbers
def test_every_kind_agrees_with_the_oracle(
    shape: tuple[int, ...], grid_shape: tuple[int, ...], options: dict[str, Any], dtype: np.dtype[Any]
) -> None:
    call = neighbours.Call("grid_sample", (samples(shape, dtype), points(grid_shape, dtype)), options)
    neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("call", pairs(*OPTIONS), ids=str)
@pytest.mark.parametrize(
    ("lengths", "dtype"),
    in_turn([(1, 1, 1), (1, 2, 1), (2, 1, 3), (300, 1, 2), (1, 2, 5000)], ("float32", "float64")),
    ids=str,
)
@pytest.mark.numbers
def test_short_and_long_axes_agree_with_the_oracle(call: tuple[Any, ...], lengths: tuple[int, ...], dtype: str) -> None:
    shape, grid_shape, options = some_call(*call)
    input = samples((2, 3, *lengths[-(len(shape) - 2) :]), dtype)
    made = neighbours.Call("grid_sample", (input, points(grid_shape, dtype)), options)
    neighbours.assert_agrees(made.of(sr), made.expected(), made, "oracle")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.numbers
def test_points_on_samples_and_edges_agree_with_the_oracle(mode: str, padding_mode: str) -> None:
    input = samples((1, 3, 8, 4), np.float32)
    axis = np.arange(-32, 33, dtype=np.float32) / 16  # every sample, edge and middle between two, exactly
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)[None]
    for align_corners in (False, True):
        options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
        call = neighbours.Call("grid_sample", (input, grid), options)
        neighbours.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 5, 8), (2, 3, 4, 5, 8), (1, 1, 1, 1)])
def test_the_identity_gives_the_input(shape: tuple[int, ...], align_corners: bool) -> None:
    input = samples(shape, np.float64)
    grid = identity(shape, align_corners)
    for mode, padding_mode in itertools.product(MODES, PADDING_MODES):
        output = sr.grid_sample(input, grid, mode, padding_mode, align_corners)
        np.testing.assert_allclose(output, input, rtol=0, atol=1e-13 * np.abs(input).max())


def test_nearest_takes_the_even_sample_of_two_as_near() -> None:
    line = np.arange(5, dtype=np.float32).reshape(1, 1, 1, 5)
    grid = np.stack([np.linspace(-0.75, 0.75, 4), np.zeros(4)], axis=-1).astype(np.float32)[None, None]
    assert sr.grid_sample(line, grid, "nearest", align_corners=True).ravel().tolist() == [0, 2, 2, 4]


@pytest.mark.parametrize(("axes", "channels", "bits"), pairs((2, 3), (1, 3, 40), (np.uint32, np.uint64)))
def test_nearest_moves_every_bit(axes: int, channels: int, bits: Any) -> None:
    # NaNs that signal: any arithmetic would make others of them.
    input = np.arange(channels * 5**axes, dtype=bits).reshape((1, channels) + (5,) * axes)
    dtype = np.dtype(f"f{input.itemsize}")
    input += np.array(np.inf, dtype).view(bits) + np.array(1, bits)
    grid = points((1, *(7,) * (axes - 1), 37, axes), dtype, reach=0.9)
    whole = np.rint(((grid.astype(np.float64) + 1) * 5 - 1) / 2).astype(int)
    places = tuple(whole[..., axis] for axis in reversed(range(axes)))
    moved = sr.grid_sample(input.view(dtype), grid, "nearest", align_corners=False)
    assert_same_bits(moved.view(bits), input[(slice(0, 1), slice(None), *places)][:, :, 0])


def test_no_align_corners_means_false() -> None:
    input, grid = samples((1, 2, 4, 4), np.float32), points((1, 3, 3, 2), np.float32)
    assert_same_bits(sr.grid_sample(input, grid), sr.grid_sample(input, grid, align_corners=False))
    theta = samples((1, 2, 3), np.float32)
    assert_same_bits(sr.affine_grid(theta, (1, 1, 4, 4)), sr.affine_grid(theta, (1, 1, 4, 4), False))


@pytest.mark.parametrize("size", [(1, 2, 3, 4), [1, 2, 3, 4], np.array([1, 2, 3, 4]), (np.int8(1), 2, np.int64(3), 4)])
def test_a_size_is_any_sequence_of_integers(size: Any) -> None:
    assert sr.affine_grid(np.ones((1, 2, 3), np.float32), size).shape == (1, 3, 4, 2)


# Around what an int32 and an int64 hold, and float16's range.
WILD = [np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**31, -(2.0**31), 2.0**63, -(2.0**63), 6e4, -6e4, 1e-40, -0.0, 1.5]


@pytest.mark.parametrize(("axes", "mode", "padding_mode", "align_corners", "dtype"), pairs(*OPTIONS, FLOATS))
def test_any_coordinate_is_survived(
    axes: int, mode: str, padding_mode: str, align_corners: bool, dtype: np.dtype[Any]
) -> None:
    shape, grid_shape, options = some_call(axes, mode, padding_mode, align_corners)
    grid = points(grid_shape, dtype)
    random = np.random.default_rng(5)
    for input in (
        samples(shape, dtype),
        channels_last(samples(shape, dtype)),
        samples((2, 2, *[1] * (len(shape) - 2)), dtype),
    ):
        with np.errstate(over="ignore"):
            wild = np.where(random.random(grid_shape) < 0.4, random.choice(WILD, grid_shape), grid).astype(dtype)
            low, high = input.astype(np.float64).min(), input.astype(np.float64).max()
        output = sr.grid_sample(input, wild, **options).astype(np.float64)
        assert output.shape == (2, input.shape[1], *grid_shape[1:-1])
        if options["mode"] != "bicubic":  # nothing outside the input was read
            finite = output[np.isfinite(output)]
            slack = 1e-2 * (high - low)
            assert (finite >= min(low, 0) - slack).all()
            assert (finite <= max(high, 0) + slack).all()
        tame = np.isfinite(wild).all(axis=-1) & (np.abs(wild.astype(np.float64)) < 2).all(axis=-1)
        with np.errstate(over="ignore"):
            expected = sr.grid_sample(input, np.where(tame[..., None], wild, 0).astype(dtype), **options)
        for image in range(2):  # the others are as they are beside tame ones
            np.testing.assert_array_equal(
                output[image][:, tame[image]], expected[image][:, tame[image]].astype(np.float64)
            )


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e30, -1e30])
def test_far_away_is_zero_or_the_border(value: float) -> None:
    input = np.arange(1, 7, dtype=np.float32).reshape(1, 1, 2, 3)
    grid = np.full((1, 1, 1, 2), value, np.float32)
    corner = 6 if value > 0 else 1
    for mode in ("bilinear", "nearest"):
        for align_corners in (False, True):
            assert sr.grid_sample(input, grid, mode, "border", align_corners).item() == corner
            if np.isfinite(value):
                assert sr.grid_sample(input, grid, mode, "zeros", align_corners).item() == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("align_corners", [False, True])
def test_what_is_no_number_reads_nothing_of_a_volume_or_its_last_sample(
    dtype: Any, axis: int, align_corners: bool
) -> None:
    # As PyTorch has it for volumes; of images, whose taps are all added up, it makes NaN or the first sample.
    input = np.arange(1, 61, dtype=dtype).reshape(1, 1, 3, 4, 5)
    last = (4, 3, 2)[axis]
    for value in (np.nan, np.inf, -np.inf, np.finfo(dtype).max):
        grid = np.zeros((1, 1, 1, 1, 3), dtype)
        grid[..., axis] = value
        at_last = grid.copy()
        at_last[..., axis] = (2 * last + (0 if align_corners else 1)) / (last + (0 if align_corners else 1)) - 1
        for mode in ("bilinear", "nearest"):
            assert sr.grid_sample(input, grid, mode, "zeros", align_corners).item() == 0
            expected = sr.grid_sample(input, at_last, mode, "border", align_corners)
            if value != -np.inf:
                np.testing.assert_allclose(sr.grid_sample(input, grid, mode, "border", align_corners), expected)
            if not (align_corners and np.isfinite(value)):  # which is reflected, to somewhere
                np.testing.assert_allclose(sr.grid_sample(input, grid, mode, "reflection", align_corners), expected)
            gradients = sr.grid_sample_backward(np.ones((1, 1, 1, 1, 1), dtype), input, grid, mode, "zeros", False)
            assert not any(gradient.any() for gradient in gradients)


def test_reflections_far_outside_read_the_samples_that_pytorch_reads() -> None:
    image = np.broadcast_to(np.arange(7, dtype=np.float32), (1, 1, 7, 7)).copy()
    grid = np.zeros((1, 1, 1, 2), np.float32)
    grid[..., 0] = 8388609
    assert sr.grid_sample(image, grid, "bicubic", "reflection", False).item() == 5
    volume, points = np.broadcast_to(image[:, :, None], (1, 1, 7, 7, 7)).copy(), np.zeros((1, 1, 1, 1, 3), np.float32)
    points[..., 0] = 8388609
    assert sr.grid_sample(volume, points, "bilinear", "reflection", False).item() == 5.5
    assert sr.grid_sample(volume, points, "nearest", "reflection", False).item() == 6


# ---- Memory formats and threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("axes", "mode", "padding_mode", "align_corners", "dtype"), pairs(*OPTIONS, FLOATS))
def test_every_memory_format_gives_the_same_bits(
    axes: int, mode: str, padding_mode: str, align_corners: bool, dtype: np.dtype[Any]
) -> None:
    shape, grid_shape, options = some_call(axes, mode, padding_mode, align_corners)
    input, grid = samples(shape, dtype), points(grid_shape, dtype)
    expected = sr.grid_sample(input, grid, **options)
    for name, format_of in FORMATS.items():
        output = sr.grid_sample(format_of(input), grid, **options)
        assert output.flags.c_contiguous
        assert_same_bits(output, expected, f"input {name}")
        assert_same_bits(sr.grid_sample(input, format_of(grid), **options), expected, f"grid {name}")
    for name, format_of in WRITEABLE_FORMATS.items():
        out = format_of(samples(expected.shape, dtype, seed=3))
        assert sr.grid_sample(input, grid, **options, out=out) is out
        assert_same_bits(out, expected, f"out {name}")


@pytest.mark.parametrize(("shape", "grid_shape", "options"), CALLS[::2])
def test_broadcast_axes_give_the_same_bits(
    shape: tuple[int, ...], grid_shape: tuple[int, ...], options: dict[str, Any]
) -> None:
    arrays = (samples(shape, np.float32), points(grid_shape, np.float32))
    for which, array in enumerate(arrays):
        for axis in range(array.ndim):
            both = list(arrays)
            both[which] = np.broadcast_to(array.take([0], axis), array.shape)
            expected = sr.grid_sample(*(one.copy() for one in both), **options)
            assert_same_bits(sr.grid_sample(*both, **options), expected)


def test_theta_may_lie_anyhow() -> None:
    theta = samples((2, 3, 4), np.float32)
    expected = sr.affine_grid(theta, (2, 1, 3, 4, 5))
    for name, format_of in FORMATS.items():
        assert_same_bits(sr.affine_grid(format_of(theta), (2, 1, 3, 4, 5)), expected, name)
    one = np.broadcast_to(theta[:1], theta.shape)
    assert_same_bits(sr.affine_grid(one, (2, 1, 3, 4, 5)), sr.affine_grid(one.copy(), (2, 1, 3, 4, 5)))


def test_foreign_byte_orders_are_converted() -> None:
    input, grid = samples((1, 2, 4, 4), np.float32), points((1, 3, 3, 2), np.float32)
    expected = sr.grid_sample(input, grid)
    assert_same_bits(sr.grid_sample(input.astype(">f4"), grid), expected)
    assert_same_bits(sr.grid_sample(input, grid.astype(">f4")), expected)
    theta = samples((1, 2, 3), np.float64)
    assert_same_bits(sr.affine_grid(theta.astype(">f8"), (1, 1, 4, 4)), sr.affine_grid(theta, (1, 1, 4, 4)))


@pytest.mark.parametrize(
    ("axes", "mode", "padding_mode", "align_corners", "dtype"), pairs(*OPTIONS, ("float32", "float16"))
)
def test_the_number_of_threads_changes_no_bit(
    axes: int, mode: str, padding_mode: str, align_corners: bool, dtype: str
) -> None:
    shape, grid_shape, options = some_call(axes, mode, padding_mode, align_corners)
    grid = points((grid_shape[0], 5 * grid_shape[1], *grid_shape[2:-1], grid_shape[-1]), dtype)
    theta = samples((2, 2, 3), np.float32)
    before = sr.get_num_threads()
    try:
        for input in (samples((2, 20, *shape[2:]), dtype), channels_last(samples((2, 20, *shape[2:]), dtype))):
            results, grids = [], []
            for n in (1, 2, 5):
                sr.set_num_threads(n)
                results.append(sr.grid_sample(input, grid, **options))
                grids.append(sr.affine_grid(theta, (2, 1, 211, 197)))
            for result, other in zip(results[1:], grids[1:]):
                assert_same_bits(result, results[0])
                assert_same_bits(other, grids[0])
    finally:
        sr.set_num_threads(before)


@pytest.mark.parametrize(
    ("shape", "grid_shape"),
    [((0, 3, 4, 4), (0, 2, 2, 2)), ((2, 0, 4, 4), (2, 2, 2, 2)), ((2, 3, 4, 4), (2, 0, 2, 2)),
     ((2, 3, 4, 4), (2, 2, 0, 2)), ((0, 3, 4, 4, 4), (0, 2, 2, 2, 3)), ((1, 3, 4, 4, 4), (1, 2, 0, 2, 3))],
)  # fmt: skip
def test_nothing_to_sample_gives_nothing(shape: tuple[int, ...], grid_shape: tuple[int, ...]) -> None:
    output = sr.grid_sample(np.ones(shape, np.float32), np.zeros(grid_shape, np.float32))
    assert output.shape == (*shape[:2], *grid_shape[1:-1])
    assert output.dtype == np.float32


# ---- Bad calls -------------------------------------------------------------------------------------------------------

IMAGE = np.ones((2, 3, 4, 5), np.float32)
GRID = np.zeros((2, 6, 7, 2), np.float32)
VOLUME = np.ones((2, 3, 4, 5, 6), np.float32)
GRID_3D = np.zeros((2, 6, 7, 8, 3), np.float32)

# input, grid, options, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], GRID, {}, TypeError, r"input must be a numpy\.ndarray, got builtins\.list"),
    "a list of points": (IMAGE, [1.0], {}, TypeError, r"grid must be a numpy\.ndarray, got builtins\.list"),
    "no grid": (IMAGE, None, {}, TypeError, r"grid must be a numpy\.ndarray, got builtins\.NoneType"),
    "another dtype": (
        IMAGE,
        GRID.astype("f8"),
        {},
        TypeError,
        "grid must have the dtype of input, float32, got float64",
    ),
    "objects": (IMAGE.astype(object), GRID.astype(object), {}, TypeError, "dtype must be .*, got object"),
    "int64": (IMAGE.astype("i8"), GRID.astype("i8"), {}, TypeError, "int64"),
    "uint8": (IMAGE.astype("u1"), GRID.astype("u1"), {}, TypeError, "uint8"),
    "complex": (IMAGE.astype("c8"), GRID.astype("c8"), {}, TypeError, "complex64"),
    "3-D": (IMAGE[0], GRID[0], {}, ValueError, r"input and grid must both be 4-D .* got shapes \(3, 4, 5\)"),
    "6-D": (VOLUME[None], GRID_3D[None], {}, ValueError, "input and grid must both be 4-D"),
    "0-D": (np.ones(()), np.zeros(()), {}, ValueError, "input and grid must both be 4-D"),
    "a grid of a volume": (IMAGE, GRID_3D, {}, ValueError, "grid must have as many axes as input, 4, got 5"),
    "a grid of an image": (VOLUME, GRID, {}, ValueError, "grid must have as many axes as input, 5, got 4"),
    "triples": (IMAGE, np.zeros((2, 6, 7, 3), "f4"), {}, ValueError, "last axis of grid must have 2 coordinates"),
    "pairs": (VOLUME, np.zeros((2, 6, 7, 8, 2), "f4"), {}, ValueError, "last axis of grid must have 3 coordinates"),
    "no coordinates": (IMAGE, GRID[..., :0], {}, ValueError, "last axis of grid must have 2 coordinates"),
    "another batch": (IMAGE, GRID[:1], {}, ValueError, "the same batch size"),
    "a batch of none": (IMAGE, GRID[:0], {}, ValueError, "the same batch size"),
    "an empty axis": (IMAGE[:, :, :0], GRID, {}, ValueError, "input of shape .* has an axis without samples"),
    "an empty depth": (VOLUME[:, :, :0], GRID_3D, {}, ValueError, "input of shape .* has an axis without samples"),
    "unknown mode": (
        IMAGE,
        GRID,
        {"mode": "linear"},
        ValueError,
        "mode must be one of 'bilinear', 'nearest', 'bicubic', got 'linear'",
    ),
    "unknown padding": (
        IMAGE,
        GRID,
        {"padding_mode": "reflect"},
        ValueError,
        "padding_mode must be one of 'zeros', 'border', 'reflection', got 'reflect'",
    ),
    "mode 0": (IMAGE, GRID, {"mode": 0}, TypeError, "mode must be a string, got 0"),
    "mode None": (IMAGE, GRID, {"mode": None}, TypeError, "mode must be a string, got None"),
    "padding_mode ['zeros']": (IMAGE, GRID, {"padding_mode": ["zeros"]}, TypeError, "padding_mode must be a string"),
    "align_corners 'yes'": (IMAGE, GRID, {"align_corners": "yes"}, TypeError, "align_corners must be None or False or"),
    "align_corners 2": (IMAGE, GRID, {"align_corners": 2}, TypeError, "align_corners must be .*, got 2"),
    "a product that is too large": (
        np.broadcast_to(np.float32(1), (1, 2**24, 1, 1)),
        np.broadcast_to(np.float32(1), (1, 2**24, 2**24, 2)),
        {},
        ValueError,
        "too large",
    ),
    "an output that fits no memory": (
        np.broadcast_to(np.float32(1), (1, 2**14, 1, 1)),
        np.broadcast_to(np.float32(1), (1, 2**16, 2**16, 2)),
        {},
        MemoryError,
        "allocate",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused_and_leaves_out_alone(case: str) -> None:
    input, grid, options, exception, message = REFUSED[case]
    with pytest.raises(exception, match=message) as caught:
        sr.grid_sample(input, grid, **options)
    assert caught.type is exception or exception is MemoryError  # NumPy has one of its own
    is_volume = input is VOLUME
    shape = (2, 3, 6, 7, 8) if is_volume else (2, 3, 6, 7)
    out = np.full(shape, 7, getattr(input, "dtype", np.float32))
    before = out.copy()
    with pytest.raises((ValueError, TypeError)) as caught:
        sr.grid_sample(input, grid, **options, out=out)
    assert caught.type is exception or exception is MemoryError
    np.testing.assert_array_equal(out, before)


THETA = np.ones((2, 2, 3), np.float32)
THETA_3D = np.ones((2, 3, 4), np.float32)

REFUSED_GRIDS: dict[str, tuple[Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], (2, 1, 4, 4), {}, TypeError, r"theta must be a numpy\.ndarray, got builtins\.list"),
    "int64": (THETA.astype("i8"), (2, 1, 4, 4), {}, TypeError, "int64"),
    "objects": (THETA.astype(object), (2, 1, 4, 4), {}, TypeError, "got object"),
    "three entries": (THETA, (2, 4, 4), {}, NotImplementedError, r"size must be \(N, C, H, W\) or \(N, C, D, H, W\)"),
    "six entries": (THETA, (2,) * 6, {}, NotImplementedError, r"got \(2, 2, 2, 2, 2, 2\)"),
    "a number": (THETA, 4, {}, TypeError, "size must be a sequence of integers, got 4"),
    "real numbers": (THETA, (2, 1, 4.0, 4), {}, TypeError, "size must be made of integers"),
    "no height": (THETA, (2, 1, 0, 4), {}, ValueError, r"size must be at least 1 on every axis, got \(2, 1, 0, 4\)"),
    "no images": (THETA[:0], (0, 1, 4, 4), {}, ValueError, "size must be at least 1 on every axis"),
    "no channels": (THETA, (2, 0, 4, 4), {}, ValueError, "size must be at least 1 on every axis"),
    "negative width": (THETA, (2, 1, 4, -4), {}, ValueError, "size must be at least 1 on every axis"),
    "2^64 + 4": (THETA, (2, 1, 4, 2**64 + 4), {}, ValueError, "size must fit into 64 bits"),
    "a product that is too large": (THETA, (2, 1, 2**31, 2**31), {}, ValueError, "too big"),
    "far too large": (THETA, (2, 1, 2**62, 2**62), {}, ValueError, "too big"),
    "another batch": (THETA, (3, 1, 4, 4), {}, ValueError, r"theta.*\(3, 2, 3\).*\(2, 2, 3\)"),
    "a map of volumes": (THETA_3D, (2, 1, 4, 4), {}, ValueError, r"theta.*\(2, 2, 3\).*\(2, 3, 4\)"),
    "a map of images": (THETA, (2, 1, 4, 4, 4), {}, ValueError, r"theta.*\(2, 3, 4\).*\(2, 2, 3\)"),
    "a vector": (THETA[0, 0], (2, 1, 4, 4), {}, ValueError, "theta"),
    "align_corners 'yes'": (THETA, (2, 1, 4, 4), {"align_corners": "yes"}, TypeError, "align_corners must be None or"),
}


@pytest.mark.parametrize("case", REFUSED_GRIDS)
def test_a_grid_that_cannot_be_made_is_refused(case: str) -> None:
    theta, size, options, exception, message = REFUSED_GRIDS[case]
    with pytest.raises(exception, match=message) as caught:
        sr.affine_grid(theta, size, **options)
    assert caught.type is exception


def test_affine_grid_takes_no_half_types() -> None:
    for dtype in FLOATS[2:]:
        with pytest.raises(TypeError, match=dtype.name):
            sr.affine_grid(THETA.astype(dtype), (2, 1, 4, 4))


@pytest.mark.parametrize("which", [0, 1])
def test_an_out_that_overlaps_another_array_is_refused_and_left_alone(which: int) -> None:
    arrays = [IMAGE, GRID]
    size = arrays[which].size
    memory = np.random.default_rng(1).random(size + 251).astype(np.float32)
    before = memory.copy()
    arrays[which] = memory[:size].reshape(arrays[which].shape)
    for start in (0, size - 1):
        with pytest.raises(ValueError, match="the output overlaps"):
            sr.grid_sample(*arrays, out=memory[start : start + 252].reshape(2, 3, 6, 7))
        np.testing.assert_array_equal(memory, before)
