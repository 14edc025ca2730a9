"""docs/performance.md: its tables are what benchmarks/performance.py writes from what was recorded."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHECKOUT

pytestmark = pytest.mark.slow

DOCUMENT = CHECKOUT / "docs" / "performance.md"
RECORDED = CHECKOUT / "benchmarks" / "recorded.json"
if not DOCUMENT.is_file():
    pytest.skip("this is no checkout: there is no docs/performance.md", allow_module_level=True)

BEGIN, END = "<!-- table of benchmarks/performance.py -->\n", "<!-- end of the table -->\n"

# In a process of its own: modules of the benchmarks have the names of modules here.
MAIN = """
import sys
sys.path.insert(0, sys.argv[1])
sys.exit(__import__("performance").main(sys.argv[2:]))
"""

X2, PHOTO = "1x64x128x128 x2", "1x3x1080x1920 to 224x224, uint8"
SENTENCES = {
    "{:.2f} for nearest, {:.2f} for bilinear, {:.2f} for bicubic; volumes take {:.1f}": (
        f"nearest {X2}",
        f"bilinear {X2}",
        f"bicubic {X2}",
        "trilinear 1x32x32x64x64 x2",
    ),
    "{:.0f} copies with bilinear, {:.0f} with bicubic, {:.0f} with lanczos": tuple(
        f"{mode} {PHOTO}, antialias, channels-last" for mode in ("bilinear", "bicubic", "lanczos")
    ),
    "{:.0f} copies, and aliasing": (f"bilinear {PHOTO}, channels-last",),
    "x2 of 64 channels {:.2f} contiguous and {:.2f} channels last": (f"bilinear {X2}", f"bilinear {X2}, channels-last"),
    "of 3 channels to 511x877 {:.2f} and {:.2f}": (
        "bilinear 1x3x333x517 to 511x877",
        "bilinear 1x3x333x517 to 511x877, channels-last",
    ),
    "photograph {:.0f} and {:.0f}": (
        f"bilinear {PHOTO}, antialias",
        f"bilinear {PHOTO}, antialias, channels-last",
    ),
    "{:.1f} and {:.1f} copies where float32 takes {:.1f}": (
        f"bilinear {X2}, float16",
        f"bilinear {X2}, bfloat16",
        f"bilinear {X2}",
    ),
}

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_performance(run_python: Run) -> Run:
    return lambda *arguments: run_python(MAIN, str(CHECKOUT / "benchmarks"), *map(str, arguments))


def test_the_tables_are_those_of_the_recorded_ratios(run_performance: Run, tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    committed = DOCUMENT.read_text()
    before, rest = committed.split(BEGIN)
    copy.write_text(before + BEGIN + "of another day\n" + END + rest.split(END)[1])
    finished = run_performance("--write", copy)
    assert finished.returncode == 0, finished.stderr
    assert copy.read_text() == committed, "python benchmarks/performance.py --write"


def test_every_recorded_ratio_is_in_the_tables() -> None:
    """And the day, and the processor."""
    (written,) = re.findall(f"{BEGIN}(.*){END}", DOCUMENT.read_text(), re.DOTALL)
    recorded = json.loads(RECORDED.read_text())["time over the time of a copy, one thread"]
    assert recorded
    for key, entry in recorded.items():
        processor, _, instruction_set = key.rpartition(", ")
        (part,) = re.findall(rf"^One thread of an {re.escape(processor)};\n.*?(?=^One thread|\Z)", written, re.M | re.S)
        made = part.splitlines()[1].rstrip(".").split("; ")
        assert f"{instruction_set}: swiftresample {entry['library']}, {entry['time']}" in made
        column = [line.partition(":")[0] for line in made].index(instruction_set)
        rows = re.findall(r"^\| (.*?) \| [\d.e+]+ \| ([-\d.e+ |]+) \|$", part, re.MULTILINE)
        ratios = {name: cells.split(" | ")[column] for name, cells in rows}
        found = {name: float(ratio) for name, ratio in ratios.items() if ratio != "-"}
        assert found == pytest.approx(entry["cases"], rel=6e-3)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_text_says_what_was_recorded(sentence: str) -> None:
    """Of the first processor."""
    entry = next(iter(json.loads(RECORDED.read_text())["time over the time of a copy, one thread"].values()))
    words = sentence.format(*(entry["cases"][case] for case in SENTENCES[sentence]))
    assert words in " ".join(DOCUMENT.read_text().split())


def test_a_case_that_is_no_more_is_named(run_performance: Run, tmp_path: Path) -> None:
    file = tmp_path / "recorded.json"
    recorded = json.loads(RECORDED.read_text())
    for entry in recorded["time over the time of a copy, one thread"].values():
        entry["cases"]["cubist 1x1x4x4 x2"] = 1.0
    file.write_text(json.dumps(recorded))
    finished = run_performance("--recorded", file)
    assert finished.returncode == 1
    assert "cubist" in finished.stderr


def test_a_page_without_the_marks_is_left_alone(run_performance: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    finished = run_performance("--write", page)
    assert finished.returncode == 1
    assert BEGIN.strip() in finished.stderr
    assert page.read_text() == "nothing\n"
