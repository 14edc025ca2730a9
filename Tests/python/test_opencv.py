"""swiftresample.opencv against recorded results of OpenCV, and a plain model of its releases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import opencv_oracle
import pytest
from opencv_calls import DTYPES, NAMES, random_call, random_image

import swiftresample as sr

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.numbers, pytest.mark.memory]

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "conventions" / "opencv.npz", allow_pickle=False)
CASES = json.loads(str(GOLDEN["cases"]))


def halves_or_averages(image: np.ndarray[Any, Any], options: dict[str, Any]) -> bool:
    """Whether both sides shrink by whole factors, or none changes."""
    size, factors = opencv_oracle.output_size(
        (image.shape[1], image.shape[0]), options["dsize"], options["fx"], options["fy"]
    )
    scales = [1 / factor for factor in factors]
    return size == (image.shape[1], image.shape[0]) or all(
        scale >= 1 and abs(scale - round(scale)) < 2.2e-16 for scale in scales
    )


def is_exact(image: np.ndarray[Any, Any], options: dict[str, Any]) -> bool:
    """Whether this call has the bits of OpenCV's own code."""
    name = NAMES[options["interpolation"]]
    if name.startswith("nearest"):
        return True
    if image.dtype.kind == "f":
        return False
    if name == "linear_exact" or (name == "area" and halves_or_averages(image, options)):
        return True
    return image.dtype == np.uint8 and name in ("linear", "area", "lanczos4")


def assert_answers(
    result: np.ndarray[Any, Any],
    expected: np.ndarray[Any, Any],
    image: np.ndarray[Any, Any],
    options: dict[str, Any],
    message: str = "",
) -> None:
    """Compare bits where they are claimed, and otherwise as docs/conventions.md says."""
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    if is_exact(image, options):
        np.testing.assert_array_equal(result, expected, err_msg=message)
        return
    # The weights of float64 are float32.
    largest = 3e-6 * float(np.abs(image).max()) if image.dtype.kind == "f" else 1.0
    np.testing.assert_allclose(
        result.astype(np.float64), expected.astype(np.float64), rtol=0, atol=largest, err_msg=message
    )


def oracle_resize(image: np.ndarray[Any, Any], options: dict[str, Any], release: str, *, ipp: bool) -> Any:
    number = tuple(int(part) for part in release.split("."))
    function = opencv_oracle.resize_with_ipp if ipp else opencv_oracle.resize
    return function(
        image, options["dsize"], options["fx"], options["fy"], options["interpolation"], (number[0], number[1])
    )


@pytest.mark.parametrize("number", range(len(CASES)))
def test_recorded_results(number: int) -> None:
    case, image, expected = CASES[number], GOLDEN[f"in_{number:03d}"], GOLDEN[f"out_{number:03d}"]
    options = {name: case[name] for name in ("dsize", "fx", "fy")}
    options["interpolation"] = NAMES.index(case["interpolation"].lower())
    release = ".".join(case["version"].split(".")[:2])
    result = sr.opencv.resize(image, **options, ipp=case["ipp"], release=release)
    assert_answers(result, expected, image, options)


# ---- Random calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ipp", [False, True])
@pytest.mark.parametrize("part", range(8))
def test_random_calls(part: int, ipp: bool) -> None:
    for number in range(60 * part, 60 * part + 60):
        image, options = random_call(number)
        if image.size > 3000:
            image = image[:40, :20]
        try:
            expected = oracle_resize(image, options, "5.0", ipp=ipp)
        except ValueError:
            with pytest.raises(ValueError):
                sr.opencv.resize(image, **options, ipp=ipp)
            continue
        if expected.size > 20000:
            continue
        assert_answers(sr.opencv.resize(image, **options, ipp=ipp), expected, image, options, f"{number} {options}")


