"""``swiftresample resize`` on real files, each made by Pillow or NumPy."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swiftresample as sr
from swiftresample.cli import main

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
pytest.importorskip("tqdm", reason="tqdm is not installed")
from PIL import ImageCms, PngImagePlugin  # noqa: E402

pytestmark = pytest.mark.slow

ORIENTATION, SOFTWARE, EXIF_FOLDER, WIDTH, HEIGHT = 0x0112, 0x0131, 0x8769, 0xA002, 0xA003


def random(*shape: int, dtype: Any = np.uint8, seed: int = 0) -> Any:
    generator = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return generator.standard_normal(shape).astype(dtype)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def expected(samples: Any, size: tuple[int, int], mode: str = "bilinear", antialias: bool = True) -> Any:
    """(H, W) or (H, W, C) by the library itself."""
    planes = samples.reshape(*samples.shape[:2], -1).transpose(2, 0, 1)[None]
    result = sr.interpolate(planes, size=size, mode=mode, antialias=antialias)
    return result[0].transpose(1, 2, 0).reshape(*size, *samples.shape[2:])


def turned(samples: Any, orientation: int) -> Any:
    """By the definition: where the file's first row and first column are."""
    transposed = samples.swapaxes(0, 1) if orientation >= 5 else samples
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return transposed[::rows, ::columns]


def resize(*arguments: Any) -> int:
    try:
        return main(["resize", *map(str, arguments)])
    except SystemExit as exit:
        return exit.code


def refused(capsys: Any, *arguments: Any) -> str:
    assert resize(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1, printed.err
    return printed.err


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# ---- Samples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".webp", ".PNG"])
@pytest.mark.parametrize("size", [(12, 9), (31, 50)])
def test_uint8_images_are_the_librarys_bits(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    samples = random(20, 30, 3)
    Image.fromarray(samples).save(tmp_path / f"a{suffix}", **({"lossless": True} if suffix == ".webp" else {}))
    assert (
        resize(tmp_path / f"a{suffix}", "-o", tmp_path / f"b{suffix}", "--size", f"{size[0]}x{size[1]}", "--lossless")
        == 0
    )
    with Image.open(tmp_path / f"b{suffix}") as result:
        assert result.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(result), expected(samples, size))


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area", "lanczos"])
def test_every_mode(tmp_path: Path, mode: str) -> None:
    samples = random(20, 30)
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "7x11", "--mode", mode) == 0
    can_antialias = mode in ("bilinear", "bicubic", "lanczos")
    with Image.open(tmp_path / "b.png") as result:
        assert result.mode == "L"
        np.testing.assert_array_equal(np.asarray(result), expected(samples, (7, 11), mode, can_antialias))


