"""Checks what a wheel contains: the package of this checkout, its library, its metadata, and nothing else.

    python Tests/packaging/check_wheel.py swiftresample-0.1.0-py3-none-manylinux_2_34_x86_64.whl

Every Python file of the checkout is there, byte for byte; the library is one, stripped and as small as
it has to be; RECORD lists every file with its hash and size, which pip would otherwise find out about at the user's.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import stat
import sys
import zipfile
from collections import Counter
from email.parser import Parser
from pathlib import Path

from report import main

LIBRARY = "swiftresample/libresample.so"
LARGEST_LIBRARY = 1_350_000  # as in Tests/gate/check_library.py
NAME = re.compile(
    r"(?P<stem>swiftresample-(?P<version>[0-9]+\.[0-9]+\.[0-9]+))-py3-none-"
    r"(?P<platform>manylinux_[0-9]+_[0-9]+_\w+(\.manylinux2014_\w+)?|musllinux_[0-9]+_[0-9]+_\w+)\.whl"
)
OF_METADATA = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE")
EXTRAS = ["cli", "dask", "plot", "pyramid", "torch"]
ENTRY_POINTS = "[console_scripts]\nswiftresample = swiftresample.cli:main"


def package_files(root: Path) -> dict[str, bytes]:
    """The files of the package as they are in the checkout, by their names in a wheel."""
    folder = root / "python" / "swiftresample"
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {
        f"swiftresample/{path.relative_to(folder)}": path.read_bytes()
        for path in paths
        if path.suffix == ".py" or path.name == "py.typed"
    }


def record_faults(files: dict[str, bytes], record: str) -> list[str]:
    """What is wrong with RECORD: its hashes, its sizes, what it does not list and what it alone lists."""
    found = []
    listed = list(csv.reader(io.StringIO(files[record].decode())))
    for row in listed:
        if len(row) != 3:
            return [f"RECORD has a row of {len(row)} columns, not 3"]
    names = Counter(row[0] for row in listed)
    found += [f"RECORD lists {name} {count} times" for name, count in names.items() if count > 1]
    found += [f"RECORD does not list {name}" for name in files if name not in names]
    for name, digest, size in listed:
        if name not in files:
            found.append(f"RECORD lists {name}, which is not there")
        elif name == record:
            continue  # it cannot hold its own hash
        else:
            content = files[name]
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if digest != f"sha256={expected}":
                found.append(f"RECORD has another hash of {name}")
            if size != str(len(content)):
                found.append(f"RECORD has the size {size} of {name}, which has {len(content)} bytes")
    return found


def library_faults(library: bytes) -> list[str]:
    """What is wrong with the library by its bytes; the gate has looked at the rest."""
    found = []
    if library[:6] != b"\x7fELF\x02\x01":
        found.append("the library is no 64-bit ELF file")
    if len(library) > LARGEST_LIBRARY:
        found.append(f"the library has {len(library)} bytes, more than {LARGEST_LIBRARY}: is it stripped?")
    if b".debug_info" in library:
        found.append("the library holds debug information")
    if b"rsmp_abi_version" not in library:
        found.append("the library has no function rsmp_abi_version")
    return found


def metadata_faults(files: dict[str, bytes], folder: str, version: str, platform: str) -> list[str]:
    found = []
    metadata = Parser().parsestr(files[f"{folder}/METADATA"].decode())
    for key, expected in {"Name": "swiftresample", "Version": version, "License-Expression": "MIT"}.items():
        if metadata[key] != expected:
            found.append(f"METADATA has {key} {metadata[key]}, not {expected}")
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    extras = metadata.get_all("Provides-Extra", [])
    if sorted(extras) != EXTRAS:
        found.append(f"METADATA has the extras {', '.join(extras) or 'none'}, not {', '.join(EXTRAS)}")
    description = re.sub(r"^```.*?^```$", "", str(metadata.get_payload()), flags=re.MULTILINE | re.DOTALL)
    found += [f"the description has a link to {link}" for link in re.findall(r"\]\((?!https?:)(.*?)\)", description)]
    if needed != ["numpy>=1.24"]:
        found.append(f"METADATA requires {', '.join(needed) or 'nothing'}, not numpy>=1.24 alone")
    wheel = Parser().parsestr(files[f"{folder}/WHEEL"].decode())
    # A line for each of the platforms in the name.
    tags = [f"py3-none-{name}" for name in platform.split(".")]
    for key, expected in {"Root-Is-Purelib": ["false"], "Tag": tags}.items():
        values = wheel.get_all(key, [])
        if values != expected:
            found.append(f"WHEEL has {key} {', '.join(values) or 'nothing'}, not {', '.join(expected)}")
    entry_points = f"{folder}/entry_points.txt"
    if entry_points in files and files[entry_points].decode().strip() != ENTRY_POINTS:
        found.append("entry_points.txt has another content than the command swiftresample")
    return found


def faults(wheel: Path, root: Path) -> list[str]:
    """Return what is wrong with the wheel, a sentence each."""
    name = NAME.fullmatch(wheel.name)
    if name is None:
        return ["the name does not say a version, py3, no Python ABI, and manylinux or musllinux"]
    found = []
    try:
        with zipfile.ZipFile(wheel) as archive:
            entries = archive.infolist()
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError) as error:
        return [f"the archive cannot be read: {error}"]
    for entry, count in Counter(entry.filename for entry in entries).items():
        if count > 1:
            found.append(f"{entry} is there {count} times")
    for entry in entries:
        kind = entry.external_attr >> 16
        if stat.S_IFMT(kind) not in (0, stat.S_IFREG):  # 0: not stated
            found.append(f"{entry.filename} is no ordinary file")
        if kind & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH):
            found.append(f"{entry.filename} has the permissions {stat.filemode(kind)}")

    folder = f"{name['stem']}.dist-info"
    package = package_files(root)
    if not {"swiftresample/__init__.py", "swiftresample/py.typed"} <= set(package):
        found.append(f"{root} has no package to compare with")
    expected = {*package, LIBRARY, *(f"{folder}/{entry}" for entry in OF_METADATA)}
    missing = sorted(expected - set(files))
    found += [f"{entry} is missing" for entry in missing]
    found += [f"unexpected file {entry}" for entry in sorted(set(files) - expected)]
    found += [
        f"{entry} is not the checkout's" for entry, content in package.items() if files.get(entry, content) != content
    ]
    header = root / "include" / "swiftresample.h"
    if f'#define RSMP_VERSION "{name["version"]}"\n' not in header.read_text(encoding="utf-8"):
        found.append(f"{name['version']} is not the version of {header.name}")
    licence = f"{folder}/licenses/LICENSE"
    if licence in files and files[licence] != (root / "LICENSE").read_bytes():
        found.append("the license is not the checkout's")
    if LIBRARY in files:
        found += library_faults(files[LIBRARY])
    if f"{folder}/RECORD" in files:
        found += record_faults(files, f"{folder}/RECORD")
    if f"{folder}/METADATA" in files and f"{folder}/WHEEL" in files:
        found += metadata_faults(files, folder, name["version"], name["platform"])
    return found


if __name__ == "__main__":
    sys.exit(main("the wheel", faults))
