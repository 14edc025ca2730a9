"""Each instruction set gives the same answers: the same bits where they are promised, else to rounding."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cases
import numpy as np
import pytest
import tolerances
from arrays import assert_same_bits
from machine import FEATURES, INSTRUCTION_SETS

pytestmark = pytest.mark.slow

CASES = cases.random_cases(seed=20, count=600)

COMPUTE = """
import sys
import numpy as np
import swiftresample as sr
from test_instruction_sets import CASES

assert sr.instruction_set() == sys.argv[1], sr.instruction_set()
outputs = [sr.interpolate(case.input(), **case.options) for case in CASES]
np.savez(sys.argv[2], *[np.ascontiguousarray(output).view(np.uint8) for output in outputs])
"""

USE = "import numpy as np, swiftresample as sr\nsr.interpolate(np.ones((1, 1, 4)), size=8)"


def processor_features() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def lacking(name: str) -> set[str]:
    needed = set[str]().union(*(FEATURES[each] for each in INSTRUCTION_SETS[: INSTRUCTION_SETS.index(name) + 1]))
    return needed - processor_features()


@pytest.fixture
def compute(run_python: Any, tmp_path: Path) -> Any:
    """Computes every case with one instruction set; skips the test where the processor lacks it."""

    def with_set(name: str) -> list[Any]:
        if lacking(name):
            pytest.skip(f"this processor cannot run {name}: it lacks {', '.join(sorted(lacking(name)))}")
        path = tmp_path / f"{name}.npz"
        done = run_python(COMPUTE, name, str(path), RESAMPLE_INSTRUCTION_SET=name)
        assert done.returncode == 0, done.stderr
        with np.load(path) as outputs:
            return [output.view(cases.numpy_dtype(case.dtype)) for case, output in zip(CASES, outputs.values())]

    return with_set


def test_the_best_instruction_set_is_chosen(run_python: Any) -> None:
    best = [name for name in INSTRUCTION_SETS if not lacking(name)][-1]
    for script in (
        "import swiftresample as sr\nprint(sr.instruction_set())",
        "import os; os.environ.pop('RESAMPLE_INSTRUCTION_SET')\n"
        "import swiftresample as sr\nprint(sr.instruction_set())",
    ):
        assert run_python(script, RESAMPLE_INSTRUCTION_SET="").stdout == f"{best}\n"


@pytest.mark.parametrize("name", INSTRUCTION_SETS[1:])
def test_an_instruction_set_gives_the_baselines_answers(name: str, compute: Any) -> None:
    for case, actual, expected in zip(CASES, compute(name), compute("baseline")):
        if tolerances.is_exact(case):
            assert_same_bits(actual, expected, str(case))
            continue
        allowed = tolerances.allowed(case, case.input(), expected)
        if actual.dtype.kind in "iu":
            allowed = math.ceil(allowed)  # sums on either side of a half
        np.testing.assert_allclose(
            actual.astype(np.float64), expected.astype(np.float64), rtol=0, atol=allowed, err_msg=str(case)
        )


@pytest.mark.parametrize("name", INSTRUCTION_SETS)
def test_what_the_processor_lacks_is_refused(name: str, run_python: Any) -> None:
    if not lacking(name):
        pytest.skip(f"this processor has {name}")
    done = run_python(USE, RESAMPLE_INSTRUCTION_SET=name)
    assert f"RuntimeError: RESAMPLE_INSTRUCTION_SET asks for {name}" in done.stderr


@pytest.mark.parametrize("name", ["avx1024", "AVX2", "baseline ", "sve"])
def test_an_unknown_instruction_set_is_refused(name: str, run_python: Any) -> None:
    for script in (USE, "import swiftresample as sr\nsr.instruction_set()"):
        done = run_python(script, RESAMPLE_INSTRUCTION_SET=name)
        known = f"{', '.join(INSTRUCTION_SETS[:-1])} or {INSTRUCTION_SETS[-1]}"
        assert f"RuntimeError: RESAMPLE_INSTRUCTION_SET must be {known}, got {name}" in done.stderr
