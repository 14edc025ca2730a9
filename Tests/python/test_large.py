"""More than 2 to the 31 elements, in and out, and axes that float32 cannot count.

An offset that is cut to 32 bits reads or writes 4 GiB away, or wraps around. Every operator therefore has an input and
an output of more than 2**31 elements, and is compared with itself on the parts of them that do not need such an offset.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from arrays import Array, assert_same_bits, samples

import swiftresample as sr

HEIGHT, WIDTH = 46_341, 46_349
assert HEIGHT * WIDTH > 2**31

pytestmark = pytest.mark.large_memory


def large_image() -> Array:
    """(HEIGHT, WIDTH), of which no two rows or columns near one another are alike."""
    rows = np.random.default_rng(1).integers(0, 128, (HEIGHT, 1), np.uint8)
    columns = np.random.default_rng(2).integers(0, 128, WIDTH, np.uint8)
    return rows + columns


def corners(height: int, width: int) -> list[tuple[slice, slice]]:
    """Regions of an image of which the last one begins beyond 2**31 elements."""
    return [
        (slice(y, y + 5), slice(x, x + 7)) for y in (0, height // 2, height - 5) for x in (0, width // 2, width - 7)
    ]


# ---- Interpolate -----------------------------------------------------------------------------------------------------

MODES: list[dict[str, Any]] = [
    {"mode": "nearest"},
    {"mode": "bilinear", "align_corners": True},
    {"mode": "bicubic", "antialias": True},
]
NAMES = [options["mode"] for options in MODES]


@pytest.mark.parametrize("options", MODES, ids=NAMES)
def test_an_output_of_more_than_2_to_the_31_elements(options: dict[str, Any]) -> None:
    input = samples((1, 1, 9, 11), np.uint8)
    output = sr.interpolate(input, size=(HEIGHT, WIDTH), **options)
    # Either pass alone is small: the width's on all rows of the input, then the height's on some columns of it.
    wide = sr.interpolate(input, size=(9, WIDTH), **options)
    for columns in (slice(0, 5), slice(WIDTH // 2, WIDTH // 2 + 5), slice(WIDTH - 5, WIDTH)):
        expected = sr.interpolate(np.ascontiguousarray(wide[..., columns]), size=(HEIGHT, 5), **options)
        assert_same_bits(output[..., columns], expected)


@pytest.mark.parametrize(
    ("options", "axes"),
    [(options, "contiguous") for options in MODES] + [(options, "swapped") for options in MODES[:2]],
    ids=NAMES + [f"{name}-swapped" for name in NAMES[:2]],
)
def test_an_input_of_more_than_2_to_the_31_elements(options: dict[str, Any], axes: str) -> None:
    image = large_image()
    image = image.T if axes == "swapped" else image
    # The width's pass on some thousand rows at a time.
    narrow = np.concatenate(
        [
            sr.interpolate(rows[None, None], size=(len(rows), 13), **options)[0, 0]
            for rows in np.split(image, range(4096, len(image), 4096))
        ]
    )
    expected = sr.interpolate(narrow[None, None], size=(17, 13), **options)
    assert_same_bits(sr.interpolate(image[None, None], size=(17, 13), **options), expected)


def test_channels_last_of_more_than_2_to_the_31_elements() -> None:
    input = samples((1, 3, 9, 11), np.uint8).transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)
    height, width = 26_755, 26_759
    output = sr.interpolate(input, size=(height, width), mode="bilinear")
    assert output.size > 2**31
    assert output.strides[1] == 1
    for channel in range(3):
        wide = sr.interpolate(input[:, channel : channel + 1], size=(9, width), mode="bilinear")
        for columns in (slice(0, 5), slice(width - 5, width)):
            expected = sr.interpolate(np.ascontiguousarray(wide[..., columns]), size=(height, 5), mode="bilinear")
            assert_same_bits(output[:, channel : channel + 1, :, columns], expected)


def test_the_gradient_of_more_than_2_to_the_31_outputs() -> None:
    # A row of zeros reads as a row of zeros: where the gradient is not 0, it is known.
    gradient = np.zeros((1, 1, HEIGHT, WIDTH), np.float16)
    gradient[0, 0, -1, -1] = gradient[0, 0, 0, -1] = 1
    actual = sr.interpolate_backward(gradient, (1, 1, 8, 8), size=(HEIGHT, WIDTH), mode="nearest")
    expected = np.zeros((1, 1, 8, 8), np.float16)
    expected[0, 0, -1, -1] = expected[0, 0, 0, -1] = 1
    assert_same_bits(actual, expected)


def test_a_gradient_of_more_than_2_to_the_31_inputs() -> None:
    gradient = samples((1, 1, 5, 7), np.float16)
    actual = sr.interpolate_backward(gradient, (1, 1, HEIGHT, WIDTH), size=(5, 7), mode="nearest")
    rows, columns = (sr.axis_taps(n, m, mode="nearest").indices[:, 0] for n, m in ((HEIGHT, 5), (WIDTH, 7)))
    assert_same_bits(actual[0, 0][np.ix_(rows, columns)], gradient[0, 0])
    actual[0, 0][np.ix_(rows, columns)] = 0
    assert not actual.any()


# ---- The other operators ---------------------------------------------------------------------------------------------


def test_pixel_shuffle_of_more_than_2_to_the_31_elements() -> None:
    height, width = 23_171, 23_173
    planes = large_image().reshape(-1)[: 4 * height * width].reshape(1, 4, height, width)
    assert planes.size > 2**31
    output = sr.pixel_shuffle(planes, 2)
    again = sr.pixel_unshuffle(output, 2)
    for rows, columns in corners(height, width):
        for plane in range(4):
            y, x = 2 * rows.start + plane // 2, 2 * columns.start + plane % 2
            region = output[0, 0, y : y + 10 : 2, x : x + 14 : 2]
            assert_same_bits(region, planes[0, plane, rows, columns])
            assert_same_bits(again[0, plane, rows, columns], region)


def test_conv_transpose_of_more_than_2_to_the_31_outputs() -> None:
    height, width = 23_171, 23_173
    assert 4 * height * width > 2**31
    input = large_image()[:height, :width].astype(np.float16)[None, None]
    weight = np.array([[[[1, 2], [4, 8]]]], np.float16)
    output = sr.conv_transpose2d(input, weight, stride=2)
    for rows, columns in corners(height, width):
        expected = sr.conv_transpose2d(np.ascontiguousarray(input[..., rows, columns]), weight, stride=2)
        region = output[..., 2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop]
        assert_same_bits(region, expected)


def test_conv_transpose_of_more_than_2_to_the_31_inputs() -> None:
    input = large_image().astype(np.float16)[None, None]
    weight = np.array([[[[0.5]]]], np.float16)
    # Cropped on every side, since the output need not be as large.
    output = sr.conv_transpose2d(input, weight, padding=(HEIGHT // 2 - 8, WIDTH // 2 - 8))
    rows, columns = (slice(length // 2 - 8, length - (length // 2 - 8)) for length in (HEIGHT, WIDTH))
    assert_same_bits(output, input[..., rows, columns] / np.float16(2))


def test_grid_sample_of_more_than_2_to_the_31_coordinates() -> None:
    input = samples((1, 1, 9, 11), np.float16)
    coordinates = samples((2, 1024, 2), np.float16)
    grid = np.empty((1, 32_769, 32_768, 2), np.float16)
    assert grid.size > 2**31
    grid[0] = np.tile(coordinates[0], (32, 1))
    grid[0, -1, -1024:] = coordinates[1]
    output = sr.grid_sample(input, grid, align_corners=False)
    first, last = (sr.grid_sample(input, row[None, None], align_corners=False) for row in coordinates)
    assert_same_bits(output[..., -1:, -1024:], last)
    for y in (0, 16_384, 32_767):
        assert_same_bits(output[..., y : y + 1, :], np.tile(first, 32))


def test_grid_sample_of_more_than_2_to_the_31_inputs() -> None:
    # One channel of one image at a time is copied, so the batch is what makes it large.
    images = np.zeros((2**31 // 1024 + 1, 1, 32, 32), np.float16)
    images[-1] = samples((1, 1, 32, 32), np.float16)
    grid = np.broadcast_to(samples((1, 2, 3, 2), np.float16), (len(images), 2, 3, 2))
    output = sr.grid_sample(images, grid, align_corners=True)
    assert_same_bits(output[-1:], sr.grid_sample(images[-1:], grid[-1:], align_corners=True))
    assert not output[:-1].any()


def test_carafe_of_more_than_2_to_the_31_masks() -> None:
    features = samples((1, 2, 4634, 4635), np.float16)
    masks = np.zeros((1, 25, 9268, 9270), np.float16)
    assert masks.size > 2**31
    masks[0, 0] = 0.25  # the sample two rows and two columns before
    masks[0, 24] = 0.5  # and the one two behind
    output = sr.carafe(features, masks, kernel_size=5, scale_factor=2)
    sum = 0.25 * features[..., :-4, :-4].astype(np.float32) + 0.5 * features[..., 4:, 4:].astype(np.float32)
    assert_same_bits(output[..., 4:-4:2, 5:-4:2], sum.astype(np.float16))


# ---- Long axes -------------------------------------------------------------------------------------------------------

# PyTorch's coordinates, in float32, are wrong on these: docs/exactness.md.
LENGTHS = [(2**31 - 1, 1001), (2**24 + 3, 2**24 - 7), (2**24 + 3, 2**25 + 1)]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
@pytest.mark.parametrize(("length", "size"), LENGTHS)
def test_the_nearest_of_more_samples_than_float32_can_count(mode: str, length: int, size: int) -> None:
    input = np.resize(samples((65_537,), np.uint8), (1, 1, length))
    output = sr.interpolate(input, size=size, mode=mode)
    i = np.arange(size)
    indices = i * length // size if mode == "nearest" else (2 * i + 1) * length // (2 * size)
    assert_same_bits(output[0, 0], input[0, 0, indices])


@pytest.mark.parametrize(("length", "size"), LENGTHS[1:])
def test_linear_of_more_samples_than_float32_can_count(length: int, size: int) -> None:
    input = np.resize(samples((65_537,), np.float32), (1, 1, length))
    output = sr.interpolate(input, size=size, mode="linear")
    # (2 i + 1) length / (2 size) - 1 / 2, as a quotient of integers
    index, rest = np.divmod((2 * np.arange(size) + 1) * length - size, 2 * size)
    first, second = (input[0, 0, np.clip(each, 0, length - 1)].astype(np.float64) for each in (index, index + 1))
    expected = first + (second - first) * (rest / (2 * size))
    np.testing.assert_allclose(output[0, 0], expected, rtol=0, atol=3e-6 * np.abs(input).max())


def test_an_axis_of_2_to_the_31_samples_is_refused() -> None:
    input = np.zeros((1, 1, 2**31), np.uint8)
    with pytest.raises(ValueError, match="axis 2 has 2147483648 samples; at most 2147483647 are possible"):
        sr.interpolate(input, size=3)
