"""``swiftresample`` with files that are none, machines that lack something, and names that are not text."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli_resize import Image, files, random, refused, resize

import swiftresample
from swiftresample.cli import main

pytestmark = pytest.mark.slow

PACKAGES = str(Path(swiftresample.__file__).parents[1])
QUESTIONS = ("check", "diagnose")


def question(capsys: Any, name: str, *files: Any) -> str:
    """Return the one line that says why a question makes no sense."""
    capsys.readouterr()
    assert main([name, *map(str, files)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return str(line)


# ---- Reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUESTIONS)
def test_whatever_cannot_be_read_is_one_line(tmp_path: Path, capsys: Any, monkeypatch: Any, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.npy", "w") as archive:
        archive.writestr("a", b"a" * 1000)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "b.npy").write_bytes(whole[:50])
    for file in ("a.npy", "b.npy"):
        assert f"{file} cannot be read: " in question(capsys, name, tmp_path / file, tmp_path / file)
    os.mkfifo(tmp_path / "pipe.npy")
    assert "it is not a regular file" in question(capsys, name, tmp_path / "pipe.npy", tmp_path / "a.npy")
    Image.fromarray(random(40, 40)).save(tmp_path / "c.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert "DecompressionBombError" in question(capsys, name, tmp_path / "c.png", tmp_path / "c.png")


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_warnings(tmp_path: Path, capsys: Any, monkeypatch: Any, recwarn: Any, name: str) -> None:
    Image.fromarray(random(12, 12)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert main([name, str(tmp_path / "a.png"), str(tmp_path / "a.png")]) == 0
    assert not recwarn.list
    assert not capsys.readouterr().err


@pytest.mark.parametrize("name", QUESTIONS)
def test_pictures_of_any_number_of_bands(tmp_path: Path, name: str) -> None:
    tifffile = pytest.importorskip("tifffile", reason="tifffile is not installed")
    tifffile.imwrite(tmp_path / "a.tif", random(12, 16, 5), photometric="minisblack", planarconfig="contig")
    assert main([name, str(tmp_path / "a.tif"), str(tmp_path / "a.tif")]) == 0


def test_too_little_memory(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    np.save(tmp_path / "a.npy", random(8, 8))
    monkeypatch.setattr(np, "load", fail)
    assert question(capsys, "check", *[tmp_path / "a.npy"] * 2).endswith("cannot be read: not enough memory")
    assert resize(tmp_path / "a.npy", "-o", tmp_path / "b.npy", "--size", "4") == 1
    assert capsys.readouterr().err == f"swiftresample: {tmp_path}/a.npy: not enough memory\n"


# ---- Libraries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    ["ImportError('libjpeg.so.8: cannot open shared object file')", "ModuleNotFoundError('of no name')"],
)
def test_a_broken_library_is_one_line(tmp_path: Path, failure: str) -> None:
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text(f"raise {failure}")
    (tmp_path / "a.png").write_bytes(b"")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from swiftresample.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "resize", "a.png", "-o", "b.png", "--size", "4"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": PACKAGES},
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("swiftresample: pillow is installed, and cannot be loaded: ")


# ---- Names -----------------------------------------------------------------------------------------------------------


def test_names_in_a_locale_of_ascii(tmp_path: Path) -> None:
    np.save(tmp_path / "é.npy", random(8, 8))
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": PACKAGES}
    for arguments in (
        ["resize", "é.npy", "-o", "ö.npy", "--size", "4"],
        ["resize", "é.npy", "-o", "ö.npy", "--size", "4", "--force"],
        ["check", "é.npy", "é.npy"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "swiftresample", *arguments],
            cwd=tmp_path,
            capture_output=True,
            env={**os.environ, **plain},
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    assert files(tmp_path) == ["é.npy", "ö.npy"]


def test_names_that_a_terminal_would_obey(tmp_path: Path, capsys: Any) -> None:
    name = "a\n\x1b[31mb.npy"
    np.save(tmp_path / name, random(8, 8))
    shown = "a\\n\\x1b[31mb.npy"
    assert main(["check", str(tmp_path / name), str(tmp_path / name)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"A  {tmp_path}/{shown}: (1, 1, 8, 8) uint8"
    assert resize(tmp_path / name, "-o", f"{tmp_path}/out/", "--size", "4", "--dry-run") == 0
    assert capsys.readouterr().out == f"{tmp_path}/{shown} -> {tmp_path}/out/{shown}  8x8 -> 4x4\n"
    assert f"{shown} would be written" in refused(capsys, tmp_path / name, "-o", tmp_path / name, "--size", "4")


# ---- Writing ---------------------------------------------------------------------------------------------------------


def test_force_keeps_permissions(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", random(8, 8))
    np.save(tmp_path / "b.npy", random(8, 8))
    for mode in (0o600, 0o664, 0o755):
        (tmp_path / "b.npy").chmod(mode)
        assert resize(tmp_path / "a.npy", "-o", tmp_path / "b.npy", "--size", "4", "--force") == 0
        assert (tmp_path / "b.npy").stat().st_mode & 0o777 == mode


def test_force_replaces_regular_files_alone(tmp_path: Path, capsys: Any) -> None:
    np.save(tmp_path / "a.npy", random(8, 8))
    os.mkfifo(tmp_path / "b.npy")
    arguments = (tmp_path / "a.npy", "-o", tmp_path / "b.npy", "--size", "4", "--force")
    assert "b.npy is not a regular file" in refused(capsys, *arguments)
    assert (tmp_path / "b.npy").is_fifo()


@pytest.mark.parametrize("suffix", [".npy", ".png", ".tif"])
def test_a_full_disk_names_the_output(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"a{suffix}"
    if suffix == ".npy":
        np.save(source, random(100, 100))
    else:
        Image.fromarray(random(100, 100)).save(source)
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))"
    script = f"{limit}; from swiftresample.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "resize", source, "-o", tmp_path / f"b{suffix}", "--size", "90"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"swiftresample: {source}: {tmp_path}/b{suffix} cannot be written: ")
    assert files(tmp_path) == [f"a{suffix}"]
