"""``swiftresample resize`` on TIFF files of every kind of sample, written and read by tifffile."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli_resize import ORIENTATION, Image, expected, random, resize, turned

pytestmark = pytest.mark.slow

tifffile = pytest.importorskip("tifffile", reason="tifffile is not installed")

GREY: dict[str, Any] = {"photometric": "minisblack"}
KINDS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "grey": ((), GREY),
    "rgb": ((3,), {"photometric": "rgb"}),
    "planes": ((3,), {"photometric": "rgb", "planarconfig": "separate"}),
    "cmyk": ((4,), {"photometric": "separated"}),
    "rgb and unsaid": ((4,), {"photometric": "rgb", "extrasamples": ["unspecified"]}),
    "grey and unsaid": ((2,), {**GREY, "planarconfig": "contig", "extrasamples": ["unspecified"]}),
    "cmyk and unsaid": ((5,), {"photometric": "separated", "extrasamples": ["unspecified"]}),
    "five bands": ((5,), {**GREY, "planarconfig": "contig"}),
}


def write(path: Path, samples: Any, **options: Any) -> None:
    if options.get("planarconfig") == "separate":
        samples = np.ascontiguousarray(samples.transpose(2, 0, 1))
    tifffile.imwrite(path, samples, metadata=None, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("layout", [{}, {"compression": "zlib"}, {"tile": (16, 16)}, {"rowsperstrip": 5}], ids=str)
def test_orientation(tmp_path: Path, capsys: Any, orientation: int, layout: dict[str, Any]) -> None:
    tag = [(ORIENTATION, "H", 1, orientation, True)]
    for kind, dtype in [
        ("grey", "u1"),
        ("grey", "u2"),
        ("grey", "f4"),
        ("rgb", "u1"),
        ("planes", "u2"),
        ("cmyk", "u1"),
    ]:
        shape, options = KINDS[kind]
        samples = random(12, 20, *shape, dtype=dtype)
        write(tmp_path / "a.tif", samples, extratags=tag, **options, **layout)
        arguments = [tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "1", "--mode", "nearest", "--force"]
        capsys.readouterr()
        assert resize(*arguments, "--dry-run") == 0
        size = "20x12" if orientation >= 5 else "12x20"
        assert capsys.readouterr().out.endswith(f"  {size} -> {size}\n")
        assert resize(*arguments) == 0
        np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), turned(samples, orientation))
        assert Image.open(tmp_path / "b.tif").getexif().get(ORIENTATION) is None


COMPRESSIONS = ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate"]


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("mode", "compression"),
    [
        *((mode, compression) for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK") for compression in COMPRESSIONS),
        *((mode, "jpeg") for mode in ("L", "RGB", "CMYK")),
        *(("1", compression) for compression in ("tiff_ccitt", "group3", "group4")),
    ],
)
def test_what_pillow_writes(tmp_path: Path, mode: str, compression: str, orientation: int) -> None:
    """And its compression is kept, where it is none with loss or for black and white alone."""
    image = Image.fromarray(random(120, 100, 3)).convert(mode)
    saved = io.BytesIO()
    image.save(saved, "TIFF", compression=compression)
    stored = np.asarray(Image.open(io.BytesIO(saved.getvalue())).convert("RGB" if mode == "P" else mode))
    image.save(tmp_path / "a.tif", compression=compression, tiffinfo={ORIENTATION: orientation})
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "1", "--mode", "nearest") == 0
    with Image.open(tmp_path / "b.tif") as result:
        kept = compression in ("raw", "packbits", "tiff_lzw")
        assert result.info["compression"] == (compression if kept else "tiff_adobe_deflate")
        assert result.mode == mode
        result = np.asarray(result.convert("RGB" if mode == "P" else mode))
    np.testing.assert_array_equal(result, turned(stored, orientation))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"])
def test_every_sample_is_the_librarys(tmp_path: Path, kind: str, dtype: str) -> None:
    """No band is dropped, and no number is another."""
    shape, options = KINDS[kind]
    samples = random(20, 30, *shape, dtype=dtype)
    for order in "<>":
        write(tmp_path / "a.tif", samples, byteorder=order, **options)
        assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9", "--force") == 0
        result = tifffile.imread(tmp_path / "b.tif")
        assert result.dtype == samples.dtype
        if dtype == "u4":  # as int32 is computed: in float64, and rounded to even
            whole = expected(samples.astype(np.float64), (8, 9))
            np.testing.assert_array_equal(result, np.rint(whole).clip(0, 2**32 - 1).astype(np.uint32))
        else:
            np.testing.assert_array_equal(result, expected(samples, (8, 9)))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "c.tif", "--scale", "2", "--mode", "nearest") == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "c.tif"), samples.repeat(2, 0).repeat(2, 1))
    tags = tifffile.TiffFile(tmp_path / "c.tif").pages[0].tags
    if "unsaid" in kind or kind == "five bands":
        assert set(tags[338].value) == {0}
    assert tags[262].value == {"rgb": 2, "planes": 2, "cmyk": 5}.get(kind.partition(" ")[0], 1)


def test_numbers_of_32_bits_above_those_of_31(tmp_path: Path) -> None:
    samples = np.arange(192, dtype=np.uint32).reshape(12, 16) * 20_000_000 + 100
    write(tmp_path / "a.tif", samples, **GREY)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "0.5") == 0
    result = tifffile.imread(tmp_path / "b.tif")
    assert result.dtype == np.uint32
    assert abs(result.mean() - samples.mean()) < 1e-3 * samples.mean()


@pytest.mark.parametrize("dtype", [">i8", "<u8"])
def test_integers_of_64_bits(tmp_path: Path, capsys: Any, dtype: str) -> None:
    samples = random(5, 6, dtype=np.dtype(dtype).newbyteorder("="))
    write(tmp_path / "a.tif", samples.astype(dtype), byteorder=dtype[0], **GREY)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "2", "--mode", "nearest") == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), samples.repeat(2, 0).repeat(2, 1))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "c.tif", "--scale", "2") == 1
    assert "int64" in capsys.readouterr().err


# ---- What samples mean -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16, 32])
def test_negatives(tmp_path: Path, bits: int) -> None:
    dtype = np.dtype(f"u{max(bits // 8, 1)}")
    samples = random(12, 17, dtype=dtype) >> (8 - bits if bits < 8 else 0)
    for order, number in (("<", "little"), (">", "big")):
        if bits < 8:
            (tmp_path / "a.tif").write_bytes(small(samples, bits, 0))
        else:
            write(tmp_path / "a.tif", samples, photometric="miniswhite", byteorder=order)
        assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "5x7", "--force") == 0, number
        positive = np.iinfo(dtype).max - samples * dtype.type(255 // (2**bits - 1) if bits < 8 else 1)
        result = tifffile.imread(tmp_path / "b.tif")
        if bits == 32:
            whole = expected(positive.astype(np.float64), (5, 7))
            np.testing.assert_array_equal(result, np.rint(whole).astype(np.uint32))
        else:
            np.testing.assert_array_equal(result, expected(positive, (5, 7)))


def small(samples: Any, bits: int, photometric: int, colours: Any = None) -> bytes:
    """A file of samples of less than 8 bits, by Pillow's writer of tags."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    height, width = samples.shape
    unpacked = (samples[..., None] >> np.arange(bits)[::-1]) & 1
    strip = np.packbits(unpacked.reshape(height, -1).astype(np.uint8), axis=1).tobytes()
    tags = ImageFileDirectory_v2()
    tags.update({256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 0, 277: 1, 278: height})
    tags[279] = len(strip)
    if colours is not None:
        tags[320] = tuple(map(int, colours.T.ravel()))
    file = io.BytesIO()
    tags.save(file)
    return file.getvalue() + strip


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("scale", [1, 257], ids=["8-bit colours", "16-bit colours"])
def test_palettes(tmp_path: Path, bits: int, scale: int) -> None:
    colours = random(2**bits, 3)
    indices = random(9, 13) >> (8 - bits)
    (tmp_path / "a.tif").write_bytes(small(indices, bits, 3, colours.astype(int) * scale))
    for mode, antialias in (("nearest", False), ("bilinear", True)):
        for suffix in (".tif", ".png"):
            target = tmp_path / f"{mode}{suffix}"
            assert resize(tmp_path / "a.tif", "-o", target, "--size", "5x7", "--mode", mode) == 0
            with Image.open(target) as result:
                assert result.mode == ("P" if mode == "nearest" else "RGB")
                whole = expected(colours[indices], (5, 7), mode, antialias)
                np.testing.assert_array_equal(np.asarray(result.convert("RGB")), whole)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_transparency(tmp_path: Path, dtype: Any, channels: int) -> None:
    """As it is, and where colours are weighted by it already."""
    largest = np.iinfo(dtype).max
    samples = random(12, 17, channels, dtype=dtype)
    samples[..., -1] |= largest // 2 + 1
    weighted = samples.copy()
    weighted[..., :-1] = np.rint(samples[..., :-1] * (samples[..., -1:] / largest))
    photometric = "rgb" if channels == 4 else "minisblack"
    for kind, stored, most in (("unassalpha", samples, 0), ("assocalpha", weighted, 1)):
        write(tmp_path / "a.tif", stored, photometric=photometric, planarconfig="contig", extrasamples=[kind])
        for suffix in (".tif", ".png"):
            assert resize(tmp_path / "a.tif", "-o", tmp_path / f"b{suffix}", "--scale", "1", "--mode", "nearest") == 0
        result = tifffile.imread(tmp_path / "b.tif")
        assert np.abs(result.astype(int) - samples).max() <= most
        for suffix in (".tif", ".png"):
            (tmp_path / f"b{suffix}").unlink()