def test_scale_antialias_and_corners(tmp_path: Path) -> None:
    samples = random(20, 30)
    Image.fromarray(samples).save(tmp_path / "a.png")
    tensor = samples[None, None]
    for name, arguments, options in [
        ("scale", ["--scale", "0.33"], {"scale_factor": 0.33, "antialias": True}),
        ("scales", ["--scale", "0.5x2"], {"scale_factor": (0.5, 2.0), "antialias": True}),
        ("sharp", ["--size", "9", "--no-antialias"], {"size": 9}),
        ("corners", ["--size", "9", "--align-corners"], {"size": 9, "align_corners": True}),
        (
            "both",
            ["--size", "9", "--align-corners", "--antialias"],
            {"size": 9, "align_corners": True, "antialias": True},
        ),
    ]:
        assert resize(tmp_path / "a.png", "-o", tmp_path / f"{name}.png", *arguments) == 0
        with Image.open(tmp_path / f"{name}.png") as result:
            np.testing.assert_array_equal(np.asarray(result), sr.interpolate(tensor, mode="bilinear", **options)[0, 0])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_grey_of_16_bits(tmp_path: Path, suffix: str) -> None:
    samples = random(20, 30, dtype=np.uint16)
    Image.fromarray(samples).save(tmp_path / f"a{suffix}")
    assert resize(tmp_path / f"a{suffix}", "-o", tmp_path / "b.png", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.png") as result:
        np.testing.assert_array_equal(np.asarray(result).astype(np.uint16), expected(samples, (8, 9)))


def test_big_endian_tiff(tmp_path: Path) -> None:
    samples = random(20, 30, dtype=np.uint16)
    image = Image.frombytes("I;16B", (30, 20), samples.astype(">u2").tobytes())
    image.save(tmp_path / "a.tif")
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.tif") as result:
        np.testing.assert_array_equal(np.asarray(result).astype(np.uint16), expected(samples, (8, 9)))


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_tiff_of_32_bits(tmp_path: Path, dtype: Any) -> None:
    samples = random(20, 30, dtype=np.float32) if dtype is np.float32 else random(20, 30, dtype=np.int16).astype(dtype)
    Image.fromarray(samples).save(tmp_path / "a.tif")
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.tif") as result:
        np.testing.assert_array_equal(np.asarray(result), expected(samples, (8, 9)))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.png", "--size", "8x9") == 1
    assert files(tmp_path) == ["a.tif", "b.tif"]


def test_cmyk(tmp_path: Path) -> None:
    samples = random(20, 30, 4)
    Image.frombytes("CMYK", (30, 20), samples.tobytes()).save(tmp_path / "a.tif")
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.tif") as result:
        assert result.mode == "CMYK"
        np.testing.assert_array_equal(np.asarray(result), expected(samples, (8, 9)))


def test_black_and_white(tmp_path: Path) -> None:
    samples = random(20, 30) > 127
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "40x60", "--mode", "nearest") == 0
    assert resize(tmp_path / "a.png", "-o", tmp_path / "c.png", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.png") as result:
        assert result.mode == "1"
        np.testing.assert_array_equal(np.asarray(result), samples.repeat(2, 0).repeat(2, 1))
    with Image.open(tmp_path / "c.png") as result:
        assert result.mode == "L"
        np.testing.assert_array_equal(np.asarray(result), expected(samples * np.uint8(255), (8, 9)))


# ---- Transparency and palettes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "lanczos", "area"])
def test_no_fringe_around_what_is_transparent(tmp_path: Path, mode: str) -> None:
    """A red square on transparent green: no result has any green."""
    samples = np.zeros((40, 40, 4), np.uint8)
    samples[..., 1] = 255
    samples[10:30, 10:30] = (255, 0, 0, 255)
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "13x17", "--mode", mode) == 0
    with Image.open(tmp_path / "b.png") as result:
        assert result.mode == "RGBA"
        pixels = np.asarray(result)
    seen = pixels[..., 3] > 0
    assert 20 < seen.sum() < seen.size
    assert pixels[seen][:, 1].max() == 0
    np.testing.assert_array_equal(pixels[seen & (pixels[..., 3] > 8)][:, 0], 255)
    np.testing.assert_array_equal(pixels[..., 3], expected(samples[..., 3], (13, 17), mode, mode != "area"))


def test_alpha_that_is_full_leaves_the_bits(tmp_path: Path) -> None:
    samples = random(20, 30, 4)
    samples[..., 3] = 255
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "8x9", "--mode", "bicubic") == 0
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.jpg", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.png") as result:
        np.testing.assert_array_equal(np.asarray(result), expected(samples, (8, 9), "bicubic"))


def test_grey_with_alpha(tmp_path: Path) -> None:
    samples = np.zeros((20, 20, 2), np.uint8)
    samples[5:15, 5:15] = (200, 255)
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "33") == 0
    with Image.open(tmp_path / "b.png") as result:
        assert result.mode == "LA"
        pixels = np.asarray(result)
    assert set(pixels[pixels[..., 1] > 8][:, 0]) == {200}


def test_jpeg_has_no_transparency(tmp_path: Path, capsys: Any) -> None:
    Image.fromarray(random(20, 30, 4)).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.jpg", "--size", "8x9") == 1
    assert "JPEG has no transparency" in capsys.readouterr().err
    assert files(tmp_path) == ["a.png"]


def test_one_transparent_colour(tmp_path: Path) -> None:
    samples = np.zeros((20, 20, 3), np.uint8)
    samples[:, 10:] = (10, 200, 30)
    Image.fromarray(samples).save(tmp_path / "a.png", transparency=(0, 0, 0))
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "9") == 0
    with Image.open(tmp_path / "b.png") as result:
        pixels = np.asarray(result)
    assert set(map(tuple, pixels[pixels[..., 3] > 8][:, :3])) == {(10, 200, 30)}


