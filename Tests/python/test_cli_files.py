"""Files as ``swiftresample`` finds, names and replaces them: names of all kinds, links, archives, what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli_resize import Image, files, random, refused, resize

import swiftresample as sr
from swiftresample.cli import main

pytestmark = pytest.mark.slow

# ---- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["a", "é", "日", "🙂"])
@pytest.mark.parametrize("suffix", [".png", ".npy", ".tiff"])
def test_the_longest_names(tmp_path: Path, letter: str, suffix: str) -> None:
    """A name has at most 255 bytes, however many letters that is."""
    name = letter * ((255 - len(suffix)) // len(letter.encode())) + suffix
    source = tmp_path / f"a{suffix}"
    if suffix == ".npy":
        np.save(source, random(8, 8))
    else:
        Image.fromarray(random(8, 8)).save(source)
    assert resize(source, "-o", tmp_path / name, "--size", "4") == 0
    assert resize(source, "-o", tmp_path / name, "--size", "4", "--force") == 0
    assert resize(tmp_path / name, "-o", tmp_path / f"b{suffix}", "--size", "4") == 0
    assert files(tmp_path) == sorted([f"a{suffix}", f"b{suffix}", name])


NOT_UTF_8 = "bad\udcff.npy"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["resize", ".", "-o", "out/", "--size", "4", "--dry-run"], 0),
        (["resize", ".", "-o", "there/", "--size", "4", "--dry-run"], 0),
        (["resize", ".", "-o", "other/", "--size", "4x4x4"], 1),
        (["check", NOT_UTF_8, NOT_UTF_8], 0),
        (["check", NOT_UTF_8, "missing\udcff.npy"], 2),
        (["diagnose", NOT_UTF_8, NOT_UTF_8], 0),
        (["grid", "--in", "4", "--out", "8", "-o", "bad\udcff.svg"], 0),
    ],
    ids=str,
)
def test_names_that_are_no_text(tmp_path: Path, arguments: list[str], status: int) -> None:
    if arguments[0] == "grid":
        pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    encoding = "ascii" if "there/" in arguments else "utf-8"
    for name in (NOT_UTF_8, "there.npy", "ü.npy"):
        np.save(tmp_path / name, random(8, 8, dtype=np.float32))
    (tmp_path / "there").mkdir()
    np.save(tmp_path / "there" / NOT_UTF_8, random(4, 4, dtype=np.float32))
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-m", "swiftresample", *arguments],
        env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONIOENCODING": f"{encoding}:strict"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    printed = (done.stdout + done.stderr).decode(encoding)  # whatever reads it can
    assert done.returncode == status, printed
    assert "Error" not in printed
    assert "bad\\udcff" in printed or "missing\\udcff" in printed


# ---- Archives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_arrays_of_any_name(tmp_path: Path, compression: int) -> None:
    """Also those that are arguments of numpy.savez, and of Python's functions."""
    names = ["allow_pickle", "file", "args", "kwds", "self", "arr_0", "a/b", "../c", "a b", "日本", "x.npy", "", "1"]
    arrays = {name: random(1, 2, 8, 9, dtype=np.float32, seed=seed) for seed, name in enumerate(names)}
    with zipfile.ZipFile(tmp_path / "a.npz", "w", compression) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array)
    assert resize(tmp_path / "a.npz", "-o", tmp_path / "b.npz", "--size", "4x7") == 0
    with np.load(tmp_path / "b.npz") as result:
        assert result.files == names
        for name in names:
            np.testing.assert_array_equal(result[name], sr.interpolate(arrays[name], size=(4, 7), mode="bilinear"))
    with zipfile.ZipFile(tmp_path / "b.npz") as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {compression}


def test_members_whose_names_differ_by_the_suffix_or_by_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("a", "a.npy", "a.npy"):
            with archive.open(name, "w") as file:
                np.lib.format.write_array(file, random(4, 4))
    assert resize(tmp_path / "a.npz", "-o", tmp_path / "b.npz", "--size", "4") == 0
    with zipfile.ZipFile(tmp_path / "b.npz") as archive:
        assert archive.namelist() == ["a", "a.npy", "a.npy"]


@pytest.mark.parametrize("is_dry", [False, True])
def test_members_that_are_no_arrays(tmp_path: Path, capsys: Any, is_dry: bool) -> None:
    np.savez(tmp_path / "a.npz", x=random(4, 4))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("notes.txt", "not an array")
    arguments = ["--dry-run"] if is_dry else []
    assert resize(tmp_path / "a.npz", "-o", tmp_path / "b.npz", "--size", "4", *arguments) == 1
    assert "notes.txt: " in capsys.readouterr().err
    assert files(tmp_path) == ["a.npz"]


# ---- Links, and what macOS leaves ------------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A picture, and a link to another in another folder."""
    (tmp_path / "far").mkdir()
    Image.fromarray(random(8, 8)).save(tmp_path / "a.png")
    Image.fromarray(random(9, 9)).save(tmp_path / "far/b.png")
    (tmp_path / "link.png").symlink_to("far/b.png")
    return tmp_path


