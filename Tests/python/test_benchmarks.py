"""The benchmarks do what they say: peers compute the same, a slowdown is found, a run writes what it measured."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHECKOUT

import swiftresample as sr

pytestmark = pytest.mark.slow

BENCHMARKS = CHECKOUT / "benchmarks"
if not BENCHMARKS.is_dir():
    pytest.skip("this is no checkout: there are no benchmarks", allow_module_level=True)

PEERS = ("PyTorch", "ONNX Runtime", "OpenCV", "OpenVINO", "Pillow", "fast_image_resize")

TINY = "bilinear 1x1x4x4 x2"
OTHER_OPERATORS = (
    "onnx.resize",
    "opencv.resize",
    "pillow.resize",
    "pixel_shuffle",
    "pixel_unshuffle",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "grid_sample",
    "carafe",
    "ResizeConv2d",
)

# In processes of their own: the threads of all these libraries are not for the tests of forks to meet, and modules of
# the benchmarks have the names of modules here.
MAIN = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
sys.exit(importlib.import_module(sys.argv[2]).main(sys.argv[3:]))
"""
NAMES = """
import sys
sys.path.insert(0, sys.argv[1])
import measured_cases as cases, peers
from swiftresample._benchmarks.equivalents import EQUIVALENTS
assert sys.argv[2:] == [peer.name for peer in peers.PEERS]
for group in (cases.CASES, cases.COUNTED, cases.CHECKED):
    names = [case.name for case in group]
    assert len(names) == len(set(names)), names
    assert {case.operator for case in group} <= set(EQUIVALENTS)
    assert {peer for of in EQUIVALENTS.values() for peer in of} <= set(sys.argv[2:])
"""
# The arrays and results of every case have the shapes, and the bytes, that the case says.
SHAPES = """
import sys
sys.path.insert(0, sys.argv[1])
import measured_cases as cases
for case in cases.CHECKED:
    arrays, out = case.arrays(), case.output()
    calls = case.calls(arrays, out)
    assert tuple(calls) == case.ways
    results = [call() for call in calls.values()]
    assert all(result.shape == case.output_shape == out.shape for result in results), case.name
    assert all((result == results[0]).all() for result in results), case.name
    fed = sum(array.nbytes for array in arrays[:case.feeds])
    assert case.bytes == fed + out.nbytes, case.name
print(*sorted({case.function for case in cases.CHECKED}))
"""
# A peer whose result has another shape is left out, and does not end the run.
OTHER_SHAPE = """
import sys, types
sys.path.insert(0, sys.argv[1])
import measured_cases as cases, numpy as np
from swiftresample._benchmarks.peer import FRESH, CannotDo, Contender
from swiftresample._benchmarks.peers import prepare_checked
case = cases.CHECKED[0]
contender = Contender(lambda: None, lambda: np.zeros(7).reshape(case.output_shape), FRESH)
peer = types.SimpleNamespace(name="PyTorch", prepare=lambda case, arrays, threads: contender)
try:
    prepare_checked(peer, case, case.arrays(), case.output(), 1)
except CannotDo as reason:
    print(reason)
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_benchmark(run_python: Run) -> Run:
    """Runs a program of the benchmarks with arguments."""

    def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run_python(MAIN, str(BENCHMARKS), program, *(str(argument) for argument in arguments))

    return run


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_computes_the_same(run_benchmark: Run, name: str) -> None:
    finished = run_benchmark("peers", name)
    print(finished.stdout)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    if "not installed" in finished.stdout:
        pytest.skip(finished.stdout.strip())
    assert " same " in finished.stdout
    assert "DIFFERENT" not in finished.stdout


def test_a_result_of_another_shape_is_something_else(run_python: Run) -> None:
    finished = run_python(OTHER_SHAPE, str(BENCHMARKS))
    assert finished.stdout.startswith("computes something else: cannot reshape"), finished.stderr


def test_every_case_has_a_name_of_its_own(run_python: Run) -> None:
    finished = run_python(NAMES, str(BENCHMARKS), *PEERS)
    assert finished.returncode == 0, finished.stderr


def test_a_case_is_what_it_says(run_python: Run) -> None:
    finished = run_python(SHAPES, str(BENCHMARKS))
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.split() == sorted((*OTHER_OPERATORS, "interpolate"))


def test_a_slowdown_is_found(run_benchmark: Run, tmp_path: Path) -> None:
    file = tmp_path / "recorded.json"
    arguments = ("--cases", f"^{TINY}$", "--seconds", "0.02", "--recorded", file)
    finished = run_benchmark("compare", *arguments, "--record")
    assert finished.returncode == 0, finished.stdout + finished.stderr

    def plant(factor: float) -> None:
        document = json.loads(file.read_text())
        for entry in next(iter(document.values())).values():
            entry["cases"] = {name: ratio * factor for name, ratio in entry["cases"].items()}
        file.write_text(json.dumps(document))

    plant(1 / 3)  # as if the library had been three times as fast
    finished = run_benchmark("compare", *arguments)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert f"SLOWER: {TINY}" in finished.stdout
    assert "measured 5 times" in finished.stdout

    plant(9)
    finished = run_benchmark("compare", *arguments)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "SLOWER" not in finished.stdout


def test_each_instruction_set_has_ratios_of_its_own(run_python: Run, tmp_path: Path) -> None:
    """All of this processor but the baseline, or the one that is named."""
    file = tmp_path / "recorded.json"
    arguments = (
        str(BENCHMARKS),
        "compare",
        "--cases",
        f"^{TINY}$",
        "--seconds",
        "0",
        "--recorded",
        str(file),
        "--record",
    )
    best = sr.instruction_set()
    for named, sets in (("", {"avx512": ["avx512", "avx2"]}.get(best, [best])), ("baseline", ["baseline"])):
        file.unlink(missing_ok=True)
        finished = run_python(MAIN, *arguments, RESAMPLE_INSTRUCTION_SET=named)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        (entry,) = json.loads(file.read_text()).values()
        assert [key.rpartition(", ")[2] for key in entry] == sets


def test_goals_are_those_of_the_instruction_set(run_python: Run) -> None:
    arguments = (
        str(BENCHMARKS),
        "run",
        "--cases",
        "^lanczos 1x3x1080x1920 .*uint8",
        "--threads",
        "1",
        "--seconds",
        "0",
    )
    finished = run_python(MAIN, *arguments, RESAMPLE_INSTRUCTION_SET="baseline")
    assert finished.returncode == 0, finished.stderr
    assert "Goals" not in finished.stdout
    assert "instr. a" in finished.stdout


def test_an_unknown_processor_is_not_compared(run_benchmark: Run, tmp_path: Path) -> None:
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps({"time over the time of a copy, one thread": {"some other": {"cases": {}}}}))
    finished = run_benchmark("compare", "--cases", f"^{TINY}$", "--recorded", file)
    assert finished.returncode == 0
    assert finished.stdout.startswith("not compared")


def test_a_run_prints_and_writes_what_it_measured(run_benchmark: Run, tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    finished = run_benchmark("run", "--cases", f"^{TINY}$", "--threads", "1", "--seconds", "0.05", "--json", file)
    assert finished.returncode == 0, finished.stderr
    assert TINY in finished.stdout
    document = json.loads(file.read_text())
    (result,) = document["results"]
    assert result["case"] == TINY
    assert result["threads"] == 1
    for contender in ("copy", "Plan(out=)", "interpolate()"):
        assert 0 < result["timings"][contender]["best"] <= result["timings"][contender]["median"]
    assert set(PEERS) == document["missing"].keys() | document["peers"].keys()
    assert document["peers"].keys() == (result["timings"].keys() | result["left_out"].keys()) & set(PEERS)


def test_every_operator_is_measured(run_benchmark: Run, tmp_path: Path) -> None:
    file, picture = tmp_path / "times.json", tmp_path / "times.png"
    arguments = ("--cases", "^pixel_unshuffle|^ResizeConv2d", "--threads", "1", "--seconds", "0", "--json", file)
    has_matplotlib = importlib.util.find_spec("matplotlib") is not None
    finished = run_benchmark("run", *arguments, *(("--plot", picture) if has_matplotlib else ()), "--verbose")
    assert finished.returncode == 0, finished.stderr
    unshuffle, resize_conv = json.loads(file.read_text())["results"]
    assert unshuffle["ours"] == ["pixel_unshuffle(out=)", "pixel_unshuffle()"]
    assert resize_conv["ours"] == ["ResizeConv2d()"]
    for result in (unshuffle, resize_conv):
        assert set(result["ours"]) <= result["timings"].keys()
        assert set(result["ours"]) == result["best_peer_over_ours"].keys()
    assert picture.is_file() == has_matplotlib


def test_a_program_without_such_cases_says_so(run_benchmark: Run) -> None:
    for program in ("run", "compare", "instructions"):
        finished = run_benchmark(program, "--cases", "no such case")
        assert finished.returncode == 2
        assert "no such case" in finished.stderr


@pytest.mark.skipif(not (shutil.which("valgrind") and shutil.which("cc")), reason="needs valgrind and a C compiler")
def test_instructions_are_counted_and_compared(run_benchmark: Run, tmp_path: Path) -> None:
    file = tmp_path / "recorded.json"
    arguments = ("--cases", f"^{TINY}$", "--instruction-set", "baseline", "--recorded", file)
    finished = run_benchmark("instructions", *arguments, "--record")
    assert finished.returncode == 0, finished.stderr
    recorded = json.loads(file.read_text())
    (entry,) = recorded["instructions an output sample"].values()
    assert 1 < entry["cases"][TINY] < 10_000

    assert run_benchmark("instructions", *arguments).returncode == 0
    entry["cases"][TINY] /= 1.1
    file.write_text(json.dumps(recorded))
    finished = run_benchmark("instructions", *arguments)
    assert finished.returncode == 1
    assert f"MORE INSTRUCTIONS: {TINY}" in finished.stdout
