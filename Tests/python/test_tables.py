"""The tables printed in PyTorch's documentation and forum: Tests/golden/pytorch_tables.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest

import swiftresample as sr

pytestmark = [pytest.mark.memory, pytest.mark.numbers]

TABLES = json.loads((Path(__file__).resolve().parents[1] / "golden" / "pytorch_tables.json").read_text())


def by_name(table: dict[str, Any]) -> str:
    return table["name"]


@pytest.mark.parametrize("table", TABLES["tables"], ids=by_name)
@pytest.mark.parametrize("interpolate", [sr.interpolate, oracle.interpolate], ids=["library", "oracle"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_table_is_reproduced(interpolate: Any, table: dict[str, Any], dtype: str) -> None:
    input = np.array(table["input"], dtype)[None, None]
    output = interpolate(input, **table["call"])
    # Adding 0 turns the -0.0 of a rounded negative into 0.0; rounding to the printed decimals makes equality fair.
    actual = np.round(output[0, 0].astype(np.float64), table["printed_decimals"]) + 0
    np.testing.assert_array_equal(actual, np.array(table["output"], np.float64))


@pytest.mark.parametrize("table", TABLES["coordinates"], ids=by_name)
def test_the_source_coordinates_are_reproduced(table: dict[str, Any]) -> None:
    lengths = table["input_length"], table["output_length"]
    taps = sr.axis_taps(*lengths, mode="linear", align_corners=table["align_corners"], dtype="float64")
    np.testing.assert_array_equal(taps.coordinates, table["coordinates"])
    expected = oracle.coordinates(*lengths, "linear", table["align_corners"], None, np.float64)
    np.testing.assert_array_equal(expected, table["coordinates"])
