"""No call touches memory beside its arrays: they lie at the edges of pages that may not be touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cases import SEED
from machine import INSTRUCTION_SETS

pytestmark = pytest.mark.slow

SCRIPTS = {
    "calls_between_guard_pages.py": 2500,
    "neighbour_calls_between_guard_pages.py": 800,
    "gradient_calls_between_guard_pages.py": 800,
    "preprocess_calls_between_guard_pages.py": 800,
}


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_calls_stay_within_their_arrays(script: str, instruction_set: str) -> None:
    # In a process of its own: a call that does not ends it.
    environment = {**os.environ, "RESAMPLE_INSTRUCTION_SET": instruction_set}
    program = [sys.executable, str(Path(__file__).with_name(script)), str(SCRIPTS[script]), str(SEED or 1)]
    result = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120)
    if "RESAMPLE_INSTRUCTION_SET asks for" in result.stderr:
        pytest.skip(f"this processor does not have {instruction_set}")
    assert result.returncode == 0, f"{result.stdout[-500:]}\n{result.stderr[-2000:]}"
    assert result.stdout.endswith(f"{SCRIPTS[script]} calls\n")
