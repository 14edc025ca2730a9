"""swiftresample.pillow against recorded results of Pillow, the one that is installed, and a plain model of releases."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pillow_oracle
import pytest

import swiftresample as sr

pytestmark = [pytest.mark.numbers, pytest.mark.memory]

PIL = pytest.importorskip("PIL", reason="Pillow is not installed")
from PIL import Image  # noqa: E402

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "conventions" / "pillow.npz", allow_pickle=False)
CASES = json.loads(str(GOLDEN["cases"]))
NEWEST = "13.0"  # whose bits are the default
INSTALLED = ".".join(PIL.__version__.split(".")[:2])
CHANNELS = {"L": 0, "RGB": 3, "RGBA": 4, "LA": 2, "I": 0, "F": 0, "I;16": 0}
DTYPES = {"I": "int32", "F": "float32", "I;16": "uint16"}


def release_of(case: dict[str, Any]) -> str:
    return ".".join(case["version"].split(".")[:2])


def is_claimed(case: dict[str, Any]) -> bool:
    """Releases before 12.3 put the bytes of I;16 together in a way that this library does not copy."""
    return case["mode"] != "I;16" or case["resample"] == "nearest" or release_of(case) in ("12.3", "13.0")


CLAIMED = [number for number, case in enumerate(CASES) if is_claimed(case)]


@pytest.mark.parametrize("number", CLAIMED)
def test_recorded_results(number: int) -> None:
    case, image, expected = CASES[number], GOLDEN[f"in_{number:03d}"], GOLDEN[f"out_{number:03d}"]
    if case["function"] == "reduce":
        result = sr.pillow.reduce(image, case["factor"], case["box"], mode=case["mode"], release=release_of(case))
    else:
        result = sr.pillow.resize(
            image,
            case["size"],
            case["resample"],
            case["box"],
            case["reducing_gap"],
            mode=case["mode"],
            release=release_of(case),
        )
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


def test_most_recorded_results_are_claimed() -> None:
    assert len(CASES) - len(CLAIMED) == 3


# ---- Random calls ----------------------------------------------------------------------------------------------------


def random_image(rng: np.random.Generator, mode: str, height: int, width: int) -> np.ndarray[Any, Any]:
    shape = (height, width, CHANNELS[mode]) if CHANNELS[mode] else (height, width)
    if mode in ("I", "F"):
        return (rng.normal(size=shape) * 1e5).astype(DTYPES[mode])
    image = rng.integers(0, 65536 if mode == "I;16" else 256, shape).astype(DTYPES.get(mode, "uint8"))
    return image if rng.random() < 0.7 else np.where(image > image.max() // 2, image.max(), 0).astype(image.dtype)


def random_call(seed: int) -> tuple[np.ndarray[Any, Any], str, dict[str, Any]]:
    """Return an image, its mode, and arguments of resize that Pillow takes."""
    choose, rng = random.Random(seed), np.random.default_rng(seed)
    mode = choose.choice([*CHANNELS, "L", "RGB", "RGBA"])
    height, width = (choose.randint(1, 300 if choose.random() < 0.1 else 40) for _ in range(2))
    size = (choose.randint(1, 50), choose.randint(1, 50))
    if choose.random() < 0.2:
        size = (width, size[1]) if choose.random() < 0.5 else (size[0], height)
    options: dict[str, Any] = {"size": size, "resample": choose.choice(list(pillow_oracle.NAMES.values()))}
    if choose.random() < 0.4:
        left, top = choose.uniform(0, width - 0.6), choose.uniform(0, height - 0.6)
        box = (left, top, choose.uniform(left + 0.5, width), choose.uniform(top + 0.5, height))
        if choose.random() < 0.3:
            box = (int(left), int(top), width, height)
        options["box"] = box
    if mode != "I;16" and choose.random() < 0.3:
        options["reducing_gap"] = choose.choice([1.0, 1.5, 2.0, 3.0])
    return random_image(rng, mode, height, width), mode, options


@pytest.mark.skipif(INSTALLED != NEWEST, reason=f"Pillow {INSTALLED} is installed; this compares with {NEWEST}")
@pytest.mark.parametrize("part", range(8))
def test_installed_pillow_has_the_same_bits(part: int) -> None:
    for seed in range(60 * part, 60 * part + 60):
        image, mode, options = random_call(seed)
        expected = np.asarray(Image.fromarray(image).resize(**options))
        np.testing.assert_array_equal(sr.pillow.resize(image, **options), expected, err_msg=f"{seed} {mode} {options}")


@pytest.mark.skipif(INSTALLED != NEWEST, reason=f"Pillow {INSTALLED} is installed; this compares with {NEWEST}")
@pytest.mark.parametrize("resample", ["box", "bilinear", "hamming", "bicubic", "lanczos"])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_sums_that_are_nearly_halves(resample: str, mode: str) -> None:
    # One sample of some thousand would be another without the last bits of its weights.
    channels = {"L": (), "RGB": (3,), "CMYK": (4,)}[mode]
    image = np.random.default_rng(0).integers(0, 256, (389, 641, *channels)).astype(np.uint8)
    for size in [(91, 67), (641, 67), (91, 389), (700, 411)]:
        expected = Image.fromarray(image, mode).resize(size, Image.Resampling[resample.upper()])
        np.testing.assert_array_equal(sr.pillow.resize(image, size, resample, mode=mode), np.asarray(expected))


@pytest.mark.skipif(INSTALLED != NEWEST, reason=f"Pillow {INSTALLED} is installed; this compares with {NEWEST}")
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_windows_of_many_samples(mode: str) -> None:
    # Long windows hold weights in two parts, and there is room for some samples; the last windows end with the row.
    channels = {"L": (), "RGB": (3,), "CMYK": (4,)}[mode]
    row = np.random.default_rng(0).choice([0, 255], (8, 4000, *channels)).astype(np.uint8)
    for resample, support in {"box": 0.5, "bilinear": 1, "bicubic": 2, "lanczos": 3}.items():
        shortest, longest = (int(31 * taps / (2 * support)) for taps in (14, 124))
        for width in range(shortest, longest, int(8 / support) // 2):
            image = np.ascontiguousarray(row[:, :width])
            expected = Image.fromarray(image, mode).resize((31, 8), Image.Resampling[resample.upper()])
            result = sr.pillow.resize(image, (31, 8), resample, mode=mode)
            np.testing.assert_array_equal(result, np.asarray(expected), err_msg=f"{width}, {resample}")


@pytest.mark.parametrize("release", ["9.5", "12.0", "12.2", "12.3", "13.0"])
def test_releases(release: str) -> None:
    number = tuple(int(part) for part in release.split("."))
    compared = 0
    for seed in range(1000, 1040):
        image, mode, options = random_call(seed)
        if (options["resample"] > 5 and number < (13, 0)) or (mode == "I;16" and number < (12, 3)) or image.size > 4000:
            continue
        if seed % 4 == 0 and mode == "L":  # 12.2 looks for images as tall as this
            image = np.tile(image, (1 + 201 // image.shape[0], 1))[:201, :2]
            options = {"size": (3, 20), "resample": options["resample"]}
        expected = pillow_oracle.resize(image, **options, mode=mode, release=number)
        np.testing.assert_array_equal(
            sr.pillow.resize(image, **options, mode=mode, release=release), expected, err_msg=f"{seed} {mode} {options}"
        )
        compared += 1
    assert compared >= 15


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "I", "F"])
def test_reduce(mode: str) -> None:
    rng = np.random.default_rng(5)
    image = random_image(rng, mode, 23, 31)
    for factor in [2, 3, (1, 4), (5, 1), (31, 23), (40, 7), (1, 1)]:
        for box in [None, (2, 3, 29, 20)]:
            expected = np.asarray(Image.fromarray(image).reduce(factor, box))
            np.testing.assert_array_equal(sr.pillow.reduce(image, factor, box), expected, err_msg=f"{factor} {box}")


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 7, 16, 40])
@pytest.mark.parametrize("height", [1, 2, 3, 5, 9, 40])
def test_any_number_of_channels(channels: int, height: int) -> None:
    """Kernels differ by the samples of a pixel, and by the rows that they have at once."""
    image = np.random.default_rng(channels).integers(0, 256, (height, 61, channels)).astype(np.uint8)
    for size, resample in (((17, 13), 1), ((90, 50), 3), ((61, 7), 2)):
        result = sr.pillow.resize(image, size, resample, mode={2: "La", 4: "RGBX"}.get(channels))  # none is alpha
        for channel in range(channels):
            expected = Image.fromarray(np.ascontiguousarray(image[..., channel])).resize(size, resample)
            if INSTALLED == NEWEST:
                np.testing.assert_array_equal(result[..., channel], np.asarray(expected))


@pytest.mark.parametrize("mode", ["L", "RGBA", "F"])
@pytest.mark.parametrize("box", [(1, 1, 5, 4), (0.5, 1, 4.5, 4), (1, 0.5, 5, 3.5), (1, 0.5, 5, 3), (0.5, 1, 4, 4)])
def test_boxes_about_as_large_as_the_result(mode: str, box: tuple[float, ...]) -> None:
    """Those that begin with a sample and have the size of the result are copied."""
    image = random_image(np.random.default_rng(4), mode, 6, 7)
    for resample in pillow_oracle.NAMES.values():
        expected = pillow_oracle.resize(image, (4, 3), resample, box, mode=mode, release=(13, 0))
        np.testing.assert_array_equal(sr.pillow.resize(image, (4, 3), resample, box, mode=mode), expected)


def test_strides_and_out() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    expected = sr.pillow.resize(image, (20, 30))
    planes = np.ascontiguousarray(image.transpose(2, 0, 1)).transpose(1, 2, 0)
    np.testing.assert_array_equal(sr.pillow.resize(planes, (20, 30)), expected)
    np.testing.assert_array_equal(sr.pillow.resize(image[::-1, ::-1][::-1, ::-1], (20, 30)), expected)
    wide = np.zeros((30, 40, 3), np.uint8)
    assert sr.pillow.resize(image, (20, 30), out=wide[:, ::2]) is not None
    np.testing.assert_array_equal(wide[:, ::2], expected)
    assert not wide[:, 1::2].any()


# ---- Bad input -------------------------------------------------------------------------------------------------------

IMAGE = np.zeros((4, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (((0, 3),), ValueError),
        (((3, -1),), ValueError),
        (((3,),), ValueError),
        ((7,), ValueError),
        (((2, 2), "sinc"), ValueError),
        (((2, 2), 8), ValueError),
        (((2, 2), 2.5), TypeError),
        (((2, 2), 2, (0, 0, 7, 4)), ValueError),
        (((2, 2), 2, (-0.1, 0, 6, 4)), ValueError),
        (((2, 2), 2, (3, 0, 3, 4)), ValueError),
        (((2, 2), 2, (4, 0, 3, 4)), ValueError),
        (((2, 2), 2, (0, 0, float("nan"), 4)), ValueError),
        (((2, 2), 2, (0, 0, 6)), ValueError),
        (((2, 2), 2, None, 0.5), ValueError),
        (((2, 2), 2, None, float("nan")), ValueError),
        (((2**31, 2),), ValueError),
        (((2**70, 2),), ValueError),
        (((2**64 + 2, 2),), ValueError),
        (((2, 2), 2, (10**400, 0, 6, 4)), ValueError),
        (((2, 2), 2, ("a", 0, 6, 4)), TypeError),
        (((2, 2), 2, (0, 0, float("inf"), 4)), ValueError),
        (((2, 2), 2, (0, 0, 5e-324, 4)), ValueError),
        (((2, 2), 2, None, 1e-300), ValueError),
        (((2, 2), 2, None, 10**400), ValueError),
        (((2, 2), 2, None, "2"), TypeError),
    ],
)
def test_refusals(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        sr.pillow.resize(IMAGE, *arguments)


@pytest.mark.parametrize("release", ["9", "", "9.4", "old", "9.123", "1" * 5000 + ".0", 13.0])
def test_unknown_releases(release: Any) -> None:
    with pytest.raises(ValueError, match="release"):
        sr.pillow.resize(IMAGE, (2, 2), release=release)
    if release != "9.4":  # no reduce differs from that of a release that is known
        with pytest.raises(ValueError, match="release"):
            sr.pillow.reduce(IMAGE, 2, release=release)


@pytest.mark.parametrize("mode", ["RGB ", "rgba", "none", "", "1", "RGBA", "L", 3, ("RGB",)])
def test_modes_that_no_such_image_has(mode: Any) -> None:
    with pytest.raises(ValueError, match="mode"):
        sr.pillow.resize(IMAGE, (2, 2), mode=mode)
    with pytest.raises(ValueError, match="mode"):
        sr.pillow.reduce(IMAGE, 2, mode=mode)


def test_palettes() -> None:
    image = Image.fromarray(np.random.default_rng(6).integers(0, 256, (14, 11)).astype(np.uint8)).convert("P")
    for resample in Image.Resampling:
        expected = np.asarray(image.resize((9, 5), resample))
        np.testing.assert_array_equal(sr.pillow.resize(np.asarray(image), (9, 5), resample, mode="P"), expected)
    with pytest.raises(ValueError, match="palette"):
        sr.pillow.reduce(np.asarray(image), 2, mode="P")


@pytest.mark.parametrize("dtype", ["float64", "int64", "float16", "bool", "uint32"])
def test_other_dtypes(dtype: str) -> None:
    with pytest.raises(TypeError):
        sr.pillow.resize(np.zeros((4, 4), dtype), (2, 2))
    with pytest.raises(TypeError):
        sr.pillow.reduce(np.zeros((4, 4), dtype), 2)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (4,), (1, 2, 3, 4), ()])
def test_shapes_that_are_no_image(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        sr.pillow.resize(np.zeros(shape, np.uint8), (2, 2))
    with pytest.raises(ValueError):
        sr.pillow.reduce(np.zeros(shape, np.uint8), 2)


@pytest.mark.parametrize(
    ("factor", "box"),
    [
        (0, None),
        (-1, None),
        ((2, 2, 2), None),
        (2**40, None),
        (2**64 + 2, None),
        (2, (0, 0, 7, 4)),
        (2, (3, 0, 3, 4)),
        (2, (-1, 0, 3, 4)),
        (2, (0, 0, 2**40, 2**40)),
        (1, (-(2**62), 0, 2**62, 4)),
        (2, (0, 0, 2**64 + 6, 4)),
    ],
)
def test_refusals_of_reduce(factor: Any, box: Any) -> None:
    with pytest.raises(ValueError):
        sr.pillow.reduce(IMAGE, factor, box)


@pytest.mark.parametrize("shape", [(4, 6, 0), (2**20, 2**20, 0)])
def test_no_channels(shape: tuple[int, ...]) -> None:
    image = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), shape, (0, 0, 0))
    assert sr.pillow.reduce(image, 2).shape == (shape[0] // 2, shape[1] // 2, 0)
    for resample in ("nearest", "bicubic"):
        assert sr.pillow.resize(image, (2, 3), resample, reducing_gap=1.0).shape == (3, 2, 0)


def test_narrow_boxes() -> None:
    for dtype in ("uint8", "float32"):
        image = np.full((4, 6), 9, dtype)
        for left, right in ((0, 1e-45), (0, 1e-40), (5.9999995, 6), (3, np.nextafter(np.float32(3), np.float32(4)))):
            for resample in pillow_oracle.NAMES:
                assert (sr.pillow.resize(image, (3, 2), resample, (left, 0, right, 4)) == 9).all()


def test_a_box_that_rounds_to_beyond_a_long_axis() -> None:
    """float32 has no 2^25 + 6. Beyond the last sample the weights of mks2013 add up to next to nothing."""
    width = 2**25 + 6
    image = np.full((1, width), 9, np.uint8)
    box = (2.0**25, 0.0, float(width), 1.0)
    assert (sr.pillow.resize(image, (1000, 1), "bicubic", box)[0, :700] == 9).all()
    with pytest.raises(ValueError, match="weights of 2"):
        sr.pillow.resize(image, (200003, 1), "mks2013", box)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32"])
@pytest.mark.parametrize("long", [0, 1])
def test_long_axes_that_keep_their_samples(dtype: str, long: int) -> None:
    """They have no table: what they give is what each part of them gives."""
    length = 2**20 + 5
    image = np.random.default_rng(1).integers(0, 200, (length, 3) if long == 0 else (3, length)).astype(dtype)
    part = (slice(length - 40, None), slice(None)) if long == 0 else (slice(None), slice(length - 40, None))
    for resample in ("nearest", "bilinear"):
        whole = sr.pillow.resize(image, (2, length) if long == 0 else (length, 2), resample)
        np.testing.assert_array_equal(whole[part], sr.pillow.resize(image[part], (2, 40)[:: 1 - 2 * long], resample))
    np.testing.assert_array_equal(sr.pillow.resize(image, image.shape[::-1]), image)
    np.testing.assert_array_equal(
        sr.pillow.resize(image, (2, length)[:: 1 - 2 * long], box=(0, 0, *(2, length)[:: 1 - 2 * long])),
        image[:, :2] if long == 0 else image[:2],
    )


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32"])
def test_byte_order_and_alignment(dtype: str) -> None:
    image = np.random.default_rng(2).integers(0, 200, (20, 30, 3)).astype(dtype)
    swapped = image.astype(image.dtype.newbyteorder(">"))
    memory = np.zeros(image.nbytes + 1, np.uint8)
    odd = np.ndarray(image.shape, dtype, memory, 1)
    odd[...] = image
    for other in (swapped, odd, image[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1]):
        np.testing.assert_array_equal(sr.pillow.resize(other, (7, 9)), sr.pillow.resize(image, (7, 9)))
        if dtype != "uint16":
            np.testing.assert_array_equal(sr.pillow.reduce(other, 3), sr.pillow.reduce(image, 3))


@pytest.mark.parametrize("options", [{}, {"resample": "nearest"}, {"mode": "RGBX"}, {"reducing_gap": 1.0}])
def test_overlap(options: dict[str, Any]) -> None:
    image = np.random.default_rng(3).integers(0, 256, (64, 64, 4)).astype(np.uint8)
    shared = np.lib.stride_tricks.as_strided(np.zeros(4, np.uint8), (32, 32, 4), (0, 0, 1))
    for out in (image[:32, :32], image[1:33, :32], shared):
        with pytest.raises(ValueError, match=r"overlaps|share"):
            sr.pillow.resize(image, (32, 32), out=out, **options)
        with pytest.raises(ValueError, match=r"overlaps|share"):
            sr.pillow.reduce(image, 2, out=out)


def test_nothing_is_written_when_it_fails() -> None:
    out = np.full((2, 2, 3), 7, np.uint8)
    with pytest.raises(ValueError):
        sr.pillow.resize(IMAGE, (2, 2), box=(0, 0, 9, 9), out=out)
    with pytest.raises(ValueError):
        sr.pillow.resize(IMAGE, (2, 3), out=out)
    with pytest.raises(TypeError):
        sr.pillow.resize(IMAGE, (2, 2), out=out.astype(np.float32))
    assert (out == 7).all()