@pytest.mark.parametrize("release", ["4.5", "4.7", "4.8", "4.10", "4.14", "5.0"])
def test_nearest_exact_of_releases(release: str) -> None:
    rng = np.random.default_rng(1)
    options: dict[str, Any] = {"fx": 0, "fy": 0, "interpolation": 6}
    for width in range(1, 24):
        image = rng.integers(0, 256, (7, width)).astype(np.uint8)
        for out_width in range(1, 40):
            options["dsize"] = (out_width, 3)
            expected = oracle_resize(image, options, release, ipp=False)
            np.testing.assert_array_equal(sr.opencv.resize(image, **options, release=release), expected)


@pytest.mark.parametrize("name", ["nearest", "nearest_exact"])
@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "uint32", "int64", "float16", "complex128"])
def test_nearest_of_every_dtype(name: str, dtype: str) -> None:
    image = np.arange(35).reshape(5, 7).astype(dtype)
    indices = sr.opencv.resize(np.arange(35, dtype=np.uint8).reshape(5, 7), (11, 3), interpolation=name)
    np.testing.assert_array_equal(sr.opencv.resize(image, (11, 3), interpolation=name), image.ravel()[indices])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_image_of_the_same_size_is_copied(name: str, dtype: str) -> None:
    image = random_image(np.random.default_rng(0), dtype, (5, 6, 3))
    np.testing.assert_array_equal(sr.opencv.resize(image, (6, 5), interpolation=name), image)
    np.testing.assert_array_equal(sr.opencv.resize(image, None, 1.001, 1.001, interpolation=name), image)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 7, 16, 40])
@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_channels(channels: int, name: str) -> None:
    """Each channel is an image of its own, where OpenCV does not make a difference of them."""
    image = random_image(np.random.default_rng(channels), "uint8", (23, 61, channels))
    if channels == 2:
        return
    for size in ((17, 13), (90, 50), (61, 7)):
        if name == "area" and channels > 4 and size[1] < 23:
            continue
        result = sr.opencv.resize(image, size, interpolation=name).reshape(size[1], size[0], channels)
        for channel in range(channels):
            expected = sr.opencv.resize(np.ascontiguousarray(image[..., channel]), size, interpolation=name)
            np.testing.assert_array_equal(result[..., channel], expected)


@pytest.mark.parametrize("size", [(30, 20), (20, 13), (97, 55), (12, 8), (7, 5), (1, 1)])
@pytest.mark.parametrize("name", ["linear", "area"])
def test_bytes_of_larger_images(name: str, size: tuple[int, int]) -> None:
    """Vectors, and what is left of rows after them."""
    options = {"dsize": size, "fx": 0.0, "fy": 0.0, "interpolation": NAMES.index(name)}
    for channels in (1, 2, 3, 4):
        image = random_image(np.random.default_rng(channels), "uint8", (40, 60, channels))
        expected = oracle_resize(image, options, "5.0", ipp=False)
        np.testing.assert_array_equal(sr.opencv.resize(image, **options), expected)


