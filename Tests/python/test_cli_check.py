"""``swiftresample check`` sees equal arrays, shifts and stretches, and what is neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swiftresample as sr
from swiftresample.cli import main
from swiftresample.cli.check import displacement

pytestmark = pytest.mark.slow

GENERATOR = np.random.default_rng(0)


def smooth(y: Any, x: Any) -> Any:
    """A picture known at every point, (1, 1, H, W)."""
    y, x = np.meshgrid(y, x, indexing="ij")
    return (np.sin(0.31 * y + 0.2 * x) + np.cos(0.23 * x - 0.11 * y) + 0.3 * np.sin(0.45 * x))[None, None]


AT = np.arange(40.0), np.arange(50.0)
PICTURE = smooth(*AT)
NOISE = sr.interpolate(GENERATOR.random((1, 3, 12, 15)), size=(40, 50), mode="bicubic")


@pytest.fixture
def check(tmp_path: Path, capsys: Any) -> Any:
    def run(a: Any, b: Any, *arguments: str) -> tuple[int, str]:
        np.save(tmp_path / "a.npy", a)
        np.save(tmp_path / "b.npy", b)
        status = main(["check", str(tmp_path / "a.npy"), str(tmp_path / "b.npy"), *arguments])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def test_equal(check: Any) -> None:
    status, printed = check(PICTURE, PICTURE)
    assert status == 0
    assert printed.endswith("\nequal\n")


@pytest.mark.parametrize(("tolerance", "status"), [("0.5", 0), ("0.49", 1), ("0", 1)])
def test_tolerance(check: Any, tolerance: str, status: int) -> None:
    other = np.zeros_like(PICTURE)
    other[0, 0, 3, 4] = 0.5
    done, printed = check(np.zeros_like(PICTURE), other, "--tolerance", tolerance)
    assert done == status
    assert "at (0, 0, 3, 4)" in printed


@pytest.mark.parametrize("shift", [(0.5, 0.5), (-0.5, 0.5), (0.5, 0.0), (0.25, -0.1), (0.05, 0.0)])
def test_parts_of_a_sample(shift: tuple[float, float]) -> None:
    found = displacement(PICTURE, smooth(AT[0] + shift[0], AT[1] + shift[1]))
    np.testing.assert_allclose(found.shift, shift, atol=0.01)
    np.testing.assert_allclose(found.stretch, 0, atol=0.01)
    assert found.left < 0.05


@pytest.mark.parametrize("shift", [(1, 0), (-3, 2), (5, -4), (3.5, 0.5)])
def test_whole_samples(shift: tuple[float, float]) -> None:
    found = displacement(PICTURE, smooth(AT[0] + shift[0], AT[1] + shift[1]))
    np.testing.assert_allclose(found.shift, shift, atol=0.03)


def test_half_a_sample_is_named(check: Any) -> None:
    status, printed = check(PICTURE, smooth(AT[0] + 0.5, AT[1] + 0.5))
    assert status == 1
    assert "B is A read +0.50, +0.50 samples further; half a sample" in printed


def test_half_a_sample_of_a_resize_without_half_pixel_centres(check: Any) -> None:
    """Coordinates i / 2 instead of (i + 0.5) / 2 - 0.5 are half an output sample further on."""
    image = smooth(np.arange(30.0), np.arange(30.0)).astype(np.float32)
    right = sr.interpolate(image, size=(60, 60), mode="bilinear")
    taps = np.arange(60) / 2
    low = np.floor(taps).astype(int)
    high, t = np.minimum(low + 1, 29), (taps - low).astype(np.float32)
    rows = image[:, :, low] * (1 - t)[:, None] + image[:, :, high] * t[:, None]
    wrong = rows[..., low] * (1 - t) + rows[..., high] * t
    status, printed = check(right, wrong)
    assert status == 1
    assert "B is A read +0.50, +0.50 samples further" in printed


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_align_corners_is_a_stretch(check: Any, mode: str) -> None:
    a, b = (sr.interpolate(NOISE, size=(80, 100), mode=mode, align_corners=corners) for corners in (False, True))
    status, printed = check(a, b)
    assert status == 1
    assert "align_corners is on in one and off in the other" in printed
    found = displacement(a, b)
    np.testing.assert_allclose(found.stretch, -0.5, atol=0.05)  # half an output sample at the edges
    np.testing.assert_allclose(found.shift, 0, atol=0.02)


def test_a_factor_against_the_sizes(check: Any) -> None:
    a = sr.interpolate(NOISE, scale_factor=1.515, mode="bilinear")
    b = sr.interpolate(NOISE, size=a.shape[2:], mode="bilinear")
    status, printed = check(a, b)
    assert status == 1
    assert "moved and stretched: their scales differ" in printed


@pytest.mark.parametrize("what", ["noise", "offset", "transposed", "one sample"])
def test_what_is_no_shift(check: Any, what: str) -> None:
    square = PICTURE[..., :40]
    other = {
        "noise": GENERATOR.random(square.shape),
        "offset": square + 1,
        "transposed": square.swapaxes(2, 3),
        "one sample": square.copy(),
    }[what]
    if what == "one sample":
        other[0, 0, 20, 20] += 3
    status, printed = check(square, other)
    assert status == 1
    assert "no shift or stretch explains it" in printed


def test_one_and_three_axes() -> None:
    line = np.sin(0.3 * np.arange(40.0))[None, None]
    moved = np.sin(0.3 * (np.arange(40.0) + 0.5))[None, None]
    np.testing.assert_allclose(displacement(line, moved).shift, [0.5], atol=0.01)
    volume = sr.interpolate(GENERATOR.random((1, 1, 5, 6, 7)), size=(20, 21, 22), mode="trilinear")
    found = displacement(volume[:, :, :-1], volume[:, :, 1:])
    np.testing.assert_allclose(found.shift, [1, 0, 0], atol=0.01)


def test_an_axis_too_short_to_tell(check: Any) -> None:
    status, printed = check(PICTURE[:, :, :3], smooth(AT[0][:3], AT[1] + 0.5))
    assert status == 1
    assert "along H: too short" in printed
    assert "+0.50 samples further" in printed


def test_nan(check: Any) -> None:
    other = PICTURE.copy()
    other[0, 0, 1, 2] = np.nan
    assert check(other, other)[0] == 0
    status, printed = check(PICTURE, other, "--tolerance", "10")
    assert status == 1
    assert "inf at (0, 0, 1, 2)" in printed


def test_large_integers(check: Any) -> None:
    a = np.full((1, 1, 4, 4), 2**60, np.int64)
    assert check(a, a)[0] == 0
    assert check(a, a + 1)[0] == 1


def test_shapes(check: Any) -> None:
    status, printed = check(PICTURE, PICTURE[:, :, 1:])
    assert status == 1
    assert printed.endswith("different: they have different shapes\n")


def test_images(tmp_path: Path, capsys: Any) -> None:
    images = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    samples = (PICTURE[0, 0] * 40 + 128).astype(np.uint8)
    images.fromarray(samples).save(tmp_path / "a.png")
    images.fromarray(np.roll(samples, 1, 1)).save(tmp_path / "b.png")
    assert main(["check", str(tmp_path / "a.png"), str(tmp_path / "a.png")]) == 0
    assert main(["check", str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 1
    assert "B is A read -0.00, -1.00 samples" in capsys.readouterr().out.replace("+0.00", "-0.00")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.npy"], "required: B"),
        (["a.npy", "missing.npy"], "missing.npy does not exist"),
        (["a.npy", "a.txt"], "neither .npy nor an image"),
        (["a.npy", "broken.npy"], "broken.npy cannot be read"),
        (["a.npy", "a.npy", "--tolerance", "-1"], "0 or more"),
    ],
)
def test_refused(tmp_path: Path, monkeypatch: Any, capsys: Any, arguments: list[str], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", PICTURE)
    Path("broken.npy").write_text("nothing")
    try:
        status = main(["check", *arguments])
    except SystemExit as exit:
        status = exit.code
    printed = capsys.readouterr()
    assert status == 2
    assert says in printed.err
    assert printed.err.count("\n") == 1
