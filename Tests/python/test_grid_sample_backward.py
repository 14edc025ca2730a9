"""grid_sample_backward: edges, samples and wild points, special values, and what it refuses."""

from __future__ import annotations

from typing import Any

import gradients_cases as gradients
import numpy as np
import pytest
from arrays import assert_same_bits, channels_last, in_turn, pairs, samples
from cases import numpy_dtype

import swiftresample as sr

pytestmark = pytest.mark.memory

FLOATS = [numpy_dtype(name) for name in gradients.FLOATS]
MODES = ("bilinear", "nearest", "bicubic")
PADDING_MODES = ("zeros", "border", "reflection")
GRIDS = [name for name in gradients.KINDS if name.startswith("grid")]

#: As in test_interpolate_backward.py: sums of the same products differ by their rounding alone.
SAME_PRODUCT = 1e-13


@pytest.mark.parametrize("name", GRIDS)
def test_the_gradient_of_the_input_is_the_transpose(name: str) -> None:
    call = gradients.of_kind(name, np.float64)
    grad_output, input, grid = call.arrays
    grad_input, _ = call.of(sr)
    there, back = grad_output * sr.grid_sample(input, grid, **call.options), grad_input * input
    difference = abs(there.sum() - back.sum())
    assert difference <= SAME_PRODUCT * (np.abs(there).sum() + np.abs(back).sum()), f"{difference:.3g}"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.numbers
def test_points_on_samples_and_edges_agree_with_the_oracle(
    mode: str, padding_mode: str, align_corners: bool, dtype: str
) -> None:
    options = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
    for length in (1, 2, 3, 8):
        # Every sample, edge and middle between two; exactly, where the length is a power of two.
        axis = (np.arange(-4 * length, 4 * length + 1) / (2 * length)).astype(dtype)
        grid = np.stack(np.meshgrid(axis, axis), axis=-1)[None]
        arrays = samples((1, 3, *grid.shape[1:3]), dtype, 1), samples((1, 3, length, length), dtype, 2), grid
        call = gradients.Call("grid_sample", arrays, options)
        gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("name", GRIDS[::3])
@pytest.mark.parametrize("lengths", [(1, 1, 1), (2, 1, 3), (300, 1, 2), (1, 2, 5000)])
@pytest.mark.numbers
def test_short_and_long_axes_agree_with_the_oracle(name: str, lengths: tuple[int, ...]) -> None:
    for dtype in ("float32", "float64"):
        grad_output, input, grid = gradients.of_kind(name, dtype).arrays
        input = samples((2, 5, *lengths[-(input.ndim - 2) :]), dtype)
        call = gradients.Call("grid_sample", (grad_output, input, grid), gradients.KINDS[name][2])
        gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle")


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_nearest_has_no_gradient_of_the_grid(dtype: np.dtype[Any]) -> None:
    for name in GRIDS:
        if "nearest" in name:
            _, grad_grid = gradients.of_kind(name, dtype).of(sr)
            assert not grad_grid.any()


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("align_corners", [False, True])
def test_no_gradient_of_the_grid_at_and_beyond_the_border(mode: str, align_corners: bool) -> None:
    input, grad_output = samples((1, 2, 5, 4), np.float64, 1), samples((1, 2, 1, 6), np.float64, 2)
    edge = 1 if align_corners else 0.75  # the centre of the last column
    columns = np.array([-edge, edge, -1.5, 1.5, -7.0, 1e6])
    grid = np.stack([columns, np.full(6, 0.3)], axis=-1)[None, None]
    _, grad_grid = sr.grid_sample_backward(grad_output, input, grid, mode, "border", align_corners)
    if mode == "bilinear":
        assert not grad_grid[..., 0].any()
    else:  # it clips each tap, and goes on until all are one sample, whose slopes add up to 0
        np.testing.assert_allclose(grad_grid[0, 0, 4:, 0], 0, rtol=0, atol=1e-14)
    assert grad_grid[..., 1].all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("align_corners", [False, True])
def test_reflection_turns_the_gradient_of_the_grid(mode: str, align_corners: bool) -> None:
    input, grad_output = samples((1, 3, 6, 8), np.float64, 1), samples((1, 3, 5, 7), np.float64, 2)
    grid = np.random.default_rng(3).uniform(-0.97, 0.97, (1, 5, 7, 2))
    mirrored = grid.copy()
    mirrored[..., 0] = 2 - grid[..., 0]
    options = {"mode": mode, "padding_mode": "reflection", "align_corners": align_corners}
    grad_input, grad_grid = sr.grid_sample_backward(grad_output, input, grid, **options)
    grad_mirrored, grad_turned = sr.grid_sample_backward(grad_output, input, mirrored, **options)
    np.testing.assert_allclose(grad_mirrored, grad_input, rtol=0, atol=1e-12)
    np.testing.assert_allclose(grad_turned, grad_grid * [-1, 1], rtol=0, atol=1e-11)