def test_palette(tmp_path: Path) -> None:
    image = Image.fromarray(random(20, 30, 3)).quantize(7)
    image.save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "near.png", "--size", "9x8", "--mode", "nearest") == 0
    assert (
        resize(tmp_path / "a.png", "-o", tmp_path / "near.webp", "--size", "9x8", "--mode", "nearest", "--lossless")
        == 0
    )
    assert resize(tmp_path / "a.png", "-o", tmp_path / "smooth.png", "--size", "9x8") == 0
    indices, colours = np.asarray(image), np.asarray(image.convert("RGB"))
    with Image.open(tmp_path / "near.png") as result:
        assert result.mode == "P"
        np.testing.assert_array_equal(np.asarray(result), expected(indices, (9, 8), "nearest", False))
        np.testing.assert_array_equal(np.asarray(result.convert("RGB")), expected(colours, (9, 8), "nearest", False))
    with Image.open(tmp_path / "near.webp") as result:
        np.testing.assert_array_equal(np.asarray(result), expected(colours, (9, 8), "nearest", False))
    with Image.open(tmp_path / "smooth.png") as result:
        assert result.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(result), expected(colours, (9, 8)))


def test_palette_with_transparency(tmp_path: Path) -> None:
    indices = np.zeros((20, 20), np.uint8)
    indices[5:15, 5:15] = 1
    image = Image.fromarray(indices)
    image.putpalette([0, 255, 0, 255, 0, 0])
    image.save(tmp_path / "a.png", transparency=0)
    assert resize(tmp_path / "a.png", "-o", tmp_path / "near.png", "--size", "40", "--mode", "nearest") == 0
    assert resize(tmp_path / "a.png", "-o", tmp_path / "smooth.png", "--size", "9") == 0
    with Image.open(tmp_path / "near.png") as result:
        assert (result.mode, result.info["transparency"]) == ("P", 0)
    with Image.open(tmp_path / "smooth.png") as result:
        assert result.mode == "RGBA"
        pixels = np.asarray(result)
    assert pixels[pixels[..., 3] > 0][:, 1].max() == 0


# ---- What is said about the picture ----------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_orientation(tmp_path: Path, orientation: int, suffix: str) -> None:
    samples = np.zeros((20, 30, 3), np.uint8)
    samples[:10, :15] = (255, 0, 0)
    samples[10:, 15:] = (0, 0, 255)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[SOFTWARE] = "camera"
    image = Image.fromarray(samples)
    image.save(tmp_path / f"a{suffix}", exif=exif)
    with Image.open(tmp_path / f"a{suffix}") as saved:
        stored = samples if suffix == ".tif" else np.asarray(saved)  # of TIFF, Pillow turns it
    upright = turned(stored, orientation)
    size = (upright.shape[0] * 2, upright.shape[1] * 2)
    assert resize(tmp_path / f"a{suffix}", "-o", tmp_path / "b.png", "--scale", "2", "--mode", "nearest") == 0
    with Image.open(tmp_path / "b.png") as result:
        assert result.getexif().get(ORIENTATION, 1) == 1
        assert result.getexif()[SOFTWARE] == "camera"
        np.testing.assert_array_equal(np.asarray(result), expected(upright, size, "nearest", False))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_profile_exif_and_text_are_kept(tmp_path: Path, suffix: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[SOFTWARE] = "camera"
    exif[EXIF_FOLDER] = {WIDTH: 30, HEIGHT: 20, 0x8827: 400}
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    more = {".png": {"pnginfo": text}, ".jpg": {"comment": b"hello"}}.get(suffix, {})
    Image.fromarray(random(20, 30, 3)).save(tmp_path / f"a{suffix}", icc_profile=profile, exif=exif.tobytes(), **more)
    assert resize(tmp_path / f"a{suffix}", "-o", tmp_path / f"b{suffix}", "--size", "7x9") == 0
    with Image.open(tmp_path / f"b{suffix}") as result:
        result.load()
        assert result.info["icc_profile"] == profile
        assert result.getexif()[SOFTWARE] == "camera"
        folder = result.getexif().get_ifd(EXIF_FOLDER)
        assert (folder[WIDTH], folder[HEIGHT], folder[0x8827]) == (9, 7, 400)
        assert result.size == (9, 7)
        if suffix == ".png":
            assert result.text["Author"] == "somebody"
        if suffix == ".jpg":
            assert result.info["comment"] == b"hello"


def test_a_jpeg_with_a_second_picture_inside(tmp_path: Path) -> None:
    """As cameras and telephones write them."""
    pictures = [Image.fromarray(random(20, 30, 3, seed=seed)) for seed in range(2)]
    pictures[0].save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=pictures[1:])
    with Image.open(tmp_path / "a.jpg") as saved:
        assert saved.format == "MPO"
        samples = np.asarray(saved)
    assert resize(tmp_path / "a.jpg", "-o", tmp_path / "b.png", "--size", "7x9") == 0
    with Image.open(tmp_path / "b.png") as result:
        np.testing.assert_array_equal(np.asarray(result), expected(samples, (7, 9)))


