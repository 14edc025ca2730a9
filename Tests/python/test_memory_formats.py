"""The same bits come out however input and output lie in memory, and the output lies as the input does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from arrays import (
    COPIED,
    FORMATS,
    MODES,
    WEIGHTED,
    WRITEABLE_FORMATS,
    Array,
    assert_same_bits,
    channels_last,
    cropped_channels_last,
    samples,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import swiftresample as sr

pytestmark = [pytest.mark.memory, pytest.mark.numbers]

# Per axis: some become longer, some shorter, one by an even factor and one by an odd one.
FACTORS = {1: [2.0, 0.37], 2: [(2.0, 2.0), (0.37, 1.7)], 3: [(2.0, 2.0, 2.0), (1.7, 0.6, 0.37)]}

CALLS = [
    pytest.param(mode, shape, {"scale_factor": factor, **options}, id=f"{name}-x{factor}")
    for name, (mode, shape, options) in MODES.items()
    for factor in FACTORS[len(shape) - 2]
]
# Every mode with every dtype, and each of them once with either factor.
CALLS_OF_DTYPES = [
    pytest.param(*call.values, dtype, id=f"{call.id}-{dtype}")
    for place, call in enumerate(CALLS)
    for turn, dtype in enumerate(WEIGHTED + COPIED if call.values[0] in ("nearest", "nearest-exact") else WEIGHTED)
    if (place + turn) % 2 == 0
]


@pytest.mark.parametrize(("mode", "shape", "options", "dtype"), CALLS_OF_DTYPES)
def test_every_memory_format_of_the_input_gives_the_same_bits(
    mode: str, shape: tuple[int, ...], options: dict[str, Any], dtype: np.dtype[Any]
) -> None:
    contiguous = samples(shape, dtype)
    expected = sr.interpolate(contiguous, mode=mode, **options)
    for name, format_of in FORMATS.items():
        input = format_of(contiguous)
        assert_same_bits(input, contiguous)
        assert_same_bits(sr.interpolate(input, mode=mode, **options), expected, name)
        assert_same_bits(input, contiguous, f"the input itself, {name}")


@pytest.mark.parametrize(("mode", "shape", "options", "dtype"), CALLS_OF_DTYPES)
def test_every_memory_format_of_out_gets_the_same_bits(
    mode: str, shape: tuple[int, ...], options: dict[str, Any], dtype: np.dtype[Any]
) -> None:
    input = samples(shape, dtype)
    expected = sr.interpolate(input, mode=mode, **options)
    for name, format_of in WRITEABLE_FORMATS.items():
        out = format_of(samples(expected.shape, dtype, seed=1))
        assert sr.interpolate(input, mode=mode, **options, out=out) is out
        assert_same_bits(out, expected, name)


# Planes are so large that rows across the cache lines are copied first, in blocks that do not divide the lengths.
_ORDERS = [
    *[((2, 19, 65, 67), order) for order in itertools.permutations(range(4))],
    *[((1, 18, 17, 15, 19), order) for order in itertools.permutations(range(5)) if order[-1] != 4],
]


@pytest.mark.parametrize(("shape", "order"), _ORDERS)
def test_any_order_of_the_axes_in_memory_gives_the_same_bits(shape: tuple[int, ...], order: tuple[int, ...]) -> None:
    dtype = ("float32", "uint8", "float16", "float64", "int16")[sum(order[:2]) % 5]
    contiguous = samples(shape, dtype)
    input = np.ascontiguousarray(contiguous.transpose(order)).transpose(np.argsort(order))
    modes = ("bilinear", "bicubic", "area") if len(shape) == 4 else ("trilinear", "area")
    for mode, factor in itertools.product(modes, (0.37, 1.3)):
        expected = sr.interpolate(contiguous, scale_factor=factor, mode=mode)
        for threads in (1, 3):
            sr.set_num_threads(threads)
            out = np.empty(expected.shape, expected.dtype)
            sr.interpolate(input[..., ::-1], scale_factor=factor, mode=mode, out=out)
            mirrored = sr.interpolate(contiguous[..., ::-1].copy(), scale_factor=factor, mode=mode)
            assert_same_bits(out, mirrored, f"{mode} x{factor}, {threads} threads")
            sr.interpolate(input, scale_factor=factor, mode=mode, out=out)
            assert_same_bits(out, expected, f"{mode} x{factor}, {threads} threads")
        if dtype.startswith("float"):
            gradient = sr.interpolate_backward(input, enlarged(shape), size=shape[2:], mode=mode)
            assert_same_bits(gradient, sr.interpolate_backward(contiguous, enlarged(shape), size=shape[2:], mode=mode))


def enlarged(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:2], *(2 * length + 1 for length in shape[2:]))


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = sr.get_num_threads()
    yield
    sr.set_num_threads(before)


def test_samples_between_those_of_a_strided_out_are_left_alone() -> None:
    larger = np.full((1, 2, 8, 24), 7, np.float32)
    sr.interpolate(np.ones((1, 1, 4, 4), np.float32), scale_factor=2, mode="bilinear", out=larger[:, :1, :, ::3])
    assert (larger[:, :1, :, ::3] == 1).all()
    larger[:, :1, :, ::3] = 7
    assert (larger == 7).all()


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_broadcast_axes_give_the_same_bits(
    mode: str, shape: tuple[int, ...], options: dict[str, Any], dtype: str
) -> None:
    for axis in range(len(shape)):
        one = samples(tuple(1 if index == axis else length for index, length in enumerate(shape)), dtype)
        broadcast = np.broadcast_to(one, shape)
        assert 0 in broadcast.strides
        assert_same_bits(
            sr.interpolate(broadcast, mode=mode, **options), sr.interpolate(broadcast.copy(), mode=mode, **options)
        )


@pytest.mark.parametrize(("mode", "shape", "options"), CALLS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8"])
def test_images_and_channels_do_not_depend_on_one_another(
    mode: str, shape: tuple[int, ...], options: dict[str, Any], dtype: str
) -> None:
    shape = (4, 5, *shape[2:])
    input = samples(shape, dtype)
    together = sr.interpolate(input, mode=mode, **options)
    for image in range(shape[0]):
        apart = sr.interpolate(input[image : image + 1], mode=mode, **options)
        assert_same_bits(together[image : image + 1], apart)
    for channel in range(shape[1]):
        apart = sr.interpolate(input[:, channel : channel + 1], mode=mode, **options)
        assert_same_bits(together[:, channel : channel + 1], apart)


@st.composite
def strided_views(draw: st.DrawFn, shape: tuple[int, ...], dtype: str) -> Array:
    """A view of `shape`: its axes in any order in memory, with gaps, in either direction, from any byte on."""
    order = draw(st.permutations(range(len(shape))))
    steps = [draw(st.sampled_from([1, 1, 2, 3, -1, -2])) for _ in shape]
    lead = draw(st.integers(0, 7))
    room = [shape[axis] * abs(steps[axis]) for axis in order]
    memory = np.zeros(int(np.prod(room)) * np.dtype(dtype).itemsize + lead, np.uint8)
    whole = memory[lead:].view(dtype).reshape(room).transpose(np.argsort(order))
    return whole[tuple(slice(None, None, step) for step in steps)]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_strides_in_and_out_give_the_contiguous_bits(data: st.DataObject) -> None:
    mode, shape, options = data.draw(st.sampled_from(sorted(MODES.values(), key=repr)))
    dtype = data.draw(st.sampled_from(["uint8", "float16", "float32", "float64"]))
    shape = tuple(data.draw(st.integers(1, 20)) for _ in shape)
    size = tuple(data.draw(st.integers(1, 20)) for _ in shape[2:])
    contiguous = samples(shape, dtype)
    input = data.draw(strided_views(shape, dtype))
    input[...] = contiguous
    out = data.draw(strided_views((*shape[:2], *size), dtype))
    expected = sr.interpolate(contiguous, size=size, mode=mode, **options)
    assert_same_bits(sr.interpolate(input, size=size, mode=mode, **options, out=out), expected)


# ---- Where the output lies -------------------------------------------------------------------------------------------


def lies_channels_last(array: Array) -> bool:
    return np.moveaxis(array, 1, -1).flags.c_contiguous


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 5), (2, 3, 4, 5, 6), (1, 3, 1, 5), (1, 2, 4, 1)])
def test_channels_last_stays_channels_last(shape: tuple[int, ...]) -> None:
    for format_of in (channels_last, cropped_channels_last):
        output = sr.interpolate(format_of(np.zeros(shape, np.float32)), scale_factor=2)
        assert lies_channels_last(output)


def test_a_decoded_image_counts_as_channels_last() -> None:
    image = np.zeros((6, 7, 3), np.uint8)
    for view in (image, image[::-1], image[:, ::-1], image[..., ::-1], image[1:5, 2:6]):
        output = sr.interpolate(view.transpose(2, 0, 1)[None], scale_factor=2)
        assert lies_channels_last(output)
        assert not output.flags.c_contiguous


@pytest.mark.parametrize(
    "input",
    [
        np.zeros((2, 3, 4, 5), np.float32),
        np.zeros((2, 3, 8, 9), np.float32)[..., 1:5, 2:6],
        np.zeros((2, 3, 4, 5), np.float32)[:, :, ::-1],
        np.asfortranarray(np.zeros((2, 3, 4, 5), np.float32)),
        np.broadcast_to(np.float32(0), (2, 3, 4, 5)),
        np.broadcast_to(np.zeros((2, 3, 1, 1), np.float32), (2, 3, 4, 5)),
        channels_last(np.zeros((2, 1, 4, 5), np.float32)),  # one channel lies both ways
        channels_last(np.zeros((2, 3, 1, 1), np.float32)),  # and so does one sample
        np.zeros((2, 3, 8, 9), np.float32)[..., :1, :1],
        channels_last(np.zeros((0, 3, 4, 5), np.float32)),
    ],
    ids=lambda array: f"{array.shape}@{array.strides}",
)
def test_other_inputs_give_contiguous_outputs(input: Array) -> None:
    assert sr.interpolate(input, scale_factor=2).flags.c_contiguous