@pytest.mark.parametrize(
    ("samples", "options", "says"),
    [
        (np.zeros((5, 6), "f4"), {"photometric": "miniswhite"}, "negative"),
        (np.zeros((5, 6), "i2"), {"photometric": "miniswhite"}, "negative"),
        (np.zeros((5, 6), "c8"), GREY, "complex"),
        (np.zeros((5, 6, 4), "f4"), {"photometric": "rgb", "extrasamples": ["unassalpha"]}, "transparency of 32 bits"),
        (np.zeros((5, 6, 4), "u4"), {"photometric": "rgb", "extrasamples": ["assocalpha"]}, "transparency of 32 bits"),
        (np.zeros((5, 6, 5), "u1"), {"photometric": "rgb", "extrasamples": ["unassalpha", "unspecified"]}, "further"),
        (np.zeros((5, 6, 5), "u1"), {"photometric": "rgb", "extrasamples": ["unassalpha", "unassalpha"]}, "further"),
        (np.zeros((5, 6, 5), "u1"), {"photometric": "separated", "extrasamples": ["unassalpha"]}, "further"),
        (np.zeros((5, 6, 3), "u1"), {"photometric": "cielab"}, "CIE L*a*b*"),
        (np.zeros((5, 6, 3), "u1"), {"photometric": "ycbcr"}, "YCbCr"),
        (np.zeros((3, 5, 6), "u1"), GREY, "3 frames or pages"),
        (np.zeros((32, 32, 32), "u1"), {**GREY, "volumetric": True, "tile": (16, 16, 16)}, "volume"),
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused(
    tmp_path: Path, capsys: Any, samples: Any, options: dict[str, Any], says: str
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", samples, metadata=None, **options)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4") == 1
    printed = capsys.readouterr().err
    assert says in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "b.tif").exists()


def test_samples_of_12_bits_are_refused(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.tif").write_bytes(small(random(5, 6, dtype=np.uint16) >> 4, 12, 1))
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4") == 1
    assert "12 bits" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_what_other_formats_do_not_hold(tmp_path: Path, capsys: Any, suffix: str) -> None:
    for kind, dtype in [("grey", "u4"), ("grey", "i1"), ("rgb", "f4"), ("rgb and unsaid", "u1")]:
        shape, options = KINDS[kind]
        write(tmp_path / "a.tif", np.zeros((5, 6, *shape), dtype), **options)
        assert resize(tmp_path / "a.tif", "-o", tmp_path / f"b{suffix}", "--size", "4") == 1
        assert "choose another format" in capsys.readouterr().err


# ---- Files -----------------------------------------------------------------------------------------------------------


def test_files_above_4_gb_have_another_structure(tmp_path: Path) -> None:
    samples = random(20, 30, 3, dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", samples, metadata=None, photometric="rgb", bigtiff=True, byteorder=">")
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), expected(samples, (8, 9)))


@pytest.mark.parametrize("predictor", [2, 3])
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_predictors_of_libtiff(tmp_path: Path, predictor: int, compression: str) -> None:
    samples = random(70, 50, dtype=np.float32)
    image = Image.fromarray(samples)
    image.save(tmp_path / "a.tif", compression=compression, tiffinfo={317: predictor})
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "8x9") == 0
    with Image.open(tmp_path / "b.tif") as result:
        np.testing.assert_array_equal(np.asarray(result), expected(samples, (8, 9)))


