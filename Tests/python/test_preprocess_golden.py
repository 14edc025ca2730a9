"""sr.Preprocess and its oracle against golden vectors: Tests/golden/preprocess/README.md."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import preprocess_cases as cases
import preprocess_oracle
import pytest

import swiftresample as sr

FILES = sorted((Path(__file__).resolve().parents[1] / "golden" / "preprocess").glob("*.npz"))
LIBRARIES = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def vectors(path: Path) -> list[tuple[dict[str, Any], np.ndarray, np.ndarray]]:
    """Every golden vector of a file: the call, the image and the result."""
    with np.load(path, allow_pickle=False) as archive:
        calls = json.loads(str(archive["metadata"]))["calls"]
        return [(call, archive[call["input"]], archive[call["output"]]) for call in calls]


def test_there_are_golden_vectors() -> None:
    assert [path.stem for path in FILES] == ["timm", "torchvision", "transformers"]
    assert sum(path.stat().st_size for path in FILES) < 300_000


@pytest.mark.numbers
@pytest.mark.memory
@LIBRARIES
def test_the_library_agrees(path: Path) -> None:
    for call, image, expected in vectors(path):
        if call["name"] in cases.REFUSED:
            with pytest.raises(ValueError, match=cases.REFUSED[call["name"]]):
                sr.Preprocess.from_config(call["config"], convention=call["convention"])
            continue
        prepare = sr.Preprocess.from_config(call["config"], convention=call["convention"])
        (result,) = prepare(image)
        message = f"{call['name']} {call['convention']}"
        np.testing.assert_array_equal(result, expected.astype(np.float32), err_msg=message, strict=True)


@LIBRARIES
def test_the_oracle_agrees(path: Path) -> None:
    for call, image, expected in vectors(path):
        resized_by = "PIL" if call["convention"] == "pillow" else "torch"
        if importlib.util.find_spec(resized_by) is None:
            continue
        result = preprocess_oracle.prepare(call["config"], image, call["convention"])
        message = f"{call['name']} {call['convention']}"
        np.testing.assert_array_equal(result, expected, err_msg=message, strict=True)
