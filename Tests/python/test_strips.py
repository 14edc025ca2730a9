"""examples/strips.c: what strips make is the whole, in memory that does not grow with the picture."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from arrays import assert_same_bits

import swiftresample as sr
from swiftresample._library import library

CHECKOUT = Path(__file__).parents[2]
COMPILER = shutil.which("cc")


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    program = tmp_path_factory.mktemp("strips") / "strips"
    folder = program.parent
    (folder / "libresample.so.0").symlink_to(Path(library._name).resolve())
    command = [COMPILER, "-O1", f"-I{CHECKOUT / 'include'}", CHECKOUT / "examples" / "strips.c", "-o", program]
    subprocess.run([*command, folder / "libresample.so.0", f"-Wl,-rpath,{folder}"], check=True)
    return program


def write(path: Path, image: np.ndarray) -> None:
    height, width, _ = image.shape
    path.write_bytes(b"P6 %d %d 255\n" % (width, height) + image.tobytes())


def read(path: Path) -> np.ndarray:
    header, _, pixels = path.read_bytes().partition(b"\n")
    width, height = map(int, header.split()[1:3])
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


def run(strips: Path, *arguments: object, megabytes: int = 100) -> None:
    """Run the program with so much memory at most, libraries and stack included."""
    limited = ["sh", "-c", f'ulimit -v {megabytes << 10} && exec "$@"', "sh", strips, *map(str, arguments)]
    subprocess.run(limited, check=True, env={**os.environ, "RESAMPLE_NUM_THREADS": "1"})


@pytest.mark.parametrize("size", [(1000, 700), (37, 41), (1, 1), (4000, 2500)])
def test_strips_make_the_whole(strips: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    # Of three strips, with 8 MB of it each.
    image = np.random.default_rng(0).integers(0, 256, (3000, 2500, 3), np.uint8)
    write(tmp_path / "in.ppm", image)
    whole = sr.interpolate(image.transpose(2, 0, 1)[None], size=size[::-1], mode="bilinear", antialias=True)
    expected = np.ascontiguousarray(whole[0].transpose(1, 2, 0))
    run(strips, tmp_path / "in.ppm", tmp_path / "out.ppm", *size)
    assert_same_bits(read(tmp_path / "out.ppm"), expected)
    width, height = size
    left, top, columns, rows = width // 3, height // 4, max(1, width // 2), max(1, height // 2)
    run(strips, tmp_path / "in.ppm", tmp_path / "part.ppm", *size, left, top, columns, rows)
    assert_same_bits(read(tmp_path / "part.ppm"), expected[top : top + rows, left : left + columns].copy())


def test_memory_does_not_grow_with_the_picture(strips: Path, tmp_path: Path) -> None:
    # A file of 60,000 x 40,000 pixels without a byte on the disk: what is not there reads as zeros.
    picture = tmp_path / "large.ppm"
    header = b"P6 60000 40000 255\n"
    picture.write_bytes(header)
    os.truncate(picture, len(header) + 3 * 60_000 * 40_000)
    run(strips, picture, tmp_path / "view.ppm", 15_000, 10_000, 7000, 4000, 1920, 1080)
    assert not read(tmp_path / "view.ppm").any()


def test_what_is_refused(strips: Path, tmp_path: Path) -> None:
    write(tmp_path / "in.ppm", np.zeros((20, 30, 3), np.uint8))
    short = tmp_path / "short.ppm"
    short.write_bytes((tmp_path / "in.ppm").read_bytes()[:-1])
    for arguments, words in (
        ([tmp_path / "absent.ppm", "out.ppm", 3, 4], "opened"),
        ([__file__, "out.ppm", 3, 4], "PPM"),
        ([short, "out.ppm", 3, 4], "too early"),
        ([tmp_path / "in.ppm", "out.ppm", 3, 0], "sizes"),
        ([tmp_path / "in.ppm", "out.ppm", 3, 4, 2, 0, 2, 2], "region"),
        ([tmp_path / "in.ppm", "out.ppm", 3], "usage"),
    ):
        finished = subprocess.run([strips, *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True)
        assert finished.returncode == 1
        assert words in finished.stderr