def test_no_align_corners_means_false() -> None:
    grad_output, input, grid = gradients.of_kind("grid 2d bilinear zeros", np.float32).arrays
    expected = sr.grid_sample_backward(grad_output, input, grid, align_corners=False)
    for one, other in zip(sr.grid_sample_backward(grad_output, input, grid), expected):
        assert_same_bits(one, other)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("padding_mode", PADDING_MODES)
def test_many_points_of_one_sample_add_up(padding_mode: str, dtype: np.dtype[Any]) -> None:
    # All points read the same samples: a half type could not count so far.
    random = np.random.default_rng(1)
    grad_output = (random.random((2, 3, 150, 200)) / 8).astype(dtype)
    input, grid = samples((2, 3, 4, 5), dtype), np.broadcast_to(np.array([0.1, -0.2], dtype), (2, 150, 200, 2))
    call = gradients.Call("grid_sample", (grad_output, input, grid), {"padding_mode": padding_mode})
    # One float32 sum of 30,000: as far off as PyTorch's.
    slack = tuple(4 * rounding for rounding in call.rounding()) if dtype.itemsize < 8 else 0.0
    gradients.assert_agrees(call.of(sr), call.expected(), call, "oracle", slack)


# ---- Special values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "padding_mode", "dtype", "value"), pairs(MODES, PADDING_MODES, FLOATS, (np.inf, -np.inf, np.nan)), ids=str
)
def test_a_sample_that_no_point_reads_has_no_gradient(
    mode: str, padding_mode: str, dtype: np.dtype[Any], value: float
) -> None:
    # Points between samples 2 and 3 of either axis.
    grid = np.random.default_rng(1).uniform(0.05, 0.3, (2, 3, 20, 2)).astype(dtype) - dtype.type(0.25)
    reads = np.zeros((9, 11), bool)
    reach = {"bilinear": (0, 1), "nearest": (0, 1), "bicubic": (-1, 2)}[mode]
    for length, axis in ((9, 1), (11, 0)):
        position = (grid[..., axis].astype(np.float64) + 1) * length / 2 - 0.5
        span = int(np.floor(position.min())) + reach[0], int(np.floor(position.max())) + reach[1]
        along = np.zeros(length, bool)
        along[span[0] : span[1] + 1] = True
        reads = along[:, None] * np.ones(11, bool) if axis else reads & along
    assert 0 < reads.sum() < reads.size
    input = samples((2, 5, 9, 11), dtype)
    grad_output = np.full((2, 5, 3, 20), value, dtype)
    for format_of in (np.ascontiguousarray, channels_last):
        grad_input, _ = sr.grid_sample_backward(format_of(grad_output), format_of(input), grid, mode, padding_mode)
        assert (grad_input[:, :, ~reads].astype(np.float64) == 0).all()
        assert not np.isfinite(grad_input[:, :, reads].astype(np.float64)).all()