def test_several_pages_are_refused(tmp_path: Path, capsys: Any) -> None:
    pages = [Image.fromarray(random(5, 6, seed=seed)) for seed in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8") == 1
    assert "3 frames or pages" in capsys.readouterr().err


# ---- Arrays ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "layout", "tensor"),
    [
        ((9,), None, (1, 1, 9)),
        ((8, 9), None, (1, 1, 8, 9)),
        ((2, 3, 9), None, (2, 3, 9)),
        ((2, 3, 8, 9), None, (2, 3, 8, 9)),
        ((1, 2, 7, 8, 9), None, (1, 2, 7, 8, 9)),
        ((8, 9, 2), "last2", (8, 1, 9, 2)),
        ((7, 8, 9), "last3", (1, 1, 7, 8, 9)),
        ((2, 3, 2, 2, 8, 9), "last2", (24, 1, 8, 9)),
        ((2, 3, 2, 2, 2, 8, 9), "last1", (2 * 3 * 2 * 2 * 2 * 8, 1, 9)),
    ],
)
def test_arrays_of_any_rank(
    tmp_path: Path, shape: tuple[int, ...], layout: str | None, tensor: tuple[int, ...]
) -> None:
    array = random(*shape, dtype=np.float32)
    np.save(tmp_path / "a.npy", array)
    options = ["--layout", layout] if layout else []
    assert resize(tmp_path / "a.npy", "-o", tmp_path / "b.npy", "--scale", "2", *options) == 0
    mode = {3: "linear", 4: "bilinear", 5: "trilinear"}[len(tensor)]
    whole = sr.interpolate(array.reshape(tensor), scale_factor=2, mode=mode)
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy").ravel(), whole.ravel())
    assert np.load(tmp_path / "b.npy").ndim == len(shape)


@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 3)])
def test_arrays_that_are_images(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = random(*shape)
    np.save(tmp_path / "a.npy", array)
    arguments = ["--size", "5x4", "--layout", "image", "--antialias"]
    assert resize(tmp_path / "a.npy", "-o", tmp_path / "b.npy", *arguments) == 0
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), expected(array, (5, 4)))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path: Path, save: Any) -> None:
    arrays = {"first": random(1, 2, 8, 9, dtype=np.float64), "second": random(1, 1, 5, 6, dtype=np.float16)}
    save(tmp_path / "a.npz", **arrays)
    assert resize(tmp_path / "a.npz", "-o", tmp_path / "b.npz", "--size", "4x7") == 0
    with np.load(tmp_path / "b.npz") as result:
        assert result.files == list(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(result[name], sr.interpolate(array, size=(4, 7), mode="bilinear"))


def test_labels_of_any_dtype_and_byte_order(tmp_path: Path) -> None:
    labels = random(8, 9, dtype=np.int64)
    np.save(tmp_path / "a.npy", labels.astype(">i8"))
    assert resize(tmp_path / "a.npy", "-o", tmp_path / "b.npy", "--scale", "2", "--mode", "nearest") == 0
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), labels.repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize(
    ("array", "arguments", "says"),
    [
        (np.zeros((1,) * 6, np.float32), [], "say by --layout"),
        (np.zeros((4, 4), np.int64), [], "int64"),
        (np.zeros((4, 4), np.float32), ["--layout", "torch"], "has 3 to 5"),
        (np.zeros((4, 4, 5), np.float32), ["--layout", "image"], "1 to 4 channels"),
        (np.zeros((4, 4), np.float32), ["--layout", "last3"], "fewer than 3"),
        (np.zeros((1, 1, 4), np.float32), ["--mode", "bicubic"], "bicubic"),
        (np.float32(3), [], "0 axes"),
        (np.array([{}], object), [], "Python objects"),
    ],
)
def test_arrays_that_cannot_be_resized(tmp_path: Path, capsys: Any, array: Any, arguments: Any, says: str) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    assert resize(tmp_path / "a.npy", "-o", tmp_path / "b.npy", "--scale", "2", *arguments) == 1
    assert says in capsys.readouterr().err
    assert files(tmp_path) == ["a.npy"]


