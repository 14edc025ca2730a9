"""The backward functions and their oracle against golden vectors: Tests/golden/gradients/README.md."""

from __future__ import annotations

import json
from pathlib import Path

import gradients_cases as gradients
import numpy as np
import oracle
import pytest
import tolerances

import swiftresample as sr

pytestmark = [pytest.mark.memory, pytest.mark.numbers]

FILES = sorted((Path(__file__).resolve().parents[1] / "golden" / "gradients").glob("*.npz"))


def vectors(path: Path) -> list[tuple[gradients.Call, tuple[np.ndarray, ...]]]:
    """Every golden vector of a file: the call, and its gradients."""
    found = []
    with np.load(path, allow_pickle=False) as archive:

        def restored(name: str, dtype: str) -> np.ndarray:
            array = archive[name]
            return array.view(oracle.BFLOAT16) if dtype == "bfloat16" else array

        for entry in json.loads(str(archive["metadata"]))["calls"]:
            dtype = entry["dtype"]
            if dtype == "bfloat16" and oracle.BFLOAT16 is None:
                continue
            options = {name: tuple(one) if isinstance(one, list) else one for name, one in entry["options"].items()}
            arrays = tuple(restored(name, dtype) for name in entry["inputs"])
            results = tuple(restored(name, dtype) for name in entry["results"])
            found.append((gradients.Call(entry["operator"], arrays, options), results))
    return found


def rounding(call: gradients.Call) -> tuple[np.ndarray, ...]:
    """How far off PyTorch may be."""
    if call.operator != "interpolate":
        return call.rounding()
    (magnitudes,) = call.magnitudes()
    outputs = call.arrays[0].shape[2:]
    coordinates = tolerances.gradient_coordinate_rounding(call.options, call.arrays[0].dtype, outputs, magnitudes)
    return (call.rounding()[0] + coordinates,)


def test_there_are_golden_vectors() -> None:
    assert len(FILES) == 6
    assert sum(path.stat().st_size for path in FILES) < 300_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_library_agrees(path: Path) -> None:
    for call, expected in vectors(path):
        gradients.assert_agrees(call.of(sr), expected, call, "golden", rounding(call))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_oracle_agrees(path: Path) -> None:
    for call, expected in vectors(path):
        rounded = tuple(array.astype(call.arrays[0].dtype) for array in call.expected())
        gradients.assert_agrees(rounded, expected, call, "golden (oracle)", rounding(call))
