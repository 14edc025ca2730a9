"""What check_sdist.py and check_wheel.py say of a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[2]


def main(kind: str, faults: Callable[[Path, Path], list[str]]) -> int:
    """Print the faults of the file that the command line names, or that there are none; the exit status."""
    parser = argparse.ArgumentParser(description=f"Checks what {kind} contains.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout that it was built from")
    arguments = parser.parse_args()
    found = faults(arguments.file, arguments.root)
    for fault in found:
        print(f"{arguments.file.name}: {fault}")
    if not found:
        print(f"{kind} holds what it should: {arguments.file.name}")
    return 1 if found else 0
