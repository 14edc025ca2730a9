"""What ``swiftresample resize`` keeps beside the samples: EXIF, transparency, and what is said about colours."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli_colour16 import SIGNATURE, chunk, chunks, png
from test_cli_resize import EXIF_FOLDER, ORIENTATION, Image, ImageCms, expected, random, resize

pytestmark = pytest.mark.slow

GPS_FOLDER, INTEROPERABILITY, MAKER, MAKER_NOTE, TAKEN = 0x8825, 0xA005, 0x010F, 0x927C, 0x9003
SAMPLES = random(20, 30, 3)


def camera(order: str = ">") -> Any:
    """EXIF data as cameras write it: directories within directories."""
    exif = Image.Exif()
    exif.endian = order
    exif.update({MAKER: "Maker", ORIENTATION: 6})
    exif[EXIF_FOLDER] = {
        TAKEN: "2020:01:01 00:00:00",
        MAKER_NOTE: b"note" * 20,
        0x829A: 0.005,  # seconds
        0xA002: 30,
        0xA003: 20,
        0x9214: (15, 10),  # where the subject is
        INTEROPERABILITY: {1: "R03", 0x1001: 30},
    }
    exif[GPS_FOLDER] = {1: "N", 2: (48.0, 12.0, 33.33)}
    return exif


def directories(path: Path) -> list[dict[int, Any]]:
    """What a file says: the tags that are no structure of TIFF, and those of the directories within."""
    with Image.open(path) as image:
        exif = image.getexif()
        within = [dict(exif.get_ifd(folder)) for folder in (EXIF_FOLDER, GPS_FOLDER, INTEROPERABILITY)]
        within[0].pop(INTEROPERABILITY, None)  # where it is
        return [{tag: exif[tag] for tag in (MAKER, ORIENTATION) if tag in exif}, *within]


@pytest.mark.parametrize("source", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("target", [".jpg", ".png", ".webp", ".tif"])
def test_exif_of_cameras(tmp_path: Path, capfd: Any, source: str, target: str) -> None:
    order = "<" if source == ".png" else ">"
    Image.fromarray(SAMPLES).save(tmp_path / f"a{source}", exif=camera(order).tobytes())
    before = f"a{source}"
    for after in (f"b{target}", f"c{target}", "d.tif", "e.tif", f"f{target}"):  # and again of what was written
        assert resize(tmp_path / before, "-o", tmp_path / after, "--size", "15x10") == 0
        about, exif, gps, related = directories(tmp_path / after)
        assert about == {MAKER: "Maker"}
        assert {tag: value for tag, value in exif.items() if tag != 0x829A} == {
            TAKEN: "2020:01:01 00:00:00",
            MAKER_NOTE: b"note" * 20,
            0xA002: 10,
            0xA003: 15,
        }
        assert float(exif[0x829A]) == pytest.approx(0.005)
        assert gps == {1: "N", 2: (48.0, 12.0, 33.33)}
        assert related == {1: "R03"}
        with Image.open(tmp_path / after) as image:  # some of what makers say depends on it
            assert image.getexif().endian == order
        before = after
    assert capfd.readouterr().err == ""


def test_exif_of_16_bits(tmp_path: Path, capfd: Any) -> None:
    about = chunk(b"eXIf", camera().tobytes()[6:])
    (tmp_path / "a.png").write_bytes(png(random(20, 30, 3, dtype=np.uint16), about))
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.tif", "--size", "15x10") == 0
    assert [len(found) for found in directories(tmp_path / "b.tif")] == [1, 5, 2, 1]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("data", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\0", camera().tobytes()[:60]], ids=len)
def test_damaged_exif_is_no_obstacle(tmp_path: Path, data: bytes) -> None:
    Image.fromarray(SAMPLES).save(tmp_path / "a.jpg", exif=data)
    assert resize(tmp_path / "a.jpg", "-o", tmp_path / "b.tif", "--size", "15x10") == 0


# ---- Orientation, wherever it is said --------------------------------------------------------------------------------


def raw_profile(kind: str, data: bytes) -> bytes:
    """As ImageMagick writes what PNG had no chunk for."""
    digits = data.hex()
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    return "\n".join(["", kind, f"{len(data):8d}", *lines, ""]).encode()


def tEXt(key: str, value: bytes) -> bytes:
    return chunk(b"tEXt", key.encode() + b"\0" + value)


def zTXt(key: str, value: bytes) -> bytes:
    return chunk(b"zTXt", key.encode() + b"\0\0" + zlib.compress(value))


def iTXt(key: str, value: bytes) -> bytes:
    return chunk(b"iTXt", key.encode() + b"\0\1\0\0\0" + zlib.compress(value))


def png_with(*parts: bytes, after: tuple[bytes, ...] = ()) -> bytes:
    rows = b"".join(b"\0" + row.tobytes() for row in SAMPLES)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30, 20, 8, 2, 0, 0, 0))
    body = [chunk(b"IDAT", zlib.compress(rows)), *after, chunk(b"IEND", b"")]
    return SIGNATURE + b"".join([head, *parts, *body])


EXIF_6 = camera().tobytes()
XMP_6 = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
SAID = {
    "eXIf": chunk(b"eXIf", EXIF_6[6:]),
    "exif": tEXt("exif", EXIF_6),
    "tEXt": tEXt("Raw profile type exif", raw_profile("exif", EXIF_6)),
    "zTXt": zTXt("Raw profile type exif", raw_profile("exif", EXIF_6)),
    "iTXt": iTXt("Raw profile type exif", raw_profile("exif", EXIF_6)),
    "APP1": zTXt("Raw profile type APP1", raw_profile("generic profile", EXIF_6)),
    "XMP": iTXt("XML:com.adobe.xmp", XMP_6),
    "element": iTXt("XML:com.adobe.xmp", b"<tiff:Orientation>6</tiff:Orientation>"),
    "raw XMP": zTXt("Raw profile type xmp", raw_profile("xmp", XMP_6)),
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("is_after", [False, True])
def test_orientation_is_applied_once(tmp_path: Path, capsys: Any, said: str, is_after: bool) -> None:
    part = () if is_after else (SAID[said],)
    after = (SAID[said], tEXt("Title", b"Boats"))
    (tmp_path / "a.png").write_bytes(png_with(*part, after=after if is_after else after[1:]))
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--scale", "2", "--dry-run") == 0
    assert capsys.readouterr().out.endswith("  30x20 -> 60x40\n")
    for before, result in (("a.png", "b.png"), ("b.png", "c.png"), ("c.png", "d.png")):
        assert resize(tmp_path / before, "-o", tmp_path / result, "--size", "30x20", "--mode", "nearest") == 0
        with Image.open(tmp_path / result) as image:
            np.testing.assert_array_equal(np.asarray(image), np.rot90(SAMPLES, -1))
            assert image.text == {"Title": "Boats"}
            assert image.getexif().get(ORIENTATION) is None
            assert image.getexif().get(MAKER) == (None if "XMP" in said or said == "element" else "Maker")


@pytest.mark.parametrize("suffix", [".webp", ".tif"])
def test_orientation_of_xmp(tmp_path: Path, suffix: str) -> None:
    options: Any = {"xmp": XMP_6, "lossless": True} if suffix == ".webp" else {"tiffinfo": {700: XMP_6}}
    Image.fromarray(SAMPLES).save(tmp_path / f"a{suffix}", **options)
    assert resize(tmp_path / f"a{suffix}", "-o", tmp_path / "b.png", "--scale", "1", "--mode", "nearest") == 0
    with Image.open(tmp_path / "b.png") as image:
        np.testing.assert_array_equal(np.asarray(image), np.rot90(SAMPLES, -1))


# ---- Colours ---------------------------------------------------------------------------------------------------------

COLOURS = {
    b"gAMA": struct.pack(">I", 100_000),
    b"cHRM": struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000),
    b"cICP": bytes([9, 16, 0, 1]),
}
SRGB = {b"sRGB": b"\0", b"gAMA": struct.pack(">I", 45455)}


@pytest.mark.parametrize("said", [*({kind: value} for kind, value in COLOURS.items()), COLOURS, SRGB], ids=list)
def test_what_png_says_about_colours(tmp_path: Path, capsys: Any, said: dict[bytes, bytes]) -> None:
    """It is kept by PNG, and of other formats it is said that they do not have it, unless it says sRGB."""
    parts = [chunk(kind, value) for kind, value in said.items()]
    (tmp_path / "a.png").write_bytes(png_with(*parts))
    (tmp_path / "wide.png").write_bytes(png(random(5, 6, 3, dtype=np.uint16), *parts))
    for name in ("a", "wide"):
        assert resize(tmp_path / f"{name}.png", "-o", tmp_path / f"{name}-b.png", "--size", "7") == 0
        found = chunks((tmp_path / f"{name}-b.png").read_bytes())
        assert {kind: found[kind] for kind in said} == said
    assert capsys.readouterr().err == ""
    for suffix in (".jpg", ".webp", ".tif"):
        assert resize(tmp_path / "a.png", "-o", tmp_path / f"b{suffix}", "--size", "7") == 0
        note = capsys.readouterr().err
        if said is SRGB:
            assert note == ""
        else:
            assert "a.png: " in note
            assert " is written without its " in note
            assert all(kind.decode() in note for kind in said)
            assert note.count("\n") == 1


def test_a_profile_says_what_colours_are_everywhere(tmp_path: Path, capsys: Any) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)), chunk(b"gAMA", COLOURS[b"gAMA"])
    for part in (kept, (zTXt("Raw profile type icc", raw_profile("icc", profile)),)):
        (tmp_path / "a.png").write_bytes(png_with(*part))
        for suffix in (".png", ".jpg", ".webp", ".tif"):
            assert resize(tmp_path / "a.png", "-o", tmp_path / f"b{suffix}", "--size", "7", "--force") == 0
            with Image.open(tmp_path / f"b{suffix}") as image:
                assert image.info["icc_profile"] == profile
    assert capsys.readouterr().err == ""


# ---- Transparency ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("channels", [1, 3])
def test_one_transparent_colour(tmp_path: Path, depth: int, channels: int) -> None:
    pypng = pytest.importorskip("png", reason="pypng is not installed")
    if channels == 3 and depth < 8:
        return  # which PNG does not have
    samples = random(9, 11, channels, dtype=np.uint16) >> (16 - depth)
    colour = samples[3, 4].tolist()
    options = {"greyscale": channels == 1, "bitdepth": depth, "transparent": colour[0] if channels == 1 else colour}
    with open(tmp_path / "a.png", "wb") as file:
        pypng.Writer(11, 9, **options).write(file, samples.reshape(9, -1).tolist())
    dtype = np.uint16 if depth == 16 else np.uint8
    full = np.iinfo(dtype).max
    alpha = np.where((samples == colour).all(axis=2, keepdims=True), 0, full)
    straight = np.concatenate([samples * (255 // (2**depth - 1) if depth < 8 else 1), alpha], axis=2).astype(dtype)
    for suffix in (".png", ".tif", *([] if depth == 16 else [".webp"])):
        target = tmp_path / f"b{suffix}"
        assert resize(tmp_path / "a.png", "-o", target, "--scale", "1", "--mode", "nearest", "--lossless") == 0
        if depth == 16:
            again = tmp_path / f"{suffix[1:]}.png"
            assert resize(target, "-o", again, "--scale", "1", "--mode", "nearest") == 0
            _, _, rows, about = pypng.Reader(str(again)).read()
            result = np.stack(list(rows)).reshape(9, 11, about["planes"])
        else:
            with Image.open(target) as image:
                result = np.asarray(image)
                result = result[..., [0, 3]] if result.shape[2] != channels + 1 else result
        np.testing.assert_array_equal(result, straight)
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.jpg", "--scale", "1") == 1


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_transparent_colours_of_a_palette(tmp_path: Path, depth: int, mode: str) -> None:
    pypng = pytest.importorskip("png", reason="pypng is not installed")
    colours = [(*colour, 99 if index % 2 == 0 else 255) for index, colour in enumerate(random(2**depth, 3).tolist())]
    indices = random(9, 11) >> (8 - depth)
    with open(tmp_path / "a.png", "wb") as file:
        pypng.Writer(11, 9, palette=colours, bitdepth=depth).write(file, indices.tolist())
    whole = np.array(colours, np.uint8)[indices]
    for suffix in (".png", ".tif", ".webp"):
        target = tmp_path / f"b{suffix}"
        assert resize(tmp_path / "a.png", "-o", target, "--scale", "1", "--mode", mode, "--lossless") == 0
        with Image.open(target) as image:
            assert image.mode == ("P" if (mode, suffix) == ("nearest", ".png") else "RGBA")
            np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), whole)
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.jpg", "--scale", "1", "--mode", mode) == 1


def test_grey_is_weighted_by_what_is_transparent(tmp_path: Path) -> None:
    """Of 2 bits: black is transparent, and nothing of it is seen."""
    rows = b"".join(b"\0" + bytes([0, 0b10101010]) for _ in range(8))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 2, 0, 0, 0, 0))
    parts = [head, chunk(b"tRNS", b"\0\0"), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(SIGNATURE + b"".join(parts))
    assert resize(tmp_path / "a.png", "-o", tmp_path / "b.png", "--size", "3") == 0
    with Image.open(tmp_path / "b.png") as image:
        assert image.mode == "LA"
        result = np.asarray(image)
    assert set(result[result[..., 1] > 0][:, 0].tolist()) == {170}
    alpha = np.repeat([[0] * 4 + [255] * 4], 8, axis=0).astype(np.uint8)
    np.testing.assert_array_equal(result[..., 1], expected(alpha, (3, 3)))