# ---- Many files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for index, name in enumerate(["a.png", "b.jpg", "deep/c.webp", "deep/er/d.tif", "deep/er/e.npy"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npy":
            np.save(path, random(16, 16, seed=index))
        else:
            Image.fromarray(random(16, 16, 3, seed=index)).save(path)
    (folder / "notes.txt").write_text("not an image")
    return folder


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_a_folder(photos: Path, tmp_path: Path, capsys: Any, workers: int) -> None:
    assert resize(photos, "-o", tmp_path / "out", "--size", "8", "--workers", workers) == 0
    assert files(tmp_path / "out") == ["a.png", "b.jpg", "deep/c.webp", "deep/er/d.tif", "deep/er/e.npy"]
    assert capsys.readouterr().out.startswith("5 files; ")


def test_a_pattern_for_inputs_and_one_for_outputs(photos: Path, tmp_path: Path) -> None:
    arguments = [photos / "**/*.[wt]*", "-o", tmp_path / "out/{folder}/{name}-{ext}.png", "--size", "8"]
    assert resize(*arguments) == 0
    assert files(tmp_path / "out") == ["deep/c-webp.png", "deep/er/d-tif.png"]


def test_several_files_into_a_folder(photos: Path, tmp_path: Path) -> None:
    assert resize(photos / "a.png", photos / "deep/c.webp", "-o", tmp_path / "out", "--size", "8") == 0
    assert files(tmp_path / "out") == ["a.png", "c.webp"]


