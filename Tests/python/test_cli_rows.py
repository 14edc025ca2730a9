"""``swiftresample resize`` of large TIFF files, row by row: the files are those of the whole, and the memory is not."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli_resize import Image, random, resize
from test_cli_tiff import KINDS, tifffile, write

from swiftresample.cli import _resampling, _tiff
from swiftresample.cli import resize as command


@pytest.fixture
def by_rows(monkeypatch: Any) -> list[int]:
    """Have small files taken for large ones, with several strips; the list says how many rows were read at a time."""
    read: list[int] = []
    picture = _tiff.Rows.picture

    def counted(self: Any, first: int, stop: int) -> Any:
        read.append(stop - first)
        return picture(self, first, stop)

    monkeypatch.setattr(command, "_LARGE", 1)
    monkeypatch.setattr(command, "_announce", lambda path: None)
    monkeypatch.setattr(_resampling, "_BAND", 3000)
    monkeypatch.setattr(_tiff.Rows, "picture", counted)
    return read


LAYOUTS: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 7},
    "tiles": {"tile": (16, 32)},
    "compressed tiles": {"tile": (16, 32), "compression": "zlib"},
    "one strip": {"rowsperstrip": 120},
}
ALPHA = {"photometric": "rgb", "extrasamples": ["unassalpha"]}


def assert_files_are_those_of_the_whole(folder: Path, rows: list[int], monkeypatch: Any, *arguments: str) -> None:
    assert resize(folder / "a.tif", "-o", folder / "rows.tif", *arguments) == 0
    assert len(rows) > 4
    assert max(rows) < 120
    with monkeypatch.context() as patches:
        patches.setattr(command, "_LARGE", 1 << 60)
        assert resize(folder / "a.tif", "-o", folder / "whole.tif", *arguments) == 0
    assert (folder / "rows.tif").read_bytes() == (folder / "whole.tif").read_bytes()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["grey", "rgb", "planes", "five bands"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "f4"])
def test_every_layout(tmp_path: Path, by_rows: list[int], monkeypatch: Any, layout: str, kind: str, dtype: str) -> None:
    monkeypatch.setattr(_tiff, "_STRIP", 600)
    shape, options = KINDS[kind]
    predictor = {"predictor": 2} if "compressed" in layout and dtype != "f4" else {}
    write(tmp_path / "a.tif", random(120, 90, *shape, dtype=dtype), **options, **LAYOUTS[layout], **predictor)
    assert_files_are_those_of_the_whole(tmp_path, by_rows, monkeypatch, "--scale", "0.37x0.6")


@pytest.mark.parametrize("arguments", ["--mode nearest", "--mode bicubic", "--mode area", "--align-corners"])
@pytest.mark.parametrize("size", ["50x41", "119x91", "250x90"])
def test_every_way(tmp_path: Path, by_rows: list[int], monkeypatch: Any, arguments: str, size: str) -> None:
    write(tmp_path / "a.tif", random(120, 90, 3, dtype="u1"), photometric="rgb", rowsperstrip=8)
    assert_files_are_those_of_the_whole(tmp_path, by_rows, monkeypatch, "--size", size, *arguments.split())


@pytest.mark.parametrize("opaque", ["everywhere", "but for one", "nowhere"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_alpha(tmp_path: Path, by_rows: list[int], monkeypatch: Any, opaque: str, dtype: str) -> None:
    """What one pixel says about alpha decides how all are weighted."""
    samples = random(120, 90, 4, dtype=dtype)
    if opaque != "nowhere":
        samples[..., 3] = np.iinfo(dtype).max
    if opaque == "but for one":
        samples[100, 50, 3] -= 1
    write(tmp_path / "a.tif", samples, rowsperstrip=8, **ALPHA)
    assert_files_are_those_of_the_whole(tmp_path, by_rows, monkeypatch, "--size", "60")
    if dtype == "u1":
        status = resize(tmp_path / "a.tif", "-o", tmp_path / "a.jpg", "--size", "60")
        assert status == (0 if opaque == "everywhere" else 1)


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "L"])
@pytest.mark.parametrize("compression", ["packbits", "tiff_lzw", "raw"])
def test_what_pillow_writes(tmp_path: Path, by_rows: list[int], monkeypatch: Any, mode: str, compression: str) -> None:
    image = Image.fromarray(random(120, 900, 3)).convert(mode)
    row = 113 if mode == "1" else 900 * len(image.getbands())
    image.save(tmp_path / "a.tif", compression=compression, strip_size=8 * row)
    monkeypatch.setattr(_tiff, "_STRIP", 8 * row)
    monkeypatch.setattr(_resampling, "_BAND", 20 * 900 * len(image.getbands()))
    for arguments in (["--size", "80x70"], ["--size", "80x70", "--mode", "nearest", "--force"]):
        assert_files_are_those_of_the_whole(tmp_path, by_rows, monkeypatch, *arguments)


def test_another_format_is_that_of_the_whole(tmp_path: Path, by_rows: list[int], monkeypatch: Any) -> None:
    write(tmp_path / "a.tif", random(120, 90, 3), photometric="rgb", rowsperstrip=7)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "a.png", "--size", "50") == 0
    monkeypatch.setattr(command, "_LARGE", 1 << 60)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.png", "--size", "50") == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert max(by_rows) < 120


def test_damage_in_the_middle_leaves_no_file(tmp_path: Path, by_rows: list[int], capsys: Any) -> None:
    write(tmp_path / "a.tif", random(120, 90, 3), photometric="rgb", rowsperstrip=7, compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        place = file.pages[0].dataoffsets[12]
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[place : place + 8] = b"damaged!"
    (tmp_path / "a.tif").write_bytes(data)
    assert resize(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--size", "50") == 1
    assert "a.tif: its samples cannot be unpacked" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_a_picture_that_has_to_be_turned_is_decoded_as_a_whole(
    tmp_path: Path, by_rows: list[int], monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(command, "_LARGE", 1)
    write(tmp_path / "a.tif", random(120, 90), rowsperstrip=7, photometric="minisblack", extratags=[(274, "H", 1, 6)])
    Image.fromarray(random(100, 120, 3)).save(tmp_path / "b.png")
    for name, size in {"a.tif": "10.8 kB", "b.png": "36.0 kB"}.items():
        assert resize(tmp_path / name, "-o", tmp_path / "out.png", "--size", "50", "--force") == 0
        said = f"swiftresample: {tmp_path / name}: it is decoded as a whole, which takes {size} and more of memory\n"
        assert capsys.readouterr().err == said
    assert not by_rows


MEASURED = """
import re
from swiftresample.cli import _resampling, main, resize
def peak():  # not getrusage: a process begins with what its parent had
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
resize._LARGE, _resampling._BAND = 1 << 20, 1 << 20
main(["resize", "small.tif", "-o", "first.tif", "--scale", "0.7"])  # imports, and whatever is made once
before = peak()
assert main(["resize", "large.tif", "-o", "out.tif", "--scale", "0.7"]) == 0
print((peak() - before) // 1024)
"""


@pytest.mark.slow
def test_the_memory_is_bounded(tmp_path: Path, monkeypatch: Any, run_python: Any) -> None:
    """Neither the picture, 96 MB, nor its result, 47 MB, is in memory."""
    monkeypatch.chdir(tmp_path)
    strip = zlib.compress(bytes(128 * 5000 * 3))
    for name, height in {"small": 512, "large": 6400}.items():
        strips = (strip for _ in range(0, height, 128))
        options = {"rowsperstrip": 128, "compression": "zlib", "photometric": "rgb"}
        tifffile.imwrite(f"{name}.tif", strips, shape=(height, 5000, 3), dtype="u1", **options)
    done = run_python(MEASURED)
    assert int(done.stdout.split()[-1]) < 20, done.stderr