@pytest.mark.parametrize(
    ("axes", "mode", "padding_mode", "dtype", "value"),
    pairs((2, 3), MODES, PADDING_MODES, FLOATS, (np.inf, -np.inf, np.nan)),
    ids=str,
)
def test_infinities_and_nan_stay_where_they_belong(
    axes: int, mode: str, padding_mode: str, dtype: np.dtype[Any], value: float
) -> None:
    call = gradients.of_kind(f"grid {axes}d {mode} {padding_mode}", dtype)
    grad_output, input, grid = call.arrays
    place = (1, *(length // 2 for length in grid.shape[1:-1]))
    one = np.zeros_like(grad_output)
    one[(1, 2, *place[1:])] = 1
    reads = sr.grid_sample_backward(one.astype(np.float32), input.astype(np.float32), grid.astype(np.float32),
                                    **call.options)[0] != 0  # fmt: skip
    expected = call.of(sr)
    spoilt = grad_output.copy()
    spoilt[(1, 2, *place[1:])] = value
    grad_input, grad_grid = sr.grid_sample_backward(spoilt, input, grid, **call.options)
    assert not np.isfinite(grad_input[reads].astype(np.float64)).any()
    assert reads.sum() < 5**axes
    # At weights of 0, too, where it is read all the same.
    assert (~np.isfinite(grad_input.astype(np.float64))).sum() <= 4**axes
    finite = np.isfinite(grad_input.astype(np.float64))
    assert_same_bits(grad_input[finite], expected[0][finite])
    elsewhere = np.ones(grid.shape[:-1], bool)
    elsewhere[place] = False
    assert_same_bits(grad_grid[elsewhere], expected[1][elsewhere])


WILD = [np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**31, -(2.0**31), 2.0**63, -(2.0**63), 6e4, -6e4, 1e-40, -0.0, 1.5]


@pytest.mark.parametrize(("name", "dtype"), in_turn(GRIDS, FLOATS), ids=str)
def test_any_coordinate_is_survived(name: str, dtype: np.dtype[Any]) -> None:
    call = gradients.of_kind(name, dtype)
    grad_output, input, grid = call.arrays
    random = np.random.default_rng(5)
    with np.errstate(over="ignore", invalid="ignore"):
        wild = np.where(random.random(grid.shape) < 0.4, random.choice(WILD, grid.shape), grid).astype(dtype)
        tame = np.isfinite(wild).all(axis=-1) & (np.abs(wild.astype(np.float64)) < 2).all(axis=-1)
        calm = np.where(tame[..., None], wild, 0).astype(dtype)
    for format_of in (np.ascontiguousarray, channels_last):
        arrays = format_of(grad_output), format_of(input)
        grad_input, grad_grid = sr.grid_sample_backward(*arrays, wild, **call.options)
        assert grad_input.shape == input.shape
        assert grad_grid.shape == grid.shape
        # Points beside wild ones are as they are beside tame ones.
        _, expected = sr.grid_sample_backward(*arrays, calm, **call.options)
        assert_same_bits(grad_grid[tame], expected[tame])
        if call.options.get("padding_mode", "zeros") == "zeros" and call.options.get("mode") != "bicubic":
            # With no gradient at the wild points, they give none to the input: those that are not NaN read nothing.
            far = ~tame & ~np.isnan(wild.astype(np.float64)).any(axis=-1)
            quiet = np.where((tame | far)[:, None], grad_output, 0).astype(dtype)
            assert np.isfinite(sr.grid_sample_backward(quiet, input, wild, **call.options)[0].astype(np.float64)).all()


@pytest.mark.parametrize(
    ("shape", "grid_shape"),
    [((0, 3, 4, 4), (0, 2, 2, 2)), ((2, 0, 4, 4), (2, 2, 2, 2)), ((2, 3, 4, 4), (2, 0, 2, 2)),
     ((2, 3, 4, 4), (2, 2, 0, 2)), ((0, 3, 4, 4, 4), (0, 2, 2, 2, 3)), ((1, 3, 4, 4, 4), (1, 2, 0, 2, 3))],
)  # fmt: skip
def test_nothing_sampled_has_no_gradient(shape: tuple[int, ...], grid_shape: tuple[int, ...]) -> None:
    grad_output = np.ones((*shape[:2], *grid_shape[1:-1]), np.float32)
    for mode in MODES:
        arrays = np.ones(shape, np.float32), np.zeros(grid_shape, np.float32)
        grad_input, grad_grid = sr.grid_sample_backward(grad_output, *arrays, mode)
        assert (grad_input.shape, grad_grid.shape) == (shape, grid_shape)
        assert not grad_input.any()
        assert not grad_grid.any()


# ---- Bad calls -------------------------------------------------------------------------------------------------------

IMAGE = np.ones((2, 3, 4, 5), np.float32)
GRID = np.zeros((2, 6, 7, 2), np.float32)
GRADIENT = np.ones((2, 3, 6, 7), np.float32)
VOLUME = np.ones((2, 3, 4, 5, 6), np.float32)
GRID_3D = np.zeros((2, 6, 7, 8, 3), np.float32)

# grad_output, input, grid, options, exception, what the message says
REFUSED: dict[str, tuple[Any, Any, Any, dict[str, Any], type[Exception], str]] = {
    "a list": ([1.0], IMAGE, GRID, {}, TypeError, r"grad_output must be a numpy\.ndarray, got builtins\.list"),
    "a list of samples": (GRADIENT, [1.0], GRID, {}, TypeError, r"input must be a numpy\.ndarray, got builtins\.list"),
    "a list of points": (GRADIENT, IMAGE, [1.0], {}, TypeError, r"grid must be a numpy\.ndarray, got builtins\.list"),
    "no grid": (GRADIENT, IMAGE, None, {}, TypeError, r"grid must be a numpy\.ndarray, got builtins\.NoneType"),
    "another grid": (GRADIENT, IMAGE, GRID.astype("f8"), {}, TypeError, "dtype.*float32.*float64"),
    "another input": (GRADIENT, IMAGE.astype("f2"), GRID, {}, TypeError, "dtype.*float32.*float16"),
    "another gradient": (GRADIENT.astype("f8"), IMAGE, GRID, {}, TypeError, "dtype.*float(64|32).*float(32|64)"),
    **{
        dtype: (GRADIENT.astype(dtype), IMAGE.astype(dtype), GRID.astype(dtype), {}, TypeError, dtype)
        for dtype in ("int64", "int32", "uint8", "bool", "complex64")
    },
    "objects": (*(array.astype(object) for array in (GRADIENT, IMAGE, GRID)), {}, TypeError, "got object"),
    "another height": (GRADIENT[:, :, 1:], IMAGE, GRID, {}, ValueError, r"grad_output.*\(2, 3, 6, 7\).*\(2, 3, 5, 7\)"),
    "another width": (GRADIENT[..., 1:], IMAGE, GRID, {}, ValueError, r"grad_output.*\(2, 3, 6, 7\).*\(2, 3, 6, 6\)"),
    "other channels": (GRADIENT[:, 1:], IMAGE, GRID, {}, ValueError, r"grad_output.*\(2, 3, 6, 7\).*\(2, 2, 6, 7\)"),
    "another batch": (GRADIENT[1:], IMAGE, GRID, {}, ValueError, r"grad_output.*\(2, 3, 6, 7\).*\(1, 3, 6, 7\)"),
    "the input's shape": (IMAGE, IMAGE, GRID, {}, ValueError, r"grad_output.*\(2, 3, 6, 7\).*\(2, 3, 4, 5\)"),
    "a 3-D gradient": (GRADIENT[0], IMAGE, GRID, {}, ValueError, r"grad_output.*\(3, 6, 7\)"),
    "a 0-D gradient": (np.ones((), "f4"), IMAGE, GRID, {}, ValueError, "grad_output"),
    "a 3-D input": (GRADIENT, IMAGE[0], GRID[0], {}, ValueError, "input and grid must both be 4-D"),
    "a grid of a volume": (GRADIENT, IMAGE, GRID_3D, {}, ValueError, "grid must have as many axes as input, 4, got 5"),
    "a grid of an image": (GRADIENT, VOLUME, GRID, {}, ValueError, "grid must have as many axes as input, 5, got 4"),
    "triples": (GRADIENT, IMAGE, np.zeros((2, 6, 7, 3), "f4"), {}, ValueError, "must have 2 coordinates"),
    "another grid batch": (GRADIENT, IMAGE, GRID[:1], {}, ValueError, "the same batch size"),
    "an empty axis": (GRADIENT, IMAGE[:, :, :0], GRID, {}, ValueError, "has an axis without samples"),
    "unknown mode": (GRADIENT, IMAGE, GRID, {"mode": "linear"}, ValueError, "mode must be one of"),
    "unknown padding": (GRADIENT, IMAGE, GRID, {"padding_mode": "wrap"}, ValueError, "padding_mode must be one of"),
    "mode 0": (GRADIENT, IMAGE, GRID, {"mode": 0}, TypeError, "mode must be a string, got 0"),
    "align_corners 2": (GRADIENT, IMAGE, GRID, {"align_corners": 2}, TypeError, "align_corners must be .*, got 2"),
    "a product that is too large": (
        GRADIENT,
        np.broadcast_to(np.float32(1), (1, 2**24, 1, 1)),
        np.broadcast_to(np.float32(1), (1, 2**24, 2**24, 2)),
        {},
        ValueError,
        "too large|grad_output",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_call_that_cannot_be_answered_is_refused(case: str) -> None:
    grad_output, input, grid, options, exception, message = REFUSED[case]
    with pytest.raises(exception, match=message) as caught:
        sr.grid_sample_backward(grad_output, input, grid, **options)
    assert caught.type is exception


def test_gradients_that_fit_no_memory_are_refused() -> None:
    huge = np.broadcast_to(np.float32(1), (1, 1, 2**22, 2**22))
    with pytest.raises(MemoryError):
        sr.grid_sample_backward(np.ones((1, 1, 2, 2), np.float32), huge, np.zeros((1, 2, 2, 2), np.float32))