# ---- Memory ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("size", [(20, 15), (25, 20), (70, 50), (13, 9)])
def test_strides_and_out(name: str, dtype: str, size: tuple[int, int]) -> None:
    image = random_image(np.random.default_rng(0), dtype, (40, 50, 3))
    expected = sr.opencv.resize(image, size, interpolation=name)
    planes = np.ascontiguousarray(image.transpose(2, 0, 1)).transpose(1, 2, 0)
    np.testing.assert_array_equal(sr.opencv.resize(planes, size, interpolation=name), expected)
    backwards = np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1]
    np.testing.assert_array_equal(sr.opencv.resize(backwards, size, interpolation=name), expected)
    wide = np.zeros((size[1], 2 * size[0], 3), dtype)
    out = wide[:, ::2]
    assert sr.opencv.resize(image, size, interpolation=name, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert not wide[:, 1::2].any()


def test_one_channel_has_no_axis() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    assert sr.opencv.resize(image, (2, 2)).shape == (2, 2)


@pytest.mark.parametrize("name", NAMES)
def test_threads_change_nothing(name: str) -> None:
    image = random_image(np.random.default_rng(0), "uint8", (300, 400, 3))
    before = sr.get_num_threads()
    try:
        for size in ((200, 150), (150, 111), (600, 500)):
            sr.set_num_threads(1)
            expected = sr.opencv.resize(image, size, interpolation=name)
            sr.set_num_threads(4)
            np.testing.assert_array_equal(sr.opencv.resize(image, size, interpolation=name), expected)
    finally:
        sr.set_num_threads(before)


# ---- Bad input -------------------------------------------------------------------------------------------------------

IMAGE = np.zeros((4, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (((0, 3),), ValueError),
        (((3, -1),), ValueError),
        (((0, 3), 0.5), ValueError),
        ((None,), ValueError),
        ((None, 0.5), ValueError),
        ((None, -1, 2), ValueError),
        ((None, float("nan"), 2), ValueError),
        ((None, float("inf"), 2), ValueError),
        ((None, 0.05, 2), ValueError),
        ((None, 1e9, 2), ValueError),
        ((None, "2", 2), TypeError),
        (((3,),), ValueError),
        ((7,), ValueError),
        (((2.5, 2),), TypeError),
        (((2**31, 2),), ValueError),
        (((2**70, 2),), ValueError),
        (((2, 2), 0, 0, "bilinear"), ValueError),
        (((2, 2), 0, 0, 7), ValueError),
        (((2, 2), 0, 0, -1), ValueError),
        (((2, 2), 0, 0, 1.5), TypeError),
    ],
)
def test_refusals(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        sr.opencv.resize(IMAGE, *arguments)


def test_area_by_fractions_takes_four_channels() -> None:
    image = np.zeros((4, 6, 5), np.uint8)
    with pytest.raises(ValueError, match="channels"):
        sr.opencv.resize(image, (5, 3), interpolation="area")
    assert sr.opencv.resize(image, (3, 2), interpolation="area").shape == (2, 3, 5)


@pytest.mark.parametrize("release", ["4", "", "4.4", "3.4", "old"])
def test_unknown_releases(release: str) -> None:
    with pytest.raises(ValueError, match="release"):
        sr.opencv.resize(IMAGE, (2, 2), release=release)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "float16", "bool", "uint32"])
@pytest.mark.parametrize("name", ["linear", "cubic", "area", "lanczos4", "linear_exact"])
def test_other_dtypes(dtype: str, name: str) -> None:
    with pytest.raises(TypeError):
        sr.opencv.resize(np.zeros((4, 4), dtype), (2, 2), interpolation=name)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (4, 4, 0), (4,), (1, 2, 3, 4), ()])
def test_shapes_that_are_no_image(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        sr.opencv.resize(np.zeros(shape, np.uint8), (2, 2))


def test_nothing_is_written_when_it_fails() -> None:
    out = np.full((2, 2, 3), 7, np.uint8)
    for arguments, error in ((((2, 3),), ValueError), ((None, -1, 1), ValueError)):
        with pytest.raises(error):
            sr.opencv.resize(IMAGE, *arguments, out=out)
    with pytest.raises(TypeError):
        sr.opencv.resize(IMAGE, (2, 2), out=out.astype(np.float32))
    shared = np.full((4, 6, 3), 7, np.uint8)
    with pytest.raises(ValueError):
        sr.opencv.resize(shared, (2, 2), out=shared[:2, :2])
    assert (out == 7).all()
    assert (shared == 7).all()


@pytest.mark.parametrize(
    "resize",
    [
        lambda size: sr.opencv.resize(IMAGE, size),
        lambda size: sr.pillow.resize(IMAGE, size),
        lambda size: sr.tensorflow.resize(IMAGE, size),
        lambda size: sr.jax.resize(IMAGE[..., 0], size, "linear"),
    ],
)
def test_what_calls_keep_is_for_the_same_types(resize: Callable[[Any], Any]) -> None:
    expected = resize([3, 2])
    for _ in range(3):
        np.testing.assert_array_equal(resize((3, 2)), expected)
        for size in ((3.0, 2.0), (3, 2.0)):
            with pytest.raises(TypeError):
                resize(size)
        np.testing.assert_array_equal(resize((np.int32(3), np.int64(2))), expected)
        with pytest.raises(ValueError, match=r"size|shape"):
            resize((3, 2, 1))