def test_descriptions_of_the_shape_are_left_out(tmp_path: Path) -> None:
    samples = random(20, 30)
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="minisblack")  # which describes its shape
    tifffile.imwrite(tmp_path / "b.tif", samples, photometric="minisblack", description="boats", metadata=None)
    for name, description in (("a.tif", None), ("b.tif", "boats")):
        assert resize(tmp_path / name, "-o", tmp_path / f"small-{name}", "--size", "8x9") == 0
        with Image.open(tmp_path / f"small-{name}") as result:
            assert result.getexif().get(270) == description


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"])
def test_damaged_files(tmp_path: Path, capsys: Any, compression: str) -> None:
    """Each is refused in one line, or was harmed where it does not matter."""
    Image.fromarray(random(40, 50, 3)).save(tmp_path / "a.tif", compression=compression)
    whole = (tmp_path / "a.tif").read_bytes()
    generator = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for index in range(30):
        damaged = bytearray(whole)
        at = int.from_bytes(whole[4:8], "little")
        damaged[int(generator.integers(at, at + 150)) % len(whole)] ^= 1 << int(generator.integers(8))
        (tmp_path / f"in/{index}.tif").write_bytes(damaged[: len(damaged) - index % 2 * int(generator.integers(9000))])
    assert resize(tmp_path / "in", "-o", tmp_path / "out", "--size", "4") in (0, 1)
    printed = capsys.readouterr().err
    assert all(line.startswith("swiftresample: ") for line in printed.splitlines())
    assert "Error: " not in printed


