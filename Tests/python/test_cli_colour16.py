"""``swiftresample resize`` on colours of 16 bits: files made byte by byte, results read byte by byte."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli_resize import EXIF_FOLDER, ORIENTATION, Image, ImageCms, expected, files, random, resize

pytestmark = pytest.mark.slow

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples: Any, *further: bytes) -> bytes:
    height, width, channels = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPES[channels], 0, 0, 0)
    parts = [chunk(b"IHDR", header), *further, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def chunks(data: bytes) -> dict[bytes, bytes]:
    assert data.startswith(SIGNATURE)
    found, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + content),)
        found[kind] = content
        at += 12 + length
    return found


def samples_of_png(data: bytes) -> Any:
    found = chunks(data)
    width, height, depth, colour_type, *rest = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert (depth, rest) == (16, [0, 0, 0])
    channels = next(count for count, kind in COLOUR_TYPES.items() if kind == colour_type)
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, -1)
    result, above = [], np.zeros(rows.shape[1] - 1, np.uint8)
    for row in rows:
        assert row[0] in (0, 2)
        above = row[1:] + above if row[0] == 2 else row[1:]
        result.append(above)
    return np.stack(result).view(">u2").reshape(height, width, channels).astype(np.uint16)


def tiff(samples: Any, order: str = "<", photometric: int = 2, alpha: int = 2, planes: int = 1) -> bytes:
    """Uncompressed, in one strip."""
    height, width, channels = samples.shape
    strip = (samples.transpose(2, 0, 1) if planes == 2 else samples).astype(f"{order}u2").tobytes()
    entries = [(256, 4, [width]), (257, 4, [height]), (258, 3, [16] * channels), (259, 3, [1]), (262, 3, [photometric])]
    size = len(strip) // (channels if planes == 2 else 1)
    strips = len(strip) // size
    entries += [(273, 4, [8 + index * size for index in range(strips)]), (277, 3, [channels]), (278, 4, [height])]
    entries += [(279, 4, [size] * strips), (284, 3, [planes])]
    if channels == 4 and photometric == 2:
        entries.append((338, 3, [alpha]))
    behind = 8 + len(strip) + 2 + 12 * len(entries) + 4
    directory, long_values = struct.pack(f"{order}H", len(entries)), b""
    for tag, kind, values in entries:
        packed = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            place = struct.pack(f"{order}I", behind + len(long_values))
            long_values += packed
            packed = place
        directory += struct.pack(f"{order}HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(strip))
    return header + strip + directory + bytes(4) + long_values


def read(path: Path) -> Any:
    """The samples of a result, by whoever else reads them."""
    if path.suffix == ".png":
        return samples_of_png(path.read_bytes())
    return pytest.importorskip("tifffile", reason="tifffile is not installed").imread(path)


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "lanczos", "area", "nearest"])
def test_png_is_the_librarys_bits(tmp_path: Path, channels: int, mode: str) -> None:
    samples = random(20, 30, channels, dtype=np.uint16)
    if channels != 3:
        samples[..., -1] = 65535
    (tmp_path / "a.png").write_bytes(png(samples))
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "9x41", "--mode", mode) == 0
    antialias = mode in ("bilinear", "bicubic", "lanczos")
    np.testing.assert_array_equal(read(tmp_path / "b.png"), expected(samples, (9, 41), mode, antialias))


@pytest.mark.parametrize(
    ("order", "channels", "photometric"), [("<", 3, 2), (">", 3, 2), ("<", 4, 2), (">", 4, 2), ("<", 4, 5)]
)
def test_tiff_is_the_librarys_bits(tmp_path: Path, order: str, channels: int, photometric: int) -> None:
    samples = random(20, 30, channels, dtype=np.uint16)
    if photometric == 2:
        samples[..., 3:] = 65535
    (tmp_path / "a.tif").write_bytes(tiff(samples, order, photometric))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "9x41") == 0
    assert resize(tmp_path / "b.tif", "-o", tmp_path / "c.tif", "--size", "9x41", "--mode", "nearest") == 0
    result = expected(samples, (9, 41))
    if photometric == 2:
        assert resize(tmp_path / "c.tif", "-o", tmp_path / "c.png", "--size", "9x41", "--mode", "nearest") == 0
        np.testing.assert_array_equal(read(tmp_path / "c.png"), result)
    np.testing.assert_array_equal(read(tmp_path / "b.tif"), result)
    np.testing.assert_array_equal(read(tmp_path / "c.tif"), result)


@pytest.mark.parametrize("colour_type", [2, 6])
@pytest.mark.parametrize("is_interlaced", [False, True])
def test_png_of_another_library(tmp_path: Path, colour_type: int, is_interlaced: bool) -> None:
    """Interlaced rows, and results that the other library reads."""
    pypng = pytest.importorskip("png", reason="pypng is not installed")
    channels = 4 if colour_type == 6 else 3
    samples = random(20, 30, channels, dtype=np.uint16)
    samples[..., 3:] = 65535
    writer = pypng.Writer(30, 20, greyscale=False, alpha=channels == 4, bitdepth=16, interlace=is_interlaced)
    with open(tmp_path / "a.png", "wb") as file:
        writer.write_array(file, samples.ravel().tolist())
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "8x9") == 0
    _, _, rows, about = pypng.Reader(str(tmp_path / "b.png")).read()
    assert (about["bitdepth"], about["planes"]) == (16, channels)
    np.testing.assert_array_equal(np.stack(list(rows)).reshape(8, 9, channels), expected(samples, (8, 9)))


@pytest.mark.parametrize("compression", ["zlib", "predictor", "tiles", "strips"])
def test_tiff_of_another_library(tmp_path: Path, compression: str) -> None:
    tifffile = pytest.importorskip("tifffile", reason="tifffile is not installed")
    samples = random(70, 90, 3, dtype=np.uint16)
    options: dict[str, Any] = {
        "zlib": {"compression": "zlib"},
        "predictor": {"compression": "zlib", "predictor": True},
        "tiles": {"tile": (32, 32)},
        "strips": {"rowsperstrip": 7},
    }
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb", iccprofile=PROFILE, **options[compression])
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), expected(samples, (8, 9)))
    with Image.open(tmp_path / "b.tif") as result:
        assert result.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("make", [png, tiff])
def test_no_fringe_around_what_is_transparent(tmp_path: Path, make: Any) -> None:
    samples = np.zeros((40, 40, 4), np.uint16)
    samples[..., 1] = 65535
    samples[10:30, 10:30] = (54321, 0, 0, 65535)
    suffix = ".png" if make is png else ".tif"
    (tmp_path / f"a{suffix}").write_bytes(make(samples))
    assert resize(tmp_path / f"a{suffix}", "-o", tmp_path / "b.png", "--size", "13x17") == 0
    pixels = read(tmp_path / "b.png")
    seen = pixels[..., 3] > 0
    assert 20 < seen.sum() < seen.size
    assert pixels[seen][:, 1].max() == 0
    assert set(pixels[pixels[..., 3] > 2000][:, 0]) == {54321}
    np.testing.assert_array_equal(pixels[..., 3], expected(samples[..., 3], (13, 17)))


def test_colours_weighted_by_alpha_already(tmp_path: Path) -> None:
    straight = random(20, 30, 4, dtype=np.uint16)
    straight[..., 3] |= 0x8000
    weighted = straight.copy()
    weighted[..., :3] = np.rint(straight[..., :3] * (straight[..., 3:] / 65535))
    (tmp_path / "a.tif").write_bytes(tiff(weighted, alpha=1))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.png", "--size", "20x30", "--mode", "nearest") == 0
    difference = np.abs(read(tmp_path / "b.png").astype(int) - straight)
    assert difference.max() == 1  # half a level of the weighted colour, times at most 2


@pytest.mark.parametrize("channels", [1, 3])
def test_one_transparent_colour(tmp_path: Path, channels: int) -> None:
    samples = random(20, 30, channels, dtype=np.uint16)
    samples[3:9, 4:7] = [1000, 2000, 3000][:channels]
    colour = struct.pack(f">{channels}H", *[1000, 2000, 3000][:channels])
    (tmp_path / "a.png").write_bytes(png(samples, chunk(b"tRNS", colour)))
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--scale", "2", "--mode", "nearest") == 0
    result = read(tmp_path / "b.png")[::2, ::2]
    np.testing.assert_array_equal(result[..., :-1], samples)
    assert (result[..., -1] == 0).sum() == 18


@pytest.mark.parametrize(("suffix", "channels"), [(".png", 2), (".png", 3), (".png", 4), (".tif", 3), (".tif", 4)])
def test_orientation_profile_and_exif(tmp_path: Path, suffix: str, channels: int) -> None:
    samples = random(20, 30, channels, dtype=np.uint16)
    samples[..., 3:] = 65535
    exif = Image.Exif()
    exif.update({ORIENTATION: 6, 271: "Maker"})
    exif[EXIF_FOLDER] = {0xA002: 30, 0xA003: 20, 36867: "2020:01:01 00:00:00"}
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(PROFILE))
    about = chunk(b"eXIf", exif.tobytes()[6:])
    (tmp_path / "a.png").write_bytes(png(samples, profile, about, chunk(b"tEXt", b"Title\0Boats")))
    assert resize(tmp_path / "a.png", "-o", tmp_path / f"b{suffix}", "--size", "15x10", "--mode", "nearest") == 0
    with Image.open(tmp_path / f"b{suffix}") as result:
        assert result.size == (10, 15)
        found = result.getexif()
        assert (found[271], found.get(ORIENTATION)) == ("Maker", None)
        entries = found.get_ifd(EXIF_FOLDER)
        assert (entries[0xA002], entries[0xA003], entries[36867]) == (10, 15, "2020:01:01 00:00:00")
        assert result.info.get("icc_profile") == (PROFILE if channels > 2 else None)  # a profile of RGB is not grey's
        if suffix == ".png":
            result.load()
            assert result.text["Title"] == "Boats"
    assert resize(tmp_path / f"b{suffix}", "-o", tmp_path / "c.png", "--size", "15x10", "--mode", "nearest") == 0
    upright = np.rot90(samples, -1)
    np.testing.assert_array_equal(
        read(tmp_path / "c.png"), expected(np.ascontiguousarray(upright), (15, 10), "nearest", False)
    )


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_formats_of_8_bits(tmp_path: Path, capsys: Any, suffix: str) -> None:
    (tmp_path / "a.png").write_bytes(png(random(5, 7, 3, dtype=np.uint16)))
    assert resize(tmp_path / "a.png", "-o", tmp_path / f"b{suffix}", "--size", "8") == 1
    assert "has no colours of 16 bits: choose another format" in capsys.readouterr().err
    assert files(tmp_path) == ["a.png"]


def test_planes_are_not_mixed(tmp_path: Path) -> None:
    samples = random(5, 7, 3, dtype=np.uint16)
    (tmp_path / "a.tif").write_bytes(tiff(samples, planes=2))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    np.testing.assert_array_equal(read(tmp_path / "b.tif"), expected(samples, (8, 9)))


def test_half_a_file(tmp_path: Path, capsys: Any) -> None:
    for name, data in {
        "a.png": png(random(50, 70, 3, dtype=np.uint16)),
        "b.tif": tiff(random(50, 70, 3, dtype=np.uint16)),
    }.items():
        (tmp_path / name).write_bytes(data[: len(data) // 2])
    assert resize(tmp_path, "-o", tmp_path / "out", "--size", "8") == 1
    assert capsys.readouterr().err.count("\n") == 2
    assert files(tmp_path) == ["a.png", "b.tif"]
