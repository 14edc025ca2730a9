"""``swiftresample info``: what is installed, and what the library uses."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
from typing import TYPE_CHECKING, Any

import numpy as np

import swiftresample as sr
from swiftresample import _library, _structures

from ._common import aligned

if TYPE_CHECKING:
    import argparse

EXTRAS = {
    "Pillow": "PIL",
    "tqdm": "tqdm",
    "matplotlib": "matplotlib",
    "dask": "dask",
    "Zarr": "zarr",
    "PyTorch": "torch",
}
VARIABLES = ("RESAMPLE_LIBRARY", "RESAMPLE_INSTRUCTION_SET", "RESAMPLE_NUM_THREADS")


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "info",
        help="version, library, instruction set, threads",
        description="Prints what is installed, and what the library uses: what a report of a fault should contain.",
        epilog="example: swiftresample info --json",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def facts() -> dict[str, Any]:
    """Return what there is to say."""
    return {
        "version": sr.__version__,
        "library": str(_library.library_path),
        "abi": _structures.ABI_VERSION,
        "instruction_set": sr.instruction_set(),
        "threads": sr.get_num_threads(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "installed": {name: importlib.util.find_spec(module) is not None for name, module in EXTRAS.items()},
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    found = facts()
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    installed = found.pop("installed")
    found["installed"] = ", ".join(name for name, is_there in installed.items() if is_there) or "nothing optional"
    missing = ", ".join(name for name, is_there in installed.items() if not is_there)
    if missing:
        found["not installed"] = missing
    environment = found.pop("environment")
    found["environment"] = " ".join(f"{name}={value}" for name, value in environment.items()) or "nothing set"
    print("\n".join(aligned([(name.replace("_", " "), str(value)) for name, value in found.items()])))
    return 0