# ---- Further pictures, and damage ------------------------------------------------------------------------------------


def refusal(capsys: Any, *arguments: Any) -> str:
    capsys.readouterr()
    assert resize(*arguments, "--size", "4", "--force") == 1
    assert resize(*arguments, "--size", "4", "--force", "--dry-run") == 1
    return str(capsys.readouterr().err)


@pytest.mark.parametrize(
    "options", [{"truncate": True, "photometric": "minisblack"}, {"truncate": True, "imagej": True}]
)
def test_a_stack_behind_one_directory_is_refused(tmp_path: Path, capsys: Any, options: dict[str, Any]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", random(5, 12, 16), **options)
    assert "it has 5 frames or pages" in refusal(capsys, tmp_path / "a.tif", "-o", tmp_path / "b.tif")


def test_one_picture_with_a_shape_is_taken(tmp_path: Path) -> None:
    for index, (shape, options) in enumerate([((12, 16), {}), ((12, 16, 3), {}), ((12, 16), {"imagej": True})]):
        tifffile.imwrite(tmp_path / f"{index}.tif", random(*shape), **options)
        assert resize(tmp_path / f"{index}.tif", "-o", tmp_path / f"{index}.png", "--size", "4") == 0


@pytest.mark.parametrize(
    ("first", "second", "line"), [(1, 0, "a preview of another"), (0, 0, "a further picture"), (0, 1, "")]
)
def test_pictures_in_directories_of_their_own(tmp_path: Path, capsys: Any, first: int, second: int, line: str) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(random(12, 16), subifds=1, subfiletype=first, metadata=None)
        file.write(random(24, 32), subfiletype=second, metadata=None)
    if line:
        assert line in refusal(capsys, tmp_path / "a.tif", "-o", tmp_path / "b.tif")
    else:
        assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4") == 0


def test_a_fourth_band_that_nothing_is_said_of(tmp_path: Path) -> None:
    samples = random(12, 16, 4)
    samples[..., 3] = 0
    data = io.BytesIO()
    tifffile.imwrite(data, samples, photometric="rgb", metadata=None)
    (tmp_path / "a.tif").write_bytes(_without(data.getvalue(), 338))
    arguments = (tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "1", "--mode", "nearest")
    assert resize(*arguments) == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), samples)
    assert tifffile.TiffFile(tmp_path / "b.tif").pages[0].extrasamples == (0,)


def _without(data: bytes, tag: int) -> bytes:
    """Return a file in whose directory another, private tag stands in this tag's place."""
    head = tag.to_bytes(2, "little") + (3).to_bytes(2, "little") + (1).to_bytes(4, "little")
    assert data.count(head) == 1
    return data.replace(head, (65000).to_bytes(2, "little") + head[2:])


