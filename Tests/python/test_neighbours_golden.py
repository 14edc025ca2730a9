"""The operators beside interpolate and their oracle against golden vectors: Tests/golden/neighbours/README.md."""

from __future__ import annotations

import json
from pathlib import Path

import neighbours_cases as neighbours
import numpy as np
import oracle
import pytest

import swiftresample as sr

pytestmark = [pytest.mark.memory, pytest.mark.numbers]

FILES = sorted((Path(__file__).resolve().parents[1] / "golden" / "neighbours").glob("*.npz"))


def vectors(path: Path) -> list[tuple[neighbours.Call, np.ndarray]]:
    """Every golden vector of a file: the call, and its output."""
    found = []
    with np.load(path, allow_pickle=False) as archive:

        def restored(name: str, dtype: str) -> np.ndarray:
            array = archive[name]
            return array.view(oracle.BFLOAT16) if dtype == "bfloat16" else array

        for entry in json.loads(str(archive["metadata"]))["calls"]:
            dtype = entry["dtype"]
            if dtype == "bfloat16" and oracle.BFLOAT16 is None:
                continue
            arrays = tuple(restored(name, dtype) for name in entry["inputs"])
            call = neighbours.Call(entry["operator"], arrays, entry["options"])
            found.append((call, restored(entry["output"], dtype)))
    return found


def test_there_are_golden_vectors() -> None:
    assert len(FILES) == 7
    assert sum(path.stat().st_size for path in FILES) < 600_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_library_agrees(path: Path) -> None:
    for call, expected in vectors(path):
        slack = 0.0 if call.dtype == "int64" or call.operator.startswith("pixel") else call.rounding()  # both round
        neighbours.assert_agrees(call.of(sr), expected, call, "golden", slack)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_oracle_agrees(path: Path) -> None:
    for call, expected in vectors(path):
        neighbours.assert_agrees(call.expected().astype(call.arrays[0].dtype), expected, call, "golden (oracle)")
