"""The numbers that ``--record`` keeps in ``recorded.json``, by what they depend on: the processor, or the compiler."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "recorded.json"


def load(file: Path, kind: str, key: str) -> dict[str, float] | None:
    """Return the numbers by the name of the case, or None if there are none for this key."""
    entry = _read(file).get(kind, {}).get(key)
    return None if entry is None else entry["cases"]


def keys(file: Path, kind: str) -> list[str]:
    """Return the keys that have numbers."""
    return list(_read(file).get(kind, {}))


def made(file: Path, kind: str, key: str) -> tuple[str, str]:
    """Return the version of the library that was measured, and the day of the last measurement."""
    entry = _read(file)[kind][key]
    return entry["library"], entry["time"]


def save(file: Path, kind: str, key: str, library: str, numbers: dict[str, float]) -> None:
    """Keep the numbers of some cases; those of others stay as they are."""
    document = _read(file)
    entry = document.setdefault(kind, {}).setdefault(key, {"cases": {}})
    entry.update(library=library, time=time.strftime("%Y-%m-%d"))
    entry["cases"].update({name: float(f"{value:.4g}") for name, value in numbers.items()})
    file.write_text(json.dumps(document, indent=1) + "\n")


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.is_file() else {}