def test_a_corrupt_file_does_not_stop_the_rest(photos: Path, tmp_path: Path, capsys: Any) -> None:
    (photos / "broken.png").write_bytes(b"not a png")
    whole = (photos / "b.jpg").read_bytes()
    (photos / "half.jpg").write_bytes(whole[: len(whole) // 2])
    np.save(tmp_path / "whole.npy", random(64, 64))
    (photos / "half.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:300])
    (photos / "text.npz").write_text("no archive")
    png = (photos / "a.png").read_bytes()
    (photos / "bits.png").write_bytes(png[:100] + bytes([png[100] ^ 255]) + png[101:])
    assert resize(photos, "-o", tmp_path / "out", "--size", "8") == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("5 files, 5 failed; ")
    named = [line.split(": ")[1].rpartition("/")[2] for line in printed.err.splitlines()]
    assert named == ["bits.png", "broken.png", "half.jpg", "half.npy", "text.npz"]
    assert "cannot identify image file" in printed.err.splitlines()[1]
    assert files(tmp_path / "out") == ["a.png", "b.jpg", "deep/c.webp", "deep/er/d.tif", "deep/er/e.npy"]


def test_dry_run_writes_nothing(photos: Path, tmp_path: Path, capsys: Any) -> None:
    before = files(tmp_path)
    assert resize(photos, "-o", tmp_path / "out", "--scale", "0.5x2", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{photos}/a.png -> {tmp_path}/out/a.png  16x16 -> 8x32"
    assert len(lines) == 5
    assert files(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_dry_run_says_upright_sizes_and_what_fails(tmp_path: Path, capsys: Any) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(random(20, 30, 3)).save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "b.jpg").write_bytes(b"nothing")
    assert resize(tmp_path, "-o", tmp_path / "out", "--scale", "0.5", "--dry-run") == 1
    printed = capsys.readouterr()
    assert printed.out.endswith("30x20 -> 15x10\n")
    assert "b.jpg" in printed.err


def test_existing_files_are_kept(photos: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_text("mine")
    assert resize(photos, "-o", out, "--size", "8") == 0
    assert (out / "a.png").read_text() == "mine"
    printed = capsys.readouterr().out
    assert printed.startswith("4 files, 1 kept; ")
    assert resize(photos, "-o", out, "--size", "8", "--force") == 0
    with Image.open(out / "a.png") as result:
        assert result.size == (8, 8)


def test_one_existing_file_is_refused(photos: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "b.png").write_text("mine")
    assert "--force replaces it" in refused(capsys, photos / "a.png", "-o", tmp_path / "b.png", "--size", "8")
    assert (tmp_path / "b.png").read_text() == "mine"


def test_inputs_are_never_overwritten_unless_forced(photos: Path, tmp_path: Path, capsys: Any) -> None:
    before = (photos / "a.png").read_bytes()
    for output in (photos, photos / "{folder}/{name}.{ext}", tmp_path / "photos/../photos"):
        assert "is an input: --force replaces it" in refused(capsys, photos, "-o", output, "--size", "8")
    os.link(photos / "a.png", tmp_path / "link.png")
    assert "is an input" in refused(capsys, photos / "a.png", "-o", tmp_path / "link.png", "--size", "8")
    assert (photos / "a.png").read_bytes() == before
    assert resize(photos, "-o", photos, "--size", "8", "--force") == 0
    with Image.open(photos / "a.png") as result:
        assert result.size == (8, 8)


def test_an_output_that_is_another_input(tmp_path: Path, capsys: Any) -> None:
    for name in ("a", "a-small"):
        Image.fromarray(random(8, 8)).save(tmp_path / f"{name}.png")
    arguments = [tmp_path, "-o", tmp_path / "{name}-small.png", "--size", "4", "--force"]
    assert "a-small.png would be written, and is an input" in refused(capsys, *arguments)


def test_outputs_below_the_inputs_are_no_inputs(photos: Path, capsys: Any) -> None:
    for _ in range(2):
        assert resize(photos, "-o", photos / "deep/small", "--size", "8") == 0
    assert "5 kept" in capsys.readouterr().out
    small = ["a.png", "b.jpg", "deep/c.webp", "deep/er/d.tif", "deep/er/e.npy"]
    assert files(photos / "deep/small") == small
    assert resize(photos / "**/*.png", "-o", photos / "deep/small", "--size", "9", "--force") == 0
    assert files(photos / "deep/small") == small


def test_two_inputs_with_one_output(photos: Path, tmp_path: Path, capsys: Any) -> None:
    (photos / "deep/a.png").write_bytes((photos / "a.png").read_bytes())
    for arguments in (
        [photos / "a.png", photos / "deep/a.png", "-o", tmp_path / "out"],
        [photos, "-o", tmp_path / "out/{name}.png"],
        [photos / "a.png", photos / "b.jpg", "-o", tmp_path / "out/x.png"],
    ):
        message = refused(capsys, *arguments, "--size", "8", "--force")
        assert "would both become" in message or "is a file" in message or "cannot become" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.png", "-o", "b.png", "--size", "8"], "missing.png does not exist"),
        (["*.jpg", "-o", "out", "--size", "8"], "*.jpg fits no file"),
        (["empty", "-o", "out", "--size", "8"], "empty has no file"),
        (["a.txt", "-o", "b.png", "--size", "8"], "not among the files that are taken"),
        (["a.png", "-o", "b.gif", "--size", "8"], "not among the files that are written"),
        (["a.png", "-o", "b.npy", "--size", "8"], "cannot become"),
        (["a.png", "-o", "{stem}.png", "--size", "8"], "there are {folder}, {name} and {ext}"),
        (["a.png", "-o", "b.png"], "one of the arguments --size --scale is required"),
        (["a.png", "-o", "b.png", "--size", "8", "--scale", "2"], "not allowed with"),
        (["a.png", "-o", "b.png", "--size", "0x8"], "sizes of 1 or more"),
        (["a.png", "-o", "b.png", "--size", "8", "--workers", "0"], "--workers"),
        (["a.png", "-o", "b.png", "--size", "8", "--quality", "0"], "--quality"),
        (["a.png", "-o", "b.png", "--size", "8", "--mode", "nearest", "--antialias"], "antialias"),
        (["a.png", "-o", "b.png", "--size", "8", "--mode", "area", "--align-corners"], "align_corners"),
        (["a.png", "-o", "b.png"], "required"),
        (["a.png", "--size", "8"], "required: -o"),
        (["", "-o", "b.png", "--size", "8"], "an input has an empty name"),
        (["a.png", "-o", "", "--size", "8"], "OUT is empty"),
        (["a.png", "-o", "b" * 300 + ".png", "--size", "8"], "File name too long"),
    ],
)
def test_refused(tmp_path: Path, monkeypatch: Any, capsys: Any, arguments: list[str], says: str) -> None:
    Image.fromarray(random(8, 8)).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert says in refused(capsys, *arguments)
    assert files(tmp_path) == ["a.png", "a.txt"]


def test_the_mode_of_files_is_the_umasks(photos: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert resize(photos / "a.png", "-o", tmp_path / "b.png", "--size", "8") == 0
    finally:
        os.umask(before)
    assert (tmp_path / "b.png").stat().st_mode & 0o777 == 0o640


def test_a_missing_extra(run_python: Any, tmp_path: Path) -> None:
    Image.fromarray(random(8, 8)).save(tmp_path / "a.png")
    script = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "PIL":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from swiftresample.cli import main
sys.exit(main(sys.argv[1:]))
"""
    done = run_python(script, "resize", f"{tmp_path}/a.png", "-o", f"{tmp_path}/o/", "--size", "4")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "swiftresample: pillow is not installed: pip install pillow, or swiftresample with its extra [cli]\n"
    )
    assert files(tmp_path) == ["a.png"]


# ---- What folders may hold -------------------------------------------------------------------------------------------


def test_links_pipes_and_loops_do_not_stop_the_rest(photos: Path, tmp_path: Path, capsys: Any) -> None:
    (photos / "nowhere.png").symlink_to("missing.png")
    (photos / "round.png").symlink_to("round.png")
    (photos / "link.png").symlink_to("a.png")
    (photos / "up").symlink_to("..")
    (photos / "again").symlink_to(".")
    os.mkfifo(photos / "pipe.png")
    out = tmp_path / "out"
    for inputs, output in ((photos, out / "1"), (photos / "**/*.png", out / "2")):
        assert resize(inputs, "-o", output, "--size", "8") == 1
        printed = capsys.readouterr()
        assert "nowhere.png: No such file" in printed.err
        assert "round.png: Too many levels of symbolic links" in printed.err
        assert "pipe.png: it is not a regular file" in printed.err
        assert printed.err.count("\n") == 3
        assert (output / "a.png").read_bytes() == (output / "link.png").read_bytes()
        assert not (output / "up").exists()
    assert "pipe.png is not a regular file" in refused(
        capsys, photos / "pipe.png", "-o", tmp_path / "b.png", "--size", "8"
    )


def test_a_folder_that_cannot_be_read(photos: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """Nothing is left out silently."""
    locked = photos / "locked"
    locked.mkdir()
    scandir = os.scandir

    def refuses(path: Any) -> Any:
        if Path(path) == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    assert (
        refused(capsys, photos, "-o", tmp_path / "out", "--size", "8")
        == f"swiftresample: {locked}: Permission denied\n"
    )


def test_an_output_that_cannot_be_written_is_named(photos: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").write_text("")
    assert resize(photos / "a.png", "-o", tmp_path / "file/b.png", "--size", "8") == 1
    assert "file/b.png cannot be written: " in capsys.readouterr().err


def test_hidden_files_have_to_be_named(photos: Path, tmp_path: Path) -> None:
    (photos / ".hidden").mkdir()
    Image.fromarray(random(9, 9)).save(photos / ".hidden/h.png")
    assert resize(photos / "**/*.png", "-o", tmp_path / "1", "--size", "8") == 0
    assert not (tmp_path / "1/.hidden").exists()
    assert resize(photos / ".hidden/*.png", "-o", tmp_path / "2", "--size", "8") == 0
    assert files(tmp_path / "2") == ["h.png"]


def test_names_of_all_kinds(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    names = ["a b.png", "new\nline.png", "[x].png", "{name}.png", "日本 ü.png", "-o.png", "bad\udcff.png"]
    for name in names:
        with open(Path("in", name), "wb") as file:
            Image.fromarray(random(9, 9)).save(file, "PNG")
    assert resize("in", "-o", "out", "--size", "8") == 0
    assert files(Path("out")) == sorted(names)
    for index, name in enumerate(names):
        assert resize(f"in/{name}", "-o", f"{index}.png", "--size", "8") == 0


def test_two_runs_at_once(tmp_path: Path) -> None:
    """Each file is done by one of them, and nothing fails."""
    (tmp_path / "in").mkdir()
    for index in range(40):
        Image.fromarray(random(90, 90, seed=index)).save(tmp_path / f"in/{index}.png")
    command = [sys.executable, "-m", "swiftresample", "resize", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    runs = [
        subprocess.Popen([*command, "--size", "300"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], printed
    assert len(files(tmp_path / "out")) == 40


@pytest.mark.parametrize(("suffix", "longest"), [(".jpg", 65500), (".webp", 16383)])
def test_more_samples_than_a_format_has(tmp_path: Path, capfd: Any, suffix: str, longest: int) -> None:
    Image.fromarray(random(9, 9, 3)).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / f"b{suffix}", "--size", f"1x{longest}") == 0
    capfd.readouterr()
    assert resize(tmp_path / "a.png", "-o", tmp_path / f"c{suffix}", "--size", f"1x{longest + 1}") == 1
    errors = capfd.readouterr().err
    assert f"has at most {longest} samples of an axis, and these are 1x{longest + 1}" in errors
    assert errors.count("\n") == 1


# ---- Ends from outside -----------------------------------------------------------------------------------------------


def started(photos: Path, out: Path) -> subprocess.Popen[str]:
    """The command on many images; returns when some are written."""
    for index in range(60):
        Image.fromarray(random(600, 800, 3, seed=index)).save(photos / f"{index}.png", compress_level=0)
    command = [sys.executable, "-m", "swiftresample", "resize", str(photos), "-o", str(out), "--scale", "2"]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 60
    while len(list(out.glob("[!.]*.png"))) < 3:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.005)
    return process


def assert_whole(photos: Path, out: Path) -> int:
    found = list(out.glob("[!.]*.png"))
    for path in found:
        with Image.open(path) as result:
            result.load()
            assert result.size == (1600, 1200)
    return len(found)


def test_a_killed_run_leaves_no_half_file(tmp_path: Path) -> None:
    photos, out = tmp_path / "in", tmp_path / "out"
    photos.mkdir()
    process = started(photos, out)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    written = assert_whole(photos, out)
    assert 3 <= written < 60


def test_an_interrupted_run_leaves_no_half_file_and_ends_with_130(tmp_path: Path) -> None:
    photos, out = tmp_path / "in", tmp_path / "out"
    photos.mkdir()
    process = started(photos, out)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "swiftresample: interrupted\n"
    written = assert_whole(photos, out)
    assert 3 <= written < 60
    assert len(files(out)) == written  # and no temporary one


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    Image.fromarray(random(20, 30, 3)).save(tmp_path / "a.png")

    def full(self: Any, file: Any, *arguments: Any, **options: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "8") == 1
    assert "No space left on device" in capsys.readouterr().err
    assert files(tmp_path) == ["a.png"]


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_images_are_pytorchs_bits(tmp_path: Path, mode: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    samples = random(40, 50, 3)
    Image.fromarray(samples).save(tmp_path / "a.png")
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "17x19", "--mode", mode) == 0
    tensor = torch.from_numpy(samples.transpose(2, 0, 1)[None].copy())
    result = torch.nn.functional.interpolate(tensor, size=(17, 19), mode=mode, antialias=True)
    buffer = io.BytesIO((tmp_path / "b.png").read_bytes())
    np.testing.assert_array_equal(np.asarray(Image.open(buffer)), result[0].numpy().transpose(1, 2, 0))
