"""docs/choosing.md: its table and its picture are those of the scripts."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHECKOUT

pytestmark = pytest.mark.slow

DOCUMENT = CHECKOUT / "docs" / "choosing.md"
PICTURE = DOCUMENT.parent / "images" / "checkerboard.png"
CHECKERBOARD = CHECKOUT / "examples" / "checkerboard.py"
if not DOCUMENT.is_file():
    pytest.skip("this is no checkout: there is no docs/choosing.md", allow_module_level=True)

BEGIN, END = "<!-- table of benchmarks/choosing.py -->\n", "<!-- end of the table -->\n"

# In a process of its own: modules of the benchmarks have the names of modules here.
WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
sys.exit(__import__("choosing").main(["--seconds", "0", "--write", sys.argv[2]]))
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_table_has_the_ways_that_are_measured(run_python: Run, tmp_path: Path) -> None:
    copy = tmp_path / "choosing.md"
    copy.write_text(DOCUMENT.read_text())
    finished = run_python(WRITE, str(CHECKOUT / "benchmarks"), str(copy))
    assert finished.returncode == 0, finished.stderr
    written, committed = copy.read_text(), DOCUMENT.read_text()
    assert ways(written) == ways(committed), "python benchmarks/choosing.py --write"
    assert len(ways(written)) > 10
    assert [text.split(BEGIN)[0] for text in (written, committed)] == [written.split(BEGIN)[0]] * 2
    assert [text.split(END)[1] for text in (written, committed)] == [written.split(END)[1]] * 2


def ways(document: str) -> list[list[str]]:
    """Return the name, the parameters and the products of every row of the table."""
    (table,) = re.findall(f"{BEGIN}(.*){END}", document, re.DOTALL)
    rows = [line.strip("| ").split(" | ")[:3] for line in table.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_the_picture_is_there_and_small() -> None:
    assert PICTURE.stat().st_size < 60_000
    assert PICTURE.read_bytes().startswith(b"\x89PNG")


def test_the_picture_is_drawn(run_python: Run, tmp_path: Path) -> None:
    if not (importlib.util.find_spec("matplotlib") and importlib.util.find_spec("PIL")):
        pytest.skip("needs matplotlib and Pillow")
    picture = tmp_path / "checkerboard.png"
    script = "import runpy, sys\nsys.argv[:] = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    finished = run_python(script, str(CHECKERBOARD), "--output", str(picture))
    assert finished.returncode == 0, finished.stderr
    assert picture.stat().st_size < 60_000
    spreads = re.findall(r"^  (equal|random) +weights, (.*?) +([\d.]+)$", finished.stdout, re.MULTILINE)
    constant = {(weights, name) for weights, name, spread in spreads if float(spread) == 0}
    assert len(spreads) == 8
    assert {name for weights, name in constant if weights == "random"} == {"nearest x2, convolution k3"}
    assert {name for weights, name, _ in spreads if (weights, name) not in constant and weights == "equal"} == {
        "conv_transpose2d k3 s2"
    }
