"""The library and the oracle against golden vectors that PyTorch made: Tests/golden/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cases
import comparison
import numpy as np
import oracle
import pytest

import swiftresample as sr

pytestmark = [pytest.mark.memory, pytest.mark.numbers]

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FILES = sorted(GOLDEN.glob("*.npz"))


def restored(array: np.ndarray, dtype: str) -> np.ndarray:
    """The array in its own dtype; bfloat16 is stored as its bits."""
    return array.view(oracle.BFLOAT16) if dtype == "bfloat16" else array


def vectors(path: Path) -> list[Any]:
    """Every golden vector of a file: the call, its input and its output."""
    found = []
    with np.load(path, allow_pickle=False) as archive:
        for entry in json.loads(str(archive["metadata"]))["calls"]:
            dtype = entry["dtype"]
            if dtype == "bfloat16" and oracle.BFLOAT16 is None:
                continue
            x, expected = (restored(archive[entry[part]], dtype) for part in ("input", "output"))
            case = cases.Case(x.shape, dtype, entry["options"], channels_last=False, seed=0)
            found.append((case, x, expected))
    return found


def test_there_are_golden_vectors() -> None:
    assert len(FILES) > 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_library_agrees(path: Path) -> None:
    for case, x, expected in vectors(path):
        comparison.assert_agrees(sr.interpolate(x, **case.options), expected, case, x, "golden")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_oracle_agrees(path: Path) -> None:
    for case, x, expected in vectors(path):
        comparison.assert_agrees(oracle.interpolate(x, **case.options), expected, case, x, "golden (oracle)")