def test_a_palette_of_16_bits_is_refused(tmp_path: Path, capsys: Any) -> None:
    for factor, is_taken in ((257, True), (256, True), (255, False)):
        palette = (np.arange(768).reshape(3, 256) % 256 * factor).astype("u2")
        write(tmp_path / "a.tif", random(12, 16), photometric="palette", colormap=palette)
        arguments = (tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4", "--force")
        assert resize(*arguments) == (0 if is_taken else 1)
    assert "colours of 16 bits" in capsys.readouterr().err


@pytest.mark.parametrize("count", [2, 7, 500])
def test_damaged_exif_says_what_it_can(tmp_path: Path, count: int) -> None:
    tags = [(ORIENTATION, 3, 6), (305, 3, 1)]
    table = b"".join(
        tag.to_bytes(2, "big") + b"\0\3\0\0\0\1" + value.to_bytes(2, "big") + b"\0\0" for tag, _, value in tags
    )
    exif = b"Exif\0\0MM\0\x2a\0\0\0\x08" + count.to_bytes(2, "big") + table + bytes(4)
    Image.fromarray(random(12, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert resize(tmp_path / "a.jpg", "-o", tmp_path / "b.png", "--scale", "1") == 0
    assert Image.open(tmp_path / "b.png").size == (12, 20)


# ---- Other meanings of samples ---------------------------------------------------------------------------------------


def test_missing_samples_are_not_weighted(tmp_path: Path, capsys: Any) -> None:
    write(tmp_path / "a.tif", random(12, 16), extratags=[(42113, 2, 0, "255", True)], **GREY)
    arguments = (tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4")
    assert resize(*arguments) == 1
    assert "GDAL_NODATA" in capsys.readouterr().err
    assert resize(*arguments, "--mode", "nearest") == 0
    assert capsys.readouterr().err.endswith("a.tif: TIFF is written without its GDAL_NODATA\n")


def test_a_place_on_earth_is_left_out_and_said(tmp_path: Path, capsys: Any) -> None:
    write(tmp_path / "a.tif", random(12, 16), extratags=[(33550, 12, 3, (1.0, 1.0, 0.0), True)], **GREY)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4") == 0
    assert "without its place on earth (GeoTIFF)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "tag", "status"),
    [
        ("cmyk", (336, 3, 2, (0, 255), True), 0),
        ("cmyk", (336, 3, 2, (10, 245), True), 1),
        ("rgb", (532, 5, 6, (0, 1, 255, 1) * 3, True), 0),
        ("rgb", (532, 5, 6, (16, 1, 235, 1) * 3, True), 1),
    ],
    ids=str,
)
def test_other_black_and_white(tmp_path: Path, kind: str, tag: tuple[Any, ...], status: int) -> None:
    shape, options = KINDS[kind]
    write(tmp_path / "a.tif", random(12, 16, *shape), extratags=[tag], **options)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "4") == status


@pytest.mark.parametrize("compression", ["tiff_ccitt", "group3", "group4"])
def test_damaged_fax_is_refused(tmp_path: Path, capsys: Any, compression: str) -> None:
    picture = np.repeat(random(200, 50) > 127, 5, axis=1)
    Image.fromarray(picture).save(tmp_path / "a.tif", compression=compression)
    arguments = (tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "1", "--mode", "nearest", "--force")
    assert resize(*arguments) == 0
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.tif")), picture)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        middle = file.pages[0].dataoffsets[0] + file.pages[0].databytecounts[0] // 2
    for at in (middle, middle + 1, middle + 100):
        data[at] ^= 0x5A
    (tmp_path / "a.tif").write_bytes(data)
    assert resize(*arguments) == 1
    assert f"{tmp_path}/a.tif: its samples" in capsys.readouterr().err


@pytest.mark.parametrize("options", [0, 1, 4])
def test_fax_of_several_strips(tmp_path: Path, options: int) -> None:
    picture = np.repeat(random(500, 50) > 127, 5, axis=1)
    for compression in ("group3", "group4"):
        tags = {292: options} if compression == "group3" else {}
        Image.fromarray(picture).save(tmp_path / "a.tif", compression=compression, strip_size=3000, tiffinfo=tags)
        arguments = (tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--scale", "1", "--mode", "nearest", "--force")
        assert resize(*arguments) == 0
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.tif")), picture)
