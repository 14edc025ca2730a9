"""Prints, as JSON, what the golden vectors of image processors ask for, in the fields of JavaScript's Preprocess.

A model's configuration is read by Python alone; what it comes to are fields that every language has.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "Tests" / "python")]

import preprocess_cases as cases  # noqa: E402  # from the checkout

import swiftresample as sr  # noqa: E402
from swiftresample._arrays import dtype_code  # noqa: E402
from swiftresample.preprocess._c import _NAMES  # noqa: E402


def camel(name: str) -> str:
    """Return a name as JavaScript has it."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def fields(prepare: sr.Preprocess) -> dict[str, Any]:
    """Return the fields of the structure, with names for what has names."""
    structure, found = prepare.steps.structure(dtype_code(np.dtype("float32"))), {}
    for name, *_ in structure._fields_[1:]:
        value = getattr(structure, name)
        if name in _NAMES:
            value = _NAMES[name][1][value].lower()
            value = value.replace("_", "-") if name == "mode" else value
        elif name == "dtype":
            value = "float32"
        elif name in ("antialias", "reverse_channels", "channels_last", "normalize"):
            value = bool(value)
        elif not isinstance(value, (int, float)):
            value = list(value)
        found[camel(name)] = value
    return found


def main() -> None:
    """Print a list of the calls that are not refused."""
    found = []
    for path in sorted((ROOT / "Tests" / "golden" / "preprocess").glob("*.npz")):
        with np.load(path, allow_pickle=False) as archive:
            calls = json.loads(str(archive["metadata"]))["calls"]
        for call in calls:
            if call["name"] not in cases.REFUSED:
                prepare = sr.Preprocess.from_config(call["config"], convention=call["convention"])
                found.append({"file": path.name, **call, "fields": fields(prepare)})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