def test_force_replaces_what_a_link_points_to(linked: Path, capsys: Any) -> None:
    """As cp does: the link stays."""
    assert "--force replaces it" in refused(capsys, linked / "a.png", "-o", linked / "link.png", "--size", "4")
    assert resize(linked / "a.png", "-o", linked / "link.png", "--size", "4", "--force") == 0
    assert os.readlink(linked / "link.png") == "far/b.png"
    with Image.open(linked / "far/b.png") as result:
        assert result.size == (4, 4)
    assert resize(linked / "link.png", "-o", linked / "link.png", "--size", "3", "--force") == 0
    assert (linked / "link.png").is_symlink()
    with Image.open(linked / "far/b.png") as result:
        assert result.size == (3, 3)
    assert files(linked) == ["a.png", "far/b.png", "link.png"]


def test_links_to_nothing_and_in_circles(linked: Path, capsys: Any) -> None:
    (linked / "nothing.png").symlink_to("far/missing.png")
    (linked / "circle.png").symlink_to("circle.png")
    for name in ("nothing.png", "circle.png"):
        assert "--force replaces it" in refused(capsys, linked / "a.png", "-o", linked / name, "--size", "4")
        assert resize(linked / "a.png", "-o", linked / name, "--size", "4", "--force") == 1
        assert f"{name} cannot be written: it is a link to nothing" in capsys.readouterr().err
        assert (linked / name).is_symlink()


def test_two_outputs_that_are_one_file(linked: Path, capsys: Any) -> None:
    (linked / "in").mkdir()
    for name in ("b.png", "c.png"):
        shutil.copy(linked / "a.png", linked / "in" / name)
    (linked / "far/c.png").symlink_to("b.png")
    message = refused(capsys, linked / "in", "-o", linked / "far", "--size", "4", "--force")
    assert "would both become" in message


def test_companions_of_macos_are_no_pictures(tmp_path: Path, capsys: Any) -> None:
    """`._name.png` beside name.png, on disks that are not Apple's: what the file's icon and colours are."""
    (tmp_path / "in/deep").mkdir(parents=True)
    for folder in ("in", "in/deep"):
        Image.fromarray(random(8, 8)).save(tmp_path / folder / "a.png")
        Image.fromarray(random(8, 8)).save(tmp_path / folder / ".hidden.png")
        (tmp_path / folder / "._a.png").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X        ")
    assert resize(tmp_path / "in", "-o", tmp_path / "out", "--size", "4") == 0
    assert files(tmp_path / "out") == [".hidden.png", "a.png", "deep/.hidden.png", "deep/a.png"]
    assert resize(tmp_path / "in/**/*.png", "-o", tmp_path / "out2", "--size", "4") == 0
    assert files(tmp_path / "out2") == ["a.png", "deep/a.png"]
    capsys.readouterr()
    assert resize(tmp_path / "in/._a.png", "-o", tmp_path / "b.png", "--size", "4") == 1  # it was named
    assert "cannot identify image file" in capsys.readouterr().err
    (tmp_path / "only").mkdir()
    (tmp_path / "only/._a.png").write_bytes(b"\0\5\26\7")
    assert "has no file that is taken" in refused(capsys, tmp_path / "only", "-o", tmp_path / "out3", "--size", "4")


# ---- What is missing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", ["ModuleNotFoundError('no tqdm', name='tqdm')", "ImportError('a broken one')"])
def test_the_work_goes_on_without_a_bar(run_python: Any, tmp_path: Path, failure: str) -> None:
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, random(8, 8))
    script = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tqdm":
            raise {failure}
sys.meta_path.insert(0, Missing())
from swiftresample.cli import main
sys.exit(main(sys.argv[1:]))
"""
    done = run_python(script, "resize", f"{tmp_path}/a.npy", f"{tmp_path}/b.npy", "-o", f"{tmp_path}/o/", "--size", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert files(tmp_path) == ["a.npy", "b.npy", "o/a.npy", "o/b.npy"]


@pytest.mark.parametrize("what", ["missing.so", "text.so", ".", "other.so"])
def test_a_wrong_library_is_named_in_one_line(tmp_path: Path, what: str) -> None:
    (tmp_path / "text.so").write_text("no library")
    (tmp_path / "other.so").write_bytes(Path(sys.executable).read_bytes()[:100])
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
    script = tmp_path / "swiftresample"  # as pip writes it
    script.write_text("import sys\nfrom swiftresample.cli import main\nsys.exit(main())\n")
    for command in (["-m", "swiftresample"], [str(script)]):
        done = subprocess.run(
            [sys.executable, *command, "info"],
            env={**os.environ, "PYTHONPATH": path, "RESAMPLE_LIBRARY": str(tmp_path / what)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("swiftresample: ")
        assert str(tmp_path / what) in done.stderr
        assert done.stderr.count("\n") == 1


def test_the_package_itself_raises(run_python: Any, tmp_path: Path) -> None:
    done = run_python("import swiftresample", RESAMPLE_LIBRARY=str(tmp_path / "missing.so"))
    assert done.returncode == 1
    assert "ImportError: RESAMPLE_LIBRARY names" in done.stderr


def test_standard_output_of_another_kind(tmp_path: Path, monkeypatch: Any) -> None:
    """What is no file with an encoding is printed to as it is."""
    written: list[str] = []

    class Stream:
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdout", Stream())
    assert main(["explain", "--in", "2", "--out", "2"]) == 0
    assert "".join(written).startswith("linear, 2 -> 2 samples\n")
