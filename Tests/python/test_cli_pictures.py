"""``swiftresample grid`` and ``swiftresample bench``."""

from __future__ import annotations

import json
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swiftresample as sr
from swiftresample._benchmarks import peer, peers
from swiftresample._benchmarks.case import Interpolate
from swiftresample._modes import MODES
from swiftresample.cli import bench, grid, main
from swiftresample.cli._common import Filter

pytestmark = pytest.mark.slow

pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def run(*arguments: Any) -> int:
    try:
        return main(list(map(str, arguments)))
    except SystemExit as exit:
        return exit.code


@pytest.mark.parametrize("suffix", [".svg", ".png"])
@pytest.mark.parametrize(("input", "output"), [("4", "8"), ("4x4", "8x8"), ("1", "1"), ("7x5", "3x9"), ("64", "63")])
def test_pictures(tmp_path: Path, suffix: str, input: str, output: str) -> None:
    path = tmp_path / f"picture{suffix}"
    assert run("grid", "--in", input, "--out", output, "-o", path) == 0
    content = path.read_bytes()
    if suffix == ".svg":
        assert xml.etree.ElementTree.fromstring(content).tag.endswith("svg")
    else:
        assert content.startswith(b"\x89PNG")
    assert run("grid", "--in", input, "--out", output, "-o", path, "--force") == 0
    assert path.read_bytes() == content  # the same picture is the same file


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("input", ["4", "4x4"])
def test_every_mode(tmp_path: Path, mode: str, input: str) -> None:
    output = "x".join(["8"] * len(input.split("x")))
    assert run("grid", "--in", input, "--out", output, "--mode", mode, "-o", tmp_path / "a.svg") == 0


def test_the_samples_are_where_the_library_reads(tmp_path: Path) -> None:
    np.testing.assert_allclose(grid.positions(4, 8, Filter("linear", False, False)), np.arange(8) / 2 - 0.25)
    np.testing.assert_allclose(grid.positions(4, 8, Filter("bicubic", True, False)), np.arange(8) * 3 / 7, atol=1e-6)
    figure = pytest.importorskip("matplotlib.figure").Figure()
    grid.draw_image(figure, (4, 4), (8, 8), [Filter("linear", corners, False) for corners in (False, True)])
    for panel, corners in zip(figure.axes, (False, True)):
        (line,) = (line for line in panel.lines if line.get_label() == "output")
        taps = sr.axis_taps(4, 8, "linear", corners)
        np.testing.assert_array_equal(line.get_xdata(), np.tile(taps.coordinates, 8))
        np.testing.assert_array_equal(line.get_ydata(), np.repeat(taps.coordinates, 8))


def test_an_existing_picture_is_kept(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.svg").write_text("mine")
    assert run("grid", "--in", "4", "--out", "8", "-o", tmp_path / "a.svg") == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert (tmp_path / "a.svg").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--in", "4", "--out", "8x8", "-o", "a.svg"], "as many as each other"),
        (["--in", "4x4x4", "--out", "8x8x8", "-o", "a.svg"], "one axis or two"),
        (["--in", "65", "--out", "8", "-o", "a.svg"], "more than 64"),
        (["--in", "4", "--out", "8", "-o", "a.jpg"], "neither .svg nor .png"),
        (["--in", "4", "--out", "8", "-o", "missing/a.svg"], "no such folder"),
        (["--in", "4", "--out", "8", "-o", "a.svg", "--mode", "area", "--antialias"], "antialias"),
    ],
)
def test_refused(tmp_path: Path, monkeypatch: Any, capsys: Any, arguments: list[str], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("grid", *arguments) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib(run_python: Any, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['matplotlib'] = None; from swiftresample.cli import main;"
        "sys.exit(main(['grid', '--in', '4', '--out', '8', '-o', 'a.svg']))"
    )
    done = run_python(script)
    assert done.returncode == 2
    assert done.stderr == (
        "swiftresample: matplotlib is not installed: pip install matplotlib, or swiftresample with its extra [plot]\n"
    )


# ---- bench -----------------------------------------------------------------------------------------------------------

SMALL = (
    Interpolate("bilinear", (1, 2, 8, 8), 2),
    Interpolate("bilinear", (1, 3, 20, 30), (7, 9), dtype="uint8", channels_last=True, antialias=True),
)


@pytest.fixture
def small(monkeypatch: Any) -> None:
    monkeypatch.setattr(bench, "CASES", SMALL)
    monkeypatch.setattr(peers, "PEERS", (peers.PyTorch, peers.Pillow))  # the others' threads are not for tests of forks


def test_bench(small: None, tmp_path: Path, capsys: Any) -> None:
    before = sr.get_num_threads()
    arguments = ["--seconds", "0.01", "--json", tmp_path / "t.json", "--plot", tmp_path / "t.svg"]
    assert run("bench", *arguments) == 0
    printed = capsys.readouterr().out
    assert "memory copy" in printed
    found = json.loads((tmp_path / "t.json").read_text())
    photo = SMALL[1].name
    assert set(found["seconds"]) == {SMALL[0].name, photo}
    for times in found["seconds"].values():
        assert times[bench.OURS] > 0
        assert times[bench.COPY] > 0
    for name in ("Pillow", "PyTorch"):
        assert name in found["seconds"][photo] or name in found["not_installed"]
    assert found["versions"]["swiftresample"] == sr.__version__
    assert (tmp_path / "t.svg").read_text().startswith("<?xml")
    assert sr.get_num_threads() == before


def test_nobody_is_timed_computing_something_else(small: None, monkeypatch: Any, capsys: Any) -> None:
    class Wrong(peer.Peer):
        name, package, module = "Wrong", "numpy", "numpy"

        def prepare(self, case: Any, arrays: Any, threads: int) -> peer.Contender:
            return peer.Contender(lambda: None, lambda: case.output() * 0, peer.FRESH)

    class Missing(Wrong):
        name, package, module = "Missing", "no-such-package", "no_such_module"

    monkeypatch.setattr(peers, "PEERS", (Wrong, Missing))
    assert run("bench", "--seconds", "0.01") == 0
    printed = capsys.readouterr().out
    assert f"left out of {SMALL[0].name}: Wrong computes something else: up to" in printed
    assert "Missing: not installed (pip install no-such-package)" in printed
    assert "Wrong" not in printed.splitlines()[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "nan"], "--seconds"),
        (["--threads", "0"], "--threads"),
        (["--plot", "a.pdf"], "neither .svg nor .png"),
        (["--json", "missing/t.json"], "no such folder"),
    ],
)
def test_bench_refuses(capsys: Any, tmp_path: Path, monkeypatch: Any, arguments: list[str], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("bench", *arguments) == 2
    assert says in capsys.readouterr().err
