"""Checks what an sdist contains: what the wheel is built from, as the checkout has it, and nothing else.

python Tests/packaging/check_sdist.py swiftresample-0.1.0.tar.gz
"""

from __future__ import annotations

import os
import re
import sys
import tarfile
from collections import Counter
from email.parser import Parser
from pathlib import Path

from report import main

# Where it lies in the checkout: for each of them all files, those of python/ but for what Python leaves there.
OF_CHECKOUT = ("Package.swift", "LICENSE", "README.md", "Sources", "include", "linker")
OF_CHECKOUT += ("Tests/ABITests", "Tests/GeometryTests", "Tests/ResampleTests")
OF_PYTHON = ("pyproject.toml", "setup.py", "swiftresample")
MADE = re.compile(r"PKG-INFO|setup\.cfg|swiftresample\.egg-info/[\w-]+(\.txt)?")


def expected_entries(root: Path) -> dict[str, Path]:
    """What belongs into the sdist, by its name there: files, and links to folders."""
    found = {}
    for folder, names in ((root, OF_CHECKOUT), (root / "python", OF_PYTHON)):
        for name in names:
            paths = [folder / name] if (folder / name).is_file() else list((folder / name).rglob("*"))
            for path in paths:
                if path.is_symlink() or path.is_file():
                    found[str(path.relative_to(folder))] = path
    return {
        name: path
        for name, path in found.items()
        if not name.startswith("swiftresample/") or path.suffix == ".py" or path.name == "py.typed"
    }


def entry_faults(archive: tarfile.TarFile, entry: tarfile.TarInfo, name: str, path: Path) -> list[str]:
    """What is wrong with an entry, which must be what the checkout has at `path`."""
    if path.is_symlink() and path.is_dir():  # one file that is linked is a copy in the sdist
        target = os.readlink(path)
        return [] if entry.issym() and entry.linkname == target else [f"{name} is no link to {target}"]
    if not entry.isfile():
        return [f"{name} is no ordinary file"]
    content = archive.extractfile(entry)
    assert content is not None
    return [] if content.read() == path.read_bytes() else [f"{name} is not the checkout's"]


def faults(sdist: Path, root: Path) -> list[str]:
    """Return what is wrong with the sdist, a sentence each."""
    name = re.fullmatch(r"(swiftresample-([0-9]+\.[0-9]+\.[0-9]+))\.tar\.gz", sdist.name)
    if name is None:
        return ["the name does not say a version"]
    folder, version = name.groups()
    expected = expected_entries(root)
    if not {"Package.swift", "Sources/KernelsBaseline", "swiftresample/__init__.py"} <= set(expected):
        return [f"{root} has no sources to compare with"]
    found = []
    with tarfile.open(sdist) as archive:
        entries = [entry for entry in archive.getmembers() if not entry.isdir()]
        names = [entry.name.partition("/")[2] for entry in entries]
        found += [
            f"{entry.name} is outside of {folder}" for entry in entries if not entry.name.startswith(folder + "/")
        ]
        found += [f"{entry} is there {count} times" for entry, count in Counter(names).items() if count > 1]
        found += [f"{entry} is missing" for entry in sorted({*expected, "PKG-INFO"} - set(names))]
        for entry, entry_name in zip(entries, names):
            if entry_name in expected:
                found += entry_faults(archive, entry, entry_name, expected[entry_name])
            elif MADE.fullmatch(entry_name) is None:
                found.append(f"unexpected file {entry_name}")
            if entry_name == "PKG-INFO":
                content = archive.extractfile(entry)
                assert content is not None
                metadata = Parser().parsestr(content.read().decode())
                if metadata["Version"] != version:
                    found.append(f"PKG-INFO has the version {metadata['Version']}, not {version}")
    return found


if __name__ == "__main__":
    sys.exit(main("the sdist", faults))
