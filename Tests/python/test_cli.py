"""The command: its parser, exit statuses, and what prints tables."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import swiftresample as sr
from swiftresample.cli import main
from swiftresample.cli._main import SUBCOMMANDS


def fails(capsys: Any, *arguments: str) -> str:
    """One line on stderr, status 2, nothing else; returns the line."""
    try:
        status = main(arguments)
    except SystemExit as exit:
        status = exit.code
    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1, printed.err
    return printed.err


def test_the_package_imports_neither_the_command_nor_the_benchmarks(run_python: Any) -> None:
    script = "import sys, swiftresample.nn; print([name for name in sys.modules if name.startswith({!r})])"
    for module in ("swiftresample.cli", "swiftresample._benchmarks"):
        done = run_python(script.format(module))
        assert done.stdout == "[]\n", done.stderr


def test_the_command_imports_no_optional_library(run_python: Any) -> None:
    script = (
        "import sys; from swiftresample.cli import main; main(['info']);"
        "print({'PIL', 'tqdm', 'matplotlib', 'torch', 'cv2', 'dask', 'zarr'} & set(sys.modules))"
    )
    done = run_python(script)
    assert done.stdout.endswith("set()\n"), done.stderr


def test_version(capsys: Any) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["--version"])
    assert exit.value.code == 0
    assert capsys.readouterr().out == f"swiftresample {sr.__version__}\n"


@pytest.mark.parametrize("module", SUBCOMMANDS)
def test_help_has_an_example(capsys: Any, module: Any) -> None:
    name = module.__name__.rpartition(".")[2]
    with pytest.raises(SystemExit) as exit:
        main([name, "--help"])
    assert exit.value.code == 0
    assert f"example: swiftresample {name} " in " ".join(capsys.readouterr().out.split())


def test_no_command(capsys: Any) -> None:
    assert "required: COMMAND" in fails(capsys)


def test_another_command(capsys: Any) -> None:
    assert "invalid choice: 'shrink'" in fails(capsys, "shrink")


def test_an_instruction_set_that_does_not_exist(run_python: Any) -> None:
    script = "import sys; from swiftresample.cli import main; sys.exit(main(['info']))"
    done = run_python(script, RESAMPLE_INSTRUCTION_SET="mmx")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("swiftresample: RESAMPLE_INSTRUCTION_SET must be")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_has_had_enough() -> None:
    command = [sys.executable, "-m", "swiftresample", "explain", "--in", "9", "--out", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.parametrize(
    ("redirection", "status", "says"),
    [
        ("> /dev/full", 2, "swiftresample: standard output: No space left on device\n"),
        (">&-", 0, ""),
    ],
)
def test_an_output_that_takes_nothing(redirection: str, status: int, says: str) -> None:
    command = f"{sys.executable} -m swiftresample explain --in 4 --out 8 {redirection}"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, says)


# ---- info ------------------------------------------------------------------------------------------------------------


def test_info(capsys: Any) -> None:
    assert main(["info"]) == 0
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["version"].strip() == sr.__version__
    assert lines["instruction set"].strip() == sr.instruction_set()


def test_info_as_json(capsys: Any) -> None:
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["numpy"] == np.__version__
    assert facts["threads"] == sr.get_num_threads()
    assert facts["library"].endswith(".so")


# ---- explain ---------------------------------------------------------------------------------------------------------


def test_explain(capsys: Any) -> None:
    assert main(["explain", "--in", "2", "--out", "4"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "linear, 2 -> 4 samples",
        "output  position  reads",
        "     0   -0.2500  0:1",
        "     1    0.2500  0:0.75  1:0.25",
        "     2    0.7500  0:0.25  1:0.75",
        "     3    1.2500  1:1",
    ]


@pytest.mark.parametrize(
    ("arguments", "title", "positions"),
    [
        (["--align-corners"], "linear, 4 -> 8 samples, align_corners=True", [0, 3 / 7]),
        (["--mode", "bicubic"], "bicubic, 4 -> 8 samples", [-0.25, 0.25]),
        (["--mode", "lanczos"], "lanczos, 4 -> 8 samples, antialias=True", [-0.25, 0.25]),
    ],
)
def test_explain_modes(capsys: Any, arguments: list[str], title: str, positions: list[float]) -> None:
    assert main(["explain", "--in", "4", "--out", "8", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == title
    for line, position in zip(lines[2:], positions):
        assert float(line.split()[1]) == pytest.approx(position, abs=1e-4)


def test_explain_weights_are_the_librarys(capsys: Any) -> None:
    assert main(["explain", "--in", "10", "--scale", "0.45", "--mode", "bicubic", "--antialias"]) == 0
    lines = capsys.readouterr().out.splitlines()
    taps = sr.axis_taps(10, 4, "bicubic", scale_factor=0.45, antialias=True)
    assert lines[0] == "bicubic, 10 -> 4 samples, antialias=True, scale_factor=0.45"
    for line, indices, weights in zip(lines[2:], taps.indices, taps.weights):
        read = dict(entry.split(":") for entry in line.split()[2:])
        assert {int(i): float(w) for i, w in read.items()} == pytest.approx(
            {int(i): w for i, w in zip(indices, weights) if w}, rel=1e-5
        )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--in", "4"], "one of the arguments --out --scale is required"),
        (["--in", "0", "--out", "4"], "sizes of 1 or more"),
        (["--in", "4x4", "--out", "4"], "one number of samples"),
        (["--in", "four", "--out", "4"], "got 'four'"),
        (["--in", "4", "--scale", "nan"], "a factor above 0"),
        (["--in", "4", "--scale", "0.1"], "4 samples times 0.1 are 0.4"),
        (["--in", "4", "--scale", "1e308"], "4 samples times 1e+308 are inf"),
        (["--in", "4", "--out", "8", "--mode", "cubic"], "invalid choice: 'cubic'"),
        (["--in", "4", "--out", "8", "--mode", "nearest", "--antialias"], "antialias is no option of nearest"),
        (["--in", "4", "--out", "8", "--mode", "area", "--align-corners"], "align_corners"),
    ],
)
def test_explain_refuses(capsys: Any, arguments: list[str], says: str) -> None:
    assert says in fails(capsys, "explain", *arguments)
